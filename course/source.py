"""Read a notebook's MyST source and give it nbgrader's metadata: the instructor's notebook.

In the source a code cell says `:exercise: 03.mul`, or `:check: 03.mul` with `:points: 2` and
`:answer: mul`; a markdown cell for a written answer begins with
`+++ {"written": "03.why", "points": 3}`. A code cell with `:given: 01.chain_by_hand` assigns the numbers of
an exercise that has some (see variants.py). Everything else is a demonstration.
"""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext
from nbformat.v4 import new_notebook

from .numbers import with_numbers

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "...  # your code here"
VALUES_STUB = "# replace each ... above"  # a bare ... at the end of a cell would be shown as "Ellipsis"
TEXT_STUB = "*Your answer here.*"
OPTIONS = {"exercise", "check", "points", "answer", "written", "given", "tags"}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


_CHECK = re.compile(r'check\("([\d\w.]+)", (.*?)(?:, variant="(\w*)")?, points=([\d.]+)\)', re.DOTALL)
_GIVEN = "given-"  # and the exercise's name: a tag


class BuildError(Exception):
    """A fault in a source. The message begins with file and line."""


@dataclass(frozen=True)
class Cell:
    """Where a cell stands in its source, for error messages."""

    file: Path
    number: int
    text: str

    def error(self, message, look_for=""):
        """A BuildError at the line of the source that has `look_for`, or at the cell's first line."""
        lines = self.file.read_text(encoding="utf-8").splitlines()
        wanted = look_for or next((line for line in self.text.splitlines() if line.strip()), "")
        line = next((i for i, line in enumerate(lines, 1) if wanted and wanted in line), None)
        where = f"{self.file}:{line}" if line else f"{self.file}"
        return BuildError(f"{where}: cell {self.number}: {message}")


def read_source(path, known=None):
    """The instructor's notebook of one source: solutions in, nbgrader's metadata on, no outputs.

    `known` is the set of exercise names that have checks (None: any will do). Raises BuildError.
    """
    path = Path(path)
    try:
        source = jupytext.reads(_quote_answers(path.read_text(encoding="utf-8")), fmt="md:myst")
    except Exception as error:  # jupytext and yaml have many kinds
        raise BuildError(f"{path}: not readable as MyST Markdown: {error}") from error
    marked = _Marked(path, known)
    cells = [marked.cell(i, cell) for i, cell in enumerate(source.cells, 1)]
    marked.finish()
    _name_cells(cells)
    return new_notebook(cells=cells, metadata=METADATA)


def _quote_answers(text):
    """Options are YAML; an `:answer:` is Python and stays as it is written, so it is quoted here."""
    option = r"^:answer:[ \t]*(.*?)[ \t]*$"
    return re.sub(option, lambda found: f":answer: {json.dumps(found[1])}", text, flags=re.MULTILINE)


def grade_id(kind, name):
    """nbgrader's name of a cell, e.g. ("check", "03.mul") -> "check-03-mul"."""
    return f"{kind}-{name.replace('.', '-')}"


