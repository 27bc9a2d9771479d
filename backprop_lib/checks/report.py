"""A `Report`: what a check found, as text for a terminal and as HTML for a notebook."""

from dataclasses import asdict, dataclass, field
from html import escape

from .exercise import Failure
from .formatting import short, value

NOT_ATTEMPTED, WRONG, RIGHT = "not attempted", "not yet right", "right"
_GLYPHS = {NOT_ATTEMPTED: "\u25cb", WRONG: "\u2717", RIGHT: "\u2713"}
# Okabe-Ito colours as borders; the text keeps the theme's own colours, so contrast is the theme's.
_BORDERS = {NOT_ATTEMPTED: "var(--jp-border-color1, #767676)", WRONG: "#D55E00", RIGHT: "#009E73"}


@dataclass
class Report:
    """What a check found. `diagnosis` is a key, `score` is 0 … 1; `table` holds the smallest failing
    case as (heading, text) pairs; `parts` says which parts of the task are right."""

    name: str
    title: str
    state: str = NOT_ATTEMPTED
    diagnosis: str = ""
    message: str = ""
    score: float = 0.0
    cases: int = 0
    table: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)
    printed: str = ""
    hints: int = 0

    def to_dict(self):
        """The report as JSON-able data."""
        return asdict(self)

    def headline(self):
        """Glyph, name and state in words."""
        more = f", {self.cases} cases" if self.state == RIGHT else ""
        if self.parts and self.state == WRONG:
            more = f", {sum(self.parts.values())} of {len(self.parts)} parts right"
        return f"{_GLYPHS[self.state]} {self.name} {self.state}{more}"

    def footnotes(self):
        """Parts, prints and hints, as sentences."""
        notes = []
        if self.parts and self.state == WRONG:
            words = {True: f"{_GLYPHS[RIGHT]} right", False: f"{_GLYPHS[WRONG]} open"}
            notes.append("Parts: " + ", ".join(f"{part} {words[done]}" for part, done in self.parts.items()))
        if self.printed:
            notes.append(f"Your code printed: {short(self.printed.strip(), 400)}")
        if self.hints and self.state != RIGHT:
            notes.append(f'{self.hints} hint{"s" * (self.hints != 1)}: hint("{self.name}")')
        return notes

    def __str__(self):
        lines = [self.headline(), *([f"  {self.message}"] if self.message else [])]
        width = max((len(heading) for heading, _ in self.table), default=0)
        lines += [f"    {heading:<{width}}  {text}" for heading, text in self.table]
        return "\n".join(lines + [f"  {note}" for note in self.footnotes()])

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": str(self), "text/html": self.to_html()}

    def to_html(self):
        """A small block that reads well in light and dark themes."""
        parts = [f"<div><strong>{escape(self.headline())}</strong> · {escape(self.title)}</div>"]
        if self.message:
            parts.append(f"<div>{_with_code(self.message)}</div>")
        if self.table:
            rows = [f"<tr>{_cell('th', heading)}{_cell('td', text)}</tr>" for heading, text in self.table]
            parts.append(f'<table style="{_TABLE}">{"".join(rows)}</table>')
        parts += [f'<div style="{_QUIET}">{_with_code(note)}</div>' for note in self.footnotes()]
        style = f"border-left: 4px solid {_BORDERS[self.state]}; padding: 4px 10px; max-width: 46em;"
        return f'<div class="backprop-check" style="{style}">{"".join(parts)}</div>'


_QUIET = "color: var(--jp-ui-font-color2, inherit); font-size: 90%; white-space: pre-wrap;"
_TABLE = "margin: 4px 0; border-collapse: collapse; color: inherit; font-size: inherit;"
_CELL = (
    "text-align: left; padding: 1px 12px 1px 0; vertical-align: top; background: transparent; color: inherit;"
)


def _cell(tag, text):
    more = "font-weight: normal; white-space: nowrap;" if tag == "th" else "font-family: monospace;"
    style = f"{_CELL} {more}"
    scope = ' scope="row"' if tag == "th" else ""
    return f'<{tag}{scope} style="{style}">{escape(text)}</{tag}>'


def _with_code(text):
    """Escape the text and set what stands between backquotes as code."""
    pieces = escape(text).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def describe_case(report, exercise, verdict):
    """Write the smallest failing case into the report's table."""
    given = exercise.show(verdict.case) if exercise.show else value(verdict.case)
    report.table = [("smallest failing case", short(given))]
    if type(verdict.result) is Failure:
        _add_line(report, verdict.result)
        return
    wrong, digits = verdict.wrong, 6
    if exercise.reveal and wrong.expected is not None:
        if value(wrong.expected) == value(verdict.result):
            digits = 17  # they differ further to the right
        report.table.append(("expected", value(wrong.expected, digits)))
    if not (exercise.hides and exercise.hides(verdict.result)):
        report.table.append(("got", value(verdict.result, digits)))
    if wrong.difference and exercise.reveal:
        report.table.append(("difference", short(wrong.difference)))


def _add_line(report, failure):
    """Where the learner's code failed, unless the message says so already."""
    if failure.number and f"in line {failure.number}" not in report.message:
        where = f"line {failure.number}"
        report.table.append(("stopped in", f"{where}: {failure.line}" if failure.line else where))
