"""The first marking: the notebook's own run, in a sandboxed kernel, as the student would see it.

    first = first_marking(sanitised.notebook)
    first.notebook, first.own, first.remarks

nbgrader's own `Execute` runs the cells and nbgrader's `determine_grade` reads the points off the check cells.
These points are not trusted (the student's code shares the process with the check): they stand beside the
second marking's, so that the teacher sees both. The executed notebook is safe to show, and small.

A cell that ends the kernel: a new kernel goes on after it. What came before is run again there, without
the check cells and without cells that ended a kernel or took too long, if it took `CHEAP` seconds or less
together (most of a notebook lives on its imports and earlier definitions); else nothing is. There are at most
`MOST_KERNELS` kernels, and never more than `seconds` in all: what has not run by then has no own points.
"""

import asyncio
import copy
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from course.source import exercise_of

from . import kernel, safe, sandbox
from .client import Client
from .remarks import Remark
from .watch import Watch

MOST_KERNELS = 4
CHEAP = 10.0  # seconds that all cells before took together


@dataclass
class First:
    """What the notebook's own run gave.

    `notebook`  executed, with outputs that are safe to show
    `own`       {exercise: points that its check cell shows, or None where that cell did not come to its end}
    `remarks`   what the teacher is told
    `seconds`   how long it took
    """

    notebook: NotebookNode
    own: dict
    remarks: list = field(default_factory=list)
    seconds: float = 0.0


def first_marking(notebook, seconds_a_cell=30.0, seconds=300.0, limits=None, checks=None):
    """Run a sanitised notebook (an nbformat node with the release's metadata; it is not changed).

    limits: `sandbox.Limits` of each kernel. checks: a folder with a teacher's own checks. Never raises for
    what a student can do. Raises SandboxMissing where there is no sandbox, or where no kernel starts in it.
    """
    sandbox.require()
    limits = replace(limits or kernel.LIMITS, processor=int(2 * seconds) + 5)
    run = _Run(copy.deepcopy(notebook), seconds_a_cell, seconds, limits, checks)
    with ThreadPoolExecutor(1) as pool:  # with an event loop of its own, whoever calls
        return pool.submit(asyncio.run, run.first()).result()


