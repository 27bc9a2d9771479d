"""Losses for classes. Predictions are logits z or scores: any real numbers, from a last linear layer."""

import numpy as np

from backprop_lib.losses.arguments import matched, plain
from backprop_lib.ops.fused import as_labels, reduced, softmax_cross_entropy
from backprop_lib.ops.reductions import log_sum_exp
from backprop_lib.tensor import Tensor, op


@op
def _binary_cross_entropy(z, *, t, reduction):
    r = np.log1p(np.exp(np.minimum(z, -z)))  # log(1 + exp(-|z|)): exp never overflows
    losses = np.maximum(z, 0) - z * t + r

    def gradient(w):
        p = np.exp(np.minimum(z, 0) - r)  # sigmoid(z)
        return w * (p - t)

    return reduced(losses, gradient, reduction)


def binary_cross_entropy(logits, target, *, reduction="mean"):
    """-t log p - (1 - t) log(1 - p) with p = sigmoid(logit); targets t from 0 to 1, mostly 0 or 1.

    The mean over n logits has the gradient (p - t) / n. Raises ValueError for targets outside [0, 1].
    """
    z, t = matched("binary_cross_entropy", logits, target)
    _check_probabilities("binary_cross_entropy", t)
    return _binary_cross_entropy(z, t=t, reduction=reduction)


@op
def _hinge(z, *, t, reduction):
    slack = np.maximum(1 - t * z, 0)
    return reduced(slack, lambda w: -w * t * np.sign(slack), reduction)


def hinge(scores, target, *, reduction="mean"):
    """max(0, 1 - t z) with targets t of -1 or 1: nothing to gain beyond a margin of 1.

    Its derivative is -t inside the margin, 0 outside and at the edge. Cortes and Vapnik (1995),
    "Support-vector networks". Raises ValueError for targets other than -1 and 1.
    """
    z, t = matched("hinge", scores, target)
    if not (np.abs(t) == 1).all():
        raise ValueError(f"hinge needs targets of -1 or 1, got {t!r:.80}; from 0 and 1: 2 * target - 1")
    return _hinge(z, t=t, reduction=reduction)


@op
def _cross_entropy(z, *, t, n, reduction):
    log_p = z - log_sum_exp(z, axis=1)
    terms = t * np.where(t > 0, log_p, 0)  # 0 · log 0 is 0

    def gradient(w):
        p = np.exp(log_p)
        return np.reshape(w, (-1, 1)) * (p * t.sum(axis=1, keepdims=True) - t)

    return reduced(-terms.sum(axis=1), gradient, reduction, n)


def cross_entropy(logits, target, *, weights=None, smoothing=0.0, reduction="mean"):
    """-Σ t log p over the classes with p = softmax(logits): logits (N, C).

    target: N integer labels from 0 to C - 1, or class probabilities t (N, C), each row with sum 1.
    weights: C numbers, at least 0; class c counts weights[c] times. With labels the mean then divides
    by the sum of their weights, with probabilities by N (as PyTorch).
    smoothing: from 0 up to, not including, 1; mixes this much of the uniform distribution into t:
    (1 - smoothing) t + smoothing / C. Szegedy et al. (2016), "Rethinking the Inception architecture".
    A logit of -inf is a class of probability 0; one of +inf or NaN gives NaN.
    Raises ValueError for a target, weights or smoothing other than these.
    """
    if not isinstance(logits, Tensor):
        logits = Tensor(logits, requires_grad=False)
    if np.ndim(target) < logits.ndim and weights is None and smoothing == 0:
        return softmax_cross_entropy(logits, target, reduction)
    if not 0 <= smoothing < 1:
        raise ValueError(f"cross_entropy needs a smoothing from 0 up to, not including, 1, got {smoothing!r}")
    smoothing = float(smoothing)  # a numpy number would make float64 of float32
    t, labels = _class_probabilities(logits, target)
    w = _class_weights(logits, weights)
    n = len(t) if labels is None else t.dot(w).sum()
    if n == 0 and reduction == "mean":
        raise ValueError("cross_entropy has nothing to average: the weight of every label here is 0")
    t = w * ((1 - smoothing) * t + smoothing / len(w))
    return _cross_entropy(logits, t=t, n=n, reduction=reduction)


def _class_probabilities(logits, target):
    """(t of shape (N, C), the labels that it was made of or None)."""
    column = np.shape(target)[-1:] == (1,) != logits.shape[-1:]
    if np.ndim(target) < logits.ndim or column:
        labels = as_labels(logits.shape, plain("cross_entropy", "target", target))
        return (labels[:, None] == np.arange(logits.shape[1])).astype(logits.dtype), labels
    _, t = matched("cross_entropy", logits, target)
    if t.ndim != 2:
        raise ValueError(f"cross_entropy needs logits (N, C), got {t.shape}: give each position a row")
    _check_probabilities("cross_entropy", t)
    sums = t.sum(axis=1)
    if np.abs(sums - 1).max() > 1e-4:  # what float32 rounds is far less
        raise ValueError(f"cross_entropy needs class probabilities whose rows sum to 1, got {sums!r:.80}")
    return t, None


def _class_weights(logits, weights):
    """C weights of the dtype of the logits; ones if none are given."""
    classes = logits.shape[1]
    if weights is None:
        return np.ones(classes, logits.dtype)
    weights = plain("cross_entropy", "weights", weights)
    if weights.shape != (classes,) or not (weights >= 0).all() or not np.isfinite(weights).all():
        raise ValueError(
            f"cross_entropy needs {classes} weights, one a class and none below 0, got {weights!r:.80}"
        )
    return weights.astype(logits.dtype)


def _check_probabilities(loss, t):
    if not (np.minimum.reduce(t, axis=None) >= 0 and np.maximum.reduce(t, axis=None) <= 1):
        raise ValueError(
            f"{loss} needs targets from 0 to 1, got {t.min():.4g} to {t.max():.4g}; give it the logits as "
            "they are and probabilities as the target"
        )
