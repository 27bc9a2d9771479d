"""Layers and the operations that they bring, without PyTorch: numerical gradients, the same layer
composed of elementary operations, dtypes, messages."""

import math

import numpy as np
import pytest

from backprop_lib import Tensor, gradcheck, init, nn, ops
from tests.referee import assert_agree

N = np.random.default_rng(0).normal


# Operations: forward against numpy, vjp against numerical gradients


def numpy_leaky(x):
    return np.where(x > 0, x, 0.01 * x)


def numpy_elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def numpy_gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def numpy_norm(x, gamma, beta, axes, column):
    mu = x.mean(axis=axes, keepdims=True)
    sigma = np.sqrt(x.var(axis=axes, keepdims=True) + 1e-5)
    return (x - mu) / sigma * gamma.reshape(column) + beta.reshape(column)


def numpy_batch_norm(x, gamma, beta):
    axes = (0, *range(2, x.ndim))
    return numpy_norm(x, gamma, beta, axes, (-1, *(1,) * (x.ndim - 2)))


def numpy_layer_norm(x, gamma, beta):
    return numpy_norm(x, gamma, beta, -1, (-1,))


def scales(D):
    return N(size=D), N(size=D)


CASES = {
    "leaky_relu": (ops.leaky_relu, numpy_leaky, (N(size=(3, 4)),)),
    "leaky_relu, slope 0.3": (
        lambda x: ops.leaky_relu(x, slope=0.3),
        lambda x: np.where(x > 0, x, 0.3 * x),
        (N(size=5),),
    ),
    "elu": (ops.elu, numpy_elu, (N(size=(3, 4)),)),
    "elu, alpha 0.7": (lambda x: ops.elu(x, alpha=0.7), lambda x: numpy_elu(x, 0.7), (N(size=5),)),
    "gelu": (ops.gelu, numpy_gelu, (3 * N(size=(3, 4)),)),
    "sigmoid": (ops.sigmoid, lambda x: 1 / (1 + np.exp(-x)), (9 * N(size=(3, 4)),)),
    "softplus": (ops.softplus, lambda x: np.log(1 + np.exp(x)), (3 * N(size=(3, 4)),)),
    "batch_norm (N, D)": (ops.batch_norm, numpy_batch_norm, (2 * N(size=(5, 3)) + 1, *scales(3))),
    "batch_norm (N, D, T)": (ops.batch_norm, numpy_batch_norm, (N(size=(4, 3, 2)), *scales(3))),
    "batch_norm images": (ops.batch_norm, numpy_batch_norm, (N(size=(2, 3, 4, 5)) - 2, *scales(3))),
    "batch_norm one image": (ops.batch_norm, numpy_batch_norm, (N(size=(1, 2, 3, 4)), *scales(2))),
    "layer_norm": (ops.layer_norm, numpy_layer_norm, (2 * N(size=(5, 4)) + 1, *scales(4))),
    "layer_norm (N, T, D)": (ops.layer_norm, numpy_layer_norm, (N(size=(2, 3, 4)), *scales(4))),
    "layer_norm (D,)": (ops.layer_norm, numpy_layer_norm, (N(size=4), *scales(4))),
}


@pytest.mark.parametrize("name", CASES)
def test_op_agrees_with_numpy_and_with_numerical_gradients(name):
    f, reference, inputs = CASES[name]
    y = f(*map(Tensor, inputs))
    np.testing.assert_allclose(y.data, reference(*inputs), rtol=1e-13, atol=1e-14)
    assert (check := gradcheck(f, *inputs)), check
    assert (check := gradcheck(f, *inputs, method="central difference")), check


