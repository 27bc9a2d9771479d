"""Scaled dot-product attention; Vaswani et al. (2017), "Attention is all you need", section 3.2."""

import numpy as np

from backprop_lib.tensor import once, op


@op
def attention(q, k, v, *, mask=None, keep=None):
    """softmax(q kᵀ / √d) v: q (..., T, d), k (..., S, d), v (..., S, e). Returns (..., T, e).

    mask: booleans that broadcast to (..., T, S), True where a query may look at a key.
    keep: an array of the shape of the weights that they are multiplied by (dropout).
    """
    y, back = _attend(q, k, v, mask, keep)
    return y, lambda g: back(g)[0], lambda g: back(g)[1], lambda g: back(g)[2]


@op
def self_attention(qkv, *, n_heads, mask=None, keep=None):
    """`attention` with n_heads heads side by side, of queries, keys and values in one array.

    qkv: (N, T, 3·n_heads·d), all queries first, then the keys, then the values; within each, head
    after head. Returns (N, T, n_heads·d). mask and keep: as in `attention`, for (N, n_heads, T, T).
    """
    if qkv.ndim != 3 or 0 in qkv.shape or qkv.shape[2] % (3 * n_heads):
        raise ValueError(
            f"qkv must be (N, T, 3·n_heads·d) with n_heads = {n_heads} and at least one step, got {qkv.shape}"
        )
    q, k, v = _heads(qkv, 3, n_heads)
    y, back = _attend(q, k, v, mask, keep)

    def vjp(g):
        (g,) = _heads(g, 1, n_heads)
        gradient = np.empty_like(qkv)
        for part, found in zip(_heads(gradient, 3, n_heads), back(g), strict=True):
            part[...] = found
        return gradient

    return y.swapaxes(1, 2).reshape(*qkv.shape[:2], -1), vjp


def _attend(q, k, v, mask, keep):
    """The result of `attention`, and the function back(g) that gives the gradients of q, k and v."""
    _check(q, k, v)
    scale = q.shape[-1] ** -0.5
    scores = (q * scale) @ k.mT.copy()
    if mask is not None:
        scores += _minus_infinity_outside(mask, scores)
    P = np.exp(scores - scores.max(axis=-1, keepdims=True))
    P /= P @ np.ones((P.shape[-1], 1), P.dtype)  # the sum over keys, five times as fast as .sum
    A = P if keep is None else P * keep.astype(P.dtype, copy=False)
    y = A @ v

    @once
    def back(g):
        # dA = g vᵀ and, by the softmax, dscores = A ⊙ dA - P ⊙ (the sum of A ⊙ dA over keys, which is g · y)
        dscores = g @ v.mT.copy()
        dscores *= A
        dscores -= P * np.vecdot(g, y)[..., None]
        dscores *= scale
        return dscores @ k, dscores.mT @ q, A.mT @ g

    return y, back


def _heads(array, n_parts, n_heads):
    """A view (n_parts, N, n_heads, T, d) of (N, T, n_parts·n_heads·d)."""
    N, T, _ = array.shape
    return array.reshape(N, T, n_parts, n_heads, -1).transpose(2, 0, 3, 1, 4)


def _minus_infinity_outside(mask, scores):
    """An array to add to the scores: 0 where the mask is True; exp(-inf) = 0 takes out the rest."""
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.ndim > scores.ndim:
        raise ValueError(f"mask must be booleans that broadcast to {scores.shape}, got {mask!r:.80}")
    if not mask.any(axis=-1).all():
        raise ValueError("mask has a row without True: every query needs a key that it may look at")
    outside = np.zeros(mask.shape, scores.dtype)
    outside[~mask] = -np.inf
    return outside


def _check(q, k, v):
    fits = min(q.ndim, k.ndim, v.ndim) >= 2 and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    if not fits or 0 in k.shape:
        raise ValueError(
            "q must be (..., T, d), k (..., S, d) and v (..., S, e), with at least one key; "
            f"got {q.shape}, {k.shape} and {v.shape}"
        )
