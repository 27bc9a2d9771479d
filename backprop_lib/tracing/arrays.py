"""How the operations on arrays are written: formula, gradients as matrix expressions, shapes."""

from backprop_lib.tracing.format import is_array, number, shape_text, summary
from backprop_lib.tracing.rules import operation

# name: symbol in the circle, formula, and per input the vector-Jacobian product. {0}, {1} are the
# inputs, {y} the result, {g} the gradient of the result.
_ARRAY_RULES = {
    "add": ("+", "{0} + {1}", ("{g}", "{g}")),
    "sub": ("−", "{0} − {1}", ("{g}", "−{g}")),
    "mul": ("⊙", "{0} ⊙ {1}", ("{g} ⊙ {1}", "{g} ⊙ {0}")),
    "div": ("÷", "{0} / {1}", ("{g} / {1}", "−{g} ⊙ {y} / {1}")),
    "pow": ("xʸ", "{0}^{1}", ("{g} ⊙ {1} · {0}^({1} − 1)", "{g} ⊙ {y} ⊙ log({0})")),
    "neg": ("−", "−{0}", ("−{g}",)),
    "maximum": ("max", "max({0}, {1})", ("{g} ⊙ ({0} > {1})", "{g} ⊙ ({1} > {0})")),
    "matmul": ("@", "{0} · {1}", ("{g} · {1}ᵀ", "{0}ᵀ · {g}")),
    "linear": ("xW+b", "{0} · {1} + {2}", ("{g} · {1}ᵀ", "{0}ᵀ · {g}", "{g}")),
    "linear_relu": ("relu", "max(0, {0} · {1} + {2})",
                    ("({g} ⊙ ({y} > 0)) · {1}ᵀ", "{0}ᵀ · ({g} ⊙ ({y} > 0))", "{g} ⊙ ({y} > 0)")),
    "linear_tanh": ("tanh", "tanh({0} · {1} + {2})",
                    ("({g} ⊙ (1 − {y}²)) · {1}ᵀ", "{0}ᵀ · ({g} ⊙ (1 − {y}²))", "{g} ⊙ (1 − {y}²)")),
    "exp": ("exp", "exp({0})", ("{g} ⊙ {y}",)),
    "log": ("log", "log({0})", ("{g} / {0}",)),
    "tanh": ("tanh", "tanh({0})", ("{g} ⊙ (1 − {y}²)",)),
    "relu": ("relu", "max(0, {0})", ("{g} ⊙ ({0} > 0)",)),
    "sigmoid": ("σ", "sigmoid({0})", ("{g} ⊙ {y} ⊙ (1 − {y})",)),
    "softplus": ("softplus", "softplus({0})", ("{g} ⊙ sigmoid({0})",)),
    "softmax": ("softmax", "softmax({0})", ("{y} ⊙ ({g} − sum({g} ⊙ {y}))",)),
    "logsumexp": ("logsumexp", "log(sum(exp({0})))", ("{g} ⊙ softmax({0})",)),
    "softmax_cross_entropy": ("CE", "cross_entropy(softmax({0}), labels)",
                              ("{g} · (softmax({0}) − onehot(labels)) / {N}",)),
    "mse": ("MSE", "mean(({0} − t)²)", ("{g} · 2 ({0} − t) / {n}",)),
    "mae": ("MAE", "mean(|{0} − t|)", ("{g} · sign({0} − t) / {n}",)),
    "binary_cross_entropy": ("BCE", "binary_cross_entropy(sigmoid({0}), t)",
                             ("{g} · (sigmoid({0}) − t) / {n}",)),
    "sum": ("Σ", "sum({0})", ("{g}, repeated",)),
    "mean": ("mean", "mean({0})", ("{g} / {n}, repeated",)),
    "max": ("max", "max({0})", ("{g} ⊙ ({0} = {y})",)),
    "reshape": ("reshape", "reshape({0})", ("{g}, reshaped back",)),
    "transpose": ("xᵀ", "{0}ᵀ", ("{g}ᵀ",)),
    "getitem": ("x[ ]", "{0}[…]", ("{g} at the entries taken, 0 elsewhere",)),
    "where": ("where", "where(condition, {0}, {1})", ("{g} where the condition holds",
                                                      "{g} where the condition fails")),
}  # fmt: skip
_LINEAR = {"linear", "linear_relu", "linear_tanh"}
_PRODUCTS = {"matmul", *_LINEAR}
_AVERAGED = {"mse", "mae", "binary_cross_entropy"}  # their rules are those of the mean
_JOINING = {"concatenate": "its part of {g}", "stack": "its slice of {g}"}


