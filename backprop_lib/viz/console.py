"""`TrainingConsole`: recorded training runs, to choose by capacity and weight decay and to scrub by epoch."""

import zlib
from base64 import b64encode

import numpy as np
from traitlets import Dict, Int

from .interactive import Interactive, module, packed_array

_KEYS = {"runs", "epochs", "train", "validation", "window", "grid"}
_CURVES = ("loss", "validation_loss", "norm")


class TrainingConsole(Interactive):
    """Loss curves and the decision boundary of many runs on points in the plane.

    recorded: what `backprop_lib.lab.runs07.record` returns. run: which run is shown first, a number from 0.
    Everything is sent once; choosing and scrubbing happen in the browser. Raises ValueError for another
    kind of record and for a run that is not there.
    """

    _esm = module("console_parts.js", "console.js", css="console.css")
    state = Dict().tag(sync=True)
    run = Int(0).tag(sync=True)

    def __init__(self, recorded, run=0):
        if not isinstance(recorded, dict) or _KEYS - set(recorded) or not recorded["runs"]:
            raise ValueError("recorded must come from backprop_lib.lab.runs07.record(train, validation, …)")
        if type(run) is not int or not 0 <= run < len(recorded["runs"]):
            raise ValueError(f"run is a number from 0 to {len(recorded['runs']) - 1}, not {run!r}")
        self._recorded = recorded
        super().__init__(state=_packed(recorded), run=run)

    def best(self, run=None):
        """(epoch, validation loss) where the validation loss of a run is lowest, of the epochs kept."""
        losses = self._recorded["runs"][self.run if run is None else run]["validation_loss"]
        k = int(np.argmin(losses))
        return self._recorded["epochs"][k], losses[k]

    def summary(self):
        shown = self._recorded["runs"][self.run]
        epoch, lowest = self.best()
        return (
            f"Training console: {len(self._recorded['runs'])} runs; width {shown['width']}, "
            f"λ {shown['decay']:g}: training loss {shown['loss'][-1]:.3f}, "
            f"validation loss {shown['validation_loss'][-1]:.3f} after epoch {self._recorded['epochs'][-1]}, "
            f"lowest {lowest:.3f} at epoch {epoch} of those kept."
        )

    def picture(self):
        from . import figures07

        return figures07.console(self._recorded, self.run, self.summary())


def _packed(recorded):
    runs = recorded["runs"]
    parts = {
        part: {
            "inputs": packed_array(recorded[part].inputs, "float32"),
            "labels": recorded[part].labels.tolist(),
            "right": _squeezed([run[name] for run in runs]),
        }
        for part, name in (("train", "right"), ("validation", "validation_right"))
    }
    return {
        "runs": [
            {"width": run["width"], "decay": run["decay"]}
            | {name: packed_array(run[name], "float32") for name in _CURVES}
            for run in runs
        ],
        "fields": _squeezed([run["fields"] for run in runs]),
        "epochs": list(recorded["epochs"]),
        "window": [list(side) for side in recorded["window"]],
        "grid": recorded["grid"],
        **parts,
    }


def _squeezed(entries):
    """Numbers 0 … 255 of all runs and epochs in one compressed string, as steps from each to the next, which
    neighbours make small: half of the size. `inflated` in console_parts.js adds them up again."""
    steps = np.diff(np.asarray(entries, dtype=np.uint8).ravel(), prepend=np.uint8(0))
    return b64encode(zlib.compress(steps.tobytes(), 9)).decode("ascii")
