"""The work that engines do, each with its answer by hand-written numpy in float64."""

from dataclasses import dataclass, field
from itertools import count, pairwise

import numpy as np


@dataclass
class MLPProblem:
    """One step of gradient descent of an MLP with relu, from logits to the mean loss.

    One output: binary cross-entropy with targets t (N, 1) of 0 and 1; more: softmax cross-entropy with
    labels t (N,). parameters: W1, b1, W2, b2, … with x @ W + b.
    """

    sizes: tuple
    batch: int
    dtype: str
    lr: float = 0.0
    x: np.ndarray = field(init=False, repr=False)
    t: np.ndarray = field(init=False, repr=False)
    parameters: list = field(init=False, repr=False)

    def __post_init__(self):
        rng, n_out = np.random.default_rng(0), self.sizes[-1]
        self.x = rng.normal(size=(self.batch, self.sizes[0])).astype(self.dtype)
        self.t = rng.integers(0, n_out, self.batch)
        if self.binary:
            self.t = rng.integers(0, 2, (self.batch, 1)).astype(self.dtype)
        self.parameters = []
        for n_in, n in pairwise(self.sizes):
            W, b = rng.normal(size=(n_in, n)) * np.sqrt(2 / n_in), rng.normal(size=n) / 10
            self.parameters += [W.astype(self.dtype), b.astype(self.dtype)]

    @property
    def binary(self):
        return self.sizes[-1] == 1

    def judge(self):
        def step(parameters):
            loss, gradients = mlp_loss(parameters, self.x.astype(np.float64), self.t)
            return loss, [p - self.lr * g for p, g in zip(parameters, gradients, strict=True)]

        return step


def mlp_loss(parameters, x, t):
    """Loss and gradients, written for clarity: the backward pass is the chain rule from the right."""
    hs, n = [x], len(x)
    for W, b in zip(parameters[::2], parameters[1::2], strict=True):
        z = hs[-1] @ W + b
        hs.append(np.maximum(z, 0))
    if t.ndim == 2:
        loss = np.mean(np.logaddexp(0, z) - t * z)
        d = (1 / (1 + np.exp(-z)) - t) / n
    else:
        log_p = z - z.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        y = np.eye(z.shape[1])[t]
        loss = -np.sum(y * log_p) / n
        d = (np.exp(log_p) - y) / n
    gradients = []
    for W, h in zip(parameters[-2::-2], hs[-2::-1], strict=True):
        gradients = [h.T @ d, d.sum(axis=0), *gradients]
        d = (d @ W.T) * (h > 0)
    return float(loss), gradients


@dataclass
class AdamProblem:
    """Steps of Adam with the same gradients every time, from m = v = 0."""

    shapes: tuple
    dtype: str
    lr: float = 0.0
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    parameters: list = field(init=False, repr=False)
    gradients: list = field(init=False, repr=False)

    def __post_init__(self):
        rng = np.random.default_rng(0)
        self.parameters, self.gradients = (
            [rng.normal(size=shape).astype(self.dtype) for shape in self.shapes] for _ in range(2)
        )

    def judge(self):
        (b1, b2), steps = self.betas, count(1)
        gradients = [g.astype(np.float64) for g in self.gradients]
        m, v = ([np.zeros_like(g) for g in gradients] for _ in range(2))

        def step(parameters):
            t, after = next(steps), []
            for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
                m[i] = b1 * m[i] + (1 - b1) * g
                v[i] = b2 * v[i] + (1 - b2) * g**2
                m_hat, v_hat = m[i] / (1 - b1**t), v[i] / (1 - b2**t)
                after.append(p - self.lr * m_hat / (np.sqrt(v_hat) + self.eps))
            return None, after

        return step
