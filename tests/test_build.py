"""course/build.py: one source, three uses."""

import ast
import copy
import re
from pathlib import Path

import nbformat
import pytest
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator

from backprop_lib.checks import exercise, exercises
from course import build as command
from course.build import LEARNER, build, stale, text, write
from course.outputs import WIDGET, execute, settle, varies
from course.source import BuildError, exercise_of, read_source
from tests.built import NAMES, SAMPLE, SOURCES, built, on_disk

ALL = [*NAMES, SAMPLE.stem]


def grade_cells(notebook):
    return [cell for cell in notebook.cells if utils.is_grade(cell) and cell.cell_type == "code"]


def points_of(notebook):
    """What nbgrader itself gives: (points, most) summed over the autograded cells."""
    grades = [utils.determine_grade(cell) for cell in grade_cells(notebook)]
    return sum(points for points, _ in grades), sum(most for _, most in grades)


def demonstrations(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and "nbgrader" not in cell.metadata]


# Every notebook


@pytest.mark.parametrize("name", NAMES)
def test_is_up_to_date(name):
    assert stale(built(name)) == [], "run `python3 -m course build`"
    for old, new in zip(on_disk(name).cells, built(name).learner.cells, strict=True):
        if "nbval-check-output" in new.metadata.get("tags", []):
            assert old.outputs == new.outputs, f"cell {new.id} gives other numbers"


