"""What an exercise is: three plain functions, its typical mistakes and its hints.

    cases(rng)            -> list of inputs, the smallest first; rng is a `random.Random`
    probe(answer, case)   -> what the learner's code did with one input, as plain data
    judge(case, result)   -> None if that is right, or a `Wrong`

`probe` is the only one that touches the learner's code. In the notebook all three run in one
process. In the graded run `probe` runs alone in a sandbox and only JSON comes back. Therefore cases
and results are *plain data*: None, bool, int, float (NaN and inf included), str, lists, dicts with str
keys, numpy arrays. A complete exercise:

    from backprop_lib.checks.exercise import Exercise, Mistake, register

    def _cases(rng):
        cases = [{"a": 2.0, "b": -3.0, "upstream": 1.5}]
        for _ in range(8):
            cases.append({key: rng.uniform(0.5, 3.0) * rng.choice((-1, 1)) for key in ("a", "b", "upstream")})
        return cases

    def _probe(mul_vjp, case):
        return list(mul_vjp(case["a"], case["b"], case["upstream"]))

    def _reference(case):
        return [case["upstream"] * case["b"], case["upstream"] * case["a"]]

    register(Exercise(
        "02.mul_vjp",
        "Send a gradient back through a product",
        cases=_cases,
        probe=_probe,
        reference=_reference,
        mistakes=[
            Mistake("no-upstream", "These are the local derivatives alone: the upstream gradient is missing.",
                    lambda case: [case["b"], case["a"]]),
            Mistake("swapped", "The two gradients are swapped: ∂(ab)/∂a is the other factor, b.",
                    lambda case: [case["upstream"] * case["a"], case["upstream"] * case["b"]]),
            Mistake("added-upstream", "You add the upstream gradient; the chain rule multiplies.",
                    lambda case: [case["upstream"] + case["b"], case["upstream"] + case["a"]]),
        ],
        hints=["Hold b still. How fast does a·b grow with a?", "Downstream is upstream times local."],
    ))
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .comparing import judge_by_reference
from .outcomes import Failure, Wrong

__all__ = ["REGISTRY", "Exercise", "Failure", "Mistake", "Wrong", "register"]

_NAME = re.compile(r"\d\d\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer: its name, one sentence for the learner, and how it is recognised.

    `result(case)` is what the mistake gives (plain data, or a `Failure`), or `when(case, result)` says
    whether a failing result shows it. With neither, only a `judge` of the exercise's own can name it; what
    that says of the case goes before `message`.
    """

    name: str
    message: str
    result: Callable[[Any], Any] | None = None
    when: Callable[[Any, Any], bool] | None = None


@dataclass(frozen=True)
class Exercise:
    """One exercise. Give `reference(case)` (the right result, compared with tolerance) or a `judge`.

    `show(case)`   how a case is written in the report; default "a = 2, b = −3".
    `hides(result)`  True for a result that the message says whole: then the report has no line "got".
    `part(case)`   name of the part that a case belongs to; score = share of parts that are right.
    `given(rng)`   the numbers of a task whose answer is a number, as a dict with the names that they have
                   in the notebook; of the notebook as everybody sees it where rng is None. `cases` must
                   then use the same rng in the same way (usually `cases=lambda rng: [given(rng)]`): no
                   fresh numbers are drawn.
    `reveal`       False hides the expected result, for tasks whose answer is the number itself.
    `mutates`      True where the answer may change its input.
    `if_raised`    a sentence of advice after the words on an error that the answer raised.
    `seconds`      limit for all cases together.
    """

    name: str
    title: str
    cases: Callable[[Random], list]
    probe: Callable[[Any, Any], Any]
    reference: Callable[[Any], Any] | None = None
    judge: Callable[[Any, Any], Wrong | None] | None = None
    mistakes: tuple[Mistake, ...] = ()
    hints: tuple[str, ...] = ()
    show: Callable[[Any], str] | None = None
    hides: Callable[[Any], bool] | None = None
    part: Callable[[Any], str] | None = None
    given: Callable[[Random | None], Any] | None = None
    reveal: bool = True
    mutates: bool = False
    if_raised: str = ""
    rtol: float = 1e-9
    atol: float = 1e-12
    seconds: float = 5.0
    seeds: int = 3
    messages: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"an exercise is called like '03.mul', not {self.name!r}")
        if (self.reference is None) == (self.judge is None):
            raise ValueError(f"{self.name}: give either reference= or judge=")
        set_ = object.__setattr__  # the dataclass is frozen
        set_(self, "mistakes", tuple(self.mistakes))
        set_(self, "hints", tuple(self.hints))
        set_(self, "messages", {mistake.name: mistake.message for mistake in self.mistakes})
        if len(self.messages) < len(self.mistakes):
            raise ValueError(f"{self.name}: two mistakes have the same name")
        if self.judge is None:
            set_(self, "judge", judge_by_reference(self))


REGISTRY: dict[str, Exercise] = {}


def register(exercise):
    """Make the exercise known to `check`. Returns it. Raises ValueError for a name that is taken."""
    if exercise.name in REGISTRY:
        raise ValueError(f"two exercises are called {exercise.name!r}")
    REGISTRY[exercise.name] = exercise
    return exercise
