"""The patient's chart in a real JupyterLab: every run, step and twin shows what was recorded."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from backprop_lib.lab import clinic11

pytestmark = pytest.mark.browser

NAMES = ("0", *clinic11.PATIENTS)[::2]
assert "B" in NAMES  # which has no twin
CODE = """from backprop_lib import viz
from backprop_lib.lab import clinic11
runs = {{f"patient {{name}}": clinic11.record(name) for name in {names}}}
twins = {{f"patient {{name}}": clinic11.record_of_twin(name) for name in {names} if name != "B"}}
chart = viz.PatientChart(runs, beside=twins, step=1)
chart"""
ONE_NUMBER = ("loss", "train", "validation", "fresh")
BY_LAYER = ("gradient", "ratio", "mean", "std", "zeros", "silent", "flat")


def code(*names):
    """A cell that trains these patients and shows their chart."""
    return CODE.format(names=names)


def root_of(notebook, cell=0):
    root = notebook.output(cell).locator(".bpl-chart")
    root.wait_for()
    return root


def shown(root):
    return root.evaluate("it => ({...it.dataset})")


def test_runs_and_steps_are_those_that_were_recorded(lab):
    notebook = lab([code(*NAMES)])
    notebook.run_all()
    root = root_of(notebook)
    assert shown(root)["step"] == "1" and shown(root)["run"] == "patient 0"
    for name in NAMES:
        root.get_by_test_id("run").select_option(label=f"patient {name}")
        for look, step in ((0, "1"), (7, "35"), (60, "300")):
            root.get_by_test_id("look").fill(str(look))
            found = shown(root)
            assert (found["run"], found["step"]) == (f"patient {name}", step)
            numbers = {key: json.loads(found[key]) for key in (*ONE_NUMBER, *BY_LAYER)}
            agree(numbers, clinic11.record(name), look)
            if name == "B":
                assert found["twin"] == "none" and root.get_by_test_id("beside").is_disabled()
            else:
                agree(json.loads(found["twin"]), clinic11.record_of_twin(name), look)
    assert notebook.errors == []


def agree(numbers, record, look):
    assert numbers["loss"] == pytest.approx(record.loss[record.steps[look] - 1], rel=1e-6)
    for key in ONE_NUMBER[1:]:
        assert numbers[key] == pytest.approx(getattr(record, key)[look], rel=1e-6)
    for key in BY_LAYER:
        found = [np.nan if value is None else value for value in numbers[key]]
        assert found == pytest.approx(list(getattr(record, key)[look]), rel=1e-5, abs=1e-12, nan_ok=True), key


def test_the_twin_can_be_taken_away_and_comes_back(lab):
    notebook = lab([code("0")])
    notebook.run_all()
    root, lines = root_of(notebook), ".twin[d]:not([d=''])"
    with_twin = root.locator(lines).count()
    assert with_twin == 1 + 3 + 3 + 3 + 3, "one loss, three curves in three panels, three histograms"
    expect(root.locator(".verdict")).to_contain_text("Twin: loss")
    root.get_by_test_id("beside").uncheck()
    assert root.locator(lines).count() == 0 and shown(root)["twin"] == "none"
    expect(root.locator(".verdict")).not_to_contain_text("Twin")
    root.get_by_test_id("beside").check()
    assert root.locator(lines).count() == with_twin


def test_marks_stand_on_the_curves_and_dead_layers_say_so(lab):
    notebook = lab([code("0", "I")])
    notebook.run_all()
    root = root_of(notebook)
    root.get_by_test_id("run").select_option(label="patient I")
    root.get_by_test_id("look").fill("30")
    notebook.screenshot("PatientChart-dead", ".bpl-kit")
    expect(root.get_by_text("all are exactly 0")).to_have_count(2)
    apart = root.evaluate("""it => [...it.querySelectorAll('.plot')].flatMap(plot => {
        const curves = [...plot.querySelectorAll('.kit-line:not(.twin)')];
        const marks = [...plot.querySelectorAll('.over .kit-mark')];
        return marks.filter(mark => mark.getAttribute('display') === 'inline').map((mark, j) => {
            const at = mark.transform.baseVal[0].matrix;
            const points = curves[j].getAttribute('d').match(/[\\d.]+/g).map(Number);
            let nearest = 1e9;
            for (let i = 0; i < points.length; i += 2)
              nearest = Math.min(nearest, Math.hypot(points[i] - at.e, points[i + 1] - at.f));
            return nearest; }); })""")
    assert len(apart) == 1 + 3 + 3 + 3 and max(apart) < 0.05


def test_python_changes_what_is_shown(lab):
    notebook = lab([code("0", "A", "E"), "chart.chosen, chart.look = 2, 12"])
    notebook.run_all()
    root = root_of(notebook)
    expect(root).to_have_attribute("data-run", "patient E")
    expect(root).to_have_attribute("data-step", "60")
    assert notebook.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sick_runs_are_readable(lab, theme):
    notebook = lab([code("0", "A", "E", "G")], theme=theme)
    notebook.run_all()
    root = root_of(notebook)
    for name in ("A", "E", "G"):
        root.get_by_test_id("run").select_option(label=f"patient {name}")
        root.get_by_test_id("look").fill("55")
        notebook.page.wait_for_timeout(600)
        notebook.screenshot(f"PatientChart-{name}-{theme}", ".bpl-kit")
        assert notebook.axe(".bpl-kit") == []


def test_a_run_that_overflows_is_drawn_as_far_as_there_are_numbers(lab):
    code = """from backprop_lib import viz
from backprop_lib.lab import clinic11
wild = clinic11.record(clinic11.mended("0", 21, "p.data -= (0.2 if epoch < 3 else 1e308) * p.grad"))
viz.PatientChart(wild, beside=clinic11.record_of_twin("0"))"""
    notebook = lab([code])
    notebook.run_all()
    root = root_of(notebook)
    expect(root.locator(".verdict")).to_contain_text("loss –")
    paths = root.locator("path").evaluate_all("all => all.map(path => path.outerHTML)")
    assert not any("NaN" in path or "Infinity" in path for path in paths)
    root.get_by_test_id("look").fill("1")
    expect(root.locator(".verdict")).not_to_contain_text("loss –")
    notebook.screenshot("PatientChart-overflow", ".bpl-kit")
    assert notebook.errors == []
