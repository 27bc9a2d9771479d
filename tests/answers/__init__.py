"""Right and wrong answers to the exercises: what `tests/test_exercise_contract.py` tries.

One file a notebook, `nb03.py`, with `ANSWERS = {"03.mul": Answers(...)}`. An answer is the source of
the exercise's cell (str), or anything else as the answer itself. `points.json` says which parts of an
exercise each wrong answer leaves right, in their order.
"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Answers:
    """`right`: at least two, written differently. `wrong`: diagnosis -> an answer, or a list of them.
    `equivalent_mutants`: mutant, as the test prints it -> why nobody can tell it from the solution."""

    right: list[Any]
    wrong: dict[str, Any]
    equivalent_mutants: dict[str, str] = field(default_factory=dict)

    def wrong_pairs(self):
        """(diagnosis, answer), one for each wrong answer."""
        for diagnosis, answers in self.wrong.items():
            for answer in answers if isinstance(answers, list) else [answers]:
                yield diagnosis, answer


def answers_of(name):
    """The `Answers` of an exercise, or None if nobody has written them."""
    try:
        module = import_module(f"tests.answers.nb{name[:2]}")
    except ModuleNotFoundError as error:
        if error.name != f"tests.answers.nb{name[:2]}":
            raise
        return None
    return module.ANSWERS.get(name)
