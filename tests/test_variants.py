"""Students' own numbers: they differ, they are equally hard, and another student's answers earn nothing."""

import copy
import json
import re
import statistics
import time
from functools import cache
from itertools import pairwise

import nbformat
import pytest
from nbgrader import utils

from backprop_lib.checks import check, evaluate, exercises, given
from backprop_lib.checks import exercise as find
from course.build import build, sources, text
from course.grade.classroom import ClassError, Classroom
from course.grade.marking import mark_notebook
from course.grade.sanitise import sanitise
from course.numbers import with_numbers
from course.source import BuildError, exercise_of, given_of
from course.variants import exercises_with_numbers, students_release, write_students_releases
from tests.answers import answers_of
from tests.answers.fill02 import fill_answers
from tests.sample_exercises import SAMPLES
from tests.solving import Place, notebook, stub_of
from tests.submitting import codes, data_of

NAMES = [name for name, each in exercises().items() if each.given and not name.startswith(SAMPLES)]
STUDENTS = [f"{17 * i:016x}" for i in range(200)]
place = cache(Place)


@cache
def released(number):
    return build(sources([number])[0], run=False).release


@cache
def answers(name, variant):
    """The answers to try with the numbers of a variant."""
    if name == "02.fill_graph":
        return fill_answers(**given(name, variant))
    return answers_of(name)


def of_any_numbers(source):
    """Answers with three digits of a result in them are written for the numbers that everybody sees."""
    return isinstance(source, str) and not re.search(r"\d\.\d\d", source)


def report(name, answer, variant):
    """The report on an answer's source in a notebook with the numbers of the variant."""
    here = place(name)
    cell = next(cell for cell in notebook(name[:2]).cells if given_of(cell) == name)
    numbers = copy.copy(here.namespace)
    exec("from contextlib import redirect_stdout as quiet\nimport io", numbers)
    exec(f"with quiet(io.StringIO()):\n    exec({with_numbers(cell.source, name, variant)!r})", numbers)
    exec(answer, numbers)
    return evaluate(name, eval(here.expression, numbers), variant=variant)


# -- the numbers -----------------------------------------------------------------------------------


def test_some_exercises_have_numbers_and_a_cell_that_gives_them():
    assert len(NAMES) >= 2
    found = [name for number in sorted({name[:2] for name in NAMES})
             for name in exercises_with_numbers(notebook(number))]  # fmt: skip
    assert sorted(found) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_numbers_differ_and_are_drawn_the_same_each_time(name):
    drawn = [given(name, student) for student in STUDENTS]
    assert drawn == [given(name, student) for student in STUDENTS]
    assert json.loads(json.dumps(drawn)) == drawn
    different = {json.dumps(numbers) for numbers in drawn}
    assert len(different) >= 100, "two students seldom have the same"
    assert all(set(numbers) == set(given(name)) for numbers in drawn)


@pytest.mark.parametrize("name", NAMES)
def test_right_and_wrong_answers_are_told_apart_for_everybody(name):
    tried = 0
    for i, student in enumerate(("", *STUDENTS[::2])):
        found = answers(name, student)
        for answer in (place(name).solution, *found.right):
            if of_any_numbers(answer) or name == "02.fill_graph":
                assert report(name, answer, student).score == 1.0, f"{given(name, student)}\n{answer}"
        first = {}
        for diagnosis, answer in found.wrong_pairs():
            if of_any_numbers(answer) and (i % 10 == 0 or diagnosis not in first):  # of all, each tenth time
                first[diagnosis] = answer
                result = report(name, answer, student)
                assert result.diagnosis == diagnosis, f"{given(name, student)}\n{answer}\n{result}"
                assert result.score < 1
                tried += 1
    assert tried >= 100 * len(find(name).mistakes)


@pytest.mark.parametrize("name", NAMES)
def test_answers_for_other_numbers_earn_next_to_nothing(name):
    """Literal answers, for the numbers of the next student: by chance an entry may be right."""
    scores = []
    for mine, other in pairwise(["", *STUDENTS]):
        if given(name, mine) != given(name, other):
            scores.append(evaluate(name, literal(name, other), variant=mine).score)
    assert statistics.mean(scores) < 0.07 and max(scores) < 0.8
    assert sum(score == 0 for score in scores) > 0.75 * len(scores)


