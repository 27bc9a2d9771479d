"""Does a student's code take from the course's library what the notebook itself does not take from it?

The library has an engine, layers and optimizers, and the sandbox has the library. An answer that imports
them, or asks `use` for the library's version of another exercise, computes right and is not what was asked
for. That is for the teacher to see, and no verdict: a picture in a cell of one's own may need an import, too.
"""

import ast

from course.source import exercise_of

from .normalising import without_magics
from .remarks import Remark, listed

PACKAGE = "backprop_lib"
CODE = "library"
_ALWAYS = {f"{PACKAGE}.checks.{name}" for name in ("check", "hint", "use")}


def borrowed(notebook, release):
    """[Remark] on the student's cells of a rebuilt notebook. Never raises for what is in them."""
    known = _ALWAYS.union(*(_taken(cell.source) for cell in _code(release)))
    kept = {cell.get("id"): cell.source for cell in release.cells}
    remarks = []
    for cell in _code(notebook):
        name = cell.get("id")
        if kept.get(name) == cell.source:
            continue
        new = sorted(each for each in _taken(cell.source) if not _is_known(each, known))
        if new:
            where = exercise_of(cell)[1] or "A cell of the student's own"
            sentence = f"{where} takes from the library what the notebook does not: {listed(new)}."
            remarks.append(Remark(CODE, sentence, name))
    return remarks


def _code(notebook):
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _is_known(name, known):
    """Is it there already, by itself or as a part of what is? All that is in the whole package is not."""
    parts = name.split(".")
    return any(".".join(parts[:i]) in known - {PACKAGE} for i in range(1, len(parts) + 1))


def _taken(source):
    """{"backprop_lib.scalar.Scalar", 'use("03.mul")', …} of a cell's text."""
    found = set()
    try:
        tree = ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} if node.value.replace(".", "_").isidentifier() else set()
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "use":
            name = getattr(node.args[0], "value", "…") if node.args else "…"
            found.add(f'use("{name}")')
    return {name for name in found if name.split(".")[0] == PACKAGE or name.startswith("use(")}
