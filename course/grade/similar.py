"""python3 -m course similar 05: which submissions are suspiciously alike: a list to look at, no verdict.

Compared is the structure of the answers (normalising.py), weighed by how rare it is in the class (alike.py),
and unusual comments, strings, names and outputs that two students have word for word. Long answers that are
the published solution are a list of their own (copied.py). There are innocent reasons for all of it: a pair
that was asked to work together, one book, one tutor, one assistant.
"""

import argparse
import ast
import sys
from functools import cache
from pathlib import Path

import nbformat

import backprop_lib

from . import records
from .alike import LEAST, OWN, alike
from .classroom import ClassError, add_class_option, open_class
from .copied import as_published
from .csvcells import safe, table
from .pagetext import environment, plain_text
from .records import write_whole
from .remarks import spoken

EXCERPTS, LINES = 3, 60  # exercises shown of a pair, lines of an answer
KINDS = {"comment": "the same comment", "text": "the same string", "name": "the same name",
         "output": "the same output"}  # fmt: skip


def compare(classroom, assignment, top=20, least=LEAST):
    """(pairs, answers, how many submissions) of an assignment. Raises ClassError if nothing is marked."""
    found = records.load_all(classroom.folder, assignment)
    answers = {student: _code(record) for student, record in found.items() if record.answers}
    if len(answers) < 2:
        raise ClassError(
            f"{assignment}: {len(answers)} marked submissions, and two are needed. "
            f"Mark: python3 -m course grade {assignment[:2]}"
        )
    outputs = {student: _printed(record) for student, record in found.items()}
    common = [*_given(classroom, assignment), *_library()]
    return alike(answers, common, outputs, top, least), answers, len(answers)


def _code(record):
    """All code of a submission: an answer may lean on a cell of the student's own."""
    return record.answers | ({OWN: record.own} if record.own.strip() else {})


def published(classroom, assignment, answers):
    """{student: exercises whose answer is the published solution} of an assignment."""
    paths = (classroom.folder / kind / assignment / f"{assignment}.ipynb" for kind in ("release", "source"))
    release, source = (nbformat.read(path, as_version=4) if path.is_file() else None for path in paths)
    return as_published(answers, release, source) if release and source else {}


def _printed(record):
    reports = [marks.report for marks in record.exercises if marks.report]
    return {report["printed"] for report in reports}


def _given(classroom, assignment):
    """What everybody was given, and the solutions: the code of release and source."""
    texts = []
    for kind in ("release", "source"):
        path = classroom.folder / kind / assignment / f"{assignment}.ipynb"
        if path.is_file():
            texts += [cell.source for cell in nbformat.read(path, as_version=4).cells]
    return [text for text in texts if text.strip()]


@cache
def _library():
    """The code of every function and class of the course's package, so also the library's version."""
    texts = []
    for path in sorted(Path(backprop_lib.__file__).parent.rglob("*.py")):
        text = path.read_text("utf-8")
        nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        texts += [ast.unparse(node) for node in nodes]
    return tuple(texts)


def report(pairs, answers, number, assignment, copied=None):
    """The page, as HTML. copied: of `published`."""
    template = environment().get_template("similar.html")
    shown = [_shown(place, pair, answers) for place, pair in enumerate(pairs, 1)]
    return template.render(assignment=assignment, number=number, pairs=shown, copied=copied or {})


def _shown(place, pair, answers):
    excerpts = []
    for exercise in list(pair.exercises)[:EXCERPTS]:
        texts = [answers[student].get(exercise, "") for student in pair.students]
        sides = zip(pair.students, texts, pair.lines[exercise], strict=True)
        excerpts.append((exercise, [(student, _lines(text, lines)) for student, text, lines in sides]))
    return {
        "place": place,
        "students": pair.students,
        "bits": f"{pair.bits:.0f}",
        "share": f"{100 * pair.share:.0f}",
        "exercises": [(name, f"{bits:.0f}") for name, bits in pair.exercises.items()],
        "words": [(KINDS[kind], text) for kind, text in pair.words[:8]],
        "excerpts": excerpts,
    }


def _lines(text, alike_lines):
    """[(is it alike, line)]: the beginning of an answer."""
    lines = plain_text(text, lines=LINES, line=200).split("\n")
    return [(number in alike_lines, line) for number, line in enumerate(lines, 1)]


def rows(pairs, copied=None):
    """The same as rows of a CSV file."""
    made = [["place", "student", "student", "bits", "shared percent", "exercises", "in the same words"]]
    for place, pair in enumerate(pairs, 1):
        words = "; ".join(f"{KINDS[kind]}: {text[:80]}" for kind, text in pair.words[:8])
        first, second = pair.students
        share = f"{100 * pair.share:.0f}"
        made.append(
            [
                place,
                safe(first),
                safe(second),
                f"{pair.bits:.0f}",
                share,
                " ".join(pair.exercises),
                safe(words),
            ]
        )
    for student, exercises in (copied or {}).items():
        made.append(["", safe(student), "the published solution", "", "", " ".join(exercises), ""])
    return made


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course similar", description=__doc__.split("\n")[0])
    parser.add_argument("assignment", metavar="ASSIGNMENT", help="for example 05")
    parser.add_argument("--top", type=int, default=20, help="how many pairs at most (default: 20)")
    parser.add_argument("--least", type=float, default=LEAST, help=f"bits (default: {LEAST:g})")
    add_class_option(parser)
    options = parser.parse_args(arguments)
    try:
        classroom = open_class(options.folder)
        assignment = classroom.assignment(options.assignment)
        pairs, answers, number = compare(classroom, assignment, max(0, options.top), options.least)
        copied = published(classroom, assignment, answers)
    except (ClassError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    out = classroom.folder / "exports" / f"similar-{assignment}.html"
    write_whole(out, report(pairs, answers, number, assignment, copied))
    write_whole(out.with_suffix(".csv"), "\ufeff" + table(rows(pairs, copied)))
    every = number * (number - 1) // 2
    print(f"{len(pairs)} of {every} pairs to look at, in {out} and {out.with_suffix('.csv').name}")
    if copied:
        print(f"{len(copied)} with a long answer that is the published solution: {spoken(copied)}")
    return 0
