"""Find one's way in a class that somebody else wrote: parents, operations, constants of a node."""

import re
from types import FunctionType

from backprop_lib.tracing.format import plain, same
from backprop_lib.tracing.rules import rule_for

PARENTS = ("_parents", "parents", "_prev", "prev", "_children", "children", "inputs", "_inputs")
_OPS = ("_op", "op")


def read_foreign(root, parents=None, op=None):
    """(nodes, parents of each, op names), parents before children. Raises TypeError, ValueError."""
    parents_of = _parent_reader(root, parents)
    op_of = _op_reader(op)
    nodes, lists = _topological(root, parents_of)
    ops = [op_of(node, inputs) if inputs else "" for node, inputs in zip(nodes, lists, strict=True)]
    return nodes, lists, ops


def _topological(root, parents_of):
    """Depth-first without recursion; a node comes after its parents."""
    nodes, lists, state = [], [], {}
    stack = [(root, None)]
    keep = []  # parents made on the fly must not be freed while their ids are keys
    while stack:
        node, inputs = stack.pop()
        key = id(node)
        if inputs is not None:
            state[key] = "done"
            nodes.append(node)
            lists.append(inputs)
        elif key not in state:
            inputs = parents_of(node)
            keep.append(inputs)
            state[key] = "open"
            stack.append((node, inputs))
            for parent in reversed(inputs):
                if state.get(id(parent)) == "open":
                    raise ValueError(
                        f"the graph has a cycle: a {type(parent).__name__} with data = {parent.data!r:.30} "
                        "is computed from itself. Does an operation change its input's parents?"
                    )
                stack.append((parent, None))
    return nodes, lists


def is_node(x):
    return not isinstance(x, type) and hasattr(x, "data") and hasattr(x, "grad")


def _parent_reader(root, parents):
    if not is_node(root):
        raise TypeError(_not_a_node(root))
    if callable(parents):
        return lambda node: _as_list(node, parents(node))
    names = (parents,) if parents else PARENTS
    name = next((n for n in names if hasattr(root, n)), None)
    if name is None:
        raise TypeError(
            f"trace finds no parents on this {type(root).__name__}: it has none of {', '.join(names)}. "
            "Say where they are: trace(root, parents='name of the attribute')."
        )

    def read(node):
        found = getattr(node, name, None)
        return _as_list(node, found() if callable(found) else found)

    return read


def _as_list(node, found):
    """Parents as a list of nodes: pairs (parent, local derivative) and plain numbers are sorted out."""
    if found is None:
        return []
    if is_node(found):
        return [found]
    items = [part for item in found for part in (item if isinstance(item, (tuple, list)) else (item,))]
    nodes = [item for item in items if is_node(item)]
    return _ordered(node, nodes) if isinstance(found, (set, frozenset)) else nodes


def _ordered(node, members):
    """Order and multiplicity of parents that a class keeps as a set (micrograd does)."""
    kept = {id(m): m for m in members}
    captured = [x for x in closure_values(node) if id(x) in kept]
    if {id(x) for x in captured} == set(kept):
        return captured
    members = sorted(members, key=lambda m: (plain(m.data) is None, plain(m.data) or 0.0, id(m)))
    y, op = plain(node.data), _op_reader(None)(node, members)
    for trial in (members, members[::-1], members * 2):
        rule = rule_for(op, len(trial))
        if rule and y is not None and rule.compute([plain(m.data) for m in trial]) == y:
            return trial
    return members


def own_function(node):
    """The closure that a node keeps to pass its gradient on (micrograd's `_backward`), or None."""
    function = getattr(node, "_backward", None)
    if getattr(function, "__closure__", None):
        return function if isinstance(function, FunctionType) else None
    slots = (
        getattr(node, name, None) for cls in type(node).__mro__ for name in getattr(cls, "__slots__", ())
    )
    kept = (x for x in (*getattr(node, "__dict__", {}).values(), *slots) if isinstance(x, FunctionType))
    return next((f for f in kept if f.__closure__), None)


def closure_values(node):
    """What the node's own function remembers of the operation: `self` first, then the others."""
    function = own_function(node)
    if function is None:
        return []
    cells = zip(function.__code__.co_freevars, function.__closure__, strict=True)
    named = sorted(cells, key=lambda pair: (pair[0] != "self", pair[0]))
    values = [cell.cell_contents for _, cell in named if is_filled(cell)]
    return [x for x in values if x is not node]


def is_filled(cell):
    """False for a variable of a closure that was never assigned."""
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def constant_of(node):
    """A number that the operation took beside its parents (an exponent, say), where it is told."""
    numbers = [x for x in closure_values(node) if type(x) in (int, float)]
    return numbers[0] if len(numbers) == 1 else None


def _op_reader(op):
    if callable(op):
        return lambda node, inputs: str(op(node))
    names = (op,) if op else _OPS

    def read(node, inputs):
        found = next((getattr(node, n) for n in names if hasattr(node, n)), "")
        if not isinstance(found, str):
            found = getattr(found, "__name__", "") or type(found).__name__
        return found or _method_name(node) or _guess(node, inputs)

    return read


def _method_name(node):
    """A closure knows where it was written: Value.__mul__.<locals>._backward -> 'mul'."""
    path = getattr(own_function(node), "__qualname__", "").split(".<locals>")
    name = path[0].rpartition(".")[2].strip("_") if len(path) > 1 else ""
    return name if re.fullmatch(r"[a-z]\w*", name) and name != "init" else ""


def _guess(node, inputs):
    """The one operation of arithmetic that gives this result from these inputs, if there is only one."""
    values, y = [plain(p.data) for p in inputs], plain(node.data)
    if y is None or None in values:
        return ""
    candidates = ("add", "sub", "mul", "div") if len(inputs) == 2 else ("neg", "exp", "tanh", "relu", "log")
    rules = [rule_for(name, len(inputs)) for name in candidates]
    fitting = [rule.name for rule in rules if rule and same(rule.compute(values), y)]
    return fitting[0] if len(fitting) == 1 else ""


def _not_a_node(x):
    wanted = "trace needs the result of a computation: one node with data, grad and parents"
    if isinstance(x, (list, tuple)) and any(is_node(item) for item in x):
        return f"{wanted}. It got a {type(x).__name__} of {len(x)}: trace one of them, or their sum."
    if isinstance(x, type):
        return f"{wanted}. It got the class {x.__name__}: pass a result computed with it."
    if isinstance(x, (int, float)):
        return f"{wanted}. It got the number {x!r}: compute with Scalar({x!r}) and trace the result."
    if callable(x):
        name = getattr(x, "__name__", type(x).__name__)
        return f"{wanted}. It got the function {name}: call it and pass what it returns."
    missing = " and no ".join(name for name in ("data", "grad") if not hasattr(x, name))
    return f"{wanted}. It got a {type(x).__name__} ({x!r:.40}), which has no {missing}."
