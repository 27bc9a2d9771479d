"""Initial values of parameters: arrays of a given shape, drawn so that signals keep their size.

In z = x @ W each entry is a sum of fan_in products, so that Var(z) = fan_in · Var(W) · E[x²] for
weights that are independent with mean 0. Backward, each entry of the gradient is a sum of fan_out.

    fan_in · Var(W) = 1              z as large as x: LeCun
    fan_in · Var(W) · E[φ(z)²] = 1   the same when x is φ of a normal z: He, where φ is relu
    fan_out · Var(W) = 1             gradients as large as before; Glorot takes the mean of both fans

Every function that draws takes `rng`, a numpy Generator or a seed, and dtype, float64 by default.
They raise TypeError for a missing rng, ValueError for a shape that is empty or has too few axes and
for a standard deviation or gain that is negative.

Sources: LeCun, Bottou, Orr and Müller (1998), "Efficient BackProp"; Glorot and Bengio (2010); Saxe,
McClelland and Ganguli (2014); He, Zhang, Ren and Sun (2015).
"""

import math
from operator import index

import numpy as np

RELU_GAIN = math.sqrt(2)  # E[relu(z)²] = 1/2 for a normal z with mean 0 and variance 1


def zeros(shape, *, dtype=np.float64):
    return constant(shape, 0.0, dtype=dtype)


def constant(shape, value, *, dtype=np.float64):
    return np.full(_checked(shape), value, dtype)


def normal(shape, std=1.0, *, rng, mean=0.0, dtype=np.float64):
    """Normally distributed, with this standard deviation and mean."""
    _check_not_negative("std", std)
    return as_generator(rng).normal(mean, std, _checked(shape)).astype(dtype, copy=False)


def uniform(shape, low, high, *, rng, dtype=np.float64):
    """Evenly distributed from low to high."""
    if not low <= high:
        raise ValueError(f"low must not be above high, got low={low} and high={high}")
    return as_generator(rng).uniform(low, high, _checked(shape)).astype(dtype, copy=False)


def glorot_normal(shape, *, rng, gain=1.0, dtype=np.float64):
    """Var(W) = gain² · 2 / (fan_in + fan_out), normal; Glorot and Bengio (2010)."""
    return normal(shape, _std(gain, sum(fans(shape)) / 2), rng=rng, dtype=dtype)


def glorot_uniform(shape, *, rng, gain=1.0, dtype=np.float64):
    """Var(W) = gain² · 2 / (fan_in + fan_out), uniform; Glorot and Bengio (2010), equation 16."""
    return _uniform_with(_std(gain, sum(fans(shape)) / 2), shape, rng, dtype)


def he_normal(shape, *, rng, gain=RELU_GAIN, dtype=np.float64):
    """Var(W) = gain² / fan_in, normal; gain² = 2 is for relu; He et al. (2015), equation 10."""
    return normal(shape, _std(gain, fans(shape)[0]), rng=rng, dtype=dtype)


def he_uniform(shape, *, rng, gain=RELU_GAIN, dtype=np.float64):
    """Var(W) = gain² / fan_in, uniform; gain² = 2 is for relu; after He et al. (2015)."""
    return _uniform_with(_std(gain, fans(shape)[0]), shape, rng, dtype)


def lecun_normal(shape, *, rng, dtype=np.float64):
    """Var(W) = 1 / fan_in, normal; LeCun et al. (1998), section 4.6."""
    return he_normal(shape, rng=rng, gain=1.0, dtype=dtype)


def orthogonal(shape, *, rng, gain=1.0, dtype=np.float64):
    """WᵀW = gain² · I (W Wᵀ if W is wider than tall): lengths are kept exactly; Saxe et al. (2014).

    A shape with more than two axes is taken as the matrix (first axis, all others).
    """
    _check_not_negative("gain", gain)
    fans(shape)  # checks it
    rows, columns = shape[0], math.prod(shape[1:])
    tall = as_generator(rng).normal(size=(max(rows, columns), min(rows, columns)))
    Q, R = np.linalg.qr(tall)
    Q *= np.sign(np.diag(R))  # else the signs are LAPACK's choice, and not every Q is equally likely
    return (gain * (Q if rows >= columns else Q.T)).reshape(shape).astype(dtype, copy=False)


_GAINS = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": RELU_GAIN,
    "gelu": 1.5335805217,
    "elu": 1.2451983007,
    "softplus": 1.0418668355,
}


def gain(activation, slope=0.01):
    """The factor on the standard deviation of W that an activation φ asks for.

    Where it follows from He's condition it is 1 / √E[φ(z)²], z normal with mean 0 and variance 1:
    linear 1, relu √2, leaky_relu √(2 / (1 + slope²)), gelu 1.534, elu (alpha 1) 1.245, softplus 1.042.
    (With relu that holds for z of any size; with gelu a z that is larger grows from layer to layer.)
    tanh 5/3 (the condition would give 1.593) and sigmoid 1 (1.846) are conventions. The values are
    those of PyTorch's calculate_gain, which has no gelu, elu and softplus.
    Raises ValueError for an unknown activation.
    """
    if activation == "leaky_relu":
        return math.sqrt(2 / (1 + slope**2))
    if activation not in _GAINS:
        raise ValueError(f"activation must be leaky_relu, {', '.join(_GAINS)}; got {activation!r}")
    return _GAINS[activation]


def fans(shape):
    """(fan_in, fan_out): how many numbers each output adds up, and how many outputs each input reaches.

    shape: (n_in, n_out) of a linear layer, or (C_out, C_in, kh, kw) of a convolution.
    """
    shape = _checked(shape)
    if len(shape) < 2:
        raise ValueError(f"shape needs two axes or more to have a fan_in and a fan_out, got {shape}")
    if len(shape) == 2:
        return shape
    positions = math.prod(shape[2:])
    return shape[1] * positions, shape[0] * positions


def as_generator(rng):
    """The Generator itself, or a new one from a seed. Raises TypeError for anything else."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool):
        return np.random.default_rng(rng)
    raise TypeError(f"pass rng=np.random.default_rng(0), another Generator or a seed: rng is {rng!r}")


def as_size(name, n):
    """n as an int; TypeError or ValueError, naming the argument, unless it is a whole number above 0."""
    try:
        n = index(n)
    except TypeError as error:
        raise TypeError(f"{name} must be a whole number, got {n!r}") from error
    if n < 1:
        raise ValueError(f"{name} must be 1 or more, got {n}")
    return n


def _checked(shape):
    axes = shape if isinstance(shape, tuple | list) else (shape,)
    return tuple(as_size(f"each axis of shape {shape}", n) for n in axes)


def _check_not_negative(name, value):
    if not value >= 0:
        raise ValueError(f"{name} must be 0 or more, got {value}")


def _std(gain, fan):
    _check_not_negative("gain", gain)
    return gain / math.sqrt(fan)


def _uniform_with(std, shape, rng, dtype):
    """Uniform from -a to a has variance a² / 3."""
    a = math.sqrt(3) * std
    return uniform(shape, -a, a, rng=rng, dtype=dtype)
