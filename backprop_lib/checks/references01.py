"""What the exercises of notebook 01 are judged by.

Each reference takes another road than the answer it judges: exact fractions and addition theorems for
difference quotients, the complex step (Squire and Trapp, 1998) for derivatives, and measured errors
for the best step.
"""

import cmath
import math
from fractions import Fraction
from functools import cache
from struct import pack, unpack

# 01.central_difference


def function(case):
    """The function of a case: sin, exp, or the cubic c₀ + c₁x + c₂x² + c₃x³."""
    c = case["c"]
    if case["f"] == "cubic":
        return lambda x: ((c[3] * x + c[2]) * x + c[1]) * x + c[0]
    return getattr(math, case["f"])


def difference_reference(case):
    """(f(x + h) − f(x − h)) / 2h without a subtraction of near numbers."""
    x, h = case["x"], case["h"]
    if case["f"] == "sin":  # sin(x + h) − sin(x − h) = 2 cos x sin h
        return math.cos(x) * math.sin(h) / h
    if case["f"] == "exp":  # eˣ⁺ʰ − eˣ⁻ʰ = 2 eˣ sinh h
        return math.exp(x) * math.sinh(h) / h
    _, c1, c2, c3 = map(Fraction, case["c"])
    x, h = Fraction(x), Fraction(h)
    return float(c1 + 2 * c2 * x + 3 * c3 * x * x + c3 * h * h)


# 01.chain_by_hand


def imaginary(f, x):
    """f′(x) by the complex step: no subtraction, so no cancellation."""
    return f(complex(x, 1e-30)).imag / 1e-30


def rates_reference(case):
    """One rate of L = (tanh(wx + b) − t)²."""
    x, w, b, t = (case[name] for name in "xwbt")
    z = w * x + b
    return {
        "dL_da": lambda: imaginary(lambda a: (a - t) ** 2, math.tanh(z)),
        "da_dz": lambda: imaginary(cmath.tanh, z),
        "dz_dw": lambda: imaginary(lambda w: w * x + b, w),
        "dL_dw": lambda: imaginary(lambda w: (cmath.tanh(w * x + b) - t) ** 2, w),
        "dL_db": lambda: imaginary(lambda b: (cmath.tanh(w * x + b) - t) ** 2, b),
    }[case["part"]]()


# 01.best_h: the best step is measured, not assumed

CHORDS = {"forward": (False, False), "central": (True, False), "central32": (True, True)}


def _single(x):
    """x rounded to float32."""
    return unpack("f", pack("f", x))[0]


def _error(x, h, central, single):
    """The error of a difference quotient of exp at x, every operation rounded to the precision."""
    rounded = _single if single else float
    x, h = rounded(x), rounded(h)
    left = x - h if central else x
    rise = rounded(rounded(math.exp(rounded(x + h))) - rounded(math.exp(rounded(left))))
    return abs(rounded(rise / (2 * h if central else h)) - math.exp(x))


@cache
def measured_best(part):
    """The step with the smallest mean error over many points near 1."""
    points = [0.9 + 0.2 * k / 61 for k in range(61)]
    hs = [10.0 ** (-k / 8) for k in range(121)]
    return min(hs, key=lambda h: sum(_error(x, h, *CHORDS[part]) for x in points))


# 01.two_paths

INNER = {  # u(x) for real and complex x, du/dx
    "square": (lambda x: x * x, lambda x: 2 * x),
    "cube": (lambda x: x**3, lambda x: 3 * x * x),
    "sin": (cmath.sin, math.cos),
    "exp": (cmath.exp, math.exp),
}
OUTER = {  # L(u, v), ∂L/∂u, ∂L/∂v
    "u·v": (lambda u, v: u * v, lambda u, v: v, lambda u, v: u),
    "u·v²": (lambda u, v: u * v * v, lambda u, v: v * v, lambda u, v: 2 * u * v),
    "u² + 3v": (lambda u, v: u * u + 3 * v, lambda u, v: 2 * u, lambda u, v: 3.0),
}


def paths_reference(case):
    """dL/dx of L(u(x), v(x)), from one imaginary nudge of x: both paths carry it."""
    u, v, L = INNER[case["u"]][0], INNER[case["v"]][0], OUTER[case["L"]][0]
    return imaginary(lambda x: L(u(x), v(x)), case["x"])
