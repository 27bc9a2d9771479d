"""Read a notebook's file in whatever state it is: its cells, as far as they can be made out.

`nbformat.read` gives all or nothing. This reader takes the same JSON, and where it is broken (cut off, merged
by git with its markers, edited by hand) it goes on at the next thing that it knows. Outputs are stepped
over, not built. Depth, number of values and of cells are bounded, so no file can exhaust the grader.
"""

import re
from dataclasses import dataclass, field

from .remarks import Remark, plain
from .scanning import Scanner
from .submissions import MAX_FILE, too_large

MAX_TEXT = 100_000  # characters in a cell
MAX_CELLS = 5_000

_CELL = re.compile(
    r'("nbgrader"\s*+:\s*+)?\{\s*+"(?:attachments|cell_type)"\s*+:'
)  # nbgrader's marks are no cell


@dataclass
class Cell:
    """A cell as the file has it. `kind` is "" where the file does not say; `faults` are codes of remarks."""

    kind: str
    text: str
    id: str = ""
    nbgrader: dict = field(default_factory=dict)
    faults: set = field(default_factory=set)


@dataclass
class Loose:
    """What could be read: cells, and remarks on the file as a whole. `found` is False for no notebook."""

    cells: list = field(default_factory=list)
    remarks: list = field(default_factory=list)
    found: bool = False


def read(data):
    """The cells in these bytes. Never raises for any bytes."""
    loose = Loose()
    if len(data) > MAX_FILE:
        loose.remarks.append(too_large(len(data)))
        data = data[: MAX_FILE * 3 // 4] + data[-(MAX_FILE // 4) :]
    text = _decoded(data, loose.remarks)
    scanner = Scanner(text)
    top = scanner.value()
    scanner.finish()
    top = top if isinstance(top, dict) else {}
    objects = [(each, False) for each in _cells_of(top)]
    if scanner.damage or not objects:
        pieces = _pieces(text)  # each cell by itself: damage in one leaves the others whole
        if len(pieces) >= len(objects):
            objects = pieces
        if objects and not scanner.damage:
            loose.remarks.append(Remark("damaged", "The cells do not stand where a notebook has its cells."))
    loose.found = bool(objects) or (isinstance(top.get("cells"), list) and "nbformat" in top)
    if not loose.found:
        loose.remarks.append(_no_notebook(data, text))
        return loose
    loose.remarks += _of_file(top, scanner)
    if len(objects) > MAX_CELLS or scanner.full:
        sentence = f"The file has more than {MAX_CELLS} cells, or too many values; the rest was not read."
        loose.remarks.append(Remark("too-many-cells", sentence))
    loose.cells = [_cell(each, damaged) for each, damaged in objects[:MAX_CELLS]]
    return loose


def _decoded(data, remarks):
    utf16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"{\0": "utf-16-le", b"\0{": "utf-16-be"}
    encoding = "utf-8-sig" if b'"cell' in data else utf16.get(bytes(data[:2]), "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        sentence = "Some characters of the file are not readable as UTF-8; � stands in their places."
        remarks.append(Remark("encoding", sentence))
    return text


def _no_notebook(data, text):
    if not text.strip(" \t\r\n\0"):
        return Remark("empty-file", "The file is empty.")
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html", "<?xml")):
        return Remark("not-a-notebook", "The file is a web page that was saved, not a notebook.")
    for magic, what in ((b"PK", "a zip archive"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip archive")):
        if data.startswith(magic):
            return Remark("not-a-notebook", f"The file is {what} with a notebook's name.")
    return Remark("not-a-notebook", "The file is not a Jupyter notebook: it has no cells.")


def _cells_of(top):
    lists = [top.get("cells")]  # formats 4 and later; up to 3 there were worksheets
    sheets = top.get("worksheets")
    if isinstance(sheets, list):
        lists += [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells if isinstance(cell, dict)]


def _pieces(text):
    starts = []
    for found in _CELL.finditer(text):
        if not found[1]:
            starts.append(found.start())
        if len(starts) > MAX_CELLS:
            break
    pieces = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        scanner = Scanner(text[start:end])
        value = scanner.value()
        if isinstance(value, dict):
            pieces.append((value, scanner.damage))
    return pieces


def _of_file(top, scanner):
    said = []
    if scanner.damage:
        what = "ends in the middle" if scanner.cut else "is damaged (not valid JSON)"
        said.append(Remark("damaged", f"The file {what}. What can be made out of its cells was kept."))
    major = top.get("nbformat")
    if isinstance(major, int) and not isinstance(major, bool) and major != 4:
        age = "an older" if major < 4 else "a newer"
        sentence = f"The file has {age} notebook format ({plain(major, 9)}); it was read as well as possible."
        said.append(Remark("nbformat", sentence))
    metadata = top.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    spec, info = metadata.get("kernelspec"), metadata.get("language_info")
    spec, info = (each if isinstance(each, dict) else {} for each in (spec, info))
    language = spec.get("language") or info.get("name")
    if isinstance(language, str) and language.lower() not in ("python", "ipython"):
        sentence = f"The notebook was made for {plain(language, 20)}; it is marked with Python."
        said.append(Remark("other-kernel", sentence))
    return said


def _cell(value, damaged):
    """One cell from its JSON object, whatever its parts are."""
    text = value.get("source", value.get("input", ""))
    faults = {"damaged"} if damaged else set()
    if isinstance(text, list):
        if not all(isinstance(line, str) for line in text):
            faults.add("odd-text")
        text = "".join(line for line in text if isinstance(line, str))
    if not isinstance(text, str):
        text, _ = "", faults.add("odd-text")
    text, more = clean(text)
    kind, metadata, name = value.get("cell_type"), value.get("metadata"), value.get("id")
    if kind == "heading":  # format 3
        kind, text = "markdown", f"# {text}"
    if value.get("attachments"):
        faults.add("attachments")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return Cell(
        kind if kind in ("code", "markdown", "raw") else "",
        text,
        name if isinstance(name, str) else "",
        nbgrader if isinstance(nbgrader, dict) else {},
        faults | more,
    )


def clean(text):
    """(text that any file and database can hold, codes of what had to be changed)."""
    faults = set()
    if len(text) > MAX_TEXT:
        text, _ = text[:MAX_TEXT], faults.add("too-long")
    if "\0" in text:
        text, _ = text.replace("\0", ""), faults.add("nul")
    if re.search("[\ud800-\udfff]", text):
        text, _ = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text), faults.add("surrogate")
    return text, faults
