"""python3 -m course new: the folder of a class, with its settings, its key and its students."""

import argparse
import csv
import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from string import Template

from nbgrader.api import Gradebook
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from .grade import kernel
from .grade.classroom import CONFIG, KEY, SETTINGS, VARIABLE, ClassError, make_key
from .outputs import ROOT
from .release import stubs

TEMPLATES = Path(__file__).resolve().parent / "class_template"
COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")  # nbgrader's `db student import`


def new_class(folder, name=None, roster=None, exchange=None, db=None, variants=False):
    """Make a class, or nothing and raise ClassError. Returns the number of students in its gradebook.

    roster: path of a CSV file; exchange: nbgrader's exchange folder; db: URL of the gradebook.
    """
    folder = Path(folder).expanduser().absolute()
    name = name or re.sub(r"[^\w.-]+", "-", folder.name).strip("-.")
    if not re.fullmatch(r"\w[\w.-]*", name, re.ASCII):
        raise ClassError(
            f"The course is to be called {name!r}. Take letters, digits, - and _: --name calculus-1"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ClassError(f"{folder} is there already and is not empty. Nothing was changed.")
    students = read_roster(roster) if roster else {}
    url = _checked(db) if db else None
    exchange = Path(exchange).expanduser().absolute() if exchange else None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        os.chmod(folder, 0o700)  # the key and the submissions are nobody else's
        _fill(folder, name, exchange, url, variants)
        count = _enrol(url or f"sqlite:///{folder / 'gradebook.db'}", name, students)
    except BaseException:
        shutil.rmtree(folder)
        raise
    with suppress(OSError):  # nothing of ours needs it: it is for what else executes by these settings
        kernel.install(Path(sys.prefix) / "share" / "jupyter")
    if exchange is not None:
        _make_exchange(exchange)
    return count


def read_roster(path):
    """The students of a CSV file: {id: the other columns}. Raises ClassError with the line."""
    path = Path(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True, strict=True)
            columns = [(column or "").strip() for column in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise ClassError(
            f"{path} is not written in UTF-8: {error}\n"
            "From Excel, save it as “CSV UTF-8 (Comma delimited)”; elsewhere choose the encoding UTF-8."
        ) from error
    except (OSError, csv.Error) as error:
        raise ClassError(f"{path} cannot be read as CSV: {error}") from error
    if len(columns) == 1 and ";" in columns[0]:
        raise ClassError(f"{path} has semicolons between its entries. Save it with commas, as CSV.")
    unknown = [column for column in columns if column not in COLUMNS]
    if "id" not in columns or unknown:
        found = f"column {unknown[0]!r}" if unknown else "no column 'id'"
        raise ClassError(f"{path} has {found}. Its first line names the columns: {','.join(COLUMNS)}")
    students = {}
    for line, row in rows:
        where = f"{path}, line {line}"
        if None in row or None in row.values():
            raise ClassError(f"{where}: there are more or fewer entries than columns ({len(columns)}).")
        entries = {key: value.strip() or None for key, value in row.items()}
        student = entries.pop("id")
        if not student or student in (".", "..") or re.search(r"[/\\\0]", student):
            raise ClassError(f"{where}: the id {student!r} cannot be the name of a student's folder.")
        if student in students:
            raise ClassError(f"{where}: the id {student!r} stands there twice.")
        students[student] = entries
    return students


def _checked(url):
    try:
        make_url(url).get_dialect()
    except (ArgumentError, ImportError, SQLAlchemyError) as error:
        raise ClassError(
            f"--db {url!r} is no URL of a database: {error}\n"
            "Write it like postgresql+psycopg://user:password@host/database"
        ) from error
    return url


def _fill(folder, name, exchange, url, variants):
    settings = stubs()
    clear = settings.ClearSolutions
    steps = "".join(f"    {step!r},\n" for step in settings.GenerateAssignment.preprocessors)
    values = {
        "course": repr(str(ROOT)),
        "course_id": repr(name),
        "db_url": f"c.CourseDirectory.db_url = {url!r}" if url else '# c.CourseDirectory.db_url = "…"',
        "exchange": f"c.Exchange.root = {str(exchange)!r}" if exchange else '# c.Exchange.root = "…"',
        "code_stub": repr(dict(clear.code_stub)),
        "text_stub": repr(clear.text_stub),
        "begin": repr(clear.begin_solution_delimeter),
        "end": repr(clear.end_solution_delimeter),
        "preprocessors": f"[\n{steps}]",
        "variants": "true" if variants else "false",
    }
    for template, target in ((f"{CONFIG}.template", CONFIG), (SETTINGS, SETTINGS)):
        text = (TEMPLATES / template).read_text("utf-8")
        (folder / target).write_text(Template(text).substitute(values), "utf-8")
    os.chmod(folder / CONFIG, 0o600)  # there may be a password in the URL
    make_key(folder)
    for part in ("notebooks", "checks"):
        (folder / "overlay" / part).mkdir(parents=True)
    shutil.copy(TEMPLATES / "overlay" / "README.md", folder / "overlay")


def _enrol(url, name, students):
    """Put the students into the gradebook; the number of all that are in it."""
    try:
        with Gradebook(url, name) as gradebook:
            for student, entries in students.items():
                gradebook.update_or_create_student(student, **entries)
            return len(gradebook.students)
    except SQLAlchemyError as error:
        shown = make_url(url).render_as_string(hide_password=True)
        raise ClassError(f"The gradebook {shown} cannot be used: {error.__cause__ or error}") from error


def _make_exchange(folder):
    """The exchange: everybody writes there, nobody takes away what is another's. One that is there stays."""
    try:
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            folder.mkdir(parents=True)
            os.chmod(folder, 0o1777)
    except OSError as error:
        raise ClassError(
            f"The class is made, but its exchange is not: {error}\n"
            f"Make it as an administrator: sudo install -d -m 1777 {folder}"
        ) from error


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course new", description=__doc__.split(": ", 1)[1])
    parser.add_argument("folder", help="the class's folder; it is made")
    parser.add_argument(
        "--name", metavar="COURSE_ID", help="its name in the exchange (default: the folder's)"
    )
    parser.add_argument("--roster", metavar="CSV", help=f"the students: {','.join(COLUMNS)}")
    parser.add_argument("--exchange", metavar="DIR", help="nbgrader's exchange folder")
    parser.add_argument(
        "--db", metavar="URL", help="the gradebook's database (default: SQLite in the folder)"
    )
    parser.add_argument("--variants", action="store_true", help="each student gets numbers of their own")
    chosen = vars(parser.parse_args(arguments))
    try:
        count = new_class(**chosen)
    except (ClassError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    folder = Path(chosen["folder"]).expanduser().absolute()
    print(
        f"{folder}\n"
        f"    {CONFIG:20} nbgrader's settings\n"
        f"    {SETTINGS:20} late work, attempts, variants\n"
        f"    {KEY:20} the class's secret: keep a copy, show it to nobody\n"
        f"    {'overlay/':20} your own exercises and points: see its README.md\n"
        f"    {'the gradebook':20} {count} students\n"
        f"Next: export {VARIABLE}={folder}\n"
        "      python3 -m course release 05"
    )
    return 0
