"""python3 -m course publish: make the folder, or fill the repository, that students get."""

import argparse
import hashlib
import json
import os
import stat
import sys
from pathlib import Path

from .build import SOURCES
from .grade.classroom import VARIABLE, ClassError, add_class_option, open_class
from .grade.records import write_whole
from .outputs import ROOT
from .overlay import Overlay, overlay_of
from .published import CHECKS, files, leaks
from .source import BuildError

MANIFEST = ".published.json"


def publish(folder, content, force=False):
    """Write `content` ({path: bytes}) into the folder. Returns (written, removed): lists of paths.

    What an earlier publish wrote and is gone now is removed. What somebody else wrote or changed in these
    places is not touched without `force`: ClassError says which files. All other files are left alone.
    """
    folder = Path(folder)
    before = _manifest(folder)
    now = {path: _hash(data) for path, data in content.items()}
    on_disk = {path: _hash_of(folder / path) for path in {*now, *before}}
    gone = [path for path in before if path not in now and on_disk[path] is not None]
    theirs = [path for path in now if on_disk[path] not in (None, now[path], before.get(path))]
    theirs += [path for path in gone if on_disk[path] != before[path]]
    if theirs and not force:
        raise ClassError(
            f"In {folder} these files are not as `publish` wrote them, and would be lost:\n"
            + "".join(f"    {path}\n" for path in sorted(theirs))
            + "Nothing was changed. Move them away, or overwrite them with --force."
        )
    written = sorted(path for path in now if on_disk[path] != now[path])
    # First a manifest of both, so that after a crash the next publish knows all that is ours
    _write_manifest(folder, before | {path: now[path] for path in written if path not in before})
    for path in written:
        _write(folder, path, content[path])
    for path in gone:
        _remove(folder, path)
    _write_manifest(folder, now)
    return written, sorted(gone)


def _manifest(folder):
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text("utf-8"))["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise ClassError(f"{path} cannot be read ({error}). Delete it, and publish with --force.") from error
    unsafe = [name for name in known if not _is_inside(folder, name)]
    if unsafe:
        raise ClassError(f"{path} names {unsafe[0]!r}, which is not in this folder. Delete the file.")
    return known


def _is_inside(folder, name):
    parts = Path(name).parts
    return bool(parts) and not Path(name).is_absolute() and ".." not in parts and parts[0] != ".git"


def _write_manifest(folder, hashes):
    note = "What `python3 -m course publish` wrote here, with SHA-256: the next one updates these files only."
    write_whole(
        folder / MANIFEST, json.dumps({"note": note, "files": hashes}, indent=1, sort_keys=True) + "\n"
    )


def _hash(data):
    return hashlib.sha256(data).hexdigest()


def _hash_of(path):
    """None if there is nothing; something that no hash is for a folder or a link."""
    if not os.path.lexists(path):
        return None
    return _hash(path.read_bytes()) if path.is_file() and not path.is_symlink() else "no file"


def _write(folder, name, data):
    path = folder / name
    if any(parent.is_symlink() for parent in path.parents if parent != folder and folder in parent.parents):
        raise ClassError(f"{path.parent} is a link: it would be written somewhere else. Remove the link.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    if path.is_dir():
        raise ClassError(f"{path} is a folder, and a file is to be written there. Move it away.")
    path.write_bytes(data)
    if path.name == "postBuild":
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _remove(folder, name):
    (folder / name).unlink()
    for parent in (folder / name).parents:
        if parent == folder or any(parent.iterdir()):
            break
        parent.rmdir()


def _refuse_place(folder, classroom):
    """Not into the course itself, nor where a class's secret and submissions lie."""
    for place, what in (
        (ROOT, "the course's own folder"),
        (classroom and classroom.folder, "the class's folder"),
    ):
        if place and (
            folder == place or folder in place.parents or place / "course" in (folder, *folder.parents)
        ):
            raise ClassError(f"{folder} is or holds {what}. Publish into another folder.")
    if classroom and classroom.folder in folder.parents:
        raise ClassError(f"{folder} lies in the class's folder. Publish into another folder.")
    if (folder / "course" / "source.py").exists():
        raise ClassError(
            f"{folder} holds a copy of the course with its solutions. Publish into another folder."
        )


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course publish", description=__doc__.split(": ", 1)[1])
    parser.add_argument(
        "target", metavar="FOLDER", help="made if it is not there; a git repository keeps its own"
    )
    parser.add_argument("--released", action="store_true", help="only the notebooks that the class has got")
    parser.add_argument("--force", action="store_true", help="overwrite files that somebody changed there")
    add_class_option(parser)
    options = parser.parse_args(arguments)
    try:
        _publish_class(options)
    except (ClassError, BuildError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _publish_class(options):
    has_class = options.folder or options.released or os.environ.get(VARIABLE)
    classroom = open_class(options.folder) if has_class else None
    overlay = overlay_of(classroom) if classroom else Overlay(SOURCES / "no overlay")
    folder = Path(options.target).expanduser().resolve()
    _refuse_place(folder, classroom)
    names = classroom.assignments() if options.released else list(overlay.sources)
    paths = [path for name, path in overlay.sources.items() if name in names]
    if not paths:
        raise ClassError("Nothing is released yet. First: python3 -m course release 05")
    content = files(paths, overlay)
    found = leaks(content, overlay.sources.values())
    if found:
        raise BuildError("Nothing was published, since solutions would be:\n    " + "\n    ".join(found))
    written, removed = publish(folder, content, options.force)
    print(
        f"{folder}: {len(paths)} notebooks, {len(content)} files, "
        f"{len(written)} written, {len(removed)} removed\n"
        f"No solution of the sources is in it. {CHECKS}/ holds the references that `check` compares with."
    )
