"""The exercises of notebook 04: a neuron, counting parameters; the rule and XOR have files of their own."""

import math

from . import perceptron04, xor04  # noqa: F401  (registers 04.perceptron_rule and 04.xor_weights)
from .comparing import compare
from .exercise import Exercise, Mistake, register
from .values04 import listed, number

# A neuron and its gradient


def _neuron_cases(rng):
    cases = [{"w": [0.5], "x": [2.0], "b": -0.4}, {"w": [0.5, -1.0], "x": [2.0, 0.3], "b": 0.1}]
    for n in (1, 2, 3, 3, 4, 5):
        draw = [rng.uniform(0.3, 1.5) * rng.choice((-1, 1)) / n for _ in range(2 * n)]
        cases.append({"w": draw[:n], "x": [2 * v for v in draw[n:]], "b": rng.uniform(-0.5, 0.5)})
    return cases


def _neuron_probe(neuron, case):
    result = neuron(case["w"], case["x"], case["b"])
    if not isinstance(result, (list, tuple)) or len(result) != 4:
        return result
    y, dy_dw, dy_dx, dy_db = result
    return {"y": number(y), "dy_dw": listed(dy_dw), "dy_dx": listed(dy_dx), "dy_db": number(dy_db)}


def _neuron_reference(case):
    """Complex steps (Squire and Trapp, 1998) through the neuron: no rule of differentiation is used."""
    import cmath

    def y(w, x, b):
        return cmath.tanh(sum(wi * xi for wi, xi in zip(w, x, strict=True)) + b)

    def nudged(values, i):
        return [v + (1e-30j if k == i else 0) for k, v in enumerate(values)]

    w, x, b, n = case["w"], case["x"], case["b"], range(len(case["w"]))
    return {
        "y": y(w, x, b).real,
        "dy_dw": [y(nudged(w, i), x, b).imag / 1e-30 for i in n],
        "dy_dx": [y(w, nudged(x, i), b).imag / 1e-30 for i in n],
        "dy_db": y(w, x, b + 1e-30j).imag / 1e-30,
    }


def _neuron(case, slope=lambda z, y: 1 - y * y, swapped=False, db=None, biases=1, value=math.tanh):
    z = sum(wi * xi for wi, xi in zip(case["w"], case["x"], strict=True)) + biases * case["b"]
    y = math.tanh(z)
    s = slope(z, y)
    first, second = (case["w"], case["x"]) if swapped else (case["x"], case["w"])
    return {"y": value(z), "dy_dw": [s * v for v in first], "dy_dx": [s * v for v in second],
            "dy_db": s if db is None else db(case, s)}  # fmt: skip


def _is_summed(case, got):
    return not isinstance(got["dy_dw"], list) and not isinstance(got["dy_dx"], list)


def _is_not_four(case, got):
    return type(got) is float or (type(got) in (list, dict) and "dy_dw" not in got)


def _is_nearly_right(case, got):
    return compare(_neuron_reference(case), got, rtol=1e-3, atol=1e-3) is None


def _sigmoid(z):
    return 1 / (1 + math.exp(-z))


def _slips(**how):
    return lambda case: _neuron(case, **how)


register(Exercise(
    "04.neuron",
    "A neuron and its gradient",
    cases=_neuron_cases,
    probe=_neuron_probe,
    reference=_neuron_reference,
    mistakes=[
        Mistake("swapped",
                "∂y/∂w and ∂y/∂x are swapped: a weight is multiplied by its input, so its rate is x.",
                _slips(swapped=True)),
        Mistake("no-slope", "The slope of tanh is missing: these are the derivatives of z, not of y.",
                _slips(slope=lambda z, y: 1.0)),
        Mistake("value-for-slope", "You multiply by y. The chain rule wants the slope of tanh at z.",
                _slips(slope=lambda z, y: y)),
        Mistake("slope-at-z", "1 − z² is not the slope: the formula takes the output y = tanh z.",
                _slips(slope=lambda z, y: 1 - z * z)),
        Mistake("sigmoid-slope", "y(1 − y) is the slope of the sigmoid; this neuron ends in tanh.",
                _slips(slope=lambda z, y: y * (1 - y))),
        Mistake("sigmoid", "This is a neuron that ends in the sigmoid; asked is one that ends in tanh.",
                _slips(value=_sigmoid, slope=lambda z, y: _sigmoid(z) * (1 - _sigmoid(z)))),
        Mistake("tanh-twice", "You take tanh of y, but y is tanh z already: write the slope with y itself.",
                _slips(slope=lambda z, y: 1 - math.tanh(y) ** 2)),
        Mistake("no-square", "1 − y is not the slope of tanh: a square is missing.",
                _slips(slope=lambda z, y: 1 - y)),
        Mistake("bias-rate-one", "∂z/∂b is 1, but y is tanh z: the slope of tanh stands before it.",
                _slips(db=lambda case, s: 1.0)),
        Mistake("bias-rate-zero", "You treat b as a constant. Nudge b: z moves as much as b does.",
                _slips(db=lambda case, s: 0.0)),
        Mistake("times-bias", "You multiply by b. The bias is added, so z moves exactly as much as b does.",
                _slips(db=lambda case, s: s * case["b"])),
        Mistake("bias-left-out", "The bias is not in z.", _slips(biases=0)),
        Mistake("bias-at-each-input", "You add b once for every input. A neuron has one bias.",
                lambda case: _neuron(case, biases=len(case["w"]))),
        Mistake("no-tanh", "Your y is z itself: the neuron ends in tanh.", _slips(value=lambda z: z)),
        Mistake("summed", "∂y/∂w and ∂y/∂x are lists: every weight and every input has a rate of its own.",
                when=_is_summed),
        Mistake("not-four", "Four things are asked, in this order: y, ∂y/∂w, ∂y/∂x and ∂y/∂b.",
                when=_is_not_four),
        Mistake("not-exact",
                "Close, but not exact: did you nudge, or round? The slope of tanh has a formula.",
                when=_is_nearly_right),
    ],
    hints=[
        "First z, then y = tanh z. How fast does z grow with w[0], with x[0], with b?",
        "Chain rule: ∂y/∂w[0] = (slope of tanh at z) · ∂z/∂w[0].",
        "You wrote the slope of tanh, with the help of its output, in notebook 03.",
    ],
))  # fmt: skip


