"""`DepthExplorer`: how values and gradients grow or shrink through many random layers."""

import math

from traitlets import Float, Int, Unicode

from .interactive import Interactive, module

SIZE, BATCH, MOST_DEPTH, LEAK, FLAT = 64, 8, 60, 0.1, 0.05
STEEPEST = {"linear": 1.0, "tanh": 1.0, "sigmoid": 0.25, "relu": 1.0, "leaky relu": 1.0}


class DepthExplorer(Interactive):
    """`depth` layers h ← φ(h W) of 64 units on 8 examples, W = gain · N / √64 with normal random N.

    activation: linear, tanh, sigmoid, relu or leaky relu (slope 0.1). depth: 2 to 60. gain: 0.2 to 14. seed:
    a whole number from 0 to 2³² − 1, which draws the network. Raises ValueError for anything else.

    All of it is computed in the browser; the traits hold where it started. Setting one moves it.
    """

    _esm = module("depth_math.js", "depth.js", css="depth.css")
    activation = Unicode("relu").tag(sync=True)
    depth = Int(30).tag(sync=True)
    gain = Float(1.0).tag(sync=True)
    seed = Int(0).tag(sync=True)

    def __init__(self, activation="relu", depth=30, gain=1.0, seed=0):
        if activation not in STEEPEST:
            raise ValueError(f"activation is one of {', '.join(STEEPEST)}, not {activation!r}")
        if not (_is_whole(depth) and 2 <= depth <= MOST_DEPTH):
            raise ValueError(f"depth is a whole number from 2 to {MOST_DEPTH}, not {depth!r}")
        if not (isinstance(gain, int | float) and 0.2 <= gain <= 14):
            raise ValueError(f"gain is a number from 0.2 to 14, not {gain!r}")
        if not (_is_whole(seed) and 0 <= seed < 2**32):
            raise ValueError(f"seed is a whole number from 0 to 2³² − 1, not {seed!r}")
        super().__init__(activation=activation, depth=depth, gain=float(gain), seed=seed)

    def numbers(self):
        """By the engine, lists with an entry for each layer 0 … depth: "forward", the rms of h; "backward",
        the norm of ∂L/∂h, 1 in the last; "rmsSlope"; "flat" and "flatForAll", the shares of units whose slope
        is under 5 % of the steepest, over all examples and on every example."""
        import numpy as np

        from ..ops import Tensor

        weights, x, g = network(self.seed)
        layers, slopes = [Tensor(x)], [np.zeros_like(x)]
        for W in weights[: self.depth]:
            z = layers[-1] @ (W * (self.gain / math.sqrt(SIZE)))
            layers.append(_activate(z, self.activation))
            slopes.append(_slope(z.data, self.activation))
        layers[-1].backward(g)
        flat = [s < FLAT * STEEPEST[self.activation] for s in slopes[1:]]
        return {
            "forward": [_rms(h.data) for h in layers],
            "backward": [float(np.linalg.norm(h.grad) / np.linalg.norm(g)) for h in layers],
            "rmsSlope": [_rms(s) for s in slopes],
            "flat": [0.0, *(float(f.mean()) for f in flat)],
            "flatForAll": [0.0, *(float(f.all(axis=0).mean()) for f in flat)],
        }

    def theory(self):
        """("forward", "backward") as predicted for infinitely wide layers, in which z is normal: its variance
        goes from layer to layer, and the gradient changes by gain · √E[φ′(z)²]. Poole et al. (2016);
        Schoenholz et al. (2017)."""
        import numpy as np

        from ..ops import Tensor

        n = -7.975 + 0.05 * np.arange(320)
        p = np.exp(-n * n / 2) / np.exp(-n * n / 2).sum()
        forward, factors = [_rms(network(self.seed)[1])], []
        for _ in range(self.depth):
            z = self.gain * forward[-1] * n
            h = _activate(Tensor(z), self.activation).data
            forward.append(float(np.sqrt(p @ h**2)))
            factors.append(self.gain * float(np.sqrt(p @ _slope(z, self.activation) ** 2)))
        return {"forward": forward, "backward": np.cumprod([1.0, *factors[::-1]])[::-1].tolist()}

    def summary(self):
        ratio = self.numbers()["backward"][0]
        return (
            f"Depth explorer: {self.depth} layers of {self.activation} with gain {self.gain:.3g}. The "
            f"gradient changes by a factor of {ratio ** (1 / self.depth):.3g} a layer, {ratio:.2g} in all."
        )

    def picture(self):
        from . import figures08

        return figures08.depth(self.numbers(), self.theory(), self.summary())


def network(seed):
    """(weights (60, 64, 64), x (8, 64), g (8, 64)): normal numbers, the same as the page draws.

    mulberry32, then Box and Muller (1958), rounded to 1/1024, so that the last bit of a logarithm
    cannot make a difference.
    """
    import numpy as np

    matrices, rows = MOST_DEPTH * SIZE * SIZE, BATCH * SIZE
    u, v = _uniform(matrices + 2 * rows, seed).reshape(-1, 2).T
    far, turn = np.sqrt(-2 * np.log(1 - u)), 2 * np.pi * v
    normal = np.stack([far * np.cos(turn), far * np.sin(turn)], axis=1).ravel()
    normal = np.floor(normal * 1024 + 0.5) / 1024
    x, g = normal[matrices:].reshape(2, BATCH, SIZE)
    return normal[:matrices].reshape(MOST_DEPTH, SIZE, SIZE), x, g


def _uniform(count, seed):
    """The first `count` numbers of mulberry32: its state counts up in equal steps, so all come at once."""
    import numpy as np

    state = (np.arange(1, count + 1, dtype=np.uint64) * 0x6D2B79F5 + np.uint64(seed)).astype(np.uint32)
    t = (state ^ (state >> 15)) * (state | np.uint32(1))
    t = t ^ (t + (t ^ (t >> 7)) * (t | np.uint32(61)))
    return (t ^ (t >> 14)) / 2**32


def _activate(z, name):
    from .. import ops

    if name == "leaky relu":
        return ops.leaky_relu(z, slope=LEAK)
    return z * 1.0 if name == "linear" else getattr(ops, name)(z)


def _slope(z, name):
    """φ′(z), by the engine."""
    import numpy as np

    from ..ops import Tensor

    leaf = Tensor(z)
    _activate(leaf, name).backward(np.ones_like(z))
    return leaf.grad


def _rms(array):
    return float((array**2).mean() ** 0.5)


def _is_whole(x):
    return isinstance(x, int) and not isinstance(x, bool)
