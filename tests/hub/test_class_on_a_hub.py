"""A class of three on a real JupyterHub: fetch, solve, validate, submit, collect, mark, feedback.

The tests of this file are one story, in this order.
"""

import pytest

from tests.hub import classroom
from tests.hub.classroom import ASSIGNMENT, COURSE

pytestmark = pytest.mark.hub
NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
PLAN = {"ada": (), "ben": ("unbroadcast",)}  # who works through the API -> what they leave out


@pytest.fixture(scope="module")
def people(school):
    """The teacher and two students, each with their own server running."""
    names = {"teacher": school.teacher, **{role: school.students[role] for role in PLAN}}
    return {role: school.hub.user(name, school.accounts.passwords[name]) for role, name in names.items()}


def test_only_the_class_may_log_in(school):
    from tests.hub.running import User

    for name, password in (
        (school.students["ada"], "wrong"),
        (school.outsider, school.accounts.passwords[school.outsider]),
        ("root", ""),
    ):
        stranger = User(school.hub, name)
        assert stranger.log_in(password).status_code == 403
        assert stranger.hub_api("GET", "user").status_code == 403


def test_each_role_has_its_extensions(people):
    student, teacher = people["ada"], people["teacher"]
    assert student.call("GET", "formgrader/api/status").status_code == 404
    assert student.call("GET", "formgraders").status_code == 404
    assert teacher.get("formgrader/api/status") == {"status": True}
    assert [course["course_id"] for course in teacher.get("formgraders")["value"]] == [COURSE]
    assert teacher.call("GET", f"assignments?course_id={COURSE}").status_code == 404


def test_the_teacher_releases_in_the_formgrader(school, people):
    said = people["teacher"].post(f"formgrader/api/assignment/{ASSIGNMENT}/release")
    assert said["success"], said
    listed = people["ada"].get(f"assignments?course_id={COURSE}")
    assert [(each["assignment_id"], each["status"]) for each in listed["value"]] == [(ASSIGNMENT, "released")]


@pytest.mark.parametrize("role", PLAN)
def test_a_student_fetches_solves_validates_and_submits(school, people, role):
    student = people[role]
    fetched = student.post("assignments/fetch", course_id=COURSE, assignment_id=ASSIGNMENT)["value"]
    assert [each["status"] for each in fetched] == ["fetched"]
    contents = student.get(f"api/contents/{NOTEBOOK}")
    solved = classroom.solve(classroom.read(contents["content"]), PLAN[role])
    assert student.call(
        "PUT", f"api/contents/{NOTEBOOK}", json={"type": "notebook", "content": solved}
    ).ok  # fmt: skip
    validated = student.post("assignments/validate", path=NOTEBOOK)
    assert validated["success"], validated
    failed = validated["value"].get("failed", []) if isinstance(validated["value"], dict) else validated
    assert bool(failed) == bool(PLAN[role]), failed
    submitted = student.post("assignments/submit", course_id=COURSE, assignment_id=ASSIGNMENT)["value"]
    assert [each["student_id"] for each in submitted if each["status"] == "submitted"] == [student.name]
