"""A small class with results: what the tests of feedback, export and similar answers share.

Ada's and Bo's records come from the real marking of notebook 05; the others are made by hand.
"""

import copy
import os
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from course.grade import records
from course.grade.classroom import CONFIG, SETTINGS, open_class
from course.grade.marking import Times, mark_notebook
from course.grade.records import ABSENT, FAILED, MARKED, Marks, Record
from course.grade.sanitise import sanitise
from course.source import exercise_of
from tests.submitting import FIVE, RELEASE, cell_of, data_of

WRITTEN, WHY = "written-05-why", "05.why"
HOSTILE = (
    "</pre></style></title><script>alert(1)</script><img src=x onerror=alert(2)>\n"
    "{{ 7 * 7 }}{% raw %} \u202eevil\u202c \u2066x\u2069 \0 \x1b[31mred\x1b[0m \x9b5m \ud800 \u200b\n"
    "]]>--><svg onload=alert(3)> &lt;b&gt; javascript:alert(4) `" + "A" * 100_000
)
IDS = ("ada", "bo", "cy", "di", "eve", "fo", 'o"neil, <b>')


def release():
    """Notebook 05's release with a written answer at its end."""
    notebook = copy.deepcopy(RELEASE)
    marks = {
        "grade": True, "grade_id": WRITTEN, "locked": False, "points": 3.0, "schema_version": 3,
        "solution": True, "task": False,
    }  # fmt: skip
    cell = nbformat.v4.new_markdown_cell("*Your answer here.*", metadata={"nbgrader": marks})
    cell.id = WRITTEN
    notebook.cells.append(cell)
    return notebook


ADA = {
    "answer-05-linear_backward": "def linear_backward(x, W, g):\n    return g @ W.T, x.T @ g, g.sum(0)\n",
    "answer-05-by_shapes": "def scores_backward(Q, K, g):\n    return g @ K, g.T @ Q\n",
    "answer-05-unbroadcast": "def unbroadcast(g, shape):\n    print('<b>x</b>')\n    return g.sum(axis=0)\n",
    WRITTEN: "Because <i>every</i> example adds its share.",
}
BO = {"answer-05-linear_backward": "def linear_backward(x, W, g):\n    while True:\n        pass\n"
      "import os\nos._exit(0)\n"}  # fmt: skip


def submission(answers):
    """The bytes of a submission with these answers, {cell: text}."""
    notebook = release()
    for name, text in answers.items():
        cell_of(notebook, name).source = text
    return data_of(notebook)


@cache
def marked(student, answers, names=None):
    """The record of a submission, really marked. `answers`: pairs of cell and text."""
    rebuilt = sanitise(submission(dict(answers)), release(), FIVE)
    found = mark_notebook(rebuilt.notebook, "a secret", times=Times(5, 1, 20, 2), names=names)
    cells = {exercise_of(cell)[1]: cell.metadata.nbgrader for cell in release().cells
             if cell.metadata.get("nbgrader", {}).get("grade")}  # fmt: skip
    record = Record(FIVE, student, f"fingerprint of {student}", MARKED, answers=rebuilt.answers)
    record.remarks = [asdict(remark) for remark in rebuilt.remarks]
    for one in found:
        marks = Marks(one.name, cells[one.name].grade_id, float(cells[one.name].points), one.status)
        marks.score = None if one.score is None else marks.points * one.score
        marks.report = one.report and asdict(one.report)
        marks.reason, marks.sentence, marks.cells = one.reason, one.sentence, one.cells
        marks.left_out = one.left_out
        record.exercises.append(marks)
    record.written = [{"name": WHY, "cell": WRITTEN, "points": 3.0, "answered": WHY in rebuilt.attempted}]
    if any(marks.status == FAILED for marks in record.exercises):
        record.status = FAILED
    return record


def by_hand(student, score=4.0, submitted="2026-03-01T10:00:00+00:00", late=0.0, **changes):
    """A record of one exercise of four points, made up."""
    report = {"name": "05.linear_backward", "title": "A linear layer, backward", "state": "right",
              "diagnosis": "", "message": "", "score": 1.0, "cases": 9, "table": [], "parts": {},
              "printed": "", "hints": 3}  # fmt: skip
    marks = Marks("05.linear_backward", "check-05-linear_backward", 4.0, MARKED, score, report=report)
    if score is None:
        marks.status, marks.report, marks.reason, marks.sentence = FAILED, None, "timeout", "Too long."
    if score != 4.0 and score is not None:
        report |= {"state": "not yet right", "diagnosis": "wrong", "message": "The result is not right."}
    record = Record(FIVE, student, f"of {submitted}", MARKED if score is not None else FAILED)
    record.exercises, record.submitted, record.late_seconds = [marks], submitted, late
    record.answers = {"05.linear_backward": "def linear_backward(x, W, g): return 1"}
    for name, value in changes.items():
        setattr(record, name, value)
    return record


