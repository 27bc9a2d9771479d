"""Matrix products."""

import numpy as np

from backprop_lib.tensor import op


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
def linear(x, W, b):
    """x @ W + b: x of shape (..., n_in), W (n_in, n_out), b (n_out,)."""
    _check_inner_axes(x, W)

    def rows(array):  # (..., n) -> (N, n): each position is one more example
        return array.reshape(-1, array.shape[-1])

    return x @ W + b, lambda g: g @ W.T, lambda g: rows(x).T @ rows(g), lambda g: g


def _check_inner_axes(a, b):
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError("a matrix product needs at least one axis on either side; use * for a single number")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise ValueError(
            f"the first has {a.shape[-1]} columns, the second has {inner} rows; they must be equal"
        )
