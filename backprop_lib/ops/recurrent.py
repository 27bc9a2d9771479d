"""Recurrent cells, each as one node: the state h' after one step, from the input x and the state h.

x: (N, D), h: (N, H). A cell with k gates has W (D, k·H), U (H, k·H) and b (k·H,), H columns a gate.
Over T steps the gradient goes back through time, from the h' of a step to the h of the next;
Werbos (1990), "Backpropagation through time: what it does and how to do it".
"""

import numpy as np

from backprop_lib.tensor import once, op


@op
def rnn_cell(x, h, W, U, b):
    """h' = tanh(x W + h U + b); Elman (1990)."""
    check_shapes(x, h, W, U, 1)
    y = np.tanh(x.dot(W) + h.dot(U) + b)
    dz = once(lambda g: g * (1 - y * y))
    return y, *_affine_vjps(x, h, W, U, dz, dz)


@op
def lstm_cell(x, h, c, W, U, b):
    """c' = f ⊙ c + i ⊙ g and h' = o ⊙ tanh(c'), where i, f, g, o = σ(z₁), σ(z₂), tanh(z₃), σ(z₄)
    and z = x W + h U + b.

    Returns h' and c' as one array (2, N, H). Hochreiter and Schmidhuber (1997); the forget gate f is
    from Gers, Schmidhuber and Cummins (2000).
    """
    check_shapes(x, h, W, U, 4)
    z1, z2, z3, z4 = np.split(x.dot(W) + h.dot(U) + b, 4, axis=1)
    i, f, g, o = sigmoid(z1), sigmoid(z2), np.tanh(z3), sigmoid(z4)
    new_c = f * c + i * g
    t = np.tanh(new_c)

    @once
    def back(upstream):
        dh, dc = upstream
        dc = dc + dh * o * (1 - t * t)
        di, df, dg, do = dc * g, dc * c, dc * i, dh * t
        dz = di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)
        return np.concatenate(dz, axis=1), dc * f

    dx, dh, dW, dU, db = _affine_vjps(x, h, W, U, *[lambda g: back(g)[0]] * 2)
    return np.stack([o * t, new_c]), dx, dh, lambda g: back(g)[1], dW, dU, db


@op
def gru_cell(x, h, W, U, b, c):
    """h' = (1 - z) ⊙ n + z ⊙ h, where r, z, n = σ(a₁ + u₁), σ(a₂ + u₂), tanh(a₃ + r ⊙ u₃),
    a = x W + b and u = h U + c.

    Cho et al. (2014), with r applied after the product by U, as in PyTorch.
    """
    check_shapes(x, h, W, U, 3)
    a, u = x.dot(W) + b, h.dot(U) + c
    (a1, a2, a3), (u1, u2, u3) = np.split(a, 3, axis=1), np.split(u, 3, axis=1)
    r, z = sigmoid(a1 + u1), sigmoid(a2 + u2)
    n = np.tanh(a3 + r * u3)

    @once
    def back(g):
        da3 = g * (1 - z) * (1 - n * n)
        da2 = g * (h - n) * z * (1 - z)
        da1 = da3 * u3 * r * (1 - r)
        return np.concatenate([da1, da2, da3], axis=1), np.concatenate([da1, da2, da3 * r], axis=1)

    dx, dh, dW, dU, db = _affine_vjps(x, h, W, U, lambda g: back(g)[0], lambda g: back(g)[1])
    return n + z * (h - n), dx, lambda g: g * z + dh(g), dW, dU, db, lambda g: back(g)[1].sum(axis=0)


def _affine_vjps(x, h, W, U, da, du):
    """The vjps for x, h, W, U and b of what x W + b (its gradient is da(g)) and h U (du(g)) go into."""
    return (
        lambda g: da(g).dot(W.T),
        lambda g: du(g).dot(U.T),
        lambda g, *, out=None: x.T.dot(da(g), out),
        lambda g, *, out=None: h.T.dot(du(g), out),
        lambda g: da(g).sum(axis=0),
    )


def check_shapes(x, h, W, U, n_gates):
    """Raise ValueError unless x W and h U are of the same shape (N, n_gates·H)."""
    if x.ndim != 2 or W.ndim != 2 or x.shape[1] != len(W):
        raise ValueError(f"a step of x must be (N, D) and W (D, {n_gates}·H), got {x.shape} and {W.shape}")
    if h.shape != (len(x), len(U)):
        raise ValueError(f"the state must be (N, H) = {(len(x), len(U))}, got {h.shape}")
    if W.shape[1:] != U.shape[1:] or U.shape != (len(U), n_gates * len(U)):
        raise ValueError(f"W must be (D, {n_gates}·H) and U (H, {n_gates}·H), got {W.shape} and {U.shape}")


def sigmoid(z):
    """1 / (1 + exp(-z)), which is (1 + tanh(z / 2)) / 2 and so cannot overflow."""
    return 0.5 * np.tanh(0.5 * z) + 0.5
