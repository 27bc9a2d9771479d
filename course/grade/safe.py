"""What of a student's notebook may be shown in the teacher's browser, and how much of it.

Of outputs: text, errors, and pictures that are PNG or JPEG; nothing that a browser runs or loads, and nothing
of their metadata. Of text cells: everything as text. What is left out or cut is said in its place.
"""

import base64
import binascii
import io
import json
import re
import warnings

from nbformat import NotebookNode

MOST_TEXT = 20_000  # characters of what one cell prints, and of any other text in its output
MOST_OUTPUTS = 40  # of one cell
MOST_PICTURE = 150_000  # bytes of a picture, as base64
MOST_CHECK = 4_000  # bytes of a check cell's outputs; they are kept whatever the other cells show
MOST_NOTEBOOK = 180_000  # bytes of all outputs together, as JSON
MOST_PIXELS = 40_000_000

PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG"}
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")


class Budget:
    """How many bytes the outputs of a notebook may still have."""

    def __init__(self, checks=0):
        self.left = MOST_NOTEBOOK - MOST_CHECK * checks


class Outputs:
    """The outputs of one cell, taken from the kernel's messages one by one. Whatever they are, it is bounded.

    `cut` says in a sentence what is missing, or is "".
    """

    def __init__(self, budget):
        self.budget, self.kept = budget, []
        self.dropped, self.more, self.no_space, self.pictures = 0, 0, False, 0
        self.characters = 0

    def take(self, kind, content):
        """One message of the kernel: its type and its content, which may be anything."""
        content = content if isinstance(content, dict) else {}
        if kind == "stream":
            self._stream("stderr" if content.get("name") == "stderr" else "stdout", text(content.get("text")))
        elif kind == "error":
            self._add(self._error(content), always=True)
        elif kind == "execute_result":
            data = self._data(content.get("data"))
            self._add({"output_type": kind, "execution_count": None, "data": data}, always=True)
        elif kind == "display_data":
            data = self._data(content.get("data"))
            if data:
                self._add({"output_type": kind, "data": data})

    def clear(self):
        """The cell cleared its output. What it used of the limits is not given back."""
        self.kept.clear()

    @property
    def failed(self):
        """Is there an error in it?"""
        return any(output["output_type"] == "error" for output in self.kept)

    @property
    def flooded(self):
        """Is something missing for another reason than that the notebook's outputs are large together?"""
        return bool(self.more or self.dropped or self.pictures)

    @property
    def cut(self):
        """What is missing, in a sentence, or ""."""
        said = []
        if self.more:
            said.append(f"at least {self.more:,} more characters were printed")
        if self.dropped:
            said.append(f"at least {self.dropped:,} more outputs were shown")
        if self.pictures:
            said.append(f"{self.pictures:,} pictures were too large or none")
        if self.no_space:
            said.append("the notebook's outputs were larger than may be kept")
        return f"The output was cut: {' and '.join(said)}." if said else ""

    def done(self, number):
        """The outputs as nbformat has them, for a cell with this execution count."""
        kept = self.kept
        if self.cut:
            kept = [*kept, {"output_type": "stream", "name": "stdout", "text": f"… {self.cut}\n"}]
        for output in kept:
            if output["output_type"] in ("execute_result", "display_data"):
                output["metadata"] = NotebookNode()
                output["data"] = NotebookNode(output["data"])
            if output["output_type"] == "execute_result":
                output["execution_count"] = number
        return [NotebookNode(output) for output in kept]

    def _stream(self, name, said):
        said, self.more = self._fitting(said)
        if not said:
            return
        last = self.kept[-1] if self.kept else None
        if last and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += said
        else:
            self._add({"output_type": "stream", "name": name, "text": said}, paid=True)

    def _fitting(self, said):
        """(what of it still fits, how many characters did not so far). It is paid for."""
        most = max(0, MOST_TEXT - self.characters)
        kept, more = said[:most], self.more + max(0, len(said) - most)
        size = len(json.dumps(kept, ensure_ascii=False).encode())
        if kept and size > self.budget.left:
            self.no_space = True
            return "", more
        self.characters += len(kept)
        self.budget.left -= size
        return kept, more

    def _add(self, output, always=False, paid=False):
        """`always`: errors and results decide points, so the first few have their place."""
        size = 0 if paid else len(json.dumps(output, ensure_ascii=False).encode()) + 100
        if always and sum(o["output_type"] == output["output_type"] for o in self.kept) < 2:
            if size > self.budget.left:
                self.no_space, size = True, 0
                _make_small(output)
        elif len(self.kept) >= MOST_OUTPUTS:
            self.dropped += 1
            return
        elif size > self.budget.left:
            self.no_space = True
            return
        self.budget.left -= size
        self.kept.append(output)

    def _error(self, content):
        traceback = content.get("traceback")
        lines = traceback[:50] if isinstance(traceback, list) else []
        said = [_limited(text(line)) for line in lines]
        while sum(map(len, said)) > MOST_TEXT:
            del said[len(said) // 2]  # the first frames and the last say most
        name, value = (_limited(text(content.get(key)), 500) for key in ("ename", "evalue"))
        return {"output_type": "error", "ename": name, "evalue": value, "traceback": said}

    def _data(self, data):
        data = data if isinstance(data, dict) else {}
        kept = {}
        for kind, form in PICTURES.items():
            if kind in data:
                picture = _picture(data[kind], form)
                self.pictures += picture is None
                kept |= {} if picture is None else {kind: picture}
        if "text/plain" in data or kept:
            kept["text/plain"] = _limited(text(data.get("text/plain")))
        return kept


def text(value):
    """A text of the student's as one that any file and any page can hold; colours (ANSI) stay."""
    if isinstance(value, list):
        value = "".join(part for part in value[:1000] if isinstance(part, str))
    value = value if isinstance(value, str) else ""
    return _CONTROLS.sub("", value.encode("utf-8", "replace").decode())


def _limited(said, most=MOST_TEXT):
    more = len(said) - most
    return said if more <= 0 else f"{said[:most]}… and at least {more:,} more characters"


def _make_small(output):
    """What of an error or a result must stay for the points to be what they are."""
    if output["output_type"] == "error":
        output["traceback"], output["evalue"] = [], output["evalue"][:100]
    else:
        output["data"] = {"text/plain": output["data"].get("text/plain", "")[:100]}


def _picture(value, form):
    """The picture as base64 if it is one of that form, else None."""
    from PIL import Image

    if not isinstance(value, str) or len(value) > MOST_PICTURE:
        return None
    try:
        data = base64.b64decode(value.replace("\n", ""), validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pixels we have our own limit
            with Image.open(io.BytesIO(data), formats=[form]) as image:
                width, height = image.size
                image.verify()
    except (binascii.Error, ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        return None
    return base64.b64encode(data).decode() if width * height <= MOST_PIXELS else None


# In TeX, what makes links, styles, or new commands (they would hold for the whole page), and what moves or
# covers more than its own place.
_TEX = "href|url|style|class|cssId|require|unicode|data|includegraphics|html\\w*"
_TEX += "|[egx]?def|let|futurelet|newcommand|renewcommand|newenvironment|renewenvironment|Newextarrow"
_TEX += "|Declare\\w*|provide\\w*|catcode|csname"
_TEX += "|[rR]ule|Space|[hv]space|m?kern|[hm]skip|raise|lower|moveleft|moveright|bbox"
_SPACED = [
    (re.compile(r"<(?=[A-Za-z/!?])"), "< "),  # no tag, no comment, no <link>
    (re.compile(r"&(?=#|\w+;)"), "& "),  # no character that is written as its number or name
    (re.compile(r"!(?=\[)"), "! "),  # no picture from elsewhere
    (re.compile(r"\](?=\((?!https?://[\w./?=&%#~+,-]+\)))"), "] "),  # no link but to the plain web
    (re.compile(r"\](?=[:\[])"), "] "),  # and none by reference
    (re.compile(rf"\\(?=(?:{_TEX})(?![A-Za-z]))"), r"\\ "),
]


def markdown(source):
    """A student's Markdown with nothing in it that a page runs, loads, or takes for its own.

    A space stands after each `<` that could begin a tag, and in the like places. That holds under every
    Markdown and in code as well as outside of it, so no parser needs to agree with this one on where code
    and math begin; and both stay readable.
    """
    source = text(source)
    for pattern, spaced in _SPACED:
        source = pattern.sub(spaced, source)
    return source


def make_safe(cell):
    """Make a cell of the student's own, or a written answer, safe to show (in place).

    A raw cell becomes a Markdown cell: pages show a raw one as it stands. Attached files go.
    """
    cell.pop("attachments", None)
    if cell.cell_type == "raw":
        cell.cell_type = "markdown"
    if cell.cell_type == "markdown":
        cell.source = markdown(cell.source)
