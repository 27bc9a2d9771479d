"""The boundary explorer's Python side and the pictures of notebook 04."""

import math
import re

import numpy as np
import pytest

from backprop_lib import viz
from backprop_lib.viz import figures04
from backprop_lib.viz.boundary import TASKS


def test_its_numbers_are_those_of_plain_python():
    explorer = viz.BoundaryExplorer("or", [0.3, -1.1, 0.2, 0.9, 0.4, -0.7, 1.2, -0.5, 0.1])

    def loss(w):
        total = 0.0
        for (x1, x2), t in zip(TASKS["or"]["points"], TASKS["or"]["targets"], strict=True):
            h1 = math.tanh(w[0] * x1 + w[1] * x2 + w[2])
            h2 = math.tanh(w[3] * x1 + w[4] * x2 + w[5])
            total += (math.tanh(w[6] * h1 + w[7] * h2 + w[8]) - t) ** 2
        return total

    found = explorer.numbers()
    assert found["loss"] == pytest.approx(loss(explorer.weights), rel=1e-12)
    for k in range(9):
        up, down = list(explorer.weights), list(explorer.weights)
        up[k] += 1e-5
        down[k] -= 1e-5
        assert found["gradient"][k] == pytest.approx((loss(up) - loss(down)) / 2e-5, abs=1e-8)


def test_weights_may_have_the_names_of_the_exercise():
    named = {"w1": [[1, 2], [4, 5]], "b1": np.array([3, 6]), "w2": (7, 8), "b2": 9}
    assert viz.BoundaryExplorer("and", named).weights == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_gradient_descent_from_its_start_solves_xor():
    explorer = viz.BoundaryExplorer()
    for _ in range(100):
        gradient = explorer.numbers()["gradient"]
        explorer.weights = [w - explorer.rate * g for w, g in zip(explorer.weights, gradient, strict=True)]
    assert explorer.numbers()["loss"] < 0.1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"task": "nand"}, "task is one of xor, and, or, not 'nand'"),
        ({"weights": [1, 2]}, "weights are nine numbers"),
        ({"weights": [math.nan] * 9}, "weights are nine numbers"),
        ({"weights": ["1"] * 9}, "weights are nine numbers"),
        (
            {"weights": {"w1": [[1, 2], [3, 4]], "b1": [0, 0], "w2": [1, 1]}},
            "or a dictionary with w1, b1, w2",
        ),
        ({"weights": {"w1": [[1, 2], [3, 4]], "b1": [0], "w2": [1, 1], "b2": 0}}, "weights are nine numbers"),
        ({"weights": ...}, "got Ellipsis"),
        ({"rate": 0}, "rate is a number from 0.01 to 1, not 0"),
        ({"rate": "fast"}, "not 'fast'"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        viz.BoundaryExplorer(**arguments)


PICTURES = {
    "explorer": lambda: viz.BoundaryExplorer("and").picture(),
    "explorer without a line": lambda: viz.BoundaryExplorer("and", [0.0] * 9).picture(),
    "lines": lambda: figures04.lines(
        [(0, 0), (1, 1)], {"and": ([0, 1], (1, 1), -1.5), "xor": ([0, 0], None, 0)}
    ),
    "learning": lambda: figures04.learning(
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        {
            "and": ([0, 0, 0, 1], [([1, 1], 1, 3, 0), ([0, 0], 0, 0, 1)]),
            "or": ([0, 1, 1, 1], [([0, 1], 1, 1)]),
        },
    ),
    "staircases": lambda: figures04.staircases(
        np.arange(9.0), np.arange(9.0) ** 2, {4: np.ones(9)}, {4: 60.0, 8: 30.0}
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 80_000 and len(picture.alt) > 40
