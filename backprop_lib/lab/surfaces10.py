"""Six surfaces in the plane, and `descend`: an optimizer of the library on one of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_lib import Tensor, ops, optim

OPTIMIZERS = ("SGD", "Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")
FAR = 1e6  # a path ends where a coordinate is larger, or no number any more


@dataclass(frozen=True)
class Surface:
    """A loss L(x, y). `lowest` is where it is lowest, `window` what is drawn: ((left, right), (bottom, top)).

    `f` works on Tensors; calling the surface gives plain numbers or arrays.
    """

    words: str
    formula: str
    f: Any
    lowest: tuple
    start: tuple
    rate: float
    window: tuple = ((-2.6, 2.6), (-2.0, 2.0))

    def __call__(self, x, y):
        return self.f(*(Tensor(np.asarray(v, float), requires_grad=False) for v in (x, y))).data

    def gradient(self, x, y):
        """(∂L/∂x, ∂L/∂y) at one point, by the engine."""
        x, y = Tensor(float(x)), Tensor(float(y))
        self.f(x, y).backward()
        return float(x.grad), float(y.grad)


def _turned(x, y):
    u, v = (x + y) * 0.5**0.5, (y - x) * 0.5**0.5
    return 0.5 * (u**2 + 30 * v**2)


# Where the four-minima surface is lowest (a root of 4x³ − 32x + 5), and the plateau's.
_VALLEY, _PLATEAU = -2.903534027771177, 1.5047326895604687

SURFACES = {
    "ravine": Surface("ravine", "½ (x² + 30 y²)", lambda x, y: 0.5 * (x**2 + 30 * y**2),
                      (0.0, 0.0), (-2.2, 1.2), 0.03),
    "turned": Surface("ravine, turned by 45°", "½ (u² + 30 v²), u = (x + y)/√2, v = (y − x)/√2", _turned,
                      (0.0, 0.0), (-2.3, -0.7), 0.03),
    "saddle": Surface("saddle", "½ x² − ½ y² + ¼ y⁴", lambda x, y: 0.5 * x**2 - 0.5 * y**2 + 0.25 * y**4,
                      (0.0, 1.0), (-2.2, 0.01), 0.05),
    "banana": Surface("Rosenbrock's valley", "(1 − x)² + 10 (y − x²)²",
                      lambda x, y: (1 - x) ** 2 + 10 * (y - x**2) ** 2,
                      (1.0, 1.0), (-1.5, 2.0), 0.005, ((-2.2, 2.2), (-0.88, 2.5))),
    "minima": Surface("four minima", "½ (x⁴ − 16x² + 5x + y⁴ − 16y² + 5y)",
                      lambda x, y: 0.5 * (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y),
                      (_VALLEY, _VALLEY), (0.9, 3.6), 0.01, ((-5.2, 5.2), (-4.0, 4.0))),
    "plateau": Surface("plateau and cliff", "1 − tanh 4x + 0.01 (x − 1.5)² + ¼ y²",
                       lambda x, y: 1 - ops.tanh(4 * x) + 0.01 * (x - 1.5) ** 2 + 0.25 * y**2,
                       (_PLATEAU, 0.0), (-1.6, 1.5), 0.05, ((-2.2, 3.0), (-2.0, 2.0))),
}  # fmt: skip


def descend(surface, optimizer, rate, start, steps, **options):
    """The path of `optim.<optimizer>` from `start`: (steps + 1, 2), NaN from where it has left for good."""
    w = Tensor(np.array(start, float))
    made = getattr(optim, optimizer)([w], lr=rate, **options)
    path = np.full((steps + 1, 2), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(steps + 1):
            if not (np.isfinite(w.data).all() and np.abs(w.data).max() <= FAR):
                break
            path[k] = w.data
            made.zero_grad()
            surface.f(w[0], w[1]).backward()
            made.step()
    return path
