"""Losses for real numbers. In the formulas y is the prediction, t the target, d = y - t."""

import numpy as np

from backprop_lib.losses.arguments import matched
from backprop_lib.ops.fused import reduced
from backprop_lib.tensor import op


@op
def _mse(y, *, t, reduction):
    d = y - t
    return reduced(d * d, lambda w: 2 * w * d, reduction)


def mse(prediction, target, *, reduction="mean"):
    """Squared error d². The mean over all entries has the gradient 2 d / n."""
    y, t = matched("mse", prediction, target)
    return _mse(y, t=t, reduction=reduction)


@op
def _mae(y, *, t, reduction):
    d = y - t
    return reduced(np.abs(d), lambda w: w * np.sign(d), reduction)


def mae(prediction, target, *, reduction="mean"):
    """Absolute error |d|. Its derivative is the sign of d, and 0 at d = 0."""
    y, t = matched("mae", prediction, target)
    return _mae(y, t=t, reduction=reduction)


@op
def _huber(y, *, t, delta, reduction):
    d = y - t
    c = np.clip(d, -delta, delta)
    return reduced(c * (d - c / 2), lambda w: w * c, reduction)


def huber(prediction, target, *, delta=1.0, reduction="mean"):
    """d² / 2 up to |d| = delta, from there on the straight line delta (|d| - delta / 2).

    Its derivative is d, clipped to ±delta: no outlier pulls harder than that. Huber (1964), "Robust
    estimation of a location parameter". Raises ValueError unless delta is a number above 0.
    """
    if not 0 < delta < np.inf:
        raise ValueError(f"huber needs a delta above 0, got {delta!r}")
    y, t = matched("huber", prediction, target)
    return _huber(y, t=t, delta=float(delta), reduction=reduction)
