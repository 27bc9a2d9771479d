"""`trace(root)`: a finished computation as a list of steps, to be drawn, read or checked.

The steps are plain data: forward, one per operation; then the seed ∂L/∂L = 1; then backward, one
per edge, with upstream gradient, local derivative, their product and the running sum. It works on
`Scalar`, on `Tensor`, and on any class whose nodes have `data`, `grad` and parents: there the
class's own `backward()` is watched, so the steps are what its code really did.
"""

from collections.abc import Mapping

from backprop_lib.tracing.adapter import is_node
from backprop_lib.tracing.format import is_array, number, plain
from backprop_lib.tracing.graph import read_graph
from backprop_lib.tracing.names import Names
from backprop_lib.tracing.replaying import ReplayError, replay, replay_nodes
from backprop_lib.tracing.steps import Node, Step, Writer

__all__ = ["Node", "ReplayError", "Step", "Trace", "number", "replay", "trace"]


def trace(root, names=None, *, fresh=True, parents=None, op=None, groups=None):
    """The computation behind `root` as a `Trace`.

    root: a Scalar, a Tensor, or a node of a class of your own.
    names: {"a": a, …} or locals(); else the nodes' labels, else automatic names.
    fresh: start from zero gradients; False keeps those that are there, as a second backward() would.
    parents, op: for a class of your own, the attribute (or a function of a node) that gives a
    node's parents and the name of its operation, where they have unusual names.
    groups: {"layer 1": nodes, …} or a function node -> name or None; nodes of one group can be
    drawn as one box.

    The nodes are left as they were found. Raises TypeError for what is not a node, ValueError for a
    graph that contains a cycle.
    """
    graph = read_graph(root, parents, op)
    options = {"fresh": fresh, "parents": parents, "op": op}
    return _trace(graph, Names(graph, names), _groups(graph, groups), options)


def _trace(graph, names, groups, options):
    writer = Writer(graph, names)
    forward = [writer.forward(i) for i, inputs in enumerate(graph.parents) if inputs]
    backward, grads, notes = _backward(graph, names, writer, options["fresh"])
    if not options["fresh"]:
        notes = [*notes, *_leftovers(graph, names)]
    if graph.stale:
        notes = [writer.stale_note(min(graph.stale)), *notes]
    nodes = [writer.node(i, grads[i], groups.get(i)) for i in range(len(graph.nodes))]
    return Trace(graph, nodes, forward + backward, notes, names.named, options)


def _backward(graph, names, writer, fresh):
    if graph.kind == "scalar":
        return scalar_backward(graph, names, writer, fresh)
    if graph.kind == "tensor":
        from backprop_lib.tracing.tensors import tensor_backward

        return tensor_backward(graph, names, writer, fresh)
    from backprop_lib.tracing.foreign import foreign_backward

    return foreign_backward(graph, names, writer, fresh)


def _leftovers(graph, names):
    """A note on leaves that start with the gradient of an earlier pass."""
    start = {i: plain(graph.nodes[i].grad) for i, inputs in enumerate(graph.parents) if not inputs}
    old = [i for i, g in start.items() if g and i not in names.constants]
    if not old:
        return []
    first = f"{names.labels[old[0]]} starts from {number(start[old[0]])}"
    more = f" and {len(old) - 1} more leaves from theirs" if len(old) > 1 else ""
    return [f"{first}{more}, the gradient of an earlier pass: leaves add up until grad is set to 0"]


def scalar_backward(graph, names, writer, fresh):
    """(steps, gradients, notes) from the local derivatives that a Scalar graph stores."""
    grads = [0.0 if fresh or inputs else node.grad for node, inputs in
             zip(graph.nodes, graph.parents, strict=True)]  # fmt: skip
    grads[graph.root] += 1.0
    steps = [writer.seed(grads[graph.root])]
    for node in reversed(graph.nodes[graph.root]._parents_first()):
        child = graph.ids[id(node)]
        inputs, upstream = graph.parents[child], grads[child]
        for edge, local in enumerate(node._locals):
            parent = inputs[edge]
            before = grads[parent]
            grads[parent] = after = before + upstream * local
            if parent not in names.constants:
                steps.append(writer.backward(child, edge, upstream, local, before, after))
    for i in names.constants:
        grads[i] = None
    return steps, grads, []


