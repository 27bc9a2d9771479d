"""`BoundaryExplorer`: drag the two lines of a 2-2-1 network and watch boundary, loss and gradients move."""

import math

from traitlets import Dict, Float, List, Unicode

from .interactive import Interactive, module

_CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
TASKS = {
    "xor": {"points": _CORNERS, "targets": [-1, 1, 1, -1]},
    "and": {"points": _CORNERS, "targets": [-1, -1, -1, 1]},
    "or": {"points": _CORNERS, "targets": [-1, 1, 1, 1]},
}
_START = (2.0, 0.8, -2.0, 0.8, 2.2, -0.6, -1.0, 1.0, 0.1)
_SPAN = (-0.6, 1.6)


class BoundaryExplorer(Interactive):
    """A network of two inputs, two tanh neurons and one tanh output on four points, targets +1 and −1.

    task: "xor", "and" or "or". weights: nine numbers: w₁₁ w₁₂ b₁ and w₂₁ w₂₂ b₂ of the hidden neurons, then
    v₁ v₂ c of the output. rate: the learning rate, from 0.01 to 1. Raises ValueError for anything else.

    All of it is computed in the browser; the traits hold where the explorer started. Setting one moves it.
    """

    _esm = module("boundary_math.js", "boundary.js", css="boundary.css")
    task = Unicode("xor").tag(sync=True)
    weights = List(_START).tag(sync=True)
    rate = Float(0.1).tag(sync=True)
    tasks = Dict(TASKS).tag(sync=True)

    def __init__(self, task="xor", weights=_START, rate=0.1):
        if task not in TASKS:
            raise ValueError(f"task is one of {', '.join(TASKS)}, not {task!r}")
        weights = list(weights)
        if len(weights) != 9 or not all(isinstance(w, int | float) and math.isfinite(w) for w in weights):
            raise ValueError(f"weights are nine numbers, w₁₁ w₁₂ b₁ w₂₁ w₂₂ b₂ v₁ v₂ c; got {weights!r:.100}")
        if not (isinstance(rate, int | float) and 0.01 <= rate <= 1):
            raise ValueError(f"rate is a number from 0.01 to 1, not {rate!r}")
        super().__init__(task=task, weights=[float(w) for w in weights], rate=float(rate))

    def network(self, x):
        """Hidden values and output as Tensors for inputs x (N, 2), and the parameters w1, b1, w2, b2."""
        from ..ops import Tensor

        w = self.weights
        w1, b1 = Tensor([[w[0], w[3]], [w[1], w[4]]], "w1"), Tensor([w[2], w[5]], "b1")
        w2, b2 = Tensor([[w[6]], [w[7]]], "w2"), Tensor([w[8]], "b2")
        h = (Tensor(x, requires_grad=False) @ w1 + b1).tanh()
        return h, (h @ w2 + b2).tanh(), (w1, b1, w2, b2)

    def numbers(self):
        """The loss and its gradient (nine numbers, in the order of the weights), by the engine."""
        import numpy as np

        task = TASKS[self.task]
        _, y, (w1, b1, w2, b2) = self.network(task["points"])
        L = ((y - np.array(task["targets"], float)[:, None]) ** 2).sum()
        L.backward()
        hidden = [g for j in (0, 1) for g in (*w1.grad[:, j], b1.grad[j])]
        return {"loss": L.item(), "gradient": [float(g) for g in (*hidden, *w2.grad[:, 0], b2.grad[0])]}

    def summary(self):
        return f"Boundary explorer: a 2-2-1 network on {self.task}, loss {self.numbers()['loss']:.3g}."

    def picture(self):
        import numpy as np

        from . import figures04

        task, w = TASKS[self.task], self.weights
        grid = np.linspace(*_SPAN, 61)
        x1, x2 = np.meshgrid(grid, grid)
        outputs = self.network(np.stack([x1.ravel(), x2.ravel()], axis=1))[1].data.reshape(x1.shape)
        hidden = self.network(task["points"])[0].data
        lines = ((w[0:2], w[2]), (w[3:5], w[5]))
        loss = self.numbers()["loss"]
        return figures04.explorer(grid, outputs, task["points"], task["targets"], hidden, lines, loss)
