"""Run the cells of a notebook again when all have run, as learners do: what they print may not change."""

import io
import warnings
from contextlib import redirect_stdout

from course.source import exercise_of
from tests.solving import notebook

TIMED = "nbval-ignore-output"


def changed_when_run_again(number):
    """Demonstrations of the solved notebook that print something else when run again, the last one first."""
    namespace = {"__name__": "__main__", "display": lambda *things, **options: None}
    cells = [cell for cell in notebook(number).cells if cell.cell_type == "code"]
    shown = [cell for cell in cells if exercise_of(cell)[0] is None]
    shown = [cell for cell in shown if TIMED not in cell.metadata.get("tags", ())]
    first = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells:
            if exercise_of(cell)[0] != "check":
                first[cell.id] = _printed(cell, namespace)
        again = {cell.id: _printed(cell, namespace) for cell in reversed(shown)}
    return [cell.source for cell in shown if again[cell.id] != first[cell.id]]


def _printed(cell, namespace):
    out = io.StringIO()
    try:
        with redirect_stdout(out):
            exec(compile(cell.source, f"<{cell.id}>", "exec"), namespace)
    except Exception as error:
        return repr(error)
    return out.getvalue()
