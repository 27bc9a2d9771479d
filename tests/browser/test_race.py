"""The optimizer race in a real JupyterLab: its paths are the library's, its button is fair."""

import json
import math
import re

import pytest

from backprop_lib.lab.surfaces10 import OPTIMIZERS, SURFACES, descend
from backprop_lib.viz.race import OptimizerRace

pytestmark = pytest.mark.browser


@pytest.fixture
def race(lab):
    notebook = lab(["from backprop_lib.viz.race import OptimizerRace\nrace = OptimizerRace()\nrace"])
    notebook.run_all()
    notebook.root = notebook.output(0).locator(".bpl-race")
    notebook.root.wait_for()
    return notebook


def numbers(notebook):
    data = notebook.root.evaluate("it => ({...it.dataset})")
    parsed = ("step", "start", "rates", "places", "losses")
    return data | {key: json.loads(data[key]) for key in parsed}


def agree(shown, **options):
    """Every optimizer is where the library's steps lead."""
    surface = SURFACES[shown["surface"]]
    for name in OPTIMIZERS:
        how = options.get(name, {})
        path = descend(surface, name, shown["rates"][name], shown["start"], shown["step"], **how)
        x, y = path[-1]
        if math.isnan(x):
            assert shown["places"][name] is None
        else:
            assert shown["places"][name] == pytest.approx([x, y], rel=1e-9, abs=1e-9)
            loss = float(surface(x, y) - surface(*surface.lowest))
            assert shown["losses"][name] == pytest.approx(loss, rel=1e-7, abs=1e-9)


def test_a_hundred_steps_on_every_surface_are_those_of_the_library(race):
    for surface in SURFACES:
        race.root.get_by_test_id("surface").select_option(surface)
        for step in (1, 2, 12, 100):
            race.root.get_by_test_id("step").fill(str(step))
            shown = numbers(race)
            assert (shown["surface"], shown["step"]) == (surface, step)
            agree(shown)
    race.root.get_by_test_id("surface").select_option("ravine")
    for slider, value in (("rate-SGD", -0.6), ("rate-Adam", -1.2), ("start-x", 1.5), ("start-y", -0.7)):
        race.root.get_by_test_id(slider).fill(str(value))
    shown = numbers(race)
    assert shown["start"] == [1.5, -0.7] and shown["rates"]["SGD"] == pytest.approx(10**-0.6)
    assert shown["places"]["SGD"] is None, "it leaves for good"
    agree(shown)
    race.root.get_by_test_id("beta").fill("0.5")
    agree(numbers(race), Momentum={"beta": 0.5}, Nesterov={"beta": 0.5})
    race.root.get_by_test_id("rate").fill("-2")
    assert list(numbers(race)["rates"].values()) == pytest.approx([0.01] * 6)
    race.root.get_by_test_id("reset").click()
    shown = numbers(race)
    assert shown["start"] == list(SURFACES["ravine"].start)
    agree(shown)
    assert race.errors == []


def test_the_button_gives_each_the_best_of_the_same_rates(race):
    race.root.get_by_test_id("surface").select_option("banana")
    race.root.get_by_test_id("best").click()
    shown, surface = numbers(race), SURFACES["banana"]
    for name in OPTIMIZERS:
        ends = {}
        for rate in [10 ** (-3 + k / 4) for k in range(15)]:
            x, y = descend(surface, name, rate, surface.start, 100)[-1]
            ends[rate] = math.inf if math.isnan(x) else float(surface(x, y))
        assert shown["rates"][name] == pytest.approx(min(ends, key=ends.get), rel=1e-9)
    agree(shown)
    assert race.errors == []


def test_the_step_in_numbers_ends_where_the_path_is(race):
    race.root.get_by_test_id("step").fill("3")
    for name in OPTIMIZERS:
        race.root.get_by_test_id("told").select_option(name)
        place = numbers(race)["places"][name]
        last = race.root.locator(".told tbody tr").last.locator("td").all_inner_texts()
        for text, value in zip(last, place, strict=True):
            said = float(text.split("= ")[1].replace("−", "-"))
            assert said == pytest.approx(value, rel=6e-3)
    race.root.get_by_test_id("corrected").uncheck()
    race.root.get_by_test_id("told").select_option("Adam")
    race.root.get_by_test_id("step").fill("1")
    (x, y), (x0, y0) = numbers(race)["places"]["Adam"], SURFACES["ravine"].start
    assert abs(x - x0) == pytest.approx(0.03 * 0.1 / 0.001**0.5, rel=1e-6)
    assert abs(y - y0) == pytest.approx(0.03 * 0.1 / 0.001**0.5, rel=1e-6)
    assert race.errors == []


def test_the_start_is_dragged_and_python_moves_it(race):
    svg = race.root.locator(".map svg").bounding_box()
    scale = svg["width"] / 430

    def place(x, y):
        """Where a point of the map is on the page: the frame is 34 to 422 and 18 to 316 of 430 × 350."""
        return svg["x"] + scale * (34 + (x + 2.6) / 5.2 * 388), svg["y"] + scale * (316 - (y + 2) / 4 * 298)

    mouse = race.page.mouse
    mouse.move(*place(*SURFACES["ravine"].start))
    mouse.down()
    mouse.move(*place(1.5, -0.8), steps=6)
    mouse.up()
    shown = numbers(race)
    assert shown["start"] == pytest.approx([1.5, -0.8], abs=0.03)
    agree(shown)
    race.root.get_by_test_id("show-SGD").uncheck()
    assert race.root.locator(".racers tr.off").count() == 1
    race.add_and_run("race.surface = 'ravine'\nrace.start = [-1.0, 0.5]")
    race.page.wait_for_function("() => document.querySelector('.bpl-race').dataset.start === '[-1,0.5]'")
    agree(numbers(race))
    race.root.get_by_test_id("step-start").click()
    race.root.get_by_test_id("step-play").click()
    race.page.wait_for_function("() => Number(document.querySelector('.bpl-race').dataset.step) > 5")
    race.root.get_by_test_id("step-play").click()
    assert OptimizerRace().start == list(SURFACES["ravine"].start)
    assert race.errors == []


def test_small_numbers_are_squared_in_brackets_ties_are_level_and_edges_are_named(race):
    race.root.get_by_test_id("best").click()
    race.root.get_by_test_id("step").fill("10")
    for name in ("Adagrad", "RMSprop", "Adam"):
        race.root.get_by_test_id("told").select_option(name)
        text = race.root.locator(".told").inner_text()
        factors = re.findall(r"·\(?[−\d.]+ × 10[⁻⁰¹²³⁴-⁹]+\)?|√\(?[−\d.]+ × 10[⁻⁰¹²³⁴-⁹]+\)?", text)
        assert all("(" in factor and factor.endswith(")") for factor in factors), factors
        assert name == "Adam" or factors
    race.root.get_by_test_id("step").fill("100")
    said = race.root.locator(".verdict").inner_text()
    assert "Adagrad and RMSprop are level and lowest, less than 10⁻¹² above" in said
    rows = race.root.locator(".racers tbody tr").all_inner_texts()
    shown = numbers(race)["rates"]
    for name, row in zip(OPTIMIZERS, rows, strict=True):
        at_edge = min(abs(math.log10(shown[name]) - edge) for edge in (-3, 0.5)) < 1e-9
        assert ("edge" in row) == at_edge
    assert any("edge" in row for row in rows)
    race.root.get_by_test_id("rate").fill("0.5")
    assert "edge" not in race.root.locator(".racers").inner_text(), "only the button looks for the best"
    assert race.errors == []
