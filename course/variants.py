"""Students' own numbers: a release in which the exercises with numbers carry those of one student.

    release = students_release("class/release/05_x/05_x.ipynb", "05_x", classroom.variant("05_x", "anna"))

A variant is a short text, from the class's key, the assignment and the student (`Classroom.variant`); ""
stands for the numbers that everybody sees. The cell that gives the numbers and the check that knows them are
released cells: when a submission is rebuilt, it gets its student's own back, whatever was handed in.
"""

import copy
import re
from pathlib import Path

import nbformat

from backprop_lib.checks import exercise
from course.grade.classroom import ClassError
from course.grade.records import write_whole

from .build import text
from .numbers import with_numbers
from .release import release, with_checksums
from .source import BEGIN, BuildError, exercise_of, given_of, with_variant


def students_release(notebook, name, variant):
    """The release of notebook `name` with the numbers of `variant`: an nbformat node of its own.

    notebook: the release, as a node or the path of its file; also the instructor's notebook, which is then
    released first (slow). Raises BuildError.
    """
    if isinstance(notebook, (str, Path)):
        notebook = nbformat.read(notebook, as_version=4)
    if any(BEGIN in cell.source for cell in notebook.cells):
        notebook = release(copy.deepcopy(notebook), name)
    return with_checksums(with_numbers_of(copy.deepcopy(notebook), name, variant))


def with_numbers_of(notebook, name, variant):
    """The notebook (changed in place, and returned) with the numbers of `variant`, in its text only."""
    if not re.fullmatch(r"\w*", variant, re.ASCII):
        raise BuildError(f"{name}: a variant has letters and digits only, not {variant!r}")
    for cell in notebook.cells:
        kind, checked = exercise_of(cell)
        try:
            if given_of(cell):
                cell.source = with_numbers(cell.source, given_of(cell), variant)
            elif kind == "check" and exercise(checked).given is not None:
                cell.source = with_variant(cell.source, variant)
        except ValueError as error:
            raise BuildError(f"{name}: {error}") from error
    return notebook


def exercises_with_numbers(notebook):
    """The exercises of a built notebook that carry numbers of their own, in order."""
    return [given_of(cell) for cell in notebook.cells if given_of(cell)]


def folder_of(folder, student):
    """Where the releases of one student lie, in the class's folder. Raises ClassError for a name that would
    lead elsewhere; nbgrader itself cannot have such a student."""
    if student in ("", ".", "..") or re.search(r"[/\\\0]", student):
        raise ClassError(f"{student!r} cannot be the name of a student's folder: no slashes, not only dots.")
    if len(student.encode("utf-8", "surrogateescape")) > 255:
        raise ClassError(f"{student[:20]!r}… cannot be the name of a student's folder: it is too long.")
    return Path(folder) / "release_by_student" / student


def write_students_releases(classroom, assignment, students, folder=None):
    """Write each student's release of an assignment, as FOLDER/release_by_student/STUDENT/ASSIGNMENT/….ipynb.

    classroom: a `Classroom`; assignment: the whole name; folder: the class's if it is None. Returns the paths
    by student. Raises ClassError where nothing is released, or for a student with an impossible name, before
    anything is written.
    """
    from tqdm import tqdm

    path = classroom.folder / "release" / assignment / f"{assignment}.ipynb"
    if not path.is_file():
        number = assignment.split("_")[0]
        raise ClassError(f"{path} does not exist. Release it first: python3 -m course release {number}")
    released = nbformat.read(path, as_version=4)
    folders = {name: folder_of(folder or classroom.folder, name) for name in students}
    paths = {name: place / assignment / f"{assignment}.ipynb" for name, place in folders.items()}
    for name, path in tqdm(paths.items(), desc=assignment, unit=" students"):
        own = students_release(released, assignment, classroom.variant(assignment, name))
        write_whole(path, text(own))
    return paths
