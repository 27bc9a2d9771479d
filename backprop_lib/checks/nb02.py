"""The exercises of notebook 02: backward rules, a graph to fill in, all paths, reverse mode.

The references use complex steps, differences and forward mode: they share nothing with the answers.
"""

from functools import partial
from inspect import unwrap
from math import prod

from . import fill02 as fill
from . import graphs02 as graphs
from .comparing import compare
from .exercise import Exercise, Mistake, Wrong, register
from .formatting import number
from .stubs import is_untouched

# Four backward rules

_FORWARD = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "max": lambda a, b: a if a.real > b.real else b,
    "/": lambda a, b: a / b,
}


def _vjp_cases(rng):
    cases = [{"part": part, "upstream": 10.0, "a": 3.0, "b": -2.0} for part in _FORWARD]
    cases.append({"part": "max", "upstream": 10.0, "a": 3.0, "b": 4.0})
    for part in list(_FORWARD) * 5:
        upstream, a, gap = (rng.uniform(0.5, 3.0) * rng.choice((-1, 1)) for _ in range(3))
        b = a + gap if part == "max" else gap  # away from the kink of max, and from b = 0
        cases.append({"part": part, "upstream": upstream, "a": a, "b": b})
    return cases


def _vjp_probe(answer, case):
    vjp = dict(zip(_FORWARD, answer, strict=True))[case["part"]]
    result = vjp(case["upstream"], case["a"], case["b"])
    return ... if result is None and is_untouched(unwrap(vjp)) else result  # one of four may be open still


def _vjp_show(case):
    numbers = ", ".join(f"{key} = {number(case[key])}" for key in ("upstream", "a", "b"))
    return f"{case['part']} with {numbers}"


def _local(case):
    """Complex-step derivatives (Squire and Trapp, 1998): exact to rounding, and no rule is needed."""
    f, a, b, h = _FORWARD[case["part"]], case["a"], case["b"], 1e-30
    return [f(complex(a, h), complex(b)).imag / h, f(complex(a), complex(b, h)).imag / h]


def _vjp_right(case):
    return [case["upstream"] * local for local in _local(case)]


def _gives(simulate):  # for a mistake that may be made in some of the four rules
    return lambda case, result: compare(simulate(case), result) is None


def _only(part, wrong):
    """A mistake in one of the four rules; the others are right."""
    return lambda case: (
        wrong(case["upstream"], case["a"], case["b"]) if case["part"] == part else _vjp_right(case)
    )


register(Exercise(
    "02.vjp_basic",
    "Four backward rules",
    cases=_vjp_cases,
    probe=_vjp_probe,
    reference=_vjp_right,
    part=lambda case: case["part"],
    show=_vjp_show,
    mistakes=[
        Mistake("no-upstream",
                "These are the local derivatives alone. What goes downstream is upstream × local.",
                when=_gives(_local)),
        Mistake("own-value",
                "In the product each factor got its own value. Hold b still: how fast does a·b grow with a?",
                _only("*", lambda upstream, a, b: [upstream * a, upstream * b])),
        Mistake("added-upstream",
                "You add the upstream to the local derivative. The chain rule multiplies them.",
                when=_gives(lambda case: [case["upstream"] + local for local in _local(case)])),
        Mistake("swapped",
                "The two results are in the wrong order: first what goes to a, then what goes to b.",
                when=_gives(lambda case: _vjp_right(case)[::-1])),
        Mistake("both-of-max",
                "max sends the upstream to both inputs. A nudge of the smaller one changes nothing.",
                _only("max", lambda upstream, a, b: [upstream, upstream])),
        Mistake("value-of-max",
                "In max the larger input got upstream × its value. How steeply does max follow it?",
                _only("max", lambda upstream, a, b: [upstream * a * (a > b), upstream * b * (b > a)])),
        Mistake("div-sign",
                "In a / b the sign for b is wrong. Take a, b > 0: does a / b grow when b grows?",
                _only("/", lambda upstream, a, b: [upstream / b, upstream * a / b**2])),
        Mistake("div-power",
                "In a / b the gradient for b has the wrong power of b. Use the power rule on b⁻¹.",
                _only("/", lambda upstream, a, b: [upstream / b, -upstream * a / b])),
    ],
    hints=[
        "For each input ask: the other held still, how fast does the result change with this one? That is "
        "the local derivative. Downstream is upstream × local.",
        "For + both local derivatives are 1. For * see the picture at the top of the notebook. For max, one "
        "of them is 0: which input can be nudged without any effect?",
        "a / b is a times b⁻¹. For a, the other factor is 1/b. For b, a stays as a factor; the power "
        "rule gives the derivative of b⁻¹.",
    ],
))

