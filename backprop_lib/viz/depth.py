"""`DepthExplorer`: how activations and gradients grow or shrink through many random layers."""

import math

import numpy as np
from traitlets import Float, Int, Unicode

from .interactive import Interactive, module

SIZE, BATCH, MOST_DEPTH = 32, 8, 60
ACTIVATIONS = ("linear", "tanh", "sigmoid", "relu", "leaky relu")


class DepthExplorer(Interactive):
    """`depth` layers h ← φ(h W) of 32 units on 8 random examples, W = gain · N / √32 with normal N.

    activation: linear, tanh, sigmoid, relu or leaky relu (slope 0.1). depth: 2 to 60. gain: 0.2 to 4. seed: a
    whole number, which draws the network. Raises ValueError for anything else.

    All of it is computed in the browser; the traits hold where it started. Setting one moves it.
    """

    _esm = module("depth_math.js", "depth.js", css="depth.css")
    activation = Unicode("relu").tag(sync=True)
    depth = Int(30).tag(sync=True)
    gain = Float(1.0).tag(sync=True)
    seed = Int(1).tag(sync=True)

    def __init__(self, activation="relu", depth=30, gain=1.0, seed=1):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        if not (isinstance(depth, int) and 2 <= depth <= MOST_DEPTH):
            raise ValueError(f"depth is a whole number from 2 to {MOST_DEPTH}, not {depth!r}")
        if not (isinstance(gain, int | float) and 0.2 <= gain <= 4):
            raise ValueError(f"gain is a number from 0.2 to 4, not {gain!r}")
        if not (isinstance(seed, int) and 0 <= seed < 2**32):
            raise ValueError(f"seed is a whole number from 0 to 2³² − 1, not {seed!r}")
        super().__init__(activation=activation, depth=depth, gain=float(gain), seed=seed)

    def numbers(self):
        """Root mean squares of h ("forward") and of ∂L/∂h ("backward") in layers 0 … depth, by the engine."""
        from .. import ops

        weights, x, g = network(self.seed)
        leaf = ops.Tensor(x)
        layers = [leaf]
        for W in weights[: self.depth]:
            z = ops.matmul(layers[-1], W * (self.gain / math.sqrt(SIZE)))
            layers.append(_activate(z, self.activation))
        layers[-1].backward(g)
        return {
            "forward": [_rms(h.data) for h in layers],
            "backward": [_rms(h.grad) for h in layers],
        }

    def summary(self):
        backward = self.numbers()["backward"]
        ratio = backward[0] / backward[-1]
        return (
            f"Depth explorer: {self.depth} layers of {self.activation} with gain {self.gain:.3g}: the "
            f"gradient changes by a factor of {ratio ** (1 / self.depth):.3g} a layer, {ratio:.2g} in all."
        )

    def picture(self):
        from . import figures08

        numbers = self.numbers()
        return figures08.sizes(numbers["forward"], numbers["backward"], self.summary())


def network(seed):
    """(weights (60, 32, 32), x (8, 32), g (8, 32)): normal numbers, the same as the page draws.

    mulberry32, then Box and Muller (1958), rounded to 1/1024 so that the last bit of a
    logarithm cannot make a difference.
    """
    square = SIZE * SIZE
    u, v = _uniform(2 * (MOST_DEPTH * square + 2 * BATCH * SIZE), seed).reshape(-1, 2).T
    normal = np.floor(np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v) * 1024 + 0.5) / 1024
    weights, rest = normal[: MOST_DEPTH * square], normal[MOST_DEPTH * square :]
    x, g = rest.reshape(2, BATCH, SIZE)
    return weights.reshape(MOST_DEPTH, SIZE, SIZE), x, g


def _uniform(count, seed):
    steps = np.arange(1, count + 1, dtype=np.uint64) * 0x6D2B79F5
    state = (steps + np.uint64(seed)).astype(np.uint32)
    t = (state ^ (state >> 15)) * (state | np.uint32(1))
    t = t ^ (t + (t ^ (t >> 7)) * (t | np.uint32(61)))
    return (t ^ (t >> 14)) / 2**32


def _activate(z, name):
    from .. import ops

    if name == "leaky relu":
        return ops.leaky_relu(z, slope=0.1)
    return z * 1.0 if name == "linear" else getattr(ops, name)(z)


def _rms(array):
    return float(np.sqrt(np.mean(array**2)))
