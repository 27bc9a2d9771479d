"""Names for the nodes of a trace: the user's where there are any, readable ones elsewhere."""

from collections.abc import Mapping
from string import ascii_lowercase

from backprop_lib.tracing.format import is_array, number


class Names:
    """`labels[i]` is shown at node i; `n[i]` and `p[i]` stand for it in formulas.

    `p` has parentheses around negative constants; `derivative(i)` is ∂L/∂(node i)
    (for L stands the name of the result, where the user gave it one).
    """

    def __init__(self, graph, names):
        self.named = _chosen(graph, names)  # id -> name given by the user
        leaves = [i for i, inputs in enumerate(graph.parents) if not inputs]
        # Numbers written into an expression (2 * a) become leaves without a name. Where no leaf at
        # all has a name, numbers and inputs cannot be told apart: all count as inputs.
        self.constants = {i for i in leaves if i not in self.named}
        if len(self.constants) == len(leaves):
            self.constants = set()
        if graph.kind == "tensor":  # here they can: a number needs no gradient
            self.constants = {i for i in leaves if i not in self.named and not graph.nodes[i].requires_grad}
        self.constants = {i for i in self.constants if not is_array(graph.values[i])}
        self.labels = self._labels(graph, leaves)
        self.loss = _symbol(self.labels[graph.root])  # L, unless the user named the result
        self.n = [
            number(graph.values[i]) if i in self.constants else _symbol(s) for i, s in enumerate(self.labels)
        ]
        self.p = list(self.n)
        for i in self.constants:
            self.p[i] = number(graph.values[i], parens=True)

    def derivative(self, i):
        return f"∂{self.loss}/∂{self.p[i]}"

    def _labels(self, graph, leaves):
        labels = [""] * len(graph.nodes)
        taken = set()
        for i, name in self.named.items():
            labels[i] = _free(name, taken)
        unnamed = [i for i in leaves if i not in self.named and i not in self.constants]
        letters = len(unnamed) <= len(ascii_lowercase)
        fresh = iter(ascii_lowercase) if letters else (f"x{k}" for k in range(1, len(unnamed) + 1))
        for i in unnamed:
            labels[i] = _free(next(fresh), taken)
        if graph.root not in self.named and graph.parents[graph.root] and "L" not in taken:
            labels[graph.root] = _free("L", taken)
        inner = 0
        for i, label in enumerate(labels):
            if not label and i not in self.constants:
                inner += 1
                labels[i] = _free(f"v{inner}", taken)
        return labels


def _free(name, taken):
    """The name itself, or with #2, #3, … where another node has it already."""
    candidate, k = name, 1
    while candidate in taken:
        k += 1
        candidate = f"{name}#{k}"
    taken.add(candidate)
    return candidate


def _symbol(label):
    """A label such as 'x*w + b' needs parentheses inside a formula."""
    return f"({label})" if any(c in " +-*/·" for c in label) else label


def _chosen(graph, names):
    """id -> name: from `names` (the shortest of several, then alphabetical), else the node's label."""
    found = {}
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names must be a dict such as {{'a': a}} or locals(), got {type(names).__name__}")
    for name, value in dict(names or {}).items():
        for full, node in _spread(str(name), value):
            i = graph.ids.get(id(node))
            if i is not None:
                found.setdefault(i, []).append((full.startswith("_"), full.endswith("]"), len(full), full))
    chosen = {i: min(candidates)[-1] for i, candidates in found.items()}
    for i, node in enumerate(graph.nodes):
        label = getattr(node, "label", "") if i not in chosen else ""
        if isinstance(label, str) and label:
            chosen[i] = label
    return dict(sorted(chosen.items()))


def _spread(name, value, depth=0):
    """A list of nodes names each: w -> w[0], w[1], …; lists in lists too."""
    if not isinstance(value, (list, tuple)) or depth == 3:
        yield name, value
        return
    for k, item in enumerate(value):
        yield from _spread(f"{name}[{k}]", item, depth + 1)
