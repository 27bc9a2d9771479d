"""The limits of DESIGN, section 5, on every notebook that learners open."""

import re
from statistics import median

import nbformat
import pytest

from course.build import LEARNER

CELLS, WORDS, MEDIAN_LINES, MOST_LINES = (20, 40), (600, 1400), 10, 30
PATHS = sorted(LEARNER.glob("*.ipynb"))
BANNED = r"\b(simply|obviously|trivially)\b"


def prose_of(source):
    """The words that are read: without code, formulas, tags, addresses and pictures."""
    for pattern in (r"```.*?```", r"\$\$.*?\$\$", r"\$[^$\n]+\$", r"`[^`\n]*`", r"<!--.*?-->"):
        source = re.sub(pattern, " ", source, flags=re.DOTALL)
    source = re.sub(r"!\[([^\]]*)\]\([^)]*\)", " ", source)
    source = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", source)
    return re.sub(r"<[^>]+>|https?://\S+", " ", source)


def words_of(source):
    return re.findall(r"\b[\w’'-]*[A-Za-z][\w’'-]*\b", prose_of(source))


def lines_of(source):
    """Lines of code that are read: no blank ones."""
    return [line for line in source.splitlines() if line.strip()]


@pytest.fixture(params=PATHS, ids=[path.stem for path in PATHS])
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert len(PATHS) >= 4


def test_number_of_cells(notebook):
    assert CELLS[0] <= len(notebook.cells) <= CELLS[1], f"{len(notebook.cells)} cells, allowed {CELLS}"


def test_number_of_words(notebook):
    words = sum(len(words_of(source)) for source in prose(notebook))
    assert WORDS[0] <= words <= WORDS[1], f"{words} words of prose, allowed {WORDS}"


def test_lengths_of_code_cells(notebook):
    lengths = [len(lines_of(source)) for source in code(notebook)]
    assert median(lengths) <= MEDIAN_LINES, f"median {median(lengths)} lines: {sorted(lengths)}"
    long = {
        source.splitlines()[0]: n for source, n in zip(code(notebook), lengths, strict=True) if n > MOST_LINES
    }
    assert not long, f"cells of more than {MOST_LINES} lines: {long}"


def test_headings(notebook):
    text = "\n".join(re.sub(r"```.*?```", "", source, flags=re.DOTALL) for source in prose(notebook))
    headings = [line for line in text.splitlines() if re.match(r"#+ ", line)]
    assert prose(notebook)[0].startswith("# "), "the title comes first"
    assert sum(line.startswith("# ") for line in headings) == 1, "one title"
    levels = [len(line.split()[0]) for line in headings]
    jumps = [headings[i + 1] for i, level in enumerate(levels[:-1]) if levels[i + 1] > level + 1]
    assert not jumps, f"headings that skip a level (screen readers use them): {jumps}"


def test_pictures_have_a_text_alternative(notebook):
    for source in prose(notebook):
        assert not re.search(r"!\[\s*\]\(", source), "an image without alternative text"
        assert all("alt=" in tag for tag in re.findall(r"<img[^>]*>", source))


def test_style(notebook):
    for source in prose(notebook):
        text = prose_of(source)
        found = re.search(BANNED, text, re.IGNORECASE)
        assert not found, f"{found[0]!r} in: {source[:200]}"
        assert "!" not in text, f"an exclamation mark in: {source[:200]}"
        assert not re.search("[\U0001f300-\U0001faff]", source), f"an emoji in: {source[:200]}"


def test_code_lines_fit_on_the_page(notebook):
    wide = [line for source in code(notebook) for line in source.splitlines() if len(line) > 110]
    assert not wide, f"lines of more than 110 characters: {wide}"


def test_counting_itself():
    assert words_of("Two words, $x + y$ and `code` here") == ["Two", "words", "and", "here"]
    assert words_of("![alt](a.png) [link text](https://x.y) <b>bold</b>") == ["link", "text", "bold"]
    assert lines_of("a\n\n  \nb") == ["a", "b"]
