"""Convolution and pooling against PyTorch float64: same weights, same input, random upstream."""

import numpy as np
import pytest
import torch

from backprop_lib import Tensor, nn
from tests.referee import assert_agree


def compare(name, layer, module, shape, pairs=()):
    rng = np.random.default_rng(4)
    for p, q in pairs:
        p.data = rng.normal(size=p.shape)
        q.data = torch.tensor(p.data)
    x = rng.normal(size=shape)
    ours, theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    y, their_y = layer(ours), module(theirs)
    g = rng.normal(size=tuple(their_y.shape))
    y.backward(g)
    their_y.backward(torch.tensor(g))
    parts = {"y": (y.data, their_y.detach().numpy()), "x": (ours.grad, theirs.grad.numpy())}
    gradients = {name: (p.grad, q.grad.numpy()) for name, (p, q) in zip("Wb", pairs, strict=False)}
    assert_agree(name, parts | gradients)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("shape", "n_out", "size", "stride", "padding"),
    [
        ((5, 3, 8, 8), 4, 3, 1, 1),
        ((4, 1, 7, 5), 3, (3, 2), 1, 0),
        ((3, 2, 9, 6), 5, (2, 3), (2, 3), (1, 0)),
        ((2, 4, 7, 7), 3, 5, 3, 2),
        ((2, 4, 5, 3), 6, 1, 1, 0),
        ((2, 4, 6, 6), 3, 1, 2, 0),
        ((3, 2, 4, 5), 2, (4, 5), 1, 0),
        ((2, 3, 4, 4), 2, 2, (3, 1), (4, 3)),
        ((1, 2, 1, 6), 3, (1, 4), 1, (0, 2)),
    ],
)
def test_conv2d(shape, n_out, size, stride, padding, bias):
    options = {"stride": stride, "padding": padding, "bias": bias}
    layer = nn.Conv2d(shape[1], n_out, size, rng=0, **options)
    module = torch.nn.Conv2d(shape[1], n_out, size, dtype=torch.float64, **options)
    pairs = [(layer.W, module.weight), (layer.b, module.bias)][: 1 + bias]
    compare(f"conv {shape} {size} {stride} {padding}", layer, module, shape, pairs)


@pytest.mark.parametrize(
    ("shape", "size", "stride"),
    [
        ((3, 2, 8, 8), 2, None),
        ((3, 2, 7, 9), 2, None),
        ((2, 3, 7, 8), (3, 2), (1, 2)),
        ((2, 1, 6, 5), 3, 1),
        ((2, 1, 9, 9), 2, 4),
    ],
)
@pytest.mark.parametrize("kind", ["MaxPool2d", "AvgPool2d"])
def test_pooling(kind, shape, size, stride):
    layer = getattr(nn, kind)(size, stride=stride)
    module = getattr(torch.nn, kind)(size, stride=stride)
    compare(f"{kind} {shape} {size} {stride}", layer, module, shape)


@pytest.mark.parametrize("stride", [2, 1])
def test_ties_go_to_the_first_entry(stride):
    """Small integers: most windows hold their largest entry more than once."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (4, 3, 8, 8)).astype(float)
    ours, theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    y = nn.MaxPool2d(2, stride=stride)(ours)
    g = rng.normal(size=y.shape)
    y.backward(g)
    torch.nn.functional.max_pool2d(theirs, 2, stride).backward(torch.tensor(g))
    assert_agree(f"ties, stride {stride}", {"x": (ours.grad, theirs.grad.numpy())})


def test_a_small_convolutional_network():
    rng = np.random.default_rng(1)
    ours = nn.Sequential(
        nn.Conv2d(1, 4, 3, rng=rng, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, rng=rng, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
    )
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 6, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
    ).double()
    compare(
        "network", ours, theirs, (5, 1, 8, 8), list(zip(ours.parameters(), theirs.parameters(), strict=True))
    )
