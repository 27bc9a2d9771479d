"""Which cell of the release is each cell of a submission?

A cell is known by nbgrader's name for it, by its id, or by its text. Where these were lost (other programs
drop ids, a cell was written anew), an answer is known by the names that its stub defines.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from ..source import exercise_of

_DEFINED = re.compile(
    r"^(?:(?:async +)?(?:def|class) +(\w+)|([A-Za-z_]\w*(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]*)?=(?!=))",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Slot:
    """A cell of the release. `name` is the exercise's if the cell is part of one."""

    index: int
    id: str
    grade_id: str
    kind: str
    text: str
    is_solution: bool
    points: float | None
    name: str | None
    part: str | None  # answer, check or written

    @property
    def defines(self):
        return defined(self.text) if self.kind == "code" else frozenset()

    @property
    def functions(self):
        """Those of `defines` that are functions or classes."""
        return frozenset(found[1] for found in _DEFINED.finditer(self.text) if found[1]) & self.defines


def slots(release):
    """The release's cells as slots."""
    found = []
    for index, cell in enumerate(release.cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        part, name = exercise_of(cell)
        grade_id, is_solution = nbgrader.get("grade_id", ""), bool(nbgrader.get("solution"))
        found.append(
            Slot(
                index,
                cell.get("id", ""),
                grade_id,
                cell.cell_type,
                cell.source,
                is_solution,
                nbgrader.get("points"),
                name or grade_id or None,
                part,
            )
        )
    return found


def same(text, other):
    """Are these the same but for space at the ends of lines and around them?"""
    return bare(text) == bare(other)


def bare(text):
    """The text without the space that editors change."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def defined(text):
    """The names that the text defines at the left margin: functions, classes, variables."""
    names = set()
    for found in _DEFINED.finditer(text):
        names.update(re.findall(r"\w+", found[1] or found[2]))
    return frozenset(names)


class Match:
    """`of[i]` is the slot of the submission's cell i, or None for a cell of the student's own.

    `by_text` are the cells known by what they define only; `retagged` those whose two names say two things.
    """

    def __init__(self, release, cells):
        self.slots, self.cells = release, cells
        self.of = [None] * len(cells)
        self.by_text, self.retagged = set(), set()
        tags = {slot.grade_id: slot for slot in release if slot.grade_id}
        ids = {slot.id: slot for slot in release if slot.id}
        for i, cell in enumerate(cells):
            self._by_names(i, cell, tags, ids)
        self._by_text()
        self._by_definitions()
        self._by_place()

    def groups(self):
        """{slot index: the cells that are it, in the student's order}."""
        groups = defaultdict(list)
        for i, slot in enumerate(self.of):
            if slot is not None:
                groups[slot.index].append(i)
        return groups

    def _by_names(self, i, cell, tags, ids):
        tag = cell.nbgrader.get("grade_id")
        by_tag = tags.get(tag) if isinstance(tag, str) else None
        by_id = ids.get(cell.id)
        self.of[i] = by_tag or by_id
        if by_tag and by_id and by_tag is not by_id:
            self.retagged.add(i)
            names = defined(cell.text)
            fits = [slot for slot in (by_tag, by_id) if slot.defines and slot.defines <= names]
            self.of[i] = by_id if same(cell.text, by_id.text) else fits[0] if fits else by_tag
        elif by_id and by_id.grade_id and not by_tag:
            self.retagged.add(i)

    def _by_text(self):
        known = defaultdict(list)
        for slot in self.slots:
            known[bare(slot.text)].append(slot)
        taken = {slot.index for slot in self.of if slot is not None}
        for i, cell in enumerate(self.cells):
            if self.of[i] is not None:
                continue
            alike = known.get(bare(cell.text), [])
            free = [slot for slot in alike if slot.index not in taken]
            chosen = next(iter(free or [slot for slot in alike if slot.is_solution]), None)
            if chosen is not None:
                self.of[i] = chosen
                taken.add(chosen.index)

    def _by_definitions(self):
        """A lost answer is the last cell of the student's own that defines all that its stub defines."""
        taken = {slot.index for slot in self.of if slot is not None}
        names = {i: defined(cell.text) for i, cell in enumerate(self.cells) if self.of[i] is None}
        for slot in self.slots:
            if slot.is_solution and slot.defines and slot.index not in taken:
                found = [i for i, own in names.items() if slot.defines <= own and self.of[i] is None]
                if found:
                    self.of[found[-1]] = slot
                    self.by_text.add(found[-1])

    def _by_place(self):
        """A lost written answer is the student's text after the cell that it follows in the release."""
        for slot in self.slots:
            if not slot.is_solution or slot.kind == "code" or slot in self.of:
                continue
            before = [i for i, other in enumerate(self.of) if other and other.index == slot.index - 1]
            start = before[-1] + 1 if before else len(self.cells)
            if start < len(self.cells) and self.of[start] is None and self.cells[start].kind != "code":
                self.of[start] = slot
                self.by_text.add(start)
