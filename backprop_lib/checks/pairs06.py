"""06.likelihood: the loss of counts and its derivative, entry by entry."""

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
from .exercise import Exercise, Mistake, register


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


_DIVIDED = (("size", 1), ("size", 0), ("size", 2), ("len", 1), ("len", 0), ("len", 2))


def _divided(by, which):
    """The loss (0), its derivative (1) or both (2), divided by the number of entries, or of rows."""

    def formula(np, z, t, rate):
        n = z.size if by == "size" else len(z)
        return (rate - t * z) / (n if which != 1 else 1), (rate - t) / (n if which != 0 else 1)

    return formula


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
        Mistake("power-of-rate", "log λᵗ is t log λ, and log λ is z: you have t eᶻ there.",
                when=one_of(_counts(lambda np, z, t, rate: (rate - t * rate, rate - t * rate)),
                            _counts(lambda np, z, t, rate: (rate - t * rate, rate - t)))),
        Mistake("slope-times-rate",
                "The loss is right. Its derivative has one factor eᶻ too many; ∂λ/∂z counts once.",
                _counts(lambda np, z, t, rate: (rate - t * z, (rate - t) * rate))),
        Mistake("loss-twice", "The loss is right, and it stands in place of its derivative, too.",
                _counts(lambda np, z, t, rate: (rate - t * z, rate - t * z))),
        ONE_NUMBER,
        Mistake("divided", "You divide by the number of entries: nothing is averaged here.",
                when=one_of(*(_counts(_divided(*which)) for which in _DIVIDED))),
        swapped_mistake(_counts_reference),
        Mistake("target-sign", "The sign of the term with t: −log λᵗ is −t log λ.",
                _counts(lambda np, z, t, rate: (rate + t * z, rate + t))),
        single_pair_mistake(_counts_reference),
        NOT_A_PAIR,
    ],
    hints=[
        "The logarithm of a product is a sum: log λᵗ + log e^−λ − log t!. Which of the three has no z in it?",
        "log λ is z. So log λᵗ is t times … ?",
        "For the derivative, use that eᶻ is its own. Then look at p − t and p − y once more.",
    ],
))  # fmt: skip
