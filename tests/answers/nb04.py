"""Right and wrong answers to the exercises of notebook 04."""

from tests.answers import Answers


def _pass(
    decide="w, b", move="t - y", weights="wi + e * xi", bias="b + e", count="1", when="y != t", fires=">",
    returns="w, b, mistakes",
):  # fmt: skip
    """A learner's pass of the perceptron rule, with one line written differently."""
    return (
        "def one_pass(w, b, xs, ts):\n"
        "    start, mistakes, w = (list(w), b), 0, list(w)\n"
        "    for x, t in zip(xs, ts):\n"
        f"        dw, db = {decide}\n"
        "        z = sum(a * c for a, c in zip(dw, x)) + db\n"
        f"        y = 1 if z {fires} 0 else 0\n"
        f"        e = {move}\n"
        f"        if {when}:\n"
        f"            w = [{weights} for wi, xi in zip(w, x)]\n"
        f"            b = {bias}\n"
        f"            mistakes += {count}\n"
        f"    return {returns}\n"
    )


WITH_NUMPY = """
import numpy as np

def one_pass(w, b, xs, ts):
    w, found = np.array(w, dtype=float), 0
    for x, t in zip(np.array(xs), ts):
        y = int(w @ x + b > 0)
        w = w + (t - y) * x
        b = b + (t - y)
        found += int(y != t)
    return w, b, found
"""

IF_AND_ELSE = """
def one_pass(w, b, xs, ts):
    w, found = w[:], 0
    for i in range(len(xs)):
        z = b
        for k in range(len(w)):
            z += w[k] * xs[i][k]
        if z > 0 and ts[i] == 0:
            for k in range(len(w)):
                w[k] -= xs[i][k]
            b, found = b - 1, found + 1
        elif z <= 0 and ts[i] == 1:
            for k in range(len(w)):
                w[k] += xs[i][k]
            b, found = b + 1, found + 1
    return [w, b, found]
"""

IN_ONE_GO = """
def one_pass(w, b, xs, ts):
    errors = [t - perceptron(w, b, x) for x, t in zip(xs, ts)]
    for e, x in zip(errors, xs):
        w = [wi + e * xi for wi, xi in zip(w, x)]
        b += e
    return w, b, sum(e != 0 for e in errors)
"""

UNTIL_ALL_ARE_RIGHT = """
def one_pass(w, b, xs, ts):
    total = 0
    for _ in range(500):
        found = 0
        for x, t in zip(xs, ts):
            e = t - perceptron(w, b, x)
            w = [wi + e * xi for wi, xi in zip(w, x)]
            b += e
            found += e != 0
        total += found
        if not found:
            break
    return w, b, total
"""

ALL_IN_ARRAYS = """
import numpy as np

def one_pass(w, b, xs, ts):
    w, b, found = np.array(w, float), np.array(b, float), np.array(0)
    for x, t in zip(np.array(xs), ts):
        e = t - int(w @ x + b > 0)
        w += e * x
        b += e
        found += abs(e)
    return w, b, found
"""

ASKS_AGAIN = """
def one_pass(w, b, xs, ts):
    found = 0
    for x, t in zip(xs, ts):
        found += t != perceptron(w, b, x)
        w = [wi + (t - perceptron(w, b, x)) * xi for wi, xi in zip(w, x)]
        b += t - perceptron(w, b, x)
    return w, b, found
"""

NAMES_MOVE = """
def one_pass(w, b, xs, ts):
    found = 0
    for x, t in zip(xs, ts):
        e = t - perceptron(w, b, x)
        for wi, xi in zip(w, x):
            wi += e * xi
        b += e
        found += e != 0
    return w, b, found
"""

CHANGES_ITS_INPUT = """
def one_pass(w, b, xs, ts):
    found = 0
    for x, t in zip(xs, ts):
        e = t - perceptron(w, b, x)
        for k in range(len(w)):
            w[k] += e * x[k]
        b += e
        found += e != 0
    return w, b, int(found)
"""


