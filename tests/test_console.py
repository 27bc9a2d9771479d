"""The training console's Python side, its recorder, and the pictures of notebook 07."""

import re
import zlib
from base64 import b64decode
from functools import cache

import numpy as np
import pytest

from backprop_lib import accuracy, data, evaluate, fit, losses, nn, optim, viz
from backprop_lib.lab import runs07
from backprop_lib.viz import figures07

CURVES = ("loss", "right", "validation_loss", "validation_right", "norm", "fields")


def parts():
    return data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)


@cache
def recorded():
    return runs07.record(*parts(), widths=[2, 6], decays=[0, 1.0], epochs=20)


def test_the_recorder_keeps_what_happened():
    record = recorded()
    assert [(run["width"], run["decay"]) for run in record["runs"]] == [(2, 0), (2, 1.0), (6, 0), (6, 1.0)]
    assert (record["epochs"][0], record["epochs"][-1]) == (0, 20)
    for run in record["runs"]:
        assert all(len(run[name]) == len(record["epochs"]) for name in CURVES)
        assert all(field.shape == (runs07.GRID**2,) and field.dtype == np.uint8 for field in run["fields"])
        assert {len(right) for right in run["right"]} == {20}
        assert {len(right) for right in run["validation_right"]} == {40}
    plain, decayed = record["runs"][2]["norm"], record["runs"][3]["norm"]
    assert plain[0] == decayed[0], "both begin with the same weights"
    assert decayed[-1] < plain[-1], "weight decay makes weights smaller"
    again = runs07.record(*parts(), widths=[6], decays=[0], epochs=20)
    assert again["runs"][0]["loss"] == record["runs"][2]["loss"]


def test_epochs_are_kept_from_first_to_last_and_closer_at_the_beginning():
    for epochs in (1, 7, 80, 160, 1000):
        kept = runs07.kept_epochs(epochs)
        assert kept == sorted(set(kept)) and (kept[0], kept[-1]) == (0, epochs)
        assert len(kept) <= runs07.FRAMES + 1
    kept = np.array(runs07.kept_epochs(160))
    assert len(kept) == 21 and np.diff(kept)[:5].max() < np.diff(kept)[-5:].min()


def test_a_run_is_what_fit_alone_would_give():
    """The recorder looks on and changes nothing."""
    points, others = parts()
    model = nn.MLP([2, 6, 6, 2], rng=0, activation="tanh")
    optimizer = optim.AdamW(model.parameters(), lr=0.03, weight_decay=1.0)
    fit(model, (points.inputs, points.labels), losses.cross_entropy, optimizer, epochs=20,
        batch_size=20, rng=0, progress=False)  # fmt: skip
    run = recorded()["runs"][3]
    for part, prefix in ((points, ""), (others, "validation_")):
        found = evaluate(model, (part.inputs, part.labels), losses.cross_entropy, accuracy)
        assert run[f"{prefix}loss"][-1] == pytest.approx(found.loss, rel=1e-9)
        assert np.mean(run[f"{prefix}right"][-1]) == pytest.approx(found.metric)


def test_the_field_is_the_probability_over_the_plane():
    points = runs07.plane()
    assert points[0].tolist() == [-2.0, 2.0] and points[-1].tolist() == [3.0, -1.5]
    run, train = recorded()["runs"][2], recorded()["train"]
    near = [int(np.argmin(((points - x) ** 2).sum(axis=1))) for x in train.inputs]
    field = run["fields"][-1][near]
    clear = np.abs(field - 127.5) > 60  # far from the line a point and its neighbour on the grid agree
    assert clear.sum() >= 8
    said_right = (field > 127) == train.labels
    assert np.array_equal(said_right[clear], run["right"][-1][clear])


def test_what_is_sent_can_be_unpacked():
    state = viz.TrainingConsole(recorded()).state

    def inflated(text):
        return np.add.accumulate(np.frombuffer(zlib.decompress(b64decode(text)), np.uint8), dtype=np.uint8)

    for name, sent in (
        ("fields", state["fields"]),
        ("right", state["train"]["right"]),
        ("validation_right", state["validation"]["right"]),
    ):
        kept = np.array([run[name] for run in recorded()["runs"]], dtype=np.uint8)
        assert np.array_equal(inflated(sent), kept.ravel())


def test_the_state_of_the_notebooks_console_is_small():
    record = runs07.record(data.moons(40, noise=0.3, seed=1), data.moons(400, noise=0.3, seed=2),
                           widths=[2, 8, 64], decays=[0, 0.3, 3])  # fmt: skip
    assert len(str(viz.TrainingConsole(record).state)) < 120_000


def test_the_best_epoch_and_the_sentence():
    console = viz.TrainingConsole(recorded(), run=1)
    run = recorded()["runs"][1]
    epoch, loss = console.best()
    assert loss == min(run["validation_loss"])
    assert run["validation_loss"][recorded()["epochs"].index(epoch)] == loss
    assert f"lowest {loss:.3f} at epoch {epoch} of those kept" in console.summary()


@pytest.mark.parametrize("record", [[1, 2], {"runs": []}, None])
def test_another_kind_of_record_is_refused(record):
    with pytest.raises(ValueError, match=re.escape("must come from backprop_lib.lab.runs07.record")):
        viz.TrainingConsole(record)


def test_a_record_without_runs_is_refused():
    with pytest.raises(ValueError, match="must come from"):
        viz.TrainingConsole(recorded() | {"runs": []})


@pytest.mark.parametrize("run", [4, -1, "0", True, 1.0])
def test_a_run_that_is_not_there_is_refused(run):
    with pytest.raises(ValueError, match="run is a number from 0 to 3"):
        viz.TrainingConsole(recorded(), run=run)


PICTURES = {
    "console": lambda: viz.TrainingConsole(recorded(), run=2).picture(),
    "rates": lambda: figures07.rates([0.1, 1, 10], 2.3, [1.0, 0.5, 9.0]),
    "noise": lambda: figures07.noise([2, 8], [1.0, 0.5]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert len(picture.png) < 80_000 and len(picture.alt) > 40
