"""python3 -m course build: from course/notebooks/*.md to what learners, nbgrader and tests use.

notebooks/NN_name.ipynb                          what the learner opens: executed, no solutions
course/build/source/NN_name/NN_name.ipynb        nbgrader's source
course/build/release/NN_name/NN_name.ipynb       nbgrader's release: the learner's notebook without outputs
course/build/solved/NN_name.ipynb                with the solutions, executed; for tests
"""

import argparse
import copy
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from .outputs import ROOT, execute, settle, varies
from .release import release, with_checksums
from .source import BuildError, read_source

SOURCES, LEARNER, BUILD = ROOT / "course" / "notebooks", ROOT / "notebooks", ROOT / "course" / "build"


@dataclass
class Built:
    """One notebook in all its forms (nbformat nodes), and what running it took."""

    name: str
    source: object
    release: object
    tried: object = None  # the release as executed, before its outputs were settled
    learner: object = None
    solved: object = None
    seconds: dict = None  # of each run, by the clock


def build(path, run=True, earlier=None, known=None):
    """Build one source. With `run=False` nothing is executed, the executed forms stay None.

    `earlier`: the learner's notebook of the last build, or None. Raises BuildError.
    """
    name = Path(path).stem
    instructor = with_checksums(read_source(path, known))
    built = Built(name, instructor, release(copy.deepcopy(instructor), name), seconds={})
    if run:
        built.tried = _timed(built, "learner", built.release)
        built.learner = settle(copy.deepcopy(built.tried), name, earlier)
        built.solved = _timed(built, "solved", instructor)
    return built


def _timed(built, kind, notebook):
    start = time.perf_counter()
    executed = execute(copy.deepcopy(notebook), f"{built.name} ({kind})")
    built.seconds[kind] = time.perf_counter() - start
    return executed


def write(built, learner=None, folder=None):
    """Write all forms of one notebook, into notebooks/ and course/build/ if nothing else is said."""
    learner, folder = learner or LEARNER, folder or BUILD
    name = f"{built.name}.ipynb"
    _write(built.source, folder / "source" / built.name / name)
    _write(built.release, folder / "release" / built.name / name)
    if built.learner is not None:
        _write(built.learner, learner / name)
        _write(built.solved, folder / "solved" / name)


def text(notebook):
    """The notebook as it is written to a file: JSON with sorted keys."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def stale(built, learner=None):
    """What in the learner's notebook on disk is not as built: a list of sentences, empty if it is up to date.

    Text and metadata must be equal. Outputs must be of the same kinds, except in cells whose output
    varies: another version of a library draws other pictures.
    """
    path = (learner or LEARNER) / f"{built.name}.ipynb"
    if not path.exists():
        return [f"{path} does not exist"]
    old, new = nbformat.read(path, as_version=4), built.learner or built.release
    if len(old.cells) != len(new.cells):
        return [f"{path} has {len(old.cells)} cells, the source gives {len(new.cells)}"]
    faults = []
    for number, pair in enumerate(zip(old.cells, new.cells, strict=True), 1):
        if any(pair[0].get(key) != pair[1].get(key) for key in ("id", "cell_type", "source", "metadata")):
            faults.append(f"{path}: cell {number} is not what the source gives")
        elif built.learner is not None and not varies(pair[1]) and _kinds(pair[0]) != _kinds(pair[1]):
            faults.append(
                f"{path}: cell {number} shows {_kinds(pair[0])}, running it gives {_kinds(pair[1])}"
            )
    return faults


def sources(numbers=(), folder=None):
    """The sources of the notebooks with these numbers ("05" or "5"), or of all. Raises BuildError."""
    folder = folder or SOURCES
    paths = sorted(folder.glob("[0-9][0-9]_*.md"))
    wanted = {number.zfill(2) for number in numbers}
    missing = wanted - {path.name[:2] for path in paths}
    if missing:
        raise BuildError(f"no source {', '.join(sorted(missing))} in {folder}")
    return [path for path in paths if not wanted or path.name[:2] in wanted]


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course build", description=__doc__.split("\n")[0])
    parser.add_argument("numbers", nargs="*", help="notebooks to build, e.g. 01 05; all if none is given")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if notebooks/ is out of date"
    )
    parser.add_argument("--no-run", action="store_true", help="make nbgrader's source and release only")
    options = parser.parse_args(arguments)
    try:
        paths = sources(options.numbers)
        faults = [fault for i, path in enumerate(paths, 1) for fault in _one(path, i, len(paths), options)]
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _one(path, i, total, options):
    from backprop_lib.checks import exercises

    print(f"[{i}/{total}] {path.stem} … ", end="", flush=True)
    old = LEARNER / f"{path.stem}.ipynb"
    earlier = nbformat.read(old, as_version=4) if old.exists() else None
    built = build(path, not options.no_run, earlier, set(exercises()))
    took = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in built.seconds.items())
    print(f"{len(built.source.cells)} cells{', ' + took if took else ''}", flush=True)
    if options.check:
        return stale(built)
    write(built)
    return []


def _kinds(cell):
    return [sorted(output.get("data", {output.output_type: 0})) for output in cell.get("outputs", [])]


def _write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(notebook), encoding="utf-8", newline="\n")
