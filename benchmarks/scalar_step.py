"""One training step of micrograd's demo network, by micrograd and by our Scalar.

    python -m benchmarks.scalar_step

The work: an MLP 2-16-16-1 with relu, 100 points, hinge loss with L2 regularisation, forward and
backward, as in micrograd's demo notebook. The gradients of both are compared before anything is
timed; the rounds are interleaved, so that the machine's own ups and downs meet both alike.
"""

import gc
import random
import statistics
import time
from itertools import pairwise

from micrograd.engine import Value

from backprop_lib import Scalar

SIZES = (2, 16, 16, 1)
POINTS = 100
ROUNDS = 7


def make_data(seed=0):
    rng = random.Random(seed)
    weights = [
        [[rng.uniform(-1, 1) for _ in range(n_in + 1)] for _ in range(n_out)]
        for n_in, n_out in pairwise(SIZES)
    ]
    points = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(POINTS)]
    return weights, points, [1 if x * y > 0 else -1 for x, y in points]


def step(number, weights, points, labels):
    """One step with the class `number`: the loss and the gradient of every parameter."""
    layers = [[[number(w) for w in unit] for unit in layer] for layer in weights]
    losses = []
    for point, label in zip(points, labels, strict=True):
        values = [number(x) for x in point]
        for layer in layers:
            values = [neuron(unit, values, last=layer is layers[-1]) for unit in layer]
        losses.append((1 + -label * values[0]).relu())
    parameters = [w for layer in layers for unit in layer for w in unit]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(w * w for w in parameters)
    loss.backward()
    return loss.data, [w.grad for w in parameters]


def neuron(unit, inputs, last):
    *weights, bias = unit
    total = sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)
    return total if last else total.relu()


def seconds(number, data):
    gc.collect()
    start = time.perf_counter()
    step(number, *data)
    return time.perf_counter() - start


def main():
    data = make_data()
    (loss, ours), (their_loss, theirs) = step(Scalar, *data), step(Value, *data)
    error = max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / max(map(abs, theirs))
    assert abs(loss - their_loss) < 1e-12 and error < 1e-12, f"the engines disagree: {error:.1e}"
    rounds = [(seconds(Scalar, data), seconds(Value, data)) for _ in range(ROUNDS)]
    ratio = statistics.median(theirs / ours for ours, theirs in rounds)
    ours, theirs = (statistics.median(column) * 1e3 for column in zip(*rounds, strict=True))
    print(f"gradients agree within {error:.1e} of the largest entry")
    print(f"Scalar {ours:.0f} ms, micrograd {theirs:.0f} ms, ratio {ratio:.1f} (median of {ROUNDS} rounds)")


if __name__ == "__main__":
    main()
