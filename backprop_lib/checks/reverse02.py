"""The exercise 02.reverse_mode.

A result is the dictionary that was returned. If that took too many multiplications it is the text
"stopped after …", or, where it came to an end, {COUNT: n, "gradients": the dictionary}.
"""

from functools import partial

from . import graphs02 as graphs
from .comparing import compare
from .exercise import Exercise, Mistake, Wrong

COUNT, STOPPED = "multiplications (counted by the check)", "stopped after"


def _cases(rng):
    cases = [{"graph": graphs.SMALL, "end": "L"}, {"graph": graphs.SMALL, "end": "c"}]
    cases += [{"graph": graph, "end": "L"} for graph in (graphs.WAITS, graphs.WAITS_TOO)]
    for size, back in ((5, 1), (7, 1), (7, 2), (9, 1), (9, 3)):
        cases.append({"graph": graphs.random_graph(rng, size), "end": f"n{size - back}"})
    cases.append({"rungs": 60, "p": rng.uniform(0.3, 0.9), "q": rng.uniform(0.3, 0.9)})
    return cases


def _show(case):
    if "rungs" in case:
        return f"a ladder of {case['rungs']} diamonds"
    return f"end = {case['end']!r}, graph = {graphs.describe(case['graph'])}"


def _probe(reverse_mode, case):
    graph, end = graphs.graph_and_end(case)
    counted = graphs.Counted
    counted.done, counted.limit = 0, 1000 * graphs.edges(graph)  # one sweep for each node stays below
    try:
        gradients = reverse_mode(graphs.as_in_notebook(graph, counted), end)
    except graphs.TooMany:
        return f"{STOPPED} {counted.limit:,} multiplications"
    if "rungs" in case and counted.done > 2 * graphs.edges(graph):
        return {COUNT: counted.done, "gradients": gradients}
    return gradients


def _judge(case, result):
    graph, end = graphs.graph_and_end(case)
    expected = {node: graphs.derivative(graph, node, end) for node in graph}
    if type(result) is str and result.startswith(STOPPED):
        return Wrong("exponential")
    many = type(result) is dict and set(result) == {COUNT, "gradients"}
    gradients = result["gradients"] if many else result
    difference = compare(expected, gradients)
    if difference is not None:
        message, shown = "" if difference.kind == "wrong" else difference.text, "graph" in case
        return Wrong(difference.kind, message, expected if shown else None, difference.text)
    return Wrong("sweep-a-node") if many else None


# Typical mistakes


def _gives(*simulations):
    """`when` of a mistake: the result is what one of the simulations gives."""
    return lambda case, result: "graph" in case and any(
        compare(simulate(case), result) is None for simulate in simulations
    )


def _add(old, upstream, d):
    return old + upstream * d


def _sweep(case, order=reversed, seed=1.0, others=0.0, start=None, update=_add, stop=None):
    """Reverse mode with one thing done differently. `stop`: return after one "node" or one "edge"."""
    graph = case["graph"]
    gradient = dict.fromkeys(graph, others)
    gradient[start(graph) if start else case["end"]] = seed
    for child in order(list(graph)):
        for parent, d in graph[child]:
            gradient[parent] = update(gradient[parent], gradient[child], d)
            if stop == "edge":
                return gradient
        if stop == "node":
            return gradient
    return gradient


def _walk(case, take, once):
    """From `end` along the edges with a list of waiting nodes: take=0 is a queue, take=-1 a stack.

    once: "waiting" if no node waits twice, "sent" if no node sends twice, "" if each may send again."""
    graph, waiting, seen = case["graph"], [case["end"]], {case["end"]}
    gradient = dict.fromkeys(graph, 0.0) | {case["end"]: 1.0}
    sent = set()
    while waiting:
        node = waiting.pop(take)
        if once == "sent" and node in sent:
            continue
        sent.add(node)
        for parent, d in graph[node]:
            gradient[parent] += gradient[node] * d
            if once != "waiting" or parent not in seen:
                waiting.append(parent)
                seen.add(parent)
    return gradient


def _depth_first(case, once, add_first=False):
    """A function that calls itself: each node sends at once, and with `once` never again."""
    graph, sent = case["graph"], set()
    gradient = dict.fromkeys(graph, 0.0) | {case["end"]: 1.0}

    def send(node):
        if once and node in sent:
            return
        sent.add(node)
        for parent, d in graph[node]:
            gradient[parent] += gradient[node] * d
            if not add_first:
                send(parent)
        if add_first:
            for parent, _ in graph[node]:
                send(parent)

    send(case["end"])
    return gradient


_ONCE = [partial(_walk, take=take, once=once) for take in (0, -1) for once in ("waiting", "sent")]
_ONCE += [partial(_depth_first, once=True, add_first=add_first) for add_first in (False, True)]
_AGAIN = [partial(_walk, take=take, once="") for take in (0, -1)]
_AGAIN += [partial(_depth_first, once=False, add_first=add_first) for add_first in (False, True)]

EXERCISE = Exercise(
    "02.reverse_mode",
    "Reverse mode",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=_show,
    mistakes=[
        Mistake("overwrites",
                "A second downstream overwrites the first: `=` stands where `+=` should.",
                when=_gives(partial(_sweep, update=lambda old, upstream, d: upstream * d))),
        Mistake("sends-too-early",
                "A node sends too early: one of its children has not sent yet, so its sum is not complete, "
                "and what arrives later never goes on. In which order are all children done first?",
                when=_gives(*_ONCE)),
        Mistake("sends-again",
                "A node sends before its gradient is complete, and then again: some paths count twice. Wait "
                "until all children have sent.",
                when=_gives(*_AGAIN)),
        Mistake("forward-order",
                "You go from parents to children. A node then sends before anything has arrived.",
                when=_gives(partial(_sweep, order=list))),
        Mistake("returns-early",
                "The sweep stops at the first node: the `return` stands inside a loop.",
                when=_gives(partial(_sweep, stop="node"), partial(_sweep, stop="edge"))),
        Mistake("all-ones",
                "Every gradient starts at 1. Only that of `end` is known at the start; the others are sums, "
                "and a sum starts at 0.",
                when=_gives(partial(_sweep, others=1.0))),
        Mistake("no-seed",
                "Every gradient is 0. The sweep starts from ∂end/∂end, and that is not 0.",
                when=_gives(partial(_sweep, seed=0.0))),
        Mistake("no-upstream",
                "You add up local derivatives alone. Multiply each by the gradient of the child.",
                when=_gives(partial(_sweep, update=lambda old, upstream, d: old + d))),
        Mistake("last-node",
                "The sweep starts at the last node of the dictionary. It should start at `end`.",
                when=_gives(partial(_sweep, start=lambda graph: list(graph)[-1]))),
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
)
