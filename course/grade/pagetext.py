"""Text from submissions on a page: everything that is not plain text is made visible or taken out.

HTML is escaped by the templates (jinja2's autoescape). Here goes what escaping leaves: terminal colours,
control characters, characters that turn the direction of text (they can show code other than it is), lines
and texts without end.
"""

import re
import unicodedata
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"
LINE, LINES, TEXT = 400, 300, 20_000  # characters in a line, lines, characters of what is shown

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs"}  # control, format (bidi, zero width), private, none, surrogates
_JOINERS = "\u200c\u200d\ufe0f\ufe0e"  # needed by some scripts and by pictographs
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]"
_TOO_MANY_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")  # they would pile up over the lines above


def plain_text(text, lines=LINES, line=LINE, most=TEXT):
    """The text with hidden characters named (⟨U+202E⟩), colours out, long lines and long texts cut."""
    text = str(text)
    short = text[:most]
    short = _ANSI.sub("", short).replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    short = _TOO_MANY_MARKS.sub(r"\1", short)
    kept = short.split("\n")
    shown = ["".join(map(_visible, _cut(each, line))) for each in kept[:lines]]
    if len(kept) > lines or len(text) > most:
        shown.append("… (the rest is not shown here)")
    return "\n".join(shown)


def one_line(text, most=300):
    """The same as one line."""
    return " ".join(plain_text(text, lines=20, line=most, most=4 * most).split("\n"))[: most + 60]


def _cut(text, most):
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most:,} more characters)"


def _visible(c):
    if c.isprintable() or c in _JOINERS:
        return c
    return f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _HIDDEN else " "  # else a kind of space


def with_code(text):
    """One line as HTML; what stands between backquotes is set as code."""
    pieces = str(escape(one_line(text, 500))).split("`")
    if len(pieces) % 2 == 0:
        return Markup("`".join(pieces))
    return Markup("".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces)))


def points(number):
    """Points as text: at most two digits after the point."""
    return f"{round(number + 0.0, 2) + 0.0:.10g}".replace("-", "−")


def environment():
    """jinja2's environment of the pages. Everything is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"plain": plain_text, "line": one_line, "code": with_code, "points": points}
    return made
