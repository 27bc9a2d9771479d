"""The library's versions of the exercises of notebook 03, for `use`."""

from ..scalar import Scalar


def _rule(operation):
    """The rule of an operation of `Scalar`: its value and its local derivatives."""

    def rule(a, *constants):
        result = operation(Scalar(a), *constants)
        return result.data, result._locals

    return rule


def _parents_first(root):
    """A topological order: a node waits below its parents on the stack, and is listed when they are done."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def _backward(root):
    nodes = _parents_first(root)
    for node in nodes:
        if node.parents:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local, strict=True):
            parent.grad += node.grad * local


VERSIONS = {
    "03.mul": _rule(lambda a, b: a * b),
    "03.tanh": _rule(Scalar.tanh),
    "03.pow": _rule(lambda a, n: a**n),
    "03.topological_order": _parents_first,
    "03.long_chain": _backward,
}
