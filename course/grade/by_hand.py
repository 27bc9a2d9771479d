"""A copy of what the teacher entered by hand, so that a lost gradebook loses none of it.

marking/ASSIGNMENT.by_hand.json has the due date, the students with their names, and for each submission the
extension, and each cell's points, extra credit and comment. It is written anew whenever results are read
(grade, feedback, export). A gradebook that does not know the assignment yet takes all of it from there, by
`release` and `grade`; one that knows it is always right, also where something was taken back.
"""

import json
from datetime import timedelta
from pathlib import Path

from nbgrader.api import MissingEntry

from .records import write_whole

NAMES = ("first_name", "last_name", "email", "lms_user_id")


def path_of(folder, assignment):
    """Where the copy of an assignment lies."""
    return Path(folder) / "marking" / f"{assignment}.by_hand.json"


def kept(folder, assignment):
    """The copy: {"due", "students", "submissions"}; empty parts where there is none that can be read."""
    try:
        found = json.loads(path_of(folder, assignment).read_text("utf-8"))
        return {"due": found["due"], "students": dict(found["students"]),
                "submissions": dict(found["submissions"])}  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError):
        return {"due": None, "students": {}, "submissions": {}}


def keep(folder, assignment, gradebook, submissions):
    """Write the copy, if the gradebook knows the assignment. submissions: nbgrader's, all that it has of it;
    others stay in the copy.
    """
    try:
        due = gradebook.find_assignment(assignment).duedate
    except MissingEntry:
        return
    old = kept(folder, assignment)
    both = {**old["submissions"], **{one.student.id: _entered(one) for one in submissions}}
    new = {
        "due": None if due is None else due.isoformat(),
        "students": {one.id: {name: getattr(one, name) for name in NAMES} for one in gradebook.students},
        "submissions": {name: entered for name, entered in both.items() if entered},
    }
    if new != old:
        write_whole(path_of(folder, assignment), json.dumps(new, indent=1, sort_keys=True))


def _entered(submission):
    """What was entered for one submission; {} for nothing."""
    cells = {}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            if grade.manual_score is not None or grade.extra_credit:
                points = {"score": grade.manual_score, "extra": grade.extra_credit or 0.0}
                cells[grade.name] = {**points, "waits": bool(grade.needs_manual_grade)}
        for comment in notebook.comments:
            if comment.manual_comment:
                cells.setdefault(comment.name, {})["comment"] = comment.manual_comment
    seconds = submission.extension.total_seconds() if submission.extension else 0.0
    return {"extension": seconds, "cells": cells} if seconds or cells else {}


def restore_assignment(folder, assignment, gradebook):
    """For a gradebook that does not know the assignment: put its students back. Returns the due date that it
    had (an ISO text or None) and how many students these are."""
    try:
        gradebook.find_assignment(assignment)
    except MissingEntry:
        copy = kept(folder, assignment)
        present = {student.id for student in gradebook.students}
        lost = {name: names for name, names in copy["students"].items() if name not in present}
        for name, names in lost.items():
            gradebook.update_or_create_student(name, **names)
        return copy["due"], len(lost)
    return None, 0


def restore_submission(copy, submission, grades, comments):
    """Give a submission that is new in the gradebook what the copy has of it. grades, comments: by cell."""
    entered = copy["submissions"].get(submission.student.id)
    if not entered:
        return
    if entered["extension"]:
        submission.extension = timedelta(seconds=entered["extension"])
    for name, cell in entered["cells"].items():
        if name in grades and "score" in cell:
            grade = grades[name]
            grade.manual_score, grade.extra_credit = cell["score"], cell["extra"]
            grade.needs_manual_grade = cell["waits"]
        if name in comments and "comment" in cell:
            comments[name].manual_comment = cell["comment"]