# A graph to fill in

register(Exercise(
    "02.fill_graph",
    "Fill in a graph",
    cases=fill.cases,
    probe=fill.probe,
    judge=fill.judge,
    part=lambda case: case["part"],
    show=lambda case: case["part"],
    reveal=False,
    mistakes=[
        Mistake("one-path",
                "One path is missing. The node is used twice, so two downstreams arrive, and they add.",
                when=fill.slip(lambda c: [up * local for up, local, own in c] if len(c) > 1 else [])),
        Mistake("multiplied-paths",
                "You multiply the contributions of two paths. Where paths meet, contributions add.",
                when=fill.slip(lambda c: [prod(up * local for up, local, own in c)] if len(c) > 1 else [])),
        Mistake("own-value",
                "In a product the local derivative is the other factor, not the node's own value.",
                when=fill.slip(lambda c: [sum(up * own for up, local, own in c)])),
        Mistake("no-upstream",
                "This is the local derivative alone. Multiply it by the gradient of the child.",
                when=fill.slip(lambda c: [sum(local for up, local, own in c)])),
        Mistake("sign",
                "Right but for the sign. In u − z, does the result grow or shrink when z grows?",
                when=fill.slip(lambda c: [-sum(up * local for up, local, own in c)])),
        Mistake("added-upstream",
                "You add upstream and local derivative. The chain rule multiplies them.",
                when=fill.slip(lambda c: [sum(up + local for up, local, own in c)])),
    ],
    hints=[
        "Draw it: x and y lead to u; u and z to v; u and x to w; v and w to L. Fill in the values first.",
        "Start with ∂L/∂L = 1. L is a product: the local derivative for v is the value of w, and vice versa.",
        "u feeds v and w: its gradient is ∂L/∂v · ∂v/∂u + ∂L/∂w · ∂w/∂u. x feeds two nodes as well.",
    ],
))

# All paths


def _path_cases(rng):
    cases = [{"graph": graphs.SMALL, "start": start, "end": "L"} for start in ("b", "a", "L")]
    cases.append({"graph": graphs.SQUARE, "start": "x", "end": "y"})
    cases.append({"graph": graphs.SMALL, "start": "b", "end": "a"})
    for size in (5, 6, 7, 8, 9):
        graph = graphs.random_graph(rng, size)
        cases.append({"graph": graph, "start": f"n{rng.randrange(3)}", "end": f"n{size - 1}"})
    return cases


def _path_show(case):
    return f"start = {case['start']!r}, end = {case['end']!r}, graph = {graphs.describe(case['graph'])}"


register(Exercise(
    "02.sum_over_paths",
    "Sum over all paths",
    cases=_path_cases,
    probe=lambda f, case: f(graphs.as_in_notebook(case["graph"]), case["start"], case["end"]),
    reference=lambda case: graphs.derivative(case["graph"], case["start"], case["end"]),
    show=_path_show,
    mistakes=[
        Mistake("parallel-edges",
                "Two edges between the same nodes were counted once. In x · x there are two paths from x.",
                graphs.parallel_edges_merged),
        Mistake("any-leaf",
                "Paths to every leaf are in the sum. Only those that begin at `start` count.",
                graphs.to_any_leaf),
        Mistake("zero",
                "The sum is always 0: no path counts. What is the product over no edges?",
                lambda case: 0.0),
        Mistake("multiplied-paths",
                "You multiply the paths with each other. Along a path: multiply. Over the paths: add.",
                lambda case: prod(map(prod, graphs.paths(case)))),
        Mistake("added-edges",
                "You add the local derivatives along a path. Along a path they multiply.",
                lambda case: sum(map(sum, graphs.paths(case)))),
        Mistake("first-path",
                "Only the first path is in the result. Go on to the others and add them.",
                lambda case: next((prod(path) for path in graphs.paths(case)), 0.0)),
        Mistake("longest-path",
                "Only the longest path is in the result. Every path counts.",
                lambda case: prod(max(graphs.paths(case), key=len, default=[0.0]))),
        Mistake("counted-paths",
                "This is the number of paths. Each has a weight: the product of its local derivatives.",
                lambda case: len(graphs.paths(case))),
    ],
    hints=[
        "Let the function call itself: every path to `end` comes through one of the parents of `end`.",
        "The paths through one edge add up to local × (the sum over paths from `start` to that parent).",
        "Two cases end the recursion: `end` is `start` (what is the product over no edges?), and `end` has "
        "no parents.",
    ],
))

