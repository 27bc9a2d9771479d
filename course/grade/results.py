"""Results: a student's score for an assignment, from the record and what the teacher entered by hand.

The record has the checked exercises. nbgrader's gradebook has the written answers' points, comments, extra
credit, and points that a teacher gave in place of the marking's. It is only read here, and
what was entered by hand is copied.

Where `keep = "best"`, the checked exercises come from the best attempt. What was entered by hand belongs to
the submission in submitted/, and carries that one's penalty.
"""

from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.engine import make_url

from . import by_hand, records
from .attempts import as_today, earlier
from .classroom import ClassError
from .lateness import chosen, keep_policy, late_policy
from .records import ABSENT, FAILED, MARKED

BY_HAND, NOT_MARKED = "needs manual grading", "not marked"


@dataclass
class Entry:
    """What the gradebook has on one cell."""

    score: float | None = None  # entered by hand
    waits: bool = False  # the teacher still has to look
    extra: float = 0.0
    comment: str = ""


@dataclass
class Part:
    """One exercise or written answer. `score` is None where there is none yet, `marks` if it is written."""

    name: str
    points: float
    status: str
    score: float | None = None
    extra: float = 0.0
    comment: str = ""
    marks: object = None
    by_hand: bool = False  # the score was entered by a teacher
    answered: bool = True


@dataclass
class Result:
    """`score` and `final` (after the penalty) are None unless every part has its points. `so_far` is the sum
    of what there is. `lost`: points taken off for lateness. `record`: the submission, `counted`: the attempt
    that the checked exercises are taken from (the same, unless the best one counts)."""

    student: str
    assignment: str
    status: str
    record: object = None
    counted: object = None
    parts: list = field(default_factory=list)
    late_seconds: float = 0.0
    lost: float = 0.0
    so_far: float = 0.0
    score: float | None = None
    final: float | None = None
    person: object = None  # a Student
    full: float | None = None  # the most points by the gradebook: those of today's release

    @property
    def most(self):
        """The most points there are."""
        return sum(part.points for part in self.parts)

    @property
    def differs(self):
        """Does the notebook's own run show other points than the marking?"""
        return any(part.marks is not None and part.marks.differs for part in self.parts)


