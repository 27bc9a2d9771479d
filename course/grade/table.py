"""What a teacher reads after a marking: a table of the class, and what to look at."""

from .borrowed import CODE
from .job import summary
from .records import ABSENT, FAILED
from .remarks import plain


def table(records):
    """One line a student: score, status, the notebook's own score where it is another, what to know."""
    rows = [("student", "score", "status", "notebook showed", "remarks")]
    rows += [_row(record) for record in sorted(records, key=lambda record: record.student)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(
        "  ".join([*(f"{text:<{width}}" for text, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    )


def _row(record):
    if record.status == ABSENT:
        return plain(record.student), "–", ABSENT, "", ""
    score, of, failed = summary(record)
    shown = f"{score:g} of {of:g}" if failed < len(record.exercises) else "–"
    own = [marks for marks in record.exercises if marks.differs]
    showed = f"{sum(m.own or 0 for m in record.exercises):g}" if own else ""
    return plain(record.student), shown, record.status, showed, ", ".join(dict.fromkeys(codes(record)))


def codes(record):
    """The codes of the record's remarks and failures, in order."""
    return [r["code"] for r in record.remarks] + [m.reason for m in record.exercises if m.reason]


def differences(records):
    """Lines on what the teacher should look at: what failed, and where the notebook showed another score."""
    lines = []
    for record in records:
        student = plain(record.student)
        if record.status == FAILED:
            lines.append(f"{student}: FAILED, no score. {plain(record.reason, 400)}")
        seen = [remark["sentence"] for remark in record.remarks if remark["code"] == CODE]
        lines += [f"{student}: {plain(sentence, 400)}" for sentence in seen]
        lines += [
            f"{student}: {marks.name}: {plain(marks.differs, 1000)}"
            for marks in record.exercises
            if marks.differs
        ]
    return lines
