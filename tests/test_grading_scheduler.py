"""A class is marked by the workers of a Dask scheduler that runs already, perhaps on other machines."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from course.grade import crew, records
from course.grade.classroom import ClassError
from tests.classes import ROOT, course, new_class, submit
from tests.hostile import NAME, WAYS
from tests.waiting import until

pytestmark = pytest.mark.grading


@pytest.fixture
def scheduler(tmp_path):
    """The address of a scheduler with one worker, each a process of its own."""
    place, elsewhere = tmp_path / "scheduler.json", tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = {"cwd": elsewhere, "env": environment, **quiet}
    here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", place]
    started = [subprocess.Popen([*dask, "scheduler", "--port", "0", *here], **options)]
    try:
        until(lambda: place.exists() and place.stat().st_size, 30)
        worker = [*dask, "worker", "--nthreads", "1", "--no-dashboard", "--scheduler-file", place]
        started.append(subprocess.Popen(worker, **options))
        yield json.loads(place.read_text())["address"]
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=30)


def test_a_class_is_marked_by_a_scheduler_that_runs_already(tmp_path, scheduler):
    folder = new_class(tmp_path / "class", "05")
    submit(folder, NAME, "ada", WAYS["correct"])
    submit(folder, NAME, "bob", WAYS["blank"])
    printed = course("grade", "05", "--class", folder, "--scheduler", scheduler)
    assert "2 marked now" in printed
    found = records.load_all(folder, NAME)
    scores = {name: sum(marks.score for marks in each.exercises) for name, each in found.items()}
    assert scores == {"ada": 19.0, "bob": 0.0}


def test_no_scheduler_is_said(monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE", "1s")
    wanted = pytest.raises(ClassError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9")
    with wanted, crew.crew(scheduler="tcp://127.0.0.1:9"):
        pass


def test_the_local_cluster_tells_nothing_to_others():
    crew._be_quiet()
    with crew._local_cluster(1) as cluster:
        port = cluster.scheduler.http_server.port
        for path in ("metrics", "info/main/workers.html", "json/identity.json"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10)
