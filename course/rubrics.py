"""python3 -m course rubrics: what answers are marked by.

nbgrader's formgrader shows what the student wrote, not the instructor's notebook. Keep this beside it:

    python3 -m course rubrics            # of all notebooks
    python3 -m course rubrics 05 --out rubrics.md

A question, its rubric and two sample answers stand in the notebook's source, in its solution region, so the
instructor's version in nbgrader's source/ has them as well. Checked exercises are marked by `grade`: their
points, and the parts that share them, stand at the end.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from backprop_lib.checks import exercise as find
from backprop_lib.checks.evaluating import draw_cases

from .build import sources
from .source import BEGIN, END, BuildError, exercise_of, read_source

_RUBRIC = re.compile(r"\*\*Rubric\.\*\*.*?\n\n(?P<lines>(?:\d+\. [^\n]+\n)+)\n(?P<samples>.+)", re.DOTALL)
_SAMPLE = re.compile(r"\*\*Sample, (\d+) of (\d+) \(lines? ([\d, ]+)\)\.\*\* (.+)")


@dataclass(frozen=True)
class Sample:
    """A sample answer: what it gets, and for which lines of the rubric."""

    points: int
    lines: tuple
    text: str


@dataclass(frozen=True)
class Rubric:
    """A written answer: its name, the question, the points there are; one point for each of `lines`."""

    name: str
    question: str
    points: float
    lines: tuple
    samples: tuple

    def __str__(self):
        lines = [f"{number}. {line}" for number, line in enumerate(self.lines, 1)]
        quoted = "\n".join(f"> {line}".rstrip() for line in self.question.splitlines())
        samples = [
            f"**Sample with {sample.points} of {self.points:g}** (lines "
            f"{', '.join(map(str, sample.lines))}): {sample.text}"
            for sample in self.samples
        ]
        head = f"## {self.name} · {self.points:g} points"
        return "\n\n".join([head, quoted, "One point each:", "\n".join(lines), *samples])


def rubrics(path):
    """The rubrics in one source, in order. Raises BuildError where a written answer has none."""
    found = []
    for cell in read_source(path).cells:
        kind, name = exercise_of(cell)
        if kind == "written":
            found.append(_rubric(path, name, cell))
    return found


def _rubric(path, name, cell):
    question, _, rest = cell.source.partition(BEGIN)
    match = _RUBRIC.fullmatch(rest.partition(END)[0].strip())
    samples = [_SAMPLE.fullmatch(text) for text in match["samples"].split("\n\n")] if match else []
    if not samples or not all(samples):
        raise BuildError(
            f"{path}: {name} needs in its solution region `**Rubric.** One point each:`, a numbered list, "
            "and samples such as `**Sample, 1 of 3 (line 2).** Text`, with empty lines between"
        )
    lines = tuple(re.findall(r"^\d+\. (.+)$", match["lines"], re.MULTILINE))
    return Rubric(name, question.strip(), cell.metadata.nbgrader.points, lines, tuple(map(_sample, samples)))


def _sample(found):
    return Sample(int(found[1]), tuple(map(int, found[3].split(","))), found[4].strip())


def checked(path):
    """The checked exercises of one source, in order: (name, points, parts), with an equal share of the points
    for each part, or no parts: then it is all or nothing."""
    found = []
    for cell in read_source(path).cells:
        kind, name = exercise_of(cell)
        if kind == "check":
            exercise = find(name)
            parts = map(exercise.part, draw_cases(exercise)) if exercise.part else ()
            found.append((name, cell.metadata.nbgrader.points, tuple(dict.fromkeys(map(str, parts)))))
    return found


def _points(found):
    lines = []
    for name, points, parts in found:
        how = f"{len(parts)} parts: {'; '.join(parts)}" if parts else "all or nothing"
        lines.append(f"- {name} · {points:g} point{'s' if points != 1 else ''}, {how}")
    rule = "Marked by `grade`. Parts have equal shares of the points."
    return ["# Checked exercises", rule, "\n".join(lines)]


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course rubrics", description=__doc__.split("\n")[0])
    parser.add_argument("numbers", nargs="*", help="notebooks, e.g. 01 05; all if none is given")
    parser.add_argument("--out", metavar="FILE", help="write a Markdown file instead of showing it")
    options = parser.parse_args(arguments)
    try:
        paths = sources(options.numbers)
        found = [rubric for path in paths for rubric in rubrics(path)]
        points = _points([each for path in paths for each in checked(path)])
        written = ["# Rubrics of the written answers", *map(str, found)] if found else []
        text = "\n\n".join([*written, *points]) + "\n"
        if options.out:
            Path(options.out).write_text(text, encoding="utf-8")
    except (BuildError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(found)} rubrics are in {options.out}." if options.out else text)
    return 0
