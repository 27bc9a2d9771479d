"""The logit forces in a real JupyterLab: numbers against the engine, dragging a ball, letting go."""

import json

import pytest

from backprop_lib import viz

pytestmark = pytest.mark.browser


def shown(root):
    data = root.evaluate("it => ({...it.dataset})")
    return {key: data[key] if key == "loss" else json.loads(data[key]) for key in data}


def agree(root):
    """What the page shows is what the engine computes from the same logits."""
    now = shown(root)
    found = viz.LogitForces(now["z"], now["right"], now["loss"], now["smoothing"]).numbers()
    assert now["value"] == pytest.approx(found["loss"], rel=1e-12)
    assert now["p"] == pytest.approx(found["p"], rel=1e-12)
    assert now["gradient"] == pytest.approx(found["gradient"], rel=1e-9, abs=1e-15)
    return now


def first_above_half(root):
    """For each loss the step at which p passes ½, as the page says, is the engine's."""
    now = shown(root)
    found = viz.LogitForces(now["z"], now["right"], now["loss"], now["smoothing"]).futures()
    steps = [next((n for n, p in enumerate(path) if p > 0.5), None) for path in found.values()]
    assert now["half"] == steps
    return steps


def test_numbers_ball_and_letting_go(lab):
    notebook = lab(["from backprop_lib import viz\nforces = viz.LogitForces()\nforces"])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-forces")
    root.wait_for()
    set_ = lambda name, value: root.get_by_test_id(name).fill(str(value))  # noqa: E731
    agree(root)
    for loss in ("squared error", "cross-entropy"):
        root.get_by_test_id("loss").select_option(loss)
        set_("z2", -3.5)
        set_("smoothing", 0.3)
        root.get_by_test_id("right").select_option("2")
        agree(root)
        set_("smoothing", 0)
    before = agree(root)
    set_("shift", 2)
    after = agree(root)
    assert after["p"] == pytest.approx(before["p"]), "a constant on all logits changes nothing"
    root.get_by_test_id("one-step").click()
    stepped = agree(root)
    wanted = [z - g for z, g in zip(after["z"], after["gradient"], strict=True)]
    assert stepped["z"] == pytest.approx(wanted, rel=1e-12)

    for far in (5, -5):
        set_("z0", 8 if far > 0 else -8)
        set_("shift", far)
        balls = root.locator(".ball").all()
        places = [[float(ball.get_attribute(key)) for key in ("cy", "r")] for ball in balls]
        assert len(balls) == 4
        assert all(cy - r > 18 and cy + r < 264 for cy, r in places), "whole in the frame"

    root.get_by_test_id("start").select_option("sure and wrong")
    slow = first_above_half(root)
    assert slow[1] > 20 * slow[0] > 0
    root.get_by_test_id("one-step").click()
    root.get_by_test_id("again").click()
    assert first_above_half(root) == slow and shown(root)["steps"] == 0
    root.get_by_test_id("let-go").click()
    notebook.page.wait_for_function(
        "() => { const d = document.querySelector('.bpl-forces').dataset; return JSON.parse(d.p)[2] > 0.9 }"
    )
    root.get_by_test_id("let-go").click()
    stopped = agree(root)["steps"]
    notebook.page.wait_for_timeout(250)
    assert shown(root)["steps"] == stopped

    svg = root.locator("svg").first.bounding_box()
    scale = svg["width"] / 400
    # Class 0 of 4; the frame is 34 to 392 and 18 to 264 of 400 × 300.
    x = svg["x"] + scale * (34 + 358 * 0.125)
    z0 = shown(root)["z"][0]
    y_of = lambda z: svg["y"] + scale * (264 - (z + 9) / 18 * 246)  # noqa: E731
    notebook.page.mouse.move(x, y_of(z0))
    notebook.page.mouse.down()
    notebook.page.mouse.move(x, y_of(5), steps=5)
    notebook.page.mouse.up()
    assert agree(root)["z"][0] == pytest.approx(5, abs=0.1)
    assert notebook.errors == []