@pytest.mark.parametrize("name", CASES)
def test_op_keeps_float32_and_leaves_its_arrays_alone(name):
    f, _, inputs = CASES[name]
    leaves = [Tensor(x, dtype=np.float32) for x in inputs]
    before = [leaf.data.copy() for leaf in leaves]
    y = f(*leaves)
    g = N(size=y.shape).astype(np.float32)
    upstream = g.copy()
    for vjp, leaf in zip(y._vjps, leaves, strict=True):
        gradient = vjp(g)
        assert np.asarray(gradient).dtype == np.float32 and gradient.shape == leaf.shape
        again = vjp(g)
        np.testing.assert_array_equal(gradient, again)  # no vjp writes into what another one reads
    assert y.dtype == np.float32
    np.testing.assert_array_equal(g, upstream)
    for leaf, old in zip(leaves, before, strict=True):
        np.testing.assert_array_equal(leaf.data, old)


@pytest.mark.parametrize("name", CASES)
def test_two_upstream_gradients_do_not_mix(name):
    f, _, inputs = CASES[name]
    leaves = [Tensor(x) for x in inputs]
    y = f(*leaves)
    found = []
    for g in (np.ones(y.shape), N(size=y.shape)):
        for leaf in leaves:
            leaf.zero_grad()
        y.backward(g)
        fresh = [Tensor(x) for x in inputs]
        f(*fresh).backward(g)
        found = [(leaf.grad, other.grad) for leaf, other in zip(leaves, fresh, strict=True)]
        for gradient, expected in found:
            np.testing.assert_array_equal(gradient, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_far_from_zero(dtype):
    x = Tensor(np.array([-1e4, -800, -100, 0, 100, 800, 1e4]), dtype=dtype)
    expected = {
        ops.sigmoid: [0, 0, math.exp(-100), 0.5, 1, 1, 1],
        ops.softplus: [0, 0, math.exp(-100), math.log(2), 100, 800, 1e4],
        ops.gelu: [0, 0, 0, 0, 100, 800, 1e4],
        ops.elu: [-1, -1, -1, 0, 100, 800, 1e4],
        ops.leaky_relu: [-100, -8, -1, 0, 100, 800, 1e4],
    }
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for f, values in expected.items():
            x.zero_grad()
            y = f(x)
            y.sum().backward()
            np.testing.assert_allclose(y.data, values, rtol=1e-6, atol=1e-35)
            assert np.isfinite(x.grad).all()


def test_sigmoid_keeps_its_small_gradient_on_both_sides():
    x = Tensor([-40.0, 40.0])
    ops.sigmoid(x).sum().backward()
    np.testing.assert_allclose(x.grad, math.exp(-40), rtol=1e-14)


def test_derivatives_at_zero():
    for f, slope in ((ops.relu, 0.0), (ops.leaky_relu, 0.01), (ops.elu, 1.0), (ops.gelu, 0.5)):
        x = Tensor([0.0])
        f(x).sum().backward()
        assert x.grad.tolist() == [slope]


# Fused operations agree with the same layer composed of elementary ones


def composed_norm(x, gamma, beta, axes, column):
    centred = x - x.mean(axis=axes, keepdims=True)
    var = (centred * centred).mean(axis=axes, keepdims=True)
    x_hat = centred / (var + 1e-5) ** 0.5
    return x_hat * gamma.reshape(*column) + beta.reshape(*column)


@pytest.mark.parametrize(
    ("fused", "shape", "axes", "column"),
    [
        (ops.batch_norm, (7, 5), 0, (5,)),
        (ops.batch_norm, (3, 5, 4, 2), (0, 2, 3), (5, 1, 1)),
        (ops.layer_norm, (7, 5), -1, (5,)),
        (ops.layer_norm, (2, 7, 5), -1, (5,)),
    ],
)
def test_fused_norms_agree_with_composed_ones(fused, shape, axes, column):
    inputs = (3 * N(size=shape) + 2, *scales(5))
    ours, theirs = [Tensor(x) for x in inputs], [Tensor(x) for x in inputs]
    y, expected = fused(*ours), composed_norm(*theirs, axes, column)
    g = N(size=shape)
    y.backward(g)
    expected.backward(g)
    pairs = {name: (a.grad, b.grad) for name, a, b in zip(("x", "gamma", "beta"), ours, theirs, strict=True)}
    assert_agree(f"{fused.__name__} {shape}", {"y": (y.data, expected.data), **pairs})


def test_mlp_agrees_with_its_formula():
    mlp = nn.MLP([3, 5, 4, 2], rng=0)
    x = N(size=(6, 3))
    (W1, b1), (W2, b2), (W3, b3) = ((Tensor(layer.W.data), Tensor(N(size=layer.b.shape))) for layer in mlp)
    for layer, b in zip(mlp, (b1, b2, b3), strict=True):
        layer.b.data = b.data
    y = ((x @ W1 + b1).relu() @ W2 + b2).relu() @ W3 + b3
    g = N(size=(6, 2))
    y.backward(g)
    ours = mlp(x)
    ours.backward(g)
    expected = [p.grad for p in (W1, b1, W2, b2, W3, b3)]
    pairs = {f"{i}": (p.grad, e) for i, (p, e) in enumerate(zip(mlp.parameters(), expected, strict=True))}
    assert_agree("MLP", {"y": (ours.data, y.data), **pairs})


# Layers


LAYERS = {
    "Linear": (lambda dtype: nn.Linear(4, 3, rng=0, dtype=dtype), (5, 4), (5, 3)),
    "Linear relu": (
        lambda dtype: nn.Linear(4, 3, rng=0, activation="relu", dtype=dtype),
        (2, 5, 4),
        (2, 5, 3),
    ),
    "Linear gelu": (lambda dtype: nn.Linear(4, 3, rng=0, activation="gelu", dtype=dtype), (5, 4), (5, 3)),
    "Linear no bias": (lambda dtype: nn.Linear(4, 3, rng=0, bias=False, dtype=dtype), (5, 4), (5, 3)),
    "MLP": (lambda dtype: nn.MLP([4, 6, 3], rng=0, activation="tanh", dtype=dtype), (5, 4), (5, 3)),
    "Sequential": (
        lambda dtype: nn.Sequential(nn.Linear(4, 3, rng=0, dtype=dtype), nn.Softplus()),
        (5, 4),
        (5, 3),
    ),
    "BatchNorm": (lambda dtype: nn.BatchNorm(4, dtype=dtype), (5, 4), (5, 4)),
    "BatchNorm images": (lambda dtype: nn.BatchNorm(2, dtype=dtype), (3, 2, 4, 5), (3, 2, 4, 5)),
    "LayerNorm": (lambda dtype: nn.LayerNorm(4, dtype=dtype), (2, 5, 4), (2, 5, 4)),
    "Flatten": (lambda dtype: nn.Flatten(), (3, 2, 4, 5), (3, 40)),
    "Residual": (lambda dtype: nn.Residual(nn.Linear(4, 4, rng=0, dtype=dtype)), (5, 4), (5, 4)),
    "Dropout": (lambda dtype: nn.Dropout(0.5, rng=0), (5, 4), (5, 4)),
    **{
        cls.__name__: (lambda dtype, cls=cls: cls(), (5, 4), (5, 4))
        for cls in (nn.Sigmoid, nn.Tanh, nn.ReLU, nn.Softplus, nn.GELU, nn.LeakyReLU, nn.ELU)
    },
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [True, False])
def test_layers_keep_float32_and_take_arrays(name, training):
    make, shape, out = LAYERS[name]
    layer = make(np.float32)._set_training(training)
    x = Tensor(N(size=shape), dtype=np.float32)
    y = layer(x)
    y.backward(N(size=out))
    assert y.shape == out and y.dtype == np.float32
    for tensor in (x, *layer.parameters()):
        assert tensor.grad.dtype == np.float32 and tensor.grad.shape == tensor.shape
    for array in layer.state_dict().values():
        assert array.dtype == np.float32
    plain = make(np.float32)._set_training(training)(x.data)  # a new one: dropout draws once per call
    np.testing.assert_array_equal(plain.data, y.data)


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "Dropout"])
@pytest.mark.parametrize("training", [True, False])
def test_layers_by_numerical_gradients(name, training):
    make, shape, _ = LAYERS[name]
    layer = make(np.float64)._set_training(training)
    for p in layer.parameters():
        p.data = N(size=p.shape)
    names = [name for name, _ in layer.named_parameters()]
    owners = dict(layer.named_modules())

    def f(x, *parameters):
        for path, value in zip(names, parameters, strict=True):
            owner, _, key = path.rpartition(".")
            setattr(owners[owner], key, value)
        return layer(x)

    inputs = (N(size=shape), *(p.data.copy() for p in layer.parameters()))
    assert (check := gradcheck(f, *inputs, method="central difference")), check
    assert (check := gradcheck(f, *inputs)), check


