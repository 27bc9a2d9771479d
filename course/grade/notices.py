"""Where results are not of today: said beside every file that is made from them."""

from . import records
from .records import ABSENT, FAILED, MARKED
from .remarks import spoken
from .submissions import collect, content_of


def notices(classroom, assignment, found):
    """Sentences on an assignment's results ({student: Result}) that a marking would change, and on records of
    students who are not in the class any more."""
    again = f"Mark: python3 -m course grade {assignment[:2]}"
    lines = []
    every = records.load_all(classroom.folder, assignment)
    gone = [name for name, record in every.items() if name not in found and record.status != ABSENT]
    if gone:
        lines.append(f"{len(gone)} with a record, and not in the class any more, left out: {spoken(gone)}")
    other = [name for name, each in found.items() if _is_of_another_release(each)]
    if other:
        lines.append(
            f"{len(other)} marked under another release, with other points: {spoken(other)}. {again}"
        )
    there = {*classroom.students_of(assignment)}
    newer = [name for name, each in found.items() if name in there and _is_new(classroom, each.record)]
    if newer:
        lines.append(f"{len(newer)} handed in again after they were marked: {spoken(newer)}. {again}")
    return [f"{assignment}: {line}" for line in lines]


def _is_of_another_release(result):
    marked = result.record.status in (MARKED, FAILED)
    return marked and result.full is not None and abs(result.most - result.full) > 1e-9


def _is_new(classroom, record):
    """Is what lies in submitted/ another submission than the one that was marked?"""
    folder = classroom.submitted(record.student, record.assignment)
    return bool(record.content) and content_of(collect(folder, record.assignment)) != record.content
