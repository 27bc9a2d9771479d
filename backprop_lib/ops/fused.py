"""Operations that stand for several, to be stable and fast."""

import numpy as np

from backprop_lib.ops.products import ones
from backprop_lib.tensor import Tensor, op


def reduced(losses, gradient, reduction, n=None):
    """What an op returns for a loss: the mean, the sum or all of `losses`, and its vjp.

    losses: one for each prediction. gradient(w): w · ∂loss/∂prediction, where w is the part of the upstream
    gradient that reaches each loss. n: what the mean divides by, the number of losses if not given.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    if reduction == "none":
        return losses, gradient
    total = losses.reshape(-1).dot(ones(losses.size, losses.dtype))  # the sum, in half the time
    n = 1 if reduction == "sum" else n or losses.size
    return total / n, lambda g: gradient(g / n)


def _losses_of_labels(logits, labels, reduction):
    """The result and the vjp of cross-entropy from logits and labels."""
    at_label = np.arange(len(labels)), labels
    largest = np.maximum.reduce(logits, axis=1, keepdims=True)  # as .max(), but without its Python part
    z = logits - largest  # changes no softmax, and exp(z) is at most 1
    e = np.exp(z)
    s = e.dot(ones(e.shape[1], e.dtype))  # the sum of each row; on short rows faster than sum

    def gradient(w):
        dz = e * (w / s)[:, None]  # w · p
        dz[at_label] -= w
        return dz

    return reduced(np.log(s) - z[at_label], gradient, reduction)


@op
def _softmax_cross_entropy(logits, *, labels):
    return _losses_of_labels(logits, labels, "mean")


@op
def _label_cross_entropy(logits, *, labels, reduction):
    return _losses_of_labels(logits, labels, reduction)


def softmax_cross_entropy(logits, labels, reduction="mean"):
    """-log softmax(logits)[label] of each example, and their mean: logits (N, C), labels (N,) integers.

    Its gradient is (softmax(logits) - one_hot(labels)) / N; Bridle (1990). reduction: "mean", "sum"
    or "none" (N,). A logit of -inf is a class of probability 0; one of +inf or NaN gives NaN.
    Raises ValueError for labels that are not N integers from 0 to C - 1.
    """
    labels = as_labels(logits.shape, labels)
    if reduction == "mean":  # an op of its own: its gradient, with 1 / N, is what the stepper shows
        return _softmax_cross_entropy(logits, labels=labels)
    return _label_cross_entropy(logits, labels=labels, reduction=reduction)


def as_labels(shape, labels):
    """A copy of labels as N integers from 0 to C - 1, for logits of shape (N, C); else a ValueError."""
    labels = np.asanyarray(labels._data if isinstance(labels, Tensor) else labels)
    if len(shape) != 2 or labels.shape != shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(_what_is_wrong(shape, labels))
    labels = labels.astype(np.intp)
    # as an unsigned number a negative one is huge: one comparison finds both kinds
    if not labels.size or np.maximum.reduce(labels.view(np.uintp)) >= shape[1]:
        raise ValueError(f"labels must be 0 to {shape[1] - 1} and at least one, got {labels!r:.80}")
    return labels


def _what_is_wrong(shape, labels):
    """What to tell of logits and labels that do not fit."""
    text = (
        "cross-entropy needs logits (N, C) and N integer labels, "
        f"got logits {shape} and labels {labels.shape} of type {labels.dtype}"
    )
    if len(shape) > 2:
        return f"{text}: give each position a row, logits.reshape(-1, {shape[-1]}), labels.reshape(-1)"
    if len(shape) == 2 and labels.shape == (shape[0], 1):
        return f"{text}: use labels.reshape(-1)"
    if labels.shape == shape[:1] and labels.dtype.kind in "fb":
        return f"{text}: whole numbers in a plain array are wanted, np.asarray(labels, int)"
    return text