def test_activation_of_linear_is_applied_once():
    x = N(size=(5, 4))
    for activation, module in nn.activations.ACTIVATIONS.items():
        plain = nn.Linear(4, 3, rng=0, init=init.lecun_normal)
        inside = nn.Linear(4, 3, rng=0, init=init.lecun_normal, activation=activation)
        y = inside(x)
        np.testing.assert_allclose(y.data, module()(plain(x)).data, rtol=1e-14, atol=1e-15)
        assert y._op == (f"linear_{activation}" if activation in ("relu", "tanh") else activation)  # fused


def test_default_initial_values():
    for activation, gain in ((None, "relu"), ("tanh", "tanh"), ("gelu", "gelu")):
        layer = nn.Linear(300, 200, rng=0, activation=activation)
        assert np.var(layer.W.data) == pytest.approx(init.gain(gain) ** 2 / 300, rel=0.02)
        assert not layer.b.data.any()
    for layer in nn.MLP([300, 200, 100], rng=0, activation="elu"):
        assert np.var(layer.W.data) == pytest.approx(init.gain("elu") ** 2 / layer.W.shape[0], rel=0.05)
    W = nn.Linear(300, 200, rng=0, init=init.orthogonal).W.data
    np.testing.assert_allclose(W.T @ W, np.eye(200), atol=1e-13)


