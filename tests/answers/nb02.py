"""Right and wrong answers to the exercises of notebook 02."""

from tests.answers import Answers

VJP = {
    "add": "return upstream, upstream",
    "mul": "return upstream * b, upstream * a",
    "max": "return (upstream, 0.0) if a > b else (0.0, upstream)",
    "div": "return upstream / b, -upstream * a / b**2",
}


def _vjp(**bodies):
    return "\n".join(
        f"def vjp_{name}(upstream, a, b):\n    {body}\n" for name, body in (VJP | bodies).items()
    )


def _fill(w=3, v=12, z=-12, u=15, y=30, x=78, values='{"u": 10, "v": 3, "w": 12, "L": 36}'):
    gradients = {"w": w, "v": v, "z": z, "u": u, "y": y, "x": x}
    return f"values = {values}\ngradients = {gradients!r}\n"


PATHS_BY_STACK = """
def sum_over_paths(graph, start, end):
    total, waiting = 0.0, [(end, 1.0)]
    while waiting:
        node, product = waiting.pop()
        if node == start:
            total += product
        else:
            waiting.extend((parent, product * local) for parent, local in graph[node])
    return total
"""

PATHS_FORWARD = """
def sum_over_paths(graph, start, end):
    total = {}
    for node in graph:
        total[node] = 1.0 if node == start else 0.0
        for parent, local in graph[node]:
            total[node] += total[parent] * local
    return total[end]
"""


def _paths(empty="1.0", combine="sum", step="local * sum_over_paths(graph, start, parent)"):
    return f"""
def sum_over_paths(graph, start, end):
    if start == end:
        return {empty}
    return {combine}({step} for parent, local in graph[end])
"""


ALL_PATHS = """
from math import prod
def all_paths(graph, start, end):
    if start == end:
        return [[]]
    return [[*path, d] for parent, d in graph[end] for path in all_paths(graph, start, parent)]
def sum_over_paths(graph, start, end):
    paths = all_paths(graph, start, end)
    return {result}
"""

REVERSE_BY_CHILDREN = """
def reverse_mode(graph, end):
    children = {node: [] for node in graph}
    for child, edges in graph.items():
        for parent, local in edges:
            children[parent].append((child, local))
    gradient = {}
    for node in list(graph)[::-1]:
        gradient[node] = sum(gradient[child] * local for child, local in children[node])
        if node == end:
            gradient[node] = 1.0
    return gradient
"""

REVERSE_MEMORY = """
from functools import lru_cache
def reverse_mode(graph, end):
    children = {node: [] for node in graph}
    for child in graph:
        for parent, local in graph[child]:
            children[parent] += [(child, local)]
    @lru_cache(maxsize=None)
    def gradient(node):
        return 1.0 if node == end else sum((local * gradient(child) for child, local in children[node]), 0.0)
    return {node: gradient(node) for node in reversed(list(graph))}
"""


def _reverse(seed="1.0", start="end", order="reversed(graph)", update="+= gradient[child] * local"):
    return f"""
def reverse_mode(graph, end):
    gradient = {{node: 0.0 for node in graph}}
    gradient[{start}] = {seed}
    for child in {order}:
        for parent, local in graph[child]:
            gradient[parent] {update}
    return gradient
"""


SENDS_EARLY = """
def reverse_mode(graph, end):
    gradient = dict.fromkeys(graph, 0.0)
    gradient[end] = 1.0
    def send(node):
        for parent, local in graph[node]:
            gradient[parent] += gradient[node] * local
            send(parent)
    send(end)
    return gradient
"""

EVERY_PATH = """
def reverse_mode(graph, end):
    gradient = dict.fromkeys(graph, 0.0)
    def send(node, upstream):
        gradient[node] += upstream
        for parent, local in graph[node]:
            send(parent, upstream * local)
    send(end, 1.0)
    return gradient
"""

SWEEP_A_NODE = """
def reverse_mode(graph, end):
    gradient = {}
    for start in graph:
        tangent = {}
        for node, edges in graph.items():
            tangent[node] = 1.0 if node == start else sum((tangent[p] * local for p, local in edges), 0.0)
        gradient[start] = tangent[end]
    return gradient
"""

