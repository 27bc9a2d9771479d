"""Record a training step once as a list of numpy calls, then replay the list without the engine.

An eager engine decides at every step anew what to compute and where to put it, though every step is
the same. `record` runs a loss forward and backward with arrays that note each numpy call they take
part in (`noting.py`). The array that a call returned becomes the place where the replayed call
writes (`out=`), so a replay builds no graph and allocates next to nothing.

This is what CUDA graphs do with the kernels of a GPU, and the first half of what `torch.compile`
and `jax.jit` do: those also rewrite the list (fuse calls, drop what is unused). All share the
price: what was decided while recording is frozen. A Python number, or an array that is not among
the inputs, keeps its value for ever. A replay checks the shapes of its inputs and the outcome of
every `if` on a number (a guard, in the words of PyTorch). And before `record` hands a recording
out, it replays it on other examples and compares with the engine: what changes from run to run (a
dropout mask) or is made of the inputs unseen (a plain copy of the labels) makes a difference there.
"""

import numpy as np

from backprop_lib.backward import backpropagate
from backprop_lib.noting import Calls, plain
from backprop_lib.tensor import Tensor

_UNFIT = (
    "a replay differs from the engine: this step has random numbers (dropout: use eval()), turns an input "
    "into a plain array, has shapes that depend on the data, or calls numpy in a way that cannot be noted"
)


def record(loss_function, optimizer, *inputs):
    """Record one training step; returns a function that does the same, faster.

    `step = record(loss_function, optimizer, x, t)`; then `step(x, t)` does what these four lines do:
    `optimizer.zero_grad()`, `loss = loss_function(x, t)`, `loss.backward()`, `optimizer.step()`, and
    returns the loss as a float. loss_function gets a Tensor for each float array and an array for
    each other one, and returns one number. inputs: arrays of the shapes to come, examples along the
    first axis. `step()` without inputs takes what is in `step.inputs`, so that a batch can be put
    there without a copy. Recording changes no parameter; running means (batch norm) stay behind.
    Raises ValueError for what cannot be recorded.
    """
    step = Recording(loss_function, optimizer, inputs)
    step.verify()
    return step


class Recording:
    """A recorded step, made by `record`. `calls`: the list, functions without arguments."""

    def __init__(self, loss_function, optimizer, inputs):
        self.inputs = [np.array(x) for x in inputs]
        self._function, self._optimizer, self._flat = loss_function, optimizer, optimizer._flat
        self._flat.gather()
        self.calls = Calls([*self.inputs, self._flat.data, self._flat.grad])
        try:
            for p, data, home in self._flat.homes:
                p.grad, p._data, p._grad_home = None, *map(self.calls.noting, (data, home))
            loss = loss_function(*map(self._as_input, self.inputs))
            seed = loss._check_upstream(None)  # dL/dL = 1
            backpropagate(loss, self.calls.noting(seed, known=True))
            self._loss = plain(loss._data)
            self._grads = [(p, None if p.grad is None else home) for p, _, home in self._flat.homes]
        finally:
            for p, data, home in self._flat.homes:
                p.grad, p._data, p._grad_home = None, data, home

    def __call__(self, *inputs):
        if inputs:
            self._take(inputs)
        self._flat.gather()
        self._replay()
        for p, home in self._grads:
            p.grad = home
        self._optimizer.step()
        return self._loss.item()

    def verify(self):
        """Raise ValueError unless it gives what the engine gives, on other examples than recorded."""
        recorded, self._flat.grad[:] = [x.copy() for x in self.inputs], np.nan
        others = [x[np.arange(len(x)) // 2] for x in self.inputs]  # the first half, each twice
        self._take(others)
        try:
            self._replay()
        except ValueError as error:  # shapes that depend on the data do not fit
            raise ValueError(_UNFIT) from error
        found = self._flat.grad.copy()
        loss = self._function(*(Tensor(x, requires_grad=False) if x.dtype.kind == "f" else x for x in others))
        loss.backward()
        self._optimizer.zero_grad()
        self._take(recorded)
        for ours, engines in ((self._loss, loss._data), (found, self._flat.grad)):
            scale = np.nanmax(np.abs(engines))
            if not np.allclose(ours, engines, rtol=1e-4, atol=1e-5 * scale, equal_nan=True):
                raise ValueError(_UNFIT)

    def _replay(self):
        for call in self.calls:
            call()

    def _take(self, inputs):
        if len(inputs) != len(self.inputs):
            raise ValueError(f"{len(self.inputs)} inputs were recorded, got {len(inputs)}")
        for i, (place, x) in enumerate(zip(self.inputs, inputs, strict=True)):
            if np.shape(x) != place.shape:
                raise ValueError(f"input {i} has shape {np.shape(x)}, but {place.shape} was recorded")
            np.copyto(place, x, casting="same_kind")

    def _as_input(self, array):
        if array.dtype.kind != "f":
            return self.calls.noting(array)
        x = Tensor(array, requires_grad=False)
        x._data = self.calls.noting(array)
        return x
