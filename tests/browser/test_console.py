"""The training console in a real JupyterLab: what it shows of each run and epoch is what was recorded."""

import pytest

from backprop_lib import data
from backprop_lib.lab import runs07

pytestmark = pytest.mark.browser

CODE = """from backprop_lib import data, viz
from backprop_lib.lab import runs07
points, others = data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)
viz.TrainingConsole(runs07.record(points, others, widths=[2, 6], decays=[0, 1.0], epochs=40), run=2)"""


def test_runs_and_epochs_are_those_that_were_recorded(lab):
    notebook = lab([CODE])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-console")
    root.wait_for()
    points, others = data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)
    record = runs07.record(points, others, widths=[2, 6], decays=[0, 1.0], epochs=40)
    for run in record["runs"]:
        root.get_by_test_id("width").select_option(str(run["width"]))
        root.get_by_test_id("decay").select_option(f"{run['decay']:g}")
        for k in (0, len(record["epochs"]) - 1):
            root.get_by_test_id("epoch").fill(str(k))
            shown = root.evaluate("it => ({...it.dataset})")
            assert int(shown["epoch"]) == record["epochs"][k]
            assert float(shown["loss"]) == pytest.approx(run["loss"][k], rel=1e-6)
            assert float(shown["validation"]) == pytest.approx(run["validation_loss"][k], rel=1e-6)
            assert float(shown["accuracy"]) == pytest.approx(run["accuracy"][k], rel=1e-6)
        assert root.locator("svg .edge").get_attribute("d") or run["width"] == 2
    root.get_by_test_id("epoch-start").click()
    root.get_by_test_id("epoch-play").click()
    last = f"document.querySelector('.bpl-console').dataset.epoch === '{record['epochs'][-1]}'"
    notebook.page.wait_for_function(f"() => {last}")
    root.get_by_test_id("all").check()
    assert root.locator("svg .other").count() == len(record["runs"])
    assert notebook.errors == []
