"""python3 -m course feedback 05: a page for each student, where nbgrader's release_feedback looks for it.

nbgrader copies CLASS/feedback/STUDENT/ASSIGNMENT/*.html into the exchange under a name that is a hash of the
submission's secret and of the file's name, and a student's fetch_feedback looks for that hash, made from the
student's own copy of the secret and the name of the notebook. So beside the page lie the submission's
`submission_secret.txt` and `timestamp.txt`, as nbgrader's own converters leave them, and a notebook that was
handed in under another name has its page under that name, too.
"""

import argparse
import os
import re
import secrets
import stat
import sys
from functools import cache
from urllib.parse import quote

import nbformat

from backprop_lib.checks import exercise as find
from backprop_lib.checks.library import UnknownExercise
from backprop_lib.checks.report import NOT_ATTEMPTED, RIGHT, WRONG
from course.source import exercise_of

from .classroom import ClassError, add_class_option, open_class
from .lateness import late_policy
from .notices import notices
from .pagetext import environment, points
from .records import ABSENT, FAILED, write_whole
from .remarks import spoken
from .results import BY_HAND, NOT_MARKED, results
from .wording import GLYPHS, WAITS, counted, duration, failure, notes

SECRET, STAMP = "submission_secret.txt", "timestamp.txt"
NO_NOTEBOOK = "no notebook"  # the reason of `Marks` that all checked exercises then have
NO_SECRET = "it did not come through the exchange, which gives each submission a secret"
LOOKS = {RIGHT: "right", WRONG: "open", NOT_ATTEMPTED: ""}
_OPEN = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Places:
    """Of an assignment's release: its title, and for each exercise the section that it stands in."""

    def __init__(self, notebook, name):
        self.title, self.sections, self.cells, self.file = name, {}, {}, f"{name}.ipynb"
        headings = []
        for cell in notebook.cells:
            _, exercise = exercise_of(cell)
            if exercise:
                self.sections.setdefault(exercise, _plain_heading(headings[-1]) if headings else self.title)
                self.cells[cell.get("id")] = exercise
            elif cell.cell_type == "markdown":
                headings += re.findall(r"^#{1,4} +(.+?) *$", cell.source, re.MULTILINE)
                self.title = _plain_heading(headings[0]) if headings else name

    def of(self, exercise):
        """Section, file and link, from where `fetch_feedback` puts the page: ASSIGNMENT/feedback/TIME/."""
        section = self.sections.get(exercise)
        if section is None:
            return None
        anchor = quote(section.replace(" ", "-"), safe=",.:()'!*-")
        return {"section": section, "file": self.file, "link": f"../../{quote(self.file)}#{anchor}"}


def _plain_heading(text):
    return re.sub(r"[`*$\\{}]", "", text)


def places_of(classroom, assignment):
    """The `Places` of a released assignment. Raises ClassError."""
    path = classroom.folder / "release" / assignment / f"{assignment}.ipynb"
    if not path.is_file():
        raise ClassError(f"{path} is missing. Release it: python3 -m course release {assignment[:2]}")
    return Places(nbformat.read(path, as_version=4), assignment)


def page(result, places, late=None):
    """The page of one student's `Result`, as HTML."""
    record = result.counted
    parts = [_shown(number, part, record, places) for number, part in enumerate(result.parts, 1)]
    titles = {part.name: shown["title"] for part, shown in zip(result.parts, parts, strict=True)}
    cells = {cell: titles[name] for cell, name in places.cells.items() if name in titles}
    return _template().render(
        title=places.title,
        name=result.person.name if result.person else result.student,
        submitted=_time(record.submitted),
        total=_total(result, late),
        parts=parts,
        notes=notes(record, cells),
    )


@cache
def _template():
    return environment().get_template("feedback.html")


def _time(text):
    return f"{text[:10]} {text[11:16]} UTC" if text else ""