def _neuron(value="math.tanh(z)", slope="1 - y * y", dw="s * xi", dx="s * wi", db="s", bias=" + b"):
    return (
        "import math\n\ndef neuron(w, x, b):\n"
        f"    z = sum(wi * xi for wi, xi in zip(w, x)){bias}\n"
        "    y = math.tanh(z)\n"
        f"    s = {slope}\n"
        f"    return {value}, [{dw} for wi, xi in zip(w, x)], [{dx} for wi, xi in zip(w, x)], {db}\n"
    )


NEURON_BY_SCALAR = """
def neuron(w, x, b):
    ws, xs, bs = [Scalar(v) for v in w], [Scalar(v) for v in x], Scalar(b)
    y = sum((p * q for p, q in zip(ws, xs)), bs).tanh()
    y.backward()
    return y.data, [p.grad for p in ws], [q.grad for q in xs], bs.grad
"""

NEURON_WITH_NUMPY = """
import numpy as np

def neuron(w, x, b):
    w, x = np.array(w), np.array(x)
    z = w.dot(x) + b
    slope = 1 / np.cosh(z) ** 2
    return np.tanh(z), slope * x, slope * w, slope
"""

NEURON_BY_TENSOR = """
from backprop_lib import Tensor

def neuron(w, x, b):
    w, x, b = Tensor(w), Tensor(x), Tensor(b)
    y = ((w * x).sum() + b).tanh()
    y.backward()
    return y.data, w.grad, x.grad, b.grad
"""

NEURON_BY_NUDGES = """
import math

def neuron(w, x, b, h=1e-6):
    def y(w, x, b):
        return math.tanh(sum(wi * xi for wi, xi in zip(w, x)) + b)

    def nudged(v, i):
        return [vk + h * (k == i) for k, vk in enumerate(v)]

    at = y(w, x, b)
    dw = [(y(nudged(w, i), x, b) - at) / h for i in range(len(w))]
    dx = [(y(w, nudged(x, i), b) - at) / h for i in range(len(x))]
    return at, dw, dx, (y(w, x, b + h) - at) / h
"""

SIGMOID_NEURON = """
import math

def neuron(w, x, b):
    y = 1 / (1 + math.exp(-b - sum(wi * xi for wi, xi in zip(w, x))))
    s = y * (1 - y)
    return y, [s * xi for xi in x], [s * wi for wi in w], s
"""

NEURON_WITH_SUMS = """
import math

def neuron(w, x, b):
    y = math.tanh(sum(wi * xi for wi, xi in zip(w, x)) + b)
    s = 1 - y**2
    return y, sum(s * xi for xi in x), sum(s * wi for wi in w), s
"""


def _count(body):
    return f"def parameter_count(sizes):\n    return {body}\n"


COUNT_BY_LOOP = """
def parameter_count(sizes):
    total = 0
    for k in range(1, len(sizes)):
        total += (sizes[k - 1] + 1) * sizes[k]
    return total
"""


COUNT_BY_TAKING_OUT = """
def parameter_count(sizes):
    total, n = 0, sizes.pop(0)
    for m in sizes:
        total, n = total + n * m + m, m
    return total
"""


def _weights(w1="[[4, 4], [4, 4]]", b1="[-2, -6]", w2="[3, -3]", b2="-3"):
    return f'weights = {{"w1": {w1}, "b1": {b1}, "w2": {w2}, "b2": {b2}}}\n'


