"""A class that released again: students hand in what they were given before, and are told nothing of it."""

import copy
import json

import nbformat
import pytest

from course.grade import earlier
from course.grade.marking import mark_notebook
from course.grade.sanitise import sanitise
from tests.classes import course, new_class, submit
from tests.hostile import BUILT, CELLS, CHECK, FULL, NAME, RIGHT, Submission, handed_in, notebook

UNBROADCAST = CELLS["05.unbroadcast"]
HANDED_IN = json.dumps(notebook()).encode()  # made from the release before


def cell_of(node, name):
    return next(cell for cell in node.cells if cell.id == name)


@pytest.fixture
def now():
    """The release of today: other points, an exercise less, a mended and a new cell."""
    node = copy.deepcopy(BUILT.release)
    check = cell_of(node, CHECK)
    check.source = check.source.replace("points=4", "points=6")
    check.metadata.nbgrader.points = 6
    node.cells = [cell for cell in node.cells if "unbroadcast" not in cell.id or "answer" not in cell.id]
    node.cells = [cell for cell in node.cells if cell.id != UNBROADCAST.replace("answer", "check")]
    text = next(cell for cell in node.cells if cell.cell_type == "markdown")
    text.source += "\n\nA sentence that is new."
    first = next(cell for cell in node.cells if cell.cell_type == "code" and "nbgrader" not in cell.metadata)
    first.source = "import numpy as np\nmended = True\n" + first.source
    node.cells.insert(2, nbformat.v4.new_markdown_cell("A cell that is new.", id="new-cell"))
    return node


def test_nothing_is_said_of_what_was_given_before(now):
    without = sanitise(HANDED_IN, now, NAME)
    codes = {remark.code for remark in without.remarks}
    assert {"changed-check", "changed-cell", "changed-points", "missing-cells", "unknown-grade-id"} <= codes
    found = sanitise(HANDED_IN, now, NAME, [BUILT.release])
    assert found.remarks == [] and found.attempted == without.attempted
    assert found.answers == {name: text for name, text in without.answers.items() if name in found.answers}


def test_todays_text_runs_and_that_of_before_does_not(now):
    sources = [cell.source for cell in sanitise(HANDED_IN, now, NAME, [BUILT.release]).notebook.cells]
    given = [cell.source for cell in now.cells if not cell.metadata.get("nbgrader", {}).get("solution")]
    assert [source for source in sources if source in given] == given
    others = [source for source in sources if source not in given and source not in RIGHT.values()]
    assert others == [cell_of(now, "written-05-weak_test").source]


def test_the_answers_are_right_and_count_as_today(now):
    rebuilt = sanitise(HANDED_IN, now, NAME, [BUILT.release])
    marked = {each.name: each.score for each in mark_notebook(rebuilt.notebook, "a secret")}
    assert set(marked.values()) == {1.0} and "05.unbroadcast" not in marked


def test_what_a_student_changed_is_said_all_the_same(now):
    changed = notebook()
    cell_of(changed, CHECK).metadata.nbgrader.points = 5
    cell_of(changed, CHECK).source = "check('05.linear_backward', linear_backward, points=5)"
    found = sanitise(json.dumps(changed).encode(), now, NAME, [BUILT.release])
    assert {remark.code for remark in found.remarks} == {"changed-check", "changed-points"}


def test_code_that_is_given_no_more_still_runs_since_answers_may_need_it():
    before = copy.deepcopy(BUILT.release)
    before.cells.insert(1, nbformat.v4.new_code_cell("from math import tau", id="given-before"))
    handed = notebook({**RIGHT, UNBROADCAST: RIGHT[UNBROADCAST] + "\nassert tau > 6\n"})
    handed.cells.insert(1, copy.deepcopy(before.cells[1]))
    found = sanitise(json.dumps(handed).encode(), BUILT.release, NAME, [before])
    assert "from math import tau" in [cell.source for cell in found.notebook.cells]


def test_an_old_stub_is_no_answer():
    before = copy.deepcopy(BUILT.release)
    cell_of(before, UNBROADCAST).source += "\n# another stub\n"
    found = sanitise(json.dumps(before).encode(), BUILT.release, NAME, [before])
    assert not found.attempted and not found.remarks


@pytest.mark.grading
def test_a_class_that_releases_again_tells_nobody_off(tmp_path):
    folder = new_class(tmp_path / "class", "05")
    submit(folder, NAME, "ada", Submission(FULL, handed_in(notebook())))
    (folder / "overlay" / "points.toml").write_text('"05.linear_backward" = 6\n', "utf-8")
    course("release", "05", "--force", "--class", folder)
    assert len(earlier.kept(folder, NAME)) == 1
    course("release", "05", "--class", folder)  # the same again: nothing more to keep
    assert len(earlier.kept(folder, NAME)) == 1
    [line] = [
        line
        for line in course("grade", "05", "--all", "--workers", "0", "--class", folder).splitlines()
        if line.startswith("ada")
    ]
    assert line.split() == ["ada", "21", "of", "21", "marked"]
