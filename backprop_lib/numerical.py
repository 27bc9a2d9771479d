"""Numerical gradients: the judge of every derivative in this package and of a learner's own.

Two independent ways, both of which only run the function forward:

* central difference, (f(x + h) - f(x - h)) / 2h: error O(h^2) from the formula and O(eps / h) from
  rounding, least near h = eps^(1/3); Nocedal and Wright (2006), Numerical Optimization, section 8.1;
* complex step, Im f(x + ih) / h: no subtraction, so no rounding error to speak of, for functions
  that are analytic; Squire and Trapp (1998), SIAM Review 40(1).
"""

from dataclasses import dataclass

import numpy as np

from backprop_lib.ops import Tensor
from backprop_lib.tensor import no_grad

STEP = 6e-6  # about eps^(1/3) for float64
COMPLEX_STEP = 1e-30


@dataclass(frozen=True)
class GradientCheck:
    """What `gradcheck` found. True if every entry of every gradient is right; its text says which is not.

    error: the largest |backward - numerical|, relative to the largest entry of that gradient.
    method: "complex step" or "central difference". faults: one line for each wrong input.
    """

    error: float
    tolerance: float
    method: str
    faults: tuple = ()

    def __bool__(self):
        return not self.faults

    def __repr__(self):
        verdict = "right" if self else "WRONG"
        head = f"gradients {verdict} by {self.method}: largest relative error {self.error:.1e}"
        head += f" (at most {self.tolerance:.0e})"
        return "\n".join((head, *self.faults))


def gradcheck(f, *inputs, seed=0, method="auto", tolerance=None):
    """Compare the gradients of `backward()` with numerical ones, for every entry of every input.

    f: a function of Tensors that returns one Tensor of any shape. inputs: Tensors, arrays or
    numbers; copied, in float64. The upstream gradient is random, because with all ones a wrong
    gradient can look right (softmax sums to one, whatever its logits).
    method: "complex step", "central difference", or "auto": the first where f allows it.
    tolerance: relative to the largest entry of a gradient; 1e-12 for the complex step, else 1e-7.
    Raises TypeError if f returns no Tensor, ValueError for an unknown method.
    """
    arrays = [np.array(x._data if isinstance(x, Tensor) else x, np.float64) for x in inputs]
    leaves = [Tensor(array) for array in arrays]
    try:
        result = f(*map(_locked, leaves))
        if not isinstance(result, Tensor):
            raise TypeError(f"gradcheck needs a function that returns a Tensor, got {type(result).__name__}")
        upstream = np.random.default_rng(seed).normal(size=result.shape)
        _locked(result).backward(upstream)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise ValueError(
            "an op or a vjp changes what it is given (an input, the result, the gradient g): make new arrays"
        ) from error
    found = [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad for leaf in leaves]
    if method not in ("auto", *_METHODS):
        raise ValueError(f"method must be auto, {' or '.join(_METHODS)}, got {method!r}")
    for name in _METHODS if method == "auto" else (method,):
        check = _compare(f, arrays, upstream, found, name, tolerance)
        if check:  # a failed complex step may only mean that f is not analytic
            break
    return check


def _locked(tensor):
    tensor._data.setflags(write=False)
    return tensor


def numerical_gradient(f, inputs, which=0, upstream=None, method="central difference"):
    """The gradient of sum(upstream * f(*inputs)) with respect to inputs[which], an array of its shape.

    f: a function of Tensors that returns a Tensor; inputs: float64 arrays; upstream: of the shape
    of f's result, 1 if that is a single number. Takes 2 runs of f per entry, 1 by complex step.
    """
    x = np.array(inputs[which], np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        difference = (_METHODS | {"extrapolated": _extrapolated})[method](f, inputs, which, index)
        gradient[index] = np.sum(difference if upstream is None else upstream * difference)
    return gradient


def _central(f, inputs, which, index, sides=(1, -1), step=STEP):
    h = step * max(1.0, abs(inputs[which][index]))
    ends = [_moved(inputs, which, index, side * h) for side in sides]
    span = ends[0][which][index] - ends[1][which][index]  # what h became after rounding
    return (_run(f, ends[0]) - _run(f, ends[1])) / span


def _complex(f, inputs, which, index):
    return _run(f, _moved(inputs, which, index, 1j * COMPLEX_STEP)).imag / COMPLEX_STEP


def _extrapolated(f, inputs, which, index):
    """Two central differences such that an error in proportion to h cancels; Richardson (1911).

    There is one where the slope bends, as that of x / (1 + |x|) does at 0.
    """
    return 2 * _central(f, inputs, which, index, step=STEP / 2) - _central(f, inputs, which, index)


_METHODS = {"complex step": _complex, "central difference": _central}


def _moved(inputs, which, index, step):
    moved = list(inputs)
    moved[which] = np.array(inputs[which], type(step))
    moved[which][index] += step
    return moved


def _run(f, arrays):
    with no_grad():
        return f(*[Tensor(array, dtype=array.dtype) for array in arrays])._data


def _compare(f, arrays, upstream, found, method, tolerance):
    tolerance = tolerance or {"complex step": 1e-12, "central difference": 1e-7}[method]
    noise = _rounding(upstream, _run(f, arrays)) if method == "central difference" else 0.0
    worst, faults = 0.0, []
    for which, backward in enumerate(found):
        try:
            numerical = numerical_gradient(f, arrays, which, upstream, method)
        except TypeError as error:  # numpy has no complex version of some functions
            if method != "complex step":
                raise
            return GradientCheck(np.inf, tolerance, method, (f"no complex step: {error}",))
        if method == "central difference" and not np.allclose(backward, numerical, tolerance, tolerance):
            numerical = numerical_gradient(f, arrays, which, upstream, "extrapolated")
        off = np.abs(backward - numerical)
        scale = max(np.max(np.abs(numerical), initial=0), np.max(np.abs(backward), initial=0)) or 1.0
        relative = np.max(np.maximum(off - noise, 0), initial=0) / scale  # maximum() keeps NaN
        worst = max(worst, relative)
        if not relative <= tolerance:  # catches NaN too
            faults.append(_fault(f, arrays, which, backward, numerical, upstream))
    return GradientCheck(float(worst), tolerance, method, tuple(faults))


def _rounding(upstream, result):
    """How far a central difference can be off by rounding alone: no gradient is judged below it."""
    return np.finfo(np.float64).eps * np.sum(np.abs(upstream * result)) / STEP


def _fault(f, arrays, which, backward, numerical, upstream):
    off = np.nan_to_num(np.abs(backward - numerical), nan=np.inf)
    index = np.unravel_index(np.argmax(off), off.shape)
    place = f"input {which}" + (f", entry {[int(i) for i in index]}" if index else "")
    text = f"{place}: backward() gives {backward[index]:.6g}, numerically {numerical[index]:.6g}, "
    wrong = np.sum(off > 1e-6 * np.max(np.abs(numerical)))
    text += f"off by {off[index]:.3g}; {wrong} of {off.size} entries are off"
    right, left = (np.sum(upstream * _central(f, arrays, which, index, s)) for s in ((1, 0), (0, -1)))
    if abs(right - left) > 1e-3 * max(abs(right), abs(left)):
        text += f" (a kink: the slope is {left:.6g} to the left and {right:.6g} to the right)"
    return text
