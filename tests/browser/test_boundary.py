"""The boundary explorer in a real JupyterLab: its numbers, dragging a line and an arrow, training."""

import json

import pytest

from backprop_lib import viz

pytestmark = pytest.mark.browser


@pytest.fixture
def explorer(lab):
    notebook = lab(["from backprop_lib import viz\nexplorer = viz.BoundaryExplorer()\nexplorer"])
    notebook.run_all()
    notebook.root = notebook.output(0).locator(".bpl-boundary")
    notebook.root.wait_for()
    return notebook


def numbers(notebook):
    data = notebook.root.evaluate("it => ({...it.dataset})")
    return data | {key: json.loads(data[key]) for key in ("loss", "steps", "right", "parameters", "gradient")}


ARROW = 40 / 278 * 2.2  # 40 of the 278 units that the plane is wide


def agree(shown):
    """What the page shows is what the engine computes from the same parameters."""
    found = viz.BoundaryExplorer(shown["task"], shown["parameters"]).numbers()
    assert shown["loss"] == pytest.approx(found["loss"], rel=1e-12)
    assert shown["gradient"] == pytest.approx(found["gradient"], rel=1e-9, abs=1e-14)


def test_the_page_computes_what_the_engine_computes(explorer):
    agree(numbers(explorer))
    for task in ("and", "or", "xor"):
        explorer.root.get_by_test_id("task").select_option(task)
        for name, value in (("w1[0][0]", -1.5), ("b1[1]", 0.75), ("w2[1]", 3.0), ("b2", -0.4)):
            explorer.root.get_by_test_id(name).fill(str(value))
            agree(numbers(explorer))
    before = numbers(explorer)
    explorer.root.get_by_test_id("one-step").click()
    after = numbers(explorer)
    wanted = [w - 0.1 * g for w, g in zip(before["parameters"], before["gradient"], strict=True)]
    assert after["parameters"] == pytest.approx(wanted, rel=1e-12)
    assert after["steps"] == 1
    agree(after)
    assert explorer.errors == []


def test_a_line_is_shifted_and_an_arrow_turned(explorer):
    before = numbers(explorer)["parameters"]
    svg = explorer.root.locator("svg").first.bounding_box()
    scale = svg["width"] / 330

    def place(x1, x2):
        """Where a point of the plane is on the page: the frame is 34 to 312 and 18 to 296 of 330."""
        right, down = 34 + (x1 + 0.6) / 2.2 * 278, 296 - (x2 + 0.6) / 2.2 * 278
        return svg["x"] + scale * right, svg["y"] + scale * down

    w1, w2, b = before[:3]
    start = (0.9, -(w1 * 0.9 + b) / w2)  # a point of the first line, away from its arrow
    drag(explorer.page.mouse, place(*start), place(start[0] + 0.2, start[1] + 0.1))
    moved = numbers(explorer)["parameters"]
    assert moved[:2] == before[:2] and moved[3:] == before[3:]
    assert moved[2] == pytest.approx(b - 0.2 * w1 - 0.1 * w2, abs=0.05)
    square = w1 * w1 + w2 * w2
    distance = (0.5 * w1 + 0.5 * w2 + moved[2]) / square
    foot = (0.5 - distance * w1, 0.5 - distance * w2)
    head = (foot[0] + ARROW * w1 / square**0.5, foot[1] + ARROW * w2 / square**0.5)
    drag(explorer.page.mouse, place(*head), place(foot[0], foot[1] + ARROW))
    turned = numbers(explorer)["parameters"]
    assert turned[0] == pytest.approx(0, abs=0.1)
    assert turned[1] == pytest.approx(square**0.5, abs=0.05), "the length of w stays"
    agree(numbers(explorer))
    assert explorer.errors == []


def test_the_line_of_the_output_neuron_is_shifted_among_the_named_points(explorer):
    before = numbers(explorer)["parameters"]
    svg = explorer.root.locator("svg").nth(1)
    assert svg.locator("text.inputs").all_text_contents() == ["0, 0", "0, 1", "1, 0", "1, 1"]
    box = svg.bounding_box()
    scale = box["width"] / 330

    def place(h1, h2):
        """Where a point of the plane of the hidden neurons, from −1.35 to 1.35, is on the page."""
        right, down = 34 + (h1 + 1.35) / 2.7 * 278, 296 - (h2 + 1.35) / 2.7 * 278
        return box["x"] + scale * right, box["y"] + scale * down

    v1, v2, c = before[6:]
    start = (0.8, -(v1 * 0.8 + c) / v2)
    drag(explorer.page.mouse, place(*start), place(start[0] - 0.3, start[1] + 0.2))
    moved = numbers(explorer)["parameters"]
    assert moved[:8] == before[:8]
    assert moved[8] == pytest.approx(c + 0.3 * v1 - 0.2 * v2, abs=0.05)
    agree(numbers(explorer))
    assert explorer.errors == []


def drag(mouse, start, end):
    mouse.move(*start)
    mouse.down()
    mouse.move(*end, steps=6)
    mouse.up()


def test_training_runs_pauses_and_starts_again(explorer):
    train = explorer.root.get_by_test_id("train")
    train.click()
    explorer.page.wait_for_function("() => document.querySelector('.bpl-boundary').dataset.right === '4'")
    train.click()
    stopped = numbers(explorer)
    agree(stopped)
    explorer.page.wait_for_timeout(200)
    assert numbers(explorer)["steps"] == stopped["steps"]
    explorer.root.get_by_test_id("reset").click()
    assert numbers(explorer)["parameters"] == viz.BoundaryExplorer().weights
    explorer.add_and_run("explorer.task = 'and'")
    explorer.page.wait_for_function("() => document.querySelector('.bpl-boundary').dataset.task === 'and'")
    assert explorer.errors == []
