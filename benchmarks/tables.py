"""`Report`: tables of what was measured and the goals beside what was reached; as text, Markdown or JSON."""

import json
import math
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.timing import Ratio

UNITS = ((1, 1, "s"), (1e-3, 1e-3, "ms"), (0, 1e-6, "µs"))  # from how much on, size, name
LIBRARIES = ("numpy", "micrograd", "torch", "jax", "autograd")


class Seconds(float):
    """A time; printed with a fitting unit."""

    def __str__(self):
        size, unit = next((size, unit) for least, size, unit in UNITS if self >= least)
        return f"{_digits(self / size)} {unit}"


class Table:
    """Cells by the name of their row and column, both in the order in which they first came."""

    def __init__(self, title, note=""):
        self.title, self.note, self.cells = title, note, {}

    def put(self, row, **cells):
        """put("ours", **{"float64": Seconds(1e-6)}): one row, or more of it."""
        self.cells.setdefault(row, {}).update(cells)

    def columns(self):
        return list(dict.fromkeys(column for row in self.cells.values() for column in row))

    def lines(self, markdown=False):
        columns = self.columns()
        grid = [["", *columns]]
        grid += [[name, *(_shown(row.get(column)) for column in columns)] for name, row in self.cells.items()]
        widths = [max(map(len, cells)) for cells in zip(*grid, strict=True)]
        aligned = [[*map(_aligned, line, widths, range(len(line)))] for line in grid]
        if not markdown:
            return [self.title, *("  ".join(line) for line in aligned), *filter(None, [self.note]), ""]
        rule = ["-" * (width - 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)]
        rows = ["| " + " | ".join(line) + " |" for line in (aligned[0], rule, *aligned[1:])]
        return [f"### {self.title}", "", *rows, "", *([self.note, ""] if self.note else [])]


class Report:
    """All tables of a run, and the goals."""

    def __init__(self):
        self.tables, self.goals, self.raw = [], [], {}

    def table(self, title, note=""):
        self.tables.append(Table(title, note))
        return self.tables[-1]

    def goal(self, text, reached, *, at_most=math.inf, at_least=-math.inf):
        """Note what was wanted and what was reached."""
        wanted = f"≤ {at_most:g}" if at_most < math.inf else f"≥ {at_least:g}"
        self.goals.append((text, wanted, reached, at_least <= reached <= at_most))

    def keep(self, label, times):
        """Keep the time of every round, for `--json`."""
        self.raw[label] = times.seconds

    def goals_table(self):
        table = Table("Goals")
        for text, wanted, reached, met in self.goals:
            table.put(text, wanted=wanted, reached=_digits(reached), met="yes" if met else "NO")
        return table

    def lines(self, markdown=False):
        """Everything as lines of text."""
        lines = [] if markdown else [machine(), ""]
        for table in (*self.tables, self.goals_table()):
            lines += table.lines(markdown) if table.cells else []
        return [*lines, machine()] if markdown else lines

    def write_json(self, path):
        content = {
            "machine": machine(),
            "tables": {table.title: table.cells for table in self.tables},
            "goals": [
                dict(zip(("goal", "wanted", "reached", "met"), goal, strict=True)) for goal in self.goals
            ],
            "seconds": self.raw,
        }
        Path(path).write_text(json.dumps(content, indent=1), "utf-8")


def machine():
    """Processor, system and versions in one line."""
    versions = [f"{name} {_version(name)}" for name in LIBRARIES]
    return ", ".join([_processor(), platform.system(), f"Python {platform.python_version()}", *versions])


def _processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _aligned(text, width, place):
    return text.rjust(width) if place else text.ljust(width)


def _shown(cell):
    if cell is None:
        return "–"
    if isinstance(cell, Ratio):
        return f"{_digits(cell.median)} [{_digits(cell.low)}, {_digits(cell.high)}]"
    return _digits(cell) if type(cell) is float else str(cell)


def _digits(x):
    """Three digits, without an exponent."""
    if not 0 < abs(x) < math.inf:
        return str(x)
    return f"{x:,.{max(0, 2 - math.floor(math.log10(abs(x))))}f}"
