"""Right and wrong answers to the exercises of notebook 04."""

from tests.answers import Answers


def _pass(
    decide="w, b", move="t - y", weights="wi + e * xi", bias="b + e", count="1", when="e != 0", fires=">"
):
    """A learner's pass of the perceptron rule, with one line written differently."""
    return (
        "def one_pass(w, b, xs, ts):\n"
        "    start, mistakes, w = (list(w), b), 0, list(w)\n"
        "    for x, t in zip(xs, ts):\n"
        f"        dw, db = {decide}\n"
        f"        y = 1 if sum(a * c for a, c in zip(dw, x)) + db {fires} 0 else 0\n"
        f"        e = {move}\n"
        f"        if {when}:\n"
        f"            w = [{weights} for wi, xi in zip(w, x)]\n"
        f"            b = {bias}\n"
        f"            mistakes += {count}\n"
        "    return w, b, mistakes\n"
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


def _count(body):
    return f"def parameter_count(sizes):\n    return {body}\n"


COUNT_BY_LOOP = """
def parameter_count(sizes):
    total = 0
    for k in range(1, len(sizes)):
        total += (sizes[k - 1] + 1) * sizes[k]
    return total
"""


def _weights(w1="[[4, 4], [4, 4]]", b1="[-2, -6]", w2="[3, -3]", b2="-3"):
    return f'weights = {{"w1": {w1}, "b1": {b1}, "w2": {w2}, "b2": {b2}}}\n'


ANSWERS = {
    "04.perceptron_rule": Answers(
        right=[WITH_NUMPY, IF_AND_ELSE, _pass()],
        wrong={
            "away": _pass(move="y - t"),
            "stale": _pass(decide="start"),
            "bias-forgotten": _pass(bias="b"),
            "weights-forgotten": _pass(weights="wi"),
            "without-x": _pass(weights="wi + e"),
            "zero-fires": _pass(fires=">="),
            "always-moves": _pass(move="2 * t - 1", when="True"),
            "signed-count": _pass(count="e"),
            "counts-right": _pass().replace("return w, b, mistakes", "return w, b, len(ts) - mistakes"),
            "mutated-input": CHANGES_ITS_INPUT,
            "no-return": _pass().replace("    return w, b, mistakes\n", ""),
        },
    ),
    "04.neuron": Answers(
        right=[NEURON_BY_SCALAR, NEURON_WITH_NUMPY, _neuron()],
        wrong={
            "swapped": _neuron(dw="s * wi", dx="s * xi"),
            "no-slope": _neuron(slope="1.0"),
            "slope-at-z": _neuron(slope="1 - z * z"),
            "sigmoid-slope": _neuron(slope="y * (1 - y)"),
            "no-square": _neuron(slope="1 - y"),
            "bias-rate-one": _neuron(db="1.0"),
            "times-bias": _neuron(db="s * b"),
            "bias-left-out": _neuron(bias=""),
            "no-tanh": _neuron(value="z"),
        },
    ),
    "04.parameter_count": Answers(
        right=[COUNT_BY_LOOP, _count("sum((n + 1) * m for n, m in zip(sizes[:-1], sizes[1:]))"),
               "def parameter_count(sizes):\n    return len(MLP(sizes, seed=0).parameters())\n"],
        wrong={
            "no-biases": _count("sum(n * m for n, m in zip(sizes, sizes[1:]))"),
            "one-bias-a-layer": _count("sum(n * m + 1 for n, m in zip(sizes, sizes[1:]))"),
            "biases-of-inputs": _count("sum(n * m for n, m in zip(sizes, sizes[1:])) + sum(sizes)"),
            "bias-for-each-input": _count("sum(n * m + n for n, m in zip(sizes, sizes[1:]))"),
            "neurons": _count("sum(sizes[1:])"),
            "last-layer-missing": _count("sum(n * m + m for n, m in zip(sizes[:-2], sizes[1:-1]))"),
            "product": "import math\n" + _count("math.prod(sizes)"),
        },
    ),
    "04.xor_weights": Answers(
        right=[
            _weights(),
            _weights("[[20, 20], [-20, -20]]", "[-10, 30]", "[5, 5]", "-5"),
            _weights("((3, -3), (-3, 3))", "(-1.5, -1.5)", "(4.0, 4.0)", "3"),
            "import numpy as np\n" + _weights("np.array([[4, 4], [4, 4.0]])", "np.array([-2, -6])"),
        ],
        wrong={
            "not-sure": _weights("[[1.4, 1.4], [1.4, 1.4]]", "[-0.6, -2.2]", "[1, -1]", "-0.85"),
            "inverted": _weights(w2="[-3, 3]", b2="3"),
            "lines-miss": _weights(b1="[20, 20]"),
            "one-line": [_weights(b1="[-2, -2]", w2="[3, 3]", b2="0"), _weights(b1="[-2, 20]", w2="[3, 1]"),
                         _weights("[[4, 4], [-4, -4]]", "[-6, 6]", "[1, 1]", "0")],
            "is-or": _weights(w2="[3, 0]", b2="0"),
            "is-and": _weights(w2="[0, 3]", b2="0"),
            "combines": _weights(w2="[3, 3]", b2="30"),
            "wrong-shape": [_weights(b2="[1]"), _weights(w1="[4, 4]"), _weights(w2="[3, '3']")],
            "missing": "weights = {'w1': [[4, 4], [4, 4]], 'b1': [-2, -6], 'w2': [3, -3]}\n",
        },
    ),
}  # fmt: skip
