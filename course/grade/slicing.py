"""Which cells an answer needs, as far as their text tells.

A notebook's demonstrations take most of its time, and hardly an answer needs one. So an exercise is first
marked with only those cells that bring the names it uses, directly or through others. A right answer there is
right. Any other result is not taken: then the exercise is marked with all cells, since a cell may also act in
ways that its names do not show (it seeds a generator, changes a class, writes a file).
"""

import ast
import re
from functools import lru_cache

from .probe_child import as_python

MOST_WORK = 200_000  # characters × magics of one cell
_MAGIC = re.compile(r"^[ \t]*(?:[%!?]|[\w.]+\?)|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)


def needed(cells, name, expression):
    """The cells (dicts with "source" and "answers") that answer exercise `name`, in their order."""
    parts = [_names(cell["source"]) for cell in cells]
    wanted = set(_loaded(expression))
    chosen = {i for i, cell in enumerate(cells) if cell["answers"] == name or parts[i].stars}
    while True:
        wanted |= {used for i in chosen for used in parts[i].uses}
        more = {i for i, part in enumerate(parts) if part.brings & wanted} - chosen
        if not more:
            return [cells[i] for i in sorted(chosen)]
        chosen |= more


@lru_cache(maxsize=512)
def _names(source):
    """Of a cell's text, looked at once for all exercises."""
    return _Names(source)


def _is_laborious(source):
    """IPython rewrites a cell anew for each magic in it: here, without a clock, that may take minutes."""
    return len(source) * len(_MAGIC.findall(source)) > MOST_WORK


class _Names:
    """What a cell brings (assigns, defines, imports, or changes by assigning into it), and what it uses."""

    def __init__(self, source):
        self.brings, self.uses, self.stars = set(), set(), False
        if _is_laborious(source):
            return
        try:
            tree = ast.parse(as_python(source))
        except Exception:  # IPython's rewriting may raise anything: it brings nothing, and running it fails
            return
        for node in ast.walk(tree):
            self._see(node)

    def _see(self, node):
        if isinstance(node, ast.Name):
            (self.uses if isinstance(node.ctx, ast.Load) else self.brings).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.brings.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
            self.stars |= "*" in names
            self.brings |= set(names)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            self.brings |= {_root(node)} - {None}
        elif isinstance(node, ast.AugAssign):
            self.uses |= {_root(node.target)} - {None}
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self.brings |= set(node.names)


def _root(node):
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _loaded(expression):
    return [node.id for node in ast.walk(ast.parse(expression, mode="eval")) if isinstance(node, ast.Name)]
