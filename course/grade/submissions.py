"""Which bytes of a submission's folder are read: those of one notebook, and only of a regular file.

The folder is the student's. It is opened without following a symbolic link at any place, a pipe or a device
in it is never read, and what is looked at is bounded. Every other file is named to the teacher and not used.
"""

import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from difflib import SequenceMatcher

from .remarks import Remark, listed, plain

MAX_FILE = 64 * 2**20  # bytes; of a longer file the first three quarters and the last are read
MAX_ENTRIES, MAX_DEPTH, MAX_CANDIDATES = 2_000, 3, 8

_CHECKPOINTS = ".ipynb_checkpoints"
_SILENT = {"timestamp.txt", ".DS_Store", "Thumbs.db", "desktop.ini"}  # nbgrader's own, and the systems'
_SHADOWED = sys.stdlib_module_names | {
    *("backprop_lib", "ipykernel", "ipykernel_launcher", "IPython", "jupyter_client", "numpy", "nbgrader"),
    *("matplotlib", "PIL", "ipywidgets", "anywidget", "tqdm", "traitlets", "tornado", "zmq", "course"),
    *("sitecustomize", "usercustomize", "comm", "debugpy", "psutil", "nest_asyncio", "conftest"),
}
_DIRECTORY = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class Candidate:
    """A notebook that was found: its place in the folder, and its first MAX_FILE bytes or fewer."""

    place: str
    data: bytes
    remarks: tuple = ()
    expected: bool = False  # it has the release's file name, in the folder itself
    checkpoint: bool = False  # Jupyter's backup of the last save


def collect(path, name=None):
    """(candidates, remarks) of a submission: a folder or a file; the most likely notebook comes first.

    `name` is the notebook's file name in the release, with or without ".ipynb". Never raises for what a
    student can put there.
    """
    path, wanted = os.fspath(path), _file_name(name)
    try:
        kind = os.lstat(path).st_mode
    except (OSError, ValueError):
        return [], [Remark("no-submission", "There is no submission: the folder does not exist.")]
    if stat.S_ISLNK(kind):
        return [], [Remark("symlink", "The submission is a symbolic link. It was not followed.")]
    try:
        if stat.S_ISDIR(kind):
            folder = os.open(path, _DIRECTORY)
            try:
                return _of_folder(folder, wanted)
            finally:
                os.close(folder)
        data, remarks = _bytes(path, os.path.basename(path), None)
    except OSError as error:
        return [], [Remark("unreadable", f"The submission cannot be read ({error.strerror}).")]
    if data is None:
        return [], remarks
    return [Candidate(plain(os.path.basename(path)), data, tuple(remarks), expected=True)], []


def _of_folder(folder, wanted):
    entries, remarks = _Entries(), []
    entries.add(folder, "", 0)
    remarks += entries.remarks()
    places = sorted(entries.notebooks, key=lambda place: _likelihood(place, wanted))
    candidates = []
    for place in places[:MAX_CANDIDATES]:
        data, said = _opened(folder, place)
        if data is None:
            remarks += said
            continue
        shown, backup = plain("/".join(place)), _CHECKPOINTS in place
        candidates.append(Candidate(shown, data, tuple(said), place == (wanted,), backup))
    if not places and not entries.links:
        what = "The folder has no notebook." if entries.seen else "The folder is empty."
        remarks.insert(0, Remark("no-notebook", what))
    return candidates, remarks


