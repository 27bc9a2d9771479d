"""The training console's Python side, its recorder, and the pictures of notebook 07."""

import re
from functools import cache

import numpy as np
import pytest

from backprop_lib import data, viz
from backprop_lib.lab import runs07
from backprop_lib.viz import figures07


@cache
def recorded():
    points, others = data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)
    return runs07.record(points, others, widths=[2, 6], decays=[0, 1.0], epochs=20)


def test_the_recorder_keeps_what_happened():
    record = recorded()
    assert [(run["width"], run["decay"]) for run in record["runs"]] == [(2, 0), (2, 1.0), (6, 0), (6, 1.0)]
    assert record["epochs"] == [1, 9, 17, 20], "an epoch in eight, and the last"
    for run in record["runs"]:
        assert all(len(run[name]) == 4 for name in ("loss", "validation_loss", "accuracy", "norm", "fields"))
        assert all(field.shape == (runs07.GRID**2,) and field.dtype == np.uint8 for field in run["fields"])
    plain, decayed = record["runs"][2]["norm"], record["runs"][3]["norm"]
    assert decayed[-1] < plain[-1], "weight decay makes weights smaller"
    points, others = data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)
    again = runs07.record(points, others, widths=[6], decays=[0], epochs=20)
    assert again["runs"][0]["loss"] == record["runs"][2]["loss"]


def test_the_field_is_the_probability_over_the_plane():
    points = runs07.plane()
    assert points[0].tolist() == [-2.0, 2.0] and points[-1].tolist() == [3.0, -1.5]
    run = recorded()["runs"][2]
    train = recorded()["train"]
    near = [int(np.argmin(((points - x) ** 2).sum(axis=1))) for x in train["inputs"]]
    said = run["fields"][-1][near] > 127
    assert np.mean(said == train["labels"]) > 0.75


def test_the_best_epoch_and_the_sentence():
    console = viz.TrainingConsole(recorded(), run=1)
    run = recorded()["runs"][1]
    epoch, loss = console.best()
    assert loss == min(run["validation_loss"])
    assert run["validation_loss"][recorded()["epochs"].index(epoch)] == loss
    assert f"lowest {loss:.3f} at epoch {epoch}" in console.summary()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (([1, 2],), "must come from backprop_lib.lab.runs07.record"),
        (({"runs": []},), "must come from"),
    ],
)
def test_another_kind_of_record_is_refused(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        viz.TrainingConsole(*arguments)


@pytest.mark.parametrize("run", [4, -1, "0"])
def test_a_run_that_is_not_there_is_refused(run):
    with pytest.raises(ValueError, match="run is a number from 0 to 3"):
        viz.TrainingConsole(recorded(), run=run)


PICTURES = {
    "console": lambda: viz.TrainingConsole(recorded(), run=2).picture(),
    "rates": lambda: figures07.rates([0.1, 1, 10], [1.0, 0.5, None], 2.3),
    "noise": lambda: figures07.noise([2, 8], [1.0, 0.5]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 80_000 and len(picture.alt) > 40
