"""The class that the hub's tests use: made, released and marked."""

import os
import sys
from functools import cache
from pathlib import Path

import nbformat

from course.build import build, sources
from course.source import TEXT_STUB

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = "With ones, a transposed matrix gives the same sums: draw them at random."
ASSIGNMENT, COURSE = "05_matrix_backprop", "backprop"


@cache
def built():
    return build(sources(["05"])[0], run=False)


def solutions():
    """{cell's id: a right answer} of each answer cell."""
    cells = built().source.cells
    solved = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
    answers = {cell.id: cell.source for cell in solved if cell.cell_type == "code"}
    return {name: "\n".join(line for line in text.split("\n") if "### " not in line)
            for name, text in answers.items()}  # fmt: skip


def stub(name):
    """The first words of a stub, by which a cell is found."""
    return next(cell for cell in built().release.cells if cell.id == name).source.split("(")[0]


def make_class(accounts, owner, folder, exchange, course=COURSE):
    """A class with the assignment released, by the commands that a teacher gives. The exchange is there
    already, as a hub makes it."""
    exchange.mkdir(exist_ok=True)
    exchange.chmod(0o1777)
    give(exchange, exchange.parent)
    command(accounts, owner, "new", folder, "--name", course, "--exchange", exchange)
    command(accounts, owner, "release", "05", "--class", folder)


def command(accounts, owner, *arguments):
    """`python3 -m course …` as a user of the machine."""
    run = [sys.executable, "-m", "course", *map(str, arguments)]
    ended = accounts.run(owner, *run, cwd=ROOT, check=False)
    assert ended.returncode in (0, 3), ended.stdout + ended.stderr  # 3: somebody could not be marked
    return ended.stdout


def nbgrader(accounts, owner, folder, *command):
    """nbgrader's command in the class, as its owner."""
    accounts.run(owner, Path(sys.executable).with_name("nbgrader"), *command, cwd=folder)


def give(folder, example):
    """Make a folder and all in it belong to whom `example` belongs to."""
    owner = example.stat()
    for path in (folder, *folder.rglob("*")):
        os.lchown(path, owner.st_uid, owner.st_gid)


def mark(accounts, owner, folder, assignment):
    """Mark the submissions, write a feedback page for each, and release the pages."""
    for step in ("grade", "feedback"):
        command(accounts, owner, step, assignment[:2], "--class", folder)
    nbgrader(accounts, owner, folder, "release_feedback", assignment)


def solve(notebook, wrong=()):
    """Write the source's answers into a released notebook; those of the `wrong` exercises stay stubs."""
    for cell in notebook.cells:
        answer = solutions().get(cell.id)
        if answer is not None and not any(cell.id.endswith(name) for name in wrong):
            cell.source = answer
        elif TEXT_STUB in cell.source:
            cell.source = WRITTEN
    return notebook


def read(data):
    return nbformat.from_dict(data)


def answered(path):
    """How many of a submission's answers are those of the source."""
    cells = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    return sum(cells.get(name) == answer for name, answer in solutions().items())
