"""python -m course grade 05: mark the submissions of an assignment.

Who has submitted is marked, in a sandbox, with fresh inputs, on all cores. What was marked already is not
marked again unless the submission, the release or the course's code changed. Stop it at any time with Ctrl+C
and give the same command again to go on.
"""

import argparse
import sys
from contextlib import suppress

from tqdm import tqdm

from . import sandbox
from .classroom import ClassError, add_class_option, open_class
from .crew import crew
from .grading import counts, grade
from .limits import limits_of
from .table import differences, table


def main(arguments=None):
    """The command. Returns the exit code: 0, 1 for an error, 3 if some could not be marked."""
    options = _parser().parse_args(arguments)
    try:
        classroom = open_class(options.folder)
        assignments = [classroom.assignment(number) for number in options.numbers]
        sandbox.require() if not options.scheduler else None
        codes = [_one(classroom, assignment, options) for assignment in assignments]
    except (ClassError, sandbox.SandboxMissing) as error:
        print(error, file=sys.stderr)
        return 1
    return max(codes)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m course grade",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("numbers", nargs="+", help="assignments, e.g. 05")
    parser.add_argument(
        "--student", action="append", metavar="ID", help="only this one (may be given several times)"
    )
    parser.add_argument("--workers", type=int, help="processes (default: one a core; 0: none)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a running Dask scheduler, e.g. tcp://grader:8786"
    )
    parser.add_argument("--retry", action="store_true", help="mark those again whose marking failed")
    parser.add_argument("--all", action="store_true", help="list every student at the end")
    add_class_option(parser)
    return parser


def _one(classroom, assignment, options):
    limits = limits_of(classroom.settings)
    workers = options.workers if options.workers is not None else classroom.settings.get("workers")
    bar = tqdm(desc=assignment, unit="student", file=sys.stderr, disable=None, leave=False)

    def show(done, of, student):
        bar.total, bar.n = of, done
        bar.set_postfix_str(student[:30], refresh=True)

    with bar, crew(workers, options.scheduler) as team, suppress(BrokenPipeError):
        outcome = grade(classroom, assignment, options.student, team, options.retry, show, **limits)
    say(outcome, assignment, options)
    if outcome.stopped:
        print("Stopped. What is marked is kept; give the same command again to go on.", file=sys.stderr)
        return 130
    return 3 if outcome.failed() else 0


def say(outcome, assignment, options):
    """Print what was found."""
    found = counts(outcome)
    print(
        f"{assignment}: {outcome.marked} marked now, {outcome.kept} before, "
        f"{found['failed']} of these failed, {found['absent']} absent"
    )
    if options.all:
        print(table(outcome.records.values()))
    for line in differences(outcome.records.values()):
        print(line)
    if number := sum(any(each["answered"] for each in one.written) for one in outcome.records.values()):
        rubric = f"python -m course rubrics {assignment[:2]}"
        print(f"{number} wrote an answer that is marked by hand, in the formgrader. Its rubric: {rubric}")
