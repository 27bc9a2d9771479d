"""06.likelihood and 06.stable_bce: a loss and its derivative, entry by entry."""

from .arrays06 import LOSS, SLOPE, as_pair, generator, not_a_pair
from .comparing import compare
from .exercise import Exercise, Mistake, Wrong, register
from .messages import general_message

_PAIR = Mistake("not-a-pair", "Two things are asked for: `return loss, slope`.", when=not_a_pair)

# Counts


def _counts_cases(rng):
    import numpy as np

    draw = generator(rng)
    return [
        {"z": np.array([0.5, 1.5]), "t": np.array([2.0, 0.0])},
        {"z": draw.uniform(0.2, 2.5, 3), "t": draw.randint(1, 9, 3).astype(float)},
        {"z": draw.uniform(-2, 3, 4), "t": draw.randint(0, 9, 4).astype(float)},
        {"z": draw.uniform(-2, 3, (2, 3)), "t": draw.randint(0, 13, (2, 3)).astype(float)},
    ]


def _counts_probe(poisson_loss, case):
    import numpy as np

    with np.errstate(all="ignore"):
        return as_pair(poisson_loss(case["z"], case["t"]), case["z"])


def _minus_log_probability(z, t):
    """From the probability itself: e^−λ times λ/1, λ/2, …, λ/t. z may be complex."""
    import cmath

    rate = cmath.exp(z)
    probability = cmath.exp(-rate)
    for k in range(1, int(t) + 1):
        probability *= rate / k
    return -cmath.log(probability)


def _counts_reference(case):
    """The value without log t!, the derivative by a complex step: nothing is derived."""
    import math

    import numpy as np

    loss, slope = np.empty_like(case["z"]), np.empty_like(case["z"])
    for entry in np.ndindex(loss.shape):
        z, t = float(case["z"][entry]), case["t"][entry]
        loss[entry] = _minus_log_probability(z, t).real - math.lgamma(t + 1)
        slope[entry] = _minus_log_probability(z + 1e-30j, t).imag / 1e-30
    return {LOSS: loss, SLOPE: slope}


def _counts(formula):
    def result(case):
        import numpy as np

        z, t = case["z"], case["t"]
        with np.errstate(all="ignore"):
            loss, slope = formula(np, z, t, np.exp(z))
        return {LOSS: loss, SLOPE: slope}

    return result


def _log_factorial(t):
    import math

    import numpy as np

    return np.array([math.lgamma(k + 1) for k in t.ravel()]).reshape(t.shape)


register(Exercise(
    "06.likelihood",
    "A loss from a likelihood: counts",
    cases=_counts_cases,
    probe=_counts_probe,
    reference=_counts_reference,
    mistakes=[
        Mistake("log-likelihood", "These are log P and its derivative. A loss is to become small: −log P.",
                _counts(lambda np, z, t, rate: (t * z - rate, t - rate))),
        Mistake("sign", "The loss is right, its derivative has the wrong sign.",
                _counts(lambda np, z, t, rate: (rate - t * z, t - rate))),
        Mistake("z-for-rate", "You take z for the mean λ. It is the logarithm of the mean.",
                _counts(lambda np, z, t, rate: (z - t * np.log(z), 1 - t / z))),
        Mistake("slope-of-rate",
                "The loss is right, but this is its derivative by λ. By z there is one more factor, ∂λ/∂z.",
                _counts(lambda np, z, t, rate: (rate - t * z, 1 - t / rate))),
        Mistake("factorial", "log t! is still in your loss: it does not depend on z.",
                _counts(lambda np, z, t, rate: (rate - t * z + _log_factorial(t), rate - t))),
        Mistake("slope-without-t", "In the derivative the term with t is missing.",
                _counts(lambda np, z, t, rate: (rate - t * z, rate))),
        Mistake("only-the-power", "You have the part with λᵗ alone; e^−λ depends on z as well.",
                _counts(lambda np, z, t, rate: (-t * z, -t))),
        Mistake("slope-of-z", "In the derivative, λ = eᶻ was taken for z: the derivative of eᶻ is eᶻ.",
                _counts(lambda np, z, t, rate: (rate - t * z, 1 - t))),
        Mistake("mean", "You return one number. The loss of each entry is asked, in the shape of z.",
                _counts(lambda np, z, t, rate: (np.asarray((rate - t * z).mean()), rate - t))),
        Mistake("divided", "You divide the derivative by the number of entries: nothing is averaged here.",
                _counts(lambda np, z, t, rate: (rate - t * z, (rate - t) / z.size))),
        _PAIR,
    ],
    hints=[
        "The logarithm of a product is a sum: log λᵗ + log e^−λ − log t!. Which of the three has no z in it?",
        "log λ is z. So log λᵗ is t times … ?",
        "For the derivative, use that eᶻ is its own. Then look at p − t and p − y once more.",
    ],
))  # fmt: skip


