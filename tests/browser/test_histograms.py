"""The layer histograms in a real JupyterLab: every set-up and step shows what was recorded."""

import json

import pytest

from backprop_lib import data
from backprop_lib.lab import layers09
from backprop_lib.lab.layers09 import Setup
from backprop_lib.viz.histograms import words

pytestmark = pytest.mark.browser

RACERS = [Setup("He", "relu"), Setup("zero", "tanh", "layer", skip=True)]
CODE = """from backprop_lib import data
from backprop_lib.lab import layers09
from backprop_lib.lab.layers09 import Setup
from backprop_lib.viz.histograms import LayerHistograms
digits = data.digits()[:40]
x, y = digits.pixels - digits.pixels.mean(), digits.labels
raced = layers09.race(x, y, [Setup("He", "relu"), Setup("zero", "tanh", "layer", skip=True)],
                      steps=6, every=3, batch_size=40, depth=4, width=8)
LayerHistograms(layers09.record(x, y, depth=4, width=8), raced, Setup("He", "relu"))"""


def test_setups_and_steps_are_those_that_were_recorded(lab):
    notebook = lab([CODE])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-histograms")
    root.wait_for()
    digits = data.digits()[:40]
    x, y = digits.pixels - digits.pixels.mean(), digits.labels
    recorded = layers09.record(x, y, depth=4, width=8)
    raced = layers09.race(x, y, RACERS, steps=6, every=3, batch_size=40, depth=4, width=8)
    for setup, look in zip(recorded["setups"], recorded["looks"], strict=True):
        if setup not in RACERS:
            choose(root, setup)
            agree(root, setup, look)
            assert root.evaluate("it => it.dataset.loss") == "none"
    for setup, looks, losses in zip(RACERS, raced["looks"], raced["losses"], strict=True):
        choose(root, setup)
        for k, step in enumerate(raced["steps"]):
            root.get_by_test_id("step").fill(str(k))
            agree(root, setup, looks[k])
            before = losses[max(0, step - 5) : step] or losses[:1]
            shown = float(root.evaluate("it => it.dataset.loss"))
            assert shown == pytest.approx(sum(before) / len(before), rel=1e-6)
    root.get_by_test_id("racer").select_option(index=1)
    assert root.evaluate("it => it.dataset.setup") == words(RACERS[0])
    assert notebook.errors == []


def choose(root, setup):
    root.get_by_test_id("init").select_option(setup.init)
    root.get_by_test_id("activation").select_option(setup.activation)
    root.get_by_test_id("norm").select_option(setup.norm)
    root.get_by_test_id("skip").set_checked(setup.skip)


def agree(root, setup, look):
    shown = root.evaluate("it => ({...it.dataset})")
    assert shown["setup"] == words(setup)
    for part in ("values", "gradients"):
        assert json.loads(shown[part]) == pytest.approx(list(look[part]["rms"]), rel=1e-6)
