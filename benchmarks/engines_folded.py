"""LIMIT with another layout, which no engine that keeps the shapes of W and b can have."""

import numpy as np
from numpy import add, dot, exp, log, maximum, multiply, sign, subtract

from benchmarks.engines import Engine
from benchmarks.engines_numpy import laid_out, logistic


class Folded(Engine):
    """Examples as columns and a row of ones under them: b is then a column of W, its gradient one of dW.

    This leaves out the six calls that add biases and sum their gradients. It is faster only where a
    call costs more than its arithmetic, at the tiny size; hence it is not LIMIT.
    """

    name = "LIMIT, b folded into W"

    def prepare(self, problem):
        pairs = zip(problem.parameters[::2], problem.parameters[1::2], strict=True)
        weights = [np.hstack([W.T, b[:, None]]) for W, b in pairs]
        flat, (W1, W2, W3) = laid_out(weights)
        grad, (dW1, dW2, dW3) = laid_out(weights)
        self.weights, n, dtype = (W1, W2, W3), len(problem.x), problem.dtype
        x = np.vstack([problem.x.T, np.ones((1, n), dtype)])
        a1, a2 = np.ones((len(W1) + 1, n), dtype), np.ones((len(W2) + 1, n), dtype)
        h1, h2, z3 = a1[:-1], a2[:-1], np.empty((len(W3), n), dtype)
        d1, d2, d3, m1, m2 = map(np.empty_like, (h1, h2, z3, h1, h2))
        xT, a1T, a2T, W2T, W3T = x.T, a1.T, a2.T, W2[:, :-1].T, W3[:, :-1].T
        zero, lr, scratch = np.zeros((), dtype), np.array(problem.lr, dtype), np.empty_like(flat)
        if problem.binary:
            loss_of = logistic(z3.reshape(-1, 1), problem.t.copy(), d3.reshape(-1, 1))
        else:
            loss_of = softmax_of_columns(z3, problem.t.copy(), d3)

        def step():
            dot(W1, x, h1)
            maximum(h1, zero, out=h1)
            dot(W2, a1, h2)
            maximum(h2, zero, out=h2)
            dot(W3, a2, z3)
            loss = loss_of()
            dot(d3, a2T, dW3)
            dot(W3T, d3, d2)
            sign(h2, m2)
            multiply(d2, m2, d2)
            dot(d2, a1T, dW2)
            dot(W2T, d2, d1)
            sign(h1, m1)
            multiply(d1, m1, d1)
            dot(d1, xT, dW1)
            multiply(grad, lr, scratch)
            subtract(flat, scratch, flat)
            return loss

        self.step = step

    def parameters(self):
        return [part for W in self.weights for part in (W[:, :-1].T, W[:, -1])]


def softmax_of_columns(z, t, d):
    """As `softmax` of engines_numpy, with z and d of shape (C, N)."""
    C, n = z.shape
    highest, columns, flat = np.empty(n, z.dtype), np.arange(n), d.reshape(-1)
    sums, chosen, places = np.empty(n, z.dtype), np.empty(n, z.dtype), np.empty(n, np.intp)
    ones, row, part = np.ones(n, z.dtype), np.ones(C, z.dtype), np.array(1 / n, z.dtype)
    one = np.ones((), z.dtype)

    def loss():
        maximum.reduce(z, 0, None, highest)
        subtract(z, highest, d)
        multiply(t, n, places)
        add(places, columns, places)
        flat.take(places, None, chosen, "clip")
        exp(d, d)
        dot(row, d, sums)
        np.divide(d, sums, d)
        flat[places] -= one
        multiply(d, part, d)
        return float(ones.dot(log(sums, sums)) - ones.dot(chosen)) / n

    return loss
