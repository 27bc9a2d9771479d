"""Run All on every notebook, with nothing solved and with everything solved; then nbval."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lib.checks import exercises
from course.build import LEARNER
from course.outputs import execute
from course.source import exercise_of, read_source
from tests.built import NAMES, SOURCES, built
from tests.yardstick import stopwatch

ROOT = Path(__file__).parent.parent
MOST_SECONDS = 15


def outputs_of(notebook):
    """(cell, its outputs, the text of its outputs), of the code cells."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            texts = [
                output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs
            ]
            yield cell, cell.outputs, "\n".join(texts)


def test_there_are_notebooks():
    assert [name[:2] for name in NAMES[:4]] == ["00", "01", "02", "03"]


@pytest.mark.parametrize("name", NAMES)
def test_run_all_with_nothing_solved(name):
    """No cell fails, and every check says that its exercise is not attempted."""
    checks = 0
    for cell, outputs, text in outputs_of(built(name).tried):
        assert not any(output.output_type == "error" for output in outputs), text
        if exercise_of(cell)[0] == "check":
            checks += 1
            assert "not attempted" in text, f"{cell.source}\n{text}"
    assert checks == sum(exercise_of(cell)[0] == "check" for cell in built(name).source.cells)


@pytest.mark.parametrize("name", NAMES)
def test_run_all_with_everything_solved(name):
    for cell, outputs, text in outputs_of(built(name).solved):
        kinds = [output.output_type for output in outputs]
        assert "error" not in kinds, text
        if exercise_of(cell)[0] == "check":
            assert " right, " in text, f"{cell.source}\n{text}"
            assert kinds == ["display_data", "execute_result"], "nbgrader gives 0 for anything on stderr"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_to_stderr(name):
    for cell, outputs, text in outputs_of(built(name).tried):
        assert not any(output.get("name") == "stderr" for output in outputs), f"{cell.source}\n{text}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_runs_in_time(path, record_property):
    """Even beside other tests; if not, again, with what else slows the machine taken off. That is with
    everything solved, which is the longer run: the exercises are worked out and checked."""
    if max(built(path.stem).seconds.values()) < MOST_SECONDS:
        return
    solved = read_source(path, known=set(exercises()))
    with stopwatch() as took:
        execute(solved, path.stem)
    record_property("took", f"{took.clock:.1f} s, {took.seconds:.1f} s of a quiet machine")
    assert took.seconds < MOST_SECONDS, took


def test_nbval():
    """`pytest --nbval-lax notebooks/`: cells tagged nbval-check-output must show what the file shows."""
    options = ["--nbval-lax", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"} | {"PYTHONPATH": path}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(LEARNER)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    cells = sum(cell.cell_type == "code" for name in NAMES for cell in built(name).learner.cells)
    assert f"{cells} passed" in ran.stdout and "skipped" not in ran.stdout


@pytest.mark.parametrize("name", NAMES)
def test_some_numbers_are_checked(name):
    """nbval compares the outputs of tagged cells only, so some cells must be tagged."""
    tags = [tag for cell in built(name).learner.cells for tag in cell.metadata.get("tags", [])]
    assert "nbval-check-output" in tags, "tag the cells whose numbers the text speaks of"


def test_execute_reports_a_failing_cell():
    """The tests above would see a failure: this one watches them see it."""
    from course.source import BuildError

    notebook = copy.deepcopy(built(NAMES[0]).release)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:1]
    notebook.cells[0].source = "raise ValueError('seen')"
    with pytest.raises(BuildError, match="seen"):
        execute(notebook, "failing")
