"""Cells of a CSV file that no spreadsheet takes for a formula.

OWASP, "CSV Injection": a cell that begins with = + - @, a tab or a line's end may be run as a formula, in
quotes, too. The way out given there is an apostrophe before it. Numbers are ours and stay as they are.
"""

import csv
import io
import re

_FORMULA = re.compile(r"[\s'\"]*[=+\-@＝＋－＠|%]|[\t\r\n']")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_harmless(text):
    """Can this stand in a cell as it is?"""
    return not _FORMULA.match(text) and not _CONTROLS.search(text)


def safe(text):
    """The text for a cell. One apostrophe at the beginning of a cell was added here, and is not of the text:
    a text that begins with one gets a second, so taking one away gives the text. Controls become spaces."""
    text = str(text)
    shown = _CONTROLS.sub(" ", text)
    return ("'" if _FORMULA.match(text) or _FORMULA.match(shown) else "") + shown


def number(value):
    """A number with a point and at most two digits after it, or an empty cell for None."""
    return "" if value is None else f"{round(value + 0.0, 2) + 0.0:.12g}"


def table(rows):
    """Rows as CSV (RFC 4180): commas, quotes where needed, CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
