"""Exercise 01.chain_by_hand: five rates of one neuron, with the numbers that stand in the notebook.

Everybody's numbers are equally hard: one digit after the point; of x and w one is negative, and so is z;
tanh is neither flat nor straight there. They keep the typical wrong answers apart: a mistake gives either
exactly what another gives or something at least 1 % away from it, and nothing within 4 % of what is right.
"""

import math
from functools import cache

from .exercise import Exercise, Mistake, register
from .references01 import rates_reference

_NEURON = {"x": -1.5, "w": 0.8, "b": 0.1, "t": 0.5}
_RATES = ("dL_da", "da_dz", "dz_dw", "dL_dw", "dL_db")
_NEAR = 0.02  # an answer this near is the right one, rounded too far
_APART, _FROM_RIGHT = 0.01, 0.04


def given(rng):
    """The neuron's numbers. x has the other sign than w; |x| is 1.1 … 2.9, w, b, t have one digit."""
    if rng is None:
        return dict(_NEURON)
    while True:
        sign, tenths = rng.choice((-1, 1)), rng.sample(range(1, 10), 3)
        x, (w, b, t) = rng.choice([n for n in range(11, 30) if n != 20]), tenths
        numbers = {"x": sign * x / 10, "w": -sign * w / 10, "b": b / 10, "t": t / 10}
        z = round(numbers["w"] * numbers["x"] + numbers["b"], 2)
        if b <= 4 and -1.4 <= z <= -0.7 and z != -1 and _keeps_apart(**numbers):
            return numbers


def _cases(rng):
    numbers = given(rng)
    return [{"part": part, **numbers} for part in _RATES]


@cache
def _keeps_apart(x, w, b, t):
    """Whether no wrong rate lies near another wrong one, near the right one, or near 1."""
    for part in _RATES:
        case = {"part": part, "x": x, "w": w, "b": b, "t": t}
        right = rates_reference(case)
        results = [mistake.result(case) for mistake in _MISTAKES if mistake.result is not None]
        wrong = [result for result in results if not math.isclose(result, right, rel_tol=1e-9)]
        if abs(abs(right) - 1) < _FROM_RIGHT or any(_close(p, right, right, _FROM_RIGHT) for p in wrong):
            return False
        pairs = ((p, q) for p in wrong for q in wrong if not math.isclose(p, q, rel_tol=1e-9))
        if any(_close(p, q, right, _APART) for p, q in pairs):
            return False
    return True


def _close(p, q, right, share):
    return abs(p - q) <= share * max(abs(p), abs(q), abs(right))


def _mistake(name, message, change):
    """`change(rates, z, a, case)` puts the mistake into the five rates; products follow where it says so."""

    def result(case):
        rates = {part: rates_reference({**case, "part": part}) for part in _RATES}
        z = case["w"] * case["x"] + case["b"]
        wrong = {**rates, **change(rates, z, math.tanh(z), case)}
        return wrong[case["part"]]

    return Mistake(name, message, result)


def _through(rates, **changed):
    """The local rates with some of them changed, and the products that follow from them."""
    r = {**rates, **changed}
    return {**changed, "dL_dw": r["dL_da"] * r["da_dz"] * r["dz_dw"], "dL_db": r["dL_da"] * r["da_dz"]}


def _rounded_too_far(case, answer):
    return type(answer) in (int, float) and abs(answer / rates_reference(case) - 1) <= _NEAR


