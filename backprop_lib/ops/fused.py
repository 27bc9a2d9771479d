"""Operations that stand for several, to be stable and fast."""

import numpy as np

from backprop_lib.ops.reductions import log_sum_exp
from backprop_lib.tensor import op


@op
def _softmax_cross_entropy(logits, *, labels):
    picked = np.arange(len(labels)), labels
    log_p = logits - log_sum_exp(logits, axis=-1)

    def vjp(g):
        p = np.exp(log_p)
        p[picked] -= 1
        return p * (g / len(labels))

    return -log_p[picked].mean(), vjp


def softmax_cross_entropy(logits, labels):
    """The mean over examples of -log softmax(logits)[label]: logits (N, C), labels (N,) integers.

    Its gradient is (softmax(logits) - one_hot(labels)) / N; Bridle (1990). Raises ValueError for
    labels that are not N integers from 0 to C - 1.
    """
    labels = np.asarray(labels)
    n, classes = logits.shape if len(logits.shape) == 2 else (None, None)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            "softmax_cross_entropy needs logits (N, C) and N integer labels, "
            f"got logits {logits.shape} and labels {labels.shape} of type {labels.dtype}"
        )
    if n == 0 or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels must be 0 to {classes - 1} and at least one, got {labels!r:.80}")
    return _softmax_cross_entropy(logits, labels=labels.copy())
