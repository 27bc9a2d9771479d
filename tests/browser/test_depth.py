"""The depth explorer in a real JupyterLab: what the page computes is what the engine computes."""

import json

import pytest

from backprop_lib import viz

pytestmark = pytest.mark.browser

SETTINGS = (
    ("relu", 30, 1.4),
    ("tanh", 60, 1.0),
    ("sigmoid", 25, 3.0),
    ("leaky relu", 40, 1.2),
    ("linear", 12, 0.6),
    ("tanh", 8, 3.0),
)


def test_sizes_of_both_passes_are_those_of_the_engine(lab):
    notebook = lab(["from backprop_lib import viz\nexplorer = viz.DepthExplorer()\nexplorer"])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-depth")
    root.wait_for()
    for activation, depth, gain in SETTINGS:
        root.get_by_test_id("activation").select_option(activation)
        root.get_by_test_id("depth").fill(str(depth))
        root.get_by_test_id("gain").fill(str(gain))
        shown = root.evaluate("it => ({...it.dataset})")
        found = viz.DepthExplorer(activation, depth, gain).numbers()
        assert json.loads(shown["forward"]) == pytest.approx(found["forward"], rel=1e-9)
        assert json.loads(shown["backward"]) == pytest.approx(found["backward"], rel=1e-9)
    root.get_by_test_id("activation").select_option("relu")
    root.get_by_test_id("depth").fill("60")
    root.get_by_test_id("gain-1.00").click()
    assert root.evaluate("it => it.dataset.fate") == "vanishes"
    root.get_by_test_id("gain-1.41").click()
    assert root.evaluate("it => it.dataset.fate") == "arrives"
    assert notebook.errors == []
