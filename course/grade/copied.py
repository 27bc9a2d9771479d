"""Whose answers are the course's published solutions, names and comments apart.

A solution that stands in a cell of the student's own counts, too. The solutions are public. Of a short answer
everybody writes the same, so only long ones count: those whose structure has at least `LONG` fingerprints
more than the stub. Where an answer is numbers, the right ones are the solution's, so these do not count.
"""

from course.source import VALUES_STUB, exercise_of

from .alike import OWN
from .normalising import structure

LONG = 24


def as_published(answers, release, source):
    """{student: exercises whose answer is the solution}. answers: {student: {exercise: text}}; release and
    source: the assignment's notebooks."""
    solutions = _long_solutions(release, source)
    found = {student: _same(texts, solutions) for student, texts in sorted(answers.items())}
    return {student: exercises for student, exercises in found.items() if exercises}


def _long_solutions(release, source):
    stubs, solved = _answers_in(release), _answers_in(source)
    made = {}
    for name in stubs.keys() & solved.keys():
        prints = _prints(solved[name])
        if VALUES_STUB not in stubs[name] and len(prints - _prints(stubs[name])) >= LONG:
            made[name] = prints
    return made


def _answers_in(notebook):
    kinds = ((cell, *exercise_of(cell)) for cell in notebook.cells)
    return {name: cell.source for cell, kind, name in kinds if kind == "answer"}


def _same(texts, solutions):
    own = _prints(texts.get(OWN, ""))
    prints = {name: _prints(text) | own for name, text in texts.items() if name in solutions}
    return [name for name, of in prints.items() if solutions[name] <= of]


def _prints(text):
    return frozenset(structure(text).prints)
