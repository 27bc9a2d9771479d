"""One submission's marking, from its bytes to its record. It runs in a worker, away from the class's files.

First the notebook is run as a whole, as the student sees it: that gives the executed notebook and what it
showed of itself. Then each exercise is marked again, alone, with fresh inputs, and judged outside: that is
the score. Where the two differ the record says so, and why.
"""

import atexit
import json
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import nbformat

from backprop_lib.checks import library
from course.source import exercise_of

from . import records
from .borrowed import borrowed
from .first import first_marking
from .marking import FAILED, mark_notebook
from .records import Marks, Record
from .sanitise import sanitise
from .shown import show_marks

SAME = 0.005  # points: below this two scores are the same


@dataclass(frozen=True)
class Job:
    """What a worker is given: everything, so that it need not see the class's folder.

    `collected`: what `submissions.collect` returned. `release`: the student's release, as JSON; `earlier`:
    those before it.
    """

    assignment: str
    student: str
    fingerprint: str
    collected: tuple
    release: str
    seed: str
    variant: str = ""
    limits: object = None
    times: object = None
    notebook_seconds: float = 300.0
    content: str = ""  # a hash of what was handed in
    earlier: tuple = ()
    checks: tuple = ()  # the teacher's own: (file's name, text) each


@dataclass(frozen=True)
class Done:
    """A worker's result, as plain data: the record, and the executed notebook as JSON."""

    record: dict
    notebook: str


def work(job):
    """Mark one submission. Raises SandboxMissing; never raises for what a student can send."""
    started = time.monotonic()
    own_checks(job.checks)
    release = nbformat.reads(job.release, as_version=4)
    earlier = [nbformat.reads(text, as_version=4) for text in job.earlier]
    rebuilt = sanitise(job.collected, release, job.assignment, earlier)
    record = Record(job.assignment, job.student, job.fingerprint, records.MARKED, place=rebuilt.place)
    record.content = job.content
    record.remarks = [asdict(remark) for remark in rebuilt.remarks]
    record.answers, record.own = rebuilt.answers, _own_code(rebuilt.notebook)
    record.written = _written(rebuilt)
    record.seconds["rebuilding"] = time.monotonic() - started
    if not rebuilt.found:
        _nothing_to_mark(record, rebuilt)
        return Done(record.to_dict(), nbformat.writes(rebuilt.notebook))
    record.remarks += [asdict(remark) for remark in borrowed(rebuilt.notebook, release)]
    first = _timed(record, "first", lambda: _first(job, rebuilt))
    record.remarks += [asdict(remark) for remark in first.remarks]
    options = {"variant": job.variant, "limits": job.limits, "times": job.times}
    marked = _timed(record, "second", lambda: list(mark_notebook(rebuilt.notebook, job.seed, **options)))
    cells = _check_cells(rebuilt.notebook)
    record.exercises = [_marks(each, cells[each.name], first.own.get(each.name)) for each in marked]
    failed = [marks for marks in record.exercises if marks.status == FAILED]
    if failed:
        record.status = records.FAILED
        record.reason = " ".join(f"{marks.name}: {marks.sentence}" for marks in failed)
    return Done(record.to_dict(), nbformat.writes(show_marks(first.notebook, record)))


@cache
def own_checks(files):
    """A folder with these files, whose exercises are known from now on; None for no files."""
    if not files:
        return None
    folder = Path(tempfile.mkdtemp(prefix="own-checks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # the sandboxed kernel may run as another user
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    library.look_in(folder)
    return folder


def _first(job, rebuilt):
    seconds = {"seconds": job.notebook_seconds, "checks": own_checks(job.checks)}
    if job.times is not None:
        seconds["seconds_a_cell"] = job.times.cell
    return first_marking(rebuilt.notebook, limits=job.limits, **seconds)


def _timed(record, name, function):
    started = time.monotonic()
    found = function()
    record.seconds[name] = time.monotonic() - started
    return found


def _nothing_to_mark(record, rebuilt):
    """The submission cannot be read: no score for any exercise."""
    record.status = records.FAILED
    record.reason = " ".join(str(remark) for remark in rebuilt.remarks) or "No notebook could be read."
    for name, cell in _check_cells(rebuilt.notebook).items():
        points = cell.metadata.nbgrader.points
        marks = Marks(name, cell.metadata.nbgrader.grade_id, points, FAILED, reason="no notebook")
        marks.sentence = "There was no notebook to mark."
        record.exercises.append(marks)


def _check_cells(notebook):
    found = ((exercise_of(cell), cell) for cell in notebook.cells)
    return {name: cell for (kind, name), cell in found if kind == "check"}


def _own_code(notebook):
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return "\n\n".join(cell.source for cell in cells if str(cell.get("id", "")).startswith("own-"))


def _written(rebuilt):
    found = []
    for cell in rebuilt.notebook.cells:
        kind, name = exercise_of(cell)
        if kind == "written":
            marks = cell.metadata.nbgrader
            answered = name in rebuilt.attempted
            found.append({"name": name, "cell": marks.grade_id, "points": marks.points, "answered": answered})
    return found


def _marks(marked, cell, own):
    points = float(cell.metadata.nbgrader.points)
    marks = Marks(marked.name, cell.metadata.nbgrader.grade_id, points, marked.status, own=own)
    marks.score = None if marked.score is None else points * marked.score
    marks.report = None if marked.report is None else marked.report.to_dict()
    marks.reason, marks.sentence = marked.reason, marked.sentence
    marks.cells, marks.left_out, marks.seconds = marked.cells, marked.left_out, marked.seconds
    marks.differs = differs(marks)
    return marks


def differs(marks):
    """Why the notebook's own score is another one than the recorded, in a sentence; "" if it is the same."""
    if marks.own is None or marks.status == FAILED:
        showed = "nothing" if marks.own is None else f"{marks.own:g} of {marks.points:g}"
        return f"The notebook showed {showed}; the marking failed." if marks.own else ""
    if abs(marks.own - marks.score) < SAME:
        return ""
    shown = f"The notebook showed {marks.own:g} of {marks.points:g}, the marking gives {marks.score:g}."
    if marks.own < marks.score:
        return f"{shown} In the notebook something before or beside the answer failed; the answer is right."
    if marks.report["diagnosis"] == "not-defined":
        return f"{shown} In a fresh process the answer does not exist: {marks.report['message']}"
    return (
        f"{shown} With inputs drawn for the marking, and judged outside, the answer is not right: it may be "
        "made for the inputs that the notebook shows, or the notebook changes the check or a library."
    )


def summary(record):
    """(score, of, how many failed) of a record's checked exercises. The score leaves out what failed."""
    count = Counter(marks.status for marks in record.exercises)
    score = sum(marks.score for marks in record.exercises if marks.score is not None)
    return score, sum(marks.points for marks in record.exercises), count[FAILED]


def as_job_error(job, error):
    """The record of a job that ended with an error of the grader's own: failed, marked again next time."""
    release = nbformat.reads(job.release, as_version=4)
    record = Record(job.assignment, job.student, job.fingerprint, records.FAILED, again=True)
    record.content = job.content
    record.reason = f"The marking itself failed ({type(error).__name__}: {error!s:.500})."
    for name, cell in _check_cells(release).items():
        grade_id, points = cell.metadata.nbgrader.grade_id, float(cell.metadata.nbgrader.points)
        marks = Marks(name, grade_id, points, FAILED, reason="grader", sentence=record.reason)
        record.exercises.append(marks)
    return Done(json.loads(json.dumps(record.to_dict())), nbformat.writes(release))
