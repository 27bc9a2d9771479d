"""The second marking: an exercise's probe beside the student's code in the sandbox, everything else here.

    marked = mark_exercise(cells, "05.linear_backward", "linear_backward", seed=secret)
    marked.status, marked.score, marked.report

Here, in the trusted process, fresh inputs are drawn and what comes back is judged. What comes back is bounded
JSON, never an object; whoever forges it must forge right answers to inputs that were drawn a moment ago.
A run that gave no result is *failed*, with a reason. It has no score: that is not the same as 0.
"""

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from backprop_lib.checks import exercise as find
from backprop_lib.checks.evaluating import draw_cases
from backprop_lib.checks.judging import mark
from backprop_lib.checks.report import NOT_ATTEMPTED, WRONG, Report

from . import probes, sandbox
from .answers import Unreadable, messages, outcomes_of
from .slicing import needed

MARKED, FAILED = "marked", "failed"
CHILD = sandbox.ROOT / "course" / "grade" / "probe_child.py"

# Here the probe measures something in the child (a recovered training run), and the answer is plain data:
# the data alone goes to a second sandbox, in which no other code of the student's runs before.
ONLY_DATA = {"11.mend"}

MOST_RUNS = 6  # of one exercise: each leaves out one more cell that ended the run before

REASONS = {
    "timeout": "The run took too long and was ended.",
    "killed": "The run was killed, by itself or for want of memory.",
    "out of memory": "The run needed more memory than it may have.",
    "too much output": "The run gave out more than anybody wants to read.",
    "child gone": "The program ended before there was a result (os._exit, or a crash).",
    "no answer": "The program ended, but what it answered is not a result.",
    "not judged": "The result is of a kind that the check cannot judge.",
}


@dataclass(frozen=True)
class Times:
    """Seconds: for one cell, for a cell that was stopped before, for all of a run beside its check, and for
    all runs of a notebook (after that each exercise has one short run). `slack`: how many times the
    exercise's own limit its check may take, since a marking machine is busy."""

    cell: float = 30.0
    again: float = 2.0
    run: float = 120.0
    notebook: float = 900.0
    slack: float = 3.0


@dataclass
class Marked:
    """What the marking found. `score` is 0 … 1, or None if it failed; `cells` says which cells failed."""

    name: str
    status: str
    score: float | None = None
    report: Report | None = None
    reason: str = ""
    sentence: str = ""
    cells: list = field(default_factory=list)  # [(index of the cell, what it said)]
    left_out: list = field(default_factory=list)  # indices of cells that ended the run, and were left out
    printed: str = ""
    seconds: float = 0.0

    def to_dict(self):
        """As JSON-able data."""
        return asdict(self)


