"""What a student reads about a marking, in words: friendly, exact, blaming nobody."""

from .pagetext import points

GLYPHS = {"right": "✓", "not yet right": "✗", "not attempted": "○"}
WAITS = "…"
HAND_IN_AGAIN = "Mend it and hand in again if you still can, or ask your teacher to have it marked again."

FAILED = {  # reason of a failed marking: what happened, what to do
    "timeout": (
        "A cell ran longer than the time there is for it, so the marking was stopped.",
        "Look for a loop that does not end: restart the kernel and run your notebook from the top.",
    ),
    "killed": (
        "The program was ended from outside or by your own code, perhaps because it needed too much memory.",
        "Restart the kernel, run your notebook from the top, and look for the cell after which it stops.",
    ),
    "out of memory": (
        "Your code needed more memory than there is for it.",
        "Look for an array or a list that is far larger than the task needs.",
    ),
    "too much output": (
        "Your code printed more than anybody can read, so the marking was stopped.",
        "Take out prints inside of loops.",
    ),
    "child gone": (
        "The program ended before there was a result (`exit()`, or a crash of Python).",
        "Restart the kernel and run your notebook from the top.",
    ),
    "no notebook": (
        "There was no notebook that could be opened in what you handed in.",
        "Hand in the notebook itself, under the name that it had, saved by Jupyter.",
    ),
    "grader": ("Something went wrong in the marking itself.", "You need not do anything."),
}
OTHER_FAILURE = ("What your code gave back could not be judged.", "Look at the types of what you return.")

NOTES = {  # codes of remarks whose sentence for the teacher is not one for the student
    "changed-points": "The points shown in your notebook are not those of the task; the task's count.",
    "changed-metadata": "Some hidden settings of the notebook were not as released; the released ones count.",
    "retagged": "A cell had lost its hidden name, or had another; it was found by its text.",
    "unknown-grade-id": "You added cells that look like marked ones; only the released ones carry points.",
    "shadows-module": "A file beside your notebook is named like a Python library. It was not used.",
    "symlink": "A link to another file was not followed. Hand in the file itself.",
    "not-a-file": "Something that is not an ordinary file was left out.",
    "changed-check": "You changed a check cell. The released check was used.",
    "changed-cell": "You changed a cell that was given. Both were run: the released one, then yours.",
    "missing": "An answer's cell was missing, so there was nothing to mark in its place.",
    "missing-cells": "Some given cells were missing; they were put back.",
    "library": "Your code takes something from the course's library that the notebook does not take. Where a "
    "task asks you to write it, write it: this is seen, and counts nothing by itself.",
    "other-files": "You handed in other files too. Only the notebook is marked.",
    "too-many-files": "You handed in very many files. Only the notebook is marked.",
    "no-submission": "There was nothing in what you handed in.",
}


def notes(record, cells):
    """What the student is told about the submission as a whole. `cells`: {id: title of its exercise}."""
    said = []
    for remark in record.remarks:
        sentence = NOTES.get(remark["code"], remark["sentence"])
        where = cells.get(remark.get("cell"))
        said.append(f"{where}: {sentence}" if where else sentence)
    stopped = {}
    for marks in record.exercises:
        stopped |= {int(index): str(text) for index, text in marks.cells}
    said += [f"Cell {index + 1} of your notebook: {text}" for index, text in sorted(stopped.items())]
    out = sorted({int(index) for marks in record.exercises for index in marks.left_out})
    said += [
        f"Cell {index + 1} of your notebook ended the program; the rest was marked without it."
        for index in out
    ]
    return list(dict.fromkeys(said))[:20]


def failure(marks):
    """Two sentences and what to do, for an exercise that has no score because its marking failed."""
    happened, advice = FAILED.get(marks.reason, OTHER_FAILURE)
    where = marks.sentence.rpartition(" This was in cell ")[2].rstrip(".")
    place = f" It was cell {where}." if where.isdigit() else ""
    return ["This is not 0 points: it has no score yet.", f"{happened}{place}", f"{advice} {HAND_IN_AGAIN}"]


def duration(seconds):
    """'2 days and 3 hours', rounded up to whole minutes."""
    minutes = -int(-seconds // 60)
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    words = [f"{number} {unit}{'s' * (number != 1)}" for number, unit in parts if number]
    return " and ".join(words[:2]) or "less than a minute"


def counted(number, word):
    """'1 point', '2 points'."""
    return f"{points(number)} {word}{'s' * (number != 1)}"
