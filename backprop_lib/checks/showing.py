"""`check` and `hint`: what the learner calls."""

import sys
from html import escape

from .evaluating import evaluate
from .library import exercise as find
from .progress import note

_hints_shown = {}  # exercise name -> how many hints were shown in this process


class Shown:
    """Returned by `check` and `hint`, which have shown all there is to show. `report` has the details."""

    def __init__(self, report=None):
        self.report = report

    def __repr__(self):
        return ""

    def _ipython_display_(self):
        """Nothing more to show."""


class Points:
    """Points for an exercise. As text it is the plain number, which nbgrader reads as partial credit."""

    def __init__(self, report, points):
        self.report, self.most, self.points = report, points, round(points * report.score, 2)

    def __float__(self):
        return float(self.points)

    def __repr__(self):
        return f"{self.points:g}"

    def _repr_html_(self):
        text = f"{self.points:g} of {self.most:g} point{'s' * (self.most != 1)}"
        return f'<span style="color: var(--jp-ui-font-color2, inherit); font-size: 90%;">{text}</span>'


def check(name, answer, points=None, variant=""):
    """Check the answer to an exercise and show what was found.

    With `points`, the value of the call is the points it earns. `variant` says whose numbers the notebook
    has, where each student got numbers of their own. Raises UnknownExercise.
    """
    report = evaluate(name, answer, variant=variant)
    _show(report)
    if _in_notebook():
        note(report)
    return Shown(report) if points is None else Points(report, points)


def hint(name):
    """Show the next hint of an exercise. Raises UnknownExercise."""
    hints = find(name).hints
    shown = _hints_shown.get(name, 0)
    _hints_shown[name] = min(shown + 1, len(hints))
    if shown < len(hints):
        _show(_Note(f"Hint {shown + 1} of {len(hints)}", hints[shown : shown + 1]))
    elif hints:
        _show(_Note(f"No more hints for {name}. All {len(hints)} again", hints))
    else:
        _show(_Note(f"There are no hints for {name}", ()))
    return Shown()


class _Note:
    def __init__(self, title, lines):
        self.title, self.lines = title, lines

    def __str__(self):
        return "\n".join([f"{self.title}:" if self.lines else f"{self.title}.", *self.lines])

    def _repr_mimebundle_(self, include=None, exclude=None):
        lines = "".join(f"<div>{escape(line)}</div>" for line in self.lines)
        style = "border-left: 4px solid #0072B2; padding: 4px 10px; max-width: 46em;"
        html = f'<div style="{style}"><strong>{escape(self.title)}</strong>{lines}</div>'
        return {"text/plain": str(self), "text/html": html}


def _in_notebook():
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _show(thing):
    if _in_notebook():
        sys.modules["IPython"].display.display(thing)
    else:
        print(thing)