@dataclass
class Student:
    """A student as the gradebook has them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self):
        """ "First Last", or the id where there is no name."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.id

    @property
    def sorted_name(self):
        """ "Last, First", or the id where there is no name."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.id


class Hand:
    """What the gradebook has: students, and for an assignment entries and lateness."""

    def __init__(self, classroom):
        self.students = {}
        self._open, self._found = None, {}
        url = make_url(classroom.db_url)
        is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
        if is_file and not Path(url.database).exists():
            return  # opening it would make one
        try:
            self._open = Gradebook(classroom.db_url, classroom.course_id or "default_course")
        except Exception as error:  # SQLAlchemy's and each driver's own
            shown = url.render_as_string()
            raise ClassError(f"The gradebook {shown} cannot be opened: {error!s:.300}") from error
        for one in self._open.students:
            texts = (one.first_name, one.last_name, one.email, one.lms_user_id)
            self.students[one.id] = Student(one.id, *(text or "" for text in texts))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._open is not None:
            self._open.close()

    def entries(self, assignment):
        """({student: {cell: Entry}}, {student: seconds late}, {student: when it was due})."""
        cells, late, due = {}, {}, {}
        for submission in self._submissions(assignment):
            student = submission.student.id
            cells[student] = _entries_of(submission)
            if submission.duedate is not None:
                due[student] = submission.duedate.replace(tzinfo=UTC)
            if submission.timestamp is not None:
                late[student] = float(submission.total_seconds_late)
        return cells, late, due

    def full(self, assignment):
        """The most points of an assignment, or None where the gradebook does not know it."""
        try:
            return None if self._open is None else float(self._open.find_assignment(assignment).max_score)
        except MissingEntry:
            return None

    def keep(self, folder, assignment):
        """Keep a copy of what was entered by hand: see by_hand.py. Raises ClassError."""
        if self._open is None:
            return
        try:
            by_hand.keep(folder, assignment, self._open, self._submissions(assignment))
        except OSError as error:
            raise ClassError(
                f"What was entered by hand cannot be copied into {folder / 'marking'} ({error.strerror}). "
                "Mend that and give the same command again."
            ) from error

    @property
    def is_there(self):
        """Is there a gradebook?"""
        return self._open is not None

    def _submissions(self, assignment):
        if assignment not in self._found:  # held, or what they have loaded would be loaded again
            self._found[assignment] = self._open.assignment_submissions(assignment) if self._open else []
        return self._found[assignment]


def _entries_of(submission):
    entries = {}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            entry = entries.setdefault(grade.name, Entry())
            entry.score, entry.waits = grade.manual_score, bool(grade.needs_manual_grade)
            entry.extra = grade.extra_credit or 0.0
        for comment in notebook.comments:
            name = comment.name.replace("answer-", "check-", 1)
            entries.setdefault(name, Entry()).comment = comment.manual_comment or ""
    return entries


def results(classroom, assignment, students=None):
    """{student: Result} of everybody in the class, sorted; or of `students` only. In the class is who is in
    the gradebook or has a submission; where there is no gradebook, also who has a record."""
    late, keep = late_policy(classroom.settings), keep_policy(classroom.settings)
    found = records.load_all(classroom.folder, assignment)
    with Hand(classroom) as hand:
        entries, seconds, due = hand.entries(assignment)
        full = hand.full(assignment)
        hand.keep(classroom.folder, assignment)
    submitted = {*classroom.students_of(assignment)}
    names = sorted({*hand.students, *submitted, *(() if hand.is_there else found)})
    wanted = names if students is None else students
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise ClassError(f"There is no student {unknown[0]!r}, neither in the gradebook nor with a record.")
    made = {}
    for name in wanted:
        record = found.get(name) or records.Record(assignment, name, "", ABSENT)
        if record.status == ABSENT and name in submitted:
            record.status = NOT_MARKED
        record.late_seconds = seconds.get(name, record.late_seconds)
        attempts = earlier(classroom.folder, record) if keep == "best" else []
        before = [as_today(attempt, record, due.get(name)) for attempt in attempts]
        made[name] = result(record, entries.get(name, {}), late, keep, [each for each in before if each])
        made[name].full = full
        made[name].person = hand.students.get(name) or Student(name)
    return made


def result(record, entries, late, keep="last", before=()):
    """The `Result` of one student. `before`: records of earlier attempts, oldest first."""
    is_marked = record.status not in (ABSENT, NOT_MARKED)
    counted = chosen([*before, record], keep, late) if is_marked else record
    made = Result(record.student, record.assignment, record.status, record, counted)
    made.late_seconds = counted.late_seconds
    for marks in counted.exercises:
        entry = entries.get(marks.cell, Entry()) if counted is record else Entry()
        made.parts.append(_checked(marks, entry))
    made.parts += [_written(written, entries.get(written["cell"], Entry())) for written in record.written]
    if not is_marked or not made.parts:
        return made
    for part in made.parts:
        points = (part.score or 0.0) + part.extra
        belongs_to = counted if part.marks is not None else record
        made.so_far += points
        made.lost += points * late.share(belongs_to.late_seconds)
    made.status = _status(made.parts)
    if made.status == MARKED:
        made.score, made.final = made.so_far, made.so_far - made.lost
    return made


def _checked(marks, entry):
    part = Part(marks.name, marks.points, MARKED, marks.score, entry.extra, entry.comment, marks)
    if entry.score is not None:
        part.by_hand, part.score = True, entry.score
        if entry.waits:
            part.status, part.score = BY_HAND, None
    elif marks.score is None:
        part.status = FAILED
    return part


def _written(written, entry):
    part = Part(written["name"], written["points"], MARKED, entry.score, entry.extra, entry.comment)
    part.by_hand, part.answered = entry.score is not None, written["answered"]
    if entry.score is not None and not entry.waits:
        return part
    if not written["answered"]:
        part.score = 0.0
    else:
        part.status, part.score = BY_HAND, None
    return part


def _status(parts):
    found = {part.status for part in parts}
    return next((status for status in (FAILED, BY_HAND) if status in found), MARKED)
