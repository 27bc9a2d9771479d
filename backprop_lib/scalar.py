"""`Scalar`: a number that remembers how it was computed, so that it can be differentiated.

The reference answer to notebook 03. Each operation returns a new `Scalar` that stores its value, its
parents a and b, and the local derivatives da and db of the result with respect to them. `L.backward()`
goes from L to the leaves and adds, along every edge, `parent.grad += child.grad * local`.

Source: reverse accumulation, Linnainmaa (1976), "Taylor expansion of the accumulated rounding
error", BIT 16; for networks, Rumelhart, Hinton and Williams (1986), Nature 323.
"""

import math
from itertools import cycle

_new = object.__new__
_BIRTHS = 8192  # then the numbers start again: shared ints, so that a birth takes no memory
_next_birth = cycle(range(_BIRTHS)).__next__


class Scalar:
    """A real number in a computation graph. Operators take ints and floats on either side.

    `data` is the value (a float), `grad` is dL/d(this) after `L.backward()`, `label` is a name
    for pictures. Raises TypeError for what is not one real number.
    """

    # No __dict__ and no reference cycles: a graph is freed as soon as its root is dropped,
    # without waiting for Python's garbage collector.
    __slots__ = ("_a", "_b", "_birth", "_da", "_db", "_op", "data", "grad", "label")
    __array_ufunc__ = None  # numpy numbers on the left leave the operation to us

    def __init__(self, data, label=""):
        self.data = data if type(data) is float else _as_float(data)
        self.grad, self.label, self._op = 0.0, label, ""
        self._a = self._b = self._da = self._db = None  # a leaf has no parents
        self._birth = _next_birth()

    def __repr__(self):
        name = f", label={self.label!r}" if self.label else ""
        return f"Scalar(data={self.data:.6g}, grad={self.grad:.6g}{name})"

    # The operations: name, value, then each parent with the local derivative

    def __add__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        return _result("+", self.data + b.data, self, 1.0, b, 1.0)

    def __sub__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        return _result("-", self.data - b.data, self, 1.0, b, -1.0)

    def __mul__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        return _result("*", self.data * b.data, self, b.data, b, self.data)

    def __truediv__(self, other):
        b = other if isinstance(other, Scalar) else Scalar(other)
        y = self.data / b.data
        return _result("/", y, self, 1.0 / b.data, b, -y / b.data)

    def __pow__(self, n):
        if isinstance(n, Scalar):  # a^b = exp(b log a), for a > 0
            return (n * self.log()).exp()
        a = self.data
        return _result(f"**{n}", _as_float(a**n), self, n * a ** (n - 1) if n else 0.0)

    def __neg__(self):
        return _result("neg", -self.data, self, -1.0)

    def exp(self):
        y = math.exp(self.data)
        return _result("exp", y, self, y)

    def log(self):
        if self.data <= 0.0:
            raise ValueError(f"log needs a number > 0, got {self.data!r}")
        return _result("log", math.log(self.data), self, 1.0 / self.data)

    def tanh(self):
        y = math.tanh(self.data)
        return _result("tanh", y, self, 1.0 - y * y)

    def sigmoid(self):
        e = math.exp(-abs(self.data))  # at most 1, so it cannot overflow
        y = 1.0 / (1.0 + e) if self.data >= 0 else e / (1.0 + e)
        return _result("sigmoid", y, self, e / (1.0 + e) ** 2)

    def relu(self):
        y = self.data if not self.data <= 0 else 0.0  # NaN stays NaN
        return _result("relu", y, self, 1.0 if self.data > 0 else 0.0)

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
        results = self._parents_first()
        for node in results:
            node.grad = 0.0
        self.grad += 1.0  # dL/dL
        for node in reversed(results):
            upstream, a, b = node.grad, node._a, node._b
            a.grad += upstream * node._da
            if b is not None:
                b.grad += upstream * node._db

    def _parents_first(self):
        """Every result of the graph once, after its parents. Leaves pass nothing on and are left out.

        Depth first, with `path` as the way back in place of recursion: a chain may have any length."""
        if self._a is None:
            return []
        results, path, node, found = [], [], self, {self}
        while True:
            a, b = node._a, node._b
            if a._a is not None and a not in found:
                path.append(node)
                found.add(a)
                node = a
            elif b is not None and b._a is not None and b not in found:
                path.append(node)
                found.add(b)
                node = b
            else:
                results.append(node)
                if not path:
                    return results
                node = path.pop()

    # Another way to look at a graph, for pictures and notebook 02

    @property
    def _parents(self):
        return tuple(parent for parent in (self._a, self._b) if parent is not None)

    @property
    def _locals(self):
        return (self._da, self._db)[: len(self._parents)]

    @_locals.setter
    def _locals(self, values):
        self._da, self._db = (*values, None, None)[:2]

    def _newest_first(self):
        """Every node once, leaves too, the last one made first (if all are of the last 8,192 made)."""
        nodes, seen = [self], {self}
        for node in nodes:  # the list grows on the way
            new = [parent for parent in dict.fromkeys(node._parents) if parent not in seen]
            nodes += new
            seen.update(new)
        return sorted(nodes, key=lambda node: (self._birth - node._birth) % _BIRTHS)


def _result(op, data, a, da, b=None, db=None):
    y = _new(Scalar)  # without __init__, in half the time
    y.data, y.grad, y.label = data, 0.0, ""
    y._op, y._birth = op, _next_birth()
    y._a, y._da = a, da
    y._b, y._db = b, db
    return y


def _as_float(x):
    if not hasattr(type(x), "__float__"):  # a str has none
        raise TypeError(f"Scalar needs one real number, got {type(x).__name__}: {x!r:.60}")
    return float(x)
