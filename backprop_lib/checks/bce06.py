"""06.stable_bce: binary cross-entropy and its derivative from logits of any size, entry by entry."""

from .arrays06 import (
    LOSS,
    NOT_A_PAIR,
    ONE_NUMBER,
    SLOPE,
    as_pair,
    generator,
    one_of,
    single_pair_mistake,
    swapped_mistake,
)
from .comparing import compare
from .exercise import Exercise, Mistake, Wrong, register
from .messages import general_message


def _bce_cases(rng):
    import numpy as np

    draw = generator(rng)
    return [
        {"z": np.array([0.0, 1.5]), "t": np.array([1.0, 0.0])},
        {"z": 2 * draw.randn(4), "t": draw.randint(0, 2, 4).astype(float)},
        {"z": 2 * draw.randn(2, 3), "t": draw.rand(2, 3)},
        {"z": np.array([40.0, -40, 100, -100, 600, -600]), "t": np.array([1.0, 0, 1, 0, 1, 0])},  # not 0
        {"z": np.array([1e4, -1e4, 1e4, -1e4, 800.0]), "t": np.array([1.0, 0.0, 0.0, 1.0, 0.3])},
    ]


def _bce_probe(stable_bce, case):
    import warnings

    import numpy as np

    with np.errstate(over="raise", invalid="raise", divide="raise"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return as_pair(stable_bce(case["z"], case["t"]), case["z"])


def _log1p(small):
    """log(1 + small) of a Decimal: by the series where the sum would lose it."""
    if small > 1e-12:
        return (1 + small).ln()
    return sum(-((-small) ** k) / k for k in range(1, 6))


def _bce_reference(case):
    """In 50 digits of Python's decimal."""
    from decimal import Decimal, localcontext

    import numpy as np

    loss, slope = np.empty_like(case["z"]), np.empty_like(case["z"])
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 50, -(10**6), 10**6
        for entry in np.ndindex(loss.shape):
            z, t = Decimal(float(case["z"][entry])), Decimal(float(case["t"][entry]))
            loss[entry] = float(t * _log1p((-z).exp()) + (1 - t) * _log1p(z.exp()))
            slope[entry] = float(1 / (1 + (-z).exp()) - t)
    return {LOSS: loss, SLOPE: slope}


def _bce_judge(case, result):
    """Entry by entry: at z = ±40 the loss is 4e-18, and a 0 in its place is wrong, as 1e-12 is in the slope.

    It can be lost in two ways: 1 + 4e-18 is 1, on both sides; or (4e-18 + 40) − 40 is 0, at z = 40 alone.
    """
    expected = _bce_reference(case)
    fault = compare(expected, result)
    if fault is not None:
        general = general_message(fault.kind).rstrip(".")
        message = "" if fault.kind == "wrong" else f"{general}: {fault.text}."
        return Wrong(fault.kind, message, expected, fault.text)
    trios = zip(*(array.ravel() for array in (result[LOSS], expected[LOSS], case["z"])), strict=True)
    off = {bool(z > 0) for a, b, z in trios if 0 < b < 1 and abs(a - b) > 1e-7 * b}
    if off:
        return Wrong("cancelled" if off == {True} else "rounded-away", "", expected)
    pairs = zip(*(array[abs(case["z"]) > 30] for array in (result[SLOPE], expected[SLOPE])), strict=True)
    return Wrong("slope-clipped", "", expected) if any(abs(a - b) > 1e-14 for a, b in pairs) else None


def _bce(formula):
    def result(case):
        import numpy as np

        z, t = case["z"], case["t"]
        if np.abs(z).max() > 30:
            return None
        p = 1 / (1 + np.exp(-z))
        loss, slope = formula(z, t, p, -t * np.log(p) - (1 - t) * np.log(1 - p))
        return {LOSS: loss, SLOPE: slope}

    return result


def _floating_point(word):
    def when(case, got):
        return getattr(got, "type", "") == "FloatingPointError" and word in got.message

    return when


def _only_yes(z, t, p, L):
    import numpy as np

    return -t * np.log(p), p - t


def _larger(p):
    """σ(|z|), where p is σ(z)."""
    import numpy as np

    return np.maximum(p, 1 - p)


def _log(x):
    import numpy as np

    return np.log(x)


def _hard(yes):
    """Targets taken for 0 or 1."""

    def formula(z, t, p, L):
        import numpy as np

        return np.where(yes(t), -np.log(p), -np.log(1 - p)), p - t

    return formula


def _not_finite(case, got):
    return bool(not (abs(got[LOSS]) < float("inf")).all())


def _clipped(case, got):
    """Is a loss of 10,000 there no more than 1,000?"""
    return bool(abs(case["z"]).max() > 1000 and abs(got[LOSS]).max() < 1000)


register(Exercise(
    "06.stable_bce",
    "Binary cross-entropy from a logit",
    cases=_bce_cases,
    probe=_bce_probe,
    judge=_bce_judge,
    mistakes=[
        Mistake("overflow",
                "exp of a large number overflowed, exp(10,000) or so. (np.where evaluates both of its "
                "branches, for all z.) exp(−|z|) never does.",
                when=_floating_point("overflow")),
        Mistake("log-of-zero",
                "You take the logarithm of a p that was rounded to 0 (or 1 − p). Start from z.",
                when=_floating_point("divide")),
        Mistake("not-finite-for-large",
                "For large z your loss is infinite or NaN, as log 0 is. To hide the warning does not help.",
                when=_not_finite),
        Mistake("clipped",
                "For large z your loss grows no more: something is clipped, or a small number added. "
                "Nothing of this is needed if you start from z.",
                when=_clipped),
        Mistake("cancelled",
                "At z = 40, t = 1 your loss is 0 where it should be tiny: (40 + tiny) − 40. Subtract z·t "
                "from max(z, 0) first, then add what is tiny."),
        Mistake("slope-clipped",
                "Where p is nearly 0 or 1 your derivative stops short: p is clipped, or a small number is "
                "added. Computed from z, p needs neither."),
        Mistake("rounded-away",
                "For large |z| your loss is 0 where it should be tiny. 1 + small is 1 there, but "
                "np.log1p(small) is log(1 + small) without that sum, for every z."),
        Mistake("slope-of-p",
                "This is ∂L/∂p. The derivative by z is asked: the sigmoid's slope cancels.",
                _bce(lambda z, t, p, L: (L, (p - t) / (p * (1 - p))))),
        Mistake("slope-twice", "The slope of the sigmoid is in your derivative once more; it has cancelled.",
                _bce(lambda z, t, p, L: (L, (p - t) * p * (1 - p)))),
        Mistake("sign", "Your derivative has the wrong sign: for t = 0 the loss grows with z.",
                _bce(lambda z, t, p, L: (L, t - p))),
        ONE_NUMBER,
        Mistake("divided", "You divide the derivative by the number of logits: nothing is averaged here.",
                _bce(lambda z, t, p, L: (L, (p - t) / z.size))),
        Mistake("only-positive", "The term for t = 0 is missing.", _bce(_only_yes)),
        Mistake("sigmoid-of-size", "Your p is σ(|z|), never below ½. For z < 0 it is small / (1 + small).",
                _bce(lambda z, t, p, L: (L, _larger(p) - t))),
        Mistake("slope-without-t", "This is p alone: the derivative has t in it.",
                _bce(lambda z, t, p, L: (L, p))),
        Mistake("slope-of-sigmoid", "This is the slope of the sigmoid, not that of the loss.",
                _bce(lambda z, t, p, L: (L, p * (1 - p)))),
        Mistake("size-for-max",
                "Your loss is right for z ≥ 0 only. Below 0, |z| is not max(z, 0), and e⁻ᶻ is not e^(−|z|): "
                "which of the two do you have?",
                _bce(lambda z, t, p, L: (L + (abs(z) - z) / 2, p - t))),
        Mistake("target-left-out", "In your loss the term −z·t is missing.",
                _bce(lambda z, t, p, L: (L + z * t, p - t))),
        Mistake("max-left-out", "In your loss max(z, 0) is missing.",
                _bce(lambda z, t, p, L: (L - (abs(z) + z) / 2, p - t))),
        Mistake("size-in-exp", "You take e^(+|z|), which is never below 1. The sign in the exponent is −.",
                when=one_of(_bce(lambda z, t, p, L: (L + abs(z), p - t)),
                            _bce(lambda z, t, p, L: (L + abs(z), 1 - p - t)))),
        Mistake("rounded-target", "In your derivative t is rounded. A target may lie between 0 and 1.",
                _bce(lambda z, t, p, L: (L, p - (t > 0.5)))),
        Mistake("target-sign", "In your loss the sign of z·t is turned round.",
                _bce(lambda z, t, p, L: (L + 2 * z * t, p - t))),
        Mistake("log-forgotten", "In your loss small stands for log(1 + small).",
                _bce(lambda z, t, p, L: (L + (1 - _larger(p)) / _larger(p) + _log(_larger(p)), p - t))),
        Mistake("hard-targets", "Targets may lie between 0 and 1: then both terms count, with t and 1 − t.",
                when=one_of(_bce(_hard(lambda t: t == 1)), _bce(_hard(lambda t: t > 0.5)))),
        swapped_mistake(_bce_reference),
        single_pair_mistake(_bce_reference),
        NOT_A_PAIR,
    ],
    hints=[
        "Write the loss with z alone: −log p = log(1 + e⁻ᶻ), and −log(1 − p) = log(1 + eᶻ).",
        "log(1 + eᶻ) = max(z, 0) + log(1 + e^(−|z|)), and np.log1p is exact for small numbers. Add the tiny "
        "term last.",
        "The derivative is p − t. With s = e^(−|z|), p = 1/(1 + s) for z ≥ 0 and s/(1 + s) below. np.where "
        "evaluates both of its branches for all z: write neither with e^z or e^−z.",
    ],
))  # fmt: skip
