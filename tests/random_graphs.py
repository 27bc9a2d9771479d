"""Random computations as plain data, so that several engines can run the same one.

A program is a list of steps (op, indices of earlier values, options); values 0..k-1 are the leaves.
"""

from dataclasses import dataclass

import numpy as np

BASE = (2, 3, 4)


@dataclass
class Program:
    leaves: list  # float64 arrays, or floats for scalar programs
    steps: list  # (op name, operand indices, options)

    def run(self, engine, leaves):
        """Every value of the program: engine is a dict from op name to a function."""
        values = list(leaves)
        for op, operands, options in self.steps:
            values.append(engine[op](*(values[i] for i in operands), **options))
        return values


# Steps that keep values in a range where nothing overflows: each is a pattern of (op, operands),
# where operands are "x", "y" (random earlier values) or the number of steps back.
SCALAR_PATTERNS = [
    [("add", "x", "y")],
    [("sub", "x", "y")],
    [("mul", "x", "y"), ("tanh", 1)],
    [("neg", "x")],
    [("tanh", "x")],
    [("relu", "x")],
    [("sigmoid", "x")],
    [("tanh", "x"), ("exp", 1)],
    [("sigmoid", "x"), ("log", 1), ("tanh", 1)],
    [("sigmoid", "y"), ("exp", 1), ("div", "x", 1)],
    [("square", "x"), ("tanh", 1)],
    [("sigmoid", "x"), ("power", 1)],
    [("sigmoid", "x"), ("pow", 1, "y"), ("tanh", 1)],
]


def scalar_program(rng, n_patterns=12, n_leaves=4):
    leaves = list(rng.normal(size=n_leaves))
    return Program(leaves, _random_steps(rng, n_patterns, n_leaves, SCALAR_PATTERNS))


def _random_steps(rng, n_patterns, n_values, patterns):
    steps = []
    for _ in range(n_patterns):
        known = n_values + len(steps)
        # recent values are likelier, so that graphs are deep; repeats give fan-out and a + a
        named = {name: int(known - 1 - min(rng.geometric(0.3) - 1, known - 1)) for name in "xy"}
        for op, *operands in patterns[rng.integers(len(patterns))]:
            here = n_values + len(steps)
            steps.append((op, [named[o] if isinstance(o, str) else here - o for o in operands], {}))
    return steps


# name -> number of operands; those in FULL_OPS need operands of the full shape BASE
BROADCAST_OPS = dict.fromkeys(("add", "sub", "mul_tanh", "maximum", "div", "pow"), 2)
BROADCAST_OPS |= dict.fromkeys(
    ["neg", "tanh", "relu", "sigmoid", "softplus", "exp_tanh", "log_softplus", "cube_tanh"], 1
)
FULL_OPS = {"turn": 1, "matmul": 2, "linear": 2, "join": 2, "stacked": 2, "where": 2, "take": 1, "softmax": 1}
REDUCTIONS = ("sum", "mean", "max", "logsumexp")


def tensor_program(rng, n_steps=10):
    """A random graph of Tensor ops. Leaf 0 has shape BASE, the others broadcast against it in all ways."""
    leaves = [rng.normal(size=BASE), *(rng.normal(size=_broadcastable(rng)) for _ in range(3))]
    steps, shapes = [], [leaf.shape for leaf in leaves]

    def add(op, operands, shape, **options):
        steps.append((op, operands, options))
        shapes.append(shape)
        return len(shapes) - 1

    def full(i):
        return i if shapes[i] == BASE else add("add", [i, 0], BASE)

    for _ in range(n_steps):
        i, j = (int(rng.integers(len(shapes))) for _ in "ij")
        op = str(rng.choice([*BROADCAST_OPS, *FULL_OPS, *REDUCTIONS]))
        if op in BROADCAST_OPS:
            operands = [i, j][: BROADCAST_OPS[op]]
            add(op, operands, np.broadcast_shapes(*(shapes[k] for k in operands)))
        elif op in FULL_OPS:
            options = {"condition": rng.random(BASE) < 0.5} if op == "where" else {}
            options |= {"rows": rng.integers(0, 2, size=2)} if op == "take" else {}
            add(op, [full(k) for k in [i, j][: FULL_OPS[op]]], BASE, **options)
        else:
            axis = int(rng.integers(3))
            add(op, [full(i)], tuple(1 if a == axis else n for a, n in enumerate(BASE)), axis=axis)
    full(len(shapes) - 1)
    return Program(leaves, steps)


def _broadcastable(rng):
    shape = tuple(n if rng.random() < 0.6 else 1 for n in BASE)
    return shape[int(rng.integers(3)) :]
