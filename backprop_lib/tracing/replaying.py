"""Compute a traced graph again with other leaf values, by the operators of its own class."""

import operator

from backprop_lib.tracing.adapter import closure_values
from backprop_lib.tracing.graph import read_graph
from backprop_lib.tracing.rules import exponent_of, operation

_OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
    "abs": operator.abs,
    "matmul": operator.matmul,
}


class ReplayError(ValueError):
    """A graph cannot be computed again: an operation is not known, or not defined at the new values."""


def replay(root, values, *, parents=None, op=None):
    """The root of a new graph: the same operations on leaves with new values.

    root: a node of any class that can be traced. values: {leaf id (as in the trace) or label:
    number}; other leaves keep their value. The old graph is not touched. Raises ReplayError.
    """
    graph = read_graph(root, parents, op)
    return replay_nodes(graph, {_leaf_id(graph, key): value for key, value in values.items()})[-1]


def _leaf_id(graph, key):
    if not isinstance(key, str):
        return key
    found = [i for i, node in enumerate(graph.nodes) if getattr(node, "label", None) == key]
    if len(found) != 1:
        raise ReplayError(f"{len(found)} nodes have the label {key!r}; one is needed")
    return found[0]


def replay_nodes(graph, changes):
    """New node objects, in the order of the ids."""
    for i in changes:
        if not isinstance(i, int) or not 0 <= i < len(graph.nodes) or graph.parents[i]:
            raise ReplayError(f"only leaves can be changed, and {i!r} is not the id of a leaf")
    new = []
    for i, (node, inputs) in enumerate(zip(graph.nodes, graph.parents, strict=True)):
        if inputs:
            new.append(_again(graph, i, [new[k] for k in inputs]))
        else:
            new.append(_leaf(graph, i, changes.get(i, graph.values[i])))
        _copy_label(node, new[-1])
    return new


def _leaf(graph, i, value):
    node = graph.nodes[i]
    options = {} if getattr(node, "requires_grad", True) else {"requires_grad": False}
    if graph.kind == "tensor":
        options["dtype"] = node.dtype
    try:
        return type(node)(value, **options)
    except Exception as error:  # a class of the learner's own may raise anything
        raise ReplayError(f"{type(node).__name__}({value!r:.40}) failed: {error}") from error


def _copy_label(old, new):
    label = getattr(old, "label", "")
    if label and isinstance(label, str) and hasattr(new, "label"):
        new.label = label


def _again(graph, i, inputs):
    op = graph.ops[i]
    function = _tensor_op(graph, i) if graph.kind == "tensor" else _own_op(graph, i, inputs)
    try:
        return function(*inputs)
    except (ArithmeticError, ValueError) as error:
        raise ReplayError(f"{op!r} cannot be computed at these values: {error}") from error
    except Exception as error:  # an operator that the class does not have, or whatever it raises
        raise ReplayError(f"{op!r} cannot be computed again: {error}") from error


def _tensor_op(graph, i):
    from backprop_lib.tensor import REGISTRY

    node = graph.nodes[i]
    return lambda *inputs: REGISTRY[node._op](*inputs, **node._options)


def _own_op(graph, i, inputs):
    """The operator or method of the nodes' class that makes node i."""
    op = graph.ops[i]
    name, n = operation(op), exponent_of(op)
    constants = [x for x in closure_values(graph.nodes[i]) if type(x) in (int, float)]
    if n is None and name == "pow" and len(inputs) == 1 and len(constants) == 1:
        n = constants[0]
    if n is not None:
        return lambda a: a**n
    if name == "sub" and len(inputs) == 1:
        name = "neg"
    if name in _OPERATORS and len(inputs) == (1 if name in ("neg", "abs") else 2):
        return _OPERATORS[name]
    method = next((m for m in (op, name) if callable(getattr(inputs[0], m or " ", None))), None)
    if method is None:
        kind = type(inputs[0]).__name__
        raise ReplayError(f"{op!r} cannot be computed again: {kind} has no operator or method of this name")
    return lambda first, *others: getattr(first, method)(*others)
