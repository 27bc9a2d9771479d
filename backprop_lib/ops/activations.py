"""Activation functions beyond those of `elementwise`, entry by entry."""

import math

import numpy as np

from backprop_lib.tensor import op


@op
def leaky_relu(x, *, slope=0.01):
    """x where x > 0, slope · x elsewhere; Maas, Hannun and Ng (2013).

    At 0 the derivative is `slope`. Raises ValueError unless 0 <= slope <= 1.
    """
    if not 0 <= slope <= 1:
        raise ValueError(f"slope must be from 0 to 1, got {slope}")
    return np.maximum(x, slope * x), lambda g: g * (slope + (1 - slope) * _positive(x))


@op
def elu(x, *, alpha=1.0):
    """x where x > 0, alpha · (exp(x) - 1) elsewhere; Clevert, Unterthiner and Hochreiter (2016).

    At 0 the derivative is `alpha`. Raises ValueError for a negative alpha.
    """
    if not alpha >= 0:
        raise ValueError(f"alpha must be 0 or more, got {alpha}")
    y = np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))
    # To the left the derivative is alpha · exp(x) = y + alpha, to the right it is 1
    return y, lambda g: g * (np.minimum(y, 0) + alpha + (1 - alpha) * _positive(x))


_C = math.sqrt(2 / math.pi)


@op
def gelu(x):
    """x · Φ(x) with Φ(x) ≈ (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2, as in GPT-2.

    Φ is the distribution function of the normal distribution. The approximation, at most 5e-4 off, is
    the one that Hendrycks and Gimpel (2016) give; torch calls it approximate="tanh".
    """
    square = x * x
    t = np.tanh(_C * x * (1 + 0.044715 * square))

    def vjp(g):
        slope = _C * (1 + 3 * 0.044715 * square)  # of what tanh is taken of
        return g * (0.5 * (1 + t + x * (1 - t * t) * slope))

    return 0.5 * x * (1 + t), vjp


def _positive(x):
    """1 where x > 0, else 0, in the dtype of x."""
    return np.sign(np.maximum(x, 0))
