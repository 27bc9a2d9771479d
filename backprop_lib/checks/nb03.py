"""The exercises of notebook 03: three rules, an order, a repair, and a backward pass without recursion."""

import cmath
import math

from .comparing import compare
from .exercise import Exercise, Failure, Mistake, Wrong, register
from .formatting import noun, number
from .graphs03 import ORDERS, build, describe, doublings, gradients, random_graph, spoiled


def _derivative(f, x):
    """f'(x) by the complex step (Squire and Trapp 1998): no difference is taken, so nothing cancels."""
    return f(complex(x, 1e-30)).imag / 1e-30


def _signed(rng):
    return round(rng.uniform(0.3, 2.5) * rng.choice((-1, 1)), 3)


def _rule(name, title, function, **options):
    """An exercise that asks for a value and its local derivatives as functions of plain numbers."""
    return register(Exercise(
        name,
        title,
        probe=lambda answer, case: answer(**case),
        show=lambda case: f"{function}({', '.join(number(x) for x in case.values())})",
        **options,
    ))


_NO_TUPLE = "The local derivative stands there alone. Return a tuple of them, one for each input: `(d,)` has a comma."

_rule(
    "03.mul",
    "A product and its local derivatives",
    "mul",
    cases=lambda rng: [{"a": 2.0, "b": -3.0}, {"a": 1.5, "b": 1.5}]
    + [{"a": _signed(rng), "b": _signed(rng)} for _ in range(6)],
    reference=lambda c: [
        c["a"] * c["b"],
        [_derivative(lambda a: a * c["b"], c["a"]), _derivative(lambda b: c["a"] * b, c["b"])],
    ],
    mistakes=[
        Mistake("swapped", "The two local derivatives are swapped. When only a moves, how much does a·b move?",
                lambda c: [c["a"] * c["b"], [c["a"], c["b"]]]),
        Mistake("flat", "You return three numbers. Return two things: the value, and a tuple with both derivatives.",
                lambda c: [c["a"] * c["b"], c["b"], c["a"]]),
        Mistake("value-only", "That is the value alone. The backward pass also needs the two local derivatives.",
                lambda c: c["a"] * c["b"]),
        Mistake("derivatives-only", "Those are the local derivatives alone. The value comes first.",
                lambda c: [c["b"], c["a"]]),
        Mistake("rule-of-plus", "Local derivatives of 1 belong to a + b. A product changes with the other factor.",
                lambda c: [c["a"] * c["b"], [1.0, 1.0]]),
    ],
    hints=[
        "Hold b still and move a by a little. By how much does a·b move, for each unit of a?",
        "Return two things: the value, then a tuple in the order of the inputs: (∂(ab)/∂a, ∂(ab)/∂b).",
    ],
)


_rule(
    "03.tanh",
    "tanh and its local derivative",
    "tanh",
    cases=lambda rng: [{"a": 0.5}, {"a": -1.2}] + [{"a": _signed(rng)} for _ in range(5)] + [{"a": 1000.0}],
    reference=lambda c: [math.tanh(c["a"]), [_derivative(cmath.tanh, c["a"])]],
    mistakes=[
        Mistake("not-a-tuple", _NO_TUPLE, lambda c: [math.tanh(c["a"]), 1 - math.tanh(c["a"]) ** 2]),
        Mistake("no-square", "This is 1 − y. The slope of tanh is 1 at y = 0 and falls to 0 on *both* sides.",
                lambda c: [math.tanh(c["a"]), [1 - math.tanh(c["a"])]]),
        Mistake("input-for-output", "You square the input. The formula is written with the output y = tanh a.",
                lambda c: [math.tanh(c["a"]), [1 - c["a"] ** 2]]),
        Mistake("sigmoid-rule", "y(1 − y) is the derivative of the sigmoid. tanh runs from −1 to 1.",
                lambda c: [math.tanh(c["a"]), [math.tanh(c["a"]) * (1 - math.tanh(c["a"]))]]),
        Mistake("overflow", "Your exponentials overflow for large inputs. Python's math.tanh does not.",
                when=lambda c, got: isinstance(got, Failure) and got.type == "OverflowError"),
    ],
    hints=[
        "Call the value y. The derivative of tanh is shortest when it is written with y.",
        "At y = 0 the slope is 1, near y = ±1 it is 0, and it depends on y². One input: a tuple with one entry.",
    ],
)


