"""The exercises of notebook 04: the perceptron rule, a neuron, counting parameters, weights for XOR."""

import math

from . import xor04  # noqa: F401  (registers 04.xor_weights)
from .exercise import Exercise, Mistake, register
from .formatting import number

# The perceptron rule


def _pass_cases(rng):
    cases = [
        {"w": [0.0, 0.0], "b": 0.0, "xs": [[1.0, 2.0]], "ts": [1]},
        {"w": [0.0, 0.0], "b": 1.0, "xs": [[1.0, 2.0]], "ts": [0]},
        {"w": [2.0, -1.0], "b": 0.0, "xs": [[1.0, 2.0]], "ts": [0]},  # z = 0 counts as 0: no mistake
        {"w": [0.0, 0.0], "b": 0.0, "xs": [[1.0, 2.0], [3.0, 1.0], [2.0, -4.0]], "ts": [1, 1, 0]},
    ]
    for _ in range(6):
        n_in, n = rng.randint(1, 4), rng.randint(3, 8)
        cases.append({
            "w": [float(rng.randint(-3, 3)) for _ in range(n_in)],
            "b": float(rng.randint(-2, 2)),
            "xs": [[float(rng.randint(-4, 4)) for _ in range(n_in)] for _ in range(n)],
            "ts": [rng.randint(0, 1) for _ in range(n)],
        })  # fmt: skip
    return cases


def _pass_probe(one_pass, case):
    w, b, mistakes = one_pass(case["w"], case["b"], case["xs"], case["ts"])
    return [list(w), b, mistakes]


def _simulate(case, *, sign=1, stale=False, forgets=(), fires_at_zero=False, every=False, count="mistakes"):
    """One pass of the rule, or of one that errs in the way that is asked for."""
    start = (list(case["w"]), case["b"])
    w, b = list(case["w"]), case["b"]
    found = 0
    for x, t in zip(case["xs"], case["ts"], strict=True):
        decide_w, decide_b = start if stale else (w, b)
        z = sum(wi * xi for wi, xi in zip(decide_w, x, strict=True)) + decide_b
        y = 1 if z > 0 or (fires_at_zero and z == 0) else 0
        step = sign * ((2 * t - 1) if every else (t - y))
        found += t - y if count == "signed" else step != 0
        if "w" not in forgets:
            w = [wi + step * (1 if "x" in forgets else xi) for wi, xi in zip(w, x, strict=True)]
        if "b" not in forgets:
            b += step
    return [w, b, len(case["ts"]) - found if count == "right" else found]


def _erring(**how):
    return lambda case: _simulate(case, **how)


register(Exercise(
    "04.perceptron_rule",
    "One pass of the perceptron rule",
    cases=_pass_cases,
    probe=_pass_probe,
    reference=_simulate,
    show=lambda case: f"w = {case['w']}, b = {number(case['b'])}, xs = {case['xs']}, ts = {case['ts']}",
    mistakes=[
        Mistake("away",
                "You move away from the right answer: an answer of 0 that should be 1 needs a larger z.",
                _erring(sign=-1)),
        Mistake("stale",
                "All examples meet the w and b of the beginning. Each must meet those of the one before.",
                _erring(stale=True)),
        Mistake("bias-forgotten",
                "The bias never moves. It is the weight of an input that is always 1.",
                _erring(forgets="b")),
        Mistake("weights-forgotten", "Only the bias moves, the weights stay as they were.",
                _erring(forgets="w")),
        Mistake("without-x",
                "You add the error to every weight. Each weight moves by the error times its input.",
                _erring(forgets="x")),
        Mistake("zero-fires", "At z = 0 the answer is 0: only z > 0 gives 1.", _erring(fires_at_zero=True)),
        Mistake("always-moves", "You move at every example. Where the answer is right, nothing changes.",
                _erring(every=True)),
        Mistake("signed-count",
                "You add up the errors t − y, and a +1 and a −1 cancel. Count the mistakes.",
                _erring(count="signed")),
        Mistake("counts-right", "You count the examples that are right; asked is the number of mistakes.",
                _erring(count="right")),
    ],
    hints=[
        "Go through the pairs with zip(xs, ts). First ask the perceptron, with w and b as they are now.",
        "The error t − y is 0, 1 or −1. If it is not 0: which way must z move, and which inputs carry that?",
        "The bias is moved as if it were the weight of an input 1.",
    ],
))  # fmt: skip


