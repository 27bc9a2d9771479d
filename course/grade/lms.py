"""Results in the columns of Canvas's and Moodle's gradebook imports.

Canvas: "How do I import grades in the Gradebook?" (Canvas Instructor Guide), and what the importer does
(instructure/canvas-lms, lib/gradebook_importer.rb). Columns Student, ID, SIS User ID, SIS Login ID, Section,
then an assignment a column, "Name (id)"; under the headings a row "Points Possible". A student is found by ID
(Canvas's number), then SIS User ID, then SIS Login ID, then the name. A heading without an id that is no
assignment's name makes a new assignment. Numbers with a point; commas are read, too, so there are none.

Moodle: "Grade import" (MoodleDocs), and the importer (moodle/moodle, grade/import/csv/classes/load_data.php).
The teacher maps columns to fields and grade items. A student is found by ID number, username or email
address, exactly. One who is not found ends the whole import, and the grades of a row with an empty one would
go to the student before it, so no such row is written. Points and feedback go together: importing the
feedback alone loses the grades ("Note 3" there). A number with a point is read in every language.

Both: an empty cell is "no grade"; where the gradebook has one from an earlier import, that one is taken away.
Both read UTF-8, without a byte order mark as well as with one; none is written.
"""

import csv
import io
import re
from collections import Counter

from .classroom import SETTINGS, ClassError
from .csvcells import is_harmless, number, safe
from .pagetext import points
from .remarks import plain

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
IDENTITIES = {"username": "Username", "idnumber": "ID number", "email": "Email address"}
FORMULA = "a spreadsheet would take the id for a formula"
TWICE = "another student has the same id in the LMS"


def canvas(people, columns, settings, roster=None):
    """(rows, who is not in them, as sentences). people: `Student`s. columns: [(assignment, most, {student:
    points or None})]. roster: a gradebook that Canvas exported, as text, or None. Raises ClassError."""
    known = _Roster(roster) if roster is not None else None
    names = _canvas_names(settings, [assignment for assignment, _, _ in columns], known)
    heading, possible = [*CANVAS, *names], ["    Points Possible", "", "", "", ""]
    rows, left = [heading, possible + [number(most) for _, most, _ in columns]], []
    firsts = {person.id: known.row(person) if known else _canvas_row(person) for person in people}
    seen = Counter(cells[at] for cells in firsts.values() if cells for at in (1, 3) if cells[at])
    for person in people:
        cells = firsts[person.id]
        if cells is None:
            left.append(f"{plain(person.id)}: not in the gradebook that was exported from Canvas")
        elif not all(map(is_harmless, cells[1:])):
            left.append(f"{plain(person.id)}: {FORMULA}")
        elif any(seen[cells[at]] > 1 for at in (1, 3)):
            left.append(f"{plain(person.id)}: {TWICE}")
        else:
            rows.append([safe(cells[0]), *cells[1:], *(number(scores[person.id]) for *_, scores in columns)])
    return rows, left


def _canvas_row(person):
    """`lms_user_id` is Canvas's own number. Canvas reads the digits that a text begins with as a number, and
    would find somebody else, so only digits are written as such."""
    lms = person.lms_user_id.strip()
    is_number = re.fullmatch(r"[0-9]+", lms) is not None
    return [person.sorted_name, lms if is_number else "", "" if is_number else lms, person.id, ""]


def _canvas_names(settings, assignments, known):
    wanted = settings.get("canvas", {})
    if not isinstance(wanted, dict) or not all(isinstance(name, str) for name in wanted.values()):
        raise ClassError(
            f'{SETTINGS}: [canvas] has lines like: {assignments[0]} = "Its name in Canvas (4711)"'
        )
    return [wanted.get(name) or (known.heading(name) if known else None) or name for name in assignments]


class _Roster:
    """A gradebook that Canvas exported: its first columns are written back as they are."""

    def __init__(self, text):
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        self.headings = [heading.strip() for heading in rows[0]] if rows else []
        missing = [name for name in ("Student", "ID", "Section") if name not in self.headings]
        if missing:
            raise ClassError(f"The roster is no gradebook exported from Canvas: it has no {missing[0]!r}.")
        self.found = {}
        for row in rows[1:]:
            cells = [self._cell(row, name) for name in CANVAS]
            for place, key in ((1, "id"), (2, "sis"), (3, "login")):
                if cells[place]:
                    self.found.setdefault((key, cells[place]), cells)

    def _cell(self, row, name):
        at = self.headings.index(name) if name in self.headings else len(row)
        return row[at] if at < len(row) else ""

    def row(self, person):
        """The first columns of this student's, or None."""
        keys = (("id", person.lms_user_id), ("sis", person.lms_user_id), ("login", person.id),
                ("sis", person.id), ("login", person.email))  # fmt: skip
        return next((self.found[key] for key in keys if key[1] and key in self.found), None)

    def heading(self, assignment):
        """The column of this assignment with Canvas's id, or None."""
        pattern = re.compile(re.escape(assignment) + r" \(\d+\)")
        return next((heading for heading in self.headings if pattern.fullmatch(heading)), None)


def moodle(people, columns, identify="username"):
    """The same for Moodle. identify: "username" (nbgrader's id), "idnumber" (lms_user_id) or "email"."""
    field = {"username": "id", "idnumber": "lms_user_id", "email": "email"}[identify]
    heading = [IDENTITIES[identify], "First name", "Last name"]
    for assignment, _, _ in columns:
        heading += [f"{assignment} (Real)", f"{assignment} (Feedback)"]
    rows, left = [heading], []
    seen = Counter(getattr(person, field).strip() for person in people)
    for person in people:
        name = getattr(person, field).strip()
        if not name:
            left.append(f"{plain(person.id)}: the gradebook has no {IDENTITIES[identify]}")
        elif not is_harmless(name):
            left.append(f"{plain(person.id)}: {FORMULA}")
        elif seen[name] > 1:
            left.append(f"{plain(person.id)}: {TWICE}")
        else:
            row = [name, safe(person.first_name), safe(person.last_name)]
            for _, most, scores in columns:
                score = scores[person.id]
                said = "" if score is None else f"{points(score)} of {points(most)} points"
                row += [number(score), safe(said)]
            rows.append(row)
    return rows, left
