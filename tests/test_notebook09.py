"""What notebook 09 says of numbers, over seeds, and what its library versions must be."""

import math

import numpy as np
import pytest

from backprop_lib import Tensor, data, init, losses, nn, ops, optim
from backprop_lib.checks import evaluate
from backprop_lib.checks.nb09 import expected
from backprop_lib.checks.versions09 import VERSIONS
from backprop_lib.lab import layers09
from backprop_lib.lab.layers09 import Setup


def digits():
    train = data.digits().split(seed=0)[0]
    return (train.pixels - train.pixels.mean()) / train.pixels.std(), train.labels


@pytest.mark.parametrize("name", VERSIONS)
def test_the_versions_of_the_library_pass(name):
    report = evaluate(name, VERSIONS[name])
    assert report.state == "right", str(report)


def test_the_referee_of_gains_knows_those_of_the_library():
    for name, phi in (("relu", ops.relu), ("gelu", ops.gelu), ("elu", ops.elu), ("softplus", ops.softplus)):
        found = expected(lambda z, phi=phi: phi(Tensor(z)).data ** 2)
        assert 1 / math.sqrt(found) == pytest.approx(init.gain(name), rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_glorot_stalls_and_he_learns_whatever_the_seed(seed):
    x, y = digits()
    racers = [Setup("Glorot", "relu"), Setup("He", "relu")]
    raced = layers09.race(x, y, racers, steps=120, every=120, seed=seed)
    stalled, learned = (np.mean(loss[-10:]) for loss in raced["losses"])
    assert stalled == pytest.approx(math.log(10), abs=0.03) and learned < 2.1


@pytest.mark.parametrize("seed", range(3))
def test_what_the_three_questions_lead_to(seed):
    x, y = digits()
    shown = layers09.shown_layers(30)

    def ratio(setup):
        rms = layers09.look(layers09.DeepNet(setup, rng=seed), x[:64], y[:64], shown)["gradients"]["rms"]
        return rms[0] / rms[-1]

    fall = layers09.look(layers09.DeepNet(Setup("Glorot"), rng=seed), x[:64], y[:64], shown)["values"]["rms"]
    assert 1e-6 < fall[-1] / fall[0] < 1e-4, "more than four powers of ten"
    assert 1e-6 < ratio(Setup("Glorot")) < 1e-4
    for init_ in ("standard", "He"):
        grown = ratio(Setup(init_, norm="batch"))
        assert 200 < grown < 1000, "batch norm alone: gradients explode"
        assert grown ** (1 / 29) == pytest.approx(1.2, abs=0.05)
    assert ratio(Setup("zero", skip=True)) == pytest.approx(1, rel=1e-9)
    assert ratio(Setup("zero", "tanh")) == 0


@pytest.mark.parametrize("seed", range(3))
def test_batch_norm_mends_the_standard_start_and_training_moves_the_histograms(seed):
    x, y = digits()
    racers = [Setup("standard"), Setup("standard", norm="batch"), Setup("Glorot", norm="batch", skip=True),
              Setup("zero", skip=True)]  # fmt: skip
    raced = layers09.race(x, y, racers, steps=120, every=120, seed=seed)
    stalled, learned, with_skip, _ = (np.mean(loss[-10:]) for loss in raced["losses"])
    assert stalled == pytest.approx(math.log(10), abs=0.03)
    assert learned < 1.8 and with_skip < learned / 2
    before, after = (look["gradients"]["rms"] for look in raced["looks"][1])
    assert before[0] / before[-1] > 200 and after[0] / after[-1] < 5
    values = raced["looks"][3][-1]["values"]["rms"]
    assert values[-1] > 2 * values[0]


def test_most_of_what_sigmoid_keeps_is_its_mean():
    def sigmoid(z):
        return ops.sigmoid(Tensor(z)).data

    share = expected(sigmoid) ** 2 / expected(lambda z: sigmoid(z) ** 2)
    assert expected(sigmoid) == pytest.approx(0.5) and round(share, 2) == 0.85


def test_relu_slopes_have_the_mean_square_that_its_values_need():
    assert expected(lambda z: (z > 0) * 1.0) == pytest.approx(0.5, abs=1e-3)
    assert init.gain("relu") ** 2 * 0.5 == pytest.approx(1)


@pytest.mark.parametrize(("out", "neurons"), [("equal", 1), ("random", 8)])
def test_equal_neurons_part_where_their_weights_out_differ(out, neurons):
    x, y = digits()
    first, last = nn.Linear(64, 8, rng=0, activation="tanh"), nn.Linear(8, 10, rng=1)
    for layer in (first, last) if out == "equal" else (first,):
        layer.W.data[:] = 0.1
    step_down(nn.Sequential(first, last), x, y)
    assert len(np.unique(first.W.data.round(9), axis=1).T) == neurons


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_two_zero_factors_leave_the_last_bias_alone(activation):
    x, y = digits()
    layers = [nn.Linear(64, 8, rng=0, activation=activation), nn.Linear(8, 10, rng=1)]
    for layer in layers:
        layer.W.data[:] = 0
    step_down(nn.Sequential(*layers), x, y)
    assert not layers[0].W.data.any() and not layers[0].b.data.any() and not layers[1].W.data.any()
    assert layers[1].b.data.any()


def test_with_relu_a_first_layer_of_zeros_meets_a_second_zero_factor():
    x, y = digits()
    found = {}
    for activation in ("tanh", "relu"):
        first, last = nn.Linear(64, 8, rng=0, activation=activation), nn.Linear(8, 10, rng=1)
        first.W.data[:] = 0
        step_down(nn.Sequential(first, last), x, y)
        found[activation] = bool(first.W.data.any())
    assert found == {"tanh": True, "relu": False}


@pytest.mark.parametrize("seed", range(3))
def test_which_starts_need_the_skip_and_which_explode_with_it(seed):
    x, y = digits()
    racers = [Setup(name, skip=skip) for name in ("zero", "standard") for skip in (False, True)]
    raced = layers09.race(x, y, racers, steps=120, every=120, seed=seed)
    without_zero, zero, without, standard = raced["losses"]
    for loss in (without_zero, without):
        assert np.mean(loss[-10:]) == pytest.approx(math.log(10), abs=0.03)
    assert np.mean(zero[-10:]) < np.mean(standard[-10:]) / 2 and np.mean(standard[-10:]) < 1.5
    with np.errstate(all="ignore"):
        racers = [Setup(name, skip=True) for name in ("Glorot", "He")]
        wild = layers09.race(x, y, racers, steps=20, every=20, seed=seed)["losses"]
    assert all(np.nanmax(loss) > 1e6 for loss in wild)


def test_the_straight_path_may_be_cancelled():
    h = Tensor(np.ones(3))
    (h + h * -1.0).backward(np.array([1.0, 2.0, 3.0]))
    assert not h.grad.any()


def step_down(model, x, y, steps=20):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        losses.cross_entropy(model(x[:200]), y[:200]).backward()
        optimizer.step()


def test_through_two_blocks_the_last_jacobian_stands_at_the_left():
    rng = np.random.RandomState(0)
    first, second, g = rng.randn(3, 3), rng.randn(3, 3), rng.randn(3)
    h = Tensor(rng.randn(3, 1))
    middle = h + Tensor(first) @ h
    (middle + Tensor(second) @ middle).backward(g[:, None])
    identity = np.eye(3)
    assert np.allclose(h.grad[:, 0], g @ (identity + second) @ (identity + first))
    assert not np.allclose(h.grad[:, 0], g @ (identity + first) @ (identity + second))
