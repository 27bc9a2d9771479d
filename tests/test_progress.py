"""Progress is kept beside the notebooks: only there, never lost, never in the way of a check."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lib.checks.progress import FILE, note, progress_file, read_progress
from backprop_lib.checks.report import NOT_ATTEMPTED, RIGHT, WRONG, Report

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the course's first notebook in it, where progress is kept."""
    monkeypatch.delenv("BACKPROP_PROGRESS")
    (tmp_path / "00_start_here.ipynb").write_text("{}")
    return tmp_path


def report(name, state):
    return Report(name, "a title", state)


def lines(folder):
    return (folder / FILE).read_text("utf-8").splitlines()


def test_what_is_solved_stays_solved_and_nothing_is_written_twice(folder):
    for state in (NOT_ATTEMPTED, WRONG, WRONG, RIGHT, WRONG, RIGHT):
        note(report("03.mul", state), folder)
    note(report("03.tanh", WRONG), folder)
    found = read_progress(folder)
    assert (found.solved, found.tried) == ({"03.mul"}, {"03.tanh"})
    assert [json.loads(line)["state"] for line in lines(folder)] == ["tried", "solved", "tried"]
    assert json.loads(lines(folder)[0]).keys() == {"exercise", "state", "when"}


def test_damaged_lines_lose_nothing_else(folder):
    note(report("03.mul", RIGHT), folder)
    with (folder / FILE).open("ab") as file:
        file.write(b'\xff\xfe not json\n[]\n{"exercise": 3, "state": "solved"}\n{"exercise": "03.pow", "sta')
    assert read_progress(folder).solved == {"03.mul"}
    note(report("03.tanh", RIGHT), folder)  # the line that was cut off does not swallow it
    assert read_progress(folder).solved == {"03.mul", "03.tanh"}


def test_two_notebooks_at_once(folder):
    code = (
        "import sys\n"
        "from backprop_lib.checks.progress import note\n"
        "from backprop_lib.checks.report import *\n"
        "[note(Report(f'{sys.argv[1]}.e{i}', '', RIGHT)) for i in range(100)]"
    )
    env = {key: value for key, value in os.environ.items() if key != "BACKPROP_PROGRESS"}
    env["PYTHONPATH"] = str(ROOT)
    running = [
        subprocess.Popen([sys.executable, "-c", code, number], cwd=folder, env=env) for number in ("04", "05")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(read_progress(folder).solved) == 200


def test_only_beside_the_course_and_only_if_wanted(tmp_path, folder, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    note(report("03.mul", RIGHT), elsewhere)
    assert progress_file(elsewhere) is None and list(elsewhere.iterdir()) == []
    monkeypatch.setenv("BACKPROP_PROGRESS", "off")
    note(report("03.mul", RIGHT), folder)
    assert not (folder / FILE).exists()


def test_a_file_that_cannot_be_written_stops_no_check(folder, capsys):
    (folder / FILE).mkdir()  # opening it fails for every user
    note(report("03.mul", RIGHT), folder)
    assert "could not be kept in progress.jsonl" in capsys.readouterr().out
    assert read_progress(folder).solved == set()


def test_a_check_in_a_notebook_leaves_its_line_and_elsewhere_none(folder, monkeypatch):
    from backprop_lib import check

    monkeypatch.chdir(folder)
    monkeypatch.setattr("backprop_lib.checks.showing._show", lambda thing: None)
    check("03.mul", lambda a, b: (a * b, (b, a)))
    assert not (folder / FILE).exists(), "no notebook, no progress"
    monkeypatch.setattr("backprop_lib.checks.showing._in_notebook", lambda: True)
    check("03.mul", lambda a, b: (a * b, (a, b)))
    assert read_progress().tried == {"03.mul"}
    check("03.mul", lambda a, b: (a * b, (b, a)))
    assert read_progress().solved == {"03.mul"}


def test_git_ignores_it():
    assert FILE in (ROOT / ".gitignore").read_text("utf-8").splitlines()
