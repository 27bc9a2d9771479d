"""Operations along axes. `axis` is None (all axes), an int or a tuple of ints."""

import numpy as np

from backprop_lib.tensor import op


@op
def sum(x, *, axis=None, keepdims=False):
    def vjp(g):
        return np.broadcast_to(_keep(g, axis, keepdims), x.shape)

    return x.sum(axis=axis, keepdims=keepdims), vjp


@op
def mean(x, *, axis=None, keepdims=False):
    y = x.mean(axis=axis, keepdims=keepdims)
    scale = y.size / x.size if x.size else 1.0

    def vjp(g):
        return np.broadcast_to(_keep(g * scale, axis, keepdims), x.shape)

    return y, vjp


@op
def max(x, *, axis=None, keepdims=False):
    y = x.max(axis=axis, keepdims=True)

    def vjp(g):
        largest = x == y
        return largest * (_keep(g, axis, keepdims) / largest.sum(axis=axis, keepdims=True))

    return y if keepdims else _drop(y, axis), vjp


@op
def logsumexp(x, *, axis=None, keepdims=False):
    """log of the sum of exp(x), without overflow."""
    y = log_sum_exp(x, axis)
    return y if keepdims else _drop(y, axis), lambda g: np.exp(x - y) * _keep(g, axis, keepdims)


@op
def softmax(x, *, axis=-1):
    """exp(x) / sum of exp(x) along an axis, without overflow."""
    y = np.exp(x - log_sum_exp(x, axis))
    return y, lambda g: y * (g - (g * y).sum(axis=axis, keepdims=True))


def log_sum_exp(x, axis):
    """The array log(sum(exp(x))) with the reduced axes kept; no entry overflows."""
    shift = x.max(axis=axis, keepdims=True)
    shift = np.where(np.isfinite(shift), shift, 0)  # exp(inf - inf) would be NaN
    return shift + np.log(np.exp(x - shift).sum(axis=axis, keepdims=True))


def _keep(g, axis, keepdims):
    """g with the reduced axes back, with length 1."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def _drop(y, axis):
    return y.reshape(()) if axis is None else y.squeeze(axis)
