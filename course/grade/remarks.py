"""What the teacher is told about a submission."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """One thing that was found: a code for programs, a sentence for the teacher, the cell's id or None."""

    code: str
    sentence: str
    cell: str | None = None

    def __str__(self):
        return f"{self.cell}: {self.sentence}" if self.cell else self.sentence


def plain(name, most=60):
    """A student's name of a file or cell as one short line of printable text."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(name))
    return text if len(text) <= most else text[: most - 1] + "…"


def spoken(names):
    """'a, b', all of them, for a terminal: nothing in a name may move the cursor or write over a line."""
    return ", ".join(plain(name, 100) for name in names)


def listed(names, most=5):
    """'a, b and 3 more', each name printable."""
    names = [plain(name) for name in names]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