class _Entries:
    """What is in a folder, sorted into what may be read and what is only named."""

    def __init__(self):
        self.seen, self.notebooks, self.links, self.odd, self.shadows, self.others = 0, [], [], [], [], []
        self.unread, self.full = [], False

    def add(self, folder, where, depth, place=()):
        try:
            with os.scandir(folder) as found:
                for entry in found:
                    if self.seen >= MAX_ENTRIES:
                        self.full = True
                        return
                    if entry.name not in _SILENT:
                        self.seen += 1
                        self._sort(folder, entry, where + entry.name, depth, (*place, entry.name))
        except OSError:
            self.unread.append(where or "the folder")

    def _sort(self, folder, entry, shown, depth, place):
        if entry.is_symlink():
            self.links.append(shown)
        elif entry.is_dir(follow_symlinks=False):
            if entry.name.split(".")[0] in _SHADOWED:
                self.shadows.append(shown + "/")
            elif depth < MAX_DEPTH:
                self._enter(folder, entry, shown, depth, place)
        elif not entry.is_file(follow_symlinks=False):
            self.odd.append(shown)
        elif entry.name.lower().endswith(".ipynb"):
            self.notebooks.append(place)
        elif entry.name.split(".")[0] in _SHADOWED and entry.name.endswith((".py", ".pyc", ".so", ".pyd")):
            self.shadows.append(shown)
        else:
            self.others.append(shown)

    def _enter(self, folder, entry, shown, depth, place):
        try:
            inner = os.open(entry.name, _DIRECTORY, dir_fd=folder)
        except OSError:
            self.unread.append(shown + "/")
            return
        try:
            self.add(inner, shown + "/", depth + 1, place)
        finally:
            os.close(inner)

    def remarks(self):
        said = []
        for code, names, sentence in (
            ("symlink", self.links, "Symbolic links are not followed, so this was not read: {}."),
            ("not-a-file", self.odd, "Neither a file nor a folder (a pipe, a device), not read: {}."),
            ("unreadable", self.unread, "Cannot be opened by the grader: {}."),
            (
                "shadows-module",
                self.shadows,
                "Has the name of a Python module and would take its place; it was left out: {}.",
            ),
            ("other-files", self.others, "Only the notebook is marked; not used: {}."),
        ):
            if names:
                said.append(Remark(code, sentence.format(listed(sorted(names)))))
        if self.full:
            sentence = f"The folder has over {MAX_ENTRIES} files; the rest was not looked at."
            said.append(Remark("too-many-files", sentence))
        return said


def _likelihood(place, wanted):
    """Sorts by: the release's name in the folder itself, no backup, not deep, like the release's name."""
    alike = SequenceMatcher(None, place[-1][:200], wanted).ratio() if wanted else 0.0
    return place != (wanted,), _CHECKPOINTS in place, len(place), -alike, place


def _opened(folder, place):
    """Open a file below `folder`, each step without following a link."""
    opened = []
    try:
        for part in place[:-1]:
            opened.append(os.open(part, _DIRECTORY, dir_fd=opened[-1] if opened else folder))
        return _bytes(place[-1], "/".join(place), opened[-1] if opened else folder)
    except OSError as error:
        return None, [Remark("unreadable", f"{plain('/'.join(place))} cannot be read ({error.strerror}).")]
    finally:
        for each in opened:
            os.close(each)


def _bytes(name, shown, folder):
    """(bytes or None, remarks) of one file. A file that is no regular one when it is open is not read."""
    file = os.open(name, _FILE, dir_fd=folder)
    with open(file, "rb", buffering=0) as stream:
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode):
            return None, [Remark("not-a-file", f"{plain(shown)} is not a regular file. It was not read.")]
        if state.st_size <= MAX_FILE:
            return _read(stream, MAX_FILE), []
        head = _read(stream, MAX_FILE * 3 // 4)
        stream.seek(state.st_size - MAX_FILE // 4)
        return head + _read(stream, MAX_FILE // 4), [too_large(state.st_size, shown)]


def too_large(size, shown="The file"):
    """The remark on a file of which only the two ends are read."""
    return Remark(
        "too-large",
        f"{plain(shown)} has {size / 2**20:,.0f} MB, over {MAX_FILE / 2**20:.0f}: its beginning and its end "
        "were read, the middle was not.",
    )


def _read(stream, most):
    parts = []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _file_name(name):
    return None if name is None else name if name.endswith(".ipynb") else f"{name}.ipynb"


def content_of(collected):
    """A hash of what `collect` returned: the same for the same submission."""
    candidates, remarks = collected
    parts = [part for each in candidates for part in (each.place, each.data)]
    return hash_of(*parts, *(str(remark) for remark in remarks))


def hash_of(*parts):
    """A hash of texts and bytes, each with its length."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()