_MISTAKES = [
    _mistake(
        "forgot-the-two",
        "∂L/∂a is half of what it should be: squaring brings down a factor.",
        lambda r, z, a, case: _through(r, dL_da=a - case["t"]),
    ),
    _mistake(
        "wrong-sign",
        "The sign of ∂L/∂a is turned round: L contains a − t, not t − a.",
        lambda r, z, a, case: _through(r, dL_da=2 * (case["t"] - a)),
    ),
    _mistake(
        "value-for-derivative",
        "∂a/∂z is not a itself: the value of tanh is one thing, its slope another.",
        lambda r, z, a, case: _through(r, da_dz=a),
    ),
    _mistake(
        "wrong-place",
        "You took 1 − z²: the slope of tanh is 1 minus the square of its *value*.",
        lambda r, z, a, case: _through(r, da_dz=1 - z * z),
    ),
    _mistake(
        "tanh-of-tanh",
        "You took 1 − tanh²(a), but a is already tanh z: the slope is taken at z.",
        lambda r, z, a, case: _through(r, da_dz=1 - math.tanh(a) ** 2),
    ),
    _mistake(
        "own-factor",
        "∂z/∂w is not w: hold x still and ask how fast w·x grows with w.",
        lambda r, z, a, case: _through(r, dz_dw=case["w"]),
    ),
    _mistake(
        "kept-the-bias",
        "∂z/∂w is not x + b: b stands still when w moves, so it adds nothing.",
        lambda r, z, a, case: _through(r, dz_dw=case["x"] + case["b"]),
    ),
    _mistake(
        "stopped-early",
        "∂L/∂w stops at z: one rate is still missing, the one from w to z.",
        lambda r, z, a, case: {"dL_dw": r["dL_da"] * r["da_dz"]},
    ),
    _mistake(
        "skipped-tanh",
        "Your chain jumps from z to L: the rate of the tanh between them is missing.",
        lambda r, z, a, case: {"dL_dw": r["dL_da"] * r["dz_dw"], "dL_db": r["dL_da"]},
    ),
    _mistake(
        "no-outer",
        "The outermost rate is missing: you have how fast a moves, not how fast L moves.",
        lambda r, z, a, case: {"dL_dw": r["da_dz"] * r["dz_dw"], "dL_db": r["da_dz"]},
    ),
    _mistake(
        "bias-does-nothing",
        "∂L/∂b is not 0: b is a number here, but it can be nudged, and then z moves, and a, and L.",
        lambda r, z, a, case: {"dL_db": 0.0},
    ),
    _mistake(
        "only-the-first-arrow",
        "1 is the rate from b to z alone: two arrows lie between z and L.",
        lambda r, z, a, case: {"dL_db": 1.0},
    ),
    _mistake(
        "same-as-w",
        "∂L/∂b is not ∂L/∂w: the arrow from w to z stretches by x. And that from b?",
        lambda r, z, a, case: {"dL_db": r["dL_dw"]},
    ),
    _mistake(
        "times-the-bias",
        "You multiply by b, but b is a value: ask how fast z = wx + b grows with b.",
        lambda r, z, a, case: {"dL_db": r["dL_db"] * case["b"]},
    ),
    _mistake(
        "added",
        "You add the rates. One after another, rates multiply, like gears.",
        lambda r, z, a, case: {
            "dL_dw": r["dL_da"] + r["da_dz"] + r["dz_dw"],
            "dL_db": r["dL_da"] + r["da_dz"] + 1,
        },
    ),
    Mistake(
        "rounded-too-far", "Nearly right, but rounded too far: give three digits.", when=_rounded_too_far
    ),
]

register(
    Exercise(
        "01.chain_by_hand",
        "Five rates of one neuron",
        cases=_cases,
        given=given,
        probe=lambda answer, case: answer[case["part"]],
        reference=rates_reference,
        part=lambda case: case["part"],
        show=lambda case: f'rates["{case["part"]}"]',
        reveal=False,
        rtol=3e-3,  # three digits are enough, also for products of rates that were rounded to three
        mistakes=_MISTAKES,
        hints=[
            "Go one arrow at a time: w → z → a → L. Each arrow has its own rate.",
            "The three local rates: a square, a tanh, a straight line. The table above has each of them.",
            "For ∂L/∂w multiply the three local rates. For ∂L/∂b only the first arrow is another one.",
        ],
    )
)
