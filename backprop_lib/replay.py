"""Record a training step once as a list of numpy calls, then replay the list without the engine.

An eager engine decides at every step anew what to compute and where to put it, though every step is
the same. `record` runs a loss forward and backward with arrays that note each numpy call they take
part in. The array that a call returned becomes the place where the replayed call writes (`out=`),
so a replay builds no graph and allocates next to nothing.

This is what CUDA graphs do with the kernels of a GPU, and the first half of what `torch.compile`
and `jax.jit` do: those also rewrite the list (fuse calls, drop what is unused). All share the
price: what was decided while recording is frozen. A Python number, or an array that is not among
the inputs, keeps its value for ever. A replay checks the shapes of its inputs and the outcome of
every `if` on a number (a guard, in the words of PyTorch). And before `record` hands a recording
out, it replays it on other examples and compares with the engine: what changes from run to run (a
dropout mask) or is made of the inputs unseen (a plain copy of the labels) makes a difference there.
"""

import operator
from functools import partial

import numpy as np

from backprop_lib.backward import backpropagate
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
        self.calls, self.inputs = [], [np.array(x) for x in inputs]
        self._function, self._optimizer, self._flat = loss_function, optimizer, optimizer._flat
        self._flat.gather()
        self._known = {id(array): array for array in (*self.inputs, self._flat.data, self._flat.grad)}
        try:
            for p, data, home in self._flat.homes:
                p.grad, p._data, p._grad_home = None, self._noting(data), self._noting(home)
            loss = loss_function(*map(self._as_input, self.inputs))
            seed = loss._check_upstream(None)  # dL/dL = 1
            self._known[id(seed)] = seed
            backpropagate(loss, self._noting(seed))
            self._loss = _plain(loss._data)
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

    def note(self, function, inputs, options, out=None):
        """Run a numpy call, and note it if it made or changed an array."""
        inputs, options = _plain(inputs), {name: _plain(value) for name, value in options.items()}
        if out is not None:
            self.calls.append(_into(_plain(out), function, inputs, options))
            self.calls[-1]()
            return out
        result = function(*inputs, **options)
        if isinstance(result, list):  # np.split: views
            return [self._noting(part) for part in result]
        if result is None:  # an input was changed in place
            self.calls.append(partial(function, *inputs, **options))
        if not isinstance(result, np.ndarray | np.generic):
            return result
        result = np.asarray(result)
        if id(_owner(result)) not in self._known:  # else a view of what is there
            self._known[id(result)] = result
            if function is not np.empty_like:
                self.calls.append(self._repeated(result, function, inputs, options))
        return self._noting(result)

    @staticmethod
    def _repeated(result, function, inputs, options):
        call = _into(result, function, inputs, options)
        try:
            call()
        except TypeError:  # it takes no `out`
            return lambda: np.copyto(result, function(*inputs, **options))
        return call

    def _noting(self, array):
        array = array.view(_Noting)
        array.recording = self
        return array

    def _as_input(self, array):
        if array.dtype.kind != "f":
            return self._noting(array)
        x = Tensor(array, requires_grad=False)
        x._data = self._noting(array)
        return x


class _Noting(np.ndarray):
    """An array that notes the numpy calls that it takes part in."""

    def __array_finalize__(self, parent):
        self.recording = getattr(parent, "recording", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(None,), **options):
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.recording.note(function, inputs, options, out[0])

    def __array_function__(self, function, types, inputs, options):
        return self.recording.note(function, inputs, options, options.pop("out", None))

    def __bool__(self):
        outcome = bool(_plain(self))
        self.recording.calls.append(partial(_guard, _plain(self), outcome))
        return outcome

    def _read(self, *_):
        raise ValueError("float, int or item() reads a number out of an array: a replay would not read again")

    __float__ = __int__ = __index__ = item = tolist = _read


def _noted(function):
    return lambda self, *inputs, **options: self.recording.note(
        function, (self, *inputs), options, options.pop("out", None)
    )


_Noting.__getitem__, _Noting.__setitem__ = _noted(operator.getitem), _noted(operator.setitem)
_Noting.dot = lambda self, other, out=None: self.recording.note(np.dot, (self, other), {}, out)
for _method in (np.ndarray.astype, np.ndarray.copy, np.ndarray.ravel, np.ndarray.reshape, np.ndarray.take):
    setattr(_Noting, _method.__name__, _noted(_method))


def _into(out, function, inputs, options):
    """The call as a function without arguments that leaves its result in `out`."""
    if isinstance(function, np.ufunc):
        inputs = _without_python_numbers(function, inputs)
        if not options and function not in (np.maximum, np.minimum):  # these want out by name
            return partial(function, *inputs, out)  # by position is a little faster
    if function is np.dot:
        return partial(function, *inputs, out)
    return partial(function, *inputs, **options, out=out)


def _without_python_numbers(ufunc, inputs):
    """Python numbers as arrays of the type of the others: numpy would convert them at every call."""
    arrays = [x for x in inputs if isinstance(x, np.ndarray)]
    if ufunc is np.power or any(x.dtype.kind != "f" for x in arrays):
        return inputs
    dtype = np.result_type(*arrays)
    return [np.array(x, dtype) if type(x) in (int, float) else x for x in inputs]


def _guard(array, outcome):
    if bool(array) is not outcome:
        raise RuntimeError(
            f"a decision has changed: an `if` on a number was {outcome} when it was recorded, perhaps a "
            "check of the inputs (labels out of range?); the loss function itself tells which"
        )


def _plain(x):
    """The same arrays, without noting."""
    if isinstance(x, list | tuple):
        return type(x)(map(_plain, x))
    return x.view(np.ndarray) if isinstance(x, _Noting) else x


def _owner(x):
    """The array whose memory x is a view of."""
    while isinstance(getattr(x, "base", None), np.ndarray):
        x = x.base
    return x
