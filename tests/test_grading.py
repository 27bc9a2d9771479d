"""Grading a class: marked once, resumed after a crash, and written by one writer. The marking itself is not
tested here but in test_marking.py and test_hostile_class.py; most tests put a made-up one in its place."""

import argparse
import os
import shutil
import signal
from dataclasses import replace

import nbformat
import pytest
from nbgrader.api import Gradebook, InvalidEntry
from sqlalchemy.exc import OperationalError

from course.grade import command, grading, records
from course.grade.book import timestamp
from course.grade.classroom import ClassError, open_class
from course.grade.job import Done, as_job_error, differs
from course.grade.limits import limits_of
from course.grade.records import ABSENT, FAILED, MARKED, Marks, Record
from course.grade.results import results
from tests.classes import IN_TIME, new_class, submit
from tests.hostile import CELLS, EXERCISES, NAME, WAYS

POINTS = dict(zip(EXERCISES, (4.0, 3.0, 4.0, 8.0), strict=True))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    roster = folder / "roster.csv"
    roster.write_text("id,first_name,last_name,email,lms_user_id\n" + "nobody,No,Body,,\n", "utf-8")
    return new_class(folder / "class", "05", roster=roster)


@pytest.fixture
def classroom(template, tmp_path):
    """A class of three, of whom `nobody` has submitted nothing."""
    folder = tmp_path / "class"
    shutil.copytree(template, folder)
    for student in ("ada", "bob"):
        submit(folder, NAME, student, WAYS["correct"])
    return open_class(folder)


class Crew:
    """Marks by a given score, and counts who was marked."""

    def __init__(self, score=1.0, status=MARKED, stop_after=None):
        self.score, self.status, self.stop_after, self.seen = score, status, stop_after, []

    def __call__(self, jobs):
        for job in jobs:
            if self.stop_after is not None and len(self.seen) >= self.stop_after:
                raise KeyboardInterrupt
            self.seen.append(job.student)
            yield job, self.done(job)

    def done(self, job):
        record = Record(job.assignment, job.student, job.fingerprint, self.status, content=job.content)
        for name, points in POINTS.items():
            marks = Marks(name, CELLS[name].replace("answer", "check"), points, self.status)
            if self.status == MARKED:
                marks.score = points * self.score
                marks.report = {"state": "right", "message": f"seed {job.seed[:8]}", "diagnosis": ""}
            record.exercises.append(marks)
        return Done(record.to_dict(), job.release)


def grades(classroom, student):
    """{cell: (auto, manual, by hand)} in the gradebook."""
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        found = gradebook.find_submission_notebook(NAME, NAME, student).grades
        return {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in found}


