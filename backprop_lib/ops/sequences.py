"""The recurrent cells of `recurrent.py` over whole sequences x (N, T, D), each as one node.

Three things make it up to twice as fast as T cells, and the formulas stay the same: x W + b is one
product for all steps; so are the gradients of the parameters, once the gradients dz of all steps are
known; and the factors of dz that do not wait for the step after are computed for all steps at once.
Inside, time is the first axis, so that a step is one piece of memory.
"""

import numpy as np

from backprop_lib.ops.recurrent import check_shapes, sigmoid
from backprop_lib.tensor import once, op


@op
def rnn(x, h, W, U, b):
    """`rnn_cell` over x (N, T, D), from the state h (N, H). Returns every state, (N, T, H)."""
    X, z = _project(x, h, W, U, b, n_gates=1)
    hs = _room_for_states(h, z)
    for t in range(len(X)):
        hs[t + 1] = np.tanh(z[t] + hs[t].dot(U))

    @once
    def back(g):
        dz, dh, U_T = 1 - hs[1:] ** 2, 0, U.T.copy()
        for t in reversed(range(len(X))):
            dz[t] *= g[:, t] + dh
            dh = dz[t].dot(U_T)
        return dz, dz, dh

    dx, dh, dW, dU, db, _ = _vjps(X, hs, W, back)
    return hs[1:].swapaxes(0, 1), dx, dh, dW, dU, db


@op
def lstm(x, h, c, W, U, b):
    """`lstm_cell` over x (N, T, D), from the states h and c (N, H). Returns every h and every c as one
    array (2, N, T, H)."""
    X, z = _project(x, h, W, U, b, c, n_gates=4)
    gates = z.reshape(*z.shape[:2], 4, -1)
    states = np.stack([_room_for_states(h, z), _room_for_states(c, z)])
    hs, cs = states
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], z.dtype), len(U))
    for t in range(len(X)):
        z[t] += hs[t].dot(U)
        # σ(z) = ½ tanh(½ z) + ½: all four gates by one tanh
        z[t] = np.tanh(z[t] * half) * half + (1 - half)
        i, f, g, o = gates[t].swapaxes(0, 1)
        cs[t + 1] = f * cs[t] + i * g
        hs[t + 1] = o * np.tanh(cs[t + 1])

    @once
    def back(upstream):
        i, f, g, o = np.moveaxis(gates, 2, 0)
        tanh_c = np.tanh(cs[1:])
        dh_to_dc = o * (1 - tanh_c**2)
        slopes = [g * i * (1 - i), cs[:-1] * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o)]
        dz = np.stack(slopes, axis=2)  # so far without dc, or dh for the last one
        dh, dc, U_T = 0, 0, U.T.copy()
        for t in reversed(range(len(X))):
            dh = dh + upstream[0, :, t]
            dc = dc + upstream[1, :, t] + dh * dh_to_dc[t]
            dz[t, :, :3] *= dc[:, None]
            dz[t, :, 3] *= dh
            dh, dc = dz[t].reshape(len(h), -1).dot(U_T), dc * f[t]
        dz = dz.reshape(z.shape)
        return dz, dz, dh, dc

    dx, dh, dW, dU, db, _ = _vjps(X, hs, W, back)
    return states[:, 1:].swapaxes(1, 2), dx, dh, lambda g: back(g)[3], dW, dU, db


@op
def gru(x, h, W, U, b, c):
    """`gru_cell` over x (N, T, D), from the state h (N, H). Returns every state, (N, T, H)."""
    X, a = _project(x, h, W, U, b, c, n_gates=3)
    H = len(U)
    u, n = np.empty_like(a), np.empty_like(a[..., :H])
    hs = _room_for_states(h, a)
    for t in range(len(X)):
        np.add(hs[t].dot(U), c, out=u[t])
        a[t, :, : 2 * H] = sigmoid(a[t, :, : 2 * H] + u[t, :, : 2 * H])  # r and z
        r, z = a[t, :, :H], a[t, :, H : 2 * H]
        n[t] = np.tanh(a[t, :, 2 * H :] + r * u[t, :, 2 * H :])
        hs[t + 1] = n[t] + z * (hs[t] - n[t])

    @once
    def back(g):
        r, z, u3 = a[..., :H], a[..., H : 2 * H], u[..., 2 * H :]
        dn = (1 - z) * (1 - n * n)
        # The gradients of u, so far without dh; a has the same, but for the last third, without r.
        du = np.concatenate([dn * u3 * r * (1 - r), (hs[:-1] - n) * z * (1 - z), dn * r], axis=2)
        dh, U_T = 0, U.T.copy()
        for t in reversed(range(len(X))):
            dh = dh + g[:, t]
            du[t].reshape(len(h), 3, H)[...] *= dh[:, None]
            dn[t] *= dh
            dh = dh * z[t] + du[t].dot(U_T)
        return np.concatenate([du[..., : 2 * H], dn], axis=2), du, dh

    return hs[1:].swapaxes(0, 1), *_vjps(X, hs, W, back)


def _project(x, h, W, U, *biases, n_gates):
    """x with time first, (T, N, D), and x W + b for all steps; the shapes of all of them are checked."""
    if x.ndim != 3 or 0 in x.shape[:2]:
        raise ValueError(f"x must be sequences of at least one step, of shape (N, T, D), got {x.shape}")
    check_shapes(x[:, 0], h, W, U, n_gates)
    X = x.swapaxes(0, 1).astype(np.result_type(x, h, W, U, *biases), order="C")
    z = _rows(X).dot(W)
    z += biases[0]
    return X, z.reshape(*X.shape[:2], -1)


def _room_for_states(h, z):
    """Room for T + 1 states, (T + 1, N, H), of which the first is h."""
    states = np.empty_like(z, shape=(len(z) + 1, *h.shape))
    states[0] = h
    return states


def _vjps(X, hs, W, back):
    """The vjps for x, h, W, U, b and c. back(g): the gradients of a = x W + b and u = h U + c for all
    steps, (T, N, k·H), and that of the first state."""

    def dx(g):
        return _rows(back(g)[0]).dot(W.T).reshape(X.shape).swapaxes(0, 1).copy()

    return (
        dx,
        lambda g: back(g)[2],
        lambda g, *, out=None: _rows(X).T.dot(_rows(back(g)[0]), out),
        lambda g, *, out=None: _rows(hs[:-1]).T.dot(_rows(back(g)[1]), out),
        lambda g: _rows(back(g)[0]).sum(axis=0),
        lambda g: _rows(back(g)[1]).sum(axis=0),
    )


def _rows(array):
    """(T, N, n) as (T·N, n): every step of every sequence is one more example."""
    return array.reshape(-1, array.shape[-1])
