"""`Value` classes as learners write them: correct in many styles, and with one planted bug each."""

import math


class Arithmetic:
    """The forward pass, the same for all. `_make(data, parents, local derivatives, op)` is the class's."""

    __slots__ = ()

    def __add__(self, other):
        other = self._lift(other)
        return self._make(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __sub__(self, other):
        other = self._lift(other)
        return self._make(self.data - other.data, (self, other), (1.0, -1.0), "-")

    def __mul__(self, other):
        other = self._lift(other)
        return self._make(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __truediv__(self, other):
        other = self._lift(other)
        slopes = 1 / other.data, -self.data / other.data**2
        return self._make(self.data / other.data, (self, other), slopes, "/")

    def __neg__(self):
        return self._make(-self.data, (self,), (-1.0,), "neg")

    def __pow__(self, n):
        return self._make(self.data**n, (self,), (n * self.data ** (n - 1),), f"**{n}")

    def exp(self):
        y = math.exp(self.data)
        return self._make(y, (self,), (y,), "exp")

    def tanh(self):
        y = math.tanh(self.data)
        return self._make(y, (self,), (1 - y * y,), "tanh")

    def relu(self):
        return self._make(max(0.0, self.data), (self,), (float(self.data > 0),), "ReLU")

    def _lift(self, x):
        return x if isinstance(x, Arithmetic) else type(self)(x)


class Loop(Arithmetic):
    """Parents and local derivatives in tuples; one loop over a topological order."""

    start = 0.0

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data, self.grad, self.label = data, self.start, label
        self._parents, self._slopes, self._op = parents, slopes, op

    def _make(self, data, parents, slopes, op):
        return type(self)(data, parents, slopes, op)

    def order(self):
        """Children before parents."""
        done, out = set(), []

        def visit(node):
            if node not in done:
                done.add(node)
                for parent in node._parents:
                    visit(parent)
                out.append(node)

        visit(self)
        return out[::-1]

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad += node.grad * slope


class Slots(Arithmetic):
    """As Loop, without an instance dictionary; the upstream gradient is looked up once."""

    __slots__ = ("_op", "_parents", "_slopes", "data", "grad", "label")
    order = Loop.order

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data, self.grad, self.label = data, 0.0, label
        self._parents, self._slopes, self._op = parents, slopes, op

    def _make(self, data, parents, slopes, op):
        return Slots(data, parents, slopes, op)

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            g = node.grad
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad = parent.grad + g * slope


class Closures(Loop):
    """micrograd's way: each result carries the function that passes its gradient on."""

    def _make(self, data, parents, slopes, op):
        out = type(self)(data, parents, slopes, op)
        if len(parents) == 1:
            self._attach_one(out, slopes[0])
        else:
            parents[0]._attach_two(out, parents[1], *slopes)
        return out

    def _attach_one(self, out, slope):
        def _backward():
            self.grad += slope * out.grad

        out._backward = _backward

    def _attach_two(self, out, other, left, right):
        def _backward():
            self.grad += left * out.grad
            other.grad += right * out.grad

        out._backward = _backward

    def _backward(self):
        pass

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            node._backward()


class SlotClosures(Slots):
    """Closures in a class with slots."""

    __slots__ = ("_backward",)

    def _make(self, data, parents, slopes, op):
        out = SlotClosures(data, parents, slopes, op)

        def _backward():
            for parent, slope in zip(parents, slopes, strict=True):
                parent.grad += slope * out.grad

        out._backward = _backward
        return out

    def backward(self):
        self.grad = 1
        for node in self.order():
            if node._parents:
                node._backward()


class Lazy(Loop):
    """Gradients are None until the first one arrives."""

    start = None

    def backward(self):
        for node in self.order():
            node.grad = None
        self.grad = 1.0
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                part = node.grad * slope
                parent.grad = part if parent.grad is None else parent.grad + part


class Helper(Loop):
    """A method of the parent adds."""

    def receive(self, g):
        self.grad += g

    def pass_on(self):
        for parent, slope in zip(self._parents, self._slopes, strict=True):
            parent.receive(self.grad * slope)

    def backward(self):
        for node in self.order():
            node.grad = 0.0
        self.receive(1.0)
        for node in self.order():
            node.pass_on()


class Counting(Loop):
    """Kahn's order: a node is handled when all its consumers are done; nothing is forgotten."""

    def backward(self):
        waiting = {}
        for node in self.order():
            for parent in node._parents:
                waiting[parent] = waiting.get(parent, 0) + 1
        self.grad, ready = 1.0, [self]
        while ready:
            v = ready.pop()
            for p, slope in zip(v._parents, v._slopes, strict=True):
                p.grad += v.grad * slope
                waiting[p] -= 1
                if waiting[p] == 0:
                    ready.append(p)


class Paths(Loop):
    """Recursion with the upstream gradient as an argument: right, one visit for each path."""

    def backward(self, upstream=1.0):
        self.grad += upstream
        for parent, slope in zip(self._parents, self._slopes, strict=True):
            parent.backward(upstream * slope)


class PathsGiven(Loop):
    """As Paths, with an argument that must be given."""

    def backward(self, g):
        self.grad += g
        for parent, slope in zip(self._parents, self._slopes, strict=True):
            parent.backward(g * slope)


class PathStack(Loop):
    """Every path, without recursion."""

    def backward(self):
        stack = [(self, 1.0)]
        while stack:
            node, g = stack.pop()
            node.grad += g
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                stack.append((parent, g * slope))


class Ledger(Loop):
    """Sums in a dictionary of its own; `grad` is written at the end."""

    def backward(self):
        grads = {self: 1.0}
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                grads[parent] = grads.get(parent, 0.0) + grads[node] * slope
        for node, g in grads.items():
            node.grad = g


class Property(Loop):
    """`grad` is a property of the class itself."""

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, value):
        self._grad = float(value)


class Sets(Closures):
    """Parents in a set, without names of operations."""

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        super().__init__(data, parents, slopes, "", label)
        self._prev = set(parents)
        del self._parents

    def order(self):
        done, out = set(), []

        def visit(node):
            if node not in done:
                done.add(node)
                for parent in node._prev:
                    visit(parent)
                out.append(node)

        visit(self)
        return out[::-1]


class Pushes(Loop):
    """Closures under a name of the learner's; the order without recursion."""

    def _make(self, data, parents, slopes, op):
        out = Pushes(data, parents, slopes, op)

        def push():
            for parent, slope in zip(parents, slopes, strict=True):
                parent.grad += out.grad * slope

        out.push = push
        return out

    def backward(self):
        nodes, stack = {self}, [self]
        while stack:
            new = [p for p in stack.pop()._parents if p not in nodes]
            nodes.update(new)
            stack.extend(new)
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        for node in self.order():
            if node._parents:
                node.push()


CORRECT = [
    Loop, Slots, Closures, SlotClosures, Lazy, Helper, Counting, Paths, PathsGiven, PathStack, Ledger,
    Property, Pushes, Sets,
]  # fmt: skip


# One bug each


class Overwrites(Closures):
    """= for +=."""

    def _attach_one(self, out, slope):
        def _backward():
            self.grad = slope * out.grad

        out._backward = _backward

    def _attach_two(self, out, other, left, right):
        def _backward():
            self.grad = left * out.grad
            other.grad = right * out.grad

        out._backward = _backward


class DepthFirst(Closures):
    """No topological order: a node passes on what it has when it is first reached."""

    def backward(self):
        self.grad, seen = 1.0, set()

        def go(node):
            if node in seen:
                return
            seen.add(node)
            node._backward()
            for parent in node._parents:
                go(parent)

        go(self)


class Naive(Closures):
    """Recursion that passes on the sum so far at every visit."""

    def backward(self):
        self.grad = 1.0
        self.go()

    def go(self):
        self._backward()
        for parent in self._parents:
            parent.go()


class NoUpstream(Closures):
    """The local derivative alone."""

    def _attach_two(self, out, other, left, right):
        def _backward():
            self.grad += left
            other.grad += right

        out._backward = _backward


class PushNoUpstream(Pushes):
    """The same, in a function of another name that does not mention its own node."""

    def _make(self, data, parents, slopes, op):
        out = PushNoUpstream(data, parents, slopes, op)

        def push():
            for parent, slope in zip(parents, slopes, strict=True):
                parent.grad += slope

        out.push = push
        return out


class Swapped(Closures):
    """d(ab)/da = a."""

    def _attach_two(self, out, other, left, right):
        super()._attach_two(out, other, right, left)


class WrongSign(Loop):
    """-= for +=."""

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad -= node.grad * slope


class WrongTanh(Loop):
    """1 − t for 1 − t²."""

    def tanh(self):
        y = math.tanh(self.data)
        return self._make(y, (self,), (1 - y,), "tanh")


class Adds(Loop):
    """Upstream plus local derivative."""

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad += node.grad + slope


class NoLocal(Loop):
    """The upstream gradient alone."""

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            for parent in node._parents:
                parent.grad += node.grad


class Skips(Loop):
    """Only the first input gets its gradient."""

    def backward(self):
        self.grad = 1.0
        for node in self.order():
            for parent, slope in list(zip(node._parents, node._slopes, strict=True))[:1]:
                parent.grad += node.grad * slope


class SeedTwo(Loop):
    """∂L/∂L = 2."""

    def backward(self):
        self.grad = 2.0
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad += node.grad * slope


class NoSeed(Loop):
    """Whoever calls backward() must set grad = 1 before."""

    def backward(self):
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad += node.grad * slope


class LedgerWrong(Loop):
    """Sums of its own, and = for += in them."""

    def backward(self):
        grads = {self: 1.0}
        for node in self.order():
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                grads[parent] = grads[node] * slope
        for node, g in grads.items():
            node.grad = g
