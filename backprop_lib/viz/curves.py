"""The curves of notebook 01: functions of one number, their derivatives, and difference quotients.

Only the standard library, so that what is computed here is what the notebook's own cells compute.
"""

import math
from typing import NamedTuple


class Curve(NamedTuple):
    """One function: `f` and its derivative `df`, their formulas, and the part of the plane to show."""

    f: object
    df: object
    formula: str
    derivative: str
    x_view: tuple
    y_view: tuple
    x_range: tuple  # where a tangent point may lie


CURVES = {
    "sin": Curve(math.sin, math.cos, "sin x", "cos x", (-3.5, 3.5), (-2.0, 2.0), (-3.2, 3.2)),
    "exp": Curve(math.exp, math.exp, "eˣ", "eˣ", (-2.5, 2.5), (-1.5, 8.5), (-2.2, 2.0)),
    "square": Curve(lambda x: x * x, lambda x: 2 * x, "x²", "2x", (-2.5, 2.5), (-1.5, 6.0), (-2.3, 2.3)),
    "cube": Curve(
        lambda x: x * x * x, lambda x: 3 * x * x, "x³", "3x²", (-2.2, 2.2), (-6.0, 6.0), (-1.7, 1.7)
    ),
    "tanh": Curve(
        math.tanh, lambda x: 1 - math.tanh(x) ** 2, "tanh x", "1 − tanh² x", (-3, 3), (-1.7, 1.7), (-2.7, 2.7)
    ),
    "sqrt": Curve(
        math.sqrt, lambda x: 0.5 / math.sqrt(x), "√x", "1 ⁄ (2√x)", (-0.4, 4.4), (-0.6, 2.6), (0.05, 4.0)
    ),
    "reciprocal": Curve(
        lambda x: 1 / x, lambda x: -1 / (x * x), "1 ⁄ x", "−1 ⁄ x²", (-0.4, 4.2), (-1.0, 5.0), (0.2, 4.0)
    ),
}


def value(f, x):
    """f(x), or NaN where f is not defined (√ of a negative number, 1 ⁄ 0)."""
    try:
        return f(x)
    except (ValueError, ZeroDivisionError):
        return math.nan


def forward_difference(f, x, h):
    """(f(x + h) − f(x)) ⁄ h: the slope of the chord from x to x + h. Error ≈ |f″(x)| h ⁄ 2."""
    return (value(f, x + h) - value(f, x)) / h


def central_difference(f, x, h):
    """(f(x + h) − f(x − h)) ⁄ 2h: the slope of the chord around x. Error ≈ |f‴(x)| h² ⁄ 6."""
    return (value(f, x + h) - value(f, x - h)) / (2 * h)


def steps(first=-16, last=0, per_decade=10):
    """Step sizes h = 10^first … 10^last, evenly spaced on a logarithmic axis."""
    return [10.0 ** (k / per_decade) for k in range(first * per_decade, last * per_decade + 1)]
