"""`LogitForces`: softmax and target as bars, and the gradient of the loss as a force on each logit."""

import math

from traitlets import Float, Int, List, Unicode

from .interactive import Interactive, module

LOSSES = ("cross-entropy", "squared error")


class LogitForces(Interactive):
    """Logits to move by hand, or to let go: they then follow −∂L/∂z, one step of rate 1 at a time.

    logits: 2 to 10 numbers from −8 to 8. right: the class that is right. loss: "cross-entropy", or
    "squared error" of the probabilities, Σ (p − y)². smoothing: from 0 to 0.5; this much of the target is
    spread evenly over all classes. Raises ValueError for anything else.

    All of it is computed in the browser; the traits hold where it started. Setting one moves it.
    """

    _esm = module("forces_math.js", "forces.js", css="forces.css")
    logits = List().tag(sync=True)
    right = Int(0).tag(sync=True)
    loss = Unicode("cross-entropy").tag(sync=True)
    smoothing = Float(0.0).tag(sync=True)

    def __init__(self, logits=(-1.0, 2.0, 0.5, -2.0), right=0, loss="cross-entropy", smoothing=0.0):
        logits = [float(z) if _is_number(z) else math.nan for z in logits]
        if not (2 <= len(logits) <= 10 and all(-8 <= z <= 8 for z in logits)):
            raise ValueError(f"logits are 2 to 10 numbers from −8 to 8, not {logits!r:.80}")
        if not (isinstance(right, int) and 0 <= right < len(logits)):
            raise ValueError(f"right is a class from 0 to {len(logits) - 1}, not {right!r}")
        if loss not in LOSSES:
            raise ValueError(f"loss is one of {', '.join(LOSSES)}, not {loss!r}")
        if not (_is_number(smoothing) and 0 <= smoothing <= 0.5):
            raise ValueError(f"smoothing is a number from 0 to 0.5, not {smoothing!r}")
        super().__init__(logits=logits, right=right, loss=loss, smoothing=float(smoothing))

    def numbers(self):
        """Probabilities, target, loss and its gradient by the logits, by the engine."""
        y = self._target()
        p, L, gradient = _pull(self.loss, self.logits, y)
        return {"p": p.tolist(), "y": y[0].tolist(), "loss": L, "gradient": gradient.tolist()}

    def futures(self, steps=1000):
        """What p of the right class would be now and after 1 … `steps` steps z ← z − ∂L/∂z, for each loss."""
        import numpy as np

        y, found = self._target(), {}
        for loss in LOSSES:
            z, found[loss] = np.array(self.logits), []
            for _ in range(steps + 1):
                p, _, gradient = _pull(loss, z, y)
                found[loss].append(float(p[self.right]))
                z = z - gradient
        return found

    def _target(self):
        import numpy as np

        y = np.full((1, len(self.logits)), self.smoothing / len(self.logits))
        y[0, self.right] += 1 - self.smoothing
        return y

    def summary(self):
        n = self.numbers()
        p, force = n["p"][self.right], -n["gradient"][self.right]
        return (
            f"Logit forces: {len(self.logits)} classes, {self.loss} {n['loss']:.3g}; the right class "
            f"{self.right} has probability {p:.3f} and is pulled with {force:.3f}."
        )

    def picture(self):
        from . import figures06

        n = self.numbers()
        return figures06.forces(
            self.logits, n["p"], n["y"], n["gradient"], self.futures(), self.right, self.summary()
        )


def _pull(loss, logits, y):
    """(p, loss, ∂L/∂z) at these logits, for the target y of shape (1, C)."""
    from .. import losses, ops

    z = ops.Tensor([logits])
    p = ops.softmax(z, axis=1)
    L = losses.cross_entropy(z, y) if loss == LOSSES[0] else ((p - y) ** 2).sum()
    L.backward()
    return p.data[0], L.item(), z.grad[0]


def _is_number(x):
    return isinstance(x, int | float) and math.isfinite(x)
