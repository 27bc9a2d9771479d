"""What the folder that students get is made of: {path in it: bytes}. Nothing of course/ but the notebooks.

The learners' notebooks come with the outputs of their demonstrations where the class changed no more than
points; one of the teacher's own has none until somebody runs it.
"""

import re
from pathlib import Path
from string import Template

import nbformat

from .build import LEARNER, SOURCES, text
from .outputs import ROOT
from .overlay import Overlay
from .release import release
from .source import BEGIN, END, exercise_of

TEMPLATES = Path(__file__).resolve().parent / "students_template"
AS_THEY_ARE = ("pyproject.toml", "requirements.txt", "LICENSE", "LICENSE-text")
BINDER = ("requirements.txt", "runtime.txt")
CHECKS = "backprop_lib/checks"  # here the published folder holds references: it is how `check` judges
_TITLE = re.compile(r"^# (?:\d\d · )?(.+)$", re.MULTILINE)
_MINUTES = re.compile(r"^course:.*minutes:\s*(\d+)", re.MULTILINE)
_NOT_PUBLISHED = ("__pycache__", ".ipynb_checkpoints")


def files(paths, overlay=None, title="Backpropagation, step by step"):
    """All files for these sources, in this order. Raises ClassError and BuildError."""
    overlay = overlay or Overlay(SOURCES / "no overlay")
    found = {name: (ROOT / name).read_bytes() for name in AS_THEY_ARE}
    found |= {f"binder/{name}": (ROOT / "binder" / name).read_bytes() for name in BINDER}
    found["binder/postBuild"] = (TEMPLATES / "binder" / "postBuild").read_bytes()
    found[".gitignore"] = (TEMPLATES / "gitignore").read_bytes()
    found["README.md"] = _readme(paths, title).encode()
    found |= _tree(ROOT / "backprop_lib", "backprop_lib") | _tree(LEARNER / "images", "notebooks/images")
    if overlay.checks is not None:
        found |= _tree(overlay.checks, CHECKS)
    found |= _tree(overlay.folder / "notebooks" / "images", "notebooks/images")
    for path in paths:
        found[f"notebooks/{path.stem}.ipynb"] = text(_notebook(path, overlay)).encode()
    return found


def leaks(files, paths):
    """Solutions of these sources that stand in a published file: a list of sentences.

    A solution is the text between the markers of a region; space and line breaks do not count. `CHECKS` is
    left out: it holds references, and `publish` says so.
    """
    regions = [(path, region) for path in paths for region in regions_of(path)]
    found = []
    for name, data in files.items():
        if name.startswith(f"{CHECKS}/") or b"\0" in data[:8000]:
            continue
        for part in _parts(name, data):
            said = [
                f"{name} has a solution of {path.name}: {region}"
                for path, region in regions
                if region in part
            ]
            found += said
            if "BEGIN SOLUTION" in part and name.endswith(".ipynb"):
                found.append(f"{name} has a solution region")
    return found


def regions_of(path):
    """The solutions in a source, with single spaces. Left out is what is too short to tell anything."""
    between = re.compile(rf"{re.escape(BEGIN)}(.*?){re.escape(END)}", re.DOTALL)
    regions = (" ".join(region.split()) for region in between.findall(path.read_text("utf-8")))
    return [region for region in regions if len(region) >= 12]


def _parts(name, data):
    """The texts of a file: of a notebook each cell, else the whole."""
    whole = data.decode("utf-8", "replace")
    if not name.endswith(".ipynb"):
        return [" ".join(whole.split())]
    cells = nbformat.reads(whole, as_version=4).cells
    outputs = [str(output) for cell in cells for output in cell.get("outputs", [])]
    return [" ".join(part.split()) for part in [*(cell.source for cell in cells), *outputs]]


def _tree(folder, target):
    """All files under a folder, caches left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix != ".pyc" and not set(inside.parts) & set(_NOT_PUBLISHED):
            found[f"{target}/{inside.as_posix()}"] = path.read_bytes()
    return found


def _notebook(path, overlay):
    """The learner's notebook of a source."""
    released = release(overlay.notebook(path), path.stem)
    public = LEARNER / f"{path.stem}.ipynb"
    if not public.exists():
        return released
    shown = nbformat.read(public, as_version=4)
    if _without_checks(shown) != _without_checks(released):
        return released
    for cell, with_outputs in zip(released.cells, shown.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = with_outputs.outputs, with_outputs.execution_count
    return released


def _without_checks(notebook):
    """What decides the outputs of the demonstrations: all text but that of checks, in order."""
    return [(cell.cell_type, exercise_of(cell)[0] == "check" or cell.source) for cell in notebook.cells]


def _readme(paths, title):
    rows = ["| notebook | minutes |", "| --- | --- |"]
    for path in paths:
        source = path.read_text("utf-8")
        heading, minutes = _TITLE.search(source), _MINUTES.search(source)
        name = f"{path.stem[:2]} {heading[1] if heading else path.stem[3:]}"
        rows.append(f"| [{name}](notebooks/{path.stem}.ipynb) | {minutes[1] if minutes else ''} |")
    template = Template((TEMPLATES / "README.md").read_text("utf-8"))
    return template.substitute(title=title, first=f"{paths[0].stem}.ipynb", map="\n".join(rows))
