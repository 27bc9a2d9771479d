"""The exercises of notebook 09: a gain; batch norm in steps09 and closed09, blocks in residual09."""

import math

from . import closed09, residual09, steps09  # noqa: F401  (they register 09.batchnorm_… and 09.residual_grad)
from .exercise import Exercise, Mistake, register

TOLERANCE = 0.01  # a million random z give E[φ²] to about 0.2 %
_RANGES = (
    (0, 1), (-1, 1), (-math.sqrt(3), math.sqrt(3)), (-2, 2), (-3, 3), (-4, 4), (-5, 5), (-6, 6), (-8, 8),
    (-10, 10),
)  # ±√3 has variance 1  # fmt: skip


def activation(case):
    """The function that a case describes, for numbers, lists and arrays."""
    import numpy as np

    a, kind = case["a"], case["phi"]

    def phi(z):
        z = np.asarray(z, float)
        if kind == "relu":
            return a * np.maximum(z, 0)
        if kind == "leaky relu":
            return np.where(z > 0, z, a * z)
        if kind == "tanh":
            return np.tanh(a * z)
        if kind == "softplus":
            return np.logaddexp(0, a * z)
        if kind == "bent":
            return np.abs(z) - a
        return np.cos(a * z)

    return phi


def _gain_cases(rng):
    cases = [{"phi": "relu", "a": 1.0}]
    for kind, low, high in (("tanh", 0.5, 2), ("leaky relu", 0.1, 0.4), ("softplus", 0.7, 1.5),
                            ("bent", 0.3, 0.6), ("cos", 0.6, 1.2), ("relu", 1.5, 3)):  # fmt: skip
        cases.append({"phi": kind, "a": rng.uniform(low, high)})
    return cases


def _gain_probe(gain, case):
    answer = gain(activation(case))
    return answer.item() if hasattr(answer, "item") and getattr(answer, "size", 0) == 1 else answer


def expected(function):
    """E[function(z)] for a standard normal z: the trapezoidal rule, which leaves out only |z| > 12."""
    import numpy as np

    z = np.linspace(-12, 12, 48_001)
    values = function(z) * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return float(values.sum()) * (z[1] - z[0])


def _square(case):
    phi = activation(case)
    return expected(lambda z: phi(z) ** 2)


def _reference(case):
    return 1 / math.sqrt(_square(case))


def _mean(case):
    return expected(activation(case))


def _variance(case):
    return _square(case) - _mean(case) ** 2


def _is_number(x):
    return type(x) in (int, float)


def _near(got, value, by=TOLERANCE):
    return _is_number(got) and bool(abs(got - value) <= by * abs(value))


def _without_square(case, got):
    """1 / √E[φ], perhaps of |φ|; where E[φ] is 0, chance decides what comes out of a mean of random z."""
    phi = activation(case)
    near = _near(got, 1 / math.sqrt(expected(lambda z: abs(phi(z)))))
    mean = _mean(case)
    if mean > 1e-3:
        return near or _near(got, 1 / math.sqrt(mean))
    return near or (_is_number(got) and not abs(got) < 10)


def _mean_squared(case, got):
    """1 / |E[φ]|; where E[φ] is 0, chance decides."""
    mean = _mean(case)
    return _near(got, 1 / mean) if mean > 1e-3 else _is_number(got) and not abs(got) < 10


def _even_z(case, got):
    import numpy as np

    means = (float(np.mean(activation(case)(np.linspace(low, high, 100_001)) ** 2)) for low, high in _RANGES)
    return any(_near(got, 1 / math.sqrt(mean)) for mean in means)


register(Exercise(
    "09.gain",
    "The gain of an activation",
    cases=_gain_cases,
    probe=_gain_probe,
    reference=_reference,
    rtol=TOLERANCE,
    show=lambda case: f"φ = {_words(case)}",
    mistakes=[
        Mistake("upside-down", "√E[φ²] is what comes out of φ; the gain has to make up for it.",
                lambda case: math.sqrt(_square(case))),
        Mistake("no-root",
                "That is 1 / E[φ²], the factor on the variance. The gain is a factor on the std.",
                when=lambda case, got: _near(got, 1 / _square(case), 2 * TOLERANCE)),
        Mistake("variance",
                "You take the variance of φ(z), which leaves out its mean; the sum over inputs contains it.",
                lambda case: 1 / math.sqrt(_variance(case))),
        Mistake("no-square", "You take the mean of φ(z). What counts for the size is the mean of φ(z)².",
                when=_without_square),
        Mistake("mean-squared", "You square the mean of φ(z). Wanted is the mean of the squares.",
                when=_mean_squared),
        Mistake("weights-not-one",
                "Your weights e^(−z²/2) add up to √(2π), those of a mean to 1: divide by their sum.",
                when=lambda case, got: _near(got, (2 * math.pi) ** -0.25 * _reference(case))),
        Mistake("square-inside", "You square z before φ: wanted is the mean of φ(z)², not of φ(z²).",
                lambda case: 1 / math.sqrt(expected(lambda z: activation(case)(z * z)))),
        Mistake("even-z", "Your z are spread evenly. A normal z is near 0 more often than far from it.",
                when=_even_z),
        Mistake("too-rough", "Close, but off by more than 1 %: average over more z, or over finer ones.",
                when=lambda case, got: _near(got, _reference(case), 0.1)),
    ],
    hints=[
        "E[φ(z)²] is a mean: what you get, nearly, when you draw very many z and average.",
        "np.random.default_rng(0).normal(size=…) draws standard normal numbers. How many for 1 %?",
        "Three steps: φ of all z, the mean of the squares, then one over the root.",
    ],
    seconds=10.0,
))  # fmt: skip


def _words(case):
    a = f"{case['a']:.3g}"
    words = {"relu": f"{a}·relu(z)", "leaky relu": f"leaky relu with slope {a}", "tanh": f"tanh({a} z)",
             "softplus": f"log(1 + exp({a} z))", "bent": f"|z| − {a}", "cos": f"cos({a} z)"}  # fmt: skip
    return words[case["phi"]]
