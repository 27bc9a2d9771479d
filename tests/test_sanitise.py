"""course/grade/sanitise.py: a submission is rebuilt from the release, and no answer in it is lost."""

import copy

import nbformat
import pytest

from course.grade import reading, rebuilding
from course.grade.sanitise import sanitise
from course.source import exercise_of, read_source
from tests.built import NAMES, SAMPLE, SOURCES, on_disk
from tests.submitting import (
    ANSWER,
    CELLS,
    CHECK,
    EXERCISES,
    IMPORTS,
    LINEAR,
    RELEASE,
    SAMPLE_RELEASE,
    answer_to,
    at,
    cell_of,
    codes,
    data_of,
    release_of,
    solved,
    sound,
)

# What needs nothing said


@pytest.mark.parametrize("name", [*NAMES, SAMPLE.stem])
def test_an_untouched_release_is_itself(name):
    release = SAMPLE_RELEASE if name == SAMPLE.stem else release_of(name)
    data = data_of(release if name == SAMPLE.stem else on_disk(name))
    result = sound(sanitise(data, release), release)
    assert result.found and result.notebook == release and result.remarks == []
    assert result.attempted == set() and result.answers


@pytest.mark.parametrize("source", [*SOURCES, SAMPLE], ids=lambda path: path.stem)
def test_the_solved_source_keeps_every_solution(source):
    release = SAMPLE_RELEASE if source == SAMPLE else release_of(source.stem)
    submission = copy.deepcopy(release)
    solutions = {cell.id: cell.source for cell in read_source(source).cells}
    for cell in submission.cells:
        cell.source = solutions[cell.id]
    result = sound(sanitise(data_of(submission), release), release)
    assert result.notebook == submission and result.remarks == []
    wanted = [cell for cell in submission.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    assert result.answers == {exercise_of(cell)[1]: cell.source for cell in wanted}
    assert result.attempted == set(result.answers)


def test_metadata_and_outputs_are_left_behind_without_a_word():
    submission = solved()
    submission.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": "b" * 9999}}
    }
    submission.metadata["authors"] = [{"name": "<script>alert(1)</script>"}]
    result = sound(sanitise(data_of(submission), RELEASE))
    assert result.remarks == [] and result.attempted == set(EXERCISES)
    assert result.notebook.metadata == RELEASE.metadata


def test_space_that_editors_change_is_no_change():
    submission = copy.deepcopy(RELEASE)
    for cell in submission.cells:
        cell.source = "\n" + cell.source.replace("\n", "   \r\n") + "\n\n"
    result = sound(sanitise(data_of(submission), RELEASE))
    assert result.notebook == RELEASE and result.remarks == [] and result.attempted == set()


# What students and their programs do to cells. Each gets a solved notebook and changes it.


def _tag(cell, **changes):
    cell.metadata.nbgrader.update(changes)


def duplicated_answer(nb):
    nb.cells.insert(at(nb, LINEAR) + 1, copy.deepcopy(cell_of(nb, LINEAR)))


def duplicated_stub(nb):
    stub = copy.deepcopy(cell_of(RELEASE, LINEAR))
    stub.id = "a-copy"
    nb.cells.insert(at(nb, LINEAR) + 1, stub)


def copied_stub_without_marks(nb):
    nb.cells.append(nbformat.v4.new_code_cell(cell_of(RELEASE, LINEAR).source))


def first_version_beside_the_last(nb):
    first = copy.deepcopy(cell_of(nb, LINEAR))
    first.id, first.source = "first", "def linear_backward(x, W, g):\n    return helper()\ndef helper(): ..."
    nb.cells.insert(at(nb, LINEAR), first)


def duplicated_check(nb):
    nb.cells.insert(0, copy.deepcopy(cell_of(nb, CHECK)))


def missing_check(nb):
    del nb.cells[at(nb, CHECK)]


def missing_demonstrations(nb):
    nb.cells = [cell for cell in nb.cells if "nbgrader" in cell.metadata]


def reordered(nb):
    nb.cells.reverse()


