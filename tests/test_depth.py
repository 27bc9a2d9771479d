"""The depth explorer's Python side and the pictures of notebook 08."""

import re

import numpy as np
import pytest

from backprop_lib import viz
from backprop_lib.viz import depth, figures08


def test_the_random_numbers_are_normal_and_the_same_each_time():
    weights, x, g = depth.network(7)
    assert weights.shape == (60, 32, 32) and x.shape == g.shape == (8, 32)
    assert abs(weights.mean()) < 0.02 and abs(weights.std() - 1) < 0.02
    assert np.array_equal(weights, depth.network(7)[0]) and not np.array_equal(weights, depth.network(8)[0])
    assert np.array_equal(weights * 1024, np.round(weights * 1024))


def test_the_sizes_are_those_of_a_loop():
    explorer = viz.DepthExplorer("tanh", depth=4, gain=1.3, seed=2)
    weights, h, g = depth.network(2)
    forward, slopes = [h], []
    for W in weights[:4]:
        h = np.tanh(h @ W * 1.3 / np.sqrt(32))
        forward.append(h)
        slopes.append(1 - h * h)
    backward = [g]
    for W, s in zip(weights[3::-1], slopes[::-1], strict=True):
        backward.append((backward[-1] * s) @ W.T * 1.3 / np.sqrt(32))
    found = explorer.numbers()
    assert found["forward"] == pytest.approx([np.sqrt((a * a).mean()) for a in forward], rel=1e-12)
    assert found["backward"] == pytest.approx([np.sqrt((a * a).mean()) for a in backward[::-1]], rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "gain", "low", "high"),
    [
        ("relu", 1.0, 0.6, 0.78),
        ("relu", 2**0.5, 0.9, 1.1),
        ("tanh", 3.0, 1.15, 1.6),
        ("sigmoid", 1.0, 0.2, 0.26),
    ],
)
def test_what_the_text_says_of_activations_and_gains(activation, gain, low, high):
    backward = viz.DepthExplorer(activation, 30, gain).numbers()["backward"]
    assert low < (backward[0] / backward[-1]) ** (1 / 30) < high


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"activation": "gelu"}, "activation is one of linear, tanh, sigmoid, relu, leaky relu, not 'gelu'"),
        ({"depth": 61}, "depth is a whole number from 2 to 60, not 61"),
        ({"depth": 3.0}, "not 3.0"),
        ({"gain": 0.1}, "gain is a number from 0.2 to 4, not 0.1"),
        ({"gain": "2"}, "not '2'"),
        ({"seed": -1}, "seed is a whole number from 0"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        viz.DepthExplorer(**arguments)


PICTURES = {
    "explorer": lambda: viz.DepthExplorer("tanh", 10, 2.0).picture(),
    "curves": lambda: figures08.curves({"relu": [2.3, 2.0], "tanh": [2.2, 1.0]}, 2.3),
    "singular": lambda: figures08.singular([1, 2], [2.0, 3.0], [0.1, 0.01]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 60_000 and len(picture.alt) > 40
