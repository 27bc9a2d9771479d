"""The graph of 02.fill_graph: u = x·y, v = u − z, w = u + x, L = v·w. Right entries and typical slips.

Everybody's numbers are equally hard: whole and positive, but for ∂L/∂z; every product has a factor of one
digit. And what a slip gives is never by chance right, or what another slip gives.
"""

from functools import cache, partial
from math import prod

from .comparing import compare
from .exercise import Mistake, Wrong

INPUTS = {"x": 2, "y": 5, "z": 7}
_NO_CHANCE = {"x": 1009, "y": 100003, "z": 10007}  # what is equal here is equal for all numbers
FORMULAS = {"u": "u = x · y", "v": "v = u − z", "w": "w = u + x", "L": "L = v · w"}
# For each node its children, each with the local derivative: a number, or the node whose value it is.
CHILDREN = {
    "w": [("L", "v")],
    "v": [("L", "w")],
    "z": [("v", -1)],
    "u": [("v", 1), ("w", 1)],
    "y": [("u", "x")],
    "x": [("u", "y"), ("w", 1)],
}


def given(rng):
    """x, y, z. x, y and v = u − z are from 2 to 9; no two of x, y, z, u, v, w are equal."""
    if rng is None:
        return dict(INPUTS)
    while True:
        x, y, v = rng.sample(range(2, 10), 3)
        inputs = {"x": x, "y": y, "z": x * y - v}
        values = _values(inputs)
        apart = len(set(values.values())) == len(values) and min(values.values()) > 1
        if apart and _chances(**inputs) == _chances(**_NO_CHANCE):
            return inputs


def cases(rng):
    """One case an entry, with the numbers of the leaves."""
    inputs = given(rng)
    of_values = [{"part": node, "table": "values", "node": node} for node in FORMULAS]
    of_gradients = [{"part": f"∂L/∂{node}", "table": "gradients", "node": node} for node in CHILDREN]
    return [case | inputs for case in of_values + of_gradients]


def probe(answer, case):
    """The entry, with the learner's other entries: the first wrong one of all is diagnosed."""
    entry = answer[case["table"]][case["node"]]
    if not _is_number(entry):
        return entry
    return {"entry": entry, "values": _filled(answer["values"]), "gradients": _filled(answer["gradients"])}


def judge(case, result):
    """None, or a Wrong without the expected number."""
    difference = compare(_right(case), result.get("entry") if type(result) is dict else result)
    if difference is None:
        return None
    if difference.kind != "wrong":
        return Wrong(difference.kind, difference.text)
    first = _first_wrong(case, result) if type(result) is dict else None
    if first is None:  # out of the sandbox may come anything
        return Wrong()
    return Wrong("wrong", f"{first} is the first number that is not right. Look at it before the others.")


def mistakes():
    """Of each value two: it is the first that is wrong, and the rest follows from it or does not. Then the
    slips of the backward pass."""
    found = []
    for node, formula in FORMULAS.items():
        found += [
            Mistake(
                f"value-{node}",
                f"The slip is in the forward pass: {formula} is not right. The rest follows from your "
                f"{node}, so mend {node} and carry it through once more.",
                when=partial(_is_first_wrong_value, node, follows=True),
            ),
            Mistake(
                f"value-{node}-first",
                f"Look at {formula} first: it is the first number that is not right. Mend it, then go "
                f"through the others again: they do not all follow from your {node}.",
                when=partial(_is_first_wrong_value, node, follows=False),
            ),
        ]
    return found + [Mistake(name, text, when=_slip(guesses)) for name, (text, guesses) in _SLIPS.items()]


# Name: what is said, and what the slip may give for `c`: (upstream, local, own value) of each edge.
_SLIPS = {
    "one-path": (
        "One path is missing. The node is used twice, so two downstreams arrive, and they add.",
        lambda c: [up * local for up, local, own in c] if len(c) > 1 else [],
    ),
    "multiplied-paths": (
        "You multiply the contributions of two paths. Where paths meet, contributions add.",
        lambda c: [prod(up * local for up, local, own in c)] if len(c) > 1 else [],
    ),
    "own-value": (
        "In a product the local derivative is the other factor, not the node's own value.",
        lambda c: [sum(up * own for up, local, own in c)],
    ),
    "no-upstream": (
        "This is the local derivative alone. Multiply it by the gradient of the child.",
        lambda c: [sum(local for up, local, own in c)],
    ),
    "sign": (
        "Right but for the sign. In u − z, does the result grow or shrink when z grows?",
        lambda c: [-sum(up * local for up, local, own in c)],
    ),
    "added-upstream": (
        "You add upstream and local derivative. The chain rule multiplies them.",
        lambda c: [sum(up + local for up, local, own in c)],
    ),
}