# Reverse mode


def _reverse_cases(rng):
    cases = [{"graph": graphs.SMALL, "end": "L"}, {"graph": graphs.SMALL, "end": "c"}]
    for size, back in ((5, 1), (7, 1), (7, 2), (9, 1), (9, 3)):
        cases.append({"graph": graphs.random_graph(rng, size), "end": f"n{size - back}"})
    cases.append({"rungs": 60, "p": rng.uniform(0.3, 0.9), "q": rng.uniform(0.3, 0.9)})
    return cases


def _reverse_show(case):
    if "rungs" in case:
        return f"a ladder of {case['rungs']} diamonds"
    return f"end = {case['end']!r}, graph = {graphs.describe(case['graph'])}"


def _reverse_probe(reverse_mode, case):
    graph, end = graphs.graph_and_end(case)
    counted = graphs.Counted
    counted.done, counted.limit = 0, 1000 * graphs.edges(graph)  # one sweep for each node stays below
    try:
        gradient = reverse_mode(graphs.as_in_notebook(graph, counted), end)
    except graphs.TooMany:
        gradient = "too many"
    return {"gradient": gradient, "multiplications": counted.done}


def _reverse_judge(case, result):
    graph, end = graphs.graph_and_end(case)
    got = result if type(result) is dict else {}  # out of the sandbox may come anything
    gradient, count = got.get("gradient", result), got.get("multiplications")
    if gradient == "too many":
        return Wrong("exponential")
    expected = {node: graphs.derivative(graph, node, end) for node in graph}
    difference = compare(expected, gradient)
    if difference is not None:
        message, shown = "" if difference.kind == "wrong" else difference.text, "graph" in case
        return Wrong(difference.kind, message, expected if shown else None, difference.text)
    once = type(count) is int and count <= 2 * graphs.edges(graph)
    return None if once or "rungs" not in case else Wrong("sweep-a-node")


def _sweep(**changes):
    """`when` of a mistake: the result is what a sweep with these changes gives."""
    return _gradient_is(partial(graphs.sweep, **changes))


def _gradient_is(simulate):
    return lambda case, result: "graph" in case and compare(simulate(case), result["gradient"]) is None


register(Exercise(
    "02.reverse_mode",
    "Reverse mode",
    cases=_reverse_cases,
    probe=_reverse_probe,
    judge=_reverse_judge,
    show=_reverse_show,
    mistakes=[
        Mistake("overwrites",
                "A second downstream overwrites the first: `=` stands where `+=` should.",
                when=_sweep(update=lambda old, upstream, d: upstream * d)),
        Mistake("forward-order",
                "You go from parents to children. A node then sends before anything has arrived.",
                when=_sweep(order=list)),
        Mistake("no-seed",
                "Every gradient is 0. The sweep starts from ∂end/∂end, and that is not 0.",
                when=_sweep(seed=0.0)),
        Mistake("no-upstream",
                "You add up local derivatives alone. Multiply each by the gradient of the child.",
                when=_sweep(update=lambda old, upstream, d: old + d)),
        Mistake("last-node",
                "The sweep starts at the last node of the dictionary. It should start at `end`.",
                when=_sweep(start=lambda graph: list(graph)[-1])),
        Mistake("sends-early",
                "A node sends before its gradient is complete, and then again: some paths count twice. Wait "
                "until all children have sent.",
                when=_gradient_is(graphs.depth_first)),
        Mistake("exponential",
                "Exponential: you walk along every path. Add up what arrives at a node, then send the sum "
                "on, once for each edge."),
        Mistake("sweep-a-node",
                "Right, but you sweep over the graph once for every node. One sweep is enough for all."),
    ],
    hints=[
        "Keep a dictionary with 0.0 for every node, and 1.0 for `end`. Which node may send first?",
        "The keys of `graph` stand parents before children. Go through them from the back.",
        "At each child, for every (parent, local): the parent's gradient grows by that of the child × local.",
    ],
))