def _pow_cases(rng):
    cases = [{"a": 2.0, "n": 3}, {"a": -1.5, "n": 2}, {"a": 4.0, "n": 0.5}, {"a": 2.0, "n": -1}, {"a": 3.0, "n": 0}]
    cases += [{"a": _signed(rng), "n": rng.choice((-2, 3, 4, 5))} for _ in range(5)]
    return [*cases, {"a": abs(_signed(rng)), "n": round(rng.uniform(-2, 2), 2)}, {"a": 0.0, "n": 0}]


def _slope(c):
    return c["n"] * c["a"] ** (c["n"] - 1) if c["n"] else 0.0


_rule(
    "03.pow",
    "A power with a constant exponent",
    "power",
    cases=_pow_cases,
    reference=lambda c: [c["a"] ** c["n"], [_derivative(lambda a: a ** c["n"], c["a"])]],
    mistakes=[
        Mistake("exponent-kept", "The exponent has not gone down: the derivative of a³ is of degree 2.",
                lambda c: [c["a"] ** c["n"], [c["n"] * c["a"] ** c["n"]]]),
        Mistake("no-factor", "The exponent has gone down, and it must also come to the front as a factor.",
                lambda c: [c["a"] ** c["n"], [c["a"] ** (c["n"] - 1)]] if c["a"] else Failure("ZeroDivisionError")),
        Mistake("precedence", "Python reads a ** n - 1 as (a ** n) - 1. The new exponent needs parentheses.",
                lambda c: [c["a"] ** c["n"], [c["n"] * (c["a"] ** c["n"] - 1)]]),
        Mistake("not-a-tuple", _NO_TUPLE, lambda c: [c["a"] ** c["n"], _slope(c)]),
        Mistake("exponent-too", "There are two local derivatives. n is a constant: only a has an edge.",
                when=lambda c, got: type(got) is list and len(got) == 2 and type(got[1]) is list and len(got[1]) == 2),
        Mistake("zero-exponent", "a⁰ is 1 everywhere, with slope 0. Your formula divides by zero at a = 0, n = 0.",
                lambda c: Failure("ZeroDivisionError") if c["a"] == c["n"] == 0 else None),
    ],
    hints=[
        "a³ = a·a·a. The product rule gives three equal terms: what are they?",
        "The exponent comes to the front, and then is lowered by one. Then try n = 0 with a = 0.",
    ],
)


# The order

def _order_cases(rng):
    diamond = {"leaves": {"x": 2.0, "k": 5.0}, "ops": [["*", 0, 0], ["*", 2, 1], ["+", 3, 2]], "calls": 1}
    mirrored = diamond | {"ops": [["*", 0, 0], ["*", 2, 1], ["+", 2, 3]]}
    graphs = [random_graph(rng, rng.randint(1, 3), rng.randint(4, 9)) for _ in range(6)]
    return [{"leaves": {"x": 2.0}, "ops": [], "calls": 1}, diamond, mirrored, *graphs, doublings(40)]


def _order_probe(topological_order, case):
    nodes = build(case)
    order = topological_order(nodes[-1])
    if not isinstance(order, (list, tuple)):
        return order
    place = {id(node): i for i, node in enumerate(nodes)}
    return [place.get(id(node), -1) for node in order]


def _parents(case):
    return [[]] * len(case["leaves"]) + [[i, j] for _, i, j in case["ops"]]


def _needed(case):
    """The nodes that L was computed from, and L."""
    return set(ORDERS["stack"](_parents(case)))


def _order_judge(case, order):
    if type(order) is not list:
        return Wrong("wrong-type", f"Your function returns {noun(order)}; a list is expected.")
    needed, parents = _needed(case), _parents(case)
    expected = sorted(needed)
    if not all(type(node) is int and node in needed for node in order):
        return Wrong("not-nodes", expected=expected)
    if len(set(order)) < len(order):
        return Wrong("repeats", expected=expected)
    if set(order) < needed:
        return Wrong("misses", expected=expected)
    place = {node: i for i, node in enumerate(order)}
    if all(place[p] < place[node] for node in order for p in parents[node]):
        return None
    if all(place[p] > place[node] for node in order for p in parents[node]):
        return Wrong("reversed", expected=expected)
    return Wrong("too-early", expected=expected)


register(Exercise(
    "03.topological_order",
    "An order in which every node comes after its parents",
    cases=_order_cases,
    probe=_order_probe,
    judge=_order_judge,
    show=describe,
    mistakes=[
        Mistake("reversed", "Each node comes before its parents: this is the order of the backward pass, reversed."),
        Mistake("too-early", "Some node comes before one of its parents. When may a node enter the list?"),
        Mistake("repeats", "A node that is used twice appears twice. Remember whom you have seen."),
        Mistake("misses", "Some nodes are missing. The leaves belong to the graph, and so does the root."),
        Mistake("not-nodes", "The list must hold the nodes themselves, not their values or names."),
        Mistake("every-path", "You go down every path: 40 doublings have a trillion. Skip the nodes that you have seen.",
                lambda c: Failure("TooManyVisits") if len(c["ops"]) == 40 else None),
    ],
    hints=[
        "A node may enter the list only when all its parents are in it. So visit the parents first.",
        "Write visit(node): if it was seen, return; visit each parent; then append the node.",
    ],
))


