"""Operations that move entries and change none."""

import numpy as np

from backprop_lib.tensor import op


@op
def reshape(x, *, shape):
    return x.reshape(shape), lambda g: g.reshape(x.shape)


@op
def transpose(x, *, axes=None):
    """Axes in another order; all reversed if none are given."""
    back = None if axes is None else np.argsort(axes)
    return x.transpose(axes), lambda g: g.transpose(back)


@op
def getitem(x, *, index):
    def vjp(g):
        gradient = np.zeros_like(x)
        np.add.at(gradient, index, g)  # an entry that was taken twice gets both gradients
        return gradient

    return x[index], vjp


@op
def _concatenate(*xs, axis):
    ends = np.cumsum([x.shape[axis] for x in xs])

    def piece(i):
        return lambda g: np.split(g, ends[:-1], axis=axis)[i]

    return np.concatenate(xs, axis=axis), *[piece(i) for i in range(len(xs))]


def concatenate(tensors, axis=0):
    """Tensors one after the other along an axis that they have."""
    return _concatenate(*tensors, axis=axis)


@op
def _stack(*xs, axis):
    def piece(i):
        return lambda g: g.take(i, axis=axis)

    return np.stack(xs, axis=axis), *[piece(i) for i in range(len(xs))]


def stack(tensors, axis=0):
    """Tensors of equal shape along a new axis."""
    return _stack(*tensors, axis=axis)
