"""The graph of 02.fill_graph: u = x·y, v = u − z, w = u + x, L = v·w. Right entries and typical slips."""

from functools import partial

from .comparing import compare
from .exercise import Mistake, Wrong

INPUTS = {"x": 2, "y": 5, "z": 7}
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


def cases(_rng):
    """One case an entry; the numbers stand in the notebook."""
    of_values = [{"part": node, "table": "values", "node": node} for node in FORMULAS]
    return of_values + [{"part": f"∂L/∂{node}", "table": "gradients", "node": node} for node in CHILDREN]


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
    first = _first_wrong(result) if type(result) is dict else None
    if first is None:  # out of the sandbox may come anything
        return Wrong()
    return Wrong("wrong", f"{first} is the first number that is not right. Look at it before the others.")


def value_mistakes():
    """Two mistakes a value: it is the first that is wrong, and the rest follows from it or does not."""
    for node, formula in FORMULAS.items():
        yield Mistake(
            f"value-{node}",
            f"The slip is in the forward pass: {formula} is not right. The rest follows from your {node}, so "
            f"mend {node} and carry it through once more.",
            when=partial(_is_first_wrong_value, node, follows=True),
        )
        yield Mistake(
            f"value-{node}-first",
            f"Look at {formula} first: it is the first number that is not right. Mend it, then go through "
            f"the others again: they do not all follow from your {node}.",
            when=partial(_is_first_wrong_value, node, follows=False),
        )


def slip(guesses):
    """`when` of a mistake: the first wrong number is a gradient, and it is one of
    `guesses(contributions)`. Contributions: (upstream, local, own value) of each edge."""

    def when(case, result):
        if case["part"] != _first_wrong(result):
            return False
        contributions = _contributions(case["node"], {"values": {}, "gradients": {}})
        return any(_same(result["entry"], guess) for guess in guesses(contributions))

    return when


def _is_first_wrong_value(node, case, result, follows):
    return _first_wrong(result) == node and _all_follow(node, result) == follows


def _first_wrong(result):
    """The part with the first number that is wrong: values before gradients, children before parents."""
    for case in cases(None):
        table = result.get(case["table"])
        entry = table.get(case["node"]) if type(table) is dict else None
        if _is_number(entry) and not _same(entry, _right(case)):
            return case["part"]
    return None


def _all_follow(wrong, result):
    """Whether each other number follows from the learner's own numbers before it."""
    values = _values(given=result["values"])
    gradients = {
        node: sum(upstream * local for upstream, local, _ in _contributions(node, result))
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


def _values(node="", nudge=0, given=INPUTS):
    """The values of all nodes when one of them is nudged, each computed from the ones given before it."""

    def nudged(name, value):
        return value + nudge * (name == node)

    x, y, z = (nudged(name, value) for name, value in INPUTS.items())
    u = nudged("u", x * y)
    own_u = given.get("u", u)
    v, w = nudged("v", own_u - z), nudged("w", own_u + x)
    return {"x": x, "y": y, "z": z, "u": u, "v": v, "w": w, "L": given.get("v", v) * given.get("w", w)}


def _gradient(node):
    """L is at most quadratic in each node, so a central difference with step 1 has no error."""
    return (_values(node, 1)["L"] - _values(node, -1)["L"]) / 2


def _right(case):
    return _values()[case["node"]] if case["table"] == "values" else _gradient(case["node"])


def _contributions(node, result):
    values = _values() | result["values"]
    gradients = {name: _gradient(name) for name in CHILDREN} | result["gradients"] | {"L": 1}
    return [
        (gradients[child], values.get(local, local), values[node] if local in values else local)
        for child, local in CHILDREN[node]
    ]
