"""Records: what was found of one student's submission of one assignment, as a JSON file.

A record is what the gradebook, the feedback and the exports are made from. It is written whole or not at
all, and only by the one who grades.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from urllib.parse import quote, unquote

MARKED, FAILED, ABSENT = "marked", "failed", "absent"
VERSION = 1


@dataclass
class Marks:
    """One exercise that is marked by a check.

    `points` is the most there is. `score` is what the second marking gives, in points; None if it failed,
    and then `reason` (a code) and `sentence` say why. `own` is what the notebook's own run showed, in points;
    None if it showed none. Where the two differ, `differs` says why, for the teacher. `report` is the
    `backprop_lib.checks.report.Report` as a dict, or None. `cells`: [(cell's index, what it said)].
    """

    name: str
    cell: str  # grade_id of the check's cell
    points: float
    status: str
    score: float | None = None
    own: float | None = None
    differs: str = ""
    report: dict | None = None
    reason: str = ""
    sentence: str = ""
    cells: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Record:
    """One student's submission of one assignment, as it was marked.

    `status`: "marked"; "failed" (at least one exercise has no score: `reason` says why); "absent" (there is
    no submission). `again`: it failed by no fault of the submission, and is marked again in the next run.
    `fingerprint` changes with everything that decides the result. `submitted` is nbgrader's
    timestamp (ISO 8601, UTC) or None. `remarks`: [{"code", "sentence", "cell"}]. `written`: [{"name", "cell",
    "points", "answered"}], marked by hand. `answers`: {exercise: text}. `own`: the code of the
    student's own cells. `content`: a hash of what was handed in, whatever it is marked by.
    """

    assignment: str
    student: str
    fingerprint: str
    status: str
    reason: str = ""
    again: bool = False
    submitted: str | None = None
    late_seconds: float = 0.0
    place: str | None = None
    remarks: list = field(default_factory=list)
    exercises: list = field(default_factory=list)
    written: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    own: str = ""
    content: str = ""
    seconds: dict = field(default_factory=dict)
    version: int = VERSION

    def to_dict(self):
        """As JSON-able data."""
        return asdict(self)


def from_dict(data):
    """A record from its data. Raises ValueError for data of another version or form."""
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise ValueError(f"a record of version {VERSION} was expected")
    known = {each.name for each in fields(Record)}
    record = Record(**{key: entry for key, entry in data.items() if key in known})
    record.exercises = [Marks(**marks) for marks in record.exercises]
    return record


def path_of(folder, assignment, student, ending=".json"):
    """Where a student's record lies (a student's name may have any characters)."""
    return Path(folder) / "marking" / assignment / (quote(student, safe=" @+,") + ending)


def load(folder, assignment, student):
    """The record, or None where there is none, or none that can be read (it is then made anew)."""
    return read(path_of(folder, assignment, student))


def read(path):
    """The record in a file, or None where there is none, or none that can be read."""
    try:
        return from_dict(json.loads(Path(path).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def load_all(folder, assignment):
    """The records of an assignment, by student, sorted."""
    paths = sorted((Path(folder) / "marking" / assignment).glob("*.json"))
    names = sorted(unquote(path.stem) for path in paths)
    found = ((name, load(folder, assignment, name)) for name in names)
    return {name: record for name, record in found if record is not None}


def store(folder, record):
    """Write a record, whole or not at all."""
    write_whole(
        path_of(folder, record.assignment, record.student),
        json.dumps(record.to_dict(), ensure_ascii=True, indent=1, sort_keys=True),
    )


def store_attempt(folder, record):
    """Keep a record beside those of the student's other submissions (for best-of)."""
    path = attempts_of(folder, record.assignment, record.student) / f"{record.fingerprint}.json"
    write_whole(path, json.dumps(record.to_dict(), ensure_ascii=True, sort_keys=True))


def attempts_of(folder, assignment, student):
    """The folder with the records of all submissions of a student's that were marked."""
    return path_of(folder, assignment, student, "").parent / "attempts" / quote(student, safe=" @+,")


def write_whole(path, text):
    """Write a file so that after any crash it is the old one or the new one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with open(part, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
