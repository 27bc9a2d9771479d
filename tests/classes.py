"""Classes for the tests of the graded course, made by the real commands."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_TIME, LATE = "2026-01-10 10:00:00.000000 UTC", "2026-01-12 10:00:00.000000 UTC"
DUE = "2026-01-11 12:00"


def course(*arguments, code=0, **options):
    """Run `python3 -m course …`; returns what it printed. Fails if it ends with another code."""
    command = [sys.executable, "-m", "course", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, **options)
    assert ended.returncode == code, f"{ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def new_class(folder, number, settings="", roster=None, db=None):
    """A class's folder with one assignment released, due at `DUE`. `settings` go to class.toml."""
    more = [*(["--roster", roster] if roster else []), *(["--db", db] if db else [])]
    if more:
        _make(folder, number, *more)
    else:
        shutil.copytree(_ready(number), folder)
    with open(folder / "class.toml", "a", encoding="utf-8") as file:
        file.write(settings)
    return folder


@cache
def _ready(number):
    """A class to copy: making one takes ten seconds, and nothing in it says where it lies."""
    place = tempfile.mkdtemp(prefix="class-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return _make(Path(place, "class"), number)


def _make(folder, number, *more):
    course("new", folder, "--name", "backprop", *more)
    course("release", number, "--due", DUE, "--class", folder)
    return folder


def submit(folder, assignment, student, submission):
    """Put a submission where nbgrader's `collect` would."""
    place = folder / "submitted" / student / assignment
    place.mkdir(parents=True)
    submission.make(place)
    if not place.is_symlink():
        (place / "timestamp.txt").write_text(submission.stamp or (LATE if submission.late else IN_TIME))
        for path in place.rglob("*.ipynb"):
            if path.is_file() and not path.is_symlink():
                text = path.read_bytes()
                text = text.replace(b"{class}", str(folder).encode()).replace(b"{root}", str(ROOT).encode())
                path.write_bytes(text)
    return place