# Counting


def _count_cases(rng):
    drawn = [[rng.randint(1, 12) for _ in range(rng.randint(2, 5))] for _ in range(8)]
    return [{"sizes": sizes} for sizes in ([2, 1], [2, 2, 1], [3, 4, 2], *drawn)]


def _pairs(case):
    return list(zip(case["sizes"], case["sizes"][1:], strict=False))


def _biases_of_those_read(case):
    """Instead of a bias for each neuron that reads, or besides it."""
    wrong = (lambda n, m: n * m + n, lambda n, m: n * m + n + m, lambda n, m: (n + 1) * (m + 1))
    return [sum(count(n, m) for n, m in _pairs(case)) for count in wrong]


def _too_much_connected(case):
    """All sizes multiplied, or every layer connected with every later one; with and without biases."""
    sizes, biases = case["sizes"], sum(case["sizes"][1:])
    weights = math.prod(sizes), sum(n * m for k, n in enumerate(sizes) for m in sizes[k + 1 :])
    return [*weights, *(count + biases for count in weights)]


def _built(case):
    """Count by building: every neuron with its weights and its bias."""
    sizes = case["sizes"]
    return sum(len([*range(sizes[k]), "bias"]) for k in range(len(sizes) - 1) for _ in range(sizes[k + 1]))


register(Exercise(
    "04.parameter_count",
    "How many parameters an MLP has",
    cases=_count_cases,
    probe=lambda parameter_count, case: number(parameter_count(case["sizes"])),
    reference=_built,
    mistakes=[
        Mistake("no-biases", "These are the weights. Every neuron also has a bias.",
                lambda case: sum(n * m for n, m in _pairs(case))),
        Mistake("one-bias-a-layer", "You count one bias for each layer; every neuron has its own.",
                lambda case: sum(n * m + 1 for n, m in _pairs(case))),
        Mistake("biases-of-inputs", "The inputs are no neurons: they have no biases.",
                lambda case: sum(n * m for n, m in _pairs(case)) + sum(case["sizes"])),
        Mistake("bias-for-each-input",
                "The biases belong to the neurons that read, not to those that are read.",
                when=lambda case, got: got in _biases_of_those_read(case)),
        Mistake("one-bias", "You count one bias for the whole network; every neuron has its own.",
                lambda case: sum(n * m for n, m in _pairs(case)) + 1),
        Mistake("no-output-biases", "The output neurons have biases, too.",
                lambda case: sum(n * m for n, m in _pairs(case)) + sum(case["sizes"][1:-1])),
        Mistake("neurons", "You count neurons. Each of them has a weight for every input, and a bias.",
                when=lambda case, got: got in (sum(case["sizes"]), sum(case["sizes"][1:]))),
        Mistake("last-layer-missing", "The last layer is missing: the output neurons have parameters, too.",
                lambda case: sum(n * m + m for n, m in _pairs(case)[:-1])),
        Mistake("stops-early", "You stop after the first layer: is `return` inside the loop?",
                lambda case: sum(n * m + m for n, m in _pairs(case)[:1])),
        Mistake("not-neighbours", "Only neighbouring layers are connected.",
                when=lambda case, got: got in _too_much_connected(case)),
        Mistake("layer-by-layer", "You list the layers. One number is asked: add them up.",
                when=lambda case, got: type(got) is list),
    ],
    hints=[
        "One neuron that reads n numbers has how many parameters?",
        "A layer of m such neurons has m times as many. Then add up the layers: zip(sizes, sizes[1:]).",
    ],
))  # fmt: skip