ANSWERS = {
    "04.perceptron_rule": Answers(
        right=[WITH_NUMPY, ALL_IN_ARRAYS, IF_AND_ELSE, _pass(),
               _pass(returns="[tuple(w), b, 1.0 * mistakes]")],
        wrong={
            "away": _pass(move="y - t"),
            "one-way-only": [_pass(move="1"), _pass(move="abs(t - y)")],
            "target-for-error": _pass(move="t"),
            "z-for-y": [_pass(move="t - z", when="True"), _pass(move="t - z", when="e != 0")],
            "stale": [_pass(decide="start"), IN_ONE_GO],
            "stops-early": _pass().replace("    return", "        return"),
            "goes-on": UNTIL_ALL_ARE_RIGHT,
            "bias-forgotten": _pass(bias="b"),
            "without-x": _pass(weights="wi + e"),
            "zero-fires": _pass(fires=">="),
            "signed-count": _pass(count="e"),
            "weights-unmoved": [_pass(weights="wi"), NAMES_MOVE],
            "scaled": [_pass(move="0.1 * (t - y)"), _pass(move="2 * (t - y)"), _pass(move="(t - y) / 2")],
            "asks-again": ASKS_AGAIN,
            "miscounted": [_pass(returns="w, b, len(ts)"), _pass(returns="w, b, len(ts) - mistakes")],
            "no-count": [_pass(returns="w, b"), _pass(returns="[w, b]"), _pass(returns="w, mistakes")],
            "wrong-shape": [_pass(returns="w + [b], mistakes, b"), _pass(returns="w, b, mistakes, y")],
            "wrong-type": _pass(returns="mistakes"),
            "wrong": _pass(weights="e * xi"),
            "mutated-input": CHANGES_ITS_INPUT,
            "no-return": _pass().replace("    return w, b, mistakes\n", ""),
        },
    ),
    "04.neuron": Answers(
        right=[NEURON_BY_SCALAR, NEURON_WITH_NUMPY, NEURON_BY_TENSOR, _neuron()],
        wrong={
            "swapped": _neuron(dw="s * wi", dx="s * xi"),
            "no-slope": _neuron(slope="1.0"),
            "slope-at-z": _neuron(slope="1 - z * z"),
            "value-for-slope": _neuron(slope="y"),
            "tanh-twice": _neuron(slope="1 - math.tanh(y) ** 2"),
            "no-square": _neuron(slope="1 - y"),
            "bias-rate-one": _neuron(db="1.0"),
            "bias-rate-zero": _neuron(db="0"),
            "times-bias": _neuron(db="s * b"),
            "bias-left-out": _neuron(bias=""),
            "bias-at-each-input": _neuron(bias=" + b * len(x)"),
            "no-tanh": _neuron(value="z"),
            "summed": NEURON_WITH_SUMS,
            "not-four": [
                _neuron().replace(", s\n", "\n"),
                _neuron().replace("return math.tanh(z),", "return y #"),
                "def neuron(w, x, b):\n    return {'y': 0.5, 'dw': list(x), 'dx': list(w), 'db': 1.0}\n",
            ],
            "not-exact": [NEURON_BY_NUDGES, _neuron(value="round(y, 4)", slope="round(1 - y * y, 4)")],
            "sigmoid-slope": _neuron(slope="y * (1 - y)"),
            "sigmoid": SIGMOID_NEURON,
            "wrong-type": NEURON_BY_SCALAR.replace("y.data", "y"),
            "wrong": _neuron(dw="s * wi * xi", dx="s * wi * xi"),
        },
    ),
    "04.parameter_count": Answers(
        right=[COUNT_BY_LOOP, _count("sum((n + 1) * m for n, m in zip(sizes[:-1], sizes[1:]))"),
               "import numpy as np\n\n" + _count("np.array(np.dot(np.array(sizes[:-1]) + 1, sizes[1:]))"),
               "def parameter_count(sizes):\n    return len(MLP(sizes, seed=0).parameters())\n"],
        wrong={
            "no-biases": _count("sum(n * m for n, m in zip(sizes, sizes[1:]))"),
            "one-bias-a-layer": _count("sum(n * m + 1 for n, m in zip(sizes, sizes[1:]))"),
            "biases-of-inputs": _count("sum(n * m for n, m in zip(sizes, sizes[1:])) + sum(sizes)"),
            "bias-for-each-input": [
                _count("sum(n * m + n for n, m in zip(sizes, sizes[1:]))"),
                _count("sum(n * m + n + m for n, m in zip(sizes, sizes[1:]))"),
                _count("sum((n + 1) * (m + 1) for n, m in zip(sizes, sizes[1:]))"),
            ],
            "one-bias": _count("sum(n * m for n, m in zip(sizes, sizes[1:])) + 1"),
            "no-output-biases": _count("sum(n * m for n, m in zip(sizes, sizes[1:])) + sum(sizes[1:-1])"),
            "neurons": [_count("sum(sizes[1:])"), _count("sum(sizes)")],
            "last-layer-missing": _count("sum(n * m + m for n, m in zip(sizes[:-2], sizes[1:-1]))"),
            "layer-by-layer": _count("[n * m + m for n, m in zip(sizes, sizes[1:])]"),
            "stops-early": COUNT_BY_LOOP.replace("    return total", "        return total"),
            "not-neighbours": [
                "import math\n" + _count("math.prod(sizes)"),
                "import math\n" + _count("math.prod(sizes) + sum(sizes[1:])"),
                _count("sum(n * m for k, n in enumerate(sizes) for m in sizes[k + 1:])"),
                _count("sum(n * m for k, n in enumerate(sizes) for m in sizes[k + 1:]) + sum(sizes[1:])"),
            ],
            "wrong": _count("9"),
            "wrong-type": _count("'9'"),
            "mutated-input": COUNT_BY_TAKING_OUT,
        },
    ),
    "04.xor_weights": Answers(
        right=[
            _weights(),
            _weights("[[20, 20], [-20, -20]]", "[-10, 30]", "[5, 5]", "-5"),
            _weights("((3, -3), (-3, 3))", "(-1.5, -1.5)", "(4.0, 4.0)", "3"),
            "from fractions import Fraction\n" + _weights(b1="[Fraction(-2), Fraction(-6, 1)]"),
            "import numpy as np\n" + _weights("np.array([[4, 4], [4, 4.0]])", "np.array([-2, -6])"),
            "import numpy as np\n" + _weights(w2="np.array([3, -3])", b2="np.array(-3)"),
            _weights("[[4e7, 4e7], [4e7, 4e7]]", "[-2e7, -6e7]", "[3e7, -3e7]", "-3e7"),
        ],
        wrong={
            "not-sure": _weights("[[1.4, 1.4], [1.4, 1.4]]", "[-0.6, -2.2]", "[1, -1]", "-0.85"),
            "inverted": _weights(w2="[-3, 3]", b2="3"),
            "other-inputs": _weights("[[2, 2], [2, 2]]", "[2, -2]", "[2, -2]", "-2"),
            "no-line": [_weights("[[0, 0], [0, 0]]"), _weights("[[4, 4], [0, 0]]")],
            "lines-miss": _weights(b1="[20, 20]"),
            "one-line": [_weights(b1="[-2, -2]", w2="[3, 3]", b2="0"), _weights(b1="[-2, 20]", w2="[3, 1]"),
                         _weights("[[4, 4], [-4, -4]]", "[-6, 6]", "[1, 1]", "0")],
            "is-or": _weights(w2="[3, 0]", b2="0"),
            "is-and": _weights(w2="[0, 3]", b2="0"),
            "is-nand": _weights(w2="[0, -3]", b2="0"),
            "combines": [_weights(w2="[3, 3]", b2="30"), _weights(b2="-30")],
            "wrong-type": "weights = [4, 4, -2, 4, 4, -6, 3, -3, -3]\n",
            "wrong-shape": [_weights(b2="[1]"), _weights(w1="[4, 4]"), _weights(w2="[3, '3']"),
                            _weights(b2="..."), _weights(b1="[float('inf'), 0]")],
            "missing": "weights = {'w1': [[4, 4], [4, 4]], 'b1': [-2, -6], 'w2': [3, -3]}\n",
        },
    ),
}  # fmt: skip
