"""Which submissions of a class are alike, and in what: evidence in bits, and what it rests on.

A thing that two students share counts by how rare it is in the class, log2(students / how many have it). A
run of tokens counts less 1.5, so that what a third of the class shares counts nothing: a short answer that
many write the same way says little, a long one that only two have says much. The structure of a whole answer
counts in full: the same one of several usual ways in one exercise is chance, in all of them it is less so.
What the stub, the reference solution, the notebook's given cells or the library have counts nothing.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations

from .normalising import structure

COMMON = 1.5  # bits: what is not rarer than this (in a third of the class) counts nothing
OTHERS = 8  # added to the class's size, so that in a class of three not everything is rare
LEAST = 20.0  # bits: with less a pair is not listed
OVERLAP = 3.0  # neighbouring fingerprints share most of their tokens, so each counts a third
WHOLE = 4  # fingerprints: a structure of fewer is no evidence
OWN = "own cells"  # stands for an exercise: what is in a student's own cells
WORDS = {"comment": 5.0, "text": 2.5, "name": 0.5, "output": 2.5}  # how much the same words count


@dataclass
class Pair:
    """Two students, the bits that speak for a common source, by exercise, and the words that both have.

    `share`: how much of the rare structure that either has both have, 0 … 1. `lines`: {exercise: (lines of
    the first's answer, lines of the second's)} with something rare in common.
    """

    students: tuple
    bits: float = 0.0
    share: float = 0.0
    exercises: dict = field(default_factory=dict)
    words: list = field(default_factory=list)
    lines: dict = field(default_factory=dict)


def alike(answers, common=(), outputs=None, top=20, least=LEAST):
    """The most alike pairs, the first first. answers: {student: {exercise: text}}. common: texts that count
    nothing. outputs: {student: texts that the student's code printed}."""
    return _Class(answers, common, outputs or {}).pairs(top, least)


def _whole(found):
    return frozenset(found.prints)


class _Class:
    def __init__(self, answers, common, outputs):
        self.answers = answers
        self.known = set()
        for text in common:
            found = structure(text)
            self.known |= {*found.prints, *found.words, _whole(found)}
        self.of = {student: self._things(student, outputs.get(student, ())) for student in sorted(answers)}
        self.having = defaultdict(list)
        for student, things in self.of.items():
            for thing in things:
                self.having[thing].append(student)
        self.bits = {thing: self._bits(thing) for thing in self.having}
        self.total = {name: self._sum(things) for name, things in self.of.items()}

    def _sum(self, things):
        """The bits of a student's structure. Words are left out: who changes them has as much in common."""
        return sum(self.bits[thing] for thing in things if not isinstance(thing, tuple))

    def _things(self, student, outputs):
        """{thing: exercises that it stands in}."""
        found = defaultdict(set)
        for exercise, text in self.answers[student].items():
            made = structure(text)
            for thing in (*made.prints, *made.words, *([_whole(made)] if len(made.prints) >= WHOLE else ())):
                if thing not in self.known:
                    found[thing].add(exercise)
        for text in outputs:
            if len(text.strip()) >= 12:
                found["output", text.strip()[:200]].add("")
        return found

    def _bits(self, thing):
        students, number = len(self.answers), len(self.having[thing])
        bits = math.log2((students + OTHERS) / number)
        if isinstance(thing, frozenset):
            return bits
        bits = max(0.0, bits - COMMON)
        if isinstance(thing, tuple):
            kind, text = thing
            return bits * WORDS[kind] * min(1.0, len(text) / 20 if kind != "name" else 1.0)
        return bits / OVERLAP

    def pairs(self, top, least):
        structures, words = Counter(), Counter()
        for thing, students in self.having.items():
            bits, into = self.bits[thing], words if isinstance(thing, tuple) else structures
            if bits and len(students) > 1:
                for pair in combinations(students, 2):
                    into[pair] += bits
        found = []
        for pair in structures | words:
            total = structures[pair] + words[pair]
            if total >= least:
                share = self._share(structures[pair], pair)
                found.append((structures[pair] * share**2 + words[pair], pair, total, share))
        found.sort(key=lambda each: (-each[0], each[1]))
        return [self._pair(*each) for _, *each in found[:top]]

    def _share(self, bits, pair):
        of_both = sum(self.total[student] for student in pair) - bits
        return bits / of_both if of_both else 0.0

    def _pair(self, students, bits, share):
        first, second = students
        made = Pair(students, bits, share)
        by_exercise, shared = Counter(), set(self.of[first]) & set(self.of[second])
        for thing in shared:
            if self.bits[thing]:
                one, other = self.of[first][thing], self.of[second][thing]
                places = one & other or one | other  # in one's answer and in an own cell of the other's
                for exercise in places:
                    by_exercise[exercise] += self.bits[thing] / len(places)
                if isinstance(thing, tuple):
                    made.words.append(thing)
        made.words.sort(key=lambda thing: (-self.bits[thing], thing))
        made.exercises = {name: bits for name, bits in by_exercise.most_common() if name and bits >= 1}
        rare = {thing for thing in shared if self.bits[thing] and isinstance(thing, int)}
        for exercise in made.exercises:
            made.lines[exercise] = tuple(self._lines(student, exercise, rare) for student in students)
        return made

    def _lines(self, student, exercise, rare):
        prints = structure(self.answers[student].get(exercise, "")).prints
        return sorted(set().union(*(lines for number, lines in prints.items() if number in rare)))
