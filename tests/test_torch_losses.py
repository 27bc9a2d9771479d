"""Every loss against PyTorch float64: results and gradients, all reductions and options."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional

from backprop_lib import Tensor, losses
from tests.referee import assert_agree

RNG = np.random.default_rng(7)
REAL, PREDICTION = RNG.normal(size=(2, 6, 3))
LOGITS = 3 * RNG.normal(size=(6, 4))
FAR = np.array([[1000.0, -1000.0, 3.0, 0.0], [-800.0, 0.5, 0.25, -0.75]])
LABELS = np.array([0, 3, 3, 1, 2, 0])
SOFT = RNG.dirichlet(np.ones(4), size=6)
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.5])
REDUCTIONS = ["mean", "sum", "none"]


def compare(name, ours, theirs, prediction):
    """Both losses of the same prediction, then both gradients for the same random upstream gradient."""
    y, their_y = Tensor(prediction), torch.tensor(prediction, requires_grad=True)
    loss, their_loss = ours(y), theirs(their_y)
    upstream = RNG.normal(size=loss.shape)
    loss.backward(upstream)
    their_loss.backward(torch.tensor(upstream))
    assert_agree(name, {"loss": (loss.data, their_loss.detach()), "gradient": (y.grad, their_y.grad)})


def torch_hinge(y, t, reduction):
    each = torch.clamp(1 - t * y, min=0)
    return {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]


PAIRS = {
    "mse": (losses.mse, functional.mse_loss, REAL),
    "mae": (losses.mae, functional.l1_loss, REAL),
    "binary_cross_entropy": (
        losses.binary_cross_entropy,
        functional.binary_cross_entropy_with_logits,
        RNG.uniform(size=(6, 3)),
    ),
    "hinge": (losses.hinge, torch_hinge, np.sign(REAL)),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_pairwise_losses(name, reduction):
    ours, theirs, target = PAIRS[name]
    for scale in (1, 300):
        compare(
            f"{name} {reduction} ×{scale}",
            lambda y: ours(y, target, reduction=reduction),
            lambda y: theirs(y, torch.tensor(target), reduction=reduction),
            scale * PREDICTION,
        )


@pytest.mark.parametrize(("delta", "reduction"), list(product([0.1, 1.0, 2.5], REDUCTIONS)))
def test_huber(delta, reduction):
    compare(
        f"huber {delta} {reduction}",
        lambda y: losses.huber(y, REAL, delta=delta, reduction=reduction),
        lambda y: functional.huber_loss(y, torch.tensor(REAL), delta=delta, reduction=reduction),
        2 * PREDICTION,
    )


@pytest.mark.parametrize(
    ("target", "weights", "smoothing", "reduction"),
    list(product([LABELS, SOFT], [None, WEIGHTS], [0.0, 0.1, 0.9], REDUCTIONS)),
)
def test_cross_entropy(target, weights, smoothing, reduction):
    kind = "labels" if target is LABELS else "soft"
    for logits, rows in ((LOGITS, 6), (FAR, 2)):
        compare(
            f"cross_entropy {kind} {'weighted' if weights is not None else ''} {smoothing} {reduction}",
            lambda z, rows=rows: losses.cross_entropy(
                z, target[:rows], weights=weights, smoothing=smoothing, reduction=reduction
            ),
            lambda z, rows=rows: functional.cross_entropy(
                z,
                torch.tensor(target[:rows]),
                weight=None if weights is None else torch.tensor(weights),
                label_smoothing=smoothing,
                reduction=reduction,
            ),
            logits,
        )


def test_infinite_logits_do_as_pytorch_does():
    z = np.array([[0.0, -np.inf, 1.0], [2.0, 0.0, -np.inf]])
    for labels in ([0, 1], [1, 0]):
        ours, theirs = Tensor(z), torch.tensor(z, requires_grad=True)
        loss = losses.cross_entropy(ours, labels)
        their_loss = functional.cross_entropy(theirs, torch.tensor(labels))
        assert loss.item() == pytest.approx(their_loss.item(), rel=1e-15)
        loss.backward()
        their_loss.backward()
        np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-12)
