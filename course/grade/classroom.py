"""A class's folder: where nbgrader's parts and the marking's lie, its settings and its secret.

The folder is nbgrader's course directory (source/, release/, submitted/, autograded/, feedback/, and
nbgrader_config.py, which both nbgrader and the marking read). Ours in it:

class.toml    settings of the marking
key           the class's secret: fresh inputs and students' own numbers are drawn from it
earlier/      releases before those of now, which students may still hand in
overlay/      the teacher's own: notebooks, checks, points
marking/      one record a student and assignment: what the gradebook, feedback and exports are made from
exports/      what goes to the LMS
"""

import hashlib
import hmac
import os
import secrets
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from .remarks import plain
from .sandbox import ROOT

CONFIG, SETTINGS, KEY = "nbgrader_config.py", "class.toml", "key"
VARIABLE = "BACKPROP_CLASS"
MOST_NAME = 210  # characters of a quoted id, so that with what is added it still is a file's name
KNOWN = {"canvas", "keep", "late", "limits", "order", "variants", "workers"}


class ClassError(Exception):
    """Something about the class's folder is not as it must be. The message says what to do."""


@dataclass(frozen=True)
class Classroom:
    """A class. `open_class` makes one from its folder."""

    folder: Path
    settings: dict = field(default_factory=dict)  # class.toml

    @cached_property
    def config(self):
        """nbgrader's settings: traitlets' Config of nbgrader_config.py, with the folder as its root."""
        from traitlets.config.loader import PyFileConfigLoader

        config = PyFileConfigLoader(CONFIG, path=str(self.folder)).load_config()
        config.CourseDirectory.root = str(self.folder)
        return config

    @property
    def db_url(self):
        """The gradebook's SQLAlchemy URL; SQLite in the folder if nothing else is said."""
        found = self.config.CourseDirectory.get("db_url")
        return found or f"sqlite:///{self.folder / 'gradebook.db'}"

    @property
    def course_id(self):
        """The course's name in nbgrader's exchange; "" if it has none."""
        return self.config.CourseDirectory.get("course_id") or ""

    @cached_property
    def key(self):
        """The class's secret, or None: then everybody has the same numbers. Raises ClassError."""
        path = self.folder / KEY
        if not path.exists():
            return None
        text = path.read_text("ascii", "replace").strip()
        if len(text) < 32:
            raise ClassError(f"{path} is too short for a secret: at least 32 characters are needed.")
        return text.encode()

    @property
    def has_variants(self):
        """Does each student get numbers of their own? Needs a key."""
        return bool(self.settings.get("variants", False)) and self.key is not None

    def variant(self, assignment, student):
        """What a student's own numbers are drawn from; "" where everybody has the same."""
        return self._keyed("variant", assignment, student)[:16] if self.has_variants else ""

    def seed(self, assignment, student, submission):
        """What the inputs of a marking are drawn from. The same submission is marked with the same inputs;
        `submission` is a hash of its bytes, so whoever changes it gets other inputs."""
        return self._keyed("marking", assignment, student, submission)

    def _keyed(self, *parts):
        key = self.key if self.key is not None else b"no key"
        text = b"".join(len(part).to_bytes(4, "big") + part for part in map(str.encode, parts))
        return hmac.new(key, text, hashlib.sha256).hexdigest()

    def submitted(self, student, assignment):
        """The folder of a submission."""
        return self.folder / "submitted" / student / assignment

    def students_of(self, assignment):
        """Who has a folder (or something else) in submitted/ for this assignment, sorted."""
        return sorted(name for name in self._folders_of(assignment) if not unusable(name))

    def refused(self, assignment):
        """Sentences on the folders of submitted/ whose names no student can have, sorted."""
        where = plain(self.folder / "submitted", 500)
        found = ((name, unusable(name)) for name in self._folders_of(assignment))
        return sorted(f"{where}/{plain(name)} was left out: its name {why}." for name, why in found if why)

    def _folders_of(self, assignment):
        folder = self.folder / "submitted"
        if not folder.is_dir():
            return
        with os.scandir(folder) as entries:
            found = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        yield from (name for name in found if os.path.lexists(folder / name / assignment))

    def assignments(self):
        """The assignments that are released, sorted."""
        found = (self.folder / "source").glob("*/*.ipynb")
        return sorted({path.parent.name for path in found if path.stem == path.parent.name})

    def assignment(self, number):
        """The name of a released assignment: of "05", "5" or the whole name. Raises ClassError."""
        names = self.assignments()
        found = [name for name in names if name == number or name.split("_")[0] == number.zfill(2)]
        if len(found) == 1:
            return found[0]
        message = (
            f"No assignment {number!r} is released in {self.folder} (there: {', '.join(names) or 'none'})."
        )
        places = (ROOT / "course" / "notebooks", self.folder / "overlay" / "notebooks")
        sources = sorted(path.stem for place in places for path in place.glob("[0-9][0-9]_*.md"))
        if any(number in (name, name[:2], name[:2].lstrip("0")) for name in sources):
            raise ClassError(f"{message} Release it: python3 -m course release {number}")
        numbers = ", ".join(dict.fromkeys(name[:2] for name in sources))
        raise ClassError(f"{message} The notebooks are {numbers}.")


def unusable(name):
    """Why no student can have this id (it becomes names of files and entries of the gradebook), or ""."""
    try:
        size = len(quote(name))
    except UnicodeEncodeError:
        return "is not UTF-8, as of an archive from another system. Rename it to the student's id"
    if size > MOST_NAME:
        return f"is too long for an id (over {MOST_NAME // 3} letters, or {MOST_NAME} of a to z). Rename it"
    return "" if name.strip() else "is blank. Rename it to the student's id"


def open_class(folder=None):
    """The class in `folder`, else in $BACKPROP_CLASS, else in ./class. Raises ClassError."""
    said = folder or os.environ.get(VARIABLE)
    folder = Path(said or ROOT / "class").expanduser().absolute()
    if not said and not folder.exists():
        raise ClassError(
            f"Which class? Say it with --class FOLDER, or once: export {VARIABLE}=FOLDER\n"
            f"To make one: python3 -m course new FOLDER"
        )
    if not (folder / CONFIG).is_file():
        why = f"it has no {CONFIG}" if folder.exists() else "there is no such folder"
        raise ClassError(
            f"{folder} is no class: {why}. Make one: python3 -m course new {folder}\n"
            f"Another folder: --class FOLDER, or the variable {VARIABLE}."
        )
    path = folder / SETTINGS
    try:
        settings = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClassError(f"{path} is no TOML: {error}. Mend it.") from error
    _check(settings)
    return Classroom(folder, settings)


def _check(settings):
    """Names that class.toml may have; what is in its tables is checked where it is used."""
    for name in settings.keys() - KNOWN:
        raise ClassError(f"{SETTINGS}: there is no setting {name!r}; there are {', '.join(sorted(KNOWN))}.")
    workers = settings.get("workers", 1)
    if type(workers) is not int or workers < 0:
        raise ClassError(f"{SETTINGS}: workers must be a whole number of processes, not {workers!r}.")
    for name in ("late", "limits", "canvas"):
        if not isinstance(settings.get(name, {}), dict):
            raise ClassError(f"{SETTINGS}: {name} is a table: write [{name}], and its settings below it.")


def add_class_option(parser):
    """Give a command its `--class FOLDER`."""
    parser.add_argument("--class", dest="folder", metavar="FOLDER", help=f"the class (default: ${VARIABLE})")


def make_key(folder):
    """Make a class's secret, readable by its owner only. Returns its path; an old one is kept."""
    path = Path(folder) / KEY
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        pass
    return path
