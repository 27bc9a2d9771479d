"""`Tensor`: an array that remembers how it was computed, so that it can be differentiated.

The same idea as `Scalar`, with one change: an edge of the graph holds no number (the local
derivative of an array by an array is a matrix that nobody wants to store) but a function, the
vector-Jacobian product: `vjp(g)` turns the gradient of the result into that of one input.
Which operations there are, and how to add one, stands in `ops/`.

Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., chapter 3 (reverse mode).
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import count

import numpy as np

from backprop_lib.backward import backpropagate

next_birth = count().__next__
_recording = ContextVar("recording", default=True)
_is_recording = _recording.get
_new = object.__new__

# complex128 is there for the complex step of a gradient check, and never by default
_DTYPES = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.complex128))

REGISTRY = {}  # every op by its name


class Tensor:
    """A float array in a computation graph.

    data: numbers or an array of any shape; copied. Integers and booleans become float64.
    label: a name for pictures. requires_grad: False for data that is never differentiated.
    dtype: float64 unless `data` is a float32 array or float32 is asked for.

    `grad` is None until `backward()`, then an array of the shape of `data`.
    Raises TypeError for what is not real numbers, ValueError for rows of unequal length.
    """

    __slots__ = (
        "_birth",  # a number that counts up: whatever was computed from this Tensor is younger
        "_data",  # the array that ops compute with
        "_grad_home",  # where an optimizer keeps the gradient of this parameter, or None
        "_lent",  # True while somebody may hold `_data` and change it: until the next op that uses it
        "_op",  # the name of the op that made it, "" for a leaf
        "_options",  # what that op was given by keyword
        "_parents",  # the Tensors that it was computed from
        "_vjps",  # for each parent, the function from this gradient to that parent's
        "grad",
        "label",
        "requires_grad",
    )

    def __init__(self, data, label="", *, requires_grad=True, dtype=None):
        _fill(self, _as_float_array(data, dtype), requires_grad)
        self.label = label

    # What it holds

    @property
    def data(self):
        """The array, to read or, on a leaf, to change in place: `w.data -= 0.1 * w.grad`.

        A graph that was computed before keeps the old values, because a leaf hands out a copy if an
        op may have used its array. Such a copy can be changed until an op uses it in turn; from then
        on it is read-only, and `w.data` gives a new one. The array of a result is always read-only.
        """
        if self._parents:
            self._data.setflags(write=False)
        elif not self._lent:
            self._data, self._lent = self._data.copy(), True
        return self._data

    @data.setter
    def data(self, value):
        if self._parents:
            raise ValueError(f"data can be set only on a leaf; this Tensor was computed by {self._op!r}")
        if value is self._data:  # w.data -= … has changed it in place
            return
        value = np.array(value, self._data.dtype)  # a copy, as theirs may be changed later
        if value.shape != self._data.shape:
            raise ValueError(f"data has shape {self._data.shape}, got a value of shape {value.shape}")
        self._data, self._lent = value, False

    def frozen(self):
        """The array, for an op that will read it again later: from now on nobody can change it."""
        if self._lent:
            self._data.setflags(write=False)
            self._lent = False
        return self._data

    shape = property(lambda self: self._data.shape, doc="The length of each axis.")
    ndim = property(lambda self: self._data.ndim, doc="The number of axes.")
    size = property(lambda self: self._data.size, doc="The number of entries.")
    dtype = property(lambda self: self._data.dtype, doc="float64 or float32.")

    def __len__(self):
        return len(self._data)

    def __float__(self):
        return float(self._data)

    def item(self):
        """The one entry of this Tensor as a Python float."""
        return self._data.item()

    def zero_grad(self):
        """Forget the gradient, so that the next `backward()` starts from nothing."""
        self.grad = None

    def __repr__(self):
        values = np.array2string(self._data, precision=4, threshold=20, prefix="Tensor(")
        op = f", op={self._op!r}" if self._op else ""
        return f"Tensor({values}, shape={self.shape}{op})"

    def __array__(self, *args, **kwargs):
        raise TypeError(
            "numpy would lose the gradient of a Tensor: use its own functions, or .data for the array"
        )

    # Comparisons give a plain boolean array: no gradient flows through them.
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self._data == _plain(other)

    def __ne__(self, other):
        return self._data != _plain(other)

    def __lt__(self, other):
        return self._data < _plain(other)

    def __le__(self, other):
        return self._data <= _plain(other)

    def __gt__(self, other):
        return self._data > _plain(other)

    def __ge__(self, other):
        return self._data >= _plain(other)

    # The backward pass

    def backward(self, upstream=None):
        """Compute `grad` for every Tensor that this one was computed from.

        upstream: dL/d(this), of the shape of this Tensor; 1 if this is a single number.
        Leaves add to the `grad` they have (call `zero_grad()` between steps); results in between
        start from nothing at every call. Raises ValueError if this is no single number and no
        upstream gradient is given, if the shapes differ, or if there is nothing to differentiate.
        """
        backpropagate(self, self._check_upstream(upstream))

    def _check_upstream(self, upstream):
        if not self.requires_grad:
            raise ValueError(
                "nothing to differentiate: no Tensor that requires a gradient was used, or no_grad was on"
            )
        if upstream is None:
            if self._data.size != 1:
                raise ValueError(
                    f"backward() starts from a single number, this has shape {self.shape}: "
                    "reduce it, e.g. with sum() or mean(), or give the upstream gradient, backward(g)"
                )
            return np.array(1, self._data.dtype, ndmin=self._data.ndim)
        upstream = _as_float_array(upstream, self.dtype)
        upstream.setflags(write=False)  # a vjp that changes g would falsify what other vjps get
        if upstream.shape != self.shape:
            raise ValueError(f"upstream has shape {upstream.shape}, but this Tensor has shape {self.shape}")
        return upstream


def op(function):
    """Make an operation on Tensors of a function on arrays.

    function: takes one array per differentiable input (positional) and options (by keyword), and
    returns a tuple: the result, then one vjp per input. A vjp takes the gradient g of the result and
    returns that of its input; where an input was broadcast, the engine sums it back.

    Neither may change what it is given: the inputs are the user's, and other vjps get the same g.
    New arrays may be changed freely (`y += b`). For work that several vjps share there is `once`. A
    vjp `lambda g, *, out=None: …` may write its result into `out` and return it: then the gradient
    of a parameter goes straight to its place in an optimizer's buffer.
    """
    name = function.__name__.strip("_")

    @wraps(function)
    def apply(*inputs, **options):
        arrays, differentiable = [], False
        for x in inputs:
            if not isinstance(x, Tensor):
                return apply(*_as_tensors(inputs), **options)
            if x._lent:  # whoever holds the array must not change it from now on
                x._data.setflags(write=False)
                x._lent = False
            if x.requires_grad:
                differentiable = True
            arrays.append(x._data)
        try:
            made = function(*arrays, **options)
        except (ValueError, IndexError, TypeError) as error:
            raise _with_shapes(error, name, arrays) from error
        if type(made) is not tuple or len(made) != len(inputs) + 1:
            raise TypeError(_not_a_result(name, len(inputs), made))
        data, *vjps = made
        if not isinstance(data, np.ndarray):
            data = np.asarray(data)
        if differentiable and _is_recording():
            return _fill(_new(Tensor), data, True, name, options, inputs, vjps)
        if data.base is not None and any(x._grad_home is not None for x in inputs):
            data = data.copy()  # a view of a parameter: an optimizer's step would change it unnoticed
        return _fill(_new(Tensor), data, False)

    REGISTRY[name] = apply
    return apply


def once(function):
    """`function(g)`, computed once for the same g: for work that several vjps of an op share."""
    last = [None, None]

    def shared(g):
        if g is not last[0]:
            last[:] = g, function(g)
        return last[1]

    return shared


@contextmanager
def no_grad():
    """Within `with no_grad():` results remember nothing, so that no graph is kept in memory."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


