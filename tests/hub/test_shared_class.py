"""A class that two teachers share: nbgrader's formgrader as a service of the hub."""

import pytest

from tests.hub.classroom import ASSIGNMENT, COURSE
from tests.hub.conftest import open_school
from tests.hub.running import wait_until

pytestmark = pytest.mark.hub
PLACE = f"/services/{COURSE}"


def test_teachers_share_a_formgrader_and_students_do_not(accounts):
    owner, *teachers = (accounts.add(role) for role in ("class", "anna", "otto"))
    with open_school(accounts, owner, teachers) as school:
        users = [*teachers, school.students["ada"]]
        anna, otto, ada = (school.hub.user(name, accounts.passwords[name]) for name in users)

        def up():
            return anna.call("GET", "formgrader/api/status", place=PLACE).status_code == 200

        wait_until(up, 60, lambda: school.hub.text()[-4000:])
        said = otto.call("POST", f"formgrader/api/assignment/{ASSIGNMENT}/release", place=PLACE).json()
        assert said["success"], said
        for teacher in (anna, otto):
            assert teacher.call("GET", "formgrader/api/status").status_code == 404  # theirs has none
            (course,) = teacher.get("formgraders")["value"]
            assert (course["course_id"], course["kind"]) == (COURSE, "jupyterhub")
        assert ada.call("GET", "formgrader/api/status", place=PLACE).status_code == 403
        assert ada.call("GET", "api/contents", place=PLACE).status_code == 403
        listed = ada.get(f"assignments?course_id={COURSE}")["value"]
        assert [each["assignment_id"] for each in listed] == [ASSIGNMENT]
