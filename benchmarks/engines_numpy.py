"""An MLP step without autograd: as a tutorial writes it, and as fast as numpy allows."""

import numpy as np
from numpy import add, dot, exp, log, logaddexp, maximum, multiply, sign, subtract

from benchmarks.engines import Engine


class Textbook(Engine):
    """What a good tutorial writes: one line a formula, one update for each parameter."""

    name = "textbook numpy"

    def prepare(self, problem):
        self.p = [p.copy() for p in problem.parameters]
        self.x, self.t, self.lr, self.binary = problem.x, problem.t, problem.lr, problem.binary

    def parameters(self):
        return self.p

    def step(self):
        W1, b1, W2, b2, W3, b3 = self.p
        x, t, n = self.x, self.t, len(self.x)
        z1 = x @ W1 + b1
        h1 = np.maximum(0, z1)
        z2 = h1 @ W2 + b2
        h2 = np.maximum(0, z2)
        z3 = h2 @ W3 + b3
        if self.binary:
            p = 1 / (1 + np.exp(-z3))
            loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
            dz3 = (p - t) / n
        else:
            e = np.exp(z3 - np.max(z3, axis=1, keepdims=True))
            p = e / np.sum(e, axis=1, keepdims=True)
            loss = -np.mean(np.log(p[np.arange(n), t]))
            dz3 = p.copy()
            dz3[np.arange(n), t] -= 1
            dz3 /= n
        dW3, db3 = h2.T @ dz3, np.sum(dz3, axis=0)
        dz2 = dz3 @ W3.T * (z2 > 0)
        dW2, db2 = h1.T @ dz2, np.sum(dz2, axis=0)
        dz1 = dz2 @ W2.T * (z1 > 0)
        dW1, db1 = x.T @ dz1, np.sum(dz1, axis=0)
        for p, g in zip(self.p, (dW1, db1, dW2, db2, dW3, db3), strict=True):
            p -= self.lr * g
        return float(loss)


class Limit(Engine):
    """LIMIT: no allocation of arrays worth the name, all parameters in one array, all gradients in another.

    Each call was chosen against its alternatives: `dot` for `@`, ones · d for the sum over the batch,
    a product with sign(h) for the mask of relu, constants as arrays for Python's numbers.
    """

    name = "LIMIT"

    def prepare(self, problem):
        x, t, dtype = problem.x.copy(), problem.t.copy(), problem.dtype
        flat, (W1, b1, W2, b2, W3, b3) = laid_out(problem.parameters)
        grad, (dW1, db1, dW2, db2, dW3, db3) = laid_out(problem.parameters)
        self.p, n = (W1, b1, W2, b2, W3, b3), len(x)
        h1, h2, z3, d1, d2, d3, m1, m2 = (
            np.empty((n, b.size), dtype) for b in (b1, b2, b3, b1, b2, b3, b1, b2)
        )
        xT, h1T, h2T, W2T, W3T = x.T, h1.T, h2.T, W2.T, W3.T
        ones, scratch = np.ones(n, dtype), np.empty_like(flat)
        zero, lr = np.zeros((), dtype), np.array(problem.lr, dtype)
        loss_of = (logistic if problem.binary else softmax)(z3, t, d3)

        def step():
            dot(x, W1, h1)
            add(h1, b1, h1)
            maximum(h1, zero, out=h1)
            dot(h1, W2, h2)
            add(h2, b2, h2)
            maximum(h2, zero, out=h2)
            dot(h2, W3, z3)
            add(z3, b3, z3)
            loss = loss_of()
            dot(h2T, d3, dW3)
            dot(ones, d3, db3)
            dot(d3, W3T, d2)
            sign(h2, m2)
            multiply(d2, m2, d2)
            dot(h1T, d2, dW2)
            dot(ones, d2, db2)
            dot(d2, W2T, d1)
            sign(h1, m1)
            multiply(d1, m1, d1)
            dot(xT, d1, dW1)
            dot(ones, d1, db1)
            multiply(grad, lr, scratch)
            subtract(flat, scratch, flat)
            return loss

        self.step = step

    def parameters(self):
        return self.p


def laid_out(arrays):
    """The arrays end to end in one buffer, and views of it in their shapes."""
    flat = np.concatenate([a.ravel() for a in arrays])
    ends = np.cumsum([a.size for a in arrays])[:-1]
    return flat, [part.reshape(a.shape) for part, a in zip(np.split(flat, ends), arrays, strict=True)]


def logistic(z, t, d):
    """A function that returns the binary cross-entropy and leaves its gradient by z in d."""
    softplus, n = np.empty_like(z), len(z)
    zf, tf, softplusf = z.reshape(-1), t.reshape(-1), softplus.reshape(-1)
    zero, ones, part = np.zeros((), z.dtype), np.ones(n, z.dtype), np.array(1 / n, z.dtype)
    t = t.reshape(z.shape)

    def loss():
        logaddexp(z, zero, softplus)
        subtract(z, softplus, d)
        exp(d, d)  # p
        subtract(d, t, d)
        multiply(d, part, d)
        return float(ones.dot(softplusf) - tf.dot(zf)) / n

    return loss


def softmax(z, t, d):
    """The same for softmax cross-entropy: z and d (N, C), labels t (N,)."""
    n, C = z.shape
    highest, rows, flat = np.empty((n, 1), z.dtype), np.arange(0, n * C, C), d.reshape(-1)
    sums, chosen, places = np.empty((n, 1), z.dtype), np.empty(n, z.dtype), np.empty(n, np.intp)
    ones, column, part = np.ones(n, z.dtype), np.ones((C, 1), z.dtype), np.array(1 / n, z.dtype)
    one = np.ones((), z.dtype)

    def loss():
        maximum.reduce(z, 1, None, highest, True)
        subtract(z, highest, d)
        add(rows, t, places)
        flat.take(places, None, chosen, "clip")
        exp(d, d)
        dot(d, column, sums)
        np.divide(d, sums, d)  # p
        flat[places] -= one
        multiply(d, part, d)
        return float(ones.dot(log(sums, sums))[0] - ones.dot(chosen)) / n

    return loss
