"""The same grades in PostgreSQL as in SQLite."""

import os

import pytest
from nbgrader.api import Gradebook

from course.grade import grading
from course.grade.classroom import open_class
from tests import postgres
from tests.classes import new_class, submit
from tests.hostile import NAME, WAYS
from tests.test_grading import Crew, grades

CI = os.environ.get("CI", "").lower() in ("1", "true")


@pytest.mark.skipif(postgres.programs() is None and not CI, reason="PostgreSQL is not installed")
def test_a_class_is_graded_into_postgresql(tmp_path):
    with postgres.server() as url:
        folder = new_class(tmp_path / "class", "05", db=url)
        classroom = open_class(folder)
        assert classroom.db_url == url and not (folder / "gradebook.db").exists()
        for student in ("ada", "o'bob; -- ü"):
            submit(folder, NAME, student, WAYS["correct"])
        assert grading.grade(classroom, NAME, crew=Crew(0.5)).marked == 2
        again = Crew()
        assert grading.grade(classroom, NAME, crew=again).kept == 2 and again.seen == []
        assert grades(classroom, "o'bob; -- ü")["check-05-by_shapes"] == (1.5, None, False)
        with Gradebook(url, classroom.course_id) as gradebook:
            assert gradebook.average_assignment_score(NAME) == 9.5
