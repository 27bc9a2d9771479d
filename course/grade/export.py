"""python3 -m course export: the results of a class as CSV, for Canvas, for Moodle, or plain.

A result that is not there yet (the marking failed, something waits for the teacher) is an empty cell, never
0, and is listed. So is an absent student's, unless --absent-zero. A plain file has a row a student and
assignment, with the status in words and all that the points were made from; it begins with a byte order mark,
without which Excel does not read it as UTF-8.

In a plain file a text that a spreadsheet would take for a formula has an apostrophe before it (csvcells.py):
take one away and it is the text. An LMS would look for the id with its apostrophe, so there ids are written
exactly or, where that is not safe, not at all: such a student is listed, to be entered by hand.
"""

import argparse
import sys
from pathlib import Path

from .classroom import ClassError, add_class_option, open_class
from .csvcells import number, safe, table
from .lms import IDENTITIES, canvas, moodle
from .notices import notices
from .records import ABSENT, FAILED, MARKED, write_whole
from .remarks import plain
from .results import results

HEADINGS = (
    "student", "last name", "first name", "assignment", "status", "score", "max", "late seconds", "penalty",
    "final", "own score differs", "reason",
)  # fmt: skip


def plain_rows(found, absent_zero=False):
    """The rows of a plain file. found: {assignment: {student: Result}}."""
    rows = [list(HEADINGS)]
    for assignment, of in found.items():
        most = most_of(of)
        for each in of.values():
            zero = absent_zero and each.status == ABSENT
            rows.append([
                safe(each.student), safe(each.person.last_name), safe(each.person.first_name), assignment,
                each.status, "0" if zero else number(each.score), number(most), number(each.late_seconds),
                number(each.lost if each.score is not None else None), number(points_of(each, absent_zero)),
                "yes" if each.differs else "no", safe(reason(each)),
            ])  # fmt: skip
    return rows


def reason(result):
    """Why there is no score yet."""
    if result.status == MARKED:
        return ""
    waiting = [part.name for part in result.parts if part.score is None]
    failed = [f"{part.name}: {part.marks.sentence}" for part in result.parts if part.status == FAILED]
    return " ".join(failed) or ", ".join(waiting) or result.record.reason


def points_of(result, absent_zero=False):
    """What is entered for a student: points after the penalty, or None for an empty cell."""
    return 0.0 if absent_zero and result.status == ABSENT else result.final


def most_of(of):
    """The most points of an assignment, by today's release where the gradebook knows it; 0 if nobody is
    marked."""
    most = max((each.most for each in of.values()), default=0.0)
    return next((each.full for each in of.values() if each.full is not None), most) if most else 0.0


def lms_columns(found, absent_zero=False):
    """(people, columns) as lms.py takes them."""
    people = {each.student: each.person for of in found.values() for each in of.values()}
    columns = []
    for assignment, of in found.items():
        scores = {name: points_of(of[name], absent_zero) if name in of else None for name in people}
        columns.append((assignment, most_of(of), scores))
    return sorted(people.values(), key=lambda person: (person.sorted_name, person.id)), columns


def missing(found, absent_zero=False):
    """Sentences on what is empty in the file, and where an earlier attempt stands in for one that failed."""
    lines = []
    for assignment, of in found.items():
        waiting = [each for each in of.values() if each.status not in (MARKED, ABSENT)]
        absent = [each for each in of.values() if each.status == ABSENT]
        if waiting:
            names = ", ".join(f"{plain(each.student)} ({each.status})" for each in waiting)
            lines.append(f"{assignment}: {len(waiting)} without a score, left empty: {names}")
        if absent:
            what = "0 (--absent-zero)" if absent_zero else "left empty"
            names = ", ".join(plain(each.student) for each in absent)
            lines.append(f"{assignment}: {len(absent)} absent, {what}: {names}")
        instead = [each for each in of.values() if each.counted is not each.record]
        instead = [plain(each.student) for each in instead if each.record.status == FAILED]
        if instead:
            lines.append(
                f"{assignment}: {len(instead)} whose last attempt failed, an earlier one counts: "
                + ", ".join(instead)
            )
    return lines


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course export", description=__doc__.split("\n")[0])
    parser.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", help="e.g. 05 06; all if none is given"
    )
    kind = parser.add_mutually_exclusive_group(required=True)
    for name in ("canvas", "moodle", "csv"):
        kind.add_argument(f"--{name}", dest="kind", action="store_const", const=name)
    parser.add_argument("--out", metavar="FILE", help="instead of CLASS/exports/…")
    parser.add_argument("--absent-zero", action="store_true", help="0 for who handed nothing in")
    parser.add_argument("--roster", metavar="FILE", help="Canvas: its exported gradebook, for exact ids")
    parser.add_argument(
        "--identify", choices=IDENTITIES, default="username", help="Moodle: how students are found"
    )
    add_class_option(parser)
    options = parser.parse_args(arguments)
    try:
        _export(open_class(options.folder), options)
    except (ClassError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _export(classroom, options):
    names = [classroom.assignment(number) for number in options.assignments] or classroom.assignments()
    found = {name: results(classroom, name) for name in dict.fromkeys(names)}
    if not options.assignments:
        found = {name: of for name, of in found.items() if most_of(of)}
    empty = [name for name, of in found.items() if not most_of(of)]
    if empty or not found:
        what = f"{empty[0]} is not marked yet" if empty else "Nothing is marked yet"
        number = empty[0][:2] if empty else "NUMBER"
        raise ClassError(f"{what}: there are no records. Mark: python3 -m course grade {number}")
    rows, left = _rows(classroom, found, options)
    suffix = f"-{'-'.join(name[:2] for name in found)}" if options.assignments else ""
    out = Path(options.out) if options.out else classroom.folder / "exports" / f"{options.kind}{suffix}.csv"
    write_whole(out, ("\ufeff" if options.kind == "csv" else "") + table(rows))
    odd = [line for name, of in found.items() for line in notices(classroom, name, of)]
    for line in [*missing(found, options.absent_zero), *odd]:
        print(plain(line, 1000), file=sys.stderr)
    if left:
        said = (plain(line, 1000) for line in left)
        print(f"{len(left)} not in the file, enter them by hand:", *said, sep="\n  ", file=sys.stderr)
    print(f"{len(rows) - (2 if options.kind == 'canvas' else 1)} rows in {out}")


def _rows(classroom, found, options):
    if options.kind == "csv":
        return plain_rows(found, options.absent_zero), []
    people, columns = lms_columns(found, options.absent_zero)
    if options.kind == "moodle":
        return moodle(people, columns, options.identify)
    try:
        roster = Path(options.roster).read_text("utf-8-sig") if options.roster else None
    except (OSError, UnicodeDecodeError) as error:
        raise ClassError(f"The roster cannot be read: {error}") from error
    return canvas(people, columns, classroom.settings, roster)