def hostile(student="eve"):
    """A record with hostile text in every place that a submission can reach."""
    record = by_hand(student, 1.0)
    report = record.exercises[0].report
    report |= {"message": HOSTILE, "printed": HOSTILE, "table": [["got", HOSTILE], [HOSTILE, "1"]],
               "parts": {HOSTILE[:200]: True, "dW": False}}  # fmt: skip
    record.exercises[0].cells = [[3, HOSTILE]]
    record.remarks = [{"code": "odd", "sentence": HOSTILE, "cell": None}]
    record.answers = {"05.linear_backward": HOSTILE, WHY: HOSTILE}
    record.written = [{"name": WHY, "cell": WRITTEN, "points": 3.0, "answered": True}]
    record.place = "../" + HOSTILE[:40] + ".ipynb"
    return record


def make_class(folder, made=(), settings="", ids=IDS):
    """A class with its gradebook: students `ids`, the release, and these records. Returns the Classroom."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text('c = get_config()\nc.CourseDirectory.course_id = "backprop"\n', "utf-8")
    (folder / SETTINGS).write_text(settings, "utf-8")
    for kind in ("source", "release"):
        place = folder / kind / FIVE / f"{FIVE}.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(release(), place)
    classroom = open_class(folder)
    (folder / "gradebook.db").write_bytes(_empty_gradebook())
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        for number, name in enumerate(ids, 17):
            names = {"first_name": name.title()[:20], "last_name": "Example"}
            gradebook.add_student(name, **names, lms_user_id=str(number))
    for record in made:
        store(classroom, record)
    return classroom


@cache
def _empty_gradebook():
    """The bytes of a gradebook with the assignment and no students: nbgrader takes seconds to make one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "gradebook.db")
        with Gradebook(f"sqlite:///{path}", "backprop") as gradebook:
            gradebook.add_assignment(FIVE, duedate="2026-03-01 12:00:00 UTC")
            gradebook.add_notebook(FIVE, FIVE)
            for cell in release().cells:
                marks = cell.metadata.get("nbgrader", {})
                if marks.get("grade"):
                    options = {"max_score": marks["points"], "cell_type": cell.cell_type}
                    gradebook.add_grade_cell(marks["grade_id"], FIVE, FIVE, **options)
                if marks.get("solution"):
                    gradebook.add_solution_cell(marks["grade_id"], FIVE, FIVE)
        return path.read_bytes()


def store(classroom, record):
    """Write a record, with its submission in the folder and in the gradebook unless it is absent."""
    records.store(classroom.folder, record)
    if record.status == ABSENT:
        return
    os.makedirs(classroom.submitted(record.student, FIVE), exist_ok=True)
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        gradebook.update_or_create_student(record.student)
        stamp = record.submitted and record.submitted.replace("+00:00", " UTC")
        with gradebook.db.no_autoflush:
            gradebook.update_or_create_submission(FIVE, record.student, timestamp=stamp)
        for marks in record.exercises:
            grade = gradebook.find_grade(marks.cell, FIVE, FIVE, record.student)
            grade.auto_score, grade.needs_manual_grade = marks.score, marks.score is None
        gradebook.db.commit()


def enter(classroom, student, cell, comment=None, **values):
    """What a teacher enters in the formgrader: points, extra credit, a comment."""
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        grade = gradebook.find_grade(cell, FIVE, FIVE, student)
        for name, value in values.items():
            setattr(grade, name, value)
        if comment is not None:
            cell = cell.replace("check-", "answer-")
            gradebook.find_comment(cell, FIVE, FIVE, student).manual_comment = comment
        gradebook.db.commit()


def ada():
    """Partly right, one exercise not attempted, a written answer; really marked."""
    return copy.deepcopy(marked("ada", tuple(ADA.items())))


def bo():
    """A record of a run that failed; really marked."""
    return copy.deepcopy(marked("bo", tuple(BO.items()), ("05.linear_backward",)))
