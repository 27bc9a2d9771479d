"""Layers and initial values against PyTorch float64: same weights, same input, random upstream."""

import numpy as np
import pytest
import torch

from backprop_lib import Tensor, init, nn
from tests.referee import assert_agree

T = torch.nn
DOUBLE = {"dtype": torch.float64}


def draw(rng, module, scale=1.0):
    """Random values for the parameters of a PyTorch module; it is given back."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.tensor(rng.normal(scale=scale, size=tuple(p.shape))))
    return module


def ours_of(module):
    """Our module with the weights of PyTorch's, and the pairs of their parameters."""
    if isinstance(module, T.Sequential):
        made = [ours_of(part) for part in module]
        return nn.Sequential(*(layer for layer, _ in made)), [pair for _, pairs in made for pair in pairs]
    if isinstance(module, T.Linear):
        layer = nn.Linear(module.in_features, module.out_features, rng=0, bias=module.bias is not None)
        layer.W.data = module.weight.detach().numpy().T
        pairs = [(layer.W, module.weight)]
        if module.bias is not None:
            layer.b.data = module.bias.detach().numpy()
            pairs.append((layer.b, module.bias))
        return layer, pairs
    if isinstance(module, T.LayerNorm):
        layer = nn.LayerNorm(module.normalized_shape[0], eps=module.eps)
    elif isinstance(module, T.BatchNorm1d | T.BatchNorm2d):
        layer = nn.BatchNorm(module.num_features, momentum=module.momentum, eps=module.eps)
    else:
        return ACTIVATIONS[type(module)](module), []
    layer.gamma.data = module.weight.detach().numpy()
    layer.beta.data = module.bias.detach().numpy()
    return layer, [(layer.gamma, module.weight), (layer.beta, module.bias)]


ACTIVATIONS = {
    T.Sigmoid: lambda m: nn.Sigmoid(),
    T.Tanh: lambda m: nn.Tanh(),
    T.ReLU: lambda m: nn.ReLU(),
    T.Softplus: lambda m: nn.Softplus(),
    T.GELU: lambda m: nn.GELU(),
    T.LeakyReLU: lambda m: nn.LeakyReLU(m.negative_slope),
    T.ELU: lambda m: nn.ELU(m.alpha),
    T.Flatten: lambda m: nn.Flatten(),
}


def compare(name, module, shape, rng, layer_and_pairs=None):
    """Outputs, input gradient, parameter gradients for one input and a random upstream."""
    layer, pairs = layer_and_pairs or ours_of(module)
    layer._set_training(module.training)
    layer.zero_grad()
    module.zero_grad()
    x = 2 * rng.normal(size=shape) + 0.5
    ours, theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    y, their_y = layer(ours), module(theirs)
    g = rng.normal(size=y.shape)
    y.backward(g)
    their_y.backward(torch.tensor(g))
    compared = {"y": (y.data, their_y.detach().numpy()), "x": (ours.grad, theirs.grad.numpy())}
    for i, (p, q) in enumerate(pairs):
        gradient = q.grad.numpy()
        compared[f"p{i}"] = (
            p.grad,
            gradient.T if isinstance(layer, nn.Linear) and p is layer.W else gradient,
        )
    assert_agree(name, compared)
    return layer


@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 5), (5,)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(shape, bias):
    rng = np.random.default_rng(0)
    compare(f"Linear {shape}", draw(rng, T.Linear(5, 4, bias=bias, **DOUBLE)), shape, rng)


@pytest.mark.parametrize(
    "module",
    [
        T.Sigmoid(),
        T.Tanh(),
        T.ReLU(),
        T.Softplus(threshold=1e9),
        T.GELU(approximate="tanh"),
        T.LeakyReLU(0.2),
        T.ELU(),
        T.ELU(0.6),
        T.Flatten(),
    ],
    ids=repr,
)
def test_activations(module):
    for shape in ((6, 7), (2, 3, 4)):
        compare(repr(module), module, shape, np.random.default_rng(1))


@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 5), (5,)])
def test_layer_norm(shape):
    rng = np.random.default_rng(2)
    for training in (True, False):
        module = draw(rng, T.LayerNorm(5, **DOUBLE)).train(training)
        compare(f"LayerNorm {shape}", module, shape, rng)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (T.BatchNorm1d, (7, 5)),
        (T.BatchNorm1d, (4, 5, 3)),
        (T.BatchNorm2d, (3, 5, 4, 2)),
        (T.BatchNorm2d, (1, 5, 4, 2)),
    ],
)
@pytest.mark.parametrize("momentum", [0.1, 0.37])
def test_batch_norm_in_training_and_use(make, shape, momentum):
    rng = np.random.default_rng(3)
    module = draw(rng, make(5, momentum=momentum, eps=1e-3, **DOUBLE))
    both = ours_of(module)
    for _ in range(3):
        layer = compare(f"BatchNorm {shape}, training", module, shape, rng, both)
    compare(f"BatchNorm {shape}, use", module.eval(), shape, rng, both)
    assert_agree(
        f"BatchNorm {shape}, running",
        {
            "mean": (layer.running_mean.data, module.running_mean.numpy()),
            "var": (layer.running_var.data, module.running_var.numpy()),
        },
    )


