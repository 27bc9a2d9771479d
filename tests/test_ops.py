"""Each op: its result against numpy, its vjp against numerical gradients with a random upstream."""

import re
from pathlib import Path

import numpy as np
import pytest

from backprop_lib import Tensor, gradcheck, losses, ops

N = np.random.default_rng(0).normal


def positive(*shape):
    return np.abs(N(size=shape)) + 0.1


LABELS = np.array([0, 2, 2])

# op -> cases; a case is (function of Tensors, the same in numpy, inputs). Shapes are unequal on purpose.
CASES = {
    "add": [(lambda a, b: a + b, np.add, (N(size=(3, 1, 4)), N(size=(2, 1))))],
    "sub": [(lambda a, b: a - b, np.subtract, (N(size=4), N(size=1)))],
    "mul": [(lambda a, b: a * b, np.multiply, (N(size=(3, 4)), N(size=(1,))))],
    "div": [(lambda a, b: a / b, np.divide, (N(size=(3, 4)), positive(4)))],
    "pow": [
        (lambda a, b: a**b, np.power, (positive(3, 4), N(size=(3, 1)))),
        (lambda a: a**3, lambda a: a**3, (N(size=(2, 3)),)),
        (lambda a: 2**a, np.exp2, (N(size=3),)),
    ],
    "neg": [(lambda a: -a, np.negative, (N(size=3),))],
    "maximum": [(ops.maximum, np.maximum, (N(size=(2, 3)), N(size=3)))],
    "where": [
        (
            lambda a, b: ops.where(a > 0, a, b * b),
            lambda a, b: np.where(a > 0, a, b * b),
            (N(size=(2, 3)), N(size=3)),
        )
    ],
    "exp": [(ops.exp, np.exp, (N(size=(2, 3)),))],
    "log": [(ops.log, np.log, (positive(2, 3),))],
    "tanh": [(ops.tanh, np.tanh, (N(size=(2, 3)),))],
    "relu": [(ops.relu, lambda x: x * (x > 0), (N(size=(2, 3)),))],
    "sigmoid": [(ops.sigmoid, lambda x: 1 / (1 + np.exp(-x)), (3 * N(size=(2, 3)),))],
    "softplus": [(ops.softplus, lambda x: np.log1p(np.exp(x)), (3 * N(size=(2, 3)),))],
    "sum": [
        (lambda x: x.sum(axis=(0, 2)), lambda x: x.sum((0, 2)), (N(size=(2, 3, 4)),)),
        (lambda x: x.sum(axis=-1, keepdims=True), lambda x: x.sum(-1, keepdims=True), (N(size=(2, 3)),)),
    ],
    "mean": [
        (lambda x: x.mean(axis=1), lambda x: x.mean(1), (N(size=(2, 3, 4)),)),
        (lambda x: x.mean(), np.mean, (N(size=(2, 3)),)),
    ],
    "max": [
        (lambda x: x.max(axis=1), lambda x: x.max(1), (N(size=(2, 3, 4)),)),
        (lambda x: x.max(), np.max, (N(size=(2, 3)),)),
    ],
    "logsumexp": [
        (lambda x: x.logsumexp(axis=1), lambda x: np.log(np.exp(x).sum(1)), (N(size=(2, 3, 4)),)),
        (lambda x: x.logsumexp(), lambda x: np.log(np.exp(x).sum()), (N(size=(2, 3)),)),
    ],
    "softmax": [
        (lambda x: x.softmax(axis=0), lambda x: np.exp(x) / np.exp(x).sum(0), (N(size=(2, 3)),)),
        (lambda x: x.softmax(axis=None), lambda x: np.exp(x) / np.exp(x).sum(), (N(size=(2, 3)),)),
    ],
    "reshape": [(lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1), (N(size=(2, 3, 4)),))],
    "transpose": [
        (lambda x: x.transpose(2, 0, 1), lambda x: x.transpose(2, 0, 1), (N(size=(2, 3, 4)),)),
        (lambda x: x.T, lambda x: x.T, (N(size=(2, 3, 4)),)),
    ],
    "getitem": [
        (lambda x: x[[0, 0, 1], 1:], lambda x: x[[0, 0, 1], 1:], (N(size=(2, 3, 4)),)),
        (lambda x: x[:, ::-2], lambda x: x[:, ::-2], (N(size=(2, 5)),)),
        (lambda x: x[x > 0], lambda x: x[x > 0], (N(size=(2, 3)),)),
        (lambda x: x[1, ..., None], lambda x: x[1, ..., None], (N(size=(2, 3)),)),
    ],
    "concatenate": [
        (
            lambda a, b: ops.concatenate([a, b, a], axis=1),
            lambda a, b: np.concatenate([a, b, a], 1),
            (N(size=(2, 3)), N(size=(2, 5))),
        )
    ],
    "stack": [
        (
            lambda a, b: ops.stack([a, b], axis=-1),
            lambda a, b: np.stack([a, b], -1),
            (N(size=(2, 3)), N(size=(2, 3))),
        )
    ],
    "matmul": [
        (lambda a, b: a @ b, np.matmul, (N(size=left), N(size=right)))
        for left, right in [
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((3,), (3, 4)),
            ((2, 3), (3,)),
            ((5, 2, 3), (3, 4)),
            ((5, 1, 2, 3), (6, 3, 4)),
            ((3,), (6, 3, 4)),
            ((6, 2, 3), (3,)),
        ]
    ],
    "linear": [
        (ops.linear, lambda x, W, b: x @ W + b, (N(size=shape), N(size=(3, 4)), N(size=4)))
        for shape in [(5, 3), (2, 5, 3), (3,)]
    ],
    "linear_relu": [
        (
            lambda x, W, b: ops.linear(x, W, b, activation="relu"),
            lambda x, W, b: np.maximum(x @ W + b, 0),
            (N(size=shape), N(size=(3, 4)), N(size=4)),
        )
        for shape in [(5, 3), (2, 5, 3), (3,)]
    ],
    "linear_tanh": [
        (
            lambda x, W, b: ops.linear(x, W, b, activation="tanh"),
            lambda x, W, b: np.tanh(x @ W + b),
            (N(size=(5, 3)), N(size=(3, 4)), N(size=4)),
        )
    ],
    "softmax_cross_entropy": [
        (
            lambda x: ops.softmax_cross_entropy(x, LABELS),
            lambda x: -np.log((np.exp(x) / np.exp(x).sum(1, keepdims=True))[range(3), LABELS]).mean(),
            (N(size=(3, 4)),),
        )
    ],
}
FLAT = [
    pytest.param(*case, id=f"{name}-{i}") for name, cases in CASES.items() for i, case in enumerate(cases)
]


