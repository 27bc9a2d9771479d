"""The logit forces' Python side, the pictures of notebook 06 and what its text says of numbers."""

import math
import re

import numpy as np
import pytest

from backprop_lib import viz
from backprop_lib.viz import figures06


@pytest.mark.parametrize("loss", ["cross-entropy", "squared error"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_forces_are_minus_the_slope_of_the_loss(loss, smoothing):
    z, h = [0.3, -1.2, 2.0], 1e-6
    found = viz.LogitForces(z, 1, loss, smoothing).numbers()
    for k in range(3):
        ends = []
        for step in (h, -h):
            moved = list(z)
            moved[k] += step
            ends.append(viz.LogitForces(moved, 1, loss, smoothing).numbers()["loss"])
        assert found["gradient"][k] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)
    assert sum(found["gradient"]) == pytest.approx(0, abs=1e-12)
    assert sum(found["y"]) == pytest.approx(1) and found["y"][1] == pytest.approx(1 - smoothing * 2 / 3)
    if loss == "cross-entropy":
        assert found["gradient"] == pytest.approx(np.subtract(found["p"], found["y"]))


def test_the_future_is_made_of_single_steps():
    """z ← z − ∂L/∂z by hand, with the loss of each."""
    forces = viz.LogitForces([0.3, -1.2, 2.0], 1, smoothing=0.2)
    for loss, path in forces.futures(3).items():
        z = np.array(forces.logits)
        for p in path:
            now = viz.LogitForces(z.tolist(), 1, loss, 0.2).numbers()
            assert now["p"][1] == pytest.approx(p, rel=1e-12)
            z = z - now["gradient"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"logits": [1]}, "logits are 2 to 10 numbers from −8 to 8"),
        ({"logits": [1, 9]}, "from −8 to 8"),
        ({"logits": ["1", 2]}, "2 to 10 numbers"),
        ({"logits": [math.inf, 2]}, "2 to 10 numbers"),
        ({"right": 4}, "right is a class from 0 to 3, not 4"),
        ({"loss": "mse"}, "loss is one of cross-entropy, squared error, not 'mse'"),
        ({"smoothing": 0.6}, "smoothing is a number from 0 to 0.5, not 0.6"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        viz.LogitForces(**arguments)


PICTURES = {
    "forces": lambda: viz.LogitForces().picture(),
    "two paths": lambda: figures06.two_paths([0.9, 0.5, 0.1], [0.9, 0.2, 0.1]),
    "pulls": lambda: figures06.pulls(
        np.array([0.1, 0.9]),
        {"cross-entropy": np.array([1.2, 0.1]), "squared error": np.array([0.2, 0.1])},
        np.array([True, False]),
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 60_000 and len(picture.alt) > 40


def test_the_loss_that_two_softmaxes_cannot_go_below():
    """1.46 in the text: at best one probability is 1 and nine are 0: the second softmax's logits."""
    logits = np.eye(10)[0]
    assert round(-math.log(math.exp(1) / np.exp(logits).sum()), 2) == 1.46


def test_no_example_pulls_harder_than_the_square_root_of_two():
    p = np.random.RandomState(0).dirichlet(np.full(10, 0.1), 2000)
    assert np.linalg.norm(p - np.eye(10)[0], axis=1).max() <= math.sqrt(2) + 1e-12
