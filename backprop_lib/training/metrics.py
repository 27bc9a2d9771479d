"""Measures of quality that are shown but not differentiated."""

import numpy as np

from backprop_lib.tensor import Tensor


def accuracy(logits, labels):
    """The share of examples whose class is right, from 0 to 1.

    logits (..., C) with labels (...) of 0 to C - 1: the class is the largest logit, the first of equal
    ones. For two classes, logits and labels of one shape, (N,) or (N, 1), labels 0 and 1 (or -1 and 1):
    the class is 1 where the logit is > 0, which is where its sigmoid is > 0.5.
    Raises ValueError for other shapes and labels.
    """
    z, t = _plain(logits), _plain(labels)
    if not t.size:
        raise ValueError("accuracy needs at least one label")
    if z.shape == t.shape and (z.ndim == 1 or z.shape[-1] == 1):
        if not (np.isin(t, (0, 1)).all() or np.isin(t, (-1, 1)).all()):
            raise ValueError(f"accuracy needs labels of 0 and 1 for one logit an example, got {t!r:.80}")
        return float(((z > 0) == (t > 0)).mean())
    if z.shape[:-1] != t.shape or z.shape[-1] < 2:
        raise ValueError(
            f"accuracy needs logits (N, C) and N labels, or N of each; got logits {z.shape}, labels {t.shape}"
            + (": for one-hot rows use labels.argmax(axis=1)" if z.shape == t.shape else "")
        )
    return float((z.argmax(axis=-1) == t).mean())


def _plain(values):
    return np.asarray(values._data if isinstance(values, Tensor) else values)
