"""Mutants of a piece of Python: the same program with one small fault.

A check that lets a mutant of its own solution pass does not check what it should.
`mutants(source, lines)` gives (description, source) pairs, each different from the original and from
the others; the description says the line and the change: "L4: a * b → a / b".
"""

import ast
import copy
from collections.abc import Iterator

_OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.Mult],
    ast.MatMult: [ast.Mult],
}
_COMPARISONS = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}


def mutants(source: str, lines: tuple[int, int] | None = None) -> Iterator[tuple[str, str]]:
    """All mutants of `source`; with `lines` = (first, last), only of what stands on these lines."""
    tree = ast.parse(source)
    original, seen = ast.unparse(tree), set()
    for number, node in enumerate(ast.walk(tree)):
        line = getattr(node, "lineno", None)
        if line is None or (lines and not lines[0] <= line <= lines[1]):
            continue
        for new in _replacements(node, tree):
            text = _with_replaced(tree, number, new)
            if text is None or text == original or text in seen:
                continue
            seen.add(text)
            yield f"L{line}: {_short(node)} → {_short(new)}", text


def _with_replaced(tree, number, new):
    changed = copy.deepcopy(tree)
    old = list(ast.walk(changed))[number]
    for parent in ast.walk(changed):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(entry is old for entry in value):
                value[[entry is old for entry in value].index(True)] = new
    try:
        return ast.unparse(ast.parse(ast.unparse(ast.fix_missing_locations(changed))))
    except SyntaxError:  # e.g. a constant as the target of an assignment
        return None


def _short(node):
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 50 else text[:49] + "…"


def _replacements(node, tree):
    """New nodes that may stand in place of this one."""
    finder = globals().get(f"_of_{type(node).__name__.lower()}")
    if finder is None:
        return
    for new in finder(node, tree):
        yield ast.copy_location(new, node)


def _of_binop(node, tree):
    for operator in _OPERATORS.get(type(node.op), []):
        yield ast.BinOp(node.left, operator(), node.right)
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow, ast.MatMult)):
        yield ast.BinOp(node.right, node.op, node.left)
    yield node.left
    yield node.right


def _of_unaryop(node, tree):
    yield node.operand


def _of_compare(node, tree):
    for i, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)


def _of_boolop(node, tree):
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    yield from node.values


def _of_constant(node, tree):
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, str) and value.isidentifier():  # a name, as in a menu or of a key
        texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        for other in sorted(text for text in texts - {value} if text.isidentifier())[:2]:
            yield ast.Constant(other)
    elif isinstance(value, (int, float)):
        for new in (value + 1, value - 1, 0, -value):
            if new != value:
                yield ast.Constant(new)


def _of_augassign(node, tree):
    yield ast.Assign([node.target], node.value)
    for operator in _OPERATORS.get(type(node.op), []):
        yield ast.AugAssign(node.target, operator(), node.value)
    yield ast.Pass()


def _of_assign(node, tree):
    yield ast.Pass()
    if not isinstance(node.value, (ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.Lambda)):
        yield ast.Assign(node.targets, ast.UnaryOp(ast.USub(), node.value))


def _of_expr(node, tree):
    if not isinstance(node.value, ast.Constant):  # a docstring does nothing
        yield ast.Pass()


def _of_for(node, tree):
    yield ast.Pass()
    yield ast.For(node.target, _call("reversed", _call("list", node.iter)), node.body, node.orelse)


def _of_while(node, tree):
    yield ast.While(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    yield ast.If(node.test, node.body, [])


def _of_if(node, tree):
    yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    yield ast.If(ast.Constant(True), node.body, node.orelse)
    yield ast.If(ast.Constant(False), node.body, node.orelse)


def _of_ifexp(node, tree):
    yield node.body
    yield node.orelse
    yield ast.IfExp(node.test, node.orelse, node.body)


def _of_break(node, tree):
    yield ast.Continue()


def _of_continue(node, tree):
    yield ast.Pass()


def _of_call(node, tree):
    if len(node.args) >= 2:
        yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    if len(node.args) == 1 and not node.keywords:
        yield node.args[0]
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value


def _of_tuple(node, tree):
    if isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        yield ast.Tuple([node.elts[1], node.elts[0]], node.ctx)


def _of_return(node, tree):
    if node.value is None:
        return
    yield ast.Return(ast.Constant(None))
    if isinstance(node.value, ast.Name):
        for name in _other_names(node.value.id, tree):
            yield ast.Return(ast.Name(name, ast.Load()))
    elif not isinstance(node.value, (ast.Tuple, ast.List, ast.Dict, ast.Constant)):
        yield ast.Return(ast.UnaryOp(ast.USub(), node.value))


def _other_names(name, tree):
    """Names that the program itself binds: what one could return by mistake."""
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    return sorted(bound - {name})[:4]


def _call(function, argument):
    return ast.Call(ast.Name(function, ast.Load()), [argument], [])
