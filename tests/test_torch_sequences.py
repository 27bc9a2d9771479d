"""Embedding and recurrent networks against PyTorch float64: same weights, same input, random upstream."""

import numpy as np
import pytest
import torch

from backprop_lib import Tensor, nn, ops
from tests.referee import assert_agree

KINDS = ["RNN", "GRU", "LSTM"]
SHAPES = [(2, 5, 3, 4), (3, 1, 2, 5), (1, 12, 4, 3), (4, 40, 3, 6)]  # N, T, D, H


def same_weights(ours, theirs, rng, suffix=""):
    """Random weights for both. PyTorch has W and U with the gates as rows, and two biases for every
    cell; where ours has one, its second is zero."""
    names = {"W": "weight_ih", "U": "weight_hh", "b": "bias_ih", "c": "bias_hh"}
    theirs.bias_hh_l0.data.zero_() if suffix else theirs.bias_hh.data.zero_()
    pairs = []
    for name, p in ours.named_parameters():
        p.data = rng.normal(size=p.shape) / 2
        q = getattr(theirs, names[name] + suffix)
        q.data = torch.tensor(p.data.T.copy())
        pairs.append((name, p, q))
    return pairs


def tensors(*arrays):
    return [Tensor(a) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]


def both_backward(ours, theirs, rng):
    """Lists of results: the same random upstream gradient for each. Returns the compared results."""
    pairs, total, their_total = {}, 0.0, 0.0
    for i, (y, their_y) in enumerate(zip(ours, theirs, strict=True)):
        g = rng.normal(size=tuple(their_y.shape))
        total, their_total = total + (y * g).sum(), their_total + (their_y * torch.tensor(g)).sum()
        pairs[f"y{i}"] = y.data, their_y.detach().numpy()
    total.backward()
    their_total.backward()
    return pairs


def gradients(leaves, their_leaves, parameters):
    pairs = {
        f"d{i}": (a.grad, b.grad.numpy()) for i, (a, b) in enumerate(zip(leaves, their_leaves, strict=True))
    }
    return pairs | {name: (p.grad, q.grad.numpy().T) for name, p, q in parameters}


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("unrolled", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_sequences(kind, shape, unrolled, given):
    (N, T, D, H), rng = shape, np.random.default_rng(0)
    layer = getattr(nn, kind)(D, H, rng=0, unrolled=unrolled)
    module = getattr(torch.nn, kind)(D, H, batch_first=True, dtype=torch.float64)
    parameters = same_weights(layer.cell, module, rng, "_l0")
    n_states = (2 if kind == "LSTM" else 1) if given else 0
    leaves, their_leaves = tensors(rng.normal(size=(N, T, D)), *rng.normal(size=(n_states, N, H)))
    state, their_state = leaves[1:], [s[None] for s in their_leaves[1:]]
    if given:
        state, their_state = ([s[0] if n_states == 1 else tuple(s)] for s in (state, their_state))
    hs, last = layer(leaves[0], *state)
    their_hs, their_last = module(their_leaves[0], *their_state)
    last, their_last = ([*y] if kind == "LSTM" else [y] for y in (last, their_last))
    pairs = both_backward([hs, *last], [their_hs, *[y[0] for y in their_last]], rng)
    assert_agree(f"{kind} {shape}", pairs | gradients(leaves, their_leaves, parameters))


@pytest.mark.parametrize("kind", KINDS)
def test_cells(kind):
    (N, D, H), rng = (3, 4, 5), np.random.default_rng(0)
    cell = getattr(nn, f"{kind}Cell")(D, H, rng=0)
    module = getattr(torch.nn, f"{kind}Cell")(D, H, dtype=torch.float64)
    parameters = same_weights(cell, module, rng)
    leaves, their_leaves = tensors(rng.normal(size=(N, D)), *rng.normal(size=(1 + (kind == "LSTM"), N, H)))
    if kind == "LSTM":
        ours, theirs = cell(leaves[0], leaves[1:]), module(their_leaves[0], their_leaves[1:])
    else:
        ours, theirs = [cell(*leaves)], [module(*their_leaves)]
    pairs = both_backward(ours, theirs, rng)
    assert_agree(f"{kind}Cell", pairs | gradients(leaves, their_leaves, parameters))


@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 5)])
def test_embedding(shape):
    rng = np.random.default_rng(0)
    tokens, W = rng.integers(0, 6, shape), rng.normal(size=(6, 3))
    (ours,), (theirs,) = tensors(W)
    y, their_y = ops.embedding(ours, tokens), torch.nn.functional.embedding(torch.tensor(tokens), theirs)
    pairs = both_backward([y], [their_y], rng)
    assert_agree(f"embedding {shape}", pairs | gradients([ours], [theirs], []))
