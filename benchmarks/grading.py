"""`python -m benchmarks.grading`: seconds a notebook, beside plain `nbgrader autograde`.

The same submissions in the same run: half are right, a quarter is partly right, a quarter untouched. Plain
nbgrader runs each notebook once, in no sandbox; ours runs it once in a sandbox and marks each exercise again.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from course.build import build, sources
from course.source import exercise_of

ROOT = Path(__file__).resolve().parent.parent
PLAIN = "c = get_config()\nc.CourseDirectory.course_id = 'plain'\n"
STAMP = "2026-01-10 10:00:00 UTC"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__.split("\n")[0])
    parser.add_argument("--notebook", default="05")
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument(
        "--db", nargs="*", default=[""], help="gradebooks: '' is SQLite, else an empty one's URL"
    )
    parser.add_argument("--no-plain", action="store_true", help="leave nbgrader's own run out")
    options = parser.parse_args(arguments)
    built = build(sources([options.notebook])[0], run=False)
    kinds = _kinds(built)
    with tempfile.TemporaryDirectory() as folder:
        plain = None if options.no_plain else _plain(Path(folder) / "plain", built, kinds, options.students)
        if plain:
            print(f"nbgrader autograde             {plain:6.2f} s a notebook", flush=True)
        for db in options.db:
            for workers in options.workers:
                took = _ours(Path(folder) / f"ours{workers}{bool(db)}", built, kinds, options, workers, db)
                ratio = f"  × {took / plain:.2f}" if plain else ""
                where = "PostgreSQL" if db else "SQLite"
                print(
                    f"course grade, {workers} workers, {where:<10} {took:5.2f} s a notebook{ratio}",
                    flush=True,
                )
    return 0


def _kinds(built):
    """Right, right, partly right (the first exercise's answer is missing), untouched."""
    part = built.source.copy()
    part.cells = [cell.copy() for cell in built.source.cells]
    names = [exercise_of(cell)[1] for cell in built.release.cells if exercise_of(cell)[0] == "answer"]
    for i, cell in enumerate(built.release.cells):
        if exercise_of(cell) == ("answer", names[0]):
            part.cells[i] = cell
    return [built.source, built.source, part, built.release]


def _submit(folder, built, kinds, students):
    for i in range(students):
        place = folder / "submitted" / f"student{i:04}" / built.name
        place.mkdir(parents=True)
        nbformat.write(kinds[i % len(kinds)], place / f"{built.name}.ipynb")
        (place / "timestamp.txt").write_text(STAMP)


def _timed(command, folder):
    started = time.perf_counter()
    ended = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{command} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
    return time.perf_counter() - started


def _plain(folder, built, kinds, students):
    source = folder / "source" / built.name / f"{built.name}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(built.source, source)
    (folder / "nbgrader_config.py").write_text(PLAIN)
    shutil.copytree(ROOT / "backprop_lib", folder / "backprop_lib")
    nbgrader = [sys.executable, "-m", "nbgrader"]
    _timed([*nbgrader, "generate_assignment", built.name], folder)
    _submit(folder, built, kinds, students)
    return _timed([*nbgrader, "autograde", built.name], folder) / students


def _ours(folder, built, kinds, options, workers, db):
    course = [sys.executable, "-m", "course"]
    _timed([*course, "new", folder, *(["--db", db] if db else [])], ROOT)
    _timed([*course, "release", options.notebook, "--class", folder], ROOT)
    _submit(folder, built, kinds, options.students)
    command = [*course, "grade", options.notebook, "--class", folder, "--workers", workers]
    return _timed(command, ROOT) / options.students


if __name__ == "__main__":
    sys.exit(main())
