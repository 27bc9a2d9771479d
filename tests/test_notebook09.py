"""What notebook 09 says of numbers, over seeds, and what its library versions must be."""

import math

import numpy as np
import pytest

from backprop_lib import Tensor, data, init, ops
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
    assert 1e-6 < fall[-1] / fall[0] < 1e-3, "about five powers of ten"
    assert 1e-6 < ratio(Setup("Glorot")) < 1e-3
    assert ratio(Setup("He", norm="batch")) > 50, "batch norm alone: gradients explode"
    assert ratio(Setup("zero", skip=True)) == pytest.approx(1, rel=1e-9)
    assert ratio(Setup("zero", "tanh")) == 0
