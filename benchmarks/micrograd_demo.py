"""The work of micrograd's demo notebook: an MLP 2-16-16-1 with relu, 100 points, hinge loss with L2."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

L2 = 1e-4


@dataclass
class DemoProblem:
    """parameters: for each neuron of each layer its weights and, last, its bias, in one list of numbers."""

    sizes: tuple = (2, 16, 16, 1)
    n_points: int = 100
    lr: float = 0.0
    dtype: str = "float64"
    points: list = field(init=False, repr=False)
    labels: list = field(init=False, repr=False)
    parameters: list = field(init=False, repr=False)

    def __post_init__(self):
        rng = np.random.default_rng(0)
        points = rng.uniform(-1, 1, (self.n_points, 2))
        self.points, self.labels = points.tolist(), np.where(points[:, 0] * points[:, 1] > 0, 1, -1).tolist()
        n = sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.sizes))
        self.parameters = [np.array(w) for w in rng.uniform(-1, 1, n)]

    def judge(self):
        def step(parameters):
            w, x, t = np.array(parameters), np.array(self.points), np.array(self.labels)
            loss, gradient = demo_gradient(w, self.sizes, x, t)
            return loss, list(w - self.lr * gradient)

        return step


def demo_gradient(w, sizes, x, t):
    """Loss and gradient by numpy, with the weights of a layer as a matrix."""
    ends = np.cumsum([(n_in + 1) * n_out for n_in, n_out in pairwise(sizes)])[:-1]
    shapes = [(n_out, n_in + 1) for n_in, n_out in pairwise(sizes)]
    layers = [part.reshape(shape) for part, shape in zip(np.split(w, ends), shapes, strict=True)]
    hs = [x]
    for W in layers:
        z = hs[-1] @ W[:, :-1].T + W[:, -1]
        hs.append(np.maximum(z, 0))
    slack = np.maximum(1 - t * z[:, 0], 0)
    d = (-t * (slack > 0) / len(t))[:, None]
    gradients = []
    for W, h in zip(layers[::-1], hs[-2::-1], strict=True):
        gradients.insert(0, np.hstack([d.T @ h, d.sum(axis=0)[:, None]]).ravel())
        d = (d @ W[:, :-1]) * (h > 0)
    return slack.mean() + L2 * w @ w, np.concatenate(gradients) + 2 * L2 * w


def demo_loss(parameters, problem):
    """The same loss, of numbers of any class: floats, Scalars, micrograd's Values."""
    layers, rest = [], iter(parameters)
    for n_in, n_out in pairwise(problem.sizes):
        layers.append([[next(rest) for _ in range(n_in + 1)] for _ in range(n_out)])
    losses = []
    for point, label in zip(problem.points, problem.labels, strict=True):
        values = point
        for layer in layers:
            values = [_neuron(unit, values, last=layer is layers[-1]) for unit in layer]
        losses.append((1 + -label * values[0]).relu())
    return sum(losses) * (1.0 / len(losses)) + L2 * sum(w * w for w in parameters)


def _neuron(unit, inputs, last):
    *weights, bias = unit
    total = sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)
    return total if last else total.relu()
