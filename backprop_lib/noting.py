"""Arrays that note the numpy calls they take part in, and the list of those calls.

A call is noted as a function without arguments that makes it again, on the same arrays: the array
that the call returned becomes the place where the repeated call writes (`out=`). `replay.py` says
what this is good for.
"""

import operator
from functools import partial

import numpy as np


class Calls(list):
    """The noted calls, in order. known: the arrays that keep their place from one run to the next."""

    def __init__(self, known):
        self._known = {id(array): array for array in known}

    def noting(self, array, known=False):
        """A view of the array that notes its calls here."""
        if known:
            self._known[id(array)] = array
        array = array.view(Noting)
        array.calls = self
        return array

    def note(self, function, inputs, options, out=None):
        """Run a numpy call, and note it if it made or changed an array."""
        inputs, options = plain(inputs), {name: plain(value) for name, value in options.items()}
        if out is not None:
            self.append(_into(plain(out), function, inputs, options))
            self[-1]()
            return out
        result = function(*inputs, **options)
        if isinstance(result, list):  # np.split: views
            return [self.noting(part) for part in result]
        if result is None:  # an input was changed in place
            self.append(partial(function, *inputs, **options))
        if not isinstance(result, np.ndarray | np.generic):
            return result
        result = np.asarray(result)
        if id(_owner(result)) not in self._known:  # else a view of what is there
            self._known[id(result)] = result
            if function is not np.empty_like:
                self.append(_repeated(result, function, inputs, options))
        return self.noting(result)


class Noting(np.ndarray):
    """An array that notes the numpy calls that it takes part in.

    numpy itself asks for this: before it computes with an array of a subclass it calls that class's
    `__array_ufunc__` (for exp, +, maximum, …; NEP 13) or `__array_function__` (for dot, where,
    concatenate, …; NEP 18), and takes what these return for the result. A view or a copy of such an
    array is one too: `__array_finalize__` hands the list on.
    """

    def __array_finalize__(self, parent):
        self.calls = getattr(parent, "calls", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(None,), **options):
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.calls.note(function, inputs, options, out[0])

    def __array_function__(self, function, types, inputs, options):
        return self.calls.note(function, inputs, options, options.pop("out", None))

    def __bool__(self):
        outcome = bool(plain(self))
        self.calls.append(partial(_guard, plain(self), outcome))
        return outcome

    def _read(self, *_):
        raise ValueError("float, int or item() reads a number out of an array: a replay would not read again")

    __float__ = __int__ = __index__ = item = tolist = _read


def _noted(function):
    return lambda self, *inputs, **options: self.calls.note(
        function, (self, *inputs), options, options.pop("out", None)
    )


Noting.__getitem__, Noting.__setitem__ = _noted(operator.getitem), _noted(operator.setitem)
Noting.dot = lambda self, other, out=None: self.calls.note(np.dot, (self, other), {}, out)
for _method in (np.ndarray.astype, np.ndarray.copy, np.ndarray.ravel, np.ndarray.reshape, np.ndarray.take):
    setattr(Noting, _method.__name__, _noted(_method))


def _repeated(result, function, inputs, options):
    call = _into(result, function, inputs, options)
    try:
        call()
    except TypeError:  # it takes no `out`
        return lambda: np.copyto(result, function(*inputs, **options))
    return call


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


def plain(x):
    """The same arrays, without noting."""
    if isinstance(x, list | tuple):
        return type(x)(map(plain, x))
    return x.view(np.ndarray) if isinstance(x, Noting) else x


def _owner(x):
    """The array whose memory x is a view of."""
    while isinstance(getattr(x, "base", None), np.ndarray):
        x = x.base
    return x
