"""`check_installation()`: is everything here that the course needs? Notebook 00 asks it first.

What the browser does cannot be seen from Python. Whether widgets work is told by a widget: it shows or it
does not (the next cell of that notebook).
"""

import os
import platform
import re
from dataclasses import dataclass
from html import escape
from importlib import metadata
from pathlib import Path

OK, NOTE, ACTION = "OK", "note", "needs action"
_GLYPHS = {OK: "\u2713", NOTE: "\u2022", ACTION: "\u2717"}
DISTRIBUTION = "backprop-course"
JUPYTERLAB = ">=4.4,<5"  # as in requirements.txt: JupyterLab may live in another environment than the kernel
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: its name, its state, what was found, and what to do about it."""

    name: str
    state: str
    found: str
    todo: str = ""

    def __str__(self):
        todo = f"\n    {self.todo}" if self.todo else ""
        return f"{_GLYPHS[self.state]} {self.state:<12}  {self.name}: {self.found}{todo}"


@dataclass(frozen=True)
class Installation:
    """What `check_installation` found: `lines`; true if none of them needs action. Shows as a table."""

    lines: tuple

    def __bool__(self):
        return not any(line.state == ACTION for line in self.lines)

    def headline(self):
        """One sentence for all lines together."""
        if self:
            return f"{_GLYPHS[OK]} Everything that Python can see is all right"
        faults = sum(line.state == ACTION for line in self.lines)
        return f"{_GLYPHS[ACTION]} {faults} of {len(self.lines)} need{'s' * (faults == 1)} action"

    def __repr__(self):
        return "\n".join([self.headline(), *map(str, self.lines)])

    def _repr_html_(self):
        colour = "#009E73" if self else "#D55E00"
        rows = "".join(map(_row, self.lines))
        return (
            f'<div style="border-left: 4px solid {colour}; padding: 4px 10px; max-width: 46em;">'
            f"<strong>{escape(self.headline())}</strong>"
            f'<table style="margin: 4px 0; border-collapse: collapse;">{rows}</table></div>'
        )


def check_installation():
    """Look at Python, the libraries, the engine and the data: an `Installation`. Never raises."""
    wanted, lines = {}, []
    lines.append(_guarded("the course", _course, wanted))
    lines += [_guarded(name, _python if name == "Python" else _library, name, spec)
              for name, spec in wanted.items()]  # fmt: skip
    lines += [
        _guarded("JupyterLab", _jupyterlab),
        _guarded("linear algebra", _linear_algebra),
        _guarded("the engine", _engine),
        _guarded("the data", _data),
    ]
    return Installation(tuple(lines))


def _guarded(name, look, *arguments):
    """The line that `look` returns. Whatever it raises is an installation's fault, and is the line."""
    try:
        return Line(name, *look(*arguments))
    except Exception as error:  # a broken library may raise anything when it is imported
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return Line(name, ACTION, reason, f"If the lines above this one are all right, {_AGAIN}.")


# What the course asks for


def _course(wanted):
    """Fill `wanted`, {"Python": ">=3.11", "numpy": ">=2.0,<3", …}: as installed, or as the folder says."""
    try:
        ours = metadata.metadata(DISTRIBUTION)
        version, python, needs = ours["Version"], ours["Requires-Python"], ours.get_all("Requires-Dist") or []
    except metadata.PackageNotFoundError:  # used from its folder, without installing
        version, python, needs = _from_folder(Path(__file__).resolve().parents[1] / "pyproject.toml")
    wanted["Python"] = python
    for need in needs:
        name, spec = re.match(r"([\w.-]+)\s*([^;]*)", need).groups()
        if "extra ==" not in need:
            wanted[name] = _lower_first(spec.strip(" ()"))
    return OK, f"version {version}"


def _from_folder(pyproject):
    import tomllib  # here, because a Python that is too old has none, and shall be told so

    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    return project["version"], project["requires-python"], project["dependencies"]


def _lower_first(spec):
    """ ">=2,<3" and "<3,>=2" are one: a package's metadata orders the clauses as it likes."""
    return ",".join(sorted(spec.replace(" ", "").split(","), key=lambda clause: clause[:1] != ">"))