def set_manual(classroom, student, score):
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        grade = gradebook.find_grade("check-05-by_shapes", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.db.commit()


def change(classroom, student):
    path = classroom.submitted(student, NAME) / f"{NAME}.ipynb"
    node = nbformat.read(path, as_version=4)
    node.cells.append(nbformat.v4.new_markdown_cell("One thing more."))
    nbformat.write(node, path)


def test_who_submitted_is_marked_and_who_did_not_is_absent(classroom):
    crew, steps = Crew(), []
    outcome = grading.grade(classroom, NAME, crew=crew, progress=lambda *step: steps.append(step[:2]))
    assert crew.seen == ["ada", "bob"] and (outcome.marked, outcome.kept, outcome.absent) == (2, 0, 1)
    assert steps[-1] == (3, 3)
    found = records.load_all(classroom.folder, NAME)
    assert {name: each.status for name, each in found.items()} == {
        "ada": MARKED,
        "bob": MARKED,
        "nobody": ABSENT,
    }
    assert grades(classroom, "ada")["check-05-two_layer_backward"] == (8.0, None, False)
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        assert gradebook.find_submission(NAME, "ada").total_seconds_late == 0
        assert [each.student.id for each in gradebook.assignment_submissions(NAME)] == ["ada", "bob"]


def test_nothing_is_marked_twice(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    crew = Crew()
    outcome = grading.grade(classroom, NAME, crew=crew)
    assert crew.seen == [] and (outcome.marked, outcome.kept) == (0, 2)


def test_a_stopped_run_goes_on_where_it_was(classroom):
    first = Crew(stop_after=1)
    outcome = grading.grade(classroom, NAME, crew=first)
    assert outcome.stopped and first.seen == ["ada"]
    second = Crew()
    grading.grade(classroom, NAME, crew=second)
    assert second.seen == ["bob"]


def test_ctrl_c_waits_for_the_grades_that_are_being_written(classroom, monkeypatch):
    publish = grading.Book.publish

    def interrupted(self, record, notebook):
        signal.raise_signal(signal.SIGINT)
        return publish(self, record, notebook)

    monkeypatch.setattr(grading.Book, "publish", interrupted)
    outcome = grading.grade(classroom, NAME, crew=Crew())
    assert outcome.stopped and (outcome.marked, list(outcome.records)) == (1, ["ada"])
    assert grades(classroom, "ada")["check-05-by_shapes"] == (3.0, None, False)
    with pytest.raises(KeyboardInterrupt):  # afterwards it works as ever
        signal.raise_signal(signal.SIGINT)


def test_a_crash_between_record_and_gradebook_is_made_good(classroom, monkeypatch):
    class PowerLost(BaseException):
        pass

    def crash(self, record, notebook):
        raise PowerLost

    with monkeypatch.context() as patched, pytest.raises(PowerLost):
        patched.setattr(grading.Book, "publish", crash)
        grading.grade(classroom, NAME, crew=Crew())
    crew = Crew()
    outcome = grading.grade(classroom, NAME, crew=crew)
    assert crew.seen == ["bob"] and outcome.kept == 1
    assert grades(classroom, "ada")["check-05-by_shapes"] == (3.0, None, False)


def test_what_cannot_be_written_of_one_student_stops_no_other(classroom, monkeypatch):
    """As a text that the database refuses: it is this student's failure, marked again next time."""
    publish = grading.Book.publish

    def refuses(self, record, notebook):
        if record.student == "ada" and record.status == MARKED:
            raise ValueError("A string literal cannot contain NUL (0x00) characters.")
        return publish(self, record, notebook)

    with monkeypatch.context() as patched:
        patched.setattr(grading.Book, "publish", refuses)
        outcome = grading.grade(classroom, NAME, crew=Crew())
    assert list(outcome.failed()) == ["ada"] and "NUL" in outcome.failed()["ada"]
    assert outcome.records["bob"].status == MARKED and not outcome.stopped
    crew = Crew()
    assert not grading.grade(classroom, NAME, crew=crew).failed() and crew.seen == ["ada"]


def test_what_fails_before_a_submission_is_marked_stops_no_other(classroom, monkeypatch):
    collect = grading.collect

    def fails(folder, name):
        if folder.parent.name == "ada":
            raise RuntimeError("never seen before")
        return collect(folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(grading, "collect", fails)
        crew = Crew()
        outcome = grading.grade(classroom, NAME, crew=crew)
    assert crew.seen == ["bob"] and "never seen before" in outcome.failed()["ada"]
    assert grading.grade(classroom, NAME, crew=Crew()).records["ada"].status == MARKED


def test_a_full_disk_ends_the_run_and_costs_nobody_a_record(classroom, monkeypatch):
    def full(self, record, notebook):
        raise OSError(28, "No space left on device", "gradebook.db")

    with monkeypatch.context() as patched, pytest.raises(ClassError, match=r"(?s)ada.*No space.*is kept"):
        patched.setattr(grading.Book, "publish", full)
        grading.grade(classroom, NAME, crew=Crew())
    crew = Crew()
    assert grading.grade(classroom, NAME, crew=crew).kept == 1 and crew.seen == ["bob"]


@pytest.mark.parametrize("name", [b"M\xfcller", "é".encode() * 100, b"a" * 250, b" "])
def test_a_folder_that_can_be_nobodys_is_said_and_stops_nobody(classroom, name, capsys):
    place = os.path.join(os.fsencode(classroom.folder), b"submitted", name, NAME.encode())
    os.makedirs(place)
    outcome = grading.grade(classroom, NAME, crew=Crew())
    assert outcome.marked == 2 and len(outcome.refused) == 1 and "Rename it" in outcome.refused[0]
    assert outcome.refused[0].isprintable()


def test_what_is_printed_of_students_moves_no_cursor(classroom, capsys):
    evil = "eve\nbob: FAILED\x1b[2J\x1b]52;c;eA==\a"
    submit(classroom.folder, NAME, evil, WAYS["correct"])
    crew = Crew(status=FAILED)
    outcome = grading.grade(classroom, NAME, crew=crew)
    outcome.records[evil].reason = "\x1b[2J05: 3 marked\r\n"
    command.say(outcome, NAME, argparse.Namespace(all=True))
    command.warn(classroom, NAME)
    printed = capsys.readouterr().out
    assert "eve" in printed and all(line.isprintable() for line in printed.split("\n")), printed


def test_a_lost_gradebook_is_written_again_without_marking(classroom, template):
    grading.grade(classroom, NAME, crew=Crew())
    shutil.copy(template / "gradebook.db", classroom.folder / "gradebook.db")
    shutil.rmtree(classroom.folder / "autograded" / "bob")
    crew = Crew()
    grading.grade(classroom, NAME, crew=crew)
    assert crew.seen == [] and grades(classroom, "ada")["check-05-by_shapes"][0] == 3.0
    assert (classroom.folder / "autograded" / "bob" / NAME / f"{NAME}.ipynb").is_file()


def test_somebody_elses_score_in_the_gradebook_is_put_right(classroom):
    grading.grade(classroom, NAME, crew=Crew(0.5))
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.find_grade("check-05-by_shapes", NAME, NAME, "bob").auto_score = 3.0
        gradebook.db.commit()
    grading.grade(classroom, NAME, crew=Crew())
    assert grades(classroom, "bob")["check-05-by_shapes"][0] == 1.5


def test_a_changed_submission_is_marked_again_with_other_inputs(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    seed = records.load(classroom.folder, NAME, "ada").exercises[0].report["message"]
    change(classroom, "ada")
    crew = Crew(0.25)
    grading.grade(classroom, NAME, crew=crew)
    assert crew.seen == ["ada"] and grades(classroom, "ada")["check-05-two_layer_backward"][0] == 2.0
    assert records.load(classroom.folder, NAME, "ada").exercises[0].report["message"] != seed
    attempts = list(records.attempts_of(classroom.folder, NAME, "ada").glob("*.json"))
    assert len(attempts) == 2


def test_a_failed_marking_leaves_no_stale_score(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    change(classroom, "ada")
    outcome = grading.grade(classroom, NAME, crew=Crew(status=FAILED))
    assert set(outcome.failed()) == {"ada"}
    assert set(grades(classroom, "ada").values()) == {(None, None, True)}
    assert grades(classroom, "bob")["check-05-by_shapes"] == (3.0, None, False)


def test_who_failed_by_own_fault_is_marked_again_on_demand_and_by_ours_always(classroom):
    grading.grade(classroom, NAME, crew=Crew(status=FAILED))
    kept, retried = Crew(), Crew()
    grading.grade(classroom, NAME, crew=kept)
    grading.grade(classroom, NAME, crew=retried, retry=True)
    assert (kept.seen, retried.seen) == ([], ["ada", "bob"])

    change(classroom, "ada")
    jobs = []

    def broken(todo):
        for job in todo:
            jobs.append(job)
            yield job, as_job_error(job, RuntimeError("the worker died"))

    grading.grade(classroom, NAME, crew=broken)
    record = records.load(classroom.folder, NAME, "ada")
    assert record.again and record.status == FAILED and "the worker died" in record.reason
    assert [marks.score for marks in record.exercises] == [None] * 4
    after = Crew()
    grading.grade(classroom, NAME, crew=after)
    assert after.seen == ["ada"]


def test_a_score_by_hand_stays_and_is_flagged_only_for_another_submission(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    set_manual(classroom, "ada", 1.0)
    grading.grade(classroom, NAME, crew=Crew())
    assert grades(classroom, "ada")["check-05-by_shapes"] == (3.0, 1.0, False)
    change(classroom, "ada")
    grading.grade(classroom, NAME, crew=Crew())
    assert grades(classroom, "ada")["check-05-by_shapes"] == (3.0, 1.0, True)


def test_a_score_by_hand_is_not_asked_for_again_by_a_new_release_or_new_code(classroom, monkeypatch):
    grading.grade(classroom, NAME, crew=Crew())
    set_manual(classroom, "ada", 1.0)
    monkeypatch.setattr(grading, "marking_code", lambda: "another version of the course")
    assert grading.grade(classroom, NAME, crew=Crew()).marked == 2
    assert grades(classroom, "ada")["check-05-by_shapes"] == (3.0, 1.0, False)
    monkeypatch.setattr(grading, "marking_code", lambda: "a check that was mended")
    grading.grade(classroom, NAME, crew=Crew(0.5))  # here the marking itself says something else now
    assert grades(classroom, "ada")["check-05-by_shapes"] == (1.5, 1.0, True)


def test_who_was_removed_and_is_back_has_a_name_again(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", lms_user_id="7")
    results(classroom, NAME)
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.remove_student("ada")
    grading.grade(classroom, NAME, crew=Crew())
    person = results(classroom, NAME)["ada"].person
    assert (person.first_name, person.lms_user_id) == ("Ada", "7")


def test_ids_that_differ_in_case_and_folders_that_are_gone_are_said(classroom, capsys):
    grading.grade(classroom, NAME, crew=Crew())
    submit(classroom.folder, NAME, "ADA", WAYS["correct"])
    shutil.rmtree(classroom.submitted("bob", NAME))
    outcome = grading.grade(classroom, NAME, crew=Crew())
    command.say(outcome, NAME, argparse.Namespace(all=False))
    said = capsys.readouterr().out
    assert "ADA and ada differ in the case of letters only" in said
    assert "not in submitted/ any more: bob" in said and "2 absent" in said


def test_a_full_disk_in_the_database_is_no_fault_of_the_submission(classroom, monkeypatch):
    def full(self, record, notebook):
        try:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        except OperationalError as error:
            raise InvalidEntry(*error.args)  # noqa: B904  (as nbgrader does)

    with monkeypatch.context() as patched, pytest.raises(ClassError, match="disk is full"):
        patched.setattr(grading.Book, "publish", full)
        grading.grade(classroom, NAME, crew=Crew())
    assert records.load(classroom.folder, NAME, "ada").status == MARKED


def test_some_students_only(classroom):
    crew = Crew()
    grading.grade(classroom, NAME, ["bob"], crew=crew)
    assert crew.seen == ["bob"]
    with pytest.raises(ClassError, match="There is no student 'eve'"):
        grading.grade(classroom, NAME, ["eve"], crew=crew)


def test_two_graders_do_not_write_at_once(classroom):
    def crew(jobs):
        with pytest.raises(ClassError, match="is being marked by another process"):
            grading.grade(classroom, NAME, crew=Crew())
        yield from Crew()(jobs)

    assert grading.grade(classroom, NAME, crew=crew).marked == 2


def test_a_submission_taken_away_leaves_its_score(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    shutil.rmtree(classroom.submitted("ada", NAME))
    grading.grade(classroom, NAME, crew=Crew())
    assert grades(classroom, "ada")["check-05-by_shapes"][0] == 3.0
    assert records.load(classroom.folder, NAME, "ada").status == MARKED


def test_a_new_time_of_submission_marks_nothing_but_counts(classroom):
    grading.grade(classroom, NAME, crew=Crew())
    stamp = classroom.submitted("ada", NAME) / "timestamp.txt"
    stamp.write_text("2026-01-11 12:00:30 UTC")
    crew = Crew()
    grading.grade(classroom, NAME, crew=crew)
    assert crew.seen == [] and records.load(classroom.folder, NAME, "ada").late_seconds == 30


def test_what_is_not_released_cannot_be_marked(classroom):
    with pytest.raises(ClassError, match=r"python3 -m course release 06"):
        classroom.assignment("06")
    with pytest.raises(ClassError, match="not in the gradebook"):
        grading.grade(classroom, "06_losses", crew=Crew())
    shutil.rmtree(classroom.folder / "release")
    with pytest.raises(ClassError, match=r"is missing\. Release it"):
        grading.grade(classroom, NAME, crew=Crew())


def test_a_gradebook_that_does_not_answer_is_said(classroom):
    config = classroom.folder / "nbgrader_config.py"
    config.write_text(
        config.read_text("utf-8") + "\nc.CourseDirectory.db_url = 'sqlite:////no/such/place.db'\n"
    )
    with pytest.raises(ClassError, match="gradebook cannot be opened"):
        grading.grade(open_class(classroom.folder), NAME, crew=Crew())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IN_TIME, ("2026-01-10T10:00:00+00:00", "")),
        ("2026-01-10 10:00:00 CET", ("2026-01-10T09:00:00+00:00", "")),
        ("2026-01-10T10:00:00.123+01:30", ("2026-01-10T08:30:00.123000+00:00", "")),
        ("10:59" + "0" * 28, (None, "timestamp.txt cannot be read as a time.")),
        ("2026-01-10 10:00 /etc/hostname", (None, "timestamp.txt cannot be read as a time.")),
        ("next week", (None, "timestamp.txt cannot be read as a time.")),
        ("9" * 150, (None, "timestamp.txt cannot be read as a time.")),
        ("2026-01-10 10:00:00 UTC" + " " * 300, (None, "timestamp.txt is no timestamp.")),
        ("\x00ü", (None, "timestamp.txt cannot be read as a time.")),
    ],
)
def test_the_timestamp_is_read_with_care(tmp_path, text, expected):
    (tmp_path / "timestamp.txt").write_text(text, "utf-8")
    assert timestamp(tmp_path) == expected


def test_a_linked_timestamp_is_not_read(tmp_path):
    (tmp_path / "timestamp.txt").symlink_to("/etc/hostname")
    assert timestamp(tmp_path)[0] is None
    assert timestamp(tmp_path / "nowhere") == (None, "")


def test_why_two_scores_differ():
    report = {"diagnosis": "", "message": "`f` is not defined (NameError)."}
    marks = Marks("05.x", "check-05-x", 4.0, MARKED, 4.0, own=4.0, report=report)
    assert differs(marks) == ""
    assert "showed 1 of 4, the marking gives 4" in differs(replace(marks, own=1.0))
    assert "made for the inputs" in differs(replace(marks, score=0.0))
    undefined = report | {"diagnosis": "not-defined"}
    assert "`f` is not defined" in differs(replace(marks, score=0.0, report=undefined))
    failed = replace(marks, status=FAILED, score=None)
    assert differs(failed) == "The notebook showed 4 of 4; the marking failed."
    assert differs(replace(failed, own=None)) == "" and differs(replace(marks, own=None)) == ""


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"minutes": 3}, "has no 'minutes'"),
        ({"cell_seconds": "3"}, "must be a number"),
        ({"memory_mb": 1}, "512"),
    ],
)
def test_limits_that_make_no_sense_are_refused(asked, message):
    with pytest.raises(ClassError, match=message):
        limits_of({"limits": asked})


def test_limits_of_a_class():
    found = limits_of({"limits": {"cell_seconds": 1, "memory_mb": 1024}})
    assert found["times"].cell == 1.0 and found["times"].again == 1.0 and found["limits"].memory == 2**30


def test_the_teacher_is_told_who_waits_who_is_new_and_of_a_lost_key(classroom, capsys, monkeypatch):
    crew = Crew()

    def answered(jobs):
        for job, done in crew(jobs):
            written = {"name": "05.weak_test", "cell": "written-05-weak_test", "points": 4, "answered": True}
            yield job, replace(done, record=done.record | {"written": [written]})

    shutil.copytree(classroom.folder / "submitted" / "ada", classroom.folder / "submitted" / "zoe")
    (classroom.folder / "key").unlink()
    outcome = grading.grade(classroom, NAME, crew=answered)
    command.say(outcome, NAME, argparse.Namespace(all=False))
    command.warn(open_class(classroom.folder), NAME)
    said = capsys.readouterr()
    assert "and is now: ada, bob, zoe" in said.out
    assert "3 wait for your hand" in said.out and "python3 -m course rubrics 05): ada, bob, zoe" in said.out
    assert "key is missing, so others can find out" in said.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("kepp = 'best'", "there is no setting 'kepp'"),
        ("workers = 'two'", "workers must be a whole number"),
        ("late = 3", r"late is a table: write \[late\]"),
        ("x = [", "is no TOML"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, line, message):
    (tmp_path / "nbgrader_config.py").write_text("")
    (tmp_path / "class.toml").write_text(line)
    with pytest.raises(ClassError, match=message):
        open_class(tmp_path)


def test_which_class_is_asked_where_nothing_says_it(tmp_path, monkeypatch):
    monkeypatch.delenv("BACKPROP_CLASS", raising=False)
    monkeypatch.setattr("course.grade.classroom.ROOT", tmp_path)
    with pytest.raises(ClassError, match=r"Which class.*export BACKPROP_CLASS"):
        open_class()
    with pytest.raises(ClassError, match="there is no such folder"):
        open_class(tmp_path / "gone")
