"""The graph of 02.fill_graph: u = x·y, v = u − z, w = u + x, L = v·w. Right entries and typical slips."""

from .comparing import compare
from .exercise import Wrong

INPUTS = {"x": 2, "y": 5, "z": 7}
VALUES = "uvwL"
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
    of_values = [{"part": node, "table": "values", "node": node} for node in VALUES]
    return of_values + [{"part": f"∂L/∂{node}", "table": "gradients", "node": node} for node in CHILDREN]


def probe(answer, case):
    """The entry, with the learner's other entries: a slip is carried on to those further down."""
    entry = answer[case["table"]][case["node"]]
    if not _is_number(entry):
        return entry
    return {"entry": entry, "values": _filled(answer["values"]), "gradients": _filled(answer["gradients"])}


def judge(case, result):
    """None, or a Wrong without the expected number."""
    difference = compare(_right(case), result.get("entry") if type(result) is dict else result)
    if difference is None:
        return None
    return Wrong(difference.kind, "" if difference.kind == "wrong" else difference.text)


def slip(guesses):
    """`when` of a mistake: a gradient is one of `guesses(contributions)`, or it is carried on rightly
    from the learner's own wrong entries. Contributions: (upstream, local, own value) of each edge."""

    def when(case, result):
        if case["table"] != "gradients":
            return False
        contributions = _contributions(case["node"], result)
        carried = sum(upstream * local for upstream, local, _ in contributions)
        return any(abs(result["entry"] - guess) < 1e-9 for guess in (*guesses(contributions), carried))

    return when


def _is_number(x):
    return isinstance(x, int | float) and not isinstance(x, bool)


def _filled(table):
    return {node: x for node, x in table.items() if _is_number(x)}


def _values(node="", nudge=0):
    """The values of all nodes when one of them is nudged."""

    def nudged(name, value):
        return value + nudge * (name == node)

    x, y, z = (nudged(name, value) for name, value in INPUTS.items())
    u = nudged("u", x * y)
    v, w = nudged("v", u - z), nudged("w", u + x)
    return {"x": x, "y": y, "z": z, "u": u, "v": v, "w": w, "L": v * w}


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