class _Run:
    def __init__(self, notebook, seconds_a_cell, seconds, limits, checks):
        self.notebook, self.limits, self.own_checks = notebook, limits, checks
        self.started = time.monotonic()
        self.seconds_a_cell, self.deadline = seconds_a_cell, self.started + seconds
        self.code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        self.checks = {i: exercise_of(notebook.cells[i])[1] for i in self.code if self._is_check(i)}
        self.result = First(notebook, dict.fromkeys(self.checks.values()))
        self.budget = safe.Budget(len(self.checks))
        self.took, self.harmful = {}, set()

    async def first(self):
        for cell in self.notebook.cells:
            cell.pop("attachments", None)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            elif _is_students(cell):
                safe.make_safe(cell)
        todo = self.code
        for _ in range(MOST_KERNELS):
            if not todo:
                break
            todo = await self._in_a_kernel(todo)
        if todo:
            self._say_not_run(todo)
        self.result.seconds = time.monotonic() - self.started
        return self.result

    async def _in_a_kernel(self, todo):
        """Run these cells in a fresh kernel. Returns those that are left for another."""
        with tempfile.TemporaryDirectory(prefix="kernel-") as folder, Watch(self.deadline) as watch:
            client = Client(self.notebook, Path(folder), self.limits, watch, self.own_checks)
            try:
                if self._left() <= 0:
                    return todo
                await client.begin()
                if not await self._again(client, todo[0]):
                    return todo
                while todo and self._left() > 0:
                    index, *todo = todo
                    if not await self._cell(client, index):
                        break
                return todo
            finally:
                await client.end()

    async def _again(self, client, first):
        """In a kernel after the first: what came before. Returns whether the kernel lives."""
        before = [i for i in self.code if i < first and i not in self.checks and i not in self.harmful]
        if sum(self.took.get(i, 0.0) for i in before) > CHEAP:
            self._say("not-again", "The cells before were not run again: they took too long.", first)
            return True
        for index in before:
            client.outputs, shown = safe.Outputs(safe.Budget()), self.notebook.cells[index]
            ended = await self._execute(client, copy.deepcopy(shown), index)
            self.notebook.cells[index] = shown  # nbclient puts the one that ran in its place
            if ended != "done":
                self.harmful.add(index)
                return False
        return True

    async def _cell(self, client, index):
        """Run a cell. Returns whether the kernel lives."""
        cell, number = self.notebook.cells[index], self.code.index(index) + 1
        own = safe.Budget()
        own.left = safe.MOST_CHECK
        client.outputs = safe.Outputs(own if index in self.checks else self.budget)
        if not cell.source.strip():
            return True
        began = time.monotonic()
        ended = await self._execute(client, cell, index)
        self.took[index] = time.monotonic() - began
        if ended != "done":
            self.harmful.add(index)
            self._say_how_it_ended(ended, client, index)
        if client.outputs.flooded or (
            client.outputs.cut and _is_students(cell)
        ):  # not: the course's pictures
            self._say("output-cut", client.outputs.cut, index)
        cell.outputs, cell.execution_count = client.outputs.done(number), number
        if ended == "done" and index in self.checks:
            self.result.own[self.checks[index]] = _points(cell)
        return ended in ("done", "stopped")

    async def _execute(self, client, cell, index):
        """ "done"; "stopped" after its time, the kernel lives; otherwise it ends."""
        seconds = min(self.seconds_a_cell, max(0.1, self._left()))
        try:
            return await client.run_cell(cell, index, seconds)
        except DeadKernelError:
            return "dead"
        except Exception:  # messages that are none: the student's code can send what it likes
            client.watch.why = client.watch.why or "messages"
            return "dead"

    def _say_how_it_ended(self, ended, client, index):
        seconds = min(self.seconds_a_cell, self.took[index])
        if ended == "stopped":
            said, code = f"Cell {index + 1} was stopped after {seconds:.3g} seconds.", "stopped"
        elif ended == "stubborn" or client.watch.why == "time":
            said = f"Cell {index + 1} did not stop after {seconds:.3g} seconds: the kernel was ended."
            code = "stubborn"
        elif ended == "unheard":
            said, code = f"What cell {index + 1} showed did not all arrive; the kernel was ended.", "unheard"
        else:
            why = client.watch.why or client.how_it_died()
            said, code = f"The kernel ended in cell {index + 1} {_WHY[why]}.", "kernel-died"
        self._say(code, said, index)
        client.outputs.take(
            "error", {"ename": "Ended", "evalue": said, "traceback": [f"\x1b[31m{said}\x1b[0m"]}
        )

    def _say_not_run(self, todo):
        numbers = f"{todo[0] + 1} to {todo[-1] + 1}" if len(todo) > 1 else f"{todo[0] + 1}"
        spent = "the time for one notebook was used up"
        why = spent if self._left() <= 0 else f"{MOST_KERNELS} kernels had ended before"
        self._say("not-run", f"Cells {numbers} were not run: {why}.", todo[0])

    def _say(self, code, sentence, index):
        self.result.remarks.append(Remark(code, sentence, self.notebook.cells[index].get("id")))

    def _left(self):
        return self.deadline - time.monotonic()

    def _is_check(self, index):
        return exercise_of(self.notebook.cells[index])[0] == "check"


_WHY = {
    "killed": "(killed, by itself or for want of memory)",
    "exit": "(it ended itself: os._exit, or a crash)",
    "memory": "(it sent more than can be received)",
    "messages": "(it sent messages that are none)",
    "start": "(it did not start again)",
}


def _is_students(cell):
    """A cell of the student's own (sanitise names them so), or a written answer."""
    marks = cell.metadata.get("nbgrader", {})
    return bool(marks.get("solution")) or str(cell.get("id", "")).startswith("own-")


def _points(cell):
    """What nbgrader gives for the check cell as it was run, or None where it can read nothing.

    nbgrader gives 0 for anything on stderr. Our checks print nothing there, so what stands there is a warning
    of some library, for which the student saw full marks: it is not looked at.
    """
    shown = copy.deepcopy(cell)
    shown.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    try:
        points, most = determine_grade(shown)
    except Exception:  # a result without a text, or that is no number of points
        return None
    return None if points is None else min(float(points), float(most))
