"""What was entered by hand outlives the gradebook that it was entered in."""

import json
from datetime import timedelta

import pytest
from nbgrader.api import Gradebook

from course.class_release import main as release
from course.grade import by_hand, grading
from course.grade.export import main as export
from course.grade.results import results
from tests.hostile import NAME
from tests.test_grading import Crew, change, classroom, grades, template  # noqa: F401  (fixtures)

CELL, ANSWER = "check-05-by_shapes", "answer-05-by_shapes"


@pytest.fixture
def entered(classroom):  # noqa: F811
    """A class of which ada has points, extra credit, a comment and an extension by hand; with a due date."""
    grading.grade(classroom, NAME, crew=Crew())
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2020-01-01T12:00:00")
        gradebook.find_submission(NAME, "ada").extension = timedelta(days=2)
        grade = gradebook.find_grade(CELL, NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.5, 0.5, False
        gradebook.find_comment(ANSWER, NAME, NAME, "ada").manual_comment = "Nice — see § 3."
        gradebook.db.commit()
    return classroom


def lose(classroom):  # noqa: F811
    (classroom.folder / "gradebook.db").unlink()


def seen(classroom):  # noqa: F811
    """All that the results say, but the records' own."""
    return {
        name: (each.status, each.so_far, each.lost, each.late_seconds, each.person, each.parts)
        for name, each in results(classroom, NAME).items()
    }


def test_a_lost_gradebook_loses_nothing(entered, capsys):
    before = seen(entered)
    part = next(part for part in before["ada"][-1] if part.name == "05.by_shapes")
    assert (part.score, part.extra, part.comment) == (2.5, 0.5, "Nice — see § 3.")
    late = before["bob"][3] - before["ada"][3]
    assert late == timedelta(days=2).total_seconds() and before["nobody"][4].last_name == "Body"
    lose(entered)
    assert release(["05", "--class", str(entered.folder)]) == 0
    said = capsys.readouterr().out
    assert "2020-01-01 12:00:00" in said and "its due date and 3 students are from the copy" in said
    crew = Crew()
    grading.grade(entered, NAME, crew=crew)
    assert crew.seen == [] and seen(entered) == before
    assert grades(entered, "ada")[CELL] == (3.0, 2.5, False)


def test_another_due_date_than_the_lost_one(entered, capsys):
    results(entered, NAME)
    lose(entered)
    assert release(["05", "--due", "2021-01-01T12:00Z", "--class", str(entered.folder)]) == 0
    assert "2021-01-01 12:00:00" in capsys.readouterr().out


def test_points_for_another_submission_are_flagged(entered):
    results(entered, NAME)
    lose(entered)
    change(entered, "ada")
    release(["05", "--class", str(entered.folder)])
    grading.grade(entered, NAME, crew=Crew())
    assert grades(entered, "ada")[CELL] == (3.0, 2.5, True)


def test_what_was_taken_back_does_not_return(entered):
    results(entered, NAME)
    with Gradebook(entered.db_url, entered.course_id) as gradebook:
        grade = gradebook.find_grade(CELL, NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit = None, None
        gradebook.db.commit()
    grading.grade(entered, NAME, crew=Crew())
    assert grades(entered, "ada")[CELL] == (3.0, None, False)
    results(entered, NAME)
    lose(entered)
    release(["05", "--class", str(entered.folder)])
    grading.grade(entered, NAME, crew=Crew())
    assert grades(entered, "ada")[CELL] == (3.0, None, False)
    part = next(part for part in results(entered, NAME)["ada"].parts if part.name == "05.by_shapes")
    assert part.comment == "Nice — see § 3."


def test_a_gradebook_that_knows_nothing_does_not_empty_the_copy(entered, capsys):
    results(entered, NAME)
    copy = by_hand.kept(entered.folder, NAME)
    assert copy["submissions"]["ada"]["cells"][CELL]["score"] == 2.5
    lose(entered)
    export(["05", "--csv", "--class", str(entered.folder)])  # no gradebook at all
    assert by_hand.kept(entered.folder, NAME) == copy
    Gradebook(entered.db_url, entered.course_id).close()  # an empty one
    export(["05", "--csv", "--class", str(entered.folder)])
    assert by_hand.kept(entered.folder, NAME) == copy
    release(["05", "--class", str(entered.folder)])  # the assignment and the students, no submission
    results(entered, NAME)
    assert by_hand.kept(entered.folder, NAME) == copy


@pytest.mark.parametrize("text", ["", "{", "[]", '{"due": null}', '{"due": 1, "students": 2}'])
def test_a_damaged_copy_is_made_anew(entered, text):
    results(entered, NAME)
    path = by_hand.path_of(entered.folder, NAME)
    good = path.read_text("utf-8")
    path.write_text(text, "utf-8")
    grading.grade(entered, NAME, crew=Crew())
    results(entered, NAME)
    assert json.loads(path.read_text("utf-8")) == json.loads(good)


def test_nothing_by_hand_is_no_entry(classroom):  # noqa: F811
    grading.grade(classroom, NAME, crew=Crew())
    results(classroom, NAME)
    assert by_hand.kept(classroom.folder, NAME)["submissions"] == {}