def test_a_whole_network():
    rng = np.random.default_rng(4)
    module = T.Sequential(
        T.Flatten(),
        T.Linear(12, 9, **DOUBLE),
        T.BatchNorm1d(9, **DOUBLE),
        T.GELU(approximate="tanh"),
        T.Linear(9, 8, bias=False, **DOUBLE),
        T.LayerNorm(8, **DOUBLE),
        T.ELU(),
        T.Linear(8, 3, **DOUBLE),
    )
    module = draw(rng, module, 0.5)
    layer, pairs = ours_of(module)
    x, g = rng.normal(size=(6, 3, 2, 2)), rng.normal(size=(6, 3))
    ours, theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    y, their_y = layer(ours), module(theirs)
    y.backward(g)
    their_y.backward(torch.tensor(g))
    compared = {"y": (y.data, their_y.detach().numpy()), "x": (ours.grad, theirs.grad.numpy())}
    for name, (p, q) in zip((name for name, _ in layer.named_parameters()), pairs, strict=True):
        gradient = q.grad.numpy()
        compared[name] = (p.grad, gradient.T if name.endswith("W") else gradient)
    # A bias before batch norm has gradient 0: what both have is rounding
    ours_b, theirs_b = compared.pop("layers.1.b")
    assert max(np.abs(ours_b).max(), np.abs(theirs_b).max()) < 1e-14
    assert_agree("network", compared)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_mlp(activation):
    rng = np.random.default_rng(5)
    there = {"relu": T.ReLU(), "tanh": T.Tanh(), "gelu": T.GELU(approximate="tanh")}[activation]
    module = T.Sequential(
        T.Linear(4, 6, **DOUBLE), there, T.Linear(6, 5, **DOUBLE), there, T.Linear(5, 3, **DOUBLE)
    )
    draw(rng, module, 0.5)
    mlp = nn.MLP([4, 6, 5, 3], rng=0, activation=activation)
    linears = [part for part in module if isinstance(part, T.Linear)]
    for layer, part in zip(mlp, linears, strict=True):
        layer.W.data, layer.b.data = part.weight.detach().numpy().T, part.bias.detach().numpy()
    x, g = rng.normal(size=(7, 4)), rng.normal(size=(7, 3))
    ours, theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    y, their_y = mlp(ours), module(theirs)
    y.backward(g)
    their_y.backward(torch.tensor(g))
    compared = {"y": (y.data, their_y.detach().numpy()), "x": (ours.grad, theirs.grad.numpy())}
    for i, (layer, part) in enumerate(zip(mlp, linears, strict=True)):
        compared[f"W{i}"] = (layer.W.grad, part.weight.grad.numpy().T)
        compared[f"b{i}"] = (layer.b.grad, part.bias.grad.numpy())
    assert_agree(f"MLP {activation}", compared)


def test_dropout_means_the_same():
    p, x = 0.3, np.ones((200, 300))
    module, layer = T.Dropout(p), nn.Dropout(p, rng=0)
    torch.manual_seed(0)
    theirs, ours = module(torch.tensor(x)).numpy(), layer(x).data
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-15)
    assert abs((ours == 0).mean() - (theirs == 0).mean()) < 0.01
    np.testing.assert_array_equal(layer.eval()(x).data, module.eval()(torch.tensor(x)).numpy())


def test_gains_are_those_of_pytorch():
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu"):
        assert init.gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)
    theirs = torch.nn.init.calculate_gain("leaky_relu", 0.3)
    assert init.gain("leaky_relu", slope=0.3) == pytest.approx(theirs, rel=1e-15)


@pytest.mark.parametrize("shape", [(40, 30), (20, 6, 5, 3)])
def test_fans_and_variances_are_those_of_pytorch(shape):
    """A Linear's weight stands transposed in PyTorch, a convolution's does not."""
    theirs = torch.empty(shape[::-1] if len(shape) == 2 else shape, **DOUBLE)
    assert init.fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(theirs)
    torch.manual_seed(0)
    torch.nn.init.xavier_uniform_(theirs)
    ours = init.glorot_uniform(shape, rng=0)
    assert np.abs(ours).max() == pytest.approx(theirs.abs().max().item(), rel=0.01)
    torch.nn.init.kaiming_uniform_(theirs, nonlinearity="relu")
    assert np.abs(init.he_uniform(shape, rng=0)).max() == pytest.approx(theirs.abs().max().item(), rel=0.01)