# Three planted bugs

_LATE = {"leaves": {"a": 2.0, "b": -3.0, "c": 0.7}, "ops": [["*", 0, 1], ["*", 3, 2], ["*", 4, 3]], "calls": 1}


def _repair_cases(rng):
    twice = {"leaves": {"a": 2.0, "b": -3.0}, "calls": 1}
    chain = {"leaves": {"a": 2.0, "b": -3.0, "c": 0.7}, "ops": [["*", 0, 1], ["*", 3, 2]], "calls": 2}
    return [
        {"part": "adding up", **twice, "ops": [["+", 0, 0]]},
        {"part": "adding up", **twice, "ops": [["+", 0, 1], ["*", 2, 0]]},
        {"part": "the order", **_LATE},
        {"part": "the order", **_LATE, "ops": [["*", 0, 1], ["*", 3, 2], ["*", 3, 4]]},
        {"part": "a second call", **chain},
        {"part": "a second call", **chain, "calls": 3},
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
    return {name: leaf.grad for name, leaf in zip(case["leaves"], nodes, strict=False)}


_BUGS = [
    {"assigns": assigns, "order": order, "resets": resets}
    for assigns in ("", "+")
    for order in ("right", "stack")
    for resets in ("computed", "none", "all")
]


def _shows(key, bug):
    """Says whether every mixture of bugs that gives this result has this one in it."""

    def when(case, got):
        mixtures = [bugs for bugs in _BUGS if compare(spoiled(case, **bugs), got) is None]
        return bool(mixtures) and all(bugs[key] == bug for bugs in mixtures)

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
        Mistake("overwrites", "`=` stands where `+=` should: the second gradient that arrives replaces the first.",
                when=_shows("assigns", "+")),
        Mistake("wrong-order", "A node hands its gradient on before all its children have delivered.",
                when=_shows("order", "stack")),
        Mistake("stale", "A second backward() starts from what the first has left in the computed nodes.",
                when=_shows("resets", "none")),
        Mistake("leaves-reset", "You reset the leaves too. They add up over calls; only computed nodes start from 0.",
                when=_shows("resets", "all")),
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


def _deep_probe(backward, case):
    nodes = build(case)
    backward = getattr(backward, "__wrapped__", backward)  # it may well return None: do not take note of that
    for _ in range(case.get("calls", 1)):
        backward(nodes[-1])
    if not any(node.grad for node in nodes):
        return None  # nothing was done
    return {node.label: node.grad for node in nodes[:-1] if node.label}


def _spoiled(**bug):
    """What this bug gives; a chain tells no bugs apart, and takes long."""
    return lambda case: None if "chain" in case else spoiled(case, **bug)


def _out_of_order(case, got):
    return "chain" not in case and any(compare(spoiled(case, order), got) is None for order in ORDERS if order != "right")


register(Exercise(
    "03.long_chain",
    "A backward pass of any depth",
    cases=_deep_cases,
    probe=_deep_probe,
    reference=gradients,
    show=describe,
    seconds=10.0,
    mistakes=[
        Mistake("recursive", "Python's stack is full: one call for each node. Keep a list of your own as the stack.",
                lambda c: Failure("RecursionError") if "chain" in c else None),
        Mistake("out-of-order", "A node hands its gradient on before all its children have delivered.",
                when=_out_of_order),
        Mistake("every-path", "You visit nodes again and again: with 40 doublings there are a trillion paths.",
                when=lambda c, got: isinstance(got, Failure) and got.type == "TooManyVisits"),
        Mistake("overwrites", "`=` stands where `+=` should: the second gradient that arrives replaces the first.",
                _spoiled(assigns="+*")),
        Mistake("stale", "A second backward() starts from what the first has left in the computed nodes.",
                _spoiled(resets="none")),
        Mistake("leaves-reset", "You reset the leaves too. They add up over calls; only computed nodes start from 0.",
                _spoiled(resets="all")),
    ],
    hints=[
        "First the order, as a list, with a stack of your own. Then the loops of backward as they are.",
        "A node comes off the stack twice: the first time, put it back under its parents; the second time, append it.",
        "Or count for each node how many times it is used. Handle a node when its count has come down to zero.",
    ],
))