def test_no_notebook_without_a_source():
    assert sorted(path.stem for path in LEARNER.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", ALL)
def test_metadata_is_nbgraders(name):
    for notebook in (built(name).source, built(name).release, built(name).learner, built(name).solved):
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                assert cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
                assert cell.metadata.nbgrader.grade_id == cell.id
    ids = [cell.id for cell in built(name).learner.cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", ALL)
def test_learners_notebook_is_the_release_with_outputs(name):
    release, learner = copy.deepcopy(built(name).release), copy.deepcopy(built(name).learner)
    for cell in learner.cells:
        if "outputs" in cell:
            cell.outputs, cell.execution_count = [], None
    assert text(learner) == text(release)


@pytest.mark.parametrize("name", ALL)
def test_no_solution_and_no_noise_in_the_learners_notebook(name):
    learner = built(name).learner
    whole = text(learner)
    assert "BEGIN SOLUTION" not in whole and WIDGET not in whole and "widget-state" not in whole
    assert set(learner.metadata) == {"kernelspec", "language_info"}
    for cell in learner.cells:
        assert set(cell.metadata) <= {"tags", "nbgrader", "deletable", "editable"}
        if cell.cell_type == "code":
            assert "nbgrader" not in cell.metadata or (cell.outputs, cell.execution_count) == ([], None)
    solved = [cell for cell in built(name).source.cells if exercise_of(cell)[0] == "answer"]
    for cell in solved:
        region = re.search(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.DOTALL)[1]
        assert region.strip() not in whole


@pytest.mark.parametrize("name", NAMES)
def test_demonstrations_show_the_same_in_both_runs(name):
    """Twice executed, learner's and solved: what does not depend on an answer must be equal."""
    tainted = set()
    settled = settle(copy.deepcopy(built(name).solved), name)
    for learner, solved in zip(built(name).learner.cells, settled.cells, strict=True):
        if learner.cell_type != "code":
            continue
        names = {node.id for node in ast.walk(ast.parse(solved.source)) if isinstance(node, ast.Name)}
        if "nbgrader" in learner.metadata or names & tainted or varies(learner):
            tainted |= bound_names(solved.source)
        else:
            assert learner.outputs == solved.outputs, f"not the same on every run:\n{learner.source}"


def bound_names(source):
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found |= {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    return found


@pytest.mark.parametrize("name", ALL)
def test_nbgrader_gives_full_points_for_the_solution_and_none_for_the_release(name):
    points, most = points_of(built(name).solved)
    assert points == most
    assert points_of(built(name).tried) == (0, most)
    assert most > 0 or not [cell for cell in built(name).source.cells if exercise_of(cell)[0]]


def test_every_exercise_is_in_a_notebook():
    used = {exercise_of(cell) for path in SOURCES for cell in read_source(path).cells}
    for name in exercises():
        assert name[:2] == SAMPLE.name[:2] or ("check", name) in used, f"{name} has a check and no cell"


def test_the_notebooks_are_small():
    assert sum(path.stat().st_size for path in LEARNER.glob("*.ipynb")) < 6e6


# The sample


def test_building_twice_gives_the_same_bytes():
    first = built(SAMPLE.stem)
    second = build(SAMPLE, earlier=first.learner, known=set(exercises()))
    for form in ("source", "release", "learner"):
        assert text(getattr(first, form)) == text(getattr(second, form)), form
    assert first.tried.cells[5].outputs != second.tried.cells[5].outputs, "the clock does not stand still"


def test_outputs_of_demonstrations():
    cells = demonstrations(built(SAMPLE.stem).learner)
    stream, result = cells[1].outputs
    assert (stream.text, result.data) == ("one\ntwo\n", {"text/plain": "42"})
    assert "image/png" in cells[2].outputs[0].data
    assert list(cells[3].outputs[0].data) == ["text/plain"] and "IntSlider" in str(cells[3].outputs)


def test_metadata_of_the_sample():
    source, release = built(SAMPLE.stem).source, built(SAMPLE.stem).release
    kinds = [exercise_of(cell) for cell in source.cells if exercise_of(cell)[0]]
    assert kinds == [
        ("written", "98.why"),
        ("answer", "98.vjp"),
        ("check", "98.vjp"),
        ("answer", "98.rates"),
        ("check", "98.rates"),
    ]
    by_id = {cell.id: cell for cell in release.cells}
    assert by_id["check-98-vjp"].metadata.nbgrader.points == 4
    assert by_id["check-98-rates"].source == (
        'check("98.rates", {"a": rates["a"], "b": rates["b"], "c": rates["c"]}, points=1.5)'
    )
    assert by_id["answer-98-vjp"].source.endswith('x and y."""\n    ...  # your code here')
    written = by_id["written-98-why"]
    assert "*Your answer here.*" in written.source and "chain rule" not in written.source
    assert [cell.source for cell in release.cells].count("Equal prose.") == 2


def test_noise_in_an_answer_costs_no_points():
    """nbgrader gives 0 for anything on stderr. The sample's solution writes there in three ways."""
    check = next(cell for cell in built(SAMPLE.stem).solved.cells if cell.id == "check-98-vjp")
    assert [output.output_type for output in check.outputs] == ["display_data", "execute_result"]
    assert "noise" in check.outputs[0].data["text/plain"] and "right" in check.outputs[0].data["text/plain"]
    assert utils.determine_grade(check) == (4, 4)


def test_partial_credit_and_wrong_answers_by_nbgrader():
    notebook = copy.deepcopy(built(SAMPLE.stem).release)
    by_id = {cell.id: cell for cell in notebook.cells}
    by_id["answer-98-vjp"].source = "vjp = lambda x, y, upstream: (y, x)"
    first = "given('98.rates')['numbers'][0]"
    by_id[
        "answer-98-rates"
    ].source = f"from backprop_lib.checks import given\nrates = dict.fromkeys('abc', 2 * {first})"
    execute(notebook, "partly solved")
    right = exercise("98.rates").given
    assert right is not None
    got = {cell.id: utils.determine_grade(cell)[0] for cell in grade_cells(notebook)}
    assert got["check-98-vjp"] == 0
    assert 0 < got["check-98-rates"] < 1.5


def test_a_cell_that_shows_an_address_is_refused(tmp_path):
    path = tmp_path / "98_address.md"
    path.write_text("# T\n\n```{code-cell}\nobject()\n```\n")
    with pytest.raises(BuildError, match=r"cell 2 \(`object\(\)`\) shows a memory address"):
        build(path)


def test_a_cell_that_fails_stops_the_build(tmp_path):
    path = tmp_path / "98_fails.md"
    path.write_text("# T\n\n```{code-cell}\n1 / 0\n```\n")
    with pytest.raises(
        BuildError, match=r"98_fails \(learner\): a cell failed[\s\S]*1 / 0[\s\S]*ZeroDivisionError"
    ):
        build(path)


# Faults in a source

EXERCISE = "```{code-cell}\n:exercise: 98.vjp\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n```\n"
CHECK = "```{code-cell}\n:check: 98.vjp\n:points: 2\n:answer: x\n```\n"
FAULTS = {
    "exercise twice": (
        EXERCISE + CHECK + EXERCISE,
        r"\.md:4: cell 4: duplicate exercise '98\.vjp', first in",
    ),
    "check twice": (EXERCISE + CHECK + CHECK, r"cell 4: duplicate check '98\.vjp'"),
    "check without exercise": (
        CHECK,
        r"md:4: cell 2: `:check: 98\.vjp` without an `:exercise: 98\.vjp` before it",
    ),
    "exercise without check": (EXERCISE, r"cell 2: exercise '98\.vjp' has no `:check: 98\.vjp`"),
    "unknown exercise": (EXERCISE.replace("vjp", "vpj"), r"md:4: cell 2: unknown exercise '98\.vpj'"),
    "another notebook's": (EXERCISE.replace("98", "03"), r"'03\.vjp' must be called like '98\.some_name'"),
    "no points": (
        EXERCISE + CHECK.replace(":points: 2\n", ""),
        r"`points` is missing or not a positive number: None",
    ),
    "negative points": (EXERCISE + CHECK.replace("2", "-2", 1), r"not a positive number: -2"),
    "no answer": (
        EXERCISE + CHECK.replace(":answer: x\n", ""),
        r"md:10: cell 3: `:answer:` of '98\.vjp' is missing",
    ),
    "check with code": (
        EXERCISE + CHECK.replace("x\n", "x\n\nprint()\n"),
        "must be empty: the build writes it",
    ),
    "no solution": (
        EXERCISE.replace("### BEGIN SOLUTION\n", ""),
        "md:6: cell 2: `END SOLUTION` without a region",
    ),
    "no markers": (
        "```{code-cell}\n:exercise: 98.vjp\nx = 1\n```\n",
        "has no `### BEGIN SOLUTION` … `### END",
    ),
    "never closed": (EXERCISE.replace("### END SOLUTION\n", ""), "the solution region is never closed"),
    "opened twice": (EXERCISE.replace("x = 1", "### BEGIN SOLUTION"), "`BEGIN SOLUTION` within a region"),
    "solution outside": (
        "```{code-cell}\n### BEGIN SOLUTION\n```\n",
        "md:4: cell 2: a solution outside of an exercise",
    ),
    "stray points": ("```{code-cell}\n:points: 2\nx = 1\n```\n", "belong to a cell with `check`"),
    "unknown option": (
        "```{code-cell}\n:exercize: 98.vjp\n```\n",
        "unknown option 'exercize'; there are answer,",
    ),
    "numbers of none": (
        "```{code-cell}\n:given: 98.vjp\nx = 1\n```\n" + EXERCISE + CHECK,
        r"md:4: cell 2: 98\.vjp has no numbers of its own",
    ),
    "other numbers": (
        "```{code-cell}\n:given: 98.sum\nx, y = 3, 5\n```\n",
        r"md:4: cell 2: the numbers of '98\.sum' must stand there as `x, y = 2, 5`",
    ),
    "a number is missing": (
        "```{code-cell}\n:given: 98.sum\nx = 2\n```\n",
        r"must assign the numbers of '98\.sum' \(x, y\) once each",
    ),
    "numbers after their exercise": (
        "```{code-cell}\n:given: 98.sum\nx, y = 2, 5\n```\n",
        r"md:4: cell 2: `:given: 98\.sum` without an `:exercise: 98\.sum` after it",
    ),
    "both": (EXERCISE.replace(":exercise", ":check: 98.vjp\n:exercise"), "cannot be both exercise and check"),
    "broken options": ("```{code-cell}\n:tags: [a\n```\n", r"98_fault\.md: not readable as MyST Markdown"),
}


@pytest.mark.parametrize(("body", "message"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named_with_their_place(tmp_path, body, message):
    path = tmp_path / "98_fault.md"
    path.write_text("# T\n\n" + body)
    with pytest.raises(BuildError, match=message):
        read_source(path, set(exercises()))


# The command


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The command, working in a folder of its own with the sample as its only source."""
    folders = {
        "SOURCES": tmp_path / "sources",
        "LEARNER": tmp_path / "notebooks",
        "BUILD": tmp_path / "build",
    }
    for name, folder in folders.items():
        folder.mkdir()
        monkeypatch.setattr(command, name, folder)
    Path(folders["SOURCES"], SAMPLE.name).write_text(SAMPLE.read_text())
    monkeypatch.setattr(command, "build", lambda *args: copy.deepcopy(built(SAMPLE.stem)))
    return tmp_path


def test_the_command_writes_and_checks(course, capsys):
    assert command.main(["--check"]) == 1
    assert "98_sample.ipynb does not exist" in capsys.readouterr().err
    assert command.main(["98"]) == 0
    assert "[1/1] 98_sample" in capsys.readouterr().out
    assert sorted(str(path.relative_to(course)) for path in course.rglob("*.ipynb")) == [
        "build/release/98_sample/98_sample.ipynb",
        "build/solved/98_sample.ipynb",
        "build/source/98_sample/98_sample.ipynb",
        "notebooks/98_sample.ipynb",
    ]
    assert command.main(["--check"]) == 0
    path = course / "notebooks" / "98_sample.ipynb"
    path.write_text(path.read_text().replace("It has one cell", "It had one cell"))
    assert command.main(["--check"]) == 1
    assert "98_sample.ipynb: cell 1 is not what the source gives" in capsys.readouterr().err
    assert command.main(["77"]) == 1
    assert "no source 77 in" in capsys.readouterr().err


def test_stale_sees_missing_cells_and_other_outputs(tmp_path):
    fresh = built(SAMPLE.stem)
    write(fresh, tmp_path, tmp_path / "build")
    assert stale(fresh, tmp_path) == []
    changed = copy.deepcopy(fresh)
    demonstrations(changed.learner)[1].outputs.pop()
    write(changed, tmp_path, tmp_path / "build")
    assert len(stale(fresh, tmp_path)) == 1 and "running it gives" in stale(fresh, tmp_path)[0]
    del changed.learner.cells[0]
    write(changed, tmp_path, tmp_path / "build")
    assert "the source gives" in stale(fresh, tmp_path)[0]


def test_the_sources_are_numbered_without_gaps_in_name():
    assert len({path.name[:2] for path in SOURCES}) == len(SOURCES)
