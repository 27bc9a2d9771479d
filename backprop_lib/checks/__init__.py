"""Checks: `check(name, answer)` says whether an exercise is right, and if not, what was probably done.

The exercises of notebook 03 are in nb03.py, which is read when one of them is first asked for.
How an exercise is written: `backprop_lib/checks/exercise.py`.
"""

from .evaluating import evaluate, given
from .library import UnknownExercise, exercise, exercises
from .showing import Points, Shown, check, hint

__all__ = [
    "Points",
    "Shown",
    "UnknownExercise",
    "check",
    "evaluate",
    "exercise",
    "exercises",
    "given",
    "hint",
]
