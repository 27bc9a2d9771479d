"""Written answers: each has a rubric and two sample answers, and none of it is in the learner's notebook."""

import re

import pytest

from course import rubrics as command
from course.build import build, text
from course.rubrics import rubrics
from course.source import BuildError, exercise_of
from tests.built import SOURCES

FOUND = [(path, rubric) for path in SOURCES for rubric in rubrics(path)]


def test_five_notebooks_ask_for_a_written_answer():
    assert len({path for path, _ in FOUND}) >= 5


@pytest.mark.parametrize(("path", "rubric"), FOUND, ids=[rubric.name for _, rubric in FOUND])
def test_rubric_and_samples_fit_the_points(path, rubric):
    assert rubric.points == len(rubric.lines) >= 3
    assert len(set(rubric.lines)) == len(rubric.lines)
    full, partial = rubric.samples
    assert full.points == rubric.points and full.lines == tuple(range(1, len(rubric.lines) + 1))
    assert 0 < partial.points < rubric.points and partial.points == len(set(partial.lines))
    assert set(partial.lines) < set(full.lines)
    for sample in rubric.samples:
        assert (
            2 <= len(re.findall(r"[.?:;](?:\s|$)", sample.text)) <= 9
            and 18 <= len(sample.text.split()) <= 130
        )
    assert 30 <= len(rubric.question.split()) <= 110 and rubric.question.rstrip()[-1] in ".?"


@pytest.mark.parametrize("path", {path: None for path, _ in FOUND}, ids=lambda path: path.stem)
def test_learners_see_the_question_and_no_answer(path):
    release = build(path, run=False).release
    whole = text(release)
    for rubric in rubrics(path):
        cell = next(cell for cell in release.cells if exercise_of(cell) == ("written", rubric.name))
        assert cell.source == f"{rubric.question}\n\n*Your answer here.*"
        assert cell.metadata.nbgrader.solution and cell.metadata.nbgrader.grade
        assert cell.metadata.nbgrader.points == rubric.points and cell.cell_type == "markdown"
        for hidden in (*rubric.lines, *(sample.text for sample in rubric.samples), "Rubric", "Sample"):
            assert hidden.split("$")[0][:60] not in whole


def test_a_written_answer_without_a_rubric_is_named(tmp_path):
    path = tmp_path / "98_rubric.md"
    region = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n"
    path.write_text(f'# T\n\n+++ {{"written": "98.why", "points": 3}}\n\nWhy?\n\n{region}')
    with pytest.raises(BuildError, match=r"98\.why needs in its solution region `\*\*Rubric"):
        rubrics(path)


def test_the_command_shows_or_writes_them(tmp_path, capsys):
    assert command.main(["05"]) == 0
    shown = capsys.readouterr().out
    assert "## 05.weak_test · 4 points" in shown and "Sample with 4 of 4" in shown
    assert "- 05.linear_backward · 4 points, 3 parts: dx; dW; db" in shown
    assert "- 05.unbroadcast · 4 points, all or nothing" in shown
    assert command.main(["--out", str(tmp_path / "rubrics.md")]) == 0
    assert "rubrics are in" in capsys.readouterr().out
    written = (tmp_path / "rubrics.md").read_text("utf-8")
    assert all(rubric.name in written for _, rubric in FOUND)
    assert command.main(["77"]) == 1
    assert "no source 77" in capsys.readouterr().err
