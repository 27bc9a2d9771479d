"""The operations on Tensors: each once, its forward pass and its vector-Jacobian products together.

To add one, write a function on arrays that returns the result and, for each input, a vjp: a
function that turns the gradient g of the result into the gradient of that input.

    @op
    def softsign(x):
        d = 1 + abs(x)
        return x / d, lambda g: g / d**2

That is all: `softsign(tensor)` now works, is differentiated and is drawn by the stepper. Inputs are
positional, options (an axis, labels) are keywords. An op may broadcast: the engine sums the
gradient back to the shape of the input. `gradcheck(softsign, x)` tells whether the vjp is right, and
whether the op changes what it must not. `op` (from backprop_lib import gradcheck, once, op) says more.

At ties and kinks: relu has derivative 0 at 0; max and maximum share the gradient among equal
entries. Source of the rules: Griewank and Walther (2008), Evaluating Derivatives; Giles
(2008), "Collected matrix derivative results for forward and reverse mode AD".
"""

from copy import copy
from functools import wraps

import numpy as np

from backprop_lib.lazy import lazy
from backprop_lib.ops.elementwise import (
    add,
    div,
    exp,
    log,
    maximum,
    mul,
    neg,
    pow,
    relu,
    sigmoid,
    softplus,
    sub,
    tanh,
    where,
)
from backprop_lib.ops.fused import softmax_cross_entropy
from backprop_lib.ops.products import linear, matmul
from backprop_lib.ops.reductions import logsumexp, max, mean, softmax, sum
from backprop_lib.ops.shapes import concatenate, embedding, getitem, reshape, stack, transpose
from backprop_lib.tensor import REGISTRY, Tensor, op

__all__ = [
    "REGISTRY",
    "Tensor",
    "add",
    "concatenate",
    "div",
    "embedding",
    "exp",
    "getitem",
    "linear",
    "log",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "mul",
    "neg",
    "op",
    "pow",
    "relu",
    "reshape",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "stack",
    "sub",
    "sum",
    "tanh",
    "transpose",
    "where",
]

# What only layers use loads with them.
__getattr__, __dir__ = lazy(
    __name__,
    {
        "activations": ["elu", "gelu", "leaky_relu"],
        "attending": ["attention", "self_attention"],
        "images": ["avg_pool2d", "conv2d", "max_pool2d"],
        "normalising": ["batch_norm", "layer_norm"],
        "recurrent": ["gru_cell", "lstm_cell", "rnn_cell"],
        "sequences": ["gru", "lstm", "rnn"],
    },
)

# What a Tensor can do: operators and methods are the functions above.


def _reflected(operation):
    return lambda self, other: operation(other, self)


def _getitem(self, index):
    return getitem(self, index=copy(index))


def _along(operation):
    """x.sum(0) and x.sum(axis=0) are the same."""
    return wraps(operation)(lambda x, axis=None, keepdims=False: operation(x, axis=axis, keepdims=keepdims))


def _axes(arguments):
    """reshape(2, 3) and reshape((2, 3)) are the same."""
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple | list) else arguments


for _name, _operation in {
    "add": add,
    "sub": sub,
    "mul": mul,
    "truediv": div,
    "pow": pow,
    "matmul": matmul,
}.items():
    setattr(Tensor, f"__{_name}__", _operation)
    setattr(Tensor, f"__r{_name}__", _reflected(_operation))
for _operation in (exp, log, tanh, relu, sigmoid, softplus):
    setattr(Tensor, _operation.__name__, _operation)
for _operation in (sum, mean, max, logsumexp):
    setattr(Tensor, _operation.__name__, _along(_operation))
Tensor.softmax = lambda self, axis=-1: softmax(self, axis=axis)
Tensor.__neg__ = neg
Tensor.__getitem__ = _getitem
Tensor.reshape = lambda self, *shape: reshape(self, shape=_axes(shape))
Tensor.transpose = lambda self, *axes: transpose(self, axes=_axes(axes) or None)
Tensor.T = property(transpose, doc="The axes in reverse order.")


# numpy gives an operation to the Tensor on its right; anything else of numpy's would lose the gradient.
_WITH_AN_ARRAY_ON_THE_LEFT = {
    np.add: "__radd__",
    np.subtract: "__rsub__",
    np.multiply: "__rmul__",
    np.true_divide: "__rtruediv__",
    np.power: "__rpow__",
    np.matmul: "__rmatmul__",
    np.less: "__gt__",
    np.less_equal: "__ge__",
    np.greater: "__lt__",
    np.greater_equal: "__le__",
    np.equal: "__eq__",
    np.not_equal: "__ne__",
}


def _array_ufunc(self, ufunc, method, *inputs, **options):
    name = _WITH_AN_ARRAY_ON_THE_LEFT.get(ufunc)
    if name and method == "__call__" and inputs[-1] is self and not options:
        return getattr(self, name)(inputs[0])
    raise TypeError(
        f"numpy's {ufunc.__name__} would lose the gradient of a Tensor: use its own functions, such as "
        "x.exp(), those of ops, or .data for the array"
    )


Tensor.__array_ufunc__ = _array_ufunc