ANSWERS = {
    "02.vjp_basic": Answers(
        right=[
            _vjp(
                add="return [upstream * 1.0] * 2",
                mul="return [b * upstream, a * upstream]",
                max="larger = float(a > b)\n    return upstream * larger, upstream * (1 - larger)",
                div="da = upstream / b\n    return da, -da * a / b",
            ),
            _vjp(
                max="if b > a:\n        return 0, upstream\n    return upstream, 0",
                div="y = a / b\n    return upstream * b**-1, upstream * -y / b",
            ),
        ],
        wrong={
            "no-upstream": [
                _vjp(
                    add="return 1, 1",
                    mul="return b, a",
                    max="return (1, 0) if a > b else (0, 1)",
                    div="return 1 / b, -a / b**2",
                ),
                _vjp(max="return (1, 0) if a > b else (0, 1)"),
            ],
            "own-value": _vjp(mul="return upstream * a, upstream * b"),
            "added-upstream": _vjp(
                add="return upstream + 1, upstream + 1",
                mul="return upstream + b, upstream + a",
                max="return (upstream + 1, upstream) if a > b else (upstream, upstream + 1)",
                div="return upstream + 1 / b, upstream - a / b**2",
            ),
            "swapped": [
                _vjp(div="return -upstream * a / b**2, upstream / b"),
                _vjp(max="return (0.0, upstream) if a > b else (upstream, 0.0)"),
            ],
            "both-of-max": _vjp(max="return upstream, upstream"),
            "value-of-max": _vjp(max="return (upstream * a, 0.0) if a > b else (0.0, upstream * b)"),
            "div-sign": _vjp(div="return upstream / b, upstream * a / b**2"),
            "div-power": _vjp(div="return upstream / b, -upstream * a / b"),
            "wrong": _vjp(add="return upstream * a, upstream * b"),
            "wrong-type": _vjp(add="return upstream"),
            "missing": _vjp(div="..."),
            "no-return": _vjp(div="da = upstream / b"),
        },
        equivalent_mutants={"L15: a > b → a >= b": "the task says that a and b differ"},
    ),
    "02.fill_graph": Answers(
        right=[
            _fill(),
            _fill(3.0, 12.0, -12.0, 15.0, 30.0, 78.0),
            "values = dict(u=2 * 5, v=10 - 7, w=10 + 2, L=3 * 12)\n"
            "gradients = dict(w=3, v=12, z=-12, u=12 + 3, y=15 * 2, x=15 * 5 + 3)\n",
        ],
        wrong={
            "one-path": [_fill(x=75), _fill(x=3), _fill(u=12, y=24, x=63), _fill(u=3)],
            "multiplied-paths": [_fill(x=225), _fill(u=36, y=72, x=183)],
            "own-value": [_fill(w=12, v=3), _fill(y=75), _fill(x=33)],
            "no-upstream": [_fill(u=2, y=4, x=13), _fill(z=-1, y=2, x=6)],
            "sign": [_fill(z=12), _fill(x=-78)],
            "added-upstream": [_fill(z=11), _fill(y=17)],
            "wrong": [_fill(x=5000), _fill(values='{"u": 10, "v": 4, "w": 12, "L": 36}')],
            "missing": _fill(x=...).replace("Ellipsis", "..."),
            "wrong-type": _fill(x="78"),
        },
    ),
    "02.sum_over_paths": Answers(
        right=[PATHS_BY_STACK, PATHS_FORWARD, ALL_PATHS.format(result="sum(prod(path) for path in paths)")],
        wrong={
            "parallel-edges": _paths().replace("in graph[end]", "in dict(graph[end]).items()"),
            "any-leaf": _paths().replace("start == end", "not graph[end]"),
            "zero": _paths(empty="0.0"),
            "multiplied-paths": ALL_PATHS.format(result="prod(prod(path) for path in paths)"),
            "added-edges": ALL_PATHS.format(result="sum(sum(path) for path in paths)"),
            "first-path": ALL_PATHS.format(result="prod(paths[0]) if paths else 0.0"),
            "longest-path": ALL_PATHS.format(result="prod(max(paths, key=len)) if paths else 0.0"),
            "counted-paths": ALL_PATHS.format(result="len(paths)"),
            "recursion": "def sum_over_paths(graph, start, end):\n"
                         "    return sum(d * sum_over_paths(graph, start, end) for p, d in graph[end])\n",
            "no-return": "def sum_over_paths(graph, start, end):\n    total = len(graph[end])\n",
            "error": _paths().replace("return sum", "sum"),
        },
    ),
    "02.reverse_mode": Answers(
        right=[_reverse(), REVERSE_BY_CHILDREN, REVERSE_MEMORY],
        wrong={
            "overwrites": _reverse(update="= gradient[child] * local"),
            "forward-order": _reverse(order="graph"),
            "no-seed": _reverse(seed="0.0"),
            "no-upstream": _reverse(update="+= local"),
            "last-node": _reverse(start="list(graph)[-1]"),
            "sends-early": SENDS_EARLY,
            "exponential": EVERY_PATH,
            "sweep-a-node": SWEEP_A_NODE,
            "missing": _reverse().replace("return gradient", "return {end: 1.0}"),
            "wrong": _reverse(update="-= gradient[child] * local"),
        },
        equivalent_mutants={
            "L6: for parent, local in graph[child]: gradient[paren… → for parent, local in "
            "reversed(list(graph[child]))…": "the edges of one node may be visited in any order",
        },
    ),
}
