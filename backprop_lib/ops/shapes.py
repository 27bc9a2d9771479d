"""Operations that move entries and change none."""

import numpy as np

from backprop_lib.tensor import Tensor, op


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
        if _is_basic(index):
            gradient[index] = g
        else:  # an entry that was taken twice gets both gradients
            np.add.at(gradient, index, g)
        return gradient

    return x[index], vjp


_BASIC = (int, np.integer, slice, type(...), type(None))


def _is_basic(index):
    """True for ints, slices, `...` and None (and True or False): each entry is taken at most once."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(part, _BASIC) for part in parts)


@op
def _embedding(W, *, tokens):
    def vjp(g):
        # Sorted by token, the rows of g that go to the same row of W stand together.
        order = np.argsort(tokens, axis=None, kind="stable")
        found, first = np.unique(tokens.ravel()[order], return_index=True)
        gradient = np.zeros_like(W)
        gradient[found] = np.add.reduceat(g.reshape(-1, W.shape[1])[order], first, axis=0)
        return gradient

    return W[tokens], vjp


def embedding(W, tokens):
    """The rows W[tokens]: W (V, D), tokens integers of any shape from 0 to V - 1; returns (..., D).

    Raises TypeError if the tokens are no integers and ValueError if there are none or one is out of range.
    """
    if isinstance(tokens, Tensor):
        raise TypeError("tokens must be integers in an array or list, not a Tensor, which holds floats")
    tokens = np.array(tokens)
    if tokens.dtype.kind not in "iu":
        raise TypeError(f"tokens must be integers, got {tokens.dtype}: {tokens!r:.80}")
    if len(W.shape) != 2:
        raise ValueError(f"W must be a matrix with one row for each token, got shape {W.shape}")
    V = len(W)
    if not tokens.size or tokens.min() < 0 or tokens.max() >= V:
        raise ValueError(f"tokens must be 0 to {V - 1} and at least one, got {tokens!r:.80}")
    return _embedding(W, tokens=tokens)


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
