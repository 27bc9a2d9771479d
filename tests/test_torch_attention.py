"""Attention and the transformer block against PyTorch float64: same weights, random upstream."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from backprop_lib import Tensor, nn, ops
from tests.referee import assert_agree

MASKS = {
    "none": None,
    "causal": np.tri(4, 6, 2, dtype=bool),
    "padding": np.array([[[[True] * 6]], [[[True] * 3 + [False] * 3]]]),
    "random": np.random.default_rng(0).random((2, 3, 4, 6)) < 0.7,
}


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_attention(name, scale):
    rng, mask = np.random.default_rng(1), MASKS[name]
    arrays = [rng.normal(size=(2, 3, *shape)) for shape in ((4, 5), (6, 5), (6, 7))]
    arrays[0] *= scale
    ours, theirs = [Tensor(a) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    y = ops.attention(*ours, mask=mask)
    their_y = F.scaled_dot_product_attention(*theirs, attn_mask=None if mask is None else torch.tensor(mask))
    g = rng.normal(size=y.shape)
    y.backward(g)
    their_y.backward(torch.tensor(g))
    pairs = {part: (a.grad, b.grad.numpy()) for part, a, b in zip("qkv", ours, theirs, strict=True)}
    assert_agree(f"attention, {name}, {scale:g}", {"y": (y.data, their_y.detach().numpy()), **pairs})


def same_weights(pairs, rng):
    """Random weights for both; a matrix of ours is PyTorch's transposed."""
    for _, p, q in pairs:
        p.data = rng.normal(size=p.shape) / 2
        q.data = torch.tensor(p.data.T.copy())


def projections(ours, theirs):
    return [
        ("Wqkv", ours.qkv.W, theirs.in_proj_weight),
        ("bqkv", ours.qkv.b, theirs.in_proj_bias),
        ("Wout", ours.out.W, theirs.out_proj.weight),
        ("bout", ours.out.b, theirs.out_proj.bias),
    ]


def compare(name, ours, theirs, shape, pairs):
    rng = np.random.default_rng(2)
    same_weights(pairs, rng)
    x = rng.normal(size=shape)
    leaf, their_leaf = Tensor(x), torch.tensor(x, requires_grad=True)
    y, their_y = ours(leaf), theirs(their_leaf)
    g = rng.normal(size=shape)
    y.backward(g)
    their_y.backward(torch.tensor(g))
    parts = {"y": (y.data, their_y.detach().numpy()), "x": (leaf.grad, their_leaf.grad.numpy())}
    assert_agree(name, parts | {part: (p.grad, q.grad.numpy().T) for part, p, q in pairs})


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(("d_model", "n_heads", "T"), [(8, 2, 5), (6, 1, 3), (12, 4, 1), (10, 5, 9)])
def test_multi_head_attention(d_model, n_heads, T, causal):
    ours = nn.MultiHeadAttention(d_model, n_heads, rng=0, causal=causal)
    theirs = torch.nn.MultiheadAttention(d_model, n_heads, batch_first=True, dtype=torch.float64)
    hidden = torch.tensor(~np.tri(T, dtype=bool)) if causal else None

    def run(x):
        return theirs(x, x, x, attn_mask=hidden, need_weights=False)[0]

    compare(f"{n_heads} heads of {d_model}", ours, run, (3, T, d_model), projections(ours, theirs))


@pytest.mark.parametrize("causal", [True, False])
def test_transformer_block(causal):
    ours = nn.TransformerBlock(8, 2, rng=0, causal=causal)
    theirs = torch.nn.TransformerEncoderLayer(
        8, 2, 32, dropout=0.0, activation=lambda x: F.gelu(x, approximate="tanh"),
        batch_first=True, norm_first=True, dtype=torch.float64,
    )  # fmt: skip
    first, second = ours.mlp
    pairs = [
        *projections(ours.attention, theirs.self_attn),
        ("W1", first.W, theirs.linear1.weight),
        ("b1", first.b, theirs.linear1.bias),
        ("W2", second.W, theirs.linear2.weight),
        ("b2", second.b, theirs.linear2.bias),
        ("gamma1", ours.norm1.gamma, theirs.norm1.weight),
        ("beta1", ours.norm1.beta, theirs.norm1.bias),
        ("gamma2", ours.norm2.gamma, theirs.norm2.weight),
        ("beta2", ours.norm2.beta, theirs.norm2.bias),
    ]
    hidden = torch.tensor(~np.tri(5, dtype=bool)) if causal else None
    compare(f"block, causal={causal}", ours, lambda x: theirs(x, src_mask=hidden), (3, 5, 8), pairs)
