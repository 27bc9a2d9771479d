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
_SPAN, _INSIDE = (-0.6, 1.6), (-1.35, 1.35)


def _nine(weights):
    """The parameters in the order of the page. Raises ValueError if they are not nine finite numbers."""
    try:
        given = weights
        if isinstance(given, dict):
            rows = [[*w, b] for w, b in zip(given["w1"], given["b1"], strict=True)]
            given = [*rows[0], *rows[1], *given["w2"], given["b2"]]
        numbers = [float(w) for w in given if not isinstance(w, str | bool)]
    except (TypeError, ValueError, KeyError, IndexError):
        numbers = []
    if len(numbers) != 9 or not all(map(math.isfinite, numbers)):
        raise ValueError(
            "weights are nine numbers (two weights and a bias of hidden neuron 1, hidden neuron 2 and the "
            f"output neuron), or a dictionary with w1, b1, w2 and b2; got {weights!r:.100}"
        )
    return numbers


class BoundaryExplorer(Interactive):
    """A network of two inputs, two tanh neurons and one tanh output on four points, targets +1 and −1.

    task: "xor", "and" or "or". weights: nine numbers, two weights and the bias of each hidden neuron and
    then of the output neuron; or a dictionary of w1 (2, 2), one row a hidden neuron, b1 (2,), w2 (2,) and b2.
    rate: the learning rate, from 0.01 to 1. Raises ValueError for anything else.

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
        numbers = _nine(weights)
        if not (isinstance(rate, int | float) and 0.01 <= rate <= 1):
            raise ValueError(f"rate is a number from 0.01 to 1, not {rate!r}")
        super().__init__(task=task, weights=numbers, rate=float(rate))

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
        hidden, _, (_, _, w2, b2) = self.network(task["points"])

        def over(span, answer):
            grid = np.linspace(*span, 61)
            places = np.stack([column.ravel() for column in np.meshgrid(grid, grid)], axis=1)
            return grid, answer(places).reshape(61, 61)

        inputs = (*over(_SPAN, lambda x: self.network(x)[1].data), task["points"])
        inside = (*over(_INSIDE, lambda h: np.tanh(h @ w2.data + b2.data)), hidden.data)
        lines = [(w[k : k + 2], w[k + 2]) for k in (0, 3, 6)]
        return figures04.explorer((inputs, inside), task["targets"], lines, self.numbers()["loss"])