# The ops of layers and losses, which have the same checks beside the layer that uses them.
ELSEWHERE = {
    "test_nn_layers.py": ["batch_norm", "elu", "gelu", "layer_norm", "leaky_relu"],
    "test_nn_images.py": ["avg_pool2d", "conv2d", "max_pool2d"],
    "test_nn_sequences.py": ["embedding", "gru", "gru_cell", "lstm", "lstm_cell", "rnn", "rnn_cell"],
    "test_nn_attention.py": ["attention", "self_attention"],
    "test_losses.py": ["binary_cross_entropy", "cross_entropy", "hinge", "huber", "mae", "mse"],
}


def test_every_op_is_tested():
    for package in (ops, losses):
        for name in dir(package):  # load what loads late
            getattr(package, name)
    shipped = {name for name, op in ops.REGISTRY.items() if op.__module__.startswith("backprop_lib.")}
    elsewhere = {name for names in ELSEWHERE.values() for name in names}
    assert shipped == {*CASES, *elsewhere, "label_cross_entropy"}  # the last: cross_entropy not averaged
    for file, names in ELSEWHERE.items():
        text = (Path(__file__).parent / file).read_text("utf-8")
        assert "gradcheck" in text or "check_op" in text
        for name in names:
            written = rf"(ops|losses)\.{name}\b|\"{name.removesuffix('_cell')}\""
            assert re.search(written, text), f"{file} does not test {name}"


@pytest.mark.parametrize(("f", "reference", "inputs"), FLAT)
def test_forward_agrees_with_numpy(f, reference, inputs):
    result = f(*map(Tensor, inputs)).data
    expected = np.asarray(reference(*inputs))
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("f", "reference", "inputs"), FLAT)
def test_vjp_agrees_with_numerical_gradient(f, reference, inputs):
    assert (check := gradcheck(f, *inputs)), check
    assert (check := gradcheck(f, *inputs, method="central difference")), check


def test_ties_share_the_gradient():
    x = Tensor([[2.0, 2.0, 1.0]])
    x.max(axis=1).sum().backward()
    assert x.grad.tolist() == [[0.5, 0.5, 0.0]]
    a, b = Tensor([1.0]), Tensor([1.0])
    ops.maximum(a, b).sum().backward()
    assert a.grad == b.grad == 0.5


def test_nothing_overflows_at_1000():
    x = Tensor([[1000.0, -1000.0, 0.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for f in (ops.tanh, ops.sigmoid, ops.softplus, ops.softmax, ops.logsumexp, ops.relu):
            x.zero_grad()
            f(x).sum().backward()
            assert np.isfinite(f(x).data).all() and np.isfinite(x.grad).all(), f
        x.zero_grad()
        ops.softmax_cross_entropy(x, [1]).backward()
    assert ops.tanh(x).data.tolist() == [[1, -1, 0]]
    assert ops.softplus(x).data[0, 0] == 1000
    assert x.grad.tolist() == [[1, -1, 0]]


def test_logsumexp_of_nothing_and_of_infinity():
    assert Tensor([-np.inf, 0.0]).logsumexp().item() == 0.0
    assert Tensor([np.inf, 0.0]).logsumexp().item() == np.inf


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0], [0.0, 1.0], [0], [[0, 1]], "ab"])
def test_wrong_labels_are_named(labels):
    with pytest.raises(ValueError, match="labels"):
        ops.softmax_cross_entropy(Tensor(np.ones((2, 3))), labels)


def test_a_new_op_is_a_few_lines():
    @ops.op
    def softsign(x):
        d = 1 + abs(x)
        return x / d, lambda g: g / d**2

    try:
        assert (check := gradcheck(softsign, N(size=(2, 3)))), check
    finally:
        del ops.REGISTRY["softsign"]
