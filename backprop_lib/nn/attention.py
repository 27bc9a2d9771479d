"""Attention and the transformer block; Vaswani et al. (2017), "Attention is all you need"."""

from functools import lru_cache

import numpy as np

from backprop_lib import ops
from backprop_lib.init import as_generator, as_size, glorot_uniform
from backprop_lib.nn.layers import Dropout, Linear, Sequential
from backprop_lib.nn.module import Module
from backprop_lib.nn.normalisation import LayerNorm


class MultiHeadAttention(Module):
    """Self-attention: each position of x (N, T, d_model) gathers from the others; (N, T, d_model).

    n_heads: heads of d_model / n_heads features each. causal: a position sees itself and what came
    before. dropout: the probability that a weight of attention is set to 0 in training. rng: a numpy
    Generator or a seed. init: a function of `init` for the weights of both projections.
    Raises ValueError if n_heads does not divide d_model, or for an x of another shape.
    """

    def __init__(
        self, d_model, n_heads, *, rng, causal=False, dropout=0.0, init=glorot_uniform, dtype=np.float64
    ):
        d_model, n_heads, rng = as_size("d_model", d_model), as_size("n_heads", n_heads), as_generator(rng)
        if d_model % n_heads:
            raise ValueError(
                f"d_model must be a multiple of n_heads, got d_model={d_model}, n_heads={n_heads}"
            )
        self.qkv = Linear(d_model, 3 * d_model, rng=rng, init=init, dtype=dtype)
        self.out = Linear(d_model, d_model, rng=rng, init=init, dtype=dtype)
        self.n_heads, self.causal = n_heads, causal
        self.dropout = Dropout(dropout, rng=rng)

    def forward(self, x):
        given, d_model = np.shape(x), self.out.W.shape[0]
        if len(given) != 3 or given[2] != d_model or 0 in given:
            raise ValueError(
                f"MultiHeadAttention({d_model}, {self.n_heads}) needs x of shape (N, T, {d_model}) "
                f"with N and T at least 1, got {given}"
            )
        N, T, _ = given
        mask = _not_after(T) if self.causal else None
        keep = self._keep((N, self.n_heads, T, T))
        return self.out(ops.self_attention(self.qkv(x), n_heads=self.n_heads, mask=mask, keep=keep))

    def _keep(self, shape):
        """What the weights of attention are multiplied by: ones after dropout, None if it does nothing."""
        if not self.dropout.training or self.dropout.p == 0:
            return None
        return self.dropout(np.ones(shape, self.out.W.dtype)).data


@lru_cache(maxsize=16)
def _not_after(T):
    """The causal mask (T, T): row t, a query, is True up to column t."""
    mask = np.tri(T, dtype=bool)
    mask.setflags(write=False)
    return mask


class TransformerBlock(Module):
    """x + attention(norm(x)), then x + mlp(norm(x)): one layer of a GPT, (N, T, d_model) to the same.

    The MLP widens to 4·d_model and has a GELU between. The norm comes before each part ("pre-norm"),
    as in GPT-2 (Radford et al., 2019; Xiong et al., 2020). dropout: the probability on the weights of
    attention and on what each part adds. The other arguments are those of MultiHeadAttention.
    """

    def __init__(
        self, d_model, n_heads, *, rng, causal=False, dropout=0.0, init=glorot_uniform, dtype=np.float64
    ):
        rng, options = as_generator(rng), {"init": init, "dtype": dtype}
        self.norm1 = LayerNorm(d_model, dtype=dtype)
        self.attention = MultiHeadAttention(
            d_model, n_heads, rng=rng, causal=causal, dropout=dropout, **options
        )
        self.norm2 = LayerNorm(d_model, dtype=dtype)
        self.mlp = Sequential(
            Linear(d_model, 4 * d_model, rng=rng, activation="gelu", **options),
            Linear(4 * d_model, d_model, rng=rng, **options),
        )
        self.dropout = Dropout(dropout, rng=rng)

    def forward(self, x):
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.mlp(self.norm2(x)))
