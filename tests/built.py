"""The notebooks, built once for all tests of one run."""

import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

from backprop_lib.checks import exercises
from course.build import LEARNER, Built, build, sources
from course.outputs import execute
from tests import sample_exercises  # noqa: F401  (registers)

SAMPLE = Path(__file__).parent / "data" / "course" / "98_sample.md"
SOURCES = sources()
NAMES = [path.stem for path in SOURCES]


@cache
def built(name) -> Built:
    """All forms of the notebook of this name, executed."""
    path = next((path for path in SOURCES if path.stem == name), SAMPLE)
    return build(path, earlier=on_disk(name), known=set(exercises()))


@cache
def on_disk(name):
    """The learner's notebook as it stands in notebooks/, or None."""
    path = LEARNER / f"{name}.ipynb"
    return nbformat.read(path, as_version=4) if path.exists() else None


@dataclass
class Took:
    """Seconds by the clock, and of processor time of the kernel (0 where the platform does not tell)."""

    clock: float
    processor: float


def time_of_running(notebook, name):
    """Execute a notebook and say how long it took."""
    clock, before = time.perf_counter(), os.times()
    execute(notebook, name)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return Took(time.perf_counter() - clock, used)
