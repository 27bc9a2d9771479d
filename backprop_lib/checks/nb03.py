"""The exercises of notebook 03: three rules (in rules03.py), an order, a repair, a deep chain."""

import sys

from . import rules03  # noqa: F401  (registers 03.mul, 03.tanh, 03.pow)
from .comparing import compare
from .exercise import Exercise, Failure, Mistake, Wrong, register
from .formatting import noun
from .graphs03 import (
    ORDERS,
    Node,
    build,
    describe,
    doublings,
    gradients,
    names_of_nodes,
    random_graph,
    spoiled,
    values,
)

# The order

_FOREIGN, _NO_NODE = "a node of another graph", "no node"


def _order_cases(rng):
    diamond = {"leaves": {"x": 2.0, "k": 5.0}, "ops": [["*", 0, 0], ["*", 2, 1], ["+", 3, 2]], "calls": 1}
    mirrored = diamond | {"ops": [["*", 0, 0], ["*", 2, 1], ["+", 2, 3]]}
    twins = {"leaves": {"a": 2.0, "b": 2.0}, "ops": [["+", 0, 1]], "calls": 1}
    graphs = [random_graph(rng, rng.randint(1, 3), rng.randint(4, 9)) for _ in range(6)]
    smallest = {"leaves": {"x": 2.0}, "ops": [], "calls": 1}
    return [smallest, diamond, mirrored, twins, diamond | {"calls": 2}, *graphs, doublings(40)]


def _order_probe(topological_order, case):
    nodes = build(case)
    for _ in range(case["calls"]):
        order = topological_order(nodes[-1])
    if not isinstance(order, (list, tuple)):
        return order
    names = dict(zip(map(id, nodes), names_of_nodes(case), strict=True))
    return [names.get(id(node), _FOREIGN if isinstance(node, Node) else _NO_NODE) for node in order]


def _order_judge(case, order):
    if type(order) is not list:
        return Wrong("wrong-type", f"Your function returns {noun(order)}; a list is expected.")
    names, numbers = names_of_nodes(case), [[]] * len(case["leaves"]) + [[i, j] for _, i, j in case["ops"]]
    parents = {name: [names[i] for i in given] for name, given in zip(names, numbers, strict=True)}
    needed = {names[i] for i in ORDERS["stack"](numbers)}
    mistake = None
    if not all(type(node) is str for node in order):  # from a sandbox it may be anything
        mistake = "not-nodes"
    elif _FOREIGN in order:
        mistake = "kept"
    elif not needed.issuperset(order):
        mistake = "not-nodes"
    elif case["calls"] > 1 and sorted(order) != sorted(needed):
        mistake = "second-call"
    elif len(set(order)) < len(order):
        mistake = "repeats"
    elif set(order) < needed:
        data = dict(zip(names, values(case), strict=True))
        kept = {data[node] for node in order}
        mistake = "by-value" if all(data[node] in kept for node in needed - set(order)) else "misses"
    else:
        place = {node: i for i, node in enumerate(order)}
        after = [place[node] > place[parent] for node in order for parent in parents[node]]
        if not all(after):
            mistake = "too-early" if any(after) else "reversed"
    return mistake and Wrong(mistake, expected=[name for name in names if name in needed])


def _too_many_visits(case, got):
    return isinstance(got, Failure) and got.type == "TooManyVisits"


register(Exercise(
    "03.topological_order",
    "An order in which every node comes after its parents",
    cases=_order_cases,
    probe=_order_probe,
    judge=_order_judge,
    show=lambda case: describe(case).replace("backward()", "topological_order(L)"),
    mistakes=[
        Mistake("reversed",
                "Each node comes before its parents: this is the order of the backward pass."),
        Mistake("too-early",
                "Some node comes before one of its parents. When may a node enter the list?"),
        Mistake("repeats",
                "A node that is used twice appears twice. Remember whom you have seen."),
        Mistake("misses",
                "Some nodes are missing. The leaves belong to the graph, and so does the root."),
        Mistake("by-value",
                "Two nodes that hold the same number are still two nodes: remember nodes, not values."),
        Mistake("kept",
                "Your list contains nodes of another graph: is something kept between calls?"),
        Mistake("second-call",
                "The first call is right, the second is not: is something kept between calls?"),
        Mistake("not-nodes",
                "The list must hold the nodes themselves, not their values or names."),
        Mistake("every-path",
                "You go down every path: 40 doublings have a trillion. Skip the nodes that you have seen.",
                when=_too_many_visits),
    ],
    hints=[
        "A node may enter the list only when all its parents are in it. So visit the parents first.",
        "Write visit(node): if it was seen, return; visit each parent; then append the node.",
    ],
))


