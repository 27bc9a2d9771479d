"""Matrix products."""

from functools import lru_cache

import numpy as np

from backprop_lib.tensor import once, op


@op
def matmul(a, b):
    """a @ b, as numpy's: a vector on the left is a row, on the right a column, leading axes broadcast."""
    _check_inner_axes(a, b)
    y = a @ b
    A = a[None, :] if a.ndim == 1 else a
    B = b[:, None] if b.ndim == 1 else b
    shape = *np.broadcast_shapes(A.shape[:-2], B.shape[:-2]), A.shape[-2], B.shape[-1]

    def vjp_b(g):
        gradient = A.mT @ g.reshape(shape)
        return gradient[..., 0] if b.ndim == 1 else gradient

    return y, lambda g: g.reshape(shape) @ B.mT, vjp_b


@op
def _linear(x, W, b):
    return _with_activation(x, W, b)


@op
def _linear_relu(x, W, b):
    # y ≥ 0, so its sign is the slope of relu: 0 or 1
    return _with_activation(x, W, b, lambda z: np.maximum(z, 0, out=z), np.sign)


@op
def _linear_tanh(x, W, b):
    return _with_activation(x, W, b, lambda z: np.tanh(z, out=z), lambda y: 1 - y * y)


_LINEAR = {None: _linear, "relu": _linear_relu, "tanh": _linear_tanh}


def linear(x, W, b, activation=None):
    """x @ W + b: x of shape (..., n_in), W (n_in, n_out), b (n_out,); then relu or tanh, if asked for.

    One node for what would be three: no array in between is kept. Raises ValueError for shapes that
    do not fit and for another activation.
    """
    if activation not in _LINEAR:
        raise ValueError(f"activation must be None, 'relu' or 'tanh', got {activation!r}")
    return _LINEAR[activation](x, W, b)


def _with_activation(x, W, b, activate=None, slope=None):
    """y = f(x @ W + b) and its vjps. activate: f in place; slope: f' as a new array, read off y.

    In place, because what is new here may be overwritten: every array less is memory that need not
    be found, filled and kept until the backward pass.
    """
    if x.ndim != 2:
        return _over_rows(x, W, b, activate, slope)
    y = _affine(x, W, b)
    if activate is None:
        h = _same
    else:
        activate(y)
        h = once(lambda g: _times(slope(y), g))  # the gradient of x @ W + b
    return (
        y,
        lambda g: h(g).dot(W.T),
        lambda g, *, out=None: x.T.dot(h(g), out),
        lambda g, *, out=None: h(g).T.dot(ones(len(y), y.dtype), out),  # sum over rows, five times faster
    )


def _over_rows(x, W, b, activate, slope):
    """The same for x (..., n_in): each position is one more example."""
    y, *vjps = _with_activation(x.reshape(-1, x.shape[-1]), W, b, activate, slope)
    flat = once(lambda g: g.reshape(y.shape))
    return (
        y.reshape(*x.shape[:-1], -1),
        lambda g: vjps[0](flat(g)).reshape(x.shape),
        lambda g, *, out=None: vjps[1](flat(g), out=out),
        lambda g, *, out=None: vjps[2](flat(g), out=out),
    )


def _same(g):
    return g


def _times(s, g):
    """s * g in the place of s."""
    return np.multiply(s, g, s)


def _affine(x, W, b):
    """x @ W + b for x (N, n_in)."""
    try:
        y = x.dot(W)
    except ValueError:
        _check_inner_axes(x, W)
        raise
    if b.ndim != 1 or len(b) != y.shape[1]:
        raise ValueError(f"b needs one entry for each of the {W.shape[1]} columns of W, got shape {b.shape}")
    return np.add(y, b, out=y if y.dtype is b.dtype else None)


@lru_cache(maxsize=64)
def ones(n, dtype):
    """n ones. `g.T.dot(ones(n, ...))` is the sum of g (n, m) over its first axis."""
    array = np.ones(n, dtype)
    array.setflags(write=False)
    return array


def _check_inner_axes(a, b):
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError("a matrix product needs at least one axis on either side; use * for a single number")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise ValueError(
            f"the first has {a.shape[-1]} columns, the second has {inner} rows; they must be equal"
        )