def renamed_grade_id(nb):
    _tag(cell_of(nb, LINEAR), grade_id="mine")


def renamed_both(nb):
    _tag(cell_of(nb, LINEAR), grade_id="mine")
    cell_of(nb, LINEAR).id = "mine"


def written_in_a_new_cell(nb):
    nb.cells[at(nb, LINEAR)] = nbformat.v4.new_code_cell(ANSWER)


def all_marks_lost(nb):  # Colab, and other programs that know no ids
    for number, cell in enumerate(nb.cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"x{number}"


def ids_dropped(nb):
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]


def swapped_grade_ids(nb):
    one, other = cell_of(nb, LINEAR), cell_of(nb, "answer-05-by_shapes")
    _tag(one, grade_id=other.id)
    _tag(other, grade_id=one.id)


def answer_took_the_checks_name(nb):
    _tag(cell_of(nb, LINEAR), grade_id=CHECK, grade=True, points=100)


def changed_points(nb):
    _tag(cell_of(nb, CHECK), points=100)


def points_of_any_type(nb):
    _tag(cell_of(nb, CHECK), points=[float("nan")] * 50)


def changed_flags(nb):
    _tag(cell_of(nb, LINEAR), solution=False, grade=True, locked=True)


def changed_check(nb):
    cell_of(nb, CHECK).source = 'check("05.linear_backward", lambda *a: 0, points=100)'


def changed_demonstration(nb):
    cell_of(nb, IMPORTS).source += "\nimport math"


def became_markdown(nb):
    cell = cell_of(nb, LINEAR)
    nb.cells[at(nb, LINEAR)] = nbformat.NotebookNode(
        cell_type="markdown", id=cell.id, metadata=cell.metadata, source=cell.source
    )


def no_type(nb):
    del cell_of(nb, LINEAR)["cell_type"]


def own_graded_cell(nb):
    cell = copy.deepcopy(cell_of(nb, CHECK))
    _tag(cell, grade_id="bonus\n<b>", points=1000)
    cell.id, cell.source = "bonus", "1000"
    nb.cells.append(cell)


def attachment(nb):
    cell_of(nb, LINEAR)["attachments"] = {"a.png": {"image/png": "aaaa"}}


def nul_and_surrogates(nb):
    cell_of(nb, LINEAR).source += "\0\ud800"


def source_as_lines(nb):
    for cell in nb.cells:
        cell.source = cell.source.splitlines(True)


def source_with_other_types(nb):
    cell_of(nb, LINEAR).source = [ANSWER[:30], 5, None, {"a": []}, ANSWER[30:]]


def another_kernel(nb):
    nb.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}


def metadata_of_any_type(nb):
    nb.metadata = [1, {"kernelspec": None}]
    for cell in nb.cells:
        cell["outputs"] = "none"


def other_metadata_of_any_type(nb):
    nb.metadata = {"kernelspec": 7, "language_info": {"name": ["python"]}}
    for cell in nb.cells:
        if "nbgrader" not in cell.metadata:
            cell["metadata"] = [[]]
    cell_of(nb, LINEAR).metadata = {"nbgrader": {"grade_id": {}, "points": {}}}
    cell_of(nb, CHECK).metadata = {"nbgrader": "x"}


def format_five(nb):
    nb.nbformat = 5


def format_of_any_type(nb):
    nb.nbformat, nb.nbformat_minor = [4], -(10**30)


