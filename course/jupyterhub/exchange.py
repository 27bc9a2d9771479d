"""Collecting only what belongs to the student whose name it has.

Everybody may write into nbgrader's inbound folder, and a submission's name says whose it is. nbgrader 0.9.6
compares that with the owner of the folder, warns, and collects it all the same; it copies as the teacher,
through symbolic links: a link to the class's source would be handed in as the student's own work; and one
name that it cannot read, or one folder that it may not enter, ends the collecting for all. Here such a thing
stays where it is, the teacher is told, and the others are collected.
"""

import hashlib
import os
import pwd
import shutil
import stat
from datetime import UTC, datetime, timedelta

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns
from traitlets import Enum

FIRST_UID = 2**20
HONEST = timedelta(minutes=15)  # from the time that a submission claims until it is there
_OPEN = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_NOBODYS = {"username": None, "timestamp": datetime.min}


def hashed_uid(student):
    """The numeric account of a student where there are no accounts (Kubernetes; values.yaml has the same)."""
    return FIRST_UID + int.from_bytes(hashlib.sha256(student.encode()).digest()[:4], "big") // 4


def system_uid(student):
    """The numeric account of a student on this machine, or None."""
    try:
        return pwd.getpwnam(student).pw_uid
    except KeyError:
        return None


class CollectOwned(ExchangeCollect):
    """nbgrader's collect, without what belongs to somebody else."""

    accounts = Enum(["system", "hashed"], "system", help="How a student's account is known.").tag(config=True)

    def _path_to_record(self, path):
        shown = ascii(path)
        try:
            record, found = super()._path_to_record(path), os.lstat(path)
        except Exception as error:  # a name can hold anything, and nbgrader's parser raises what it likes
            self.log.error("NOT COLLECTED: %s is not named like a submission (%s).", shown, ascii(str(error)))
            return _NOBODYS
        student = record["username"]
        if found.st_uid != self._uid(student) or not stat.S_ISDIR(found.st_mode):
            self.log.error(
                "NOT COLLECTED: %s is named as work of %s and is no folder of that account: %s put it there.",
                *(shown, ascii(student), _name(found.st_uid)),
            )
            return _NOBODYS
        put_there = datetime.fromtimestamp(found.st_ctime, UTC).replace(tzinfo=None)
        if put_there - record["timestamp"] > HONEST:
            self.log.warning(
                "%s says that it was submitted at %s UTC, but it was last changed at %s UTC.",
                *(shown, f"{record['timestamp']:%F %T}", f"{put_there:%F %T}"),
            )
        return record

    def init_src(self):
        """Find the newest submission of each student that is their own."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"] is not None]

    def do_copy(self, src, dest, log=None):
        """Copy a submission: the student's own regular files."""
        limit = 1000 * self.coursedir.max_dir_size
        if self.get_size(src) > limit:
            self.log.error("NOT COLLECTED: %s is larger than %d MB (max_dir_size).", ascii(src), limit / 1e6)
            return
        owner = self._uid(os.path.basename(src).rsplit("+", 3)[0])
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        try:
            shutil.copytree(
                *(src, dest),
                symlinks=True,
                ignore=ignored,
                copy_function=lambda file, copy: self._copy_owned(file, copy, owner),
            )
        except (OSError, shutil.Error) as error:
            self.log.error("NOT COLLECTED in full: %s: %s", ascii(src), error)
        if os.path.isdir(dest):
            self._tidy(src, dest)

    def _tidy(self, src, dest):
        """No link stays in what was copied, and no folder that we could not enter or remove again."""
        os.chmod(dest, 0o755)
        for folder, folders, files in os.walk(dest):  # it is ours now: nobody exchanges it while we look
            for path in (os.path.join(folder, name) for name in (*folders, *files)):
                if os.path.islink(path):
                    self.log.error("Left out: %s in %s is a symbolic link.", ascii(path), ascii(src))
                    os.unlink(path)
                elif os.path.isdir(path):
                    os.chmod(path, 0o755)

    def _copy_owned(self, file, copy, owner):
        """Copy one file, if it is the student's at the moment in which it is open."""
        try:
            source = os.open(file, _OPEN)
        except OSError as error:
            self.log.error("Left out: %s (%s).", ascii(file), error.strerror)
            return
        with open(source, "rb") as stream:
            state = os.fstat(source)
            if state.st_uid != owner or not stat.S_ISREG(state.st_mode):
                self.log.error(
                    "Left out: %s is no regular file of the student's (it belongs to %s).",
                    *(ascii(file), _name(state.st_uid)),
                )
                return
            with open(copy, "xb") as written:
                shutil.copyfileobj(stream, written)

    def _uid(self, student):
        return {"system": system_uid, "hashed": hashed_uid}[self.accounts](student)


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
