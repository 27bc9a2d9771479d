"""Right and wrong answers to the exercises of notebook 02."""

from tests.answers import Answers, reverse02
from tests.answers.fill02 import fill_answers

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


LOOP = """
def sum_over_paths(graph, start, end):
    if start == end:
        return 1.0
    total = 0.0
    for parent, local in graph[end]:
        total {update} local * sum_over_paths(graph, start, parent)
    {end}return total
    return total
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
            "upstream-in-one": [
                _vjp(mul="return upstream * b, a"),
                _vjp(div="return upstream / b, -a / b**2"),
                _vjp(add="return 1, upstream"),
            ],
            "values-in-sum": _vjp(add="return upstream * a, upstream * b"),
            "div-numerator": _vjp(div="return upstream / b, -upstream / b**2"),
            "div-precedence": [
                _vjp(div="return upstream / b, -upstream * a / b * b"),
                _vjp(div="return upstream / b, -a / b * b"),
            ],
            "wrong": _vjp(max="return max(upstream, a), max(upstream, b)"),
            "wrong-type": _vjp(add="return upstream"),
            "missing": _vjp(div="..."),
            "no-return": _vjp(div="da = upstream / b"),
        },
        equivalent_mutants={"L15: a > b → a >= b": "the task says that a and b differ"},
    ),
    "02.fill_graph": fill_answers(x=2, y=5, z=7),
    "02.sum_over_paths": Answers(
        right=[PATHS_BY_STACK, PATHS_FORWARD, ALL_PATHS.format(result="sum(prod(path) for path in paths)")],
        wrong={
            "parallel-edges": _paths().replace("in graph[end]", "in dict(graph[end]).items()"),
            "any-leaf": _paths().replace("start == end", "not graph[end]"),
            "zero": _paths(empty="0.0"),
            "wrong-way": _paths(step="local * sum_over_paths(graph, parent, end)").replace(
                "in graph[end]", "in graph[start]"
            ),
            "direct-edges": [
                _paths(step="local").replace("in graph[end]", "in graph[end] if parent == start"),
                "def sum_over_paths(graph, start, end):\n"
                "    return sum(local for parent, local in graph[end] if parent == start)\n",
            ],
            "last-edge": LOOP.format(update="=", end=""),
            "first-edge": LOOP.format(update="+=", end="    "),
            "multiplied-paths": ALL_PATHS.format(result="prod(prod(path) for path in paths)"),
            "added-edges": [
                ALL_PATHS.format(result="sum(sum(path) for path in paths)"),
                _paths(empty="0.0", step="local + sum_over_paths(graph, start, parent)"),
                _paths(step="local + sum_over_paths(graph, start, parent)"),
            ],
            "first-path": ALL_PATHS.format(result="prod(paths[0]) if paths else 0.0"),
            "longest-path": ALL_PATHS.format(result="prod(max(paths, key=len)) if paths else 0.0"),
            "counted-paths": ALL_PATHS.format(result="len(paths)"),
            "endless": "def sum_over_paths(graph, start, end):\n"
            "    return sum(d * sum_over_paths(graph, start, end) for p, d in graph[end])\n",
            "no-return": "def sum_over_paths(graph, start, end):\n    total = len(graph[end])\n",
            "error": _paths().replace("return sum", "sum"),
        },
    ),
    "02.reverse_mode": Answers(
        right=[reverse02.reverse(), reverse02.REVERSE_BY_CHILDREN, reverse02.REVERSE_MEMORY],
        wrong={
            "overwrites": reverse02.reverse(update="= gradient[child] * local"),
            "forward-order": reverse02.reverse(order="graph"),
            "no-seed": reverse02.reverse(seed="0.0"),
            "no-upstream": reverse02.reverse(update="+= local"),
            "last-node": reverse02.reverse(start="list(graph)[-1]"),
            "sends-too-early": [
                reverse02.QUEUE,
                reverse02.WALK.format(take=0, mark="sent.add(child)"),
                reverse02.WALK.format(take=-1, mark="sent.add(child)"),
                reverse02.DEPTH_FIRST.format(mark="sent.add(node)"),
            ],
            "sends-again": [
                reverse02.DEPTH_FIRST.format(mark="pass"),
                reverse02.WALK.format(take=0, mark="pass"),
            ],
            "returns-early": [
                reverse02.reverse().replace("    return gradient", "        return gradient"),
                reverse02.reverse().replace("    return gradient", "            return gradient"),
            ],
            "all-ones": reverse02.reverse(others="1.0"),
            "exponential": reverse02.EVERY_PATH,
            "sweep-a-node": reverse02.SWEEP_A_NODE,
            "missing": reverse02.reverse().replace("return gradient", "return {end: 1.0}"),
            "wrong": reverse02.reverse(update="-= gradient[child] * local"),
        },
        equivalent_mutants={
            "L6: for parent, local in graph[child]: gradient[paren… → for parent, local in "
            "reversed(list(graph[child]))…": "the edges of one node may be visited in any order",
        },
    ),
}
