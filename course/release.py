"""The learner's notebook, made from the instructor's by nbgrader's own `generate_assignment`."""

import copy
import logging
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, NbGraderPreprocessor, SaveCells
from traitlets.config import Config

from .source import BEGIN, END, STUB, TEXT_STUB, VALUES_STUB, BuildError


class ValuesStub(NbGraderPreprocessor):
    """Puts a comment in place of the stub where values are asked for, after `ClearSolutions`."""

    def preprocess_cell(self, cell, resources, index):
        lines = cell.source.split("\n")
        cell.source = "\n".join(VALUES_STUB if line == STUB else line for line in lines)
        return cell, resources


def steps():
    """nbgrader's preprocessors of a release with ours among them, by their full names."""
    found = []
    for each in GenerateAssignment.preprocessors.default_args[0]:
        found += [each, ValuesStub] if each is ClearSolutions else [each]
    return [f"{each.__module__}.{each.__name__}" for each in found]


def stubs():
    """What stands in a release where a solution stood, and what marks a solution: nbgrader's settings."""
    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    config.ClearSolutions.begin_solution_delimeter = BEGIN
    config.ClearSolutions.end_solution_delimeter = END
    config.GenerateAssignment.preprocessors = steps()
    return config


def release(notebook, name):
    """The release of an instructor's notebook: stubs for solutions, checksums, no outputs."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source", name, f"{name}.ipynb")
        source.parent.mkdir(parents=True)
        nbformat.write(notebook, source)
        config = stubs()
        config.CourseDirectory.root = folder
        config.GenerateAssignment.no_database = True
        config.GenerateAssignment.preprocessors = [each for each in steps() if not _saves(each)]
        generate(config, name)
        released = nbformat.read(Path(folder, "release", name, f"{name}.ipynb"), as_version=4)
    return with_checksums(released)


def _saves(step):
    return step.endswith(f".{SaveCells.__name__}")  # the gradebook is the class's business


def with_checksums(notebook):
    """The instructor's notebook with nbgrader's checksums in it (changed in place, and returned)."""
    for i, cell in enumerate(notebook.cells):
        if "nbgrader" in cell.metadata:
            ComputeChecksums().preprocess_cell(cell, {}, i)
    return notebook


def generate(config, name):
    """Let nbgrader make the release of source/NAME in the folder that `config` says. Raises BuildError."""
    config = copy.deepcopy(config)
    config.CourseDirectory.assignment_id = name
    config.GenerateAssignment.force = True
    said = _Said()
    log = logging.getLogger(f"course.release.{name}")
    log.propagate, log.handlers = False, [said]
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=log)
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