@cache
def literal(name, variant):
    """The right answer to the numbers of a variant, as plain numbers."""
    here = place(name)
    cell = next(cell for cell in notebook(name[:2]).cells if given_of(cell) == name)
    numbers = copy.copy(here.namespace) | {"print": lambda *things: None}
    exec(with_numbers(cell.source, name, variant), numbers)
    exec(here.solution, numbers)
    answer = eval(here.expression, numbers)
    assert evaluate(name, answer, variant=variant).score == 1.0
    return answer


def test_one_neuron_is_equally_hard_for_everybody():
    for student in ("", *STUDENTS):
        numbers = given("01.chain_by_hand", student)
        x, w, b, t = (numbers[key] for key in "xwbt")
        assert 1.1 <= abs(x) <= 2.9 and all(0 < size < 1 for size in (abs(w), b, t))
        assert x * w < 0 and -1.4 <= round(w * x + b, 2) <= -0.7 and round(w * x + b, 2) != -1
        assert all(round(10 * number) % 10 and round(number, 1) == number for number in numbers.values())
        assert len({abs(x), abs(w), b, t, 1}) == 5


def test_the_graph_is_equally_hard_for_everybody():
    for student in ("", *STUDENTS):
        x, y, z = given("02.fill_graph", student).values()
        u = x * y
        v, w = u - z, u + x
        assert all(2 <= digit <= 9 for digit in (x, y, v)) and z > 1
        assert len({x, y, z, u, v, w}) == 6 and max(v * w, y * (v + w) + v) < 1000


# -- releases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", sorted({name[:2] for name in NAMES}))
def test_a_students_release_is_the_release_with_other_numbers(number):
    mine = students_release(released(number), number, STUDENTS[1])
    nbformat.validate(mine)
    assert text(mine) == text(students_release(released(number), number, STUDENTS[1]))
    assert text(mine) != text(students_release(released(number), number, STUDENTS[2]))
    assert text(students_release(mine, number, "")) == text(released(number))
    changed = set()
    for cell, everybodys in zip(mine.cells, released(number).cells, strict=True):
        assert (cell.id, cell.cell_type) == (everybodys.id, everybodys.cell_type)
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
        if cell.source != everybodys.source:
            changed.add(given_of(cell) or exercise_of(cell)[1])
            assert given_of(cell) or exercise_of(cell)[0] == "check"
    assert changed == set(exercises_with_numbers(released(number)))


def test_of_an_instructors_notebook_the_release_is_made_first():
    mine = students_release(notebook("01"), "01_x", STUDENTS[3])
    assert "BEGIN SOLUTION" not in text(mine)
    assert stub_of("01.chain_by_hand") in [cell.source for cell in mine.cells]
    assert text(mine) == text(students_release(released("01"), "01_x", STUDENTS[3]))


def test_a_variant_cannot_break_out_of_its_text():
    with pytest.raises(BuildError, match="letters and digits only"):
        students_release(released("01"), "01_x", '", points=99) #')


def test_the_check_of_the_notebook_knows_the_numbers(capsys):
    mine = students_release(released("01"), "01_x", STUDENTS[5])
    cell = next(cell for cell in mine.cells if exercise_of(cell) == ("check", "01.chain_by_hand"))
    for student, points in ((5, 5.0), (7, 0.0)):
        rates = literal("01.chain_by_hand", STUDENTS[student])
        assert float(eval(cell.source, {"check": check, "rates": rates})) == points
    assert "right" in capsys.readouterr().out


# -- the class's folder ----------------------------------------------------------------------------


@pytest.fixture
def classroom(tmp_path):
    (tmp_path / "key").write_text("k" * 64)
    for number in ("01", "03"):
        name = sources([number])[0].stem
        path = tmp_path / "release" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text(released(number)), encoding="utf-8")
    return Classroom(tmp_path, {"variants": True})


