"""Run a notebook, and make what it shows the same on every run."""

import os
import re
import tempfile
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from .source import METADATA, BuildError

ROOT = Path(__file__).resolve().parent.parent
WIDGET = "application/vnd.jupyter.widget-view+json"
VARIES = "nbval-ignore-output"  # nbval's tag for cells whose output is another one each time
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def execute(notebook, name, seconds=120):
    """Run all cells (changed in place, and returned). Raises BuildError with the cell that failed."""
    client = NotebookClient(
        notebook,
        timeout=seconds,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    (ROOT / "notebooks").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            client.execute(env=_environment(folder))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()  # without colours
            raise BuildError(f"{name}: a cell failed\n{text}") from error
    return notebook


def _environment(folder):
    """One thread, nobody's IPython profile, and this repository's package before an installed one."""
    env = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    fixed = {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "IPYTHONDIR": folder, "BACKPROP_PROGRESS": "off"}
    return env | threads | fixed | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def settle(notebook, name, earlier=None):
    """Take out of an executed notebook what changes from run to run (in place, and returned).

    Answer and check cells lose their outputs. A widget keeps its picture and its text. Cells
    tagged `nbval-ignore-output` keep the outputs that they have in `earlier`, if their text and the text
    of all cells before them is the same there. Cells are numbered as by one run from the top. Raises
    BuildError for a memory address in an output.
    """
    notebook.metadata = NotebookNode(METADATA)
    kept = _kept_outputs(notebook, earlier)
    count = 0
    for number, cell in enumerate(notebook.cells, 1):
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        count += 1
        is_exercise = "nbgrader" in cell.metadata
        cell.execution_count = None if is_exercise else count
        cell.outputs = [] if is_exercise else _settled(cell.outputs, count)
        if cell.id in kept:
            cell.outputs = kept[cell.id]
        for output in cell.outputs:
            _refuse_addresses(output, f"{name}: cell {number}", cell)
    return notebook


def varies(cell):
    """Does this cell say that its output is another one each time?"""
    return VARIES in cell.metadata.get("tags", [])


def _kept_outputs(notebook, earlier):
    if earlier is None:
        return {}
    kept = {}
    for new, old in zip(notebook.cells, earlier.cells, strict=False):
        if new.source != old.source or new.cell_type != old.cell_type:
            break
        if new.cell_type == "code" and varies(new) and old.outputs:
            kept[new.id] = old.outputs
    return kept


def _settled(outputs, count):
    settled = []
    for output in outputs:
        if output.output_type == "stream" and settled and settled[-1].get("name") == output.name:
            settled[-1].text += output.text  # how a stream is cut depends on timing
            continue
        if "data" in output:
            output.data.pop(WIDGET, None)
            if not output.data:
                continue
            output.metadata = {}
        if output.output_type == "execute_result":
            output.execution_count = count
        settled.append(output)
    return settled


def _refuse_addresses(output, where, cell):
    texts = [output.get("text", ""), *(v for v in output.get("data", {}).values() if isinstance(v, str))]
    found = next(filter(None, map(_ADDRESS.search, texts)), None)
    if found and not varies(cell):
        first = cell.source.splitlines()[0]
        raise BuildError(f"{where} (`{first}`) shows a memory address ({found[0]}), another one each time")
