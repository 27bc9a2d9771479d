"""Mark a class: who is to be marked, the workers, and the one writer.

A submission is marked once: a record's fingerprint covers the submission, the release, the student's numbers
and the code that marks. Whatever ends the grader or a worker, the next run goes on where this one stopped,
and comes to the same scores, since the inputs are drawn from the class's key and the submission's bytes.
"""

import fcntl
import signal
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat
from sqlalchemy.exc import InterfaceError, OperationalError

from backprop_lib import checks

from . import earlier, records, sandbox
from .book import Book, timestamp
from .classroom import ClassError
from .job import Job, as_job_error, work
from .records import ABSENT, FAILED, MARKED, Record
from .remarks import Remark, plain
from .submissions import collect, content_of, hash_of

_ELSEWHERE = OSError, OperationalError, InterfaceError  # no fault of a submission


@dataclass
class Outcome:
    """What a run did: how many were marked now, were so already, were absent; and all records by student."""

    marked: int = 0
    kept: int = 0
    absent: int = 0
    records: dict = field(default_factory=dict)
    strangers: list = field(default_factory=list)  # handed in, and were not among the class's students
    alike: list = field(default_factory=list)  # (stranger, student) whose ids differ in their case only
    refused: list = field(default_factory=list)  # sentences on folders that can be nobody's
    gone: list = field(default_factory=list)  # marked before, and their folders were taken away
    stopped: bool = False

    def done(self):
        """How many students are done with."""
        return self.marked + self.kept + self.absent

    def failed(self):
        """The students whose marking failed, with the reason."""
        return {name: each.reason for name, each in self.records.items() if each.status == FAILED}


def grade(classroom, assignment, students=None, crew=None, retry=False, progress=None, **options):
    """Mark `students` (None: all) of an assignment. Returns an `Outcome`.

    crew: a function that maps `work` over jobs (see crew.py); None: here, one by one.
    retry: mark those again whose marking failed. options: of limits.py, for every job.
    progress: called with (done, of, student). Raises ClassError and SandboxMissing.
    """
    with _alone(classroom, assignment), Book(classroom, assignment) as book:
        return _Grading(classroom, assignment, book, options).all(students, crew, retry, progress)


