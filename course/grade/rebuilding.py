"""Take a submission's cells apart into answers and own cells, and put them into the release."""

import copy
from dataclasses import dataclass

from nbformat import NotebookNode

from ..source import differs_in_variant
from .earlier import Earlier
from .matching import Match, defined, same
from .reading import MAX_TEXT
from .remarks import Remark, listed, plain

MAX_OWN, MAX_OWN_TEXT = 100, 500_000  # cells of the student's own, and their characters together

_FAULTS = {
    "damaged": "The file is damaged within this cell; what could be read of it was kept.",
    "odd-text": "A part of this cell is not text; it was left out.",
    "too-long": f"This cell has over {MAX_TEXT:,} characters; the rest was cut off.",
    "nul": "NUL characters were taken out of this cell.",
    "surrogate": "Characters that are none (lone surrogates) were replaced in this cell.",
    "attachments": "Files attached to this cell (pasted pictures) were left out.",
}


@dataclass
class Own:
    """A cell of the student's own: after which slot it stands (−1: before all), and where it stood."""

    after: int
    at: int
    kind: str
    text: str


def blank(release):
    """A copy of the release without outputs."""
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


class Rebuilding:
    """The parts of one submission. `cells` is None where no notebook could be read.

    `remarks` for the teacher; `attempted`: the exercises that have another text than the stub.
    """

    def __init__(self, release, cells=None, earlier=None):
        self.slots, self.cells, self.earlier = release, cells or [], earlier or Earlier()
        self.match = Match(self.slots, self.cells)
        self.remarks, self.attempted = [], set()
        self.texts, self.elsewhere = {}, {}  # slot index -> the student's answer; where that is an own cell
        self.chosen = {}  # slot index -> the cell that stands for it
        self.own = []
        if cells is not None:
            self._take()

    def notebook(self, release):
        """The release with the student's text in it."""
        notebook = blank(release)
        for index, text in self.texts.items():
            notebook.cells[index].source = text
        after = {}
        taken = {cell.get("id") for cell in notebook.cells}
        names = (name for name in map("own-{}".format, range(1, 2**31)) if name not in taken)
        for own in self.own:
            after.setdefault(own.after, []).append(_cell(own, next(names)))
        cells = after.get(-1, [])
        for index, cell in enumerate(notebook.cells):
            cells += [cell, *after.get(index, [])]
        notebook.cells = cells
        return notebook

    def answers(self):
        """{exercise: the text of its answer}, the stub where there is none."""
        texts = self.texts | self.elsewhere
        return {slot.name: texts.get(slot.index, slot.text) for slot in self.slots if slot.is_solution}

    def _take(self):
        groups = self.match.groups()
        other = len(groups) <= len(self.slots) // 5
        for slot in self.slots:
            group = groups.get(slot.index, [])
            (self._take_answer if slot.is_solution else self._take_released)(slot, group)
        self._take_own()
        self._find_answers_elsewhere()
        self._limit()
        if other:
            self._say("another-notebook", "It has almost no cell of the release: probably another notebook.")
        self._say_what_is_missing(per_cell=not other)
        self._say_other_things()

    def _say(self, code, sentence, slot=None):
        self.remarks.append(Remark(code, sentence, slot and slot.id))

    def _take_answer(self, slot, group):
        versions = [i for i in group if self._differs(i, slot)]
        if not group:
            return
        complete = [i for i in versions if slot.defines and slot.defines <= defined(self.cells[i].text)]
        self.chosen[slot.index] = chosen = (complete or versions or group)[-1]
        cell = self.cells[chosen]
        if versions:
            self.texts[slot.index] = cell.text
            self.attempted.add(slot.name)
        elif not cell.text.strip():
            self._say("emptied", "The answer was deleted; the stub stands in its place.", slot)
        for i in versions:  # a half of a cell that was split, an earlier try: run in the student's order
            if not same(self.cells[i].text, cell.text):
                self._add(slot.index - (i < chosen), i, slot)
        if chosen in self.match.by_text:
            self._say("renamed", "The cell had lost its name; it was known by what it says.", slot)
        self._say_of_cell(slot, group, cell)
        for code in sorted(cell.faults):
            self._say(code, _FAULTS[code], slot)

    def _take_released(self, slot, group):
        versions = [i for i in group if self._differs(i, slot)]
        if not group:
            return
        self.chosen[slot.index] = next((i for i in group if i not in versions), group[0])
        for i in versions:
            self._add(slot.index, i, slot)
        if any(differs_in_variant(self.cells[i].text, slot.text) for i in versions):
            words = "It was checked with another student's numbers; it is marked with the student's own."
            self._say("other-numbers", words, slot)
        elif versions:
            code = "changed-check" if slot.part == "check" else "changed-cell"
            self._say(code, "The text was changed. The released text stands, the student's after it.", slot)
        if slot.grade_id:
            self._say_of_cell(slot, group, self.cells[self.chosen[slot.index]])

    def _differs(self, i, slot):
        text = self.cells[i].text
        return bool(text.strip()) and not same(text, slot.text) and not self.earlier.gave(text)

    def _add(self, after, i, slot=None):
        cell = self.cells[i]
        kind = cell.kind or (slot.kind if slot else "raw")
        if slot and slot.is_solution:
            kind = slot.kind
        if cell.text.strip():
            self.own.append(Own(after, i, kind, cell.text))

    def _take_own(self):
        last = -1
        for i, slot in enumerate(self.match.of):
            if slot is None:
                if not self._is_dropped(self.cells[i]):
                    self._add(last, i)
            else:
                last = slot.index

    def _is_dropped(self, cell):
        """A cell that is given no more. One with code still runs: the answers may need what it imports."""
        tag = cell.nbgrader.get("grade_id")
        is_exercise = isinstance(tag, str) and tag in self.earlier.names
        return self.earlier.gave(cell.text) and (is_exercise or cell.kind != "code")

    def _find_answers_elsewhere(self):
        """The stub is as it was, and own cells have the answer: above the stub, or below the check."""
        names = {own.at: defined(own.text) for own in self.own if own.kind == "code"}
        for slot in self.slots:
            if not slot.is_solution or slot.index in self.texts:
                continue
            found = [own for own in self.own if slot.defines & names.get(own.at, frozenset())]
            found.sort(key=lambda own: own.at)
            there = frozenset().union(*(names[own.at] for own in found))
            if not (found and (slot.functions & there or slot.defines <= there)):
                continue  # a variable of the same name may be anything
            self.attempted.add(slot.name)
            check = self._check_of(slot)
            below = [own for own in found if own.after >= check]
            above = [own for own in found if own.after < slot.index]
            if len(below) + len(above) == len(found):  # else it runs before the check as it is
                self._say("found-elsewhere", "The answer stood in another cell than its own.", slot)
            texts = [own.text for own in found]
            whole = "\n\n".join(dict.fromkeys(texts))
            self.elsewhere[slot.index] = whole if len(whole) <= MAX_TEXT else texts[-1]
            if len(above) == len(found):
                self.texts[slot.index] = self.elsewhere[slot.index]  # else the stub would undo it
            elif len(below) + len(above) == len(found):
                last = {own.after: own.at for own in below}
                for own in self.own:  # with the helpers that stand before it
                    if own.at <= last.get(own.after, -1):
                        own.after = slot.index

    def _check_of(self, slot):
        checks = [each.index for each in self.slots if each.part == "check" and each.name == slot.name]
        return checks[0] if checks else slot.index + 1

    def _limit(self):
        self.own.sort(key=lambda own: (own.after, own.at))
        kept, total = [], 0
        for own in self.own:
            if len(kept) < MAX_OWN and total + len(own.text) <= MAX_OWN_TEXT:
                kept.append(own)
                total += len(own.text)
        dropped = len(self.own) - len(kept)
        if dropped:
            limits = f"{MAX_OWN} cells or {MAX_OWN_TEXT:,} characters"
            self._say("too-many-own-cells", f"Own cells beyond {limits} were left out: {dropped} of them.")
        self.own = kept

    def _say_of_cell(self, slot, group, cell):
        if len(group) > 1:
            what = "the last that has the answer counts" if slot.is_solution else "it stands once"
            self._say("duplicate", f"The cell is there {len(group)} times; {what}.", slot)
        if cell.kind != slot.kind:
            self._say("changed-type", f"The cell's type was changed to {cell.kind or 'none'}; undone.", slot)
        if self.match.retagged & set(group):
            self._say("retagged", "nbgrader's name of the cell was changed or deleted; undone.", slot)
        for i in group:
            marks = self.cells[i].nbgrader
            given = (slot.points, *self.earlier.points.get(slot.grade_id, ()))
            if slot.points is not None and marks and _changed(marks.get("points"), given):
                points = f"from {slot.points:g} to {plain(marks.get('points'), 20)}"
                self._say("changed-points", f"The points were changed {points}; undone.", slot)
                break
        for i in group:
            solution = self.cells[i].nbgrader.get("solution", slot.is_solution)
            grade = self.cells[i].nbgrader.get("grade", slot.points is not None)
            if solution is not slot.is_solution or grade is not (slot.points is not None):
                self._say("changed-metadata", "What nbgrader notes of the cell was changed; undone.", slot)
                break

    def _say_what_is_missing(self, per_cell):
        missing = [slot for slot in self.slots if slot.index not in self.chosen]
        for slot in missing if per_cell else ():
            if slot.is_solution:
                self._say("missing", "The answer's cell is missing; the stub stands in its place.", slot)
        rest = [slot.id for slot in missing if not slot.is_solution and self.earlier.had(slot)]
        if rest and per_cell:
            rest.sort(key=lambda name: not name.startswith("check-"))
            self._say("missing-cells", f"Missing cells of the release were put back: {listed(rest)}.")
        order = [self.chosen[index] for index in sorted(self.chosen)]
        if order != sorted(order):
            self._say("reordered", "Cells stood in another order; the release's order was restored.")

    def _say_other_things(self):
        chosen = set(self.chosen.values())
        rest = [cell for i, cell in enumerate(self.cells) if i not in chosen]
        for code in sorted(set().union(*(cell.faults for cell in rest)) - {"attachments"}):
            self._say(code, _FAULTS[code].replace("this cell", "an own cell").replace("This", "An own"))
        names = [cell.nbgrader["grade_id"] for cell, slot in zip(self.cells, self.match.of, strict=True)
                 if slot is None and isinstance(cell.nbgrader.get("grade_id"), str)]  # fmt: skip
        names = [name for name in names if name not in self.earlier.names]
        if names:
            sentence = f"Own cells with nbgrader's marks earn no points: {listed(names)}."
            self._say("unknown-grade-id", sentence)


def _changed(points, given):
    if isinstance(points, bool) or not isinstance(points, (int, float)):
        return True
    return points not in given


def _cell(own, name):
    cell = NotebookNode(cell_type=own.kind, id=name, metadata=NotebookNode(), source=own.text)
    if own.kind == "code":
        cell.outputs, cell.execution_count = [], None
    return cell