def satisfies(version, spec):
    """Is "2.4.6" within ">=2.0,<3"? Only the numbers count: 3.0rc1 is 3.0."""
    tests = {">=": lambda a, b: a >= b, "<": lambda a, b: a < b, "==": lambda a, b: a == b,
             ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, "!=": lambda a, b: a != b}  # fmt: skip
    for clause in filter(None, spec.replace(" ", "").split(",")):
        sign, bound = re.match(r"(>=|<=|==|!=|<|>)(.*)", clause).groups()
        if not tests[sign](_numbers(version), _numbers(bound)):
            return False
    return True


def _numbers(version):
    """(2, 4, 6, 0): the release's numbers, filled up so that 3 equals 3.0."""
    leading = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(n) for n in leading[0].split(".")] if leading else []
    return tuple((numbers + [0] * 4)[:4])


# One function a line: (state, what was found, what to do)

_COURSE = Path(__file__).resolve().parent.parent / "course" / "setup_env.py"  # students may have none
_START = "python3 -m course open (Windows: py -m course open)"
if not _COURSE.exists():
    _START = "the README's commands"
_AGAIN = f"delete the folder .venv and start again with {_START}"


def _pip(what):
    return f"Run %pip install {what} in a new cell, then Kernel ▸ Restart Kernel."


def _python(_name, spec):
    version = platform.python_version()
    if satisfies(version, spec):
        return OK, version
    return ACTION, f"{version}, and the course needs {spec}", f"Install a newer Python, then {_AGAIN}."


def _library(name, spec):
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return ACTION, "not installed", _pip(f'"{name}{spec}"')
    if satisfies(version, spec):
        return OK, version
    return ACTION, f"{version}, and the course needs {spec}", _pip(f'"{name}{spec}"')


def _jupyterlab():
    try:
        version = metadata.version("jupyterlab")
    except metadata.PackageNotFoundError:
        return NOTE, "not in this environment: you read this in another program, or it has its own"
    if satisfies(version, JUPYTERLAB):
        return OK, version
    return NOTE, f"{version}; the course is tried with {JUPYTERLAB}"


def _linear_algebra():
    import numpy

    library = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"].get("name", "unknown")
    threads = next((os.environ[name] for name in THREADS if os.environ.get(name)), "")
    if threads == "1":
        return OK, f"{library}, one thread"
    found = f"{library}, {threads or 'any number of'} threads"
    advice = f"Small matrices are faster with one thread: OMP_NUM_THREADS=1, or start with {_START}."
    return NOTE, found, advice


def _engine():
    """A network of the course's size: backward() against complex steps."""
    from backprop_lib import gradcheck, ops

    sizes = ((3, 5), (5, 4), (4,), (4, 2), (2,))
    inputs = [_waves(*size) for size in sizes]
    result = gradcheck(lambda x, V, a, W, b: ops.linear(ops.tanh(ops.linear(x, V, a)), W, b), *inputs)
    if result:
        return OK, f"gradients agree with {result.method} within {result.error:.0e}"
    return ACTION, repr(result).splitlines()[0], f"The package is damaged: {_AGAIN}."


def _waves(*shape):
    """Numbers without pattern, and without a random generator."""
    import numpy

    return numpy.sin(numpy.arange(1.0, 1 + numpy.prod(shape)) ** 2).reshape(shape)


def _data():
    from backprop_lib import data

    return OK, f"{len(data.digits()):,} handwritten digits"


def _row(line):
    cell = 'style="text-align: left; vertical-align: top; padding: 1px 12px 1px 0; white-space: {};"'
    todo = f"<br>{escape(line.todo)}" if line.todo else ""
    return (
        f"<tr><td {cell.format('nowrap')}>{_GLYPHS[line.state]} {line.state}</td>"
        f'<th scope="row" {cell.format("nowrap")}>{escape(line.name)}</th>'
        f"<td {cell.format('normal')}>{escape(line.found)}{todo}</td></tr>"
    )
