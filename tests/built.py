"""The notebooks, built once for all tests of one run."""

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
    path = next((path for path in SOURCES if path.stem == name), SAMPLE)
    return build(path, earlier=on_disk(name), known=set(exercises()))


@cache
def on_disk(name):
    """The learner's notebook as it stands in notebooks/, or None."""
    path = LEARNER / f"{name}.ipynb"
    return nbformat.read(path, as_version=4) if path.exists() else None
