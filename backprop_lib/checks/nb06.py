"""The exercises of notebook 06: p − y, logsumexp, binary cross-entropy, which loss."""

from . import which06  # noqa: F401  (registers 06.which_loss)
from .exercise import Exercise, Mistake, register


def _generator(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    return np.random.RandomState(rng.randrange(2**32))


# The gradient of softmax and cross-entropy together


def _fused_cases(rng):
    cases = []
    for N, C in ((1, 3), (2, 3), (4, 2), (5, 6)):
        draw = _generator(rng)
        cases.append({"logits": 2 * draw.randn(N, C), "labels": draw.randint(0, C, N)})
    return cases


def _fused_reference(case):
    """Complex steps through the loss, an entry at a time: nothing is derived."""
    import numpy as np

    z, labels = case["logits"], case["labels"]
    gradient = np.empty_like(z)
    for entry in np.ndindex(z.shape):
        moved = z.astype(complex)
        moved[entry] += 1e-30j
        chosen = moved[np.arange(len(labels)), labels]
        loss = (np.log(np.exp(moved).sum(axis=1)) - chosen).mean()
        gradient[entry] = loss.imag / 1e-30
    return gradient


def _softmax(z, axis=1):
    import numpy as np

    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


def _one_hot(case):
    import numpy as np

    return np.eye(case["logits"].shape[1])[case["labels"]]


def _fused(formula):
    return lambda case: formula(case["logits"], _softmax(case["logits"]), _one_hot(case), len(case["labels"]))


register(Exercise(
    "06.fused_gradient",
    "The gradient of softmax with cross-entropy",
    cases=_fused_cases,
    probe=lambda fused_gradient, case: fused_gradient(case["logits"], case["labels"]),
    reference=_fused_reference,
    mistakes=[
        Mistake("sum-not-mean", "This is the gradient of the sum; the loss is the mean over the batch.",
                _fused(lambda z, p, y, N: p - y)),
        Mistake("sign", "The sign is turned round: raising the right logit lowers the loss.",
                _fused(lambda z, p, y, N: (y - p) / N)),
        Mistake("no-target", "These are the probabilities. At the right class 1 has to go.",
                _fused(lambda z, p, y, N: p / N)),
        Mistake("only-right-class",
                "Only the right class gets a gradient; the others are pushed down by p.",
                _fused(lambda z, p, y, N: (p - y) * y / N)),
        Mistake("gradient-of-p", "−1/p is the derivative by the probability. You want the one by the logit.",
                _fused(lambda z, p, y, N: -y / p / N)),
        Mistake("wrong-axis",
                "Your probabilities add up over the batch: softmax is over the classes, axis 1.",
                lambda case: (_softmax(case["logits"], 0) - _one_hot(case)) / len(case["labels"])
                if len(case["labels"]) > 1 else None),
        Mistake("divided-by-classes", "You divide by all entries. The mean is over the examples.",
                _fused(lambda z, p, y, N: (p - y) / z.size)),
        Mistake("squared-error",
                "That has a slope p(1 − p) in it, as squared error has; here it cancels.",
                _fused(lambda z, p, y, N: 2 * (p - y) * p * (1 - p) / N)),
    ],
    hints=[
        "First the probabilities p, a row for each example. What is p − y where y is one-hot?",
        "p[np.arange(N), labels] are the entries of the right classes.",
        "The loss is a mean over N examples, so each row of the gradient is divided by N.",
    ],
))  # fmt: skip


# logsumexp


def _lse_cases(rng):
    import numpy as np

    draw = _generator(rng)
    return [
        {"z": np.array([0.0, 0.0])},
        {"z": np.array([1.0, -2.0, 0.5])},
        {"z": draw.randn(3, 4)},
        {"z": draw.randn(2, 3, 5)},
        {"z": draw.randn(4, 3) + 1000 * draw.choice([-1, 1], (4, 1))},
        {"z": 300 * draw.randn(3, 6)},
        {"z": np.array([[0.3, -np.inf, 1.2], [-np.inf, -np.inf, -5.0]])},
    ]


def _lse_reference(case):
    """By numpy's own logaddexp, two numbers at a time."""
    import numpy as np

    return np.asarray(np.logaddexp.reduce(case["z"], axis=-1))


def _lse_probe(logsumexp, case):
    import numpy as np

    with np.errstate(all="ignore"):
        answer = logsumexp(case["z"])
    return np.asarray(answer) if isinstance(answer, float) else answer


def _lse(formula):
    def result(case):
        import numpy as np

        with np.errstate(all="ignore"):
            return np.asarray(formula(case["z"], case["z"].max(axis=-1, keepdims=True)))

    return result


def _np():
    import numpy as np

    return np


register(Exercise(
    "06.logsumexp",
    "log Σ exp without overflow",
    cases=_lse_cases,
    probe=_lse_probe,
    reference=_lse_reference,
    mistakes=[
        Mistake("overflow", "exp overflows (or all of it becomes 0): subtract the largest logit first.",
                _lse(lambda z, m: _np().log(_np().exp(z).sum(axis=-1)))),
        Mistake("max-not-added", "You subtracted the largest logit; after the logarithm it has to come back.",
                _lse(lambda z, m: _np().log(_np().exp(z - m).sum(axis=-1)))),
        Mistake("max-only", "This is the largest logit. The others count as well.",
                _lse(lambda z, m: m[..., 0])),
        Mistake("max-of-all", "You subtract the largest of all rows; a row far below it becomes log 0.",
                _lse(lambda z, m: z.max() + _np().log(_np().exp(z - z.max()).sum(axis=-1)))),
        Mistake("axis-kept", "The last axis is still there, with length 1. It should be gone.",
                _lse(lambda z, m: m + _np().log(_np().exp(z - m).sum(axis=-1, keepdims=True)))),
        Mistake("first-axis", "You go along the first axis; it is the last one, whatever the number of axes.",
                lambda case: _np().logaddexp.reduce(case["z"], axis=0) if case["z"].ndim > 1 else None),
        Mistake("whole-array", "You add up all entries, so all rows become one number.",
                lambda case: _np().asarray(_np().logaddexp.reduce(case["z"], axis=None))
                if case["z"].ndim > 1 else None),
        Mistake("mean", "You take a mean where a sum belongs.",
                _lse(lambda z, m: m[..., 0] + _np().log(_np().exp(z - m).mean(axis=-1)))),
    ],
    hints=[
        "log(eᵃ + eᵇ) = m + log(eᵃ⁻ᵐ + eᵇ⁻ᵐ) for any m. Which m keeps every exponent at 0 or below?",
        "z.max(axis=-1, keepdims=True) can be subtracted from z; without keepdims it has the result's shape.",
    ],
))  # fmt: skip


# Binary cross-entropy


def _bce_cases(rng):
    import numpy as np

    draw = _generator(rng)
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
        loss, slope = stable_bce(case["z"], case["t"])
    return [loss, slope]


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
    return [loss, slope]


def _bce_judge():
    """Entry by entry: at z = 40 the loss is 4e-18, and a 0 in its place is wrong."""
    from .comparing import compare
    from .exercise import Wrong

    def judge(case, result):
        expected = _bce_reference(case)
        fault = compare(expected, result)
        if fault is not None:
            return Wrong(fault.kind, f"{fault.text.capitalize()}." if fault.kind != "wrong" else "",
                         expected, fault.text)  # fmt: skip
        loss, wanted = result[0].ravel(), expected[0].ravel()
        off = [abs(a - b) > 1e-7 * b for a, b in zip(loss, wanted, strict=True) if 0 < b < 1]
        return Wrong("rounded-away", "", expected) if any(off) else None

    return judge


def _bce(formula):
    def result(case):
        import numpy as np

        z, t = case["z"], case["t"]
        if np.abs(z).max() > 30:
            return None
        p = 1 / (1 + np.exp(-z))
        return list(formula(z, t, p, -t * np.log(p) - (1 - t) * np.log(1 - p)))

    return result


register(Exercise(
    "06.stable_bce",
    "Binary cross-entropy from a logit",
    cases=_bce_cases,
    probe=_bce_probe,
    judge=_bce_judge(),
    mistakes=[
        Mistake("overflow", "exp overflowed: exp(−z) is too large for z = −10,000. Use exp(−|z|).",
                when=lambda case, got: getattr(got, "type", "") == "FloatingPointError"
                and "overflow" in got.message),
        Mistake("log-of-zero",
                "You take the logarithm of a p that was rounded to 0 (or 1 − p). Start from z.",
                when=lambda case, got: getattr(got, "type", "") == "FloatingPointError"
                and "divide" in got.message),
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
                _bce(lambda z, t, p, L: (float(L.mean()), p - t))),
        Mistake("divided", "You divide the derivative by the number of logits: nothing is averaged here.",
                _bce(lambda z, t, p, L: (L, (p - t) / z.size))),
        Mistake("only-positive", "The term for t = 0 is missing.",
                _bce(lambda z, t, p, L: (-t * _np().log(p), p - t))),
    ],
    hints=[
        "Write the loss with z alone: −log p = log(1 + e⁻ᶻ), and −log(1 − p) = log(1 + eᶻ).",
        "log(1 + eᶻ) = max(z, 0) + log(1 + e^(−|z|)), and np.log1p is exact for small numbers.",
        "The derivative is p − t; p = 1/(1 + e⁻ᶻ) for z ≥ 0, and e^z/(1 + e^z) below.",
    ],
))  # fmt: skip
