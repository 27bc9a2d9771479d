"""A student's earlier attempts, as they count today: by today's release, due date and extension."""

from dataclasses import replace
from datetime import datetime

from . import records


def earlier(folder, record):
    """Records of earlier attempts, oldest first: of each submission the latest marking, without `record`'s.

    nbgrader's exchange keeps every submission in inbound/, and collects the newest into submitted/, which
    holds one. An earlier one has a record if it was marked while it lay there.
    """
    place = records.path_of(folder, record.assignment, record.student, "")
    paths = (place.parent / "attempts" / place.name).glob("*.json")
    found = {}
    for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name)):
        attempt = records.read(path)
        if attempt is not None and _submission(attempt) != _submission(record):
            found[_submission(attempt)] = attempt
    return sorted(found.values(), key=lambda attempt: attempt.submitted or "")


def _submission(record):
    """What tells one submission from another: what was in it, and when."""
    return record.content, record.submitted


def as_today(attempt, record, due):
    """An earlier attempt in terms of today's `record`, or None where the two cannot be compared.

    Points are those of today's release, exercises that are gone are left out, and the lateness is that by
    `due` (aware, with the extension; None: there is none). An attempt without an exercise of today's is None:
    of that nobody knows.
    """
    before = {marks.cell: marks for marks in attempt.exercises}
    if not before.keys() >= {marks.cell for marks in record.exercises}:
        return None
    exercises = [_with_points(before[marks.cell], marks.points) for marks in record.exercises]
    late = attempt.late_seconds if attempt.submitted is None else seconds_late(attempt.submitted, due)
    return replace(attempt, exercises=exercises, late_seconds=late)


def _with_points(marks, points):
    if marks.score is None or marks.points == points or not marks.points:
        return marks
    return replace(marks, points=points, score=marks.score / marks.points * points, differs="")


def seconds_late(submitted, due):
    """By how many seconds a submission (ISO 8601) is late; 0 without a due date."""
    if due is None:
        return 0.0
    return max(0.0, (datetime.fromisoformat(submitted) - due).total_seconds())
