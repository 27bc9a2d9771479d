"""Graphs for the exercises of notebook 02: built, differentiated independently, and done wrong.

A graph is a dictionary {node: [[parent, local derivative], …]}, parents before children. The right
derivatives come from forward mode, so that they share nothing with the answers. A case of reverse mode is
{"graph": …, "end": …} or {"rungs": n, "p": …, "q": …}: a ladder of n diamonds, too large to write out.
"""

from .formatting import number

SMALL = {"a": [], "b": [], "c": [["a", 2.0], ["b", 3.0]], "L": [["c", 5.0], ["a", 7.0]]}
# p feeds q and L: it has to wait for q, whichever of the two L lists first.
WAITS = {"x": [], "p": [["x", 3.0]], "q": [["p", 2.0]], "L": [["p", 7.0], ["q", 5.0]]}
WAITS_TOO = WAITS | {"L": [["q", 5.0], ["p", 7.0]]}
SQUARE = {"x": [], "y": [["x", 3.0], ["x", 3.0]]}  # y = x·x at x = 3


def random_graph(rng, size):
    """Nodes n0, n1, …: each with up to three parents among the last four, some edges parallel."""
    graph = {"n0": [], "n1": []}
    for k in range(2, size):
        parents = [f"n{rng.randrange(max(0, k - 4), k)}" for _ in range(rng.choice((1, 2, 2, 3)))]
        if rng.random() < 0.4:
            parents.append(parents[0])
        graph[f"n{k}"] = [[parent, rng.uniform(0.5, 2.0) * rng.choice((-1, 1))] for parent in parents]
    return graph


def ladder(rungs, p, q):
    """Diamonds in a row: 2 to the power `rungs` paths, 4 edges a rung."""
    graph = {"x0": []}
    for k in range(rungs):
        graph |= {f"u{k}": [[f"x{k}", p]], f"v{k}": [[f"x{k}", q]]}
        graph[f"x{k + 1}"] = [[f"u{k}", 1.0], [f"v{k}", 1.0]]
    return graph


def graph_and_end(case):
    """The graph of a case, and the node that is differentiated."""
    if "rungs" in case:
        return ladder(case["rungs"], case["p"], case["q"]), f"x{case['rungs']}"
    return case["graph"], case["end"]


def edges(graph):
    """How many edges it has."""
    return sum(map(len, graph.values()))


def describe(graph):
    """Its edges as text: "{a→c: 2, b→c: 3}"."""
    all_edges = ((parent, child, d) for child, incoming in graph.items() for parent, d in incoming)
    return "{" + ", ".join(f"{parent}→{child}: {number(d, 3)}" for parent, child, d in all_edges) + "}"


def as_in_notebook(graph, number_type=float):
    """The same graph with tuples for edges, as the notebook writes it."""
    return {node: [(parent, number_type(d)) for parent, d in incoming] for node, incoming in graph.items()}


def derivative(graph, start, end):
    """∂end/∂start by forward mode."""
    tangent = {}
    for node, incoming in graph.items():
        tangent[node] = 1.0 if node == start else sum((tangent[parent] * d for parent, d in incoming), 0.0)
    return tangent[end]


class TooMany(Exception):
    """The answer multiplies on and on."""


class Counted(float):
    """A local derivative that counts how often it is multiplied with, and stops at a limit."""

    done, limit = 0, 0

    def __mul__(self, other):
        Counted.done += 1
        if Counted.done > Counted.limit:
            raise TooMany
        return float(self) * float(other)

    __rmul__ = __mul__


# Typical mistakes


def paths(case, node=None):
    """The local derivatives along each path from start to end, as lists."""
    node = node or case["end"]
    if node == case["start"]:
        return [[]]
    return [[*path, d] for parent, d in case["graph"][node] for path in paths(case, parent)]


def to_any_leaf(case, node=None):
    """The sum over the paths to every leaf, wherever `start` is."""
    incoming = case["graph"][node or case["end"]]
    return sum(d * to_any_leaf(case, parent) for parent, d in incoming) if incoming else 1.0


def parallel_edges_merged(case):
    """The sum over paths where only one of several parallel edges is seen."""
    graph = case["graph"].items()
    once = {node: list({parent: d for parent, d in incoming}.items()) for node, incoming in graph}
    return derivative(once, case["start"], case["end"])
