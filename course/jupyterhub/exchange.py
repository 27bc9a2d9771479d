"""Collecting only what belongs to the student whose name it has.

Everybody may write into nbgrader's inbound folder, and a submission's name says whose it is. nbgrader 0.9.6
compares that with the owner of the folder, warns, and collects it all the same; and it copies as the teacher,
through symbolic links: a link to the class's source would be handed in as the student's own work. Here what
belongs to another, or is no regular file, stays where it is, and the teacher is told.
"""

import hashlib
import os
import pwd
import shutil
import stat

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns
from traitlets import Enum

FIRST_UID = 2**20
_OPEN = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


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
        record = super()._path_to_record(path)
        student, found = record["username"], os.lstat(path)
        if found.st_uid == self._uid(student) and stat.S_ISDIR(found.st_mode):
            return record
        self.log.error(
            "NOT COLLECTED: %s claims to be %s's, and it is not a folder that %s owns (owner: %s). "
            "Somebody else put it there.",
            *(path, student, student, _name(found.st_uid)),
        )
        return record | {"username": None}

    def init_src(self):
        """Find the newest submission of each student that is their own."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"] is not None]

    def do_copy(self, src, dest, log=None):
        """Copy a submission: the student's own regular files, links as links."""
        limit = 1000 * self.coursedir.max_dir_size
        if self.get_size(src) > limit:
            self.log.error("NOT COLLECTED: %s is larger than %d MB (max_dir_size).", src, limit / 1e6)
            return
        owner = self._uid(os.path.basename(src).rsplit("+", 3)[0])
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        shutil.copytree(
            *(src, dest),
            symlinks=True,
            ignore=ignored,
            copy_function=lambda file, copy: self._copy_owned(file, copy, owner),
        )

    def _copy_owned(self, file, copy, owner):
        """Copy one file, if it is the student's at the moment in which it is open."""
        try:
            source = os.open(file, _OPEN)
        except OSError as error:
            self.log.error("Left out of the submission: %s (%s).", file, error.strerror)
            return
        with open(source, "rb") as stream:
            state = os.fstat(source)
            if state.st_uid != owner or not stat.S_ISREG(state.st_mode):
                self.log.error("Left out of the submission: %s belongs to %s.", file, _name(state.st_uid))
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
