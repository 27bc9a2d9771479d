"""Find exercises by name. The file of a notebook's exercises is imported when first needed."""

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from .exercise import REGISTRY


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
    for file in sorted(Path(__file__).parent.glob("nb[0-9][0-9].py")):
        _load(file.stem[2:])
    return dict(sorted(REGISTRY.items()))


def _load(number):
    if number.isdigit() and (Path(__file__).parent / f"nb{number}.py").exists():
        import_module(f"{__package__}.nb{number}")
