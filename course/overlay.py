"""A class's overlay: the teacher's own notebooks, exercises and points. The course's files stay as they are.

    overlay/notebooks/20_own.md     a notebook more, or one in place of the course's of the same name
    overlay/checks/own20.py         exercises called "20.…", registered as the course's are
    overlay/points.toml             "05.linear_backward" = 6

`class.toml` may say `order = ["00", "20", "05"]`: those notebooks first, then the others.
"""

import math
import re
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from pathlib import Path

from backprop_lib.checks import exercises, library
from backprop_lib.checks.exercise import REGISTRY

from .build import SOURCES
from .grade.classroom import ClassError
from .release import with_checksums
from .source import exercise_of, read_source

_POINTS = re.compile(r"points=[\d.]+\)$")  # the end of a check cell's line
_NAMED = re.compile(r"""^:exercise:[ \t]*(\S+)|^\+\+\+.*["']written["']:\s*["']([^"']+)["']""", re.MULTILINE)
_CHECKS = library.__package__


@dataclass(frozen=True)
class Overlay:
    """What lies in a class's overlay/. Each of its properties raises ClassError for what is wrong there."""

    folder: Path
    order: tuple = field(default=())

    @cached_property
    def own(self):
        """The teacher's own sources, by name (without the ending)."""
        paths = sorted((self.folder / "notebooks").glob("*.md"))
        own = {path.stem: path for path in paths if path.name.lower() != "readme.md"}
        course = {path.stem[:2]: path.stem for path in SOURCES.glob("[0-9][0-9]_*.md")}
        numbers = {}
        for name, path in own.items():
            if not re.fullmatch(r"\d\d_[A-Za-z0-9_]+", name):
                raise ClassError(
                    f"{path}: a notebook must be called like 20_own.md: two digits, _ and a name."
                )
            theirs = course.get(name[:2], name)
            if theirs != name:
                raise ClassError(
                    f"{path}: the number {name[:2]} is taken by the course's {theirs}.md. To replace it, "
                    f"call yours {theirs}.md; to have both, take another number: 20_{name[3:]}.md."
                )
            if numbers.setdefault(name[:2], name) != name:
                raise ClassError(
                    f"{path}: the number {name[:2]} is taken by {numbers[name[:2]]}.md beside it."
                )
        return own

    @cached_property
    def sources(self):
        """All sources, by name: the course's and the teacher's own, in the class's order."""
        found = {path.stem: path for path in SOURCES.glob("[0-9][0-9]_*.md")} | self.own
        numbers = {name[:2]: name for name in found}
        unknown = [number for number in self.order if number not in numbers]
        if unknown:
            raise ClassError(
                f"`order` in class.toml names {unknown[0]!r}, and there is no notebook of this number. "
                f'There are {", ".join(sorted(numbers))}, written with quotes: "05".'
            )
        first = [numbers[number] for number in self.order]
        return {name: found[name] for name in dict.fromkeys([*first, *sorted(found)])}

    def choose(self, numbers):
        """The sources of these notebooks ("05", "5", the whole name, or "all"). Raises ClassError."""
        if "all" in numbers:
            return list(self.sources.values())
        chosen = []
        for number in numbers:
            wanted = (number.zfill(2), number)
            found = [
                path for name, path in self.sources.items() if name[:2] == wanted[0] or name == wanted[1]
            ]
            if not found:
                have = ", ".join(name[:2] for name in self.sources)
                raise ClassError(f"There is no notebook {number!r}. There are {have}, or all of them: all.")
            chosen += found
        return list(dict.fromkeys(chosen))

    @cached_property
    def points(self):
        """Points that are not the source's, by exercise."""
        path = self.folder / "points.toml"
        if not path.exists():
            return {}
        try:
            points = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ClassError(f"{path} cannot be read: {error}") from error
        for name, value in points.items():
            if isinstance(value, dict):
                raise ClassError(
                    f'{path}: write the exercise\'s name in quotes: "{name}.{next(iter(value), "")}".'
                )
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise ClassError(f'{path}: "{name}" = {value!r}: points must be a number above 0.')
        known = {name for source in self.sources.values() for name in _names(source)}
        for name in sorted(points.keys() - known):
            near = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
            end = f" Did you mean {' or '.join(near)}?" if near else ""
            raise ClassError(f"{path}: no notebook has an exercise {name!r}.{end}")
        return points

    def notebook(self, path):
        """The instructor's notebook of a source, with the class's points. Raises BuildError."""
        self.load_checks()
        notebook = read_source(path, set(exercises()))
        for cell in notebook.cells:
            kind, name = exercise_of(cell)
            if kind in ("check", "written") and name in self.points:
                cell.metadata["nbgrader"]["points"] = self.points[name]
                if kind == "check":
                    cell.source = _POINTS.sub(f"points={self.points[name]:g})", cell.source)
        return with_checksums(notebook)

    @property
    def checks(self):
        """Where the teacher's own checks lie, or None where there are none."""
        folder = self.folder / "checks"
        return folder if any(folder.glob("**/*.py")) else None

    def load_checks(self):
        """Make the teacher's own exercises known to `check` in this process. Doing it again does nothing."""
        if self.checks is None:
            return
        _refuse_clashes(self.checks)
        exercises()  # the course's first, so that a name that is taken is found out
        library.look_in(self.checks)
        for path in sorted(self.checks.glob("own[0-9][0-9].py")):
            _load(path)


def overlay_of(classroom):
    """The overlay of a class; an empty one if it has none. Raises ClassError."""
    order = classroom.settings.get("order", [])
    if not isinstance(order, list) or not all(isinstance(number, str) for number in order):
        raise ClassError('`order` in class.toml must be a list of numbers in quotes: ["00", "20", "05"].')
    if len(set(order)) < len(order):
        raise ClassError("`order` in class.toml names a notebook twice.")
    return Overlay(classroom.folder / "overlay", tuple(order))


def load_checks(folder):
    """Make the own exercises of the class in `folder` known: for processes that mark. Raises ClassError."""
    Overlay(Path(folder) / "overlay").load_checks()


def _names(source):
    found = _NAMED.findall(source.read_text("utf-8"))
    return {name for pair in found for name in pair if name}


def _refuse_clashes(folder):
    """A file that is called like one of the package's would never be read."""
    home = Path(library.__file__).parent
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and (home / path.name).exists():
            raise ClassError(f"{path}: the course's checks have a file of this name. Call yours otherwise.")
        if path.suffix == ".py" and re.fullmatch(r"nb\d+|own(\d?|\d{3,})", path.stem):
            raise ClassError(
                f"{path}: a file of exercises is called own20.py, with the number of its notebook."
            )


def _load(path):
    number, before = path.stem[-2:], set(REGISTRY)
    try:
        module = import_module(f"{_CHECKS}.{path.stem}")
    except Exception as error:  # it is a program, and may fail in any way
        raise ClassError(f"{path} cannot be used: {type(error).__name__}: {error}") from error
    if Path(module.__file__).resolve() != path.resolve():
        raise ClassError(f"{path}: another class's {path.name} is in use in this process: {module.__file__}")
    strangers = sorted(name for name in REGISTRY.keys() - before if name[:2] != number)
    if strangers:
        name = strangers[0]
        raise ClassError(
            f"{path} registers {name!r}. `check` looks for it in own{name[:2]}.py: put it there, or call it "
            f"{number}.{name[3:]}."
        )
