"""The notebooks, built once for all tests of one run, also where several processes share it."""

import os
import pickle
import tempfile
from functools import cache
from pathlib import Path

import nbformat

from backprop_lib.checks import exercises
from course.build import LEARNER, Built, build, sources
from tests import sample_exercises  # noqa: F401  (registers)

SAMPLE = Path(__file__).parent / "data" / "course" / "98_sample.md"
SOURCES = sources()
NAMES = [path.stem for path in SOURCES]


@cache
def built(name) -> Built:
    """All forms of the notebook of this name, executed."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return _build(name)
    kept = Path(tempfile.gettempdir(), f"course-notebooks-{run}", f"{name}.pickle")
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        own = kept.with_suffix(f".{os.getpid()}")
        own.write_bytes(pickle.dumps(_build(name)))
        own.replace(kept)  # whole, or not there
    return pickle.loads(kept.read_bytes())


def _build(name):
    path = next((path for path in SOURCES if path.stem == name), SAMPLE)
    return build(path, earlier=on_disk(name), known=set(exercises()))


@cache
def on_disk(name):
    """The learner's notebook as it stands in notebooks/, or None."""
    path = LEARNER / f"{name}.ipynb"
    return nbformat.read(path, as_version=4) if path.exists() else None
