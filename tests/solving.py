"""Try answers to an exercise in their notebook: what a learner would have typed, where they type it."""

import sys
import warnings
from functools import cache

from backprop_lib.checks import evaluate, exercises
from backprop_lib.checks import exercise as find
from backprop_lib.checks.evaluating import draw_cases
from backprop_lib.checks.judging import mark
from backprop_lib.checks.report import RIGHT
from backprop_lib.checks.running import run
from course.build import sources
from course.release import release
from course.source import answer_expression, exercise_of, read_source


@cache
def notebook(number, folder=None):
    """The instructor's notebook of this number, e.g. "03"."""
    return read_source(sources([number], folder)[0], set(exercises()))


@cache
def released(number, folder=None):
    """The notebook as nbgrader releases it."""
    return release(notebook(number, folder), f"{number}_release")


@cache
def stub_of(name, folder=None):
    """The exercise's cell as nbgrader releases it."""
    cells = released(name[:2], folder).cells
    return next(cell.source for cell in cells if exercise_of(cell) == ("answer", name))


class Place:
    """The place of one exercise in its notebook: all earlier cells are solved and executed."""

    def __init__(self, name, folder=None):
        self.name = name
        cells = notebook(name[:2], folder).cells
        kinds = [exercise_of(cell) for cell in cells]
        if ("answer", name) not in kinds:
            raise LookupError(f"the source of notebook {name[:2]} has no `:exercise: {name}`")
        at = kinds.index(("answer", name))
        self.solution = cells[at].source
        self.expression = answer_expression(cells[kinds.index(("check", name))])
        self.namespace = {"__name__": "__main__", "display": lambda *things, **options: None}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cell, (kind, _) in zip(cells[:at], kinds, strict=False):
                if cell.cell_type == "code" and kind != "check":
                    exec(compile(cell.source, f"<cell of {name[:2]}>", "exec"), self.namespace)

    def report(self, answer, **options):
        """The report on an answer: the source of the exercise's cell, or the answer itself."""
        if not isinstance(answer, str):
            return evaluate(self.name, answer, **options)
        before, limit = dict(self.namespace), sys.getrecursionlimit()
        try:
            exec(compile(answer, f"<answer to {self.name}>", "exec"), self.namespace)
            return evaluate(self.name, eval(self.expression, self.namespace), **options)
        finally:
            sys.setrecursionlimit(limit)  # an answer may raise it; the other tests shall not notice
            self.namespace.clear()
            self.namespace.update(before)

    def solution_lines(self):
        """The lines of the solution regions in the cell, as a list of (first, last)."""
        regions, start = [], 0
        for number, line in enumerate(self.solution.splitlines(), 1):
            if "BEGIN SOLUTION" in line:
                start = number
            elif "END SOLUTION" in line:
                regions.append((start, number))
        return regions

    def kills(self, source, seconds):
        """Is this answer found wrong? (Or does its cell itself fail: then the learner sees that.)

        The first half of the cases, the smaller ones, is tried first: who fails there fails.
        """
        exercise, before, limit = find(self.name), dict(self.namespace), sys.getrecursionlimit()
        cases = draw_cases(exercise)
        try:
            exec(compile(source, f"<answer to {self.name}>", "exec"), self.namespace)
            answer = eval(self.expression, self.namespace)
            for part in (cases[: len(cases) // 2], cases):
                if mark(exercise, part, run(exercise, answer, part, seconds)).state != RIGHT:
                    return True
            return False
        except Exception:
            return True
        finally:
            sys.setrecursionlimit(limit)  # an answer may raise it; the other tests shall not notice
            self.namespace.clear()
            self.namespace.update(before)
