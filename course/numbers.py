"""The numbers of an exercise in the text of the code cell that gives them."""

import ast

from backprop_lib.checks import UnknownExercise, given


def with_numbers(source, name, variant=""):
    """The text of a cell that assigns the numbers of an exercise, with those of the variant.

    The statements that assign them, `x, w = -1.5, 0.8` or `W = [[1, 2], [3, 4]]`, are written anew, each on
    one line; all else stays. Raises ValueError where a number is not assigned once, or there is none.
    """
    numbers = _given(name, variant)
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ValueError(f"the cell that gives the numbers of {name!r} is no Python: {error}") from error
    lines, assigned = source.split("\n"), []
    for statement in reversed(statements):
        names = _names(statement)
        if not set(names) & set(numbers):
            continue
        strange = [each for each in names if each not in numbers]
        if strange:
            raise ValueError(f"{strange[0]!r} is no number of {name!r}: assign it in a line of its own")
        assigned += names
        text = f"{', '.join(names)} = {', '.join(repr(numbers[each]) for each in names)}"
        lines[statement.lineno - 1 : statement.end_lineno] = [text]
    if sorted(assigned) != sorted(numbers):
        wanted = ", ".join(numbers)
        raise ValueError(f"the cell must assign the numbers of {name!r} ({wanted}) once each")
    return "\n".join(lines)


def _given(name, variant):
    try:
        numbers = given(name, variant)
    except UnknownExercise as error:
        raise ValueError(str(error)) from error
    if not isinstance(numbers, dict):
        raise ValueError(f"the numbers of {name!r} are no dict with their names")
    return numbers


def _names(statement):
    """The names that a plain assignment assigns, in order."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    target = statement.targets[0]
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return [part.id for part in parts if isinstance(part, ast.Name)]
