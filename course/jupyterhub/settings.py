"""What a hub's administrator sets (hub.toml), checked, and the folders that come from it.

hub.toml is the administrator's. The class's own nbgrader_config.py is not read here: the hub runs as root,
and that file is a program which the teacher may write.
"""

import grp
import os
import pwd
import shutil
import stat
import sys
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VARIABLE, DEFAULT = "BACKPROP_HUB", "/etc/backprop-hub.toml"

# nbgrader's modes (its exchange's release_assignment.py and release_feedback.py), with the sticky bit where
# everybody may write: nobody can rename or remove there what belongs to another.
EXCHANGE_MODES = {"": 0o755, "outbound": 0o755, "inbound": 0o3733, "feedback": 0o711}
EXCHANGE_ROOT_MODE = 0o1777
ROLES = ("student", "teacher", "owner")


class HubError(Exception):
    """The hub cannot start like this. The message says what to do."""


@dataclass(frozen=True)
class Settings:
    """A hub for one class."""

    course: str  # the class's course_id in nbgrader_config.py
    folder: Path  # the class, made by `python3 -m course new`
    owner: str  # the account that owns the class's folder
    teachers: tuple  # accounts
    students_group: str  # the system group of those who may log in as students
    exchange: Path
    state: Path  # private/ and roles/
    address: str = "127.0.0.1"
    port: int = 8000
    ssl_cert: str = ""
    ssl_key: str = ""

    @property
    def shared(self):
        """Is the class's owner an account that the teachers share?"""
        return tuple(self.teachers) != (self.owner,)

    @property
    def private(self):
        """The hub's database and its secret: for the hub alone."""
        return self.state / "private"

    @property
    def roles(self):
        """Where users' servers read their configuration. (The repository itself may be closed to them.)"""
        return self.state / "roles"


def read_settings(path=None):
    """Settings of a TOML file, else of $BACKPROP_HUB, else of /etc/backprop-hub.toml. Raises HubError."""
    path = Path(path or os.environ.get(VARIABLE) or DEFAULT)
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise HubError(f"There is no {path}. Copy {HERE / 'hub.toml'} there and set what it says.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HubError(f"{path} cannot be read: {error}") from error
    return _checked(found, path)


def _checked(found, path):
    known = {field.name: field for field in fields(Settings)}
    given = {"folder" if name == "class" else name: value for name, value in found.items()}
    unknown, missing = set(given) - set(known), {"course", "folder", "owner", "teachers", "students_group",
                                                 "exchange", "state"} - set(given)  # fmt: skip
    for names, what in ((unknown, "has settings that do not exist"), (missing, "lacks settings")):
        if names:
            listed = ", ".join(sorted("class" if name == "folder" else name for name in names))
            raise HubError(f"{path} {what}: {listed}. {HERE / 'hub.toml'} has all of them.")
    for name in ("folder", "exchange", "state"):
        given[name] = _expanded(Path(given[name]))
        if not given[name].is_absolute():
            raise HubError(f"{path}: {name} must be an absolute path, not {str(given[name])!r}.")
    if not isinstance(given["teachers"], list) or not given["teachers"]:
        raise HubError(f'{path}: teachers must be a list of accounts, for example ["anna"].')
    given["teachers"] = tuple(given["teachers"])
    if not given["course"] or set(given["course"]) & set("+/* "):
        raise HubError(f"{path}: course must be a name without spaces, '+', '/' and '*'.")
    return Settings(**given)


def _expanded(path):
    try:
        return path.expanduser()
    except RuntimeError:  # "~name" of no account; the absolute path is asked for
        return path


def check_accounts(settings):
    """Raise HubError if an account or a group does not exist, or the class is not where it must be."""
    for name in {settings.owner, *settings.teachers}:
        try:
            pwd.getpwnam(name)
        except KeyError:
            raise HubError(f"There is no account {name!r}. Make it: adduser {name}") from None
    try:
        grp.getgrnam(settings.students_group)
    except KeyError:
        raise HubError(
            f"There is no group {settings.students_group!r}. Make it: groupadd {settings.students_group}"
        ) from None
    home = Path(pwd.getpwnam(settings.owner).pw_dir)
    if not settings.folder.is_relative_to(home) or settings.folder == home:
        raise HubError(
            f"The class {settings.folder} must lie below its owner's home {home}: "
            "nbgrader's formgrader opens nothing outside."
        )


def check_python(executable=sys.executable):
    """Raise HubError if users cannot run the Python that the hub runs under: their servers need it."""
    for path in {Path(executable).absolute(), Path(executable).resolve()}:
        closed = [step for step in (path, *path.parents) if not step.stat().st_mode & stat.S_IXOTH]
        if closed:
            raise HubError(
                f"The hub runs under {executable}, and other accounts may not enter {closed[-1]}. Make the "
                "virtual environment where all can read it, with a Python that all can read: "
                "/usr/bin/python3 -m venv /opt/backprop-venv"
            )


def openings(settings):
    """What students could read on this machine and should not: a list of sentences, empty if all is well."""
    said = []
    for path, what in ((settings.folder, "the class"), (ROOT / "course" / "notebooks", "the solutions")):
        if not path.exists():  # the class is made after the hub's first start
            continue
        closed = [step for step in path.parents if not step.stat().st_mode & stat.S_IXOTH]
        if not closed and path.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH):
            said.append(f"Everybody on this machine can read {what}. Close it: chmod o-rwx {path}")
    return said


def make_folders(settings, user=None):
    """Make what the hub and nbgrader need. `user`: who owns the exchange's folders (default: as it runs)."""
    for path, mode in ((settings.state, 0o755), (settings.private, 0o700)):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    shutil.rmtree(settings.roles, ignore_errors=True)
    for role in ROLES:
        shutil.copytree(HERE / role, settings.roles / role, copy_function=shutil.copyfile)
    for path in (settings.roles, *settings.roles.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    settings.exchange.mkdir(parents=True, exist_ok=True)
    settings.exchange.chmod(EXCHANGE_ROOT_MODE)
    for name, mode in EXCHANGE_MODES.items():
        path = settings.exchange / settings.course / name
        path.mkdir(exist_ok=True)
        if user is not None:
            shutil.chown(path, user, pwd.getpwnam(user).pw_gid)
        path.chmod(mode)