def _total(result, late):
    waiting = [part for part in result.parts if part.score is None]
    open_points = sum(part.points for part in waiting)
    got, most = result.so_far - result.lost, result.most
    sentences = []
    if waiting:
        how_many = f"{len(waiting)} of {len(result.parts)} parts"
        has = "has" if len(waiting) == 1 else "have"
        sentences.append(
            f"{how_many} {has} no points yet ({points(open_points)} of {points(most)} are still open)."
        )
    unreadable = (part.marks for part in result.parts if part.marks and part.marks.reason == NO_NOTEBOOK)
    sentences += failure(first) if (first := next(unreadable, None)) else []
    sentences += _lateness(result, late)
    if result.counted is not result.record:
        sentences.append("This is an earlier attempt of yours: it has the most points, so it counts.")
    nothing = result.score is None and not result.so_far  # a 0 here would be read as one
    share = 100 / most if most else 0
    reached, open_share = max(0, min(100, got * share)), min(100, open_points * share)
    failed = result.status == FAILED
    if nothing:
        heading = "Could not be marked" if failed else "Not marked yet"
    else:
        heading = "So far" if waiting else "Your points"
    return {
        "heading": heading,
        "number": "" if nothing else f"{points(got)} of {points(most)}",
        "bar": f"{points(got)} of {points(most)} points reached, {points(open_points)} not marked yet",
        "reached": f"{reached:.1f}",
        "waiting": f"{min(open_share, 100 - reached):.1f}",
        "sentences": sentences,
        "look": "wait" if waiting else "late" if result.lost else "",
    }


def _lateness(result, late):
    if not result.late_seconds:
        return []
    how_late = f"It came {duration(result.late_seconds)} after the due date."
    if not result.lost:
        return [f"{how_late} No points are taken off for it."]
    percent = f" ({points(100 * late.share(result.late_seconds))} %)" if late else ""
    return [f"{how_late} For this {counted(result.lost, 'point')}{percent} of those reached are taken off."]


def _shown(number, part, record, places):
    title, hints = _title_and_hints(part)
    shown = {
        "anchor": f"part-{number}", "name": part.name, "title": title, "comment": part.comment,
        "points": f"{WAITS if part.score is None else points(part.score)} of {counted(part.points, 'point')}",
        "place": places.of(part.name), "sentences": [], "table": [], "pieces": [], "hint": "", "printed": "",
        "answer": record.answers.get(part.name, ""),
    }  # fmt: skip
    _state_of_written(shown, part) if part.marks is None else _state_of_checked(shown, part, hints)
    if part.extra:
        shown["sentences"].append(f"Your teacher gives {counted(part.extra, 'extra point')} for this.")
    return shown


def _title_and_hints(part):
    try:
        exercise = find(part.name)
        title, hints = exercise.title, exercise.hints
    except (UnknownExercise, ValueError):
        title, hints = "", ()
    report = part.marks.report if part.marks is not None else None
    title = (report or {}).get("title") or title
    return title or part.name.partition(".")[2].replace("_", " ").capitalize(), hints


def _state_of_written(shown, part):
    glyph, state, look = "✗", "marked by your teacher", "open"
    if part.status == BY_HAND:
        glyph, state, look = WAITS, "your teacher has not marked this yet", "wait"
    elif not part.answered and not part.by_hand:
        glyph, state, look, shown["answer"] = "○", "no answer", "", ""
    elif part.score >= part.points:
        glyph, look = "✓", "right"
    elif part.score > 0:
        glyph = "◐"
    shown |= {"glyph": glyph, "state": state, "look": look}


def _state_of_checked(shown, part, hints):
    marks, report = part.marks, part.marks.report
    if part.status == FAILED:
        shown |= {"glyph": WAITS, "state": "could not be marked", "look": "wait"}
        shown["sentences"] += [] if marks.reason == NO_NOTEBOOK else failure(marks)  # said once, at the top
        return
    state = report["state"] if report else "marked by your teacher"
    shown |= {"glyph": GLYPHS.get(state, "✓"), "state": state, "look": LOOKS.get(state, "")}
    if part.status == BY_HAND:
        shown |= {"glyph": WAITS, "state": "your teacher looks at this again", "look": "wait"}
    if part.by_hand and part.status != BY_HAND:
        shown["sentences"].append("Your teacher set the points of this exercise.")
    if report:
        _add_report(shown, report, hints)


