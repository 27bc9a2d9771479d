"""The executed notebook as the teacher sees it: each check's cell shows the recorded marking first."""

from nbformat.v4 import new_output

from backprop_lib.checks.report import Report
from course.source import exercise_of


def show_marks(notebook, record):
    """Put the recorded marking into the outputs of the check cells (changed in place, and returned).

    What the notebook's own run showed there stays below it where it gave another score.
    """
    marks = {each.name: each for each in record.exercises}
    for cell in notebook.cells:
        kind, name = exercise_of(cell)
        if kind == "check" and name in marks:
            own = cell.outputs if marks[name].differs else []
            cell.outputs = [new_output("display_data", {"text/plain": in_words(marks[name])}), *own]
    return notebook


def in_words(marks):
    """The marking of one exercise, as text."""
    score = "no score" if marks.score is None else f"{marks.score:g} of {marks.points:g} points"
    lines = [f"Recorded: {score}"]
    if marks.sentence:
        lines.append(marks.sentence)
    if marks.report is not None:
        report = Report(
            **{**marks.report, "hints": 0, "table": [tuple(row) for row in marks.report["table"]]}
        )
        lines.append(str(report))
    if marks.differs:
        lines.append(f"{marks.differs} What the notebook showed stands below.")
    return "\n".join(lines)
