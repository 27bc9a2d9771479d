"""python3 -m course grade 05: mark the submissions of an assignment.

Who has submitted is marked, in a sandbox, with fresh inputs, on all cores. What was marked already is not
marked again unless the submission, the release or the course's code changed. Stop it at any time with Ctrl+C
and give the same command again to go on.
"""

import argparse
import sys
from contextlib import suppress

from tqdm import tqdm

from . import sandbox
from .classroom import KEY, ClassError, add_class_option, open_class
from .crew import crew
from .grading import counts, grade
from .limits import limits_of
from .remarks import plain, spoken
from .results import BY_HAND, results
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
        prog="python3 -m course grade",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("numbers", nargs="+", help="assignments, e.g. 05")
    parser.add_argument(
        "--student", action="extend", nargs="+", metavar="ID", help="only these, after the assignments"
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
        bar.set_postfix_str(plain(student, 30), refresh=True)

    with bar, crew(workers, options.scheduler) as team, suppress(BrokenPipeError):
        outcome = grade(classroom, assignment, options.student, team, options.retry, show, **limits)
    say(outcome, assignment, options)
    warn(classroom, assignment)
    if outcome.stopped:
        print("Stopped. What is marked is kept; give the same command again to go on.", file=sys.stderr)
        return 130
    return 3 if outcome.failed() or outcome.refused else 0


def say(outcome, assignment, options):
    """Print what was found."""
    found = counts(outcome)
    print(
        f"{assignment}: {outcome.marked} marked now, {outcome.kept} before, "
        f"{found['failed']} of these failed, {outcome.absent} absent"
    )
    if options.all:
        print(table(outcome.records.values()))
    if outcome.strangers:
        names = spoken(outcome.strangers)
        print(f"Handed in by who was not in the gradebook's list, and is now: {names}")
    for new, old in outcome.alike:
        print(f"{plain(new)} and {plain(old)} differ in the case of letters only: is it one student?")
    if outcome.gone:
        print(f"Marked before, and not in submitted/ any more: {spoken(outcome.gone)}")
    for sentence in outcome.refused:
        print(sentence)
    for line in differences(outcome.records.values()):
        print(line)


def warn(classroom, assignment):
    """Print what waits for the teacher, and what is odd about the class."""
    found = results(classroom, assignment).values()
    if waiting := [each.student for each in found if each.status == BY_HAND]:
        rubric = f"python3 -m course rubrics {assignment[:2]}"
        names = spoken(waiting)
        print(f"{len(waiting)} wait for your hand, in the formgrader (rubric: {rubric}): {names}")
    if classroom.key is None:
        why = "so others can find out which inputs are drawn. Put your copy back."
        print(f"{classroom.folder / KEY} is missing, {why}", file=sys.stderr)
