"""python3 -m course release: give a class an assignment, in nbgrader's source/, release/ and gradebook."""

import argparse
import datetime
import re
import shutil
import sys

import nbformat
from nbgrader.api import Gradebook
from sqlalchemy.exc import SQLAlchemyError

from . import changes
from .build import text
from .grade import by_hand, earlier
from .grade.classroom import ClassError, add_class_option, open_class
from .overlay import overlay_of
from .release import generate, release
from .source import BuildError
from .variants import write_students_releases


def release_assignment(classroom, path, overlay=None, due=None, force=False):
    """Release the notebook of a source to the class. Returns sentences on what was changed for students that
    have handed in already. `due`: an aware datetime, or None to leave it. Raises ClassError and BuildError.
    """
    name = path.stem
    instructor = (overlay or overlay_of(classroom)).notebook(path)
    new = changes.cells_of(release(instructor, name))
    said = _refuse_or_align(classroom, name, new, force)
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        before, students = by_hand.restore_assignment(classroom.folder, name, gradebook)
        if before or students:
            said.append(
                f"the gradebook did not know it: its due date and {students} students are from the copy "
                "that is kept in marking/; points and comments by hand come back with `grade`"
            )
        due = before if due is None else due.astimezone(datetime.UTC).isoformat()
        settings = {} if due is None else {"duedate": due}
        gradebook.update_or_create_assignment(name, **settings)
    _write(classroom, name, instructor)
    return said


def _refuse_or_align(classroom, name, new, force):
    old, in_gradebook = changes.in_gradebook(classroom, name)
    if old is None:
        return []
    handed_in = max(in_gradebook, len(classroom.students_of(name)))
    found = changes.differences(old, new) if handed_in else []
    if found and not force:
        raise ClassError(
            f"{name}: {handed_in} students have handed in, and the new release changes what counts:\n"
            + "".join(f"    {sentence}\n" for sentence in found)
            + "Nothing was changed. With --force it is released all the same: scores and comments of all "
            "other cells stay, those of cells that are gone are kept in a file, and all must be marked again."
        )
    if found and in_gradebook:
        file = changes.align(classroom, name, new)
        found += [f"what the gradebook had for cells that are gone is in {file}"] if file else []
    return found


def _write(classroom, name, instructor):
    """Write source/, and let nbgrader make release/ and the gradebook's entries of it."""
    source = classroom.folder / "source" / name / f"{name}.ipynb"
    released = classroom.folder / "release" / name / f"{name}.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    old = released.read_text("utf-8") if released.exists() else None
    before = source.with_suffix(".before")
    if source.exists():
        shutil.copy(source, before)
    source.write_text(text(instructor), "utf-8", newline="\n")
    try:
        generate(classroom.config, name)
    except BuildError:
        if before.exists():
            before.replace(source)
        raise
    before.unlink(missing_ok=True)
    released.write_text(text(nbformat.read(released, as_version=4)), "utf-8", newline="\n")
    if old is not None and old != released.read_text("utf-8"):
        earlier.keep(classroom.folder, name, old)


def due_date(given):
    """An ISO date or time as an aware datetime, of this machine's time zone if it names none. A date alone
    means the end of that day. Raises ClassError."""
    try:
        found = datetime.datetime.fromisoformat(given)
    except ValueError as error:
        raise ClassError(
            f"--due {given!r} is no ISO date. Write 2027-01-31 or 2027-01-31T18:00+01:00."
        ) from error
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(-?\d)?", given):
        found = found.replace(hour=23, minute=59, second=59)
    return found.astimezone()


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course release", description=__doc__.split(": ", 1)[1])
    parser.add_argument("numbers", nargs="+", help="notebooks, e.g. 05 06; or all")
    parser.add_argument(
        "--due", metavar="DATE", help="2027-01-31 (the end of that day), or with time and zone"
    )
    parser.add_argument(
        "--students", action="store_true", help="also write each student's own, in release_by_student/"
    )
    parser.add_argument("--force", action="store_true", help="change cells and points under submissions")
    add_class_option(parser)
    options = parser.parse_args(arguments)
    try:
        classroom = open_class(options.folder)
        due = due_date(options.due) if options.due else None
        if due and due < datetime.datetime.now(datetime.UTC):
            print(f"--due {options.due} is past: whatever is handed in from now on is late.", file=sys.stderr)
        overlay = overlay_of(classroom)
        for path in overlay.choose(options.numbers):
            said = release_assignment(classroom, path, overlay, due, options.force)
            print(f"{path.stem}: {_summary(classroom, path.stem)}", flush=True)
            if options.students:
                _for_students(classroom, path.stem)
            for sentence in said:
                print(f"    {sentence}")
            if said:
                print(f"    Mark again what was marked: python3 -m course grade {path.stem[:2]}")
    except (ClassError, BuildError, SQLAlchemyError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"Next: for the exchange, in {classroom.folder}: nbgrader release_assignment {path.stem}\n"
        "      or, for a folder that students get: python3 -m course publish FOLDER"
    )
    return 0


def _for_students(classroom, name):
    if not classroom.has_variants:
        raise ClassError(
            "--students: this class has no variants. Write `variants = true` in class.toml (and keep `key`)."
        )
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        students = sorted(student.id for student in gradebook.students)
    if not students:
        raise ClassError(
            "--students: the gradebook has no students yet: nbgrader db student import students.csv"
        )
    write_students_releases(classroom, name, students)
    print(f"    {len(students)} students' own: {classroom.folder / 'release_by_student'}")


def _summary(classroom, name):
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        assignment = gradebook.find_assignment(name)
        due = assignment.duedate
        points = f"{assignment.max_score:g} points"
    if due is None:
        return f"{points}, no due date"
    local = due.replace(tzinfo=datetime.UTC).astimezone()
    there = f" ({due:%Y-%m-%d %H:%M:%S} UTC)" if local.utcoffset() else ""
    return f"{points}, due {local:%Y-%m-%d %H:%M:%S %Z}{there}"
