"""The map of the course in notebook 00 says what the notebooks themselves say."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "course" / "notebooks").glob("[0-9][0-9]_*.md"))
MAP = (ROOT / "course" / "notebooks" / "00_start_here.md").read_text("utf-8")


def course(path):
    """The `course:` part of a source's front matter."""
    return yaml.safe_load(path.read_text("utf-8").split("---\n")[1])["course"]


def row(number):
    """The cells of the row of the map that begins with a notebook's number."""
    (line,) = re.findall(rf"^\| \[?{number} .*\|$", MAP, re.M)
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_map_of_notebook_00_is_right(path):
    number, asked = path.stem[:2], course(path)
    name, _, minutes, needs = row(number)
    assert minutes == str(asked["minutes"])
    assert needs.replace("–", "").split() == asked.get("requires", [])
    title = re.search(r"^# \d\d · (.+)$", path.read_text("utf-8"), re.M)[1]
    link = f"[{number} {title}]({path.stem}.ipynb)"
    assert name == (f"{number} {title}" if number == "00" else link)


def test_what_is_said_to_come_is_not_here():
    assert len(SOURCES) >= 4
    coming = [line for line in MAP.splitlines() if "| coming |" in line]
    announced = {int(number) for line in coming for number in re.findall(r"\b(\d\d) [A-Z]", line)}
    assert announced == set(range(4, 12))
    assert announced.isdisjoint(int(path.stem[:2]) for path in SOURCES)
    assert any(line.startswith("| 12 to 17 |") for line in coming)


def test_the_minutes_at_the_top_are_the_same():
    for path in SOURCES:
        text, minutes = path.read_text("utf-8"), course(path)["minutes"]
        assert re.search(rf"\b{minutes} minutes\b", text), f"{path.name} does not say {minutes} minutes"