# Three planted bugs

_OVERWRITES = "`=` stands where `+=` should: the second gradient that arrives replaces the first."
_TOO_EARLY = "A node hands its gradient on before all its children have delivered."
_STALE = "A second backward() starts from what the first has left in the computed nodes."
_FORWARD = (
    "Only what the root hands to its own parents arrives. Either you go through the order from the leaves to "
    "the root, or the loop sets a node to 0 just before it hands on what had come to it."
)
_CLASS = "a computed node is a"
_LEAVES = "You reset the leaves too. They add up over calls; only computed nodes start from 0."


def _repair_cases(rng):
    two = {"leaves": {"a": 2.0, "b": -3.0}, "calls": 1}
    three = {"leaves": {"a": 2.0, "b": -3.0, "c": 0.7}, "calls": 1}
    chain = {**three, "ops": [["*", 0, 1], ["*", 3, 2]]}
    return [
        {"part": "adding up", **two, "ops": [["+", 0, 0]]},
        {"part": "adding up", **two, "ops": [["+", 0, 1], ["*", 2, 0]]},
        {"part": "the order", **three, "ops": [["*", 0, 1], ["*", 3, 2], ["*", 4, 3]]},
        {"part": "the order", **three, "ops": [["*", 0, 1], ["*", 3, 2], ["*", 3, 4]]},
        {"part": "a second call", **chain, "calls": 2},
        {"part": "a second call", **chain, "calls": 3},
        {"part": "a second call", **two, "ops": [["*", 0, 1], ["*", 2, 0]], "calls": 2},
        {"part": "all together", **three, "ops": [["*", 0, 1], ["*", 3, 2], ["+", 3, 4]]},
        *({"part": "all together", **random_graph(rng, 3, 6, calls=k)} for k in (1, 1, 2, 3)),
    ]


def _repair_probe(Repaired, case):
    if not any(callable(member) for member in vars(Repaired).values()):
        raise NotImplementedError("the class is still as it was given")
    nodes = [Repaired(value) for value in case["leaves"].values()]
    for op, i, j in case["ops"]:
        nodes.append(nodes[i] + nodes[j] if op == "+" else nodes[i] * nodes[j])
    for _ in range(case["calls"]):
        nodes[-1].backward()
    foreign = next((type(node).__name__ for node in nodes if not isinstance(node, Repaired)), None)
    grads = {name: leaf.grad for name, leaf in zip(case["leaves"], nodes, strict=False)}
    return {**grads, _CLASS: foreign} if foreign else grads


_EARLY = ("stack", "queue", "queue, marked early")
_BUGS = [
    {"assigns": assigns, "order": order, "resets": resets}
    for assigns in ("", "+", "*", "+*")
    for order in ("right", "forward", *_EARLY)
    for resets in ("computed", "none", "all")
]


def _shows(key, *bugs_of_this_kind):
    """Says whether every mixture of bugs that gives this result has this one in it."""

    def when(case, got):
        mixtures = [bugs for bugs in _BUGS if compare(spoiled(case, **bugs), got) is None]
        return bool(mixtures) and all(bugs[key] in bugs_of_this_kind for bugs in mixtures)

    return when