def _slip(guesses):
    """`when` of a mistake: the first wrong number is a gradient, and it is one of these guesses."""

    def when(case, result):
        if case["part"] != _first_wrong(case, result):
            return False
        contributions = _contributions(case, case["node"])
        return any(_same(result["entry"], guess) for guess in guesses(contributions))

    return when


@cache
def _chances(x, y, z):
    """Which of the right gradient and the slips' guesses are equal, node by node."""
    inputs, found = {"x": x, "y": y, "z": z}, []
    for node in CHILDREN:
        contributions = _contributions(inputs, node)
        numbers = [_gradient(inputs, node)]
        numbers += [guess for _, guesses in _SLIPS.values() for guess in guesses(contributions)]
        found.append([numbers.index(number) for number in numbers])
    return found


def _is_first_wrong_value(node, case, result, follows):
    return _first_wrong(case, result) == node and _all_follow(case, node, result) == follows


def _first_wrong(inputs, result):
    """The part with the first number that is wrong: values before gradients, children before parents."""
    for part, table, node, right in _entries(*(inputs[name] for name in INPUTS)):
        entries = result.get(table)
        entry = entries.get(node) if type(entries) is dict else None
        if _is_number(entry) and not _same(entry, right):
            return part
    return None


@cache
def _entries(x, y, z):
    """(part, table, node, the right number) of all entries."""
    inputs = {"x": x, "y": y, "z": z}
    values = _values(inputs)
    found = [(node, "values", node, values[node]) for node in FORMULAS]
    return found + [(f"∂L/∂{node}", "gradients", node, _gradient(inputs, node)) for node in CHILDREN]


def _all_follow(inputs, wrong, result):
    """Whether each other number follows from the learner's own numbers before it."""
    values = _values(inputs, given=result["values"])
    gradients = {
        node: sum(upstream * local for upstream, local, _ in _contributions(inputs, node, result))
        for node in CHILDREN
    }
    return all(
        _same(entry, computed[node])
        for computed, table in ((values, result["values"]), (gradients, result["gradients"]))
        for node, entry in table.items()
        if node in computed and not (node == wrong and table is result["values"])
    )


def _same(x, y):
    return abs(x - y) < 1e-9


def _is_number(x):
    return isinstance(x, int | float) and not isinstance(x, bool)


def _filled(table):
    return {node: x for node, x in table.items() if _is_number(x)}


def _values(inputs, node="", nudge=0, given=()):
    """The values of all nodes when one of them is nudged, each computed from the ones given before it."""
    given = dict(given)

    def nudged(name, value):
        return value + nudge * (name == node)

    x, y, z = (nudged(name, inputs[name]) for name in INPUTS)
    u = nudged("u", x * y)
    own_u = given.get("u", u)
    v, w = nudged("v", own_u - z), nudged("w", own_u + x)
    return {"x": x, "y": y, "z": z, "u": u, "v": v, "w": w, "L": given.get("v", v) * given.get("w", w)}


def _gradient(inputs, node):
    """L is at most quadratic in each node, so a central difference with step 1 has no error."""
    return (_values(inputs, node, 1)["L"] - _values(inputs, node, -1)["L"]) // 2


def _right(case):
    entries = _entries(*(case[name] for name in INPUTS))
    return next(right for part, *_, right in entries if part == case["part"])


def _contributions(inputs, node, result=None):
    """(upstream, local derivative, the node's own value in its place) of each edge, from the right numbers
    or, where there are any, the learner's."""
    result = result or {"values": {}, "gradients": {}}
    values = _values(inputs) | result["values"]
    gradients = {name: _gradient(inputs, name) for name in CHILDREN} | result["gradients"] | {"L": 1}
    return [
        (gradients[child], values.get(local, local), values[node] if local in values else local)
        for child, local in CHILDREN[node]
    ]
