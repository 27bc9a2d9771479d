"""The training console in a real JupyterLab: what it shows of each run and epoch is what was recorded."""

import json

import pytest

from backprop_lib import data
from backprop_lib.lab import runs07

pytestmark = pytest.mark.browser

CODE = """from backprop_lib import data, viz
from backprop_lib.lab import runs07
points, others = data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)
viz.TrainingConsole(runs07.record(points, others, widths=[2, 6], decays=[0, 1.0], epochs=40), run=2)"""


@pytest.fixture
def shown(lab):
    notebook = lab([CODE])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-console")
    root.get_by_test_id("run-0").wait_for()
    yield root, notebook
    assert notebook.errors == []


def recorded():
    points, others = data.moons(20, noise=0.2, seed=1), data.moons(40, noise=0.2, seed=2)
    return runs07.record(points, others, widths=[2, 6], decays=[0, 1.0], epochs=40)


def test_runs_and_epochs_are_those_that_were_recorded(shown):
    root, _ = shown
    record = recorded()
    for n, run in enumerate(record["runs"]):
        root.get_by_test_id(f"run-{n}").click()
        for k in (0, 9, len(record["epochs"]) - 1):
            root.get_by_test_id("epoch").fill(str(k))
            said = root.evaluate("it => ({...it.dataset})")
            assert (int(said["width"]), float(said["decay"])) == (run["width"], run["decay"])
            assert int(said["epoch"]) == record["epochs"][k]
            assert float(said["loss"]) == pytest.approx(run["loss"][k], rel=1e-6)
            assert float(said["validation"]) == pytest.approx(run["validation_loss"][k], rel=1e-6)
            assert float(said["norm"]) == pytest.approx(run["norm"][k], rel=1e-6)
            right = {"train": int(run["right"][k].sum()), "validation": int(run["validation_right"][k].sum())}
            assert json.loads(said["right"]) == right
            for part, prefix in (("train", ""), ("validation", "validation_")):
                root.get_by_test_id("points").select_option(part)
                rings = root.locator("svg .misread:visible").count()
                assert rings == sum(~run[f"{prefix}right"][k]), "a ring for each point that is read wrongly"
        mixed = len(set((run["fields"][-1] > 127).tolist())) == 2
        assert bool(root.locator("svg .edge").get_attribute("d")) == mixed


def test_the_table_compares_all_runs_at_the_epoch_shown(shown):
    root, _ = shown
    record = recorded()
    for k in (2, 12):
        root.get_by_test_id("epoch").fill(str(k))
        now = [run["validation_loss"][k] for run in record["runs"]]
        texts = [root.get_by_test_id(f"run-{n}").locator(".now") for n in range(4)]
        assert [text.inner_text() for text in texts] == [f"{loss:.3f}" for loss in now]
        assert root.locator(".lowest").inner_text() == f"{min(now):.3f}"
    for n, run in enumerate(record["runs"]):
        root.get_by_test_id(f"run-{n}").click()
        pressed = root.locator(".runs [aria-pressed=true]")
        assert pressed.count() == 1 and pressed.get_attribute("data-testid") == f"run-{n}"
        root.get_by_test_id("best").click()
        lowest = float(root.get_attribute("data-validation"))
        assert lowest == pytest.approx(min(run["validation_loss"]), rel=1e-6)
        assert root.get_attribute("data-epoch") == root.get_attribute("data-best")


def test_it_plays_to_the_end(shown):
    root, notebook = shown
    root.get_by_test_id("epoch-start").click()
    assert root.get_attribute("data-epoch") == "0"
    root.get_by_test_id("epoch-play").click()
    notebook.page.wait_for_function("() => document.querySelector('.bpl-console').dataset.epoch === '40'")
