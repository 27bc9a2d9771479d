"""`Scalar`: a number that remembers how it was computed, so that it can be differentiated.

This is the reference answer to notebook 03. Each operation returns a new `Scalar` that stores its
value, its parents, and the local derivative of the result with respect to each parent. Then
`L.backward()` goes from L to the leaves and adds, along every edge,
`parent.grad += child.grad * local` (upstream times local derivative).

Source: reverse accumulation, Linnainmaa (1976), "Taylor expansion of the accumulated rounding
error", BIT 16; for networks, Rumelhart, Hinton and Williams (1986), Nature 323.
"""

import math
from itertools import count
from operator import attrgetter

_next_birth = count().__next__
_birth_of = attrgetter("_birth")


class Scalar:
    """A real number in a computation graph. Operators take ints and floats on either side.

    `data` is the value (a float), `grad` is dL/d(this) after `L.backward()`, `label` is a name
    for pictures. Raises TypeError for what is not one real number.
    """

    # No __dict__ and no reference cycles: a graph is freed as soon as its root is dropped,
    # without waiting for Python's garbage collector.
    __slots__ = ("_birth", "_locals", "_op", "_parents", "data", "grad", "label")
    __array_ufunc__ = None  # numpy numbers on the left leave the operation to us

    def __init__(self, data, label="", _op="", _parents=(), _locals=()):
        self.data = data if type(data) is float else _as_float(data)
        self.grad = 0.0
        self.label = label
        self._op = _op
        self._parents = _parents
        self._locals = _locals
        self._birth = _next_birth()  # parents are always older than their children

    def __repr__(self):
        name = f", label={self.label!r}" if self.label else ""
        return f"Scalar(data={self.data:.6g}, grad={self.grad:.6g}{name})"

    # The operations: value, parents, local derivatives

    def __add__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data + b.data, "", "+", (self, b), (1.0, 1.0))

    def __sub__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data - b.data, "", "-", (self, b), (1.0, -1.0))

    def __mul__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data * b.data, "", "*", (self, b), (b.data, self.data))

    def __truediv__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        y = self.data / b.data
        return Scalar(y, "", "/", (self, b), (1.0 / b.data, -y / b.data))

    def __pow__(self, n):
        if isinstance(n, Scalar):  # a^b = exp(b log a), for a > 0
            return (n * self.log()).exp()
        a = self.data
        return Scalar(a**n, "", f"**{n}", (self,), (n * a ** (n - 1) if n else 0.0,))

    def __neg__(self):
        return Scalar(-self.data, "", "neg", (self,), (-1.0,))

    def exp(self):
        y = math.exp(self.data)
        return Scalar(y, "", "exp", (self,), (y,))

    def log(self):
        if self.data <= 0.0:
            raise ValueError(f"log needs a number > 0, got {self.data!r}")
        return Scalar(math.log(self.data), "", "log", (self,), (1.0 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Scalar(y, "", "tanh", (self,), (1.0 - y * y,))

    def sigmoid(self):
        e = math.exp(-abs(self.data))  # at most 1, so it cannot overflow
        y = 1.0 / (1.0 + e) if self.data >= 0 else e / (1.0 + e)
        return Scalar(y, "", "sigmoid", (self,), (e / (1.0 + e) ** 2,))

    def relu(self):
        y = self.data if not self.data <= 0 else 0.0  # NaN stays NaN
        return Scalar(y, "", "relu", (self,), (1.0 if self.data > 0 else 0.0,))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return Scalar(other) - self

    def __rtruediv__(self, other):
        return Scalar(other) / self

    def __rpow__(self, other):
        return Scalar(other) ** self

    # The backward pass

    def backward(self):
        """Compute `grad` for every node that this one was computed from.

        Leaves add to the `grad` they have, so that several losses can share parameters: set
        `grad = 0.0` between steps. Results in between start from zero at every call.
        """
        nodes = self._newest_first()
        for node in nodes:
            if node._parents:
                node.grad = 0.0
        self.grad += 1.0  # dL/dL
        for node in nodes:
            upstream = node.grad
            for parent, local in zip(node._parents, node._locals, strict=True):
                parent.grad += upstream * local

    def _newest_first(self):
        """Every node of the graph once. A result is born after its parents, so this order is
        topological: children before parents. There is no recursion, a chain may have any length."""
        seen, stack = {self}, [self]
        while stack:
            for parent in stack.pop()._parents:
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return sorted(seen, key=_birth_of, reverse=True)


def _as_float(x):
    if not hasattr(type(x), "__float__"):  # a str has none
        raise TypeError(f"Scalar needs one real number, got {type(x).__name__}: {x!r:.60}")
    return float(x)