def _add_report(shown, report, hints):
    shown["sentences"] += [report["message"]] if report["message"] else []
    shown["table"], shown["printed"] = report["table"][:12], report["printed"].strip()
    if report["state"] == NOT_ATTEMPTED:
        shown["answer"] = ""
    if report["state"] != RIGHT:
        shown["hint"] = hints[0] if hints else ""
        words = {True: ("✓", "right"), False: ("✗", "not yet right")}
        shown["pieces"] = [(piece, *words[bool(done)]) for piece, done in report["parts"].items()]


def write_page(classroom, result, places, late=None):
    """Write a student's page and what nbgrader needs beside it. Returns what is wrong: "", `NO_SECRET`, or a
    sentence."""
    student, assignment = result.student, result.assignment
    if not student or student in (".", "..") or re.search(r"[/\\\0]", student):
        return f"{student!r}: no folder can have this name, so there is no page."
    folder = classroom.folder / "feedback" / student / assignment
    html = page(result, places, late)
    names = {assignment, _name_handed_in(result.record.place) or assignment}
    for name in sorted(names):
        write_whole(folder / f"{name}.html", html)
    secret = _secret_of(classroom.submitted(student, assignment))
    write_whole(folder / SECRET, secret or secrets.token_hex(64))  # without one, release_feedback stops
    write_whole(folder / STAMP, result.record.submitted or "")
    return "" if secret else NO_SECRET


def _name_handed_in(place):
    found = re.fullmatch(r"([\w][\w .+()-]{0,100})\.ipynb", place or "")
    return found[1] if found else None


def _secret_of(folder):
    """The secret in a submission's folder, or "": no link is followed, and nothing else is read."""
    try:
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            return ""
        with open(os.open(folder / SECRET, _OPEN), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            text = file.read(300).decode("ascii").strip() if regular else ""
    except (OSError, ValueError):
        return ""
    return text if re.fullmatch(r"[0-9a-f]{32,256}", text) else ""


def main(arguments=None):
    """The command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course feedback", description=__doc__.split("\n")[0])
    parser.add_argument("assignments", nargs="+", metavar="ASSIGNMENT", help="for example 05")
    parser.add_argument("--student", nargs="+", metavar="ID", help="only these")
    add_class_option(parser)
    options = parser.parse_args(arguments)
    try:
        classroom = open_class(options.folder)
        for number in options.assignments:
            _write_all(classroom, classroom.assignment(number), options.student)
    except (ClassError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _write_all(classroom, assignment, students):
    places, late = places_of(classroom, assignment), late_policy(classroom.settings)
    found = results(classroom, assignment, students)
    there = [each for each in found.values() if each.status not in (ABSENT, NOT_MARKED)]
    said = {each.student: write_page(classroom, each, places, late) for each in there}
    for sentence in said.values():
        if sentence not in ("", NO_SECRET):
            print(sentence, file=sys.stderr)
    for status in (NOT_MARKED, ABSENT):
        names = [each.student for each in found.values() if each.status == status]
        if names:
            print(f"{len(names)} {status}, no page: {spoken(names)}", file=sys.stderr)
    for line in notices(classroom, assignment, found) if students is None else ():
        print(line, file=sys.stderr)
    print(f"{assignment}: {len(there)} pages in {classroom.folder / 'feedback'}")
    if names := [each.student for each in there if each.status == BY_HAND]:
        print(f"{len(names)} wait for points by hand; give this command again then: {spoken(names)}")
    if classroom.course_id and "" in said.values():
        print(f"Hand them out: nbgrader release_feedback {assignment} (in {classroom.folder})")
    if names := [student for student, sentence in said.items() if sentence == NO_SECRET]:
        what = f"send them STUDENT/{assignment}/{assignment}.html yourself"
        print(f"{len(names)} handed in outside of the exchange, {what}: {spoken(names)}")
