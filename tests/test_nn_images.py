"""Convolution and pooling without PyTorch: loops as referee, numerical gradients, ties, messages."""

from functools import partial

import numpy as np
import pytest

from backprop_lib import Tensor, nn, ops
from tests.op_contract import check_op

N = np.random.default_rng(0).normal


def each_window(x, size, stride):
    """The windows of x (N, C, H, W), and room for one result each: a dict from (i, j), and (H', W')."""
    n = [(length - k) // s + 1 for length, k, s in zip(x.shape[2:], size, stride, strict=True)]
    corners = {(i, j): (i * stride[0], j * stride[1]) for i, j in np.ndindex(*n)}
    return n, {at: x[:, :, i : i + size[0], j : j + size[1]] for at, (i, j) in corners.items()}


def pooled(reduce, size, stride):
    def reference(x):
        n, windows = each_window(x, size, stride)
        y = np.empty((*x.shape[:2], *n))
        for (i, j), window in windows.items():
            y[:, :, i, j] = reduce(window, axis=(2, 3))
        return y

    return reference


def convolved(stride, padding):
    def reference(x, W, b):
        padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
        n, windows = each_window(padded, W.shape[2:], stride)
        y = np.empty((len(x), len(W), *n))
        for (i, j), window in windows.items():
            for o, kernel in enumerate(W):
                y[:, o, i, j] = (window * kernel).sum(axis=(1, 2, 3)) + b[o]
        return y

    return reference


@pytest.mark.parametrize(
    ("image", "kernel", "stride", "padding"),
    [
        ((2, 3, 5, 4), (4, 3, 2, 3), (1, 1), (0, 0)),
        ((2, 3, 5, 4), (4, 3, 3, 3), (1, 1), (1, 1)),
        ((3, 1, 6, 7), (2, 1, 3, 2), (2, 3), (0, 1)),  # the last windows do not fit
        ((2, 2, 3, 4), (3, 2, 1, 1), (1, 1), (0, 0)),
        ((2, 2, 3, 4), (3, 2, 3, 4), (1, 1), (0, 0)),  # one window
        ((1, 2, 3, 2), (3, 2, 2, 2), (3, 2), (3, 4)),  # windows of nothing but padding
        ((2, 3, 7, 5), (2, 3, 2, 1), (3, 2), (0, 0)),  # pixels that no window sees
    ],
)
def test_conv2d(image, kernel, stride, padding):
    inputs = N(size=image), N(size=kernel), N(size=kernel[0])
    check_op(partial(ops.conv2d, stride=stride, padding=padding), convolved(stride, padding), inputs)


POOLS = [((2, 3, 4, 6), (2, 3), None), ((2, 3, 5, 7), (2, 2), None), ((2, 1, 5, 4), (3, 2), (1, 1)),
         ((1, 2, 7, 5), (1, 2), (3, 2))]  # fmt: skip


@pytest.mark.parametrize(("image", "size", "stride"), POOLS)
@pytest.mark.parametrize(("op", "reduce"), [(ops.max_pool2d, np.max), (ops.avg_pool2d, np.mean)])
def test_pooling(op, reduce, image, size, stride):
    check_op(partial(op, size=size, stride=stride), pooled(reduce, size, stride or size), (N(size=image),))


def test_of_equal_entries_the_first_takes_the_gradient():
    x = Tensor(np.ones((1, 1, 4, 4)))
    ops.max_pool2d(x, size=2).backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert x.grad[0, 0].tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    x = Tensor([[[[0.0, 5.0], [5.0, 5.0]]]])
    ops.max_pool2d(x, size=2).sum().backward()
    assert x.grad[0, 0].tolist() == [[0, 1], [0, 0]]


def test_one_int_stands_for_a_pair():
    x, W, b = Tensor(N(size=(2, 3, 6, 6))), Tensor(N(size=(4, 3, 3, 3))), Tensor(N(size=4))
    one = ops.conv2d(x, W, b, stride=2, padding=1).data
    np.testing.assert_array_equal(one, ops.conv2d(x, W, b, stride=(2, 2), padding=(1, 1)).data)
    one = ops.max_pool2d(x, size=3, stride=1).data
    np.testing.assert_array_equal(one, ops.max_pool2d(x, size=(3, 3), stride=(1, 1)).data)


def test_options_that_are_changed_later_do_no_harm():
    x, W, b = Tensor(N(size=(2, 3, 6, 6))), Tensor(N(size=(4, 3, 3, 3))), Tensor(N(size=4))
    stride = [2, 2]
    y = ops.conv2d(x, W, b, stride=stride)
    stride[:] = [1, 1]
    y.backward(np.ones(y.shape))
    again = Tensor(x.data)
    ops.conv2d(again, W, b, stride=2).backward(np.ones(y.shape))
    np.testing.assert_array_equal(x.grad, again.grad)


# Layers


def test_conv2d_layer():
    layer = nn.Conv2d(3, 4, (2, 3), rng=0, stride=(2, 1), padding=(0, 1))
    assert layer.W.shape == (4, 3, 2, 3) and layer.b.data.tolist() == [0] * 4
    layer.b.data = N(size=4)
    x = N(size=(2, 3, 5, 4))
    y = layer(x)
    expected = convolved((2, 1), (0, 1))(x, layer.W.data, layer.b.data)
    np.testing.assert_allclose(y.data, expected, rtol=1e-12, atol=1e-13)
    y.sum().backward()
    assert layer.W.grad.shape == layer.W.shape
    np.testing.assert_allclose(layer.b.grad, [y.data[:, 0].size] * 4)
    assert repr(layer) == ("Conv2d(stride=(2, 1), padding=(0, 1))  W (4, 3, 2, 3)  b (4,)  [76 parameters]")


def test_conv2d_without_bias():
    layer = nn.Conv2d(1, 2, 3, rng=0, bias=False)
    assert list(layer.state_dict()) == ["W"]
    assert layer(np.zeros((1, 1, 3, 3))).data.tolist() == [[[[0]], [[0]]]]


def test_weights_start_by_he():
    W = nn.Conv2d(16, 64, 5, rng=0).W.data
    assert abs(W.var() * 16 * 25 / 2 - 1) < 0.02


def test_seeds():
    made = [nn.Conv2d(2, 3, 3, rng=rng).W.data for rng in (1, 1, 2, np.random.default_rng(1))]
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any() and (made[0] == made[3]).all()


@pytest.mark.parametrize("leaf", [True, False])
def test_float32_all_the_way(leaf):
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, rng=0, padding=1, dtype=np.float32), nn.MaxPool2d(2), nn.AvgPool2d(2)
    )
    x = N(size=(2, 1, 8, 8)).astype(np.float32 if leaf else np.float64)
    y = net(Tensor(x) if leaf else x)
    y.sum().backward()
    assert y.dtype == np.float32 and y.shape == (2, 2, 2, 2)
    assert all(p.grad.dtype == np.float32 for p in net.parameters())


