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
    """{cell's id: the source's text} of each answer cell."""
    cells = built().source.cells
    return {cell.id: cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")}


def make_class(accounts, owner, folder, exchange):
    """A class with the assignment in source/ and release/, closed to everybody but its owner."""
    folder.mkdir(mode=0o700)
    config = (
        "c = get_config()\n"
        f"c.CourseDirectory.course_id = {COURSE!r}\nc.CourseDirectory.root = {str(folder)!r}\n"
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
    programs = Path(sys.executable).parent
    accounts.run(owner, programs / "nbgrader", "release_feedback", assignment, cwd=folder)


def solve(notebook, wrong=()):
    """Write the source's answers into a released notebook; those of the `wrong` exercises stay stubs."""
    for cell in notebook.cells:
        answer = solutions().get(cell.id)
        if answer is not None and not any(cell.id.endswith(name) for name in wrong):
            cell.source = answer
    return notebook


def read(data):
    return nbformat.from_dict(data)
