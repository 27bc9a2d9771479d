"""`unroll`: a graph of Scalars as straight-line Python, the way a compiler for gradients works.

`backward()` spends nearly all its time on the graph: it makes nodes, orders them, follows pointers,
and does so again at every step although the formula is the same. A compiler does that once. It walks
the finished graph and writes a program: one line an operation forward, one line an edge backward, all
in local variables. What does not depend on the inputs is a number in the text. Then only arithmetic is
left to do.

The price: the program is the computation that was recorded. An `if` or a loop of your code that would
go another way with new values is frozen. relu is an operation, and its line holds the choice itself.

Source: reverse mode by source transformation, Speelpenning (1980), "Compiling fast partial derivatives
of functions given by algorithms"; jax.jit and torch.compile record and compile in this way.
"""

import math

from .scalar import Scalar

# operation -> the value, then the local derivative of each parent. y is the value, n an exponent.
RULES = {
    "+": ("{a} + {b}", "1.0", "1.0"),
    "-": ("{a} - {b}", "1.0", "-1.0"),
    "*": ("{a} * {b}", "{b}", "{a}"),
    "/": ("{a} / {b}", "(1.0 / {b})", "(-{y} / {b})"),
    "**": ("{a} ** {n}", "({n} * {a} ** ({n} - 1) if {n} else 0.0)"),
    "neg": ("-{a}", "-1.0"),
    "exp": ("exp({a})", "{y}"),
    "log": ("log({a})", "(1.0 / {a})"),
    "tanh": ("tanh({a})", "(1.0 - {y} * {y})"),
    "sigmoid": (
        "1.0 / (1.0 + exp(-{a})) if {a} >= 0 else exp({a}) / (1.0 + exp({a}))",
        "(exp(-abs({a})) / (1.0 + exp(-abs({a}))) ** 2)",
    ),
    "relu": ("{a} if not {a} <= 0 else 0.0", "(1.0 if {a} > 0 else 0.0)"),
}
_KNOWN = {"exp": math.exp, "log": math.log, "tanh": math.tanh, "inf": math.inf, "nan": math.nan}
MOST_RESULTS = 100_000  # Python's compiler needs 7 KB of memory and 0.05 ms or more for each


def unroll(root, inputs):
    """A function `step(values) -> (value of root, gradients)` for new values of the leaves `inputs`.

    values and gradients are lists in the order of `inputs`; `step.source` is the program. Other leaves
    keep the value they have now. Raises TypeError for what is no Scalar, ValueError for an input that
    is no leaf of this graph or is named twice, and for a graph of more than 100,000 results.
    """
    inputs = list(inputs)
    for what in (root, *inputs):
        if not isinstance(what, Scalar):
            raise TypeError(f"unroll(root, inputs) needs Scalars, got {type(what).__name__}: {what!r:.60}")
    results = root._parents_first()
    if len(results) > MOST_RESULTS:
        raise ValueError(f"unroll takes {MOST_RESULTS:,} results at most, root has {len(results):,}: "
                         "unroll a part, one example of a batch for instance")  # fmt: skip
    allowed = {root, *(parent for node in results for parent in node._parents)}.difference(results)
    for i, leaf in enumerate(inputs):
        if leaf not in allowed:
            raise ValueError(f"inputs[{i}] must be a leaf that root was made from, and named once: {leaf!r}")
        allowed.remove(leaf)
    source, names = _program(root, results, inputs), dict(_KNOWN)
    exec(source, names)
    names["step"].source = source
    return names["step"]


def _program(root, results, inputs):
    variables = {leaf: f"x{i}" for i, leaf in enumerate(inputs)}
    forward, backward = [], []
    seen = {root}  # a first contribution is assigned, those that follow are added
    for node in results:
        if any(parent in variables for parent in node._parents):
            variables[node] = f"v{len(forward)}"
            forward.append(f"{variables[node]} = {_texts(node, variables)[0]}")
    for node in reversed(results):
        if node in variables:
            for parent, local in zip(node._parents, _texts(node, variables)[1:], strict=True):
                if parent in variables:
                    sign = "+=" if parent in seen else "="
                    seen.add(parent)
                    product = f"d{variables[node]}" + ("" if local == "1.0" else f" * {local}")
                    backward.append(f"d{variables[parent]} {sign} {product}")
    lines = [
        "def step(values):",
        f"if len(values) != {len(inputs)}:",
        f"    raise ValueError(f'step needs {len(inputs)} values, got {{len(values)}}')",
        f"[{', '.join(variables[leaf] for leaf in inputs)}] = values",
        *forward,
        f"d{_name(root, variables)} = 1.0" if root in variables else "",
        *backward,
        f"return {_name(root, variables)}, [{', '.join('d' + variables[leaf] for leaf in inputs)}]",
    ]
    return "\n    ".join(line for line in lines if line) + "\n"


def _name(node, variables):
    return variables.get(node) or f"({node.data!r})"


def _texts(node, variables):
    """The rule of this node's operation, with its variables and numbers filled in."""
    op, power, n = node._op.partition("**")
    names = [_name(parent, variables) for parent in node._parents]
    filled = {"a": names[0], "b": names[-1], "y": variables[node], "n": f"({n})"}
    return [text.format(**filled) for text in RULES[power or op]]
