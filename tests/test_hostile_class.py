"""A hostile class, marked by the real command with the real nbgrader and the real sandbox.

No wrong points, no grade lost, no other student affected. The table is written to build/hostile.txt.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from course.grade import records
from course.grade.table import codes
from tests.classes import ROOT, new_class, submit
from tests.hostile import EXERCISES, NAME, WAYS
from tests.hostile_code import ATTACKS

pytestmark = pytest.mark.grading

CLASS = WAYS | ATTACKS
SETTINGS = "[limits]\ncell_seconds = 3\nnotebook_seconds = 30\nmemory_mb = 1500\nprinted_mb = 120\n"


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """The class's folder after marking, with {student: record}."""
    folder = new_class(tmp_path_factory.mktemp("hostile") / "class", "05", SETTINGS)
    for student, submission in CLASS.items():
        submit(folder, NAME, student, submission)
    before = _state(folder)
    command = [sys.executable, "-m", "course", "grade", "05", "--class", folder, "--workers", "2", "--all"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    found = records.load_all(folder, NAME)
    _write_table(found, ended.stdout)
    assert ended.returncode == 3, ended.stdout + ended.stderr  # some could not be marked
    assert "Traceback" not in ended.stderr, ended.stderr
    odd = [line for line in ended.stdout.splitlines() if not line.isprintable()]
    assert not odd, "a student's text moves the cursor"
    assert _state(folder) == before, "the marking changed the class's own files"
    return folder, found


def _state(folder):
    """A hash of every file that marking must not touch."""
    files = [
        path
        for part in ("source", "release", "submitted", "key", "class.toml", "nbgrader_config.py")
        for path in ([folder / part] if (folder / part).is_file() else sorted((folder / part).rglob("*")))
        if path.is_file() and not path.is_symlink()
    ]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _write_table(found, printed):
    lines = ["| submission | expected | score | the teacher reads |", "| --- | --- | --- | --- |"]
    for student, submission in CLASS.items():
        record = found.get(student)
        score = "no record" if record is None else _shown(record)
        lines.append(f"| {student} | {submission.points} | {score} | {_reads(record)} |")
    place = Path(os.environ.get("BACKPROP_BUILD", ROOT / "build"))
    place.mkdir(exist_ok=True)
    (place / "hostile.txt").write_text("\n".join(lines) + "\n\n" + printed, "utf-8", "replace")


def _shown(record):
    return " ".join("-" if m.score is None else f"{m.score:.3g}" for m in record.exercises)


def _reads(record):
    if record is None:
        return ""
    said = [f"{r['cell']}: {r['sentence']}" if r["cell"] else r["sentence"] for r in record.remarks]
    said += [f"{m.name}: {m.sentence or m.differs}" for m in record.exercises if m.sentence or m.differs]
    if not said:
        said = [
            f"{m.name}: {m.report['message']}" for m in record.exercises if m.report and m.report["message"]
        ]
    return " ".join(said)[:300].replace("|", "/").replace("\n", " ")


@pytest.mark.parametrize("student", CLASS)
def test_each_gets_what_it_earns(marked, student):
    record, submission = marked[1][student], CLASS[student]
    got = {marks.name: marks.score for marks in record.exercises}
    assert list(got) == EXERCISES
    for name, points in submission.expected().items():
        assert got[name] == (points if points is None else pytest.approx(points, abs=0.01)), _reads(record)
    assert record.status == (records.FAILED if "-" in submission.points else records.MARKED)
    told = " ".join(
        [*codes(record), _reads(record), *(str(m.report) for m in record.exercises), record.reason]
    )
    assert submission.reads in told
    assert (record.late_seconds > 0) == submission.late


@pytest.mark.parametrize("student", CLASS)
def test_the_gradebook_says_what_the_record_says(marked, student):
    folder, found = marked
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        grades = gradebook.find_submission_notebook(NAME, NAME, student).grades
        by_cell = {grade.name: grade for grade in grades}
        for marks in found[student].exercises:
            grade = by_cell[marks.cell]
            assert grade.auto_score == marks.score and grade.manual_score is None
            assert grade.needs_manual_grade == (marks.score is None)


def test_nothing_of_the_class_was_seen(marked):
    folder, found = marked
    for student, record in found.items():
        text = records.path_of(folder, NAME, student, ".ipynb").read_text("utf-8")
        outputs = [out for cell in json.loads(text)["cells"] for out in cell.get("outputs", [])]
        assert "FOUND" not in json.dumps(outputs), student
        assert "FOUND" not in json.dumps(record.to_dict()["exercises"]), student


def test_executed_notebooks_are_small(marked):
    folder, _ = marked
    for student in CLASS:
        place = folder / "autograded" / student / NAME / f"{NAME}.ipynb"
        assert place.stat().st_size < 1_000_000, student


def test_a_second_run_marks_nothing(marked):
    folder, _ = marked
    command = [sys.executable, "-m", "course", "grade", "05", "--class", folder, "--workers", "0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert f"0 marked now, {len(CLASS)} before" in ended.stdout


def test_no_process_of_a_student_is_left(marked):
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "probe_child" not in running and "sleep 1000" not in running


def test_the_gradebook_is_whole(marked):
    folder, _ = marked
    with sqlite3.connect(folder / "gradebook.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM submitted_assignment").fetchone() == (len(CLASS),)
