"""The exercises of notebook 06: p − y and logsumexp. (Two more in pairs06.py, one in which06.py.)"""

from . import pairs06, which06  # noqa: F401  (they register 06.likelihood, 06.stable_bce, 06.which_loss)
from .arrays06 import as_array, generator
from .exercise import Exercise, Mistake, register

# The gradient of softmax and cross-entropy together


def _fused_cases(rng):
    cases = []
    for N, C in ((1, 3), (2, 3), (4, 2), (5, 6)):
        draw = generator(rng)
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
    probe=lambda fused_gradient, case: as_array(fused_gradient(case["logits"], case["labels"])),
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
        Mistake("whole-columns",
                "You subtract 1 in all rows: `[:, labels]` takes whole columns. Which entry is row n's?",
                _fused(lambda z, p, y, N: (p - y.max(axis=0)) / N)),
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

    draw = generator(rng)
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
        return as_array(logsumexp(case["z"]))


def _lse(formula, several_axes=False):
    def result(case):
        import numpy as np

        if several_axes and case["z"].ndim == 1:
            return None

        with np.errstate(all="ignore"):
            return np.asarray(formula(np, case["z"], case["z"].max(axis=-1, keepdims=True)))

    return result


register(Exercise(
    "06.logsumexp",
    "log Σ exp without overflow",
    cases=_lse_cases,
    probe=_lse_probe,
    reference=_lse_reference,
    mistakes=[
        Mistake("overflow", "exp overflows (or all of it becomes 0): subtract the largest logit first.",
                _lse(lambda np, z, m: np.log(np.exp(z).sum(axis=-1)))),
        Mistake("max-not-added", "You subtracted the largest logit; after the logarithm it has to come back.",
                _lse(lambda np, z, m: np.log(np.exp(z - m).sum(axis=-1)))),
        Mistake("max-only", "This is the largest logit. The others count as well.",
                _lse(lambda np, z, m: m[..., 0])),
        Mistake("max-of-all", "You subtract the largest of all rows; a row far below it becomes log 0.",
                _lse(lambda np, z, m: z.max() + np.log(np.exp(z - z.max()).sum(axis=-1)))),
        Mistake("axis-kept", "The last axis is still there, with length 1. It should be gone.",
                _lse(lambda np, z, m: m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True)))),
        Mistake("first-axis", "You go along the first axis; it is the last one, whatever the number of axes.",
                _lse(lambda np, z, m: np.logaddexp.reduce(z, axis=0), several_axes=True)),
        Mistake("whole-array", "You add up all entries, so all rows become one number.",
                _lse(lambda np, z, m: np.logaddexp.reduce(z, axis=None), several_axes=True)),
        Mistake("mean", "You take a mean where a sum belongs.",
                _lse(lambda np, z, m: m[..., 0] + np.log(np.exp(z - m).mean(axis=-1)))),
    ],
    hints=[
        "log(eᵃ + eᵇ) = m + log(eᵃ⁻ᵐ + eᵇ⁻ᵐ) for any m. Which m keeps every exponent at 0 or below?",
        "z.max(axis=-1, keepdims=True) can be subtracted from z; without keepdims it has the result's shape.",
    ],
))  # fmt: skip