def _fill(tensor, data, requires_grad, op="", options=None, parents=(), vjps=()):
    tensor._birth = next_birth()
    tensor._data = data
    tensor._op = op
    tensor._options = options
    tensor._parents = parents
    tensor._vjps = vjps
    tensor._grad_home = None
    tensor._lent = False
    tensor.grad = None
    tensor.label = ""
    tensor.requires_grad = requires_grad
    return tensor


def _as_tensors(inputs):
    """The inputs of an op as Tensors; plain numbers and arrays become constants."""
    dtype = next((x.dtype for x in inputs if isinstance(x, Tensor)), None)
    return tuple(x if isinstance(x, Tensor) else Tensor(x, requires_grad=False, dtype=dtype) for x in inputs)


def _not_a_result(name, n, made):
    given = f"{len(made)} things" if type(made) is tuple else type(made).__name__
    return f"{name} must return a tuple: its result and {n} vjp{'s' * (n != 1)}, one per input; got {given}"


def _with_shapes(error, name, arrays):
    shapes = ", ".join(str(array.shape) for array in arrays)
    kind = next(kind for kind in (ValueError, IndexError, TypeError) if isinstance(error, kind))
    return kind(f"{name} of shape{'s' * (len(arrays) > 1)} {shapes}: {error}")


def _plain(x):
    return x._data if isinstance(x, Tensor) else x


def _as_float_array(data, dtype):
    """A float array of its own; a clear error for what is not real numbers."""
    if isinstance(data, Tensor):
        data = data._data
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(f"Tensor needs rows of equal length, got {data!r:.80}") from error
    kind = np.dtype(dtype or (np.float32 if array.dtype == np.float32 else np.float64))
    if kind not in _DTYPES:
        raise TypeError(f"dtype must be float64 or float32, got {kind}")
    if array.dtype.kind not in "fiub" and not array.dtype == kind == np.complex128:
        raise TypeError(f"Tensor needs real numbers, got {type(data).__name__}: {data!r:.80}")
    return array.astype(kind, copy=False)
