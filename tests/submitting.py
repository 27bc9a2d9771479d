"""Submissions for the tests of the graded course, and what holds for every rebuilt one."""

import copy
import json

import nbformat
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import CheckCellMetadata

from course.build import build, text
from course.grade import reading, rebuilding
from course.source import exercise_of
from tests.built import SAMPLE, on_disk

FIVE = "05_matrix_backprop"


def release_of(name):
    notebook = copy.deepcopy(on_disk(name))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


RELEASE = release_of(FIVE)
SAMPLE_RELEASE = build(SAMPLE, run=False).release
LINEAR, CHECK, IMPORTS = "answer-05-linear_backward", "check-05-linear_backward", RELEASE.cells[1].id
CELLS = {exercise_of(c)[1]: c.id for c in RELEASE.cells if exercise_of(c)[0] in ("answer", "written")}
EXERCISES = list(CELLS)  # all that have an answer, also those that are marked by hand
ANSWER = "def linear_backward(x, W, g):\n    return g @ W.T, x.T @ g, g.sum(axis=0)"


def solved(release=RELEASE):
    """A submission with another answer in each answer cell; it has outputs and metadata, as students' do."""
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answer_to(cell)
        cell.metadata["scrolled"] = True
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text='{"cell_type": "code"}\n' * 3)]
    return notebook


def answer_to(cell):
    return ANSWER if cell.id == LINEAR else f"{cell.source}\nanswered = {cell.id!r}\n"


def at(notebook, name):
    return next(i for i, cell in enumerate(notebook.cells) if cell.get("id") == name)


def cell_of(notebook, name):
    return notebook.cells[at(notebook, name)]


def codes(result):
    return [remark.code for remark in result.remarks]


def data_of(notebook):
    return json.dumps(notebook).encode()


def sound(result, release=RELEASE):
    """The result is a valid notebook, and the release but for answers and the student's own cells."""
    notebook = result.notebook
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    CheckCellMetadata().preprocess(notebook, {})
    assert nbformat.reads(text(notebook).encode("utf-8").decode("utf-8"), as_version=4) == notebook
    known = {cell.id for cell in release.cells}
    own = [cell for cell in notebook.cells if cell.id not in known]
    for cell in own:
        assert cell.metadata == {} and cell.get("outputs", []) == [] and "attachments" not in cell
    assert len(own) <= rebuilding.MAX_OWN and max([len(c.source) for c in notebook.cells]) <= reading.MAX_TEXT
    kept = copy.deepcopy(notebook)
    kept.cells = [cell for cell in kept.cells if cell.id in known]
    for cell, released in zip(kept.cells, release.cells, strict=True):
        if released.metadata.get("nbgrader", {}).get("solution"):
            cell.source = released.source
    assert kept == release
    assert len(result.remarks) <= 12 * len(release.cells)
    for remark in result.remarks:
        assert remark.sentence.isprintable() and remark.sentence.endswith(".") and len(remark.sentence) < 600
        assert remark.cell is None or remark.cell in known
    return result