def test_everybody_gets_a_release_of_their_own(classroom, capfd):
    name, students = sources(["01"])[0].stem, ["anna", "b' \"ü 🐙", "-rf", "..c", "x" * 200]
    students += [f"s{i}" for i in range(195)]
    began = time.perf_counter()
    paths = write_students_releases(classroom, name, students)
    assert time.perf_counter() - began < 20
    assert "200/200" in capfd.readouterr().err
    assert [*paths] == students and all(path.is_file() for path in paths.values())
    assert paths["anna"] == classroom.folder / "release_by_student" / "anna" / name / f"{name}.ipynb"
    own = nbformat.read(paths["anna"], as_version=4)
    assert own == students_release(released("01"), name, classroom.variant(name, "anna"))
    assert len({path.read_bytes() for path in paths.values()}) > 150
    before = paths["anna"].read_bytes()
    again = write_students_releases(Classroom(classroom.folder, {"variants": True}), name, ["anna"])
    assert again["anna"].read_bytes() == before


def test_without_a_key_or_without_numbers_all_releases_are_equal(classroom):
    name = sources(["03"])[0].stem
    paths = write_students_releases(classroom, name, ["a", "b"])
    assert len({path.read_bytes() for path in paths.values()}) == 1
    (classroom.folder / "key").unlink()
    name = sources(["01"])[0].stem
    paths = write_students_releases(Classroom(classroom.folder, {"variants": True}), name, ["a", "b"])
    assert {path.read_text("utf-8") for path in paths.values()} == {text(released("01"))}


@pytest.mark.parametrize("student", ["", ".", "..", "../x", "a/b", "a\\b", "a\0b", "ü" * 200])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_written(classroom, student):
    with pytest.raises(ClassError, match="cannot be the name of a student's folder"):
        write_students_releases(classroom, sources(["01"])[0].stem, ["anna", student])
    assert not (classroom.folder / "release_by_student").exists()


def test_what_is_not_released_is_said(classroom):
    with pytest.raises(ClassError, match="Release it first: python3 -m course release 02"):
        write_students_releases(classroom, "02_computation_graphs", ["anna"])


# -- marking ---------------------------------------------------------------------------------------


def submission(number, variant, as_numbers):
    """The notebook of the student who has this variant, all right; with formulas or plain numbers."""
    mine = students_release(released(number), number, variant)
    solved = {cell.id: cell.source for cell in notebook(number).cells}
    for cell in mine.cells:
        kind, name = exercise_of(cell)
        if kind == "answer":
            cell.source = solved[cell.id]
            if name in NAMES and as_numbers:
                cell.source = written_out(name, variant)
    return mine


def written_out(name, variant):
    found = literal(name, variant)
    if name == "02.fill_graph":
        return "\n".join(f"{key} = {entry!r}" for key, entry in found.items())
    return f"{place(name).expression} = {found!r}"


@pytest.mark.parametrize("number", sorted({name[:2] for name in NAMES}))
def test_another_students_notebook_earns_nothing_where_numbers_are_asked(number):
    """Two students; each hands in their own, then the other's. In the sandbox, as the grader does it."""
    mine, other = STUDENTS[1], STUDENTS[2]
    own_release = students_release(released(number), number, mine)
    for variant, as_numbers in ((mine, True), (other, True), (other, False)):
        handed_in = data_of(submission(number, variant, as_numbers))
        found = sanitise(handed_in, own_release, f"{number}.ipynb")
        assert text(found.notebook).count(f'variant=\\"{mine}\\"') == len(numbers_of(number))
        marked = {each.name: each.score for each in mark_notebook(found.notebook, "a secret", mine)}
        expected = 1.0 if variant == mine else 0.0
        assert marked == {name: expected if name in NAMES else 1.0 for name in marked}, (variant, as_numbers)
        assert ("other-numbers" in codes(found)) == (variant != mine)
    assert set(NAMES) & set(marked) == set(numbers_of(number))


def numbers_of(number):
    return [name for name in NAMES if name.startswith(number)]
