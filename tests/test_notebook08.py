"""What notebook 08 says of numbers, with more seeds than fit into it."""

import math
from functools import partial

import numpy as np
import pytest

from backprop_lib import Tensor, data, fit, init, losses, nn, ops, optim
from backprop_lib.training import Diverged
from tests.solving import notebook

TRAIN, _, _ = data.digits().split(seed=0)


def trained(model, optimizer, seed=0, epochs=5, batch_size=32):
    return fit(model, (TRAIN.pixels, TRAIN.labels), losses.cross_entropy, optimizer, epochs=epochs,
               batch_size=batch_size, rng=seed, progress=False).loss[-1]  # fmt: skip


def deep(activation, gain, seed):
    rng, draw = np.random.default_rng(seed), partial(init.he_normal, gain=gain)
    hidden = [nn.Linear(64, 64, rng=rng, activation=activation, init=draw) for _ in range(20)]
    return nn.Sequential(*hidden, nn.Linear(64, 10, rng=rng))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("activation", "gain", "learns"),
    [("relu", 1, False), ("relu", 2**0.5, True), ("tanh", 1.2, True), ("tanh", 3, False),
     ("sigmoid", 1, False)],
)  # fmt: skip
def test_which_deep_networks_learn_by_gradient_descent(activation, gain, learns, seed):
    model = deep(activation, gain, seed)
    loss = trained(model, optim.SGD(model.parameters(), lr=0.03), seed)
    assert loss < 2.05 if learns else abs(loss - math.log(10)) < 0.1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("activation", "gain", "learns"), [("relu", 1, True), ("tanh", 3, False), ("sigmoid", 1, False)]
)
def test_what_adam_mends(activation, gain, learns, seed):
    model = deep(activation, gain, seed)
    loss = trained(model, optim.Adam(model.parameters()), seed)
    assert loss < 2.0 if learns else loss > 2.2


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("activation", "gain"), [("relu", 1), ("relu", 2**0.5), ("tanh", 1.2), ("tanh", 3), ("sigmoid", 1)]
)
def test_at_ten_times_the_rate_none_learns(activation, gain, seed):
    model = deep(activation, gain, seed)
    assert trained(model, optim.SGD(model.parameters(), lr=0.3), seed) > 2.1


@pytest.mark.parametrize("seed", range(3))
def test_relu_with_gain_1_is_slow_not_dead(seed):
    model = deep("relu", 1, seed)
    assert trained(model, optim.SGD(model.parameters(), lr=0.03), seed, epochs=40) < 1.6


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
def test_no_rate_mends_relu_with_gain_1(rate):
    model = deep("relu", 1, 0)
    assert trained(model, optim.SGD(model.parameters(), lr=rate)) > 2.25


def test_a_sigmoid_needs_a_gain_above_4():
    """φ′ ≤ 1/4, so gain · rms(φ′) < 1 below 4, for every z; 11 keeps a gradient."""
    z = np.linspace(-10, 10, 20_001)
    slope = Tensor(z)
    ops.sigmoid(slope).backward(np.ones_like(z))
    assert slope.grad.max() == 0.25


def test_narrow_layers_stray_further_from_what_is_predicted():
    """Thirty layers of ReLU with gain 1: 0.71^30 ≈ 3e-05 is what a wide network comes near."""
    logs = {16: [], 64: [], 256: []}
    for n in logs:
        for seed in range(12):
            rng = np.random.default_rng(seed)
            x = h = Tensor(rng.standard_normal((8, n)))
            for _ in range(30):
                h = ops.relu(h @ (rng.standard_normal((n, n)) / n**0.5))
            g = rng.standard_normal(h.shape)
            h.backward(g)
            logs[n].append(np.log(np.linalg.norm(x.grad) / np.linalg.norm(g)) - 15 * np.log(0.5))
    off = [np.sqrt(np.mean(np.square(found))) for found in logs.values()]
    assert off[0] > 1.5 * off[1] > 1.5 * 1.5 * off[2], off


@pytest.mark.parametrize(("start", "rate", "clipped", "unclipped"),
                         [((2.0, 0.3), 0.2, True, False), ((1.8, 0.2), 0.2, True, True),
                          ((2.0, 0.3), 0.05, False, False)])  # fmt: skip
def test_a_cliff_is_a_risk_not_a_fate(start, rate, clipped, unclipped):
    namespace = {"Tensor": lambda v: Tensor({2.0: start[0], 0.3: start[1]}[v]), "np": np, "optim": optim}
    (code,) = (cell.source for cell in notebook("08").cells if "def descend" in cell.source)
    exec(compile(code, "<the cell of 08>", "exec"), namespace)
    for limit, arrives in ((0.5, clipped), (1e9, unclipped)):
        loss = namespace["descend"](limit, rate)[-1, 2]
        assert loss < 0.005 if arrives else loss > 0.4


@pytest.mark.parametrize("seed", range(4))
def test_most_units_die_at_rate_2_and_few_at_a_tenth(seed):
    for rate, fewest, most in ((0.1, 0, 6), (2.0, 33, 64)):
        model = nn.MLP([64, 64, 10], rng=seed)
        try:
            trained(model, optim.SGD(model.parameters(), lr=rate), seed, epochs=3, batch_size=64)
        except Diverged:
            pytest.fail("the text speaks of units, not of infinity")
        dead = (model[0](TRAIN.pixels).data == 0).all(axis=0)
        assert fewest <= dead.sum() <= most
    by_weights = (TRAIN.pixels @ model[0].W.data <= 0).all(axis=0)
    assert np.sum(dead & by_weights) > 0.7 * dead.sum(), "the weights alone do it, for most"
    assert TRAIN.pixels.min() == 0


def test_the_gain_of_pytorchs_linear():
    """Even numbers from −1/√n to 1/√n have the standard deviation 1/√(3n), that is a gain of 1/√3 ≈ 0.58."""
    n = 50
    W = np.random.default_rng(0).uniform(-1 / math.sqrt(n), 1 / math.sqrt(n), 200_000)
    assert W.std() * math.sqrt(n) == pytest.approx(1 / math.sqrt(3), rel=0.01)
    assert round(1 / math.sqrt(3), 2) == 0.58


def test_the_smallest_float32():
    assert np.nextafter(np.float32(0), np.float32(1)) == np.float32(1.4e-45)
    assert np.float32(0.49 * 2.0**-149) == 0 and np.float32(0.51 * 2.0**-149) > 0, "half of it decides"


def test_thirty_factors():
    assert round(0.7**30, 5) == 0.00002 and round(1.4**30, -3) == 24_000


@pytest.mark.parametrize("seed", range(5))
def test_directions_are_lost_with_normal_and_kept_with_orthogonal_matrices(seed):
    rng, normal, orthogonal = np.random.default_rng(seed), np.eye(64), np.eye(64)
    for _ in range(30):
        normal = normal @ init.lecun_normal((64, 64), rng=rng)
        orthogonal = orthogonal @ init.orthogonal((64, 64), rng=rng)
    values = np.linalg.svd(normal, compute_uv=False)
    assert np.sum(values > values[0] / 10) <= 10 and 0.4 < np.sqrt(np.mean(values**2)) < 2
    assert np.linalg.svd(orthogonal, compute_uv=False) == pytest.approx(np.ones(64), rel=1e-12)
