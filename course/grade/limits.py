"""What one submission may use, from class.toml:

[limits]
cell_seconds = 30        # one cell of the notebook
notebook_seconds = 300   # all cells of the notebook's own run
memory_mb = 3072
printed_mb = 1024        # after so much output a run is ended
"""

from dataclasses import replace

from . import sandbox
from .classroom import SETTINGS, ClassError
from .marking import Times

MB = 2**20
DEFAULTS = {"cell_seconds": 30.0, "notebook_seconds": 300.0, "memory_mb": 3072, "printed_mb": 1024}
LEAST = {"cell_seconds": 0.5, "notebook_seconds": 5.0, "memory_mb": 512, "printed_mb": 1}


def limits_of(settings):
    """{"limits": sandbox.Limits, "times": Times, "notebook_seconds": …} for every job. Raises ClassError."""
    asked = settings.get("limits", {})
    for name, number in asked.items():
        if name not in DEFAULTS:
            raise ClassError(f"{SETTINGS}: [limits] has no {name!r}; there are {', '.join(DEFAULTS)}.")
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number < LEAST[name]:
            raise ClassError(
                f"{SETTINGS}: [limits] {name} must be a number from {LEAST[name]}, not {number!r}."
            )
    wanted = DEFAULTS | asked
    limits = replace(
        sandbox.Limits(),
        memory=int(wanted["memory_mb"] * MB),
        most_printed=int(wanted["printed_mb"] * MB),
    )
    cell = float(wanted["cell_seconds"])
    times = Times(cell=cell, again=min(Times.again, cell), run=4 * cell, notebook=30 * cell)
    return {"limits": limits, "times": times, "notebook_seconds": float(wanted["notebook_seconds"])}