# A neuron and its gradient


def _neuron_cases(rng):
    cases = [{"w": [0.5], "x": [2.0], "b": -0.4}, {"w": [0.5, -1.0], "x": [2.0, 0.3], "b": 0.1}]
    for n in (1, 2, 3, 3, 4, 5):
        draw = [rng.uniform(0.3, 1.5) * rng.choice((-1, 1)) / n for _ in range(2 * n)]
        cases.append({"w": draw[:n], "x": [2 * v for v in draw[n:]], "b": rng.uniform(-0.5, 0.5)})
    return cases


def _neuron_probe(neuron, case):
    y, dy_dw, dy_dx, dy_db = neuron(case["w"], case["x"], case["b"])
    return {"y": y, "dy_dw": list(dy_dw), "dy_dx": list(dy_dx), "dy_db": dy_db}


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


def _neuron(case, slope=lambda z, y: 1 - y * y, swapped=False, db=None, bias=True, value=math.tanh):
    z = sum(wi * xi for wi, xi in zip(case["w"], case["x"], strict=True)) + (case["b"] if bias else 0)
    y = math.tanh(z)
    s = slope(z, y)
    first, second = (case["w"], case["x"]) if swapped else (case["x"], case["w"])
    return {"y": value(z), "dy_dw": [s * v for v in first], "dy_dx": [s * v for v in second],
            "dy_db": s if db is None else db(case, s)}  # fmt: skip


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
        Mistake("slope-at-z", "1 − z² is not the slope: the formula takes the output y = tanh z.",
                _slips(slope=lambda z, y: 1 - z * z)),
        Mistake("sigmoid-slope", "y(1 − y) is the slope of the sigmoid; this neuron ends in tanh.",
                _slips(slope=lambda z, y: y * (1 - y))),
        Mistake("no-square",
                "1 − y is no slope of tanh: at y = 0 it is right, elsewhere the square is missing.",
                _slips(slope=lambda z, y: 1 - y)),
        Mistake("bias-rate-one", "∂z/∂b is 1, but y is tanh z: the slope of tanh stands before it.",
                _slips(db=lambda case, s: 1.0)),
        Mistake("times-bias", "You multiply by b. The bias is added, so z moves exactly as much as b does.",
                _slips(db=lambda case, s: s * case["b"])),
        Mistake("bias-left-out", "The bias is not in z.", _slips(bias=False)),
        Mistake("no-tanh", "Your y is z itself: the neuron ends in tanh.", _slips(value=lambda z: z)),
    ],
    hints=[
        "First z, then y = tanh z. How fast does z grow with w[0], with x[0], with b?",
        "Chain rule: ∂y/∂w[0] = (slope of tanh at z) · ∂z/∂w[0]. Write the slope with y.",
    ],
))  # fmt: skip


# Counting


def _count_cases(rng):
    drawn = [[rng.randint(1, 12) for _ in range(rng.randint(2, 5))] for _ in range(8)]
    return [{"sizes": sizes} for sizes in ([2, 1], [2, 2, 1], [3, 4, 2], *drawn)]


def _pairs(case):
    return list(zip(case["sizes"], case["sizes"][1:], strict=False))


def _built(case):
    """Count by building: every neuron with its weights and its bias."""
    sizes = case["sizes"]
    return sum(len([*range(sizes[k]), "bias"]) for k in range(len(sizes) - 1) for _ in range(sizes[k + 1]))


register(Exercise(
    "04.parameter_count",
    "How many parameters an MLP has",
    cases=_count_cases,
    probe=lambda parameter_count, case: parameter_count(case["sizes"]),
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
                lambda case: sum(n * m + n for n, m in _pairs(case))),
        Mistake("neurons", "You count neurons. Each of them has a weight for every input, and a bias.",
                lambda case: sum(case["sizes"][1:])),
        Mistake("last-layer-missing", "The last layer is missing: the output neurons have parameters, too.",
                lambda case: sum(n * m + m for n, m in _pairs(case)[:-1])),
        Mistake("product", "You multiply all sizes. Only neighbouring layers are connected.",
                lambda case: math.prod(case["sizes"])),
    ],
    hints=[
        "One neuron that reads n numbers has how many parameters?",
        "A layer of m such neurons has m times as many. Then add up the layers: zip(sizes, sizes[1:]).",
    ],
))  # fmt: skip
