"""The learner's notebook, made from the instructor's by nbgrader's own `generate_assignment`."""

import logging
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ComputeChecksums, SaveCells
from traitlets.config import Config

from .source import BEGIN, END, STUB, TEXT_STUB, VALUES_STUB, BuildError


def release(notebook, name):
    """The release of an instructor's notebook: stubs for solutions, checksums, no outputs."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source", name, f"{name}.ipynb")
        source.parent.mkdir(parents=True)
        nbformat.write(notebook, source)
        _generate(folder, name)
        released = nbformat.read(Path(folder, "release", name, f"{name}.ipynb"), as_version=4)
    for cell in released.cells:
        lines = cell.source.split("\n")
        cell.source = "\n".join(VALUES_STUB if line == STUB else line for line in lines)
    return with_checksums(released)


def with_checksums(notebook):
    """The instructor's notebook with nbgrader's checksums in it (changed in place, and returned)."""
    for i, cell in enumerate(notebook.cells):
        if "nbgrader" in cell.metadata:
            ComputeChecksums().preprocess_cell(cell, {}, i)
    return notebook


def _generate(folder, name):
    config = Config()
    config.CourseDirectory.root = folder
    config.CourseDirectory.assignment_id = name
    config.GenerateAssignment.no_database = True  # the gradebook is the marking's business
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    config.ClearSolutions.begin_solution_delimeter = BEGIN
    config.ClearSolutions.end_solution_delimeter = END
    said = _Said()
    log = logging.getLogger(f"course.release.{name}")
    log.propagate, log.handlers = False, [said]
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=log)
    converter.preprocessors = [each for each in converter.preprocessors if each is not SaveCells]
    try:
        converter.start()
    except Exception as error:
        raise BuildError(f"{name}: nbgrader could not make the release: {error}\n{said.text()}") from error


class _Said(logging.Handler):
    """Keeps nbgrader's warnings and errors, to be shown if it fails."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())

    def text(self):
        return "\n".join(self.lines)
