"""The depth explorer in a real JupyterLab: every number that the page shows against the engine's."""

import json
import math

import pytest

from backprop_lib import viz

pytestmark = pytest.mark.browser

LISTS = ("forward", "backward", "rmsSlope", "flat", "flatForAll", "theoryForward", "theoryBackward")


def shown(root):
    data = root.evaluate("it => ({...it.dataset})")
    numbers = ("depth", "gain", "seed", "ratio", "lost", *LISTS)
    return {key: json.loads(text) if key in numbers else text for key, text in data.items()}


def agree(root, rel=1e-9):
    """What the page shows is what the engine computes from the same settings."""
    now = shown(root)
    explorer = viz.DepthExplorer(now["activation"], now["depth"], now["gain"], now["seed"])
    found, theory = explorer.numbers(), explorer.theory()
    for key in LISTS[:5]:
        assert now[key] == pytest.approx(found[key], rel=rel), key
    assert now["theoryForward"] == pytest.approx(theory["forward"], rel=1e-9)
    assert now["theoryBackward"] == pytest.approx(theory["backward"], rel=1e-9)
    assert now["ratio"] == now["backward"][0]
    return now


def test_the_page_computes_what_the_engine_computes(lab):
    notebook = lab(["from backprop_lib import viz\nexplorer = viz.DepthExplorer()\nexplorer"])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-depth")
    root.wait_for()
    set_ = lambda name, value: root.get_by_test_id(name).fill(str(value))  # noqa: E731
    assert agree(root)["fate"] == "vanishes"
    for activation in ("linear", "tanh", "sigmoid", "leaky relu", "relu"):
        root.get_by_test_id("activation").select_option(activation)
        # Where a tanh explodes, layers also magnify differences of the last bit: fewer of them there.
        for depth, gain in ((60, 1.4), (60, 0.3), (20, 3.5), (8, 13.9)):
            set_("depth", depth)
            set_("gain", f"{math.log2(gain):.2f}")  # the slider is logarithmic
            agree(root)
    set_("depth", 60)
    set_("gain", -2.32)
    root.get_by_test_id("activation").select_option("sigmoid")
    now = agree(root)
    lost = now["lost"]
    assert now["backward"][lost] < 2**-150 <= now["backward"][lost + 1], "where float32 ends"
    assert f"0 from layer {lost} down" in root.locator(".verdict").inner_text()
    set_("depth", 30)
    for gain, fate in ((4, "vanishes"), (11, "arrives")):  # the text speaks of these
        set_("gain", f"{math.log2(gain):.2f}")
        assert agree(root)["fate"] == fate and f"gain {gain}" in root.locator(".product").inner_text()
    set_("depth", 60)
    set_("gain", -2.32)
    root.get_by_test_id("redraw").click()
    again = agree(root)
    assert again["seed"] == 1 and again["ratio"] != now["ratio"]
    assert notebook.errors == []