def mark_notebook(notebook, seed, variant="", limits=None, times=None, names=None):
    """Mark the exercises of a sanitised notebook (of nbformat, with the release's metadata), one by one.

    Yields a `Marked` for each that has a check, in order. `seed`: the marking's secret.
    """
    from course.source import answer_expression, exercise_of  # here: it is slow to import

    code, memory = [], {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        kind, name = exercise_of(cell)
        if kind == "check":
            if names is None or name in names:
                expression = answer_expression(cell)
                yield mark_exercise(code, name, expression, seed, variant, limits, times, memory)
        else:
            own = str(cell.get("id", "")).startswith("own-")  # as sanitise calls them
            code = [*code, {"index": index, "source": cell.source, "answers": name, "own": own}]


def mark_exercise(
    cells, name, expression, seed, variant="", limits=None, times=None, memory=None, quick=True
):
    """Mark one exercise: run `cells` and the probe in the sandbox, judge here.

    cells: {name of a cell: its source}, or a list of {"index", "source", "answers": exercise or None}, in
    order. expression: what is checked, from the release. memory: a dict that remembers from one exercise of
    a notebook to the next which cells took too long. quick: run the cells that the answer needs first, and
    all only if that does not settle it. Raises UnknownExercise and SandboxMissing.
    """
    exercise, cells = find(name), _listed(cells)
    common = limits or sandbox.Limits(), times or Times(), {} if memory is None else memory
    cases = draw_cases(exercise, seed, variant)
    few, seconds = needed(cells, name, expression), 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if quick and len(few) < len(cells):
            hurried = replace(common[1], slack=1.0)  # who takes longer has all of its time in the next run
            found = _Run(exercise, few, expression, common[0], hurried, common[2]).marked(cases)
            if _is_plain(found, [cell for cell in cells if cell not in few]):
                return found
            seconds = found.seconds
        found = _Run(exercise, cells, expression, *common).marked(cases)
    found.seconds += seconds
    return found


def _is_plain(found, others):
    """Would all cells give the same? A right answer is right; and a stub is a stub, if no other cell is the
    student's own: it might have held the answer."""
    if found.status != MARKED or found.cells:
        return False
    untouched = found.report.state == NOT_ATTEMPTED and not any(cell.get("own", True) for cell in others)
    return found.score == 1 or untouched


def _listed(cells):
    if isinstance(cells, Mapping):
        return [{"index": i, "source": text, "answers": None} for i, text in enumerate(cells.values())]
    return list(cells)


class _Run:
    """One exercise of one student: as many runs as it needs, then the judgement."""

    def __init__(self, exercise, cells, expression, limits, times, memory):
        self.exercise, self.cells, self.expression = exercise, cells, expression
        self.times, self.memory = times, memory
        self.seconds = times.slack * exercise.seconds
        seconds = (times.cell if self._is_late() else times.run) + self.seconds
        self.limits = replace(limits, seconds=seconds, processor=int(seconds) + 5)
        self.found = Marked(exercise.name, FAILED)

    def marked(self, cases):
        """The result on these (encoded) cases."""
        said, found = self._say(cases), self.found
        if said is None:
            return found
        found.cells = [(index, text) for index, text, _ in said["errors"]]
        self.memory.update({index: self.times.again for index, _, stopped in said["errors"] if stopped})
        if "undefined" in said:
            self._undefined(said["undefined"])
            return self._unless_left_out()
        if self.exercise.name in ONLY_DATA:
            said = self._say(cases, said.get("data"))
            if said is None:
                return found
        self._judge(cases, said.get("run"))
        return self._unless_left_out()

    def _unless_left_out(self):
        """Where a cell was left out and there is no answer, that cell may have held it: no 0 for that."""
        found, out = self.found, self._out()
        if found.status == MARKED and out and (found.report.diagnosis in ("not-defined", "not-attempted")):
            found.score = found.report = None
            self._fail(self.memory.get(("reason", out[-1]), "child gone"), out[-1])
        return found

    def _say(self, cases, data=None):
        """The last word of a run that came to its end, or None. A cell that ends the process is left out
        in the next run, unless it holds the answer."""
        for left in reversed(range(MOST_RUNS)):
            ended = sandbox.run(CHILD, self._task(cases, data), probes.binds(), self.limits)
            said, cell, came = messages(ended.answer)
            found = self.found
            found.printed, found.seconds = ended.printed, found.seconds + ended.seconds
            self.memory["seconds"] = self.memory.get("seconds", 0.0) + ended.seconds
            if not came and ended.reason in ("child gone", "killed"):
                raise sandbox.SandboxMissing(f"The sandbox did not start: {ended.printed.strip()[-2000:]}")
            if said is not None and not ended.reason:
                return said
            reason = ended.reason or ("timeout" if came == "stubborn" else "child gone")
            harmful = next((c for c in self.cells if c["index"] == cell), None)
            own = harmful is not None and harmful["answers"] == self.exercise.name
            if harmful is None or own or cell in self._out() or not left or data is not None:
                break
            if self._is_late():
                break
            self.memory |= {cell: 0, ("reason", cell): reason}
        self._fail(reason, cell)
        return None

    def _is_late(self):
        """Did the runs of this notebook take more than they may, together?"""
        return self.memory.get("seconds", 0.0) > self.times.notebook

    def _task(self, cases, data):
        times = [(cell, self.memory.get(cell["index"], self.times.cell)) for cell in self.cells]
        self.found.left_out = self._out()
        task = {
            "name": self.exercise.name,
            "probe": probes.probe(self.exercise.name),
            "versions": probes.versions(self._earlier()),
            "mutates": self.exercise.mutates,
            "seconds": self.seconds,
            "cells": [{**cell, "seconds": seconds} for cell, seconds in times if seconds],
            "expression": self.expression,
            "only_data": self.exercise.name in ONLY_DATA,
            "cases": cases,
        }
        return json.dumps(task if data is None else task | {"data": data}).encode()

    def _earlier(self):
        names = dict.fromkeys(cell["answers"] for cell in self.cells)
        return tuple(name for name in names if name not in (None, self.exercise.name))

    def _out(self):
        return [cell["index"] for cell in self.cells if self.memory.get(cell["index"]) == 0]

    def _fail(self, reason, cell=None):
        where = f" This was in cell {cell + 1}." if cell is not None else ""
        self.found.status, self.found.reason = FAILED, reason
        self.found.sentence = REASONS[reason] + where
        return self.found

    def _undefined(self, why):
        """The answer's name is not there: its cell failed, or it was deleted or renamed."""
        own = {cell["index"] for cell in self.cells if cell["answers"] == self.exercise.name}
        failed = next((text for index, text in self.found.cells if index in own), "")
        message = f"`{self.expression}` is not defined ({why})."
        message += f" The exercise's cell failed: {failed}" if failed else ""
        name, title = self.exercise.name, self.exercise.title
        report = Report(name, title, WRONG, "not-defined", message, hints=len(self.exercise.hints))
        return self._mark(report)

    def _judge(self, cases, run):
        try:
            outcomes = outcomes_of(run, len(cases))
            report = mark(self.exercise, cases, outcomes)
        except Unreadable as error:
            self._fail("no answer")
            self.found.sentence += f" ({error})"
            return self.found
        except Exception as error:  # a forged result may be of any kind; the others' marking goes on
            self._fail("not judged")
            self.found.sentence += f" ({type(error).__name__}: {error!s:.200})"
            return self.found
        if any(outcome.get("failure", {}).get("type") == "MemoryError" for outcome in outcomes["outcomes"]):
            return self._fail("out of memory")
        return self._mark(report)

    def _mark(self, report):
        self.found.status, self.found.score, self.found.report = MARKED, float(report.score), report
        return self.found