def test_one_generator_goes_through_the_whole_mlp():
    first, second, *_ = nn.MLP([4, 4, 4], rng=0)
    assert not np.array_equal(first.W.data, second.W.data)
    again = nn.MLP([4, 4, 4], rng=np.random.default_rng(0))
    np.testing.assert_array_equal(again[1].W.data, second.W.data)


def test_linear_without_bias_has_one_parameter():
    layer = nn.Linear(4, 3, rng=0, bias=False)
    assert list(layer.state_dict()) == ["W"] and layer.n_parameters == 12
    x = N(size=(5, 4))
    np.testing.assert_allclose(layer(x).data, x @ layer.W.data, rtol=1e-14)


def test_sequential_is_like_a_list():
    layers = [nn.Tanh(), nn.ReLU(), nn.Flatten()]
    net = nn.Sequential(*layers)
    assert len(net) == 3 and list(net) == layers and net[-1] is layers[-1]
    assert isinstance(net[1:], nn.Sequential) and list(net[1:]) == layers[1:]
    assert len(nn.MLP([2, 3, 3, 1], rng=0, dropout=0.1)) == 5


def test_dropout():
    layer, x = nn.Dropout(0.3, rng=0), Tensor(np.full((400, 500), 2.0))
    y = layer(x)
    y.backward(x.data)
    kept = y.data != 0
    assert kept.mean() == pytest.approx(0.7, abs=0.005)
    np.testing.assert_allclose(y.data[kept], 2 / 0.7, rtol=1e-15)
    np.testing.assert_array_equal(x.grad, y.data)  # the same entries, the same scale
    assert not np.array_equal(layer(x).data, y.data)  # another mask at each call
    np.testing.assert_array_equal(nn.Dropout(0.3, rng=0)(x).data, y.data)
    assert layer.eval()(x) is x
    assert nn.Dropout(0.0, rng=0)(x) is x
    assert set(np.unique(nn.Dropout(0.5, rng=0)(np.ones((9, 9), int)).data)) == {0.0, 2.0}