def test_pooling_layers():
    x = N(size=(2, 3, 7, 6))
    assert nn.MaxPool2d(2)(x).shape == (2, 3, 3, 3)
    np.testing.assert_allclose(
        nn.AvgPool2d((2, 3), stride=1)(x).data, pooled(np.mean, (2, 3), (1, 1))(x), rtol=1e-13
    )
    assert repr(nn.MaxPool2d(2)) == "MaxPool2d(size=(2, 2), stride=(2, 2))"


# Messages


X = np.zeros((2, 3, 5, 5))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Conv2d(1, 4, 3, rng=0)(X), ValueError, r"Conv2d\(1, 4, \(3, 3\)\) needs .*N, 1, H, W"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0)(X[0]), ValueError, r"needs images .* got \(3, 5, 5\)"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0)(X[:0]), ValueError, "at least one image"),
        (lambda: nn.Conv2d(3, 4, 6, rng=0)(X), ValueError, "window of 6×6 is larger than .* 5×5"),
        (lambda: nn.Conv2d(3, 4, (1, 6), rng=0)(X), ValueError, "window of 1×6 is larger"),
        (lambda: nn.Conv2d(3, 4, 3), TypeError, "rng"),
        (lambda: nn.Conv2d(3, 4, 3, rng=None), TypeError, "rng"),
        (lambda: nn.Conv2d(0, 4, 3, rng=0), ValueError, "n_in"),
        (lambda: nn.Conv2d(3, 4.0, 3, rng=0), TypeError, "n_out"),
        (lambda: nn.Conv2d(3, 4, 0, rng=0), ValueError, "size must be an int of at least 1"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0, stride=0), ValueError, "stride must"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0, stride=(1, 2, 3)), ValueError, "stride must"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0, padding=-1), ValueError, "padding must be an int of at least 0"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0, padding=1.0), ValueError, "padding must"),
        (lambda: nn.Conv2d(3, 4, 3, rng=0, padding=True), ValueError, "padding must"),
        (lambda: ops.conv2d(X, np.ones((4, 2, 3, 3)), 0.0), ValueError, "x has 3 channels, .* W are for 2"),
        (lambda: ops.conv2d(X, np.ones((4, 3, 3)), 0.0), ValueError, r"W must be kernels .* got \(4, 3, 3\)"),
        (lambda: ops.conv2d(X, np.ones((4, 3, 3, 3)), np.ones(3)), ValueError, "each of the 4 kernels"),
        (lambda: nn.MaxPool2d(6)(X), ValueError, "window of 6×6 is larger"),
        (lambda: nn.MaxPool2d(2)(X[0]), ValueError, r"\(N, C, H, W\), got \(3, 5, 5\)"),
        (lambda: nn.AvgPool2d(2)(X[:0]), ValueError, "at least one image"),
        (lambda: nn.AvgPool2d(2, stride=0), ValueError, "stride must"),
    ],
)  # fmt: skip
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_small_network_learns_where_the_line_is():
    """Upright and lying lines: hopeless for a mean over pixels, easy for two kernels."""
    rng = np.random.default_rng(3)
    labels, images = rng.integers(0, 2, 40), np.zeros((40, 1, 6, 6))
    for image, label, at in zip(images, labels, rng.integers(0, 6, 40), strict=True):
        (image[0].T if label else image[0])[at] = 1
    images += rng.normal(scale=0.1, size=images.shape)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, rng=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 2, rng=2)
    )
    for _ in range(60):
        loss = ops.softmax_cross_entropy(net(images), labels)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data = p.data - 0.3 * p.grad
    assert loss.item() < 0.1
