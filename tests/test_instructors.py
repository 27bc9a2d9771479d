"""INSTRUCTORS.md followed word for word: a class of twelve, from its roster to the exports."""

import csv
import os
import re
import shutil
import subprocess
import sys

import pytest

from course.__main__ import COMMANDS
from tests.classes import ROOT, submit
from tests.hostile import NAME, WAYS
from tests.hostile_code import ATTACKS

pytestmark = pytest.mark.grading

GUIDE = (ROOT / "course" / "INSTRUCTORS.md").read_text("utf-8")
BLOCK = re.search(r"```sh\n(.*?)```", GUIDE, re.DOTALL)[1].splitlines()
HERE = ("sudo apt ", "git clone ", "cd backprop-course")  # what has been done where the tests run
KINDS = [WAYS["correct"], WAYS["partial"], WAYS["wrong"], WAYS["blank"], ATTACKS["os._exit in an answer"]]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder in which the commands were given, with what each printed."""
    home = tmp_path_factory.mktemp("home")
    students = [f"student{i:02}" for i in range(1, 13)]
    rows = [f"{name},Stu,Dent,{name}@example.org,{i}" for i, name in enumerate(students)]
    columns = "id,first_name,last_name,email,lms_user_id"
    (home / "students.csv").write_text("\n".join([columns, *rows]) + "\n", "utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "BACKPROP_CLASS"} | {"HOME": str(home)}
    said = {}
    for line in BLOCK:
        if line.startswith(HERE):
            continue
        if line.startswith("# students work"):
            for i, name in enumerate(students[:11]):  # one hands in nothing
                submit(home / "bp27", NAME, name, KINDS[i % len(KINDS)])
        elif line.startswith("export "):
            name, value = line.removeprefix("export ").split("=")
            environment[name] = value.replace("~", str(home))
        else:
            command = line.replace("python3", sys.executable, 1)
            ended = subprocess.run(
                command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True
            )
            assert ended.returncode in (0, 3) and "Traceback" not in ended.stderr, (line, ended)
            said[line] = ended.stdout + ended.stderr
    return home, said


def test_the_class_is_marked(home):
    _, said = home
    marking = said["python3 -m course grade 05"]
    assert "11 marked now, 0 before, 2 of these failed, 1 absent" in marking
    assert "student05: FAILED, no score. 05.linear_backward: The program ended" in marking


def test_students_get_a_folder_without_the_solutions(home):
    folder = home[0] / "bp27-students"
    assert (folder / "notebooks" / f"{NAME}.ipynb").is_file() and not (folder / "course").exists()


def test_who_submitted_has_a_page(home):
    pages = sorted((home[0] / "bp27" / "feedback").glob(f"*/{NAME}/{NAME}.html"))
    assert len(pages) == 11
    assert "could not be marked" in pages[4].read_text("utf-8").lower()


def test_the_exports_hold_the_class(home):
    files = list((home[0] / "bp27" / "exports").glob("*.csv"))
    plain = next(path for path in files if "moodle" not in path.name and "similar" not in path.name)
    with open(plain, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    status = [row["status"] for row in rows]
    assert status.count("failed") == 2 and status.count("absent") == 1
    assert any("moodle" in path.name for path in files)


def test_every_command_is_told_of():
    for name in COMMANDS.keys() - {"open", "test", "build"}:
        assert f"-m course {name}" in GUIDE, name


def test_what_the_guide_asks_for_is_installed():
    assert shutil.which("bwrap")