def _rule(graph, i):
    """(symbol, formula, vjps); generic for an operation that is not in the table."""
    op, k = graph.ops[i], len(graph.parents[i])
    found = _ARRAY_RULES.get(op) or _ARRAY_RULES.get(operation(op))
    if op in _AVERAGED and graph.nodes[i]._options["reduction"] != "mean":
        found = None
    if found and len(found[2]) == k:
        return found
    name = op or "f"
    formula = f"{name}({', '.join(f'{{{j}}}' for j in range(k))})"
    vjp = _JOINING.get(op, "{g} through " + name)
    return name, formula, (vjp,) * k


def array_formula(graph, names, i):
    """(symbol, right side) of the operation that made node i, in names."""
    symbol, formula, _ = _rule(graph, i)
    text = formula.format(*(names.p[k] for k in graph.parents[i]), y=names.n[i])
    return (symbol, text) if _entrywise(graph, i) else (_dot(symbol, "×"), _dot(text, "·"))


def _entrywise(graph, i):
    """Two arrays are multiplied ⊙ entry by entry; a number times an array is a plain product."""
    return all(is_array(graph.values[k]) for k in graph.parents[i])


def _dot(text, sign):
    return text.replace("⊙", sign)


def _shape(value):
    return tuple(getattr(value, "shape", ()))


def array_forward(graph, i):
    """(numbers, result) of a forward step: the shapes that go in and the one that comes out."""
    op, values = graph.ops[i], graph.values
    shapes = [shape_text(_shape(values[k])) for k in graph.parents[i]]
    numbers = " + ".join([" · ".join(shapes[:2]), *shapes[2:]]) if op in _PRODUCTS else ", ".join(shapes)
    return numbers, f"= {summary(values[i]) or number(values[i])}"


def array_backward(graph, names, child, edge):
    """(rule, numbers, local rule) of the step from `child` to its input `edge`."""
    inputs, values = graph.parents[child], graph.values
    parent = inputs[edge]
    template = _rule(graph, child)[2][edge]
    if not _entrywise(graph, child):
        template = _dot(template, "·")
    shape, result = _shape(values[parent]), _shape(values[child])
    counts = {"n": _size(shape) // max(1, _size(result)), "N": shape[0] if shape else 1}
    terms = [names.p[k] for k in inputs]
    summed = _summed(graph.ops[child], shape, result)
    g = names.derivative(child)
    right = template.format(*terms, y=names.n[child], g=g, **counts) + summed
    local = template.format(*terms, y=names.n[child], g="g", **counts) + summed
    numbers = f"{shape_text(shape)} += {_factors(graph, child, edge, shape, result)}{summed}"
    which = f", as input {edge + 1} of {len(inputs)}" if inputs.count(parent) > 1 else ""
    return f"{names.derivative(parent)} += {right}", numbers, f"g ↦ {local}{which}"


def _size(shape):
    n = 1
    for length in shape:
        n *= length
    return n


_FIXED = {"sum", "mean", "max", "logsumexp", "reshape", "transpose", "getitem", "concatenate", "stack",
          "softmax_cross_entropy", "matmul"}  # fmt: skip


def _summed(op, shape, result):
    """How broadcasting is undone: over which axes of the result the gradient is summed."""
    if op in _FIXED or shape == result or len(shape) > len(result) or (op in _LINEAR and len(shape) != 1):
        return ""
    extra = len(result) - len(shape)
    axes = [*range(extra), *(i for i, n in enumerate(shape, extra) if n == 1 != result[i])]
    if not axes:
        return ""
    return f", summed over {'axis' if len(axes) == 1 else 'axes'} {', '.join(map(str, axes))}"


def _factors(graph, child, edge, shape, result):
    """The shapes on the right of a backward step; those of a matrix product fit together."""
    shapes = [_shape(graph.values[k]) for k in graph.parents[child]]
    if graph.ops[child] in _PRODUCTS and all(len(s) == 2 for s in (shapes[0], shapes[1], result)):
        if edge == 0:
            return f"{shape_text(result)} · {shape_text(shapes[1][::-1])}"
        if edge == 1:
            return f"{shape_text(shapes[0][::-1])} · {shape_text(result)}"
    return shape_text(result)
