"""The optimizer race's Python side, its surfaces, and the pictures of notebook 10."""

import math
import re

import numpy as np
import pytest

from backprop_lib.lab.surfaces10 import OPTIMIZERS, SURFACES, descend
from backprop_lib.viz import figures10
from backprop_lib.viz.race import OptimizerRace

RATES = [10 ** (-3 + k / 4) for k in range(15)]  # the grid of the page's button


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_is_lowest_where_it_says(name):
    surface = SURFACES[name]
    (left, right), (bottom, top) = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 401), np.linspace(bottom, top, 401))
    assert surface(x, y).min() >= surface(*surface.lowest) - 1e-12
    assert surface.gradient(*surface.lowest) == pytest.approx((0, 0), abs=1e-12)
    assert left <= surface.start[0] <= right and bottom <= surface.start[1] <= top
    h = 1e-6
    for at in (surface.start, (0.3, -0.4)):
        sides = [surface(at[0] + h, at[1]) - surface(at[0] - h, at[1]),
                 surface(at[0], at[1] + h) - surface(at[0], at[1] - h)]  # fmt: skip
        assert surface.gradient(*at) == pytest.approx([d / (2 * h) for d in sides], rel=1e-6, abs=1e-6)


def test_a_path_is_made_of_the_optimizers_steps():
    path = descend(SURFACES["ravine"], "SGD", 0.03, (-2.2, 1.2), 5)
    assert path[:, 0] == pytest.approx([-2.2 * 0.97**k for k in range(6)], rel=1e-12)
    assert path[:, 1] == pytest.approx([1.2 * 0.1**k for k in range(6)], rel=1e-12)
    ahead = descend(SURFACES["ravine"], "Nesterov", 0.03, (-2.2, 1.2), 1, beta=0.5)
    assert ahead[1] == pytest.approx([-2.2 * (1 - 0.03 * 1.5), 1.2 * (1 - 0.9 * 1.5)], rel=1e-12)


def test_a_path_that_leaves_for_good_ends():
    path = descend(SURFACES["ravine"], "SGD", 1.0, (-2.2, 1.2), 20)
    ends = int(np.argmax(np.isnan(path[:, 0])))
    assert 1 < ends < 20 and np.isnan(path[ends:]).all() and np.abs(path[ends - 1]).max() <= 1e6
    assert "SGD gone" in OptimizerRace(rates=1.0, optimizers=["SGD"]).summary()


def test_its_numbers_are_those_of_the_library():
    race = OptimizerRace("banana", start=(-1, 1), rates={"Adam": 0.1}, steps=30, optimizers=["SGD", "Adam"])
    assert list(race.paths()) == ["SGD", "Adam"] and race.rates["SGD"] == SURFACES["banana"].rate
    x, y = race.paths()["Adam"][-1]
    assert race.losses()["Adam"] == pytest.approx((1 - x) ** 2 + 10 * (y - x * x) ** 2, rel=1e-12)
    assert f"Adam {race.losses()['Adam']:.2g}" in race.summary()


def ends(surface, name):
    """(rate, loss above the lowest point) for each rate of the grid; inf where the path has left."""
    surface, found = SURFACES[surface], {}
    for rate in RATES:
        path = descend(surface, name, rate, surface.start, 100)
        loss = float(surface(*path[-1]) - surface(*surface.lowest))
        found[rate] = loss if math.isfinite(loss) else math.inf
    return found


def test_the_last_becomes_the_first_and_in_a_turned_ravine_it_does_not():
    """The first words of notebook 10."""
    together = OptimizerRace().losses()
    assert max(together, key=together.get) == "Adagrad"
    best = {name: min(ends("ravine", name).values()) for name in OPTIMIZERS}
    assert min(best, key=best.get) == "Adagrad"
    turned = {name: min(ends("turned", name).values()) for name in OPTIMIZERS}
    assert max(turned, key=turned.get) == "Adagrad"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"surface": "bowl"}, "one of ravine, turned, saddle, banana, minima, plateau, not 'bowl'"),
        ({"start": (0, 9)}, "start is (x, y), x from -2.6 to 2.6, y from -2.0 to 2.0, not (0, 9)"),
        ({"start": (0, math.nan)}, "start is (x, y)"),
        ({"start": 3}, "not 3"),
        ({"start": "ab"}, "start is (x, y)"),
        ({"rates": 0}, "the rate of SGD is a number from 0.001 to 3.16, not 0"),
        ({"rates": {"Adam": "fast"}}, "the rate of Adam is a number"),
        ({"rates": {"adam": 0.1}}, "names from SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam"),
        ({"rates": "0.1"}, "rates is a number, or a dict"),
        ({"steps": 5}, "steps is a whole number from 10 to 400, not 5"),
        ({"steps": 10.5}, "not 10.5"),
        ({"optimizers": ["AdamW"]}, "optimizers are some of SGD"),
        ({"optimizers": []}, "not []"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        OptimizerRace(**arguments)


PICTURES = {
    "race": lambda: OptimizerRace("minima").picture(),
    "a race with one that leaves": lambda: OptimizerRace(rates=1.0).picture(),
    "rates": lambda: figures10.rates([0.1, 0.2], [0.99, 0.985], [0.99, 0.985], best=0.15),
    "bias": lambda: figures10.bias(np.array([3.0, 4.0, 2.0])),
    "lines": lambda: figures10.lines([2.0, 1.0, 0.1], [0.1, 0.6, 0.1]),
    "fair": lambda: figures10.fair({"SGD": (0.3, [0.2, 0.3]), "Adam": (0.03, [0.1, 0.2])}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 90_000 and len(picture.alt) > 40
