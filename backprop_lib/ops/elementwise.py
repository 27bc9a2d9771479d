"""Operations entry by entry: arithmetic and functions."""

import numpy as np

from backprop_lib.tensor import op


@op
def add(a, b):
    return a + b, lambda g: g, lambda g: g


@op
def sub(a, b):
    return a - b, lambda g: g, lambda g: -g


@op
def mul(a, b):
    return a * b, lambda g: g * b, lambda g: g * a


@op
def div(a, b):
    y = a / b
    return y, lambda g: g / b, lambda g: -g * y / b


@op
def pow(a, b):
    """a ** b. The derivative with respect to b needs a > 0."""
    y = a**b
    n = np.where(b == 0, 1, b - 1)  # where b = 0 the derivative is 0 anyway, and 0 ** -1 would be inf
    return y, lambda g: g * b * a**n, lambda g: g * y * np.log(a)


@op
def neg(x):
    return -x, lambda g: -g


@op
def maximum(a, b):
    """The larger of a and b, entry by entry."""
    share = (a > b) + 0.5 * (a == b)
    return np.maximum(a, b), lambda g: g * share, lambda g: g * (1 - share)


@op
def _where(a, b, *, condition):
    return np.where(condition, a, b), lambda g: np.where(condition, g, 0), lambda g: np.where(condition, 0, g)


def where(condition, a, b):
    """a where the condition (a boolean array) holds, b elsewhere."""
    return _where(a, b, condition=np.asarray(condition, dtype=bool))


@op
def exp(x):
    y = np.exp(x)
    return y, lambda g: g * y


@op
def log(x):
    return np.log(x), lambda g: g / x


@op
def tanh(x):
    y = np.tanh(x)
    return y, lambda g: g * (1 - y * y)


@op
def relu(x):
    y = np.maximum(x, 0)
    return y, lambda g: g * np.sign(y)  # y ≥ 0, so its sign is the slope: 0 or 1


@op
def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    y = _sigmoid(x)
    return y, lambda g: g * y * _sigmoid(-x)  # 1 - y would have no digits left where y is near 1


@op
def softplus(x):
    """log(1 + exp(x)), without overflow."""
    y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))  # four times faster than np.logaddexp(0, x)
    return y, lambda g: g * _sigmoid(x)


def _sigmoid(x):
    with np.errstate(over="ignore"):  # far to the left exp(-x) is inf, and 1 / inf = 0 is right
        return 1 / (1 + np.exp(-x))
