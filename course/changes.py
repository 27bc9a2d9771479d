"""What a new release changes in the gradebook, and a change of cells under submissions that are there.

nbgrader refuses to add or remove cells once there are submissions, and takes new points without a word. Here
both are said first. Forced, cells are added and removed one by one, so that the scores, comments and extra
credit of all others stay; those of removed cells are kept in a file.
"""

import json
import time
from dataclasses import dataclass

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry
from nbgrader.utils import is_grade, is_locked, is_solution

from .grade.records import write_whole


@dataclass(frozen=True)
class Cells:
    """nbgrader's cells of a notebook, by grade_id: points, which hold a solution, and the texts."""

    points: dict
    solutions: frozenset
    sources: dict  # grade_id -> {"cell_type", "locked", "source", "checksum"}


def cells_of(notebook):
    """The cells of a released notebook."""
    named = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    points = {name: float(cell.metadata.nbgrader.points) for name, cell in named.items() if is_grade(cell)}
    sources = {
        name: {
            "cell_type": cell.cell_type,
            "locked": is_locked(cell),
            "source": cell.source,
            "checksum": cell.metadata.nbgrader.get("checksum"),
        }
        for name, cell in named.items()
    }
    return Cells(points, frozenset(name for name, cell in named.items() if is_solution(cell)), sources)


def in_gradebook(classroom, name):
    """(cells in the gradebook or None, number of submissions of this assignment that it has)."""
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        try:
            notebook = gradebook.find_notebook(name, name)
        except MissingEntry:
            return None, 0
        kept = ("cell_type", "locked", "source", "checksum")
        sources = {cell.name: {key: getattr(cell, key) for key in kept} for cell in notebook.source_cells}
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        solutions = frozenset(cell.name for cell in notebook.solution_cells)
        return Cells(points, solutions, sources), len(notebook.submissions)


def differences(old, new):
    """What is another in the new cells, as far as it changes marks: a list of sentences."""
    said = []
    for name in [*old.sources, *(name for name in new.sources if name not in old.sources)]:
        if name not in new.sources:
            points = f" ({old.points[name]:g} points)" if name in old.points else ""
            said.append(f"{name} is gone{points}")
        elif name not in old.sources:
            points = f" ({new.points[name]:g} points)" if name in new.points else ""
            said.append(f"{name} is new{points}")
        elif old.points.get(name) != new.points.get(name):
            said.append(f"{name} has {_points(new, name)}, until now {_points(old, name)}")
        elif (name in old.solutions) != (name in new.solutions):
            said.append(f"{name} is of another kind")
        elif new.sources[name]["locked"] and _text(old, name) != _text(new, name):
            said.append(f"{name} reads {_text(new, name)!r}, until now {_text(old, name)!r}")
    return said


def _points(cells, name):
    return f"{cells.points[name]:g} points" if name in cells.points else "no points"


def _text(cells, name):
    return cells.sources[name]["source"]


def align(classroom, name, new):
    """Give the gradebook the new cells under the submissions that it has. Returns the file with what was
    kept of removed cells, or None if nothing was removed that anybody had."""
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        notebook = gradebook.find_notebook(name, name)
        kept = []
        for cell in (*notebook.grade_cells, *notebook.solution_cells):
            wanted = new.points if type(cell).__name__ == "GradeCell" else new.solutions
            if cell.name not in wanted:
                kept += _remove(gradebook, cell)
        for cell in [cell for cell in notebook.source_cells if cell.name not in new.sources]:
            gradebook.db.delete(cell)
        file = _keep(classroom, name, kept)  # before it is gone from the gradebook
        gradebook.db.commit()
        _add(gradebook, name, new)
    return file


def _remove(gradebook, cell):
    """Delete a cell with what hangs on it; return what was not empty, as data."""
    kind = Grade if type(cell).__name__ == "GradeCell" else Comment
    columns = [
        column.name
        for column in kind.__table__.columns
        if column.name not in ("id", "cell_id", "notebook_id")
    ]
    kept = []
    for entry in gradebook.db.query(kind).filter(kind.cell_id == cell.id).all():
        data = {column: getattr(entry, column) for column in columns}
        if any(value is not None and not isinstance(value, bool) for value in data.values()):
            kept.append({"student": entry.notebook.student.id, "cell": cell.name, **data})
        gradebook.db.delete(entry)
    gradebook.db.flush()
    gradebook.db.delete(cell)
    return kept


def _keep(classroom, name, kept):
    if not kept:
        return None
    file = (
        classroom.folder
        / "removed"
        / f"{name}-{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 10**9:09}.json"
    )
    write_whole(file, json.dumps(kept, indent=1, sort_keys=True))
    return file


def _add(gradebook, name, new):
    notebook = gradebook.find_notebook(name, name)
    graded = {cell.name for cell in notebook.grade_cells}
    solved = {cell.name for cell in notebook.solution_cells}
    known = {cell.name for cell in notebook.source_cells}
    for cell, points in new.points.items():
        if cell not in graded:
            kind = new.sources[cell]["cell_type"]
            made = gradebook.add_grade_cell(cell, name, name, max_score=points, cell_type=kind)
            for submitted in notebook.submissions:
                gradebook.db.add(Grade(cell_id=made.id, notebook=submitted))
    for cell in sorted(new.solutions - solved):
        made = gradebook.add_solution_cell(cell, name, name)
        for submitted in notebook.submissions:
            gradebook.db.add(Comment(cell_id=made.id, notebook=submitted))
    for cell, entries in new.sources.items():
        if cell not in known:
            gradebook.add_source_cell(cell, name, name, **entries)
    gradebook.db.commit()
