"""Run an exercise's check from start to end, in this process."""

import json
from itertools import chain, zip_longest
from random import Random

from .encoding import encode
from .judging import mark
from .library import exercise as find
from .report import WRONG, Report
from .running import run


def evaluate(name, answer, *, seconds=None, seed="", variant=""):
    """The `Report` on an answer; nothing is shown.

    `seed` draws other inputs, `variant` other numbers for the tasks that have `given` ("" are those of the
    notebook as everybody sees it); `seconds` replaces the exercise's time limit. Raises UnknownExercise.
    """
    exercise = find(name)
    try:
        cases = draw_cases(exercise, seed, variant)
        return mark(exercise, cases, run(exercise, answer, cases, seconds))
    except Exception as error:  # a patched built-in or numpy can break us: say so, stop nothing
        report = Report(exercise.name, exercise.title, WRONG, "check-failed")
        report.message = (
            f"The check itself failed ({type(error).__name__}: {error!s:.200}). If you changed a function "
            "of Python, numpy or this course, restart the kernel and run the notebook from the top."
        )
        return report


def draw_cases(exercise, seed="", variant=""):
    """The encoded cases of several seeds, the smallest first, equal ones once."""
    if exercise.given is not None:
        drawn = [exercise.cases(_variant_rng(exercise, variant))]
    else:
        drawn = [exercise.cases(Random(f"{exercise.name}|{seed}|{i}")) for i in range(exercise.seeds)]
    absent = object()
    cases = chain.from_iterable(zip_longest(*drawn, fillvalue=absent))
    encoded = [encode(case) for case in cases if case is not absent]
    by_text = {json.dumps(case): case for case in encoded}
    return list(by_text.values())


def given(name, variant=""):
    """The numbers of a task whose answer is a number. Raises UnknownExercise; ValueError if it has none."""
    exercise = find(name)
    if exercise.given is None:
        raise ValueError(f"{name} has no numbers of its own")
    return exercise.given(_variant_rng(exercise, variant))


def _variant_rng(exercise, variant):
    return Random(f"{exercise.name}|variant {variant}") if variant else None
