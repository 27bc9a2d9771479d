"""Read a finished computation: which nodes it has, in order, with their parents and operations.

Works on `Scalar`, on `Tensor`, and on any class whose nodes have `data`, `grad` and parents.
"""

import sys
from dataclasses import dataclass, field
from operator import attrgetter

from backprop_lib.scalar import Scalar
from backprop_lib.tracing.adapter import PARENTS, constant_of, read_foreign
from backprop_lib.tracing.format import is_array, plain, same
from backprop_lib.tracing.rules import operation, rule_for


@dataclass(slots=True)
class Graph:
    """Nodes in topological order (parents before children); an id is a position in this order."""

    nodes: list
    parents: list  # one tuple of ids per node, with multiplicity, in order
    ops: list  # op names; "" for leaves
    kind: str  # "scalar", "tensor" or "foreign"
    parent_names: tuple = ()  # where a foreign class may keep its parents
    values: list = field(default_factory=list)  # floats; arrays where a node holds one
    rules: list = field(default_factory=list)  # a Rule or None per node
    ids: dict = field(default_factory=dict)  # id(object) -> id
    stale: set = field(default_factory=set)  # nodes whose value does not follow from their inputs
    _slopes: dict = field(default_factory=dict, repr=False)

    def __post_init__(self):
        self.ids = {id(node): i for i, node in enumerate(self.nodes)}
        # a Tensor's `data` hands out a copy, `_data` is what was computed with
        attribute = "_data" if self.kind == "tensor" else "data"
        for node in self.nodes:
            raw = getattr(node, attribute)
            number = plain(raw)
            self.values.append(raw if number is None else number)
        self.rules = [self._rule(i) for i in range(len(self.nodes))]
        self.stale = {i for i, rule in enumerate(self.rules) if rule and not self._holds(i, rule)}

    def _holds(self, i, rule):
        """False if the value is not what the operation gives for the values that the inputs have now."""
        inputs = [self.values[k] for k in self.parents[i]]
        y = rule.compute(inputs)
        return y is None or same(y, self.values[i], max(map(abs, inputs)))

    def slope(self, child, edge):
        """dy/d(input number `edge`) of a node by the rule of its operation; None if it is not known."""
        if child not in self._slopes:
            rule, inputs = self.rules[child], [plain(self.values[k]) for k in self.parents[child]]
            known = rule is not None and child not in self.stale
            y = plain(self.values[child])
            self._slopes[child] = [
                rule.slope(k, inputs, y) if known and k < rule.arity else None for k in range(len(inputs))
            ]
        return self._slopes[child][edge]

    def _rule(self, i):
        inputs, op = self.parents[i], self.ops[i]
        if not inputs or any(is_array(self.values[k]) for k in (i, *inputs)):
            return None
        if operation(op) != "pow" or self.kind == "scalar":
            return rule_for(op, len(inputs))
        if self.kind == "foreign":
            return rule_for(op, len(inputs), constant_of(self.nodes[i]))
        exponent = self.nodes[inputs[1]]  # a Tensor: written a² where the 2 is a plain number
        fixed = not (exponent.requires_grad or exponent.label or exponent._parents)
        return rule_for(op, 1, _whole(self.values[inputs[1]])) if fixed else rule_for(op, 2)

    @property
    def root(self):
        return len(self.nodes) - 1

    def consumers(self):
        """For each node the set of the nodes computed from it."""
        found = [set() for _ in self.nodes]
        for i, parents in enumerate(self.parents):
            for parent in parents:
                found[parent].add(i)
        return found


def read_graph(root, parents=None, op=None):
    """The `Graph` behind `root`. Raises TypeError for what is not a node, ValueError for a cycle."""
    if type(root) is Scalar:
        return _read_ours(root, "scalar")
    if is_tensor(root):
        return _read_ours(root, "tensor")
    nodes, lists, ops = read_foreign(root, parents, op)
    ids = {id(node): i for i, node in enumerate(nodes)}
    edges = [tuple(ids[id(p)] for p in inputs) for inputs in lists]
    return Graph(nodes, edges, ops, "foreign", (parents,) if isinstance(parents, str) else PARENTS)


def _whole(x):
    return int(x) if x == x // 1 else x


def is_tensor(x):
    """True for our `Tensor`; does not import it (whoever has a Tensor has imported it)."""
    module = sys.modules.get("backprop_lib.tensor")
    return module is not None and isinstance(x, module.Tensor)


def _read_ours(root, kind):
    nodes = _scalars(root) if kind == "scalar" else _tensors(root)
    ids = {id(node): i for i, node in enumerate(nodes)}
    parents = [tuple(ids[id(p)] for p in node._parents) for node in nodes]
    return Graph(nodes, parents, [node._op or "" for node in nodes], kind)


def _scalars(root):
    """In the order of their births; depth first where the numbers have started again in between."""
    nodes = root._newest_first()[::-1]
    place = {node: i for i, node in enumerate(nodes)}
    if all(place[parent] < place[node] for node in nodes for parent in node._parents):
        return nodes
    return read_foreign(root, "_parents")[0]


def _tensors(root):
    """In the order of their births: parents are older than their children."""
    seen, stack = {id(root): root}, [root]
    while stack:
        for parent in stack.pop()._parents:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                stack.append(parent)
    for node in seen.values():
        for parent in node._parents:
            if parent._birth > node._birth:
                raise RuntimeError(
                    f"an optimizer's step has changed {parent.label or 'a parameter'} since the graph was "
                    "made, so its numbers no longer belong together: trace it before step()"
                )
    return sorted(seen.values(), key=attrgetter("_birth"))
