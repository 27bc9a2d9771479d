"""The map of the course says what the notebooks themselves say, and what the learner has solved."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from backprop_lib import course_map
from backprop_lib.checks import exercises
from backprop_lib.checks.progress import Progress
from backprop_lib.contents import NOTEBOOKS, PLANNED
from backprop_lib.viz.contents import CourseMap

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "course" / "notebooks").glob("[0-9][0-9]_*.md"))
NAMES = {book.number: [name for name in exercises() if name[:2] == book.number] for book in NOTEBOOKS}
NOTHING = Progress(frozenset(), frozenset(), None)


def course(path):
    """The `course:` part of a source's front matter."""
    return yaml.safe_load(path.read_text("utf-8").split("---\n")[1])["course"]


def test_the_map_has_every_notebook_once_and_in_order():
    assert [f"{book.number}_{book.file}" for book in NOTEBOOKS] == [path.stem for path in SOURCES]
    planned = set()
    for numbers, _ in PLANNED:
        first, *rest = map(int, re.findall(r"\d\d", numbers))
        planned |= set(range(first, (rest or [first])[0] + 1))
    here = {int(path.stem[:2]) for path in SOURCES}
    assert planned.isdisjoint(here) and planned | here == set(range(18)), "here or planned, not both"


@pytest.mark.parametrize("book", NOTEBOOKS, ids=[book.number for book in NOTEBOOKS])
def test_titles_minutes_and_needs_are_those_of_the_notebook(book):
    (path,) = (path for path in SOURCES if path.stem == f"{book.number}_{book.file}")
    asked, text = course(path), path.read_text("utf-8")
    assert book.minutes == asked["minutes"]
    assert list(book.needs) == asked.get("requires", [])
    assert re.search(r"^# \d\d · (.+)$", text, re.M)[1] == book.title
    assert re.search(rf"\b{book.minutes} minutes\b", text), f"{path.name} does not say {book.minutes} minutes"
    assert all(other.number < book.number for other in NOTEBOOKS if other.number in book.needs)


def test_every_notebook_leads_to_the_next():
    for path, following in pairwise(SOURCES):
        last = path.read_text("utf-8").rstrip().splitlines()[-1]
        assert following.stem[:2] in last, f"{path.name} ends with: {last}"


def test_what_is_solved_and_begun_is_counted():
    solved, tried = NAMES["03"][:2], NAMES["03"][2:3]
    progress = Progress(frozenset([*solved, "99.gone"]), frozenset(tried), Path("progress.jsonl"))
    shown = CourseMap(NOTEBOOKS, PLANNED, NAMES, progress)
    book = next(book for book in NOTEBOOKS if book.number == "03")
    assert shown.counts(book) == (2, 1, len(NAMES["03"]))
    assert f"2 of {len(NAMES['03'])} solved, 1 begun" in repr(shown)
    assert f"; 2 of {sum(map(len, NAMES.values()))} exercises solved." in shown.summary()
    assert "on this machine only" in shown.kept()
    html = shown._repr_mimebundle_()["text/html"]
    assert html.count('fill="#009E73"') == html.count('fill="#E69F00"') == len(NOTEBOOKS)
    widths = [float(w) for w in re.findall(r'width="([\d.]+)" height="4" fill="#009E73"', html)]
    assert sum(w > 0 for w in widths) == 1


def test_links_lead_to_notebooks_and_every_need_is_an_arrow():
    html = CourseMap(NOTEBOOKS, PLANNED, NAMES, NOTHING)._repr_mimebundle_()["text/html"]
    links = re.findall(r'<a href="(.+?)">', html)
    assert links == [f"{path.stem}.ipynb" for path in SOURCES]
    assert html.count("url(#bpl-map-arrow)") == sum(max(1, len(book.needs)) for book in NOTEBOOKS[1:])


def test_the_map_of_a_folder_that_keeps_no_progress(tmp_path):
    shown = course_map(tmp_path)
    assert "not kept here" in shown.kept()
    assert " 0 of " in shown.summary()
