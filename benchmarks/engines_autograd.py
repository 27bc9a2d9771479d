"""An MLP step with HIPS autograd."""

import autograd.numpy as np
from autograd import value_and_grad
from autograd.scipy.special import logsumexp

from benchmarks.engines import Engine


def loss_of(parameters, x, t):
    for W, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        x = np.maximum(0, np.dot(x, W) + b)
    z = np.dot(x, parameters[-2]) + parameters[-1]
    if t.ndim == 2:
        return np.mean(np.logaddexp(0, z) - t * z)
    return np.mean(logsumexp(z, axis=1) - z[np.arange(len(t)), t])


class Autograd(Engine):
    name = "HIPS autograd"
    needs = "autograd"

    def prepare(self, problem):
        self.p = [p.copy() for p in problem.parameters]
        self.x, self.t, self.lr = problem.x, problem.t, problem.lr
        self.loss_and_gradients = value_and_grad(loss_of)

    def step(self):
        loss, gradients = self.loss_and_gradients(self.p, self.x, self.t)
        for p, g in zip(self.p, gradients, strict=True):
            p -= self.lr * g
        return float(loss)

    def parameters(self):
        return self.p