@contextmanager
def _alone(classroom, assignment):
    """Two graders of one assignment would mark twice and write in turns."""
    path = classroom.folder / "marking" / f"{assignment}.lock"
    path.parent.mkdir(exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ClassError(
                f"{assignment} is being marked by another process ({path} is locked)."
            ) from error
        yield


@contextmanager
def _unbroken():
    """Ctrl+C waits until the end of this block: a record and its grades are written together."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if pressed:
        raise KeyboardInterrupt


class _Grading:
    def __init__(self, classroom, assignment, book, options):
        self.classroom, self.assignment, self.book, self.options = classroom, assignment, book, options
        self.releases = _Releases(classroom, assignment)
        self.checks = own_checks(classroom)
        self.outcome = Outcome()

    def all(self, students, crew, retry, progress):
        present = self.classroom.students_of(self.assignment)
        self.outcome.refused = self.classroom.refused(self.assignment)
        roster = self.book.students()
        known = sorted({*roster, *present})
        self.outcome.strangers = sorted({*present} - {*roster})
        self.outcome.alike = sorted(
            (new, old) for new in self.outcome.strangers for old in roster if new.casefold() == old.casefold()
        )
        for name in students or ():
            if name not in known:
                raise ClassError(f"There is no student {name!r} in the class. There are {len(known)}.")
        chosen = [name for name in known if students is None or name in students]
        report = progress or (lambda *_: None)

        def jobs():  # one by one: the submissions of a large class need not be in memory together
            for name in chosen:
                with _unbroken():
                    job = self._job_or_failed(name, name in present, retry)
                if job is not None:
                    yield job
                report(self.outcome.done(), len(chosen), name)

        try:
            for job, found in (crew or one_by_one)(jobs()):
                with _unbroken():
                    self._keep_or_failed(job, found)
                report(self.outcome.done(), len(chosen), job.student)
        except KeyboardInterrupt:
            self.outcome.stopped = True
        return self.outcome

    def _job_or_failed(self, student, present, retry):
        """What a worker is to do, or None. What goes wrong with one submission stops no other's marking."""
        try:
            return self._job(student, present, retry)
        except (ClassError, sandbox.SandboxMissing):
            raise
        except Exception as error:
            job = Job(self.assignment, student, "", (), self.releases.text, "")
            self._keep_failure(job, error)
            return None

    def _keep_or_failed(self, job, found):
        try:
            self._keep(job, found)
        except Exception as error:
            self._keep_failure(job, error)

    def _keep_failure(self, job, error):
        """Keep that this marking failed, to be done again. Raises ClassError where it is not the submission:
        the disk is full, the gradebook does not answer. Then what is written already stays as it is."""
        try:
            if isinstance(error, _ELSEWHERE) or isinstance(error.__context__, _ELSEWHERE):
                raise error  # nbgrader raises errors of its own for the database's
            self.book.undo()
            self._keep(job, as_job_error(job, error))
        except Exception as again:
            raise ClassError(
                f"{plain(job.student)}: the result cannot be written: {_first_line(again)}\n"
                "What was marked before is kept. Mend the cause and give the same command again to go on."
            ) from error

    def _job(self, student, present, retry):
        """What a worker is to do, or None: there is nothing to mark, or it was marked already."""
        if not present:
            self._absent(student)
            return None
        folder = self.classroom.submitted(student, self.assignment)
        collected = collect(folder, self.assignment)
        release, variant = self.releases.of(student)
        content = content_of(collected)
        fingerprint = hash_of(
            *(self.assignment, student, content, release, variant, marking_code(), repr(self.checks)),
            *self.releases.earlier,
        )
        submitted, fault = timestamp(folder)
        old = records.load(self.classroom.folder, self.assignment, student)
        kept = old is not None and self._path(student, ".ipynb").is_file()
        if kept and old.fingerprint == fingerprint and not self._is_again(old, retry):
            self._known(old, submitted)
            return None
        if fault:
            collected = (collected[0], [*collected[1], Remark("timestamp", fault)])
        seed = self.classroom.seed(self.assignment, student, content)
        what = (self.assignment, student, fingerprint, collected, release, seed, variant)
        given = {"content": content, "earlier": self.releases.earlier, "checks": self.checks}
        return Job(*what, **given, **self.options)

    @staticmethod
    def _is_again(old, retry):
        return old.status == ABSENT or old.again or (retry and old.status == FAILED)

    def _absent(self, student):
        """No submission. Where the gradebook has one, its folder was taken away: that is the teacher's."""
        self.outcome.absent += 1
        if self.book.has_submission(student):
            self.outcome.gone.append(student)
        else:
            record = Record(self.assignment, student, "", ABSENT, reason="There is no submission.")
            records.store(self.classroom.folder, record)
            self.outcome.records[student] = record

    def _known(self, record, submitted):
        """Marked already. It is written again where that was interrupted, or the gradebook is another one."""
        changed, record.submitted = record.submitted != submitted, submitted
        if changed or not self.book.is_published(record):
            text = self._path(record.student, ".ipynb").read_text("utf-8")
            self.book.publish(record, text)
        record.late_seconds = self.book.late(record.student)
        records.store(self.classroom.folder, record)
        self.outcome.kept += 1
        self.outcome.records[record.student] = record

    def _keep(self, job, found):
        """Take over a worker's result. The record is there before the gradebook says anything of it."""
        record = records.from_dict(found.record)
        folder = self.classroom.submitted(job.student, self.assignment)
        record.submitted, _ = timestamp(folder)
        records.write_whole(self._path(job.student, ".ipynb"), found.notebook)
        records.store(self.classroom.folder, record)
        records.store_attempt(self.classroom.folder, record)
        self.book.publish(record, found.notebook)
        records.store(self.classroom.folder, record)  # now with how late it was
        records.store_attempt(self.classroom.folder, record)
        self.outcome.marked += 1
        self.outcome.records[job.student] = record

    def _path(self, student, ending):
        return records.path_of(self.classroom.folder, self.assignment, student, ending)


class _Releases:
    """Each student's release as text, with the variant of its numbers."""

    def __init__(self, classroom, assignment):
        self.classroom, self.assignment = classroom, assignment
        path = classroom.folder / "release" / assignment / f"{assignment}.ipynb"
        if not path.is_file():
            raise ClassError(f"{path} is missing. Release it: python3 -m course release {assignment[:2]}")
        self.node = nbformat.read(path, as_version=4)
        self.text = nbformat.writes(self.node)
        self.earlier = earlier.kept(classroom.folder, assignment)

    def of(self, student):
        """(text, variant)."""
        variant = self.classroom.variant(self.assignment, student)
        if not variant:
            return self.text, ""
        from course.variants import students_release

        return nbformat.writes(students_release(self.node, self.assignment, variant)), variant


def one_by_one(jobs):
    """A crew of nobody: every job is done here."""
    sandbox.require()
    for job in jobs:
        yield job, done_or_failed(job, lambda job=job: work(job))


def done_or_failed(job, result):
    """What `result()` gives; where it raises, the record of a failed marking. SandboxMissing is passed on:
    where there is no sandbox nothing is marked at all."""
    try:
        return result()
    except sandbox.SandboxMissing:
        raise
    except Exception as error:  # a worker that died thrice, a fault of ours: one student's, not the class's
        return as_job_error(job, error)


def _first_line(error):
    return plain((str(error).splitlines() or [type(error).__name__])[0], 300)


@cache
def marking_code():
    """A hash of the code that decides a score: the package with its checks, and the marking."""
    folders = [Path(checks.__file__).parent.parent, Path(__file__).parent]
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return hash_of(*(part for file in files for part in (file.name, file.read_bytes())))


def own_checks(classroom):
    """The files of the teacher's own checks, as a worker takes them: ((name, text), …)."""
    paths = sorted((classroom.folder / "overlay" / "checks").glob("*.py"))
    return tuple((path.name, path.read_text("utf-8")) for path in paths)


def counts(outcome):
    """{status: how many} of an outcome's records."""
    found = Counter(record.status for record in outcome.records.values())
    return {status: found[status] for status in (MARKED, FAILED, ABSENT)}
