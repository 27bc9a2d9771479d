"""Our engines against PyTorch float64 on many random computations.

PyTorch is a referee: it is not needed by a learner, and without it these tests are not collected
(conftest.py); CI installs it. Errors are relative to the largest entry of all gradients of a
program, since entries that are tiny by cancellation differ between any two engines; programs whose
every gradient is so (below 1e-3, or after a saturated tanh) are drawn again.
"""

import numpy as np
import torch

from backprop_lib import Tensor, ops
from tests.engines import SCALAR, TENSOR, scalar_leaves, torch_engine, torch_tensor_engine
from tests.random_graphs import scalar_program, tensor_program

LIMIT = 1e-12


def largest_error(ours, theirs):
    """The largest difference between two lists of arrays, relative to the largest entry of the second."""
    differences = [np.max(np.abs(a - b), initial=0.0) for a, b in zip(ours, theirs, strict=True)]
    return float(max(differences) / (max(np.max(np.abs(b), initial=0.0) for b in theirs) or 1.0))


def arrays(gradients, leaves):
    """Gradients as arrays; None (a leaf that was not used) is zero."""
    pairs = zip(gradients, leaves, strict=True)
    return [np.zeros(np.shape(x)) if g is None else np.asarray(g) for g, x in pairs]


def well_conditioned(values, leaves):
    return max(abs(v.data) for v in values) <= 4 and max(abs(leaf.grad) for leaf in leaves) >= 1e-3


def test_scalar_agrees_on_1000_random_expressions():
    rng, worst, drawn, compared = np.random.default_rng(1), 0.0, 0, 0
    while compared < 1000:
        drawn += 1
        program = scalar_program(rng)
        ours = scalar_leaves(program)
        values = program.run(SCALAR, ours)
        values[-1].backward()
        if not well_conditioned(values, ours):
            continue
        compared += 1
        theirs = [torch.tensor(leaf, dtype=torch.float64, requires_grad=True) for leaf in program.leaves]
        root = program.run(torch_engine(), theirs)[-1]
        root.backward()
        expected = arrays([leaf.grad for leaf in theirs], theirs)
        worst = max(worst, largest_error(arrays([leaf.grad for leaf in ours], theirs), expected))
        worst = max(worst, abs(values[-1].data - root.item()) / max(abs(root.item()), 1.0))
    print(f"Scalar against PyTorch, {compared} expressions of {drawn} drawn: error {worst:.1e}")
    assert worst <= LIMIT
    assert drawn < 3000


def test_tensor_agrees_on_500_random_graphs_with_broadcasting():
    rng, worst, drawn, compared = np.random.default_rng(2), 0.0, 0, 0
    while compared < 500:
        drawn += 1
        program = tensor_program(rng)
        ours = [Tensor(leaf) for leaf in program.leaves]
        theirs = [torch.tensor(leaf, requires_grad=True) for leaf in program.leaves]
        root, their_root = program.run(TENSOR, ours)[-1], program.run(torch_tensor_engine(), theirs)[-1]
        upstream = rng.normal(size=root.shape)
        root.backward(upstream)
        their_root.backward(torch.tensor(upstream))
        expected = arrays([leaf.grad for leaf in theirs], ours)
        if max(np.max(np.abs(gradient)) for gradient in expected) < 1e-3:
            continue
        compared += 1
        worst = max(worst, largest_error(arrays([leaf.grad for leaf in ours], ours), expected))
        worst = max(worst, largest_error([root.data], [their_root.detach().numpy()]))
    print(f"Tensor against PyTorch, {compared} graphs of {drawn} drawn: error {worst:.1e}")
    assert worst <= LIMIT
    assert drawn < 600


def test_softmax_cross_entropy_agrees_far_from_zero():
    logits = np.array([[1000.0, -1000.0, 3.0], [0.5, 0.25, -0.75]])
    labels = np.array([0, 2])
    ours, theirs = Tensor(logits), torch.tensor(logits, requires_grad=True)
    loss = ops.softmax_cross_entropy(ours, labels)
    their_loss = torch.nn.functional.cross_entropy(theirs, torch.tensor(labels))
    loss.backward()
    their_loss.backward()
    assert largest_error([loss.data], [their_loss.detach().numpy()]) <= LIMIT
    assert largest_error([ours.grad], [theirs.grad.numpy()]) <= LIMIT