# Binary cross-entropy


def _bce_cases(rng):
    import numpy as np

    draw = generator(rng)
    return [
        {"z": np.array([0.0, 1.5]), "t": np.array([1.0, 0.0])},
        {"z": 2 * draw.randn(4), "t": draw.randint(0, 2, 4).astype(float)},
        {"z": 2 * draw.randn(2, 3), "t": draw.rand(2, 3)},
        {"z": np.array([40.0, -40.0]), "t": np.array([1.0, 0.0])},  # log(1 + e^-40) is not 0
        {"z": np.array([1e4, -1e4, 1e4, -1e4, 800.0]), "t": np.array([1.0, 0.0, 0.0, 1.0, 0.3])},
    ]


def _bce_probe(stable_bce, case):
    import warnings

    import numpy as np

    with np.errstate(over="raise", invalid="raise", divide="raise"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return as_pair(stable_bce(case["z"], case["t"]), case["z"])


def _bce_reference(case):
    """In 50 digits of Python's decimal."""
    from decimal import Decimal, localcontext

    import numpy as np

    loss, slope = np.empty_like(case["z"]), np.empty_like(case["z"])
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 50, -(10**6), 10**6
        for entry in np.ndindex(loss.shape):
            z, t = Decimal(float(case["z"][entry])), Decimal(float(case["t"][entry]))
            loss[entry] = float(t * (1 + (-z).exp()).ln() + (1 - t) * (1 + z.exp()).ln())
            slope[entry] = float(1 / (1 + (-z).exp()) - t)
    return {LOSS: loss, SLOPE: slope}


def _bce_judge(case, result):
    """Entry by entry: at z = 40 the loss is 4e-18, and a 0 in its place is wrong."""
    expected = _bce_reference(case)
    fault = compare(expected, result)
    if fault is not None:
        general = general_message(fault.kind).rstrip(".")
        message = "" if fault.kind == "wrong" else f"{general}: {fault.text}."
        return Wrong(fault.kind, message, expected, fault.text)
    pairs = zip(result[LOSS].ravel(), expected[LOSS].ravel(), strict=True)
    off = [abs(a - b) > 1e-7 * b for a, b in pairs if 0 < b < 1]
    return Wrong("rounded-away", "", expected) if any(off) else None


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


register(Exercise(
    "06.stable_bce",
    "Binary cross-entropy from a logit",
    cases=_bce_cases,
    probe=_bce_probe,
    judge=_bce_judge,
    mistakes=[
        Mistake("overflow", "exp overflowed: exp(−z) is too large for z = −10,000. Use exp(−|z|).",
                when=_floating_point("overflow")),
        Mistake("log-of-zero",
                "You take the logarithm of a p that was rounded to 0 (or 1 − p). Start from z.",
                when=_floating_point("divide")),
        Mistake("rounded-away",
                "For large z your loss is 0 where it should be tiny: log(1 + small) is log1p(small)."),
        Mistake("slope-of-p",
                "This is ∂L/∂p. The derivative by z is asked: the sigmoid's slope cancels.",
                _bce(lambda z, t, p, L: (L, (p - t) / (p * (1 - p))))),
        Mistake("slope-twice", "The slope of the sigmoid is in your derivative once more; it has cancelled.",
                _bce(lambda z, t, p, L: (L, (p - t) * p * (1 - p)))),
        Mistake("sign", "Your derivative has the wrong sign: for t = 0 the loss grows with z.",
                _bce(lambda z, t, p, L: (L, t - p))),
        Mistake("mean", "You return one number. The loss of each logit is asked, in the shape of z.",
                _bce(lambda z, t, p, L: (L.mean(keepdims=True).reshape(()), p - t))),
        Mistake("divided", "You divide the derivative by the number of logits: nothing is averaged here.",
                _bce(lambda z, t, p, L: (L, (p - t) / z.size))),
        Mistake("only-positive", "The term for t = 0 is missing.", _bce(_only_yes)),
        _PAIR,
    ],
    hints=[
        "Write the loss with z alone: −log p = log(1 + e⁻ᶻ), and −log(1 − p) = log(1 + eᶻ).",
        "log(1 + eᶻ) = max(z, 0) + log(1 + e^(−|z|)), and np.log1p is exact for small numbers.",
        "The derivative is p − t; p = 1/(1 + e⁻ᶻ) for z ≥ 0, and eᶻ/(1 + eᶻ) below.",
    ],
))  # fmt: skip
