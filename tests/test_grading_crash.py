"""Workers and graders that die midway: after resuming, the same grades. With the real marking."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from course.grade import records
from tests.classes import ROOT, course, new_class, submit
from tests.hostile import NAME, WAYS
from tests.hostile_code import ATTACKS

pytestmark = pytest.mark.grading

STUDENTS = {
    **{f"{name} {i}": WAYS[name] for name in ("correct", "partial") for i in (1, 2)},
    "loses one": ATTACKS["os._exit in an answer"],
    "hard-coded": WAYS["hard-coded"],
}


@pytest.fixture(scope="module")
def expected():
    return {student: list(each.expected().values()) for student, each in STUDENTS.items()}


def fresh(folder):
    folder = new_class(folder, "05")
    for student, submission in STUDENTS.items():
        submit(folder, NAME, student, submission)
    return folder


def start(folder):
    command = [sys.executable, "-m", "course", "grade", "05", "--class", folder, "--workers", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)


def wait_for(folder, most=2):
    """Wait until some are marked and some are not."""
    for _ in range(1200):
        done = len(records.load_all(folder, NAME))
        if done >= most:
            return done
        time.sleep(0.05)
    raise TimeoutError("nobody was marked")


def scores(folder):
    found = records.load_all(folder, NAME)
    return {name: [marks.score for marks in record.exercises] for name, record in found.items()}


def same(got, expected):
    assert set(got) == set(expected)
    for student, points in expected.items():
        for one, other in zip(got[student], points, strict=True):
            assert one == (other if other is None else pytest.approx(other, abs=0.01)), student


def test_a_worker_that_is_killed_costs_nobody_a_grade(tmp_path, expected):
    folder = fresh(tmp_path / "class")
    grader = start(folder)
    done = wait_for(folder)
    workers = [
        child
        for child in psutil.Process(grader.pid).children(recursive=True)
        if any("spawn_main" in word for word in child.cmdline())
    ]
    workers[0].kill()
    said, _ = grader.communicate(timeout=300)
    assert done < len(STUDENTS) and grader.returncode == 3, said  # one student's exercise has no score
    same(scores(folder), expected)
    assert not any(record.again for record in records.load_all(folder, NAME).values())


def test_a_grader_that_is_stopped_and_then_killed_goes_on_to_the_same_grades(tmp_path, expected):
    folder = fresh(tmp_path / "class")
    grader = start(folder)
    done = wait_for(folder, most=1)
    os.killpg(grader.pid, signal.SIGINT)  # as Ctrl+C does: to its workers, too
    said, _ = grader.communicate(timeout=180)
    assert grader.returncode == 130 and "give the same command again" in said and "Traceback" not in said

    grader = start(folder)
    wait_for(folder, most=done + 1)
    children = psutil.Process(grader.pid).children(recursive=True)
    os.kill(grader.pid, signal.SIGKILL)
    grader.communicate()
    kept = scores(folder)
    assert done < len(kept) < len(STUDENTS)
    printed = course("grade", "05", "--class", folder, code=3)
    assert f"{len(STUDENTS) - len(kept)} marked now, {len(kept)} before" in printed
    same(scores(folder), expected)
    assert [scores(folder)[name] for name in kept] == list(kept.values())
    _, alive = psutil.wait_procs(children, timeout=120)
    assert not alive, "workers of a killed grader go on"
