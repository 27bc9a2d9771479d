"""The class that the hub's tests use: made, released and marked."""

import os
import sys
from functools import cache
from pathlib import Path

import nbformat

from course.build import build, sources, text

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT, COURSE = "05_matrix_backprop", "backprop"


@cache
def built():
    return build(sources(["05"])[0], run=False)


def solutions():
    """{cell's id: a right answer} of each answer cell."""
    cells = built().source.cells
    answers = {cell.id: cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")}
    return {name: "\n".join(line for line in text.split("\n") if "### " not in line)
            for name, text in answers.items()}  # fmt: skip


def stub(name):
    """The first words of a stub, by which a cell is found."""
    return next(cell for cell in built().release.cells if cell.id == name).source.split("(")[0]


def make_class(accounts, owner, folder, exchange, course=COURSE):
    """A class with the assignment in source/ and release/, closed to everybody but its owner."""
    folder.mkdir(mode=0o700)
    config = (
        "c = get_config()\n"
        f"c.CourseDirectory.course_id = {course!r}\nc.CourseDirectory.root = {str(folder)!r}\n"
        f"c.Exchange.root = {str(exchange)!r}\n"
    )
    (folder / "nbgrader_config.py").write_text(config)
    (folder / "key").write_text("0123456789abcdef" * 4 + "\n")
    (folder / "key").chmod(0o600)
    for step, notebook in (("source", built().source), ("release", built().release)):
        path = folder / step / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text(notebook), "utf-8")
    give(folder, accounts.home(owner))
    nbgrader(accounts, owner, folder, "db", "assignment", "add", ASSIGNMENT)


def nbgrader(accounts, owner, folder, *command):
    """nbgrader's command in the class, as its owner."""
    accounts.run(owner, Path(sys.executable).with_name("nbgrader"), *command, cwd=folder)


def give(folder, example):
    """Make a folder and all in it belong to whom `example` belongs to."""
    owner = example.stat()
    for path in (folder, *folder.rglob("*")):
        os.lchown(path, owner.st_uid, owner.st_gid)


def mark(accounts, owner, folder, assignment):
    """Make a feedback page for each submission, and release them."""
    for submitted in sorted((folder / "submitted").glob(f"*/{assignment}")):
        student = submitted.parent.name
        feedback = folder / "feedback" / student / assignment
        feedback.mkdir(parents=True)
        (feedback / f"{assignment}.html").write_text(f"<p>Feedback for {student}</p>")
        for name in ("timestamp.txt", "submission_secret.txt"):
            (feedback / name).write_bytes((submitted / name).read_bytes())
    give(folder / "feedback", folder)
    nbgrader(accounts, owner, folder, "release_feedback", assignment)


def solve(notebook, wrong=()):
    """Write the source's answers into a released notebook; those of the `wrong` exercises stay stubs."""
    for cell in notebook.cells:
        answer = solutions().get(cell.id)
        if answer is not None and not any(cell.id.endswith(name) for name in wrong):
            cell.source = answer
    return notebook


def read(data):
    return nbformat.from_dict(data)


def answered(path):
    """How many of a submission's answers are those of the source."""
    cells = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    return sum(cells.get(name) == answer for name, answer in solutions().items())