def test_batch_norm_learns_the_moments_of_the_data():
    layer, rng = nn.BatchNorm(3, momentum=0.05), np.random.default_rng(0)
    mu, sigma = np.array([1.0, -2.0, 0.0]), np.array([1.0, 3.0, 0.5])
    for _ in range(300):
        y = layer(rng.normal(mu, sigma, (64, 3)))
        assert np.abs(y.data.mean(axis=0)).max() < 1e-12
    np.testing.assert_allclose(layer.running_mean.data, mu, atol=0.2)
    np.testing.assert_allclose(layer.running_var.data, sigma**2, rtol=0.2)
    x, before = rng.normal(mu, sigma, (5000, 3)), layer.state_dict()
    y = layer.eval()(x).data
    assert np.abs(y.mean(axis=0)).max() < 0.2 and np.abs(y.std(axis=0) - 1).max() < 0.15
    np.testing.assert_array_equal(layer(x[:1]).data[0], y[0])  # one example alone gives the same
    np.testing.assert_array_equal(layer.running_mean.data, before["running_mean"])
    assert layer.parameters() == [layer.gamma, layer.beta]


def test_batch_norm_by_its_formulas():
    layer, x = nn.BatchNorm(2, momentum=0.2, eps=0.5), 3 * N(size=(4, 2, 3)) + 1
    layer.gamma.data, layer.beta.data = [2.0, -1.0], [0.5, 3.0]
    layer(x)
    mean, var = 0.2 * x.mean(axis=(0, 2)), 0.8 + 0.2 * x.var(axis=(0, 2), ddof=1)
    np.testing.assert_allclose(layer.running_mean.data, mean, rtol=1e-14)
    np.testing.assert_allclose(layer.running_var.data, var, rtol=1e-14)
    x_hat = (x - mean[:, None]) / np.sqrt(var + 0.5)[:, None]
    expected = np.array([[2.0], [-1.0]]) * x_hat + [[0.5], [3.0]]
    np.testing.assert_allclose(layer.eval()(x).data, expected, rtol=1e-13)


def test_batch_norm_gives_its_moments():
    x, moments = N(size=(4, 3, 2)), np.empty((2, 3))
    ops.batch_norm(x, np.ones(3), np.zeros(3), moments=moments)
    np.testing.assert_allclose(moments, [x.mean(axis=(0, 2)), x.var(axis=(0, 2))], rtol=1e-13, atol=1e-15)


def test_residual_adds():
    x, inner = N(size=(5, 4)), nn.Linear(4, 4, rng=0)
    np.testing.assert_array_equal(nn.Residual(inner)(x).data, x + inner(x).data)


def test_running_moments_do_not_hold_the_graph_or_the_batch():
    layer = nn.BatchNorm(3)
    layer(Tensor(N(size=(4, 3))))
    assert layer.running_mean.data.base is None and not layer.running_mean._parents


def test_norms_of_an_array_that_is_not_contiguous():
    x = N(size=(4, 5, 3, 2)).transpose(0, 3, 1, 2)
    for f, D in ((ops.batch_norm, 2), (ops.layer_norm, 3)):
        given, copied = Tensor(x), Tensor(np.ascontiguousarray(x))
        given._data = x  # a Tensor's own copy would be contiguous
        g, (gamma, beta) = N(size=x.shape), scales(D)
        f(given, gamma, beta).backward(g)
        f(copied, gamma, beta).backward(g)
        np.testing.assert_allclose(given.grad, copied.grad, rtol=1e-12, atol=1e-14)


