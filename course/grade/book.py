"""The gradebook: nbgrader's, written by one writer from the records.

What is written for a submission: the score of each checked exercise, what to do by hand, the comment on each
answer, and the executed notebook in autograded/. Writing the same record twice changes nothing. What a
teacher entered by hand (scores, comments, extra credit) is never touched; where the submission is another one
than the teacher saw, the cell is flagged, as nbgrader does.
"""

import json
import os
import re
import stat
from datetime import UTC

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.utils import parse_utc

from . import by_hand, records
from .classroom import ClassError
from .records import FAILED, write_whole

STAMP = "timestamp.txt"  # nbgrader's file, beside a submission
_STAMP_FORM = re.compile(  # nbgrader's own, 2026-11-25 09:30:00.123456 UTC, and ISO 8601 with an offset
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?( ?[A-Z]{1,5}| ?[+-]\d\d:?\d\d)?", re.ASCII
)
SAME = 1e-9


class Book:
    """The gradebook of one class and assignment, open. Use it in a `with`. Raises ClassError."""

    def __init__(self, classroom, assignment):
        self.classroom, self.assignment = classroom, assignment
        self.copy = by_hand.kept(classroom.folder, assignment)
        try:
            self.gradebook = Gradebook(classroom.db_url, classroom.course_id or "default_course")
        except Exception as error:  # a driver's own kinds: no such host, no password, no module
            said = str(error).splitlines()[0]
            raise ClassError(f"The gradebook cannot be opened ({classroom.db_url}): {said}") from error
        try:
            self.gradebook.find_notebook(assignment, assignment)
        except MissingEntry as error:
            self.gradebook.close()
            raise ClassError(
                f"{assignment} is not in the gradebook. Release it: "
                f"python3 -m course release {assignment[:2]}"
            ) from error

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.gradebook.close()

    def undo(self):
        """Let go of what was begun and not finished."""
        self.gradebook.db.rollback()

    def students(self):
        """The ids of the class's students, as far as the gradebook knows them, sorted."""
        return sorted(student.id for student in self.gradebook.students)

    def has_submission(self, student):
        """Is a submission of this student's in the gradebook?"""
        try:
            self.gradebook.find_submission(self.assignment, student)
        except MissingEntry:
            return False
        return True

    def late(self, student):
        """By how many seconds the submission in the gradebook is late, extensions considered."""
        return float(self.gradebook.find_submission(self.assignment, student).total_seconds_late)

    def publish(self, record, notebook):
        """Write a record, and the executed notebook's text, where nbgrader looks. Sets `late_seconds`."""
        new = self._published(record, "content") != record.content
        gradebook, lost = self.gradebook, not self.has_submission(record.student)
        is_known = record.student in self.students()
        names = {} if is_known else self.copy["students"].get(record.student, {})
        gradebook.update_or_create_student(record.student, **names)
        with gradebook.db.no_autoflush:
            submission = gradebook.update_or_create_submission(
                self.assignment, record.student, timestamp=record.submitted
            )
        grades, comments = self._entries(record.student)
        if lost:
            by_hand.restore_submission(self.copy, submission, grades, comments)
        for marks in record.exercises:
            failed = marks.status == FAILED
            _set_grade(grades[marks.cell], None if failed else marks.score, failed, new)
            answer = comments.get(marks.cell.replace("check-", "answer-", 1))
            if answer is not None:
                answer.auto_comment = comment(marks)
        for written in record.written:
            answered = written["answered"]
            _set_grade(grades[written["cell"]], None if answered else 0.0, answered, new, written=True)
            comments[written["cell"]].auto_comment = None if answered else "No response."
        gradebook.db.commit()
        record.late_seconds = self.late(record.student)
        self._write_notebook(record, notebook)
        said = {"fingerprint": record.fingerprint, "content": record.content}
        write_whole(self._marker(record), json.dumps(said))

    def is_published(self, record):
        """Does the gradebook say what the record says, and is the executed notebook there?"""
        if self._published(record) != record.fingerprint or not self._place(record).is_file():
            return False
        try:
            submission = self.gradebook.find_submission(self.assignment, record.student)
            grades, _ = self._entries(record.student)
        except MissingEntry:
            return False
        if submission.timestamp != _naive(record):
            return False
        return all(
            marks.cell in grades and _alike(grades[marks.cell].auto_score, marks.score)
            for marks in record.exercises
        )

    def _entries(self, student):
        found = self.gradebook.find_submission_notebook(self.assignment, self.assignment, student)
        return {each.name: each for each in found.grades}, {each.name: each for each in found.comments}

    def _place(self, record):
        folder = self.classroom.folder / "autograded" / record.student / self.assignment
        return folder / f"{self.assignment}.ipynb"

    def _marker(self, record):
        return records.path_of(self.classroom.folder, self.assignment, record.student, ".published")

    def _published(self, record, what="fingerprint"):
        """What was published last: the fingerprint of its record, or the content of its submission."""
        try:
            return json.loads(self._marker(record).read_text("utf-8"))[what]
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _write_notebook(self, record, notebook):
        place = self._place(record)
        write_whole(place, notebook)
        if record.submitted is not None:
            write_whole(place.with_name(STAMP), record.submitted)
        else:
            place.with_name(STAMP).unlink(missing_ok=True)


def _set_grade(grade, score, for_hand, new, written=False):
    """A score by the marking. A cell that was marked by hand is looked at again if the submission is another
    one, or the marking's score is; a new release alone leaves it as it is."""
    new = new or (grade.auto_score is not None and not _alike(grade.auto_score, score))
    grade.auto_score = score
    if grade.manual_score is None:
        grade.needs_manual_grade = for_hand
    elif new:
        grade.needs_manual_grade = for_hand or not written or score is None


def _alike(one, other):
    return one is other if one is None or other is None else abs(one - other) < SAME


def comment(marks):
    """What stands beside the answer in nbgrader's own pages: for teacher and student."""
    if marks.status == FAILED:
        return f"{marks.sentence} There is no score yet."
    report = marks.report
    return " ".join(
        filter(None, [f"{marks.score:g} of {marks.points:g}: {report['state']}.", report["message"]])
    )


def _naive(record):
    """nbgrader keeps times in UTC without saying so."""
    return None if record.submitted is None else parse_utc(record.submitted)


def timestamp(folder):
    """(ISO 8601 in UTC or None, what is wrong or "") of nbgrader's timestamp in a submission's folder.

    The file comes from the student's side: it is read only if it is a small regular file.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        with open(os.open(os.path.join(folder, STAMP), flags), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode) or state.st_size > 200:
                return None, f"{STAMP} is no timestamp."
            text = file.read(200).decode("ascii").strip()
        if not _STAMP_FORM.fullmatch(text):  # dateutil takes far more, also the names of files with zones
            raise ValueError(text)
        return parse_utc(text).replace(tzinfo=UTC).isoformat(), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, ArithmeticError, TypeError):
        return None, f"{STAMP} cannot be read as a time."
