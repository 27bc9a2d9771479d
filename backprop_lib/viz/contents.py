"""`CourseMap`: the notebooks as boxes with arrows for what needs what, and a table with links and progress.

HTML, not a widget: JupyterLab then opens a link in a tab of its own, and the table stays where the HTML of a
notebook that is not trusted yet is cleaned, and on GitHub.
"""

from html import escape

COLUMNS, WIDTH, HEIGHT, GAP_X, GAP_Y = 4, 190, 64, 34, 40
BAR = WIDTH - 20
_INK, _QUIET = "var(--jp-content-font-color0, #1f2328)", "var(--jp-content-font-color2, #5c6370)"
_LINE, _PAPER = "var(--jp-border-color1, #8a8f98)", "var(--jp-layout-color0, #ffffff)"
_DONE, _TRIED = "#009E73", "#E69F00"


class CourseMap:
    """books: the `Notebook`s of `contents.py`, in order; planned: (numbers, words) of what is to come;
    names: number -> exercises; progress: a `Progress`."""

    def __init__(self, books, planned, names, progress):
        self.books, self.planned, self.names, self.progress = books, planned, names, progress

    def counts(self, book):
        """(solved, tried, all) exercises of a notebook."""
        names = set(self.names[book.number])
        return len(names & self.progress.solved), len(names & self.progress.tried), len(names)

    def said(self, book):
        """Its progress in words."""
        solved, tried, total = self.counts(book)
        more = f", {tried} begun" if tried else ""
        return f"{solved} of {total} solved{more}" if total else "no exercises"

    def summary(self):
        """The whole in one sentence."""
        solved = sum(self.counts(book)[0] for book in self.books)
        total = sum(self.counts(book)[2] for book in self.books)
        hours = sum(book.minutes for book in self.books) / 60
        return f"{len(self.books)} notebooks, about {hours:.0f} hours; {solved} of {total} exercises solved."

    def kept(self):
        """Where progress is kept, in a sentence."""
        if self.progress.file is None:
            return "Progress is not kept here: it is kept beside the notebooks of the course only."
        return f"Progress is kept in {self.progress.file.name}, beside the notebooks, on this machine only."

    def __repr__(self):
        lines = [self.summary()]
        for book in self.books:
            needs = f" (needs {' and '.join(book.needs)})" if book.needs else ""
            lines.append(f"{book.number} {book.title}: {book.minutes} minutes{needs}, {self.said(book)}")
        return "\n".join([*lines, *(f"{numbers}: {words} (planned)" for numbers, words in self.planned)])

    def _repr_mimebundle_(self, **kwargs):
        return {"text/plain": repr(self), "text/html": self._html()}

    # The table

    def _html(self):
        titles = ("notebook", "you will", "minutes", "needs", "exercises")
        head = "".join(_cell("th", title) for title in titles)
        rows = "".join(map(self._row, self.books))
        rows += "".join(
            f"<tr>{_cell('td', numbers)}{_cell('td', words)}{_cell('td', 'planned')}{_cell('td', '')}"
            f"{_cell('td', '')}</tr>"
            for numbers, words in self.planned
        )
        notes = f"<p>{escape(self.summary())} {escape(self.kept())}</p>"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<div>{self._drawing()}{table}{notes}</div>"

    def _row(self, book):
        link = f'<a href="{escape(book.path)}">{book.number} {escape(book.title)}</a>'
        needs = " ".join(book.needs) or "–"
        cells = (book.you_will, str(book.minutes), needs, self.said(book))
        return f'<tr><td style="{_CELL}">{link}</td>{"".join(_cell("td", text) for text in cells)}</tr>'

    # The drawing

    def _drawing(self):
        rows = -(-len(self.books) // COLUMNS)
        width, height = COLUMNS * (WIDTH + GAP_X), rows * (HEIGHT + GAP_Y)
        places = {book.number: _place(i) for i, book in enumerate(self.books)}
        pairs = [(before, book.number) for book in self.books for before in self._before(book)]
        arrows = "".join(_arrow(places[before], places[after]) for before, after in pairs)
        boxes = "".join(self._box(book, *places[book.number]) for book in self.books)
        return (
            f'<svg viewBox="0 0 {width} {height}" style="max-width: {width}px; width: 100%; height: auto;" '
            f'role="img" aria-label="Map of the course. {escape(self.summary(), quote=True)}">'
            f"{_HEAD}{arrows}{boxes}</svg>"
        )

    def _before(self, book):
        """What an arrow comes from: what it needs; 01 needs nothing, but 00 comes first."""
        return book.needs or (() if book is self.books[0] else (self.books[0].number,))

    def _box(self, book, x, y):
        solved, tried, total = self.counts(book)
        done, begun = (BAR * n / total if total else 0 for n in (solved, tried))
        lines = _wrapped(f"{book.number} {book.title}")
        first = y + (26 if len(lines) == 1 else 19)
        title = "".join(
            f'<text x="{x + 10}" y="{first + 16 * i}" style="{_TITLE}">{escape(line)}</text>'
            for i, line in enumerate(lines)
        )
        return (
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7" style="{_BOX}"></rect>'
            f"{_bar(x + 10, y, done, _DONE)}{_bar(x + 10 + done, y, begun, _TRIED)}{title}"
            f'<text x="{x + 10}" y="{y + HEIGHT - 12}" style="font-size: 11px; fill: {_QUIET};">'
            f"{book.minutes} min · {solved} of {total} solved</text>"
        )


_HEAD = (
    '<defs><marker id="bpl-map-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    f'orient="auto"><path d="M0 0L8 4L0 8Z" style="fill: {_LINE};"></path></marker></defs>'
)
_TITLE = f"font-size: 13px; font-weight: 600; fill: {_INK};"
_BOX = f"fill: {_PAPER}; stroke: {_LINE};"
_CELL = "text-align: left; vertical-align: top;"


def _cell(tag, text):
    scope = ' scope="col"' if tag == "th" else ""
    return f'<{tag}{scope} style="{_CELL}">{escape(text)}</{tag}>'


def _bar(x, y, width, colour):
    """A piece of the bar of progress at the foot of the box at x, y."""
    return f'<rect x="{x:.1f}" y="{y + HEIGHT - 8}" width="{width:.1f}" height="4" fill="{colour}"></rect>'


def _place(i):
    row, column = divmod(i, COLUMNS)
    return GAP_X / 2 + column * (WIDTH + GAP_X), GAP_Y / 2 + row * (HEIGHT + GAP_Y)


def _arrow(start, end):
    """From box to box: along a row when they are neighbours, else between the rows."""
    (x1, y1), (x2, y2) = start, end
    if y1 == y2 and x2 - x1 < WIDTH + 2 * GAP_X:
        path = f"M{x1 + WIDTH} {y1 + HEIGHT / 2}H{x2 - 2}"
    elif y1 == y2:
        dip = y1 + HEIGHT + GAP_Y / 3
        path = f"M{x1 + WIDTH / 2} {y1 + HEIGHT}V{dip}H{x2 + WIDTH / 2}V{y2 + HEIGHT + 2}"
    else:
        middle = y1 + HEIGHT + GAP_Y / 2
        path = f"M{x1 + WIDTH / 2} {y1 + HEIGHT}V{middle}H{x2 + WIDTH / 2}V{y2 - 2}"
    style = f"fill: none; stroke: {_LINE}; stroke-width: 1.4;"
    return f'<path d="{path}" style="{style}" marker-end="url(#bpl-map-arrow)"></path>'


def _wrapped(title, most=25):
    """The title in one or two lines."""
    if len(title) <= most:
        return [title]
    cut = title.rfind(" ", 0, most + 1)
    return [title[:cut], title[cut + 1 :]]
