"""The exercises of notebook 06: p − y. (The others: lse06.py, pairs06.py, bce06.py, which06.py.)"""

from . import bce06, lse06, pairs06, which06  # noqa: F401  (they register the others)
from .arrays06 import as_array, generator, one_of
from .comparing import compare
from .exercise import Exercise, Failure, Mistake, register
from .precision import single_mistake

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


def _exp(z):
    import numpy as np

    return np.exp(z)


def _one_hot(case):
    import numpy as np

    return np.eye(case["logits"].shape[1])[case["labels"]]


def _fused(formula):
    return lambda case: formula(case["logits"], _softmax(case["logits"]), _one_hot(case), len(case["labels"]))


def _set_at_right(z, p, y, N):
    return (p * (1 - y) - y) / N


def _softmax_of_all(z, p, y, N):
    import numpy as np

    return (np.exp(z) / np.exp(z).sum() - y) / N


def _sigmoid_for_softmax(z, p, y, N):
    return _exp(z) / (1 + _exp(z)) - y


def _with_numbers(case):
    return (_softmax(case["logits"]) - case["labels"][:, None]) / len(case["labels"])


def _rows_by_label(case, got):
    """p[labels] -= 1: rows, where entries were meant; an IndexError, where there are not so many rows."""
    if type(got) is Failure:
        return got.type == "IndexError" and "axis 0" in got.message
    p = _softmax(case["logits"])
    p[case["labels"]] -= 1
    return compare(p / len(p), got) is None


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
                when=one_of(_fused(lambda z, p, y, N: (y - p) / N), _fused(lambda z, p, y, N: y - p))),
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
        Mistake("divided-by-classes", "You divide by the classes, too. The mean is over the examples alone.",
                when=one_of(_fused(lambda z, p, y, N: (p - y) / z.size),
                            _fused(lambda z, p, y, N: (p - y) / z.shape[1]))),
        Mistake("one-everywhere", "You subtract 1 from every entry. y is 1 at the right class only, else 0.",
                _fused(lambda z, p, y, N: (p - 1) / N)),
        Mistake("set-not-subtracted", "At the right class you put −1 in place of p − 1.",
                _fused(_set_at_right)),
        Mistake("target-added", "At the right class 1 is added; it has to be subtracted.",
                _fused(lambda z, p, y, N: (p + y) / N)),
        Mistake("whole-rows", "`p[labels]` takes whole rows of p. Row n has one entry to change: which?",
                when=_rows_by_label),
        Mistake("half-divided", "Of p − y, you divide only one part by N.",
                when=one_of(_fused(lambda z, p, y, N: p - y / N), _fused(lambda z, p, y, N: p / N - y))),
        Mistake("softmax-of-all", "You divide by the sum over all entries. Each row has its own sum.",
                _fused(_softmax_of_all)),
        Mistake("no-softmax", "That is not p: in a row of softmax, exp(z) is divided by the sum of the row.",
                when=one_of(_fused(lambda z, p, y, N: (_exp(z) - y) / N),
                            _fused(lambda z, p, y, N: (z - y) / N), _fused(lambda z, p, y, N: z - y))),
        Mistake("labels-as-numbers", "You subtract the number of the class. y is one-hot: 1 at that place.",
                _with_numbers),
        Mistake("mean-twice", "You divide by N twice.", _fused(lambda z, p, y, N: (p - y) / N**2)),
        Mistake("factor-two", "A factor 2 belongs to squared error. Here the gradient is p − y.",
                _fused(lambda z, p, y, N: 2 * (p - y) / N)),
        Mistake("rows-averaged",
                "You average the rows. The loss is a mean, but each row of logits has a gradient of its own.",
                when=one_of(_fused(lambda z, p, y, N: (p - y).mean(axis=0)))),
        Mistake("the-loss", "One number: is that the loss? A gradient has the shape of the logits.",
                when=lambda case, got: got.shape == ()),
        single_mistake(_fused_reference),
        Mistake("softmax-twice", "You take softmax twice: p are the probabilities already.",
                _fused(lambda z, p, y, N: (_softmax(p) - y) / N)),
        Mistake("sigmoid", "That is a sigmoid for each logit. In a row of softmax the entries add up to 1.",
                when=one_of(_fused(lambda *each: _sigmoid_for_softmax(*each) / each[-1]),
                            _fused(_sigmoid_for_softmax))),
        Mistake("slope-of-softmax",
                "The slope p(1 − p) is in it: with this loss it cancels, and p − y is left.",
                when=one_of(_fused(lambda z, p, y, N: p * (1 - p) / N),
                            _fused(lambda z, p, y, N: p * (1 - p)),
                            _fused(lambda z, p, y, N: p * (y - p) / N),
                            _fused(lambda z, p, y, N: (p - y) * p * (1 - p) / N))),
        Mistake("zeros", "Every entry is 0: nothing is computed yet.",
                when=lambda case, got: not got.any()),
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
