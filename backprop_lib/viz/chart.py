"""`PatientChart`: everything the engine knows of a training run, by step, its healthy twin beside it."""

import numpy as np
from traitlets import Dict, Int

from .interactive import Interactive, module, packed_array

_ARRAYS = {
    "loss": "float32", "train": "float32", "validation": "float32", "fresh": "float32", "gradient": "float32",
    "ratio": "float32", "mean": "float32", "std": "float32", "zeros": "float32", "silent": "float32",
    "flat": "float32", "low": "float32", "high": "float32", "counts": "uint8",
}  # fmt: skip


class PatientChart(Interactive):
    """Curves, gradients, updates and outputs of every layer of a recorded run, at each step that was noted.

    records: a `Record` of `backprop_lib.lab.clinic11`, or a dict from what a menu calls them to `Record`s.
    beside: another one, such as the healthy twin, drawn faintly; for a dict a dict with some of its keys.
    step: the step that is shown first, the last if None. Everything is sent once; choosing and scrubbing
    happen in the browser. Raises TypeError or ValueError for anything else.
    """

    _esm = module("chart_data.js", "chart_plots.js", "chart.js", css="chart.css")
    state = Dict().tag(sync=True)
    chosen = Int(0).tag(sync=True)
    look = Int(0).tag(sync=True)

    def __init__(self, records, beside=None, step=None):
        named = records if isinstance(records, dict) else {"": records}
        others = beside if isinstance(records, dict) else {"": beside}
        others = _checked_others(others or {}, named)
        if not named:
            raise ValueError("records has no run to show")
        for name, record in [*named.items(), *others.items()]:
            _check(name, record)
        if len({len(record.kinds) for record in [*named.values(), *others.values()]}) > 1:
            raise ValueError("the runs of one chart need equally many layers")
        self._runs = [(str(name), record, others.get(name)) for name, record in named.items()]
        super().__init__(state=_packed(self._runs), chosen=0, look=_look(self._runs[0][1], step))

    def summary(self):
        name, record, other = self._runs[self.chosen]
        k = min(self.look, len(record.steps) - 1)
        words = f"Chart of a training run{name and f', {name}'}, "
        words += f"at step {record.steps[k]} of {len(record.loss)}: {_numbers(record, k)}"
        if other is not None:
            words += f"; the one beside it: {_numbers(other, min(k, len(other.steps) - 1))}"
        return words + "."

    def picture(self):
        from . import chart_still

        name, record, other = self._runs[self.chosen]
        return chart_still.chart(name, record, other, self.look, self.summary())


def _numbers(record, k):
    right = ", ".join(f"{name} {getattr(record, name)[k]:.0%}" for name in ("train", "validation", "fresh"))
    gradients = ", ".join(f"{norm:.2g}" for norm in record.gradient[k])
    return f"loss {record.loss[record.steps[k] - 1]:.3g}, right {right}, gradient norms by layer {gradients}"


def _checked_others(others, named):
    if not isinstance(others, dict):
        raise TypeError("beside must be a dict with keys of records, as records is a dict")
    strange = [name for name in others if name not in named]
    if strange:
        raise ValueError(f"beside has {strange[0]!r}, records has not")
    return {name: record for name, record in others.items() if record is not None}


def _check(name, record):
    if not hasattr(record, "counts") or not hasattr(record, "kinds"):
        where = f" for {name!r}" if name else ""
        raise TypeError(f"a chart needs Records, as clinic11.record(name) makes; got {record!r:.60}{where}")


def _look(record, step):
    """The number of the last look that is not after `step`."""
    last = int(record.steps[-1])
    if step is None:
        return len(record.steps) - 1
    if isinstance(step, bool) or not isinstance(step, int | np.integer) or not 1 <= step <= len(record.loss):
        raise ValueError(f"step must be from 1 to {last}, got {step!r:.40}")
    return int(np.searchsorted(record.steps, step, side="right")) - 1


def _packed(runs):
    """Each Record once, although one may be beside several."""
    charts, places = [], {}

    def place(record):
        if record is None:
            return -1
        if id(record) not in places:
            places[id(record)] = len(charts)
            charts.append(_packed_record(record))
        return places[id(record)]

    listed = [{"name": name, "chart": place(record), "beside": place(other)} for name, record, other in runs]
    return {"runs": listed, "charts": charts}


def _packed_record(record):
    arrays = {name: packed_array(getattr(record, name), kind) for name, kind in _ARRAYS.items()}
    return {"kinds": list(record.kinds), "steps": record.steps.tolist(), **arrays}
