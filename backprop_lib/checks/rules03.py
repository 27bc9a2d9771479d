"""Three exercises of notebook 03: the rules of *, tanh and **, as functions of plain numbers."""

import cmath
import math

from .exercise import Exercise, Failure, Mistake, register
from .formatting import number


def _derivative(f, x):
    """f'(x) by the complex step (Squire and Trapp 1998): no difference is taken, so nothing cancels."""
    return f(complex(x, 1e-30)).imag / 1e-30


def _signed(rng):
    return round(rng.uniform(0.3, 2.5) * rng.choice((-1, 1)), 3)


def _register(name, title, function, **options):
    """An exercise that asks for a value and a tuple of local derivatives."""
    register(Exercise(
        name,
        title,
        probe=lambda answer, case: answer(*case.values()),
        show=lambda case: f"{function}({', '.join(number(x) for x in case.values())})",
        **options,
    ))


_NO_TUPLE = (
    "The local derivative stands there alone. Return a tuple, with one entry for each input: "
    "`(d,)` has a comma."
)

_register(
    "03.mul",
    "A product and its local derivatives",
    "mul",
    cases=lambda rng: [{"a": 2.0, "b": -3.0}, {"a": 1.5, "b": 1.5}]
    + [{"a": _signed(rng), "b": _signed(rng)} for _ in range(6)],
    reference=lambda c: [
        c["a"] * c["b"],
        [_derivative(lambda a: a * c["b"], c["a"]), _derivative(lambda b: c["a"] * b, c["b"])],
    ],
    mistakes=[
        Mistake("swapped",
                "The two local derivatives are swapped. When only a moves, how much does a·b move?",
                lambda c: [c["a"] * c["b"], [c["a"], c["b"]]]),
        Mistake("flat",
                "You return three numbers. Return two things: the value, and a tuple with both derivatives.",
                lambda c: [c["a"] * c["b"], c["b"], c["a"]]),
        Mistake("value-only",
                "That is the value alone. The backward pass also needs the two local derivatives.",
                lambda c: c["a"] * c["b"]),
        Mistake("derivatives-only",
                "Those are the local derivatives alone. The value comes first.",
                lambda c: [c["b"], c["a"]]),
        Mistake("rule-of-plus",
                "Local derivatives of 1 belong to a + b. A product changes with the other factor.",
                lambda c: [c["a"] * c["b"], [1.0, 1.0]]),
    ],
    hints=[
        "Hold b still and move a by a little. By how much does a·b move, for each unit of a?",
        "Return two things: the value, then a tuple in the order of the inputs: (∂(ab)/∂a, ∂(ab)/∂b).",
    ],
)

_register(
    "03.tanh",
    "tanh and its local derivative",
    "tanh",
    cases=lambda rng: [{"a": 0.5}, {"a": -1.2}] + [{"a": _signed(rng)} for _ in range(5)] + [{"a": 1000.0}],
    reference=lambda c: [math.tanh(c["a"]), [_derivative(cmath.tanh, c["a"])]],
    mistakes=[
        Mistake("not-a-tuple", _NO_TUPLE, lambda c: [math.tanh(c["a"]), 1 - math.tanh(c["a"]) ** 2]),
        Mistake("no-square",
                "This is 1 − y. The slope of tanh is 1 at y = 0 and falls to 0 on both sides.",
                lambda c: [math.tanh(c["a"]), [1 - math.tanh(c["a"])]]),
        Mistake("input-for-output",
                "You square the input. The formula is written with the output y = tanh a.",
                lambda c: [math.tanh(c["a"]), [1 - c["a"] ** 2]]),
        Mistake("sigmoid-rule",
                "y(1 − y) is the derivative of the sigmoid. tanh runs from −1 to 1.",
                lambda c: [math.tanh(c["a"]), [math.tanh(c["a"]) * (1 - math.tanh(c["a"]))]]),
        Mistake("overflow",
                "cosh or exp overflows for large inputs; math.tanh does not. Write the derivative with y.",
                when=lambda c, got: isinstance(got, Failure) and got.type == "OverflowError"),
    ],
    hints=[
        "Call the value y. The derivative of tanh is shortest when it is written with y.",
        "At y = 0 the slope is 1, near y = ±1 it is 0, and it depends on y². One input: one entry.",
    ],
)


def _pow_cases(rng):
    cases = [(2.0, 3), (-1.5, 2), (4.0, 0.5), (2.0, -1), (3.0, 0)]
    cases += [(_signed(rng), rng.choice((-2, 3, 4, 5))) for _ in range(5)]
    cases += [(abs(_signed(rng)), round(rng.uniform(-2, 2), 2)), (0.0, 0), (0.0, 1), (0.0, 2)]
    return [{"a": a, "n": n} for a, n in cases]


def _slope(c):
    return c["n"] * c["a"] ** (c["n"] - 1) if c["n"] else 0.0


def _two_derivatives(c, got):
    return type(got) is list and len(got) == 2 and type(got[1]) is list and len(got[1]) == 2


_DIVIDES = Failure("ZeroDivisionError")

_register(
    "03.pow",
    "A power with a constant exponent",
    "power",
    cases=_pow_cases,
    reference=lambda c: [c["a"] ** c["n"], [_derivative(lambda a: a ** c["n"], c["a"])]],
    mistakes=[
        Mistake("exponent-kept",
                "The exponent has not gone down: the derivative of a³ is of degree 2.",
                lambda c: [c["a"] ** c["n"], [c["n"] * c["a"] ** c["n"]]]),
        Mistake("no-factor",
                "The exponent has gone down, and it must also come to the front as a factor.",
                lambda c: [c["a"] ** c["n"], [c["a"] ** (c["n"] - 1)]] if c["a"] or c["n"] else _DIVIDES),
        Mistake("precedence",
                "Python reads a ** n - 1 as (a ** n) - 1. The new exponent needs parentheses.",
                lambda c: [c["a"] ** c["n"], [c["n"] * (c["a"] ** c["n"] - 1)]]),
        Mistake("not-a-tuple", _NO_TUPLE, lambda c: [c["a"] ** c["n"], _slope(c)]),
        Mistake("exponent-too",
                "You return two local derivatives, and n is a constant: only a has an edge.",
                when=_two_derivatives),
        Mistake("zero-exponent",
                "a⁰ is 1 everywhere, with slope 0. Your formula divides by zero at a = 0, n = 0.",
                lambda c: _DIVIDES if c["a"] == c["n"] == 0 else None),
        Mistake("zero-input",
                "At a = 0 the slope is not 0 for every n: a¹ is a straight line.",
                lambda c: None if c["a"] else [c["a"] ** c["n"], [0.0]]),
    ],
    hints=[
        "a³ = a·a·a. The product rule gives three equal terms: what are they?",
        "The exponent comes to the front, and then is lowered by one. Then try n = 0 with a = 0.",
    ],
)