CHANGES = {
    duplicated_answer: ["duplicate"],
    duplicated_stub: ["duplicate"],
    copied_stub_without_marks: ["duplicate"],
    first_version_beside_the_last: ["duplicate"],
    duplicated_check: ["duplicate", "reordered"],
    missing_check: ["missing-cells"],
    missing_demonstrations: ["missing-cells"],
    reordered: ["reordered"],
    renamed_grade_id: ["retagged"],
    renamed_both: ["renamed"],
    written_in_a_new_cell: ["renamed"],
    all_marks_lost: ["renamed"] * len(EXERCISES),
    ids_dropped: [],
    swapped_grade_ids: ["retagged"] * 2,
    answer_took_the_checks_name: ["retagged", "changed-metadata"],
    changed_points: ["changed-points"],
    points_of_any_type: ["changed-points"],
    changed_flags: ["changed-metadata"],
    changed_check: ["changed-check"],
    changed_demonstration: ["changed-cell"],
    became_markdown: ["changed-type"],
    no_type: ["changed-type"],
    own_graded_cell: ["unknown-grade-id"],
    attachment: ["attachments"],
    nul_and_surrogates: ["nul", "surrogate"],
    source_as_lines: [],
    source_with_other_types: ["odd-text"],
    another_kernel: ["other-kernel"],
    metadata_of_any_type: [],
    other_metadata_of_any_type: ["retagged", "retagged"],
    format_five: ["nbformat"],
    format_of_any_type: [],
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_change_to_cells_loses_an_answer_and_each_is_said(change):
    submission = solved()
    change(submission)
    result = sound(sanitise(data_of(submission), RELEASE))
    assert codes(result) == CHANGES[change], result.remarks
    wanted = {name: answer_to(cell_of(RELEASE, id)) for name, id in CELLS.items()}
    got = {
        name: answer.replace("\0", "").rstrip("\N{REPLACEMENT CHARACTER}")
        for name, answer in result.answers.items()
    }
    assert got == wanted and result.attempted == set(EXERCISES) and result.found
    for name in EXERCISES:
        assert cell_of(result.notebook, CELLS[name]).source == result.answers[name]


def test_a_deleted_answer_is_the_stub_and_said():
    submission = solved()
    del submission.cells[at(submission, LINEAR)]
    cell_of(submission, "answer-05-by_shapes").source = "  \n"
    result = sound(sanitise(data_of(submission), RELEASE))
    assert [(r.code, r.cell) for r in result.remarks] == [
        ("emptied", "answer-05-by_shapes"),
        ("missing", LINEAR),
    ]
    assert result.answers["05.linear_backward"] == cell_of(RELEASE, LINEAR).source
    assert result.attempted == set(EXERCISES) - {"05.linear_backward", "05.by_shapes"}


def test_an_earlier_version_runs_before_the_last():
    submission = solved()
    first_version_beside_the_last(submission)
    cells = sanitise(data_of(submission), RELEASE).notebook.cells
    place = next(i for i, cell in enumerate(cells) if "helper" in cell.source)
    assert cells[place + 1].id == LINEAR


def test_an_answer_that_was_split_runs_in_the_students_order():
    for first, second in ((ANSWER, "print(linear_backward)"), ("import math", ANSWER)):
        submission = solved()
        place = at(submission, LINEAR)
        rest = copy.deepcopy(submission.cells[place])  # JupyterLab gives both halves the same metadata
        submission.cells[place].source, rest.source, rest.id = first, second, "half"
        submission.cells.insert(place + 1, rest)
        result = sound(sanitise(data_of(submission), RELEASE))
        assert codes(result) == ["duplicate"] and result.answers["05.linear_backward"] == ANSWER
        assert [c.source for c in result.notebook.cells] == [c.source for c in submission.cells]


def test_another_cell_with_an_answers_name_does_not_take_its_place():
    for other in (0, len(RELEASE.cells) - 1, at(RELEASE, IMPORTS)):
        for text in ("x = 1", RELEASE.cells[other].source):
            submission = solved()
            submission.cells[other].metadata["nbgrader"] = {"grade_id": LINEAR}
            submission.cells[other].source = text
            result = sound(sanitise(data_of(submission), RELEASE))
            assert result.answers["05.linear_backward"] == ANSWER == cell_of(result.notebook, LINEAR).source


# The student's own cells


def own(text_, **more):
    return nbformat.v4.new_code_cell(text_, **more)


def ids(notebook):
    return [cell.id for cell in notebook.cells]


def test_own_cells_follow_what_they_followed():
    submission = solved()
    submission.cells.insert(at(submission, LINEAR), own("before = 1"))
    submission.cells.insert(at(submission, LINEAR) + 1, nbformat.v4.new_markdown_cell("<script>"))
    submission.cells.insert(at(submission, LINEAR) + 2, nbformat.v4.new_raw_cell("raw"))
    submission.cells.insert(0, own("first = 1"))
    submission.cells.append(own("last = 1"))
    submission.cells.append(own(" \n"))
    result = sound(sanitise(data_of(submission), RELEASE))
    assert result.remarks == []
    assert [cell.source for cell in result.notebook.cells] == [c.source for c in submission.cells[:-1]]
    assert [cell.cell_type for cell in result.notebook.cells] == [c.cell_type for c in submission.cells[:-1]]
    assert [name for name in ids(result.notebook) if name.startswith("own-")] == [
        f"own-{i}" for i in range(1, 6)
    ]


def test_an_import_added_to_a_cell_of_the_release_is_there_for_the_answers():
    submission = solved()
    changed_demonstration(submission)
    cells = sanitise(data_of(submission), RELEASE).notebook.cells
    place = at(RELEASE, IMPORTS)
    assert cells[place].source == RELEASE.cells[place].source
    assert cells[place + 1].id == "own-1" and cells[place + 1].source.endswith("import math")


def test_an_own_id_of_the_release_or_of_ours_does_no_harm():
    release = copy.deepcopy(RELEASE)
    release.cells[0].id = "own-1"
    submission = copy.deepcopy(release)
    submission.cells.append(own("x = 1", id="own-2"))
    result = sound(sanitise(data_of(submission), release), release)
    assert ids(result.notebook)[0] == "own-1" and ids(result.notebook)[-1] == "own-2"


def test_an_answer_below_the_check_is_put_before_it_with_its_helpers():
    submission = copy.deepcopy(RELEASE)
    place = at(submission, CHECK) + 1
    submission.cells[place:place] = [own("def helper(): ..."), own(ANSWER), own("print(1)")]
    result = sound(sanitise(data_of(submission), RELEASE))
    assert codes(result) == ["found-elsewhere"] and result.attempted == {"05.linear_backward"}
    assert result.answers["05.linear_backward"] == ANSWER
    start = at(result.notebook, LINEAR)
    around = [cell.source for cell in result.notebook.cells[start : start + 5]]
    assert around == [
        cell_of(RELEASE, LINEAR).source,
        "def helper(): ...",
        ANSWER,
        cell_of(RELEASE, CHECK).source,
        "print(1)",
    ]


def test_an_answer_between_stub_and_check_stays():
    submission = copy.deepcopy(RELEASE)
    submission.cells.insert(at(submission, CHECK), own(ANSWER))
    result = sound(sanitise(data_of(submission), RELEASE))
    assert result.remarks == [] and result.attempted == {"05.linear_backward"}
    assert result.answers["05.linear_backward"] == ANSWER
    assert [c.source for c in result.notebook.cells] == [c.source for c in submission.cells]


def test_an_answer_above_its_stub_or_in_a_changed_cell_takes_the_stubs_place():
    submission = copy.deepcopy(RELEASE)
    cell_of(submission, IMPORTS).source += f"\n{ANSWER}"
    result = sound(sanitise(data_of(submission), RELEASE))
    assert sorted(codes(result)) == ["changed-cell", "found-elsewhere"]
    assert cell_of(result.notebook, LINEAR).source == cell_of(submission, IMPORTS).source
    assert result.answers["05.linear_backward"].endswith(ANSWER)


TWO = release_of("02_computation_graphs")


def test_a_variable_of_the_same_name_is_no_answer():
    submission = copy.deepcopy(TWO)
    submission.cells.append(own("values = [1, 2, 3]"))  # the stub of 02.fill_graph has `gradients` too
    result = sound(sanitise(data_of(submission), TWO), TWO)
    assert result.attempted == set() and result.remarks == []
    assert result.notebook.cells[-1].source == "values = [1, 2, 3]"
    submission.cells.append(own("gradients = {}"))
    result = sound(sanitise(data_of(submission), TWO), TWO)
    assert result.attempted == {"02.fill_graph"} and codes(result) == ["found-elsewhere"]
    assert result.answers["02.fill_graph"] == "values = [1, 2, 3]\n\ngradients = {}"


def test_an_answer_in_several_cells_below_the_check_is_found_as_a_whole():
    submission = copy.deepcopy(TWO)
    names = ("vjp_mul", "vjp_add", "vjp_max")  # three of four: the score is a part
    for name in names:
        place = at(submission, "answer-02-fill_graph" if name == "vjp_add" else TWO.cells[-1].id)
        submission.cells.insert(place, own(f"def {name}(*a): return 1"))
    result = sound(sanitise(data_of(submission), TWO), TWO)
    assert result.attempted == {"02.vjp_basic"} and codes(result) == ["found-elsewhere"]
    start = at(result.notebook, "answer-02-vjp_basic")
    assert [c.id for c in result.notebook.cells[start + 1 : start + 5]] == [
        *("own-1", "own-2", "own-3"),
        "check-02-vjp_basic",
    ]
    assert all(name in result.answers["02.vjp_basic"] for name in names)


def test_too_many_own_cells_are_left_out_and_said():
    submission = solved()
    submission.cells += [own(f"x = {i}") for i in range(150)]
    result = sound(sanitise(data_of(submission), RELEASE))
    assert codes(result) == ["too-many-own-cells"] and "50 of them" in result.remarks[0].sentence
    assert len(result.notebook.cells) == len(RELEASE.cells) + rebuilding.MAX_OWN
    submission = solved()
    submission.cells += [own("#" * 90_000) for _ in range(10)]
    result = sound(sanitise(data_of(submission), RELEASE))
    assert codes(result) == ["too-many-own-cells"] and "5 of them" in result.remarks[0].sentence


def test_too_long_a_cell_is_cut_and_said():
    submission = solved()
    cell_of(submission, LINEAR).source = ANSWER + "\n#" + "x" * 10**6
    result = sound(sanitise(data_of(submission), RELEASE))
    assert [(r.code, r.cell) for r in result.remarks] == [("too-long", LINEAR)]
    assert result.answers["05.linear_backward"].startswith(ANSWER)
    assert len(result.answers["05.linear_backward"]) == reading.MAX_TEXT
    cell_of(submission, LINEAR).source = longest = ANSWER.ljust(reading.MAX_TEXT, "#")
    result = sound(sanitise(data_of(submission), RELEASE))
    assert result.remarks == [] and result.answers["05.linear_backward"] == longest


def test_only_a_lost_written_answer_is_looked_for_by_its_place():
    submission = copy.deepcopy(SAMPLE_RELEASE)
    place = next(i for i, cell in enumerate(submission.cells) if exercise_of(cell)[0] == "written")
    notes = nbformat.v4.new_markdown_cell("My notes.")
    submission.cells[place:place] = [notes]
    result = sound(sanitise(data_of(submission), SAMPLE_RELEASE), SAMPLE_RELEASE)
    assert result.remarks == [] and result.attempted == set()
    assert [c.source for c in result.notebook.cells] == [c.source for c in submission.cells]
    del submission.cells[place + 1]
    submission.cells[place] = nbformat.v4.new_code_cell("notes = 1")
    result = sound(sanitise(data_of(submission), SAMPLE_RELEASE), SAMPLE_RELEASE)
    assert codes(result) == ["missing"] and result.attempted == set()


def test_written_answers_are_kept_also_without_their_name():
    for change in (lambda cell: None, lambda cell: cell.update(id="x", metadata={})):
        submission = copy.deepcopy(SAMPLE_RELEASE)
        cell = next(cell for cell in submission.cells if exercise_of(cell)[0] == "written")
        cell.source = "<script>alert(1)</script> Because."
        change(cell)
        result = sound(sanitise(data_of(submission), SAMPLE_RELEASE), SAMPLE_RELEASE)
        assert result.answers["98.why"] == cell.source and result.attempted == {"98.why"}
        assert codes(result) == ([] if cell.metadata else ["renamed"])
