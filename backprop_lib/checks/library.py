"""Find exercises by name. The file of a notebook's exercises is imported when first needed.

The course's are in nbNN.py. A teacher's own are in ownNN.py, here or in a folder that `look_in` was told of;
the environment variable BACKPROP_CHECKS holds such folders from the start, separated as in PATH.
"""

import os
import sys
from difflib import get_close_matches
from importlib import import_module, invalidate_caches
from pathlib import Path

from .exercise import REGISTRY

VARIABLE = "BACKPROP_CHECKS"
_FOLDERS = sys.modules[__package__].__path__  # where Python looks for this package's modules
_KINDS = ("nb", "own")


class UnknownExercise(ValueError):
    """There is no exercise of this name."""


def exercise(name):
    """The exercise of this name. Raises UnknownExercise, with names that look like it."""
    if not isinstance(name, str):
        wanted = "the name of an exercise first, a text such as '03.mul'"
        raise UnknownExercise(f"check needs {wanted}, not {name!r:.60}")
    if name not in REGISTRY:
        _load(name[:2])
    if name not in REGISTRY:
        near = get_close_matches(name, exercises(), n=3, cutoff=0.5)
        near = near or [other for other in exercises() if other[:3] == name[:3]]
        end = (
            f"Did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"There are {', '.join(exercises())}."
        )
        raise UnknownExercise(f"there is no exercise {name!r}. {end}")
    return REGISTRY[name]


def exercises():
    """All exercises, by name in order."""
    files = (file for folder in _FOLDERS for file in Path(folder).glob("*[0-9][0-9].py"))
    for number in sorted({file.stem[-2:] for file in files if file.stem[:-2] in _KINDS}):
        _load(number)
    return dict(sorted(REGISTRY.items()))


def look_in(folder):
    """Find the exercises of this folder's ownNN.py, too. Its files are then modules of this package, and can
    import each other: `from .shapes20 import area`. The package's own come first."""
    path = str(Path(folder).resolve())
    if path not in _FOLDERS:
        _FOLDERS.append(path)
        invalidate_caches()


def _load(number):
    if not number.isdigit():
        return
    for name in (f"{kind}{number}" for kind in _KINDS):
        if any((Path(folder) / f"{name}.py").exists() for folder in _FOLDERS):
            import_module(f"{__package__}.{name}")


for _folder in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
    look_in(_folder)