X = np.ones((5, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Linear(4, 3), TypeError, "rng"),
        (lambda: nn.Linear(4, 3, rng=None), TypeError, r"pass rng=np\.random\.default_rng\(0\)"),
        (lambda: nn.Linear(0, 3, rng=0), ValueError, "n_in must be 1 or more, got 0"),
        (lambda: nn.Linear(4, 3.0, rng=0), TypeError, "n_out must be a whole number, got 3.0"),
        (
            lambda: nn.Linear(4, 3, rng=0, activation="Relu"),
            ValueError,
            "activation must be None or one of .*'Relu'",
        ),
        (
            lambda: nn.Linear(3, 2, rng=0)(X),
            ValueError,
            r"Linear\(3, 2\) needs x of shape \(..., 3\), got \(5, 4\)",
        ),
        (lambda: nn.Linear(3, 2, rng=0)(1.0), ValueError, r"needs x of shape \(..., 3\), got \(\)"),
        (lambda: nn.MLP([4], rng=0), ValueError, r"sizes must be .* got \[4\]"),
        (lambda: nn.MLP([4, 0, 2], rng=0), ValueError, "each of sizes must be 1 or more, got 0"),
        (lambda: nn.MLP([4, 2], rng=0, activation="max"), ValueError, "activation must be .* got 'max'"),
        (lambda: nn.MLP([4, 2]), TypeError, "rng"),
        (lambda: nn.Sequential(np.tanh), TypeError, "Sequential takes Modules, got ufunc"),
        (lambda: nn.Dropout(1.0, rng=0), ValueError, "p must be 0 or more and below 1, got 1.0"),
        (lambda: nn.Dropout(-0.1, rng=0), ValueError, "p must be 0 or more"),
        (lambda: nn.Dropout(0.5), TypeError, "rng"),
        (
            lambda: nn.Residual(nn.Linear(4, 1, rng=0))(X),
            ValueError,
            r"keeps the shape of x, got \(5, 4\) to \(5, 1\)",
        ),
        (lambda: nn.BatchNorm(3)(X), ValueError, r"BatchNorm\(3\) needs x of shape \(N, 3\) .* got \(5, 4\)"),
        (lambda: nn.BatchNorm(3).eval()(X), ValueError, r"BatchNorm\(3\) needs x"),
        (lambda: nn.BatchNorm(4)(X[0]), ValueError, r"BatchNorm\(4\) needs x .* got \(4,\)"),
        (
            lambda: nn.BatchNorm(4)(X[:1]),
            ValueError,
            r"two values or more for each feature, .* got shape \(1, 4\).*eval",
        ),
        (lambda: nn.BatchNorm(4, momentum=2), ValueError, "momentum must be from 0 to 1, got 2"),
        (lambda: nn.BatchNorm(4, eps=0.0), ValueError, "eps must be above 0, got 0.0"),
        (lambda: nn.BatchNorm(-1), ValueError, "n_features must be 1 or more, got -1"),
        (lambda: nn.LayerNorm(3)(X), ValueError, r"LayerNorm\(3\) needs x of shape \(..., 3\), got \(5, 4\)"),
        (lambda: nn.LayerNorm(4, eps=-1), ValueError, "eps must be above 0, got -1"),
        (lambda: ops.batch_norm(X, X[0, :3], X[0]), ValueError, r"gamma needs shape \(4,\).* got \(3,\)"),
        (lambda: ops.layer_norm(X, X[0], X), ValueError, r"beta needs shape \(4,\).* got \(5, 4\)"),
        (
            lambda: ops.layer_norm(1.0, X[0], X[0]),
            ValueError,
            r"x needs entries and 1 axes or more, got shape \(\)",
        ),
        (lambda: ops.batch_norm(X[:0], X[0], X[0]), ValueError, r"x needs entries .* got shape \(0, 4\)"),
        (lambda: ops.leaky_relu(X, slope=2), ValueError, "slope must be from 0 to 1, got 2"),
        (lambda: ops.elu(X, alpha=-1), ValueError, "alpha must be 0 or more, got -1"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
