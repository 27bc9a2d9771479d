"""What all optimizers share. To write one, subclass `Optimizer` and give the formula:

    class Momentum(Optimizer):
        state = ("v",)                      # buffers like the parameters, zero at first

        def __init__(self, parameters, lr, beta=0.9):
            super().__init__(parameters, lr)
            self.beta = beta

        def update(self, w, g, v):          # one step, in place
            v *= self.beta
            v += g
            w -= self.lr * v

`w` is a piece of all the parameters laid end to end, `g` their gradients, and a step calls `update`
once for each piece: treat every entry alike. What belongs to the whole, a norm or a counter, has no
place there; `self.t` counts the steps, from 1. Lines must work in place (`w -= …`; `w = w - …` would
change nothing), which also makes them fast. g is `p.grad`, so `update` must not change it. For the
arguments of `__init__` there are the checks `positive` and `not_negative`.
"""

import math
from numbers import Real

import numpy as np

from backprop_lib.optim.flat import Flat

# Entries that `update` gets at a time: what it touches then stays in the cache (measured at 1.9
# million parameters: Adam takes 0.8 of the time that it takes on the whole buffer at once).
BLOCK = 2**15


class Optimizer:
    """Changes the parameters, step by step, by what their gradients say.

    parameters: leaf Tensors, each once. lr: the learning rate, > 0; may be changed between steps, also
    to 0. Raises TypeError or ValueError that names the argument.

    A parameter whose `grad` is None stays as it is, and so does its state, but `t` counts on: it is
    one for all parameters. After a step a graph that was computed from the old values can no longer
    be differentiated: `backward()` says so. Of two optimizers for one parameter each sees what the
    other did. The arrays of `grad` are places in one buffer, which the next `backward()` writes over:
    to keep a gradient, copy it.
    """

    state = ()

    def __init__(self, parameters, lr):
        if isinstance(self.state, str):
            raise TypeError(f"state must be a tuple of names: ({self.state!r},) with a comma, not a str")
        self.lr = positive("lr", lr)
        self.t = 0
        self._flat = Flat(parameters)
        self._buffers = [np.zeros_like(self._flat.data) for _ in self.state]
        self._whole = self._pieces()

    @property
    def lr(self):
        """The learning rate."""
        return self._lr

    @lr.setter
    def lr(self, value):
        self._lr = not_negative("lr", value)

    @property
    def parameters(self):
        """The parameters that it changes, in the order they were given."""
        return tuple(self._flat.parameters)

    def zero_grad(self):
        """Forget the gradients, so that the next `backward()` starts from nothing."""
        for p in self._flat.parameters:
            p.grad = None

    def step(self):
        """Change every parameter that has a gradient, in place. Raises RuntimeError if none has one."""
        spans = self._flat.gather()
        if spans == []:
            raise RuntimeError("no parameter has a gradient: call backward() on the loss before step()")
        self._flat.changing()
        self.t += 1
        for piece in self._whole if spans is None else self._pieces(spans):
            self.update(*piece)

    def update(self, w, g, *state):
        """One step of the formula, in place, for parameters w with gradient g."""
        raise NotImplementedError(f"{type(self).__name__} must define update(self, w, g, *state)")

    def state_dict(self):
        """What it needs to go on after a restart, as a dict from name to array: t, lr and the buffers,
        one array a parameter (`m.0` is the m of the first). The arrays are copies; `np.savez` takes them."""
        values = {"optimizer": type(self).__name__, "t": self.t, "lr": self.lr}
        return {name: np.array(value) for name, value in (values | self._named_buffers()).items()}

    def load_state_dict(self, state):
        """Go on from what `state_dict` gave: to be called on an optimizer made with the same arguments.

        Raises ValueError for the state of another class of optimizer, or one whose names or shapes
        do not fit; nothing has changed then.
        """
        buffers = self._named_buffers()
        self._check_names(state, buffers)
        t, lr = int(state["t"]), not_negative("lr", float(state["lr"]))
        values = {name: np.asarray(state[name], place.dtype) for name, place in buffers.items()}
        for name, place in buffers.items():
            if values[name].shape != place.shape:
                raise ValueError(f"{name} has shape {values[name].shape}, expected {place.shape}")
        self.t, self.lr = t, lr
        for name, place in buffers.items():
            place[...] = values[name]

    def _named_buffers(self):
        """The place of each parameter in each buffer, as a view."""
        return {
            f"{name}.{i}": buffer[span].reshape(p.shape)
            for name, buffer in zip(self.state, self._buffers, strict=True)
            for i, (p, span) in enumerate(zip(self.parameters, self._flat.spans, strict=True))
        }

    def _check_names(self, state, buffers):
        kind = str(state.get("optimizer", "no optimizer"))
        if kind != type(self).__name__:
            raise ValueError(f"state is that of {kind}, this is {type(self).__name__}")
        wrong = {"optimizer", "t", "lr", *buffers} ^ set(state)
        if wrong:
            raise ValueError(f"state does not fit these parameters: missing or unexpected {sorted(wrong)}")

    def __setstate__(self, values):
        vars(self).update(values)
        self._whole = self._pieces()  # in a copy made by copy or pickle they were no views any more

    def _pieces(self, spans=None):
        """(w, g, *state) for each stretch of at most BLOCK entries, as views into the buffers."""
        if spans is None:
            spans = [slice(0, self._flat.size)]
        arrays = [self._flat.data, self._flat.grad, *self._buffers]
        stretches = [
            slice(i, min(i + BLOCK, span.stop)) for span in spans for i in range(span.start, span.stop, BLOCK)
        ]
        return [tuple(array[stretch] for array in arrays) for stretch in stretches]


def positive(name, value):
    """value, if it is a finite number > 0; else an error that names it."""
    return _number(name, value, "> 0", lambda x: x > 0)


def not_negative(name, value, below=math.inf):
    """value, if it is a finite number ≥ 0 (and < below); else an error that names it."""
    wanted = "≥ 0" if below == math.inf else f"≥ 0 and < {below:g}"
    return _number(name, value, wanted, lambda x: 0 <= x < below)


def _number(name, value, wanted, good):
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number {wanted}, got {type(value).__name__}: {value!r:.60}")
    if not (math.isfinite(value) and good(value)):
        raise ValueError(f"{name} must be a finite number {wanted}, got {value!r}")
    return float(value)  # a numpy float64 would turn float32 parameters into float64
