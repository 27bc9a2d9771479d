"""The depth explorer's Python side, and the pictures of notebook 08."""

import math
import re

import numpy as np
import pytest

from backprop_lib import viz
from backprop_lib.viz import figures08
from backprop_lib.viz.depth import BATCH, LEAK, SIZE, STEEPEST, network


def by_hand(explorer):
    """The same network in plain numpy, with the slopes as formulas."""
    phi, slope = {
        "linear": (lambda z: z, np.ones_like),
        "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: 1 / (2 + 2 * np.cosh(z))),
        "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
        "leaky relu": (lambda z: np.where(z > 0, z, LEAK * z), lambda z: np.where(z > 0, 1.0, LEAK)),
    }[explorer.activation]
    weights, h, g = network(explorer.seed)
    used, forward = [], [np.sqrt(np.mean(h**2))]
    for W in weights[: explorer.depth] * explorer.gain / math.sqrt(SIZE):
        used.append((W, slope(h @ W)))
        h = phi(h @ W)
        forward.append(np.sqrt(np.mean(h**2)))
    backward, start = [1.0], np.linalg.norm(g)
    for W, s in reversed(used):
        g = (g * s) @ W.T
        backward.insert(0, np.linalg.norm(g) / start)
    return forward, backward, [np.sqrt(np.mean(s**2)) for _, s in used]


@pytest.mark.parametrize("activation", STEEPEST)
@pytest.mark.parametrize("gain", [0.4, 1.0, 2.5])
def test_the_engine_agrees_with_formulas(activation, gain):
    explorer = viz.DepthExplorer(activation, 12, gain, seed=3)
    found = explorer.numbers()
    forward, backward, slopes = by_hand(explorer)
    assert found["forward"] == pytest.approx(forward, rel=1e-10)
    assert found["backward"] == pytest.approx(backward, rel=1e-10)
    assert found["rmsSlope"][1:] == pytest.approx(slopes, rel=1e-10)


def test_the_random_numbers_are_normal_and_new_for_each_seed():
    weights, x, g = network(0)
    assert weights.shape == (60, SIZE, SIZE) and x.shape == g.shape == (BATCH, SIZE)
    assert abs(weights.mean()) < 0.01 and abs(weights.std() - 1) < 0.01
    for bound, share in ((1, 0.6827), (2, 0.9545)):  # of a normal distribution
        assert abs(np.mean(np.abs(weights) < bound) - share) < 0.004
    assert abs(np.corrcoef(weights[0].ravel(), weights[1].ravel())[0, 1]) < 0.06
    assert not np.array_equal(weights, network(1)[0])


@pytest.mark.parametrize(
    ("activation", "gain", "factor"),
    [("linear", 1.3, 1.3), ("relu", 1.0, math.sqrt(1 / 2)), ("relu", math.sqrt(2), 1.0),
     ("leaky relu", 1.0, math.sqrt((1 + LEAK**2) / 2))],
)  # fmt: skip
def test_theory_where_it_is_known(activation, gain, factor):
    found = viz.DepthExplorer(activation, 10, gain).theory()
    assert found["backward"] == pytest.approx(factor ** np.arange(10, -1, -1), rel=1e-12)
    assert found["forward"] == pytest.approx(found["forward"][0] * factor ** np.arange(11), rel=1e-10)


@pytest.mark.parametrize("activation", STEEPEST)
@pytest.mark.parametrize("gain", [0.5, 1.0, 1.5, 3.0])
def test_theory_predicts_the_network(activation, gain):
    """Wide layers would agree exactly; 64 units do within a few per cent a layer."""
    explorer = viz.DepthExplorer(activation, 30, gain, seed=1)
    found, predicted = explorer.numbers()["backward"][0], explorer.theory()["backward"][0]
    assert found ** (1 / 30) == pytest.approx(predicted ** (1 / 30), rel=0.06)


@pytest.mark.parametrize(("activation", "gain"), [("relu", 2**0.5), ("tanh", 1.2), ("sigmoid", 11)])
def test_the_gains_that_the_notebook_names_let_the_gradient_arrive(activation, gain):
    """Within the slider's reach, and for every network that the button draws."""
    ratios = [viz.DepthExplorer(activation, 30, gain, seed).numbers()["backward"][0] for seed in range(10)]
    assert min(ratios) > 1e-3 and max(ratios) < 1e3
    predicted = viz.DepthExplorer(activation, 30, gain).theory()["backward"][0]
    assert predicted == pytest.approx(1.5, abs=1.2)


def test_theory_has_points_enough_for_the_steepest():
    """Where tanh is a step, z = gain · n; against an integral with a hundred times as many points."""
    n, gain = np.linspace(-8, 8, 32_001), 14.0
    p = np.exp(-n * n / 2) / np.exp(-n * n / 2).sum()
    found = viz.DepthExplorer("tanh", 2, gain).theory()
    slopes = 1 / np.cosh(gain * found["forward"][1] * n) ** 2
    assert found["backward"][1] == pytest.approx(gain * np.sqrt(p @ slopes**2), rel=1e-3)


def test_flat_slopes():
    relu = viz.DepthExplorer("relu", 30, 1.4).numbers()
    assert all(0.3 < share < 0.7 for share in relu["flat"][1:])
    assert all(share <= other for share, other in zip(relu["flatForAll"], relu["flat"], strict=True))
    assert sum(viz.DepthExplorer("leaky relu", 30, 1.4).numbers()["flat"]) == 0
    assert min(viz.DepthExplorer("tanh", 30, 4.0).numbers()["flat"][1:]) > 0.3


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"activation": "gelu"}, "activation is one of linear, tanh, sigmoid, relu, leaky relu, not 'gelu'"),
        ({"depth": 1}, "depth is a whole number from 2 to 60, not 1"),
        ({"depth": 2.5}, "not 2.5"),
        ({"depth": True}, "not True"),
        ({"gain": 15}, "gain is a number from 0.2 to 14, not 15"),
        ({"gain": "1"}, "not '1'"),
        ({"gain": math.nan}, "not nan"),
        ({"seed": -1}, "seed is a whole number from 0 to 2³² − 1, not -1"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        viz.DepthExplorer(**arguments)


def cliff():
    w, b = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    path = np.array([[0.1, 0.2, 0.5], [0.4, 0.9, 0.4]])
    return figures08.cliff(w, b, w * b, {"free": path, "clipped": path / 2})


PICTURES = {
    "depth": lambda: viz.DepthExplorer().picture(),
    "curves": lambda: figures08.curves({"a": [2.3, 2.2, 1.0], "b": [2.3, 2.3, 2.3]}, 2.3),
    "cliff": cliff,
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 60_000 and len(picture.alt) > 40


def test_the_summary_says_what_is_shown():
    explorer = viz.DepthExplorer("relu", 30, 1.0)
    ratio = explorer.numbers()["backward"][0]
    assert repr(explorer) == f"[{explorer.summary()}]"
    assert "30 layers of relu with gain 1" in repr(explorer) and f"{ratio:.2g} in all" in repr(explorer)