def exercise_of(cell):
    """(kind, exercise name) of a built cell, kind being "answer", "check" or "written", or (None, None)."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    found = re.fullmatch(r"(answer|check|written)-(\d\d)-(\w+)", name)
    return (found[1], f"{found[2]}.{found[3]}") if found else (None, None)


def answer_expression(cell):
    """The expression that a check cell checks."""
    return _CHECK.fullmatch(cell.source)[2]


def with_variant(source, variant):
    """The text of a check cell, with the variant whose numbers it is to know ("" for none)."""
    name, answer, _, points = _CHECK.fullmatch(source).groups()
    given = f", variant={json.dumps(variant)}" if variant else ""
    return f'check("{name}", {answer}{given}, points={points})'


def differs_in_variant(text, other):
    """Are these two texts of one check cell that know the numbers of two variants?"""
    found = [_CHECK.fullmatch(each.strip()) for each in (text, other)]
    if not all(found):
        return False
    (*one, mine, points), (*two, yours, most) = (each.groups() for each in found)
    return (one, points) == (two, most) and mine != yours


def given_of(cell):
    """The exercise whose numbers this cell assigns, or None."""
    tags = cell.metadata.get("tags", [])
    return next((tag[len(_GIVEN) :] for tag in tags if tag.startswith(_GIVEN)), None)


class _Marked:
    """Gives cells their metadata, one after another, and remembers which exercises there were."""

    def __init__(self, path, known):
        self.path, self.known = path, known
        self.answers, self.checks, self.given = {}, {}, {}

    def cell(self, number, cell):
        where = Cell(self.path, number, cell.source)
        options = dict(cell.metadata)
        unknown = sorted(set(options) - OPTIONS)
        if unknown:
            raise where.error(f"unknown option {unknown[0]!r}; there are {', '.join(sorted(OPTIONS))}")
        cell.metadata = {"tags": options["tags"]} if options.get("tags") else {}
        kinds = [kind for kind in ("exercise", "check", "written", "given") if kind in options]
        if len(kinds) > 1:
            raise where.error(f"a cell cannot be both {' and '.join(kinds)}")
        _check_regions(where, allowed=kinds in (["exercise"], ["written"]))
        if kinds:
            getattr(self, f"_{kinds[0]}")(where, cell, options)
        elif "points" in options or "answer" in options:
            raise where.error("`points` and `answer` belong to a cell with `check`")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        return cell

    def _exercise(self, where, cell, options):
        name = self._new(where, options, "exercise", self.answers)
        if BEGIN not in cell.source:
            raise where.error(f"exercise {name!r} has no `{BEGIN}` … `{END}`", f":exercise: {name}")
        cell.metadata["nbgrader"] = _nbgrader("answer", name, solution=True)

    def _check(self, where, cell, options):
        name = self._new(where, options, "check", self.checks)
        look_for = f":check: {name}"
        if name not in self.answers:
            raise where.error(f"`:check: {name}` without an `:exercise: {name}` before it", look_for)
        answer = options.get("answer")
        if not answer:
            raise where.error(f"`:answer:` of {name!r} is missing", look_for)
        if cell.source.strip():
            raise where.error(f"the check cell of {name!r} must be empty: the build writes it", look_for)
        points = _points(where, options, look_for)
        cell.source = f'check("{name}", {answer}, points={points:g})'
        cell.metadata["nbgrader"] = _nbgrader("check", name, grade=True, locked=True, points=points)

    def _written(self, where, cell, options):
        name = self._new(where, options, "written", self.answers)
        points = _points(where, options, name)
        cell.metadata["nbgrader"] = _nbgrader("written", name, grade=True, solution=True, points=points)
        self.checks[name] = where

    def _given(self, where, cell, options):
        name = self._new(where, options, "given", self.given)
        if cell.cell_type != "code":
            raise where.error("the numbers of an exercise are given in a code cell", f"given: {name}")
        try:
            text = with_numbers(cell.source, name)
        except ValueError as error:
            raise where.error(str(error), f":given: {name}") from error
        if text != cell.source:
            written = next(line for line in text.split("\n") if line not in cell.source.split("\n"))
            raise where.error(f"the numbers of {name!r} must stand there as `{written}`", f":given: {name}")
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), _GIVEN + name]

    def _new(self, where, options, kind, seen):
        name, look_for = str(options[kind]), f":{kind}: {options[kind]}"
        number = self.path.name[:2]
        if not re.fullmatch(rf"{number}\.[a-z][a-z0-9_]*", name):
            raise where.error(f"{name!r} must be called like '{number}.some_name'", look_for)
        if name in seen:
            raise where.error(f"duplicate {kind} {name!r}, first in cell {seen[name].number}", look_for)
        if kind == "exercise" and self.known is not None and name not in self.known:
            raise where.error(
                f"unknown exercise {name!r}: backprop_lib.checks has none of this name", look_for
            )
        seen[name] = where
        return name

    def finish(self):
        for name, where in self.given.items():
            answer = self.answers.get(name)
            if answer is None or answer.number < where.number:
                look_for = f":given: {name}"
                raise where.error(f"`:given: {name}` without an `:exercise: {name}` after it", look_for)
        for name, where in self.answers.items():
            if name not in self.checks:
                raise where.error(f"exercise {name!r} has no `:check: {name}`", f":exercise: {name}")


def _nbgrader(kind, name, grade=False, solution=False, locked=False, points=None):
    metadata = {
        "grade": grade,
        "grade_id": grade_id(kind, name),
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return metadata | ({"points": points} if grade else {})


def _points(where, options, look_for):
    points = options.get("points")
    if isinstance(points, bool) or not isinstance(points, (int, float)) or points <= 0:
        raise where.error(f"`points` is missing or not a positive number: {points!r}", look_for)
    return points


def _check_regions(where, allowed):
    """Solution regions open and close in turn, and only where a solution may stand."""
    is_open = False
    for line in where.text.splitlines():
        for marker, opens in (("BEGIN SOLUTION", True), ("END SOLUTION", False)):
            if marker not in line:
                continue
            if not allowed:
                raise where.error("a solution outside of an exercise cell", line)
            if opens == is_open:
                raise where.error(f"`{marker}` {'within a region' if opens else 'without a region'}", line)
            is_open = opens
    if is_open:
        raise where.error("the solution region is never closed")


def _name_cells(cells):
    """Deterministic ids: of an exercise its name, else a hash of the cell's text."""
    seen = Counter()
    for cell in cells:
        text = f"{cell.cell_type}\n{cell.source}".encode()
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or hashlib.sha256(text).hexdigest()[:8]
        seen[name] += 1
        cell.id = (name if seen[name] == 1 else f"{name}-{seen[name]}")[:64]