register(Exercise(
    "03.repair",
    "Find and repair three planted bugs",
    cases=_repair_cases,
    probe=_repair_probe,
    reference=gradients,
    part=lambda case: case["part"],
    show=describe,
    mistakes=[
        Mistake("other-class",
                "Your operation makes nodes of the broken class. `type(self)(…)` makes them of yours.",
                when=lambda case, got: _CLASS in got),
        Mistake("overwrites", _OVERWRITES, when=_shows("assigns", "+", "*", "+*")),
        Mistake("forward", _FORWARD, when=_shows("order", "forward")),
        Mistake("wrong-order", _TOO_EARLY, when=_shows("order", *_EARLY)),
        Mistake("stale", _STALE, when=_shows("resets", "none")),
        Mistake("leaves-reset", _LEAVES, when=_shows("resets", "all")),
    ],
    hints=[
        "Change one thing at a time. Step through (a + b)·a first: where does a gradient get lost?",
        "For the order: append a node after its parents, then go through the list in reverse.",
        "For the second call: which nodes have parents? Those were computed, and start from 0.",
    ],
))


# A backward pass without recursion


def _deep_cases(rng):
    late = {"leaves": {"x": 2.0, "k": 5.0}, "ops": [["*", 0, 1], ["*", 2, 1], ["+", 3, 2]], "calls": 1}
    return [
        late,
        late | {"ops": [["*", 0, 1], ["*", 2, 1], ["+", 2, 3]]},
        late | {"calls": 2},
        *(random_graph(rng, 2, n, calls=1 + n % 2) for n in (4, 5, 6, 7)),
        doublings(40),
        {"chain": 100_000, "factor": 1.00001},
    ]


_LEVELS = 3000  # what Jupyter allows
_RAISED = "the recursion limit"


def _deep_probe(backward, case):
    nodes = build(case)
    before = sys.getrecursionlimit()
    limit = min(before, _LEVELS)  # a limit that was raised outside of the function counts as little
    sys.setrecursionlimit(limit)
    try:
        for _ in range(case.get("calls", 1)):
            backward(nodes[-1])
        after = sys.getrecursionlimit()
    finally:
        sys.setrecursionlimit(before)
    if after != limit:
        return {_RAISED: after}
    return {node.label: node.grad for node in nodes[:-1] if node.label}


def _spoiled(**bug):
    """What this bug gives. (A chain tells no bugs apart, and takes long.)"""
    return lambda case: None if "chain" in case else spoiled(case, **bug)


def _nothing_arrives(case):
    return {"x": 0.0} if "chain" in case else dict.fromkeys(case["leaves"], 0.0)


def _out_of_order(case, got):
    wrong = (order for order in ORDERS if order not in ("right", "forward"))
    return "chain" not in case and any(compare(spoiled(case, order), got) is None for order in wrong)


register(Exercise(
    "03.long_chain",
    "A backward pass of any depth",
    cases=_deep_cases,
    probe=_deep_probe,
    reference=gradients,
    show=describe,
    seconds=10.0,
    mistakes=[
        Mistake("recursive",
                "Python's stack is full: one call for each node. Keep a list of your own as the stack.",
                lambda c: Failure("RecursionError") if "chain" in c else None),
        Mistake("recursion-limit",
                "You raise Python's recursion limit: a longer chain still breaks it. Keep a list instead.",
                when=lambda case, got: _RAISED in got),
        Mistake("out-of-order", _TOO_EARLY, when=_out_of_order),
        Mistake("every-path",
                "You visit nodes again and again: with 40 doublings there are a trillion paths.",
                when=_too_many_visits),
        Mistake("forward", _FORWARD, _spoiled(order="forward")),
        Mistake("root-reset",
                "No gradient arrived. The root's grad must be 1 when the last loop begins: is it set, and "
                "not set to 0 again?",
                _nothing_arrives),
        Mistake("overwrites", _OVERWRITES, _spoiled(assigns="+*")),
        Mistake("stale", _STALE, _spoiled(resets="none")),
        Mistake("leaves-reset", _LEAVES, _spoiled(resets="all")),
    ],
    hints=[
        "First the order, as a list, with a stack of your own. Then the loops of backward as they are.",
        "A node comes off the stack twice: first put it back, below its parents; then append it.",
        "Or count for each node how many times it is used, and handle it when its count is down to zero.",
    ],
))