def _groups(graph, groups):
    """id -> name of its group."""
    if groups is None:
        return {}
    if isinstance(groups, Mapping):
        found = {}
        for name, members in groups.items():
            for node in [members] if is_node(members) else members:
                if id(node) in graph.ids:
                    found[graph.ids[id(node)]] = str(name)
        return found
    if not callable(groups):
        raise TypeError("groups must be a dict {'layer 1': nodes} or a function node -> name, "
                        f"got {type(groups).__name__}")  # fmt: skip
    named = {i: groups(node) for i, node in enumerate(graph.nodes)}
    return {i: str(name) for i, name in named.items() if name is not None}


class Trace:
    """A computation as plain data: `nodes` (parents first), `steps` in order, `root` (an id), `notes`.

    `to_dict()` is strict JSON; `objects` are the traced nodes themselves, in the order of the ids.
    """

    def __init__(self, graph, nodes, steps, notes, named, options):
        self.nodes = nodes
        self.steps = steps
        self.notes = notes
        self.root = graph.root
        self.objects = graph.nodes
        self._graph, self._named, self._options = graph, named, options

    def to_dict(self):
        """The trace as JSON has it; NaN and the infinities are the strings "nan", "inf", "-inf"."""
        return {
            "version": 1,
            "root": self.root,
            "notes": list(self.notes),
            "nodes": [node.to_dict() for node in self.nodes],
            "steps": [step.to_dict() for step in self.steps],
        }

    def node(self, which):
        """A node by its name, its id, or the traced object itself. Raises KeyError if there is none."""
        if isinstance(which, str):
            for node in self.nodes:
                if node.label == which:
                    return node
            names = ", ".join(node.label for node in self.nodes[:20] if node.label)
            raise KeyError(f"no node is called {which!r}; there are {names}")
        i = which if isinstance(which, int) else self._graph.ids.get(id(which))
        if i is None or not 0 <= i < len(self.nodes):
            raise KeyError(f"no such node in this trace: {which!r:.60}")
        return self.nodes[i]

    def gradient(self, which):
        """The final gradient of a node: a float, an array, or None if it got none."""
        return self.node(which).grad

    def forward_steps(self):
        return [step for step in self.steps if step.phase == "forward"]

    def backward_steps(self, parent=None):
        """The backward steps; with `parent` only those that add to this node's gradient."""
        wanted = None if parent is None else self.node(parent).id
        steps = (step for step in self.steps if step.phase == "backward")
        return [step for step in steps if wanted is None or step.parent == wanted]

    @property
    def warnings(self):
        """What is wrong in a watched backward pass, one sentence per step that has something."""
        return [step.warning for step in self.steps if step.warning]

    def edited(self, changes):
        """A trace of the same computation with other leaf values, {id or name: value}.

        Names, groups and ids stay. Raises ReplayError where the class cannot compute it again.
        """
        changes = {self.node(which).id: value for which, value in changes.items()}
        objects = replay_nodes(self._graph, changes)
        options = self._options
        graph = read_graph(objects[-1], options["parents"], options["op"])
        names = Names(graph, {name: objects[i] for i, name in self._named.items()})
        new_id = {i: graph.ids.get(id(new)) for i, new in enumerate(objects)}
        groups = {new_id[node.id]: node.group for node in self.nodes if node.group is not None}
        return _trace(graph, names, groups, options)

    def summary(self, lines=40):
        """One line a node, with value and gradient; at most `lines` lines."""
        text = [_line(node) for node in self.nodes[:lines]]
        if len(self.nodes) > lines:
            text.append(f"… and {len(self.nodes) - lines} more")
        return "\n".join([*text, *(f"note: {note}" for note in self.notes)])

    def __len__(self):
        return len(self.steps)

    def __iter__(self):
        return iter(self.steps)

    def __repr__(self):
        root = self.nodes[self.root]
        return f"Trace({len(self.nodes)} nodes, {len(self.steps)} steps, {root.formula or root.label})"


def _line(node):
    value = node.summary if is_array(node.value) else number(node.value)
    grad = ""
    if node.grad is not None:
        plain_grad = plain(node.grad)
        grad = f", gradient {number(plain_grad) if plain_grad is not None else _range(node.grad)}"
    if node.kind == "const":
        return f"constant {value}"
    return f"{node.formula or node.label} = {value}{grad}"


def _range(array):
    return f"{number(array.min())} … {number(array.max())}"
