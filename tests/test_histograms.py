"""The layer histograms' Python side, the recorder behind them, and the pictures of notebook 09."""

import re
from functools import cache

import numpy as np
import pytest

from backprop_lib import data, losses
from backprop_lib.lab import layers09
from backprop_lib.lab.layers09 import Setup
from backprop_lib.viz import figures09
from backprop_lib.viz.histograms import LayerHistograms, words

RACERS = [Setup("He", "relu"), Setup("zero", "tanh", "layer", skip=True)]


@cache
def examples():
    digits = data.digits()[:40]
    return (digits.pixels - digits.pixels.mean()) / digits.pixels.std(), digits.labels


@cache
def recorded():
    return layers09.record(*examples(), depth=4, width=8)


@cache
def raced():
    return layers09.race(*examples(), RACERS, steps=6, every=3, batch_size=40, depth=4, width=8)


def test_every_setup_is_recorded_once():
    found = recorded()
    assert len(found["setups"]) == len(set(found["setups"])) == 5 * 2 * 3 * 2 == len(found["looks"])
    assert found["shown"] == [1, 2, 3, 4]
    assert layers09.shown_layers(30)[0] == 1 and layers09.shown_layers(30)[-1] == 30


def test_a_histogram_counts_sizes_by_powers_of_ten():
    found = layers09.histograms([np.array([1.05, -1.05, 1.05, 0.0105, 0.0, 1e-30]), np.zeros(3)])
    top = round(-layers09.LOWEST / layers09.BIN)
    assert found["top"].tolist() == [top, 0]
    assert found["counts"][0, 0] == 255, "the three largest are in the fullest bin"
    assert found["counts"][0, round(2 / layers09.BIN)] == 85, "one in three of it, two decades below"
    assert np.count_nonzero(found["counts"]) == 2, "zeros and what is too small are in no bin"
    assert found["rms"][0] == pytest.approx(np.sqrt((3 * 1.05**2 + 0.0105**2) / 6)) and found["rms"][1] == 0


@pytest.mark.parametrize("name", layers09.INITS)
def test_the_inits_have_the_variance_that_the_text_says(name):
    W = layers09.INITS[name]((400, 400), rng=np.random.default_rng(0), dtype=np.float64)
    expected = {"zero": 0, "standard": 1 / 3, "Glorot": 1, "He": 2, "large": 4}[name] / 400
    assert W.var() == pytest.approx(expected, rel=0.02)
    if name == "standard":
        assert abs(W).max() <= 400**-0.5


@pytest.mark.parametrize("setup", [Setup("He", "relu"), Setup("Glorot", "tanh", "batch", skip=True)])
def test_a_look_shows_the_gradients_of_the_layers(setup):
    """By differences: L with one layer moved along its own gradient."""
    x, y = examples()
    net = layers09.DeepNet(setup, 3, 8, rng=0)
    look, h = layers09.look(net, x, y, [2]), net.layers(x)

    def loss_from(h2):
        f = net.hidden[2](net.phi(net.norms[2](h2)))
        return losses.cross_entropy(net.last(net.phi(h2 + f if setup.skip else f)), y)

    losses.cross_entropy(net(x), y).backward()
    direction, step = np.random.RandomState(0).randn(*h[2].shape), 1e-6
    ends = [loss_from(h[2].data + side * step * direction).item() for side in (1, -1)]
    h = net.layers(x)
    losses.cross_entropy(net.last(net.phi(h[-1])), y).backward()
    assert (h[2].grad * direction).sum() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)
    assert look["gradients"]["rms"][0] == pytest.approx(np.sqrt((h[2].grad ** 2).mean()))
    assert look["values"]["rms"][0] == pytest.approx(np.sqrt((h[2].data ** 2).mean()))


def test_the_race_begins_with_what_was_recorded():
    for setup, looks, loss in zip(RACERS, raced()["looks"], raced()["losses"], strict=True):
        start = recorded()["looks"][recorded()["setups"].index(setup)]
        for part in ("values", "gradients"):
            assert np.array_equal(looks[0][part]["counts"], start[part]["counts"])
        assert len(looks) == len(raced()["steps"]) == 3 and len(loss) == 6


def test_the_sentence_has_the_numbers():
    setup = Setup("He", "relu")
    shown = LayerHistograms(recorded(), raced(), setup)
    rms = recorded()["looks"][recorded()["setups"].index(setup)]["values"]["rms"]
    assert f"by a factor of {rms[-1] / rms[0]:.2g}" in shown.summary()
    assert words(RACERS[1]) == "tanh, zero, layer norm, skip"
    assert "not: all are 0" in LayerHistograms(recorded(), raced(), Setup("zero", "relu")).summary()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (([1, 2], {}), "recorded must come from backprop_lib.lab.layers09.record"),
        (({"setups": [], "looks": [], "shown": []}, 3), "raced must come from"),
    ],
)
def test_other_records_are_refused(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        LayerHistograms(*arguments)


def test_a_setup_that_was_not_recorded_is_refused():
    with pytest.raises(ValueError, match="setup must be one of the 60"):
        LayerHistograms(recorded(), raced(), Setup("He", "gelu"))


PICTURES = {
    "widget": lambda: LayerHistograms(recorded(), raced(), RACERS[0]).picture(),
    "all zero": lambda: LayerHistograms(recorded(), raced(), Setup("zero", "relu")).picture(),
    "ridges": lambda: figures09.ridges({"one": ([np.arange(9.0) - 4] * 2, [np.arange(9.0) - 4] * 2)}),
    "by layer": lambda: figures09.by_layer({"one": [1.0, 0.1], "two": [1.0, 10.0]}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 90_000 and len(picture.alt) > 40
