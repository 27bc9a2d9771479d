"""Releases before the one that is marked: a student may have any of them, and did nothing to be told of.

A teacher who mends a cell, changes points or drops an exercise releases again, and students hand in what they
were given before. What stands there as it was given is not theirs, so nothing is said of it; and where the
release has another text for it now, that one runs.
"""

import hashlib
from pathlib import Path

from .matching import bare, slots

FOLDER = "earlier"  # in the class: ASSIGNMENT/HASH.ipynb


class Earlier:
    """What the cells of earlier releases (nbformat nodes) were."""

    def __init__(self, releases=()):
        found = [slots(release) for release in releases]
        every = [slot for release in found for slot in release]
        self.texts = frozenset(bare(slot.text) for slot in every)
        self.names = frozenset(slot.grade_id for slot in every if slot.grade_id)
        self.points = {name: {slot.points for slot in every if slot.grade_id == name} for name in self.names}
        self.ids = [frozenset(slot.id for slot in release) for release in found]

    def gave(self, text):
        """Did a cell of an earlier release say this?"""
        return bare(text) in self.texts

    def had(self, slot):
        """Had all earlier releases this cell?"""
        return all(slot.id in ids for ids in self.ids)


def keep(folder, assignment, text):
    """Keep the text of a release that another takes the place of."""
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = Path(folder) / FOLDER / assignment / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")


def kept(folder, assignment):
    """The texts of earlier releases that were kept, as a tuple in a fixed order."""
    paths = sorted((Path(folder) / FOLDER / assignment).glob("*.ipynb"))
    return tuple(path.read_text("utf-8") for path in paths)
