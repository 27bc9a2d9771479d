"""06.logsumexp: the logarithm of a sum of exponentials over the last axis, for logits of any size."""

from .arrays06 import as_array, generator, one_of
from .comparing import compare
from .exercise import Exercise, Failure, Mistake, register
from .precision import single_mistake


def _lse_cases(rng):
    import numpy as np

    draw = generator(rng)
    return [
        {"z": np.array([0.0, 0.0])},
        {"z": np.array([1.0, -2.0, 0.5])},
        {"z": np.array([1000.0, -1000.0])},
        {"z": np.array([-1000.0, -1001.0])},
        {"z": np.array([0.0, -20.0])},  # log(1 + 2e-9): nothing may be added to the sum
        {"z": draw.randn(3, 4)},
        {"z": draw.randn(1, 3)},
        {"z": draw.randn(2, 3, 5)},
        {"z": draw.randn(2, 1, 4)},  # the axis of length 1 stays
        {"z": draw.randn(2, 1, 3, 2)},
        {"z": 1e5 * np.array([[1.0, 1.0], [-1.0, -1.0]]) + draw.randn(2, 2)},
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
            try:
                return np.asarray(formula(np, case["z"], case["z"].max(axis=-1, keepdims=True)))
            except ValueError:  # with more axes the shapes may not even fit
                return Failure("ValueError")

    return result


def _small_added(case, got):
    """Is the same small number added to the sum of every row?"""
    import numpy as np

    expected, m = _lse_reference(case), case["z"].max(axis=-1)
    if got.shape != expected.shape:
        return False
    added = np.exp(got - m) - np.exp(expected - m)
    return bool(added.min() > 1e-12 and added.max() < min(1e-3, 1.01 * added.min()))


def _clipped(case, got):
    """Of a row far from 0: is the result much nearer to 0, or to the row's maximum, than it should be?"""
    import numpy as np

    expected = _lse_reference(case)
    if got.shape != expected.shape or not np.isfinite(got).all():
        return False
    far = abs(expected) > 400
    return bool(far.any() and (abs(got) < abs(expected) - 50)[far].any() and (abs(got) > 100)[far].all())


def _along_axis_1(case, got):
    if type(got) is Failure:
        return got.type == "AxisError" and "axis 1" in got.message
    along = _lse(lambda np, z, m: np.logaddexp.reduce(z, axis=1))
    return case["z"].ndim > 2 and compare(along(case), got) is None


def _shifted(np, z, m):
    return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))


register(Exercise(
    "06.logsumexp",
    "log Σ exp without overflow",
    cases=_lse_cases,
    probe=_lse_probe,
    reference=_lse_reference,
    mistakes=[
        Mistake("overflow", "exp overflows (or all of it becomes 0): subtract the largest logit first.",
                when=one_of(_lse(lambda np, z, m: np.log(np.exp(z).sum(axis=-1))))),
        Mistake("max-not-added", "You subtracted the largest logit; after the logarithm it has to come back.",
                _lse(lambda np, z, m: np.log(np.exp(z - m).sum(axis=-1)))),
        Mistake("max-only", "This is the largest logit. The others count as well.",
                _lse(lambda np, z, m: m[..., 0])),
        Mistake("largest-size", "You subtract the largest size, of |z|. Take the largest number of each row.",
                _lse(lambda np, z, m: _shifted(np, z, np.abs(z).max(axis=-1, keepdims=True)))),
        Mistake("not-the-largest",
                "You subtract the smallest, or the mean: then some exponents are above 0, and exp overflows.",
                when=one_of(_lse(lambda np, z, m: _shifted(np, z, z.min(axis=-1, keepdims=True))),
                            _lse(lambda np, z, m: _shifted(np, z, z.mean(axis=-1, keepdims=True))))),
        Mistake("axis-1",
                "axis=1 is the last axis only where there are two. z may have one, or three: use axis=-1.",
                when=_along_axis_1),
        Mistake("log-forgotten", "After the sum, the logarithm is missing.",
                _lse(lambda np, z, m: m[..., 0] + np.exp(z - m).sum(axis=-1))),
        Mistake("log-softmax",
                "These are the logarithms of softmax, one for each class. Asked is one number for each row.",
                _lse(lambda np, z, m: z - m - np.log(np.exp(z - m).sum(axis=-1, keepdims=True)))),
        Mistake("small-added", "A small number is added to your sum. It is never 0: its largest term is 1.",
                when=_small_added),
        single_mistake(_lse_reference),
        Mistake("max-of-all", "You subtract the largest of all rows; a row far below it becomes log 0.",
                _lse(lambda np, z, m: z.max() + np.log(np.exp(z - z.max()).sum(axis=-1)))),
        Mistake("axis-kept", "The last axis is still there, with length 1. It should be gone.",
                _lse(lambda np, z, m: m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True)))),
        Mistake("axes-mixed",
                "Your m still has its last axis: (N, 1) and (N,) are stretched to (N, N). Use m[..., 0].",
                _lse(lambda np, z, m: m + np.log(np.exp(z - m).sum(axis=-1)))),
        Mistake("squeezed",
                "squeeze takes away every axis of length 1. Only the last one has to go: m[..., 0].",
                when=one_of(_lse(lambda np, z, m: m.squeeze() + np.log(np.exp(z - m).sum(axis=-1))),
                            _lse(lambda np, z, m: np.logaddexp.reduce(z, axis=-1).squeeze()))),
        Mistake("first-axis", "You go along the first axis; it is the last one, whatever the number of axes.",
                _lse(lambda np, z, m: np.logaddexp.reduce(z, axis=0), several_axes=True)),
        Mistake("whole-array", "You add up all entries, so all rows become one number.",
                _lse(lambda np, z, m: np.logaddexp.reduce(z, axis=None), several_axes=True)),
        Mistake("one-sum", "Each row has a sum of its own; you add up the entries of all rows.",
                _lse(lambda np, z, m: m[..., 0] + np.log(np.exp(z - m).sum()), several_axes=True)),
        Mistake("log-inside", "You take the logarithm of each term. The sum comes first, then its logarithm.",
                _lse(lambda np, z, m: m[..., 0] + (z - m).sum(axis=-1))),
        Mistake("log1p", "log1p(s) is log(1 + s). The largest term, e⁰ = 1, is in your sum already.",
                _lse(lambda np, z, m: m[..., 0] + np.log1p(np.exp(z - m).sum(axis=-1)))),
        Mistake("clipped", "Logits far from 0 are clipped. Subtract the largest one instead.",
                when=_clipped),
        Mistake("mean", "You take a mean where a sum belongs.",
                _lse(lambda np, z, m: m[..., 0] + np.log(np.exp(z - m).mean(axis=-1)))),
    ],
    hints=[
        "log(eᵃ + eᵇ) = m + log(eᵃ⁻ᵐ + eᵇ⁻ᵐ) for any m. Which m keeps every exponent at 0 or below?",
        "z.max(axis=-1, keepdims=True) can be subtracted from z; without keepdims it has the result's shape.",
    ],
))  # fmt: skip
