"""Known faults of other engines: each scenario passes on ours and fails on the design that has the fault.

Without the second half a scenario could be one that nothing fails. The peers are micrograd itself
and, for faults that it does not have, a few lines of the design that does.
"""

import numpy as np
import pytest
from micrograd.engine import Value

from backprop_lib import Scalar, Tensor


class PathRecursion(Value):
    """Pushes a gradient on as soon as it arrives: one visit a path, not one a node."""

    visits = 0

    def __add__(self, other):
        out = PathRecursion(self.data + other.data)
        out.inputs = (self, other)
        return out

    def backward(self):
        stack = [(self, 1.0)]
        while stack:
            node, arrived = stack.pop()
            PathRecursion.visits += 1
            if PathRecursion.visits > 10_000:
                raise TimeoutError("one visit a path: 2^40 of them")
            node.grad += arrived
            stack += [(parent, arrived) for parent in getattr(node, "inputs", ())]


class NaiveArray:
    """An array engine as a first try has it: keeps integers, seeds with ones, forgets broadcasting."""

    def __init__(self, data, parents=(), vjps=()):
        self.data, self.parents, self.vjps = np.asarray(data), parents, vjps
        self.grad = np.zeros_like(self.data)

    def __mul__(self, other):
        other = other if isinstance(other, NaiveArray) else NaiveArray(other)
        vjps = (lambda g: g * other.data, lambda g: g * self.data)
        return NaiveArray(self.data * other.data, (self, other), vjps)

    def tanh(self):
        e = np.exp(2 * self.data)
        y = (e - 1) / (e + 1)
        return NaiveArray(y, (self,), (lambda g: g * (1 - y**2),))

    def backward(self, upstream=None):
        self.grad = np.ones(self.data.shape) if upstream is None else upstream
        for parent, vjp in zip(self.parents, self.vjps, strict=True):
            parent.backward(vjp(self.grad))


def chain_of_100_000(number):
    x = leaf = number(1.0)
    for _ in range(100_000):
        x = x + 1e-5
    x.backward()
    assert leaf.grad == 1.0


def second_backward(number):
    a = number(2.0)
    loss = a * a * 3
    loss.backward()
    loss.backward()
    assert a.grad == 24.0


def change_after_forward(number):
    a, b = number(2.0), number(5.0)
    y = a * b
    b.data = b.data * 0 + 100.0
    y.backward()
    assert a.grad == 5.0


def parents_in_order(number):
    a, b = number(1.0), number(2.0)
    doubled = a + a
    parents = getattr(doubled, "_parents", None) or doubled._prev
    assert list(parents) == [a, a]
    assert a is not b


def diamond_of_40_doublings(number):
    x = leaf = number(1.0)
    for _ in range(40):
        x = x + x
    x.backward()
    assert leaf.grad == 2.0**40


def whole_numbers_become_floats(array):
    x = array([1, 2])
    x.data[0] = 0.5
    assert x.data[0] == 0.5


def no_upstream_for_many_numbers(array):
    with pytest.raises(ValueError, match="upstream"):
        (array([1.0, 2.0]) * 2.0).backward()


def broadcasting_is_undone(array):
    x = array([1.0])
    (x * np.array([1.0, 2.0, 3.0])).backward(np.array([1.0, 10.0, 100.0]))
    assert x.grad.tolist() == [321.0]


def tanh_of_1000(array):
    x = array([1000.0])
    y = x.tanh()
    y.backward(np.array([1.0]))
    assert (y.data[0], x.grad[0]) == (1.0, 0.0)


def array_changed_after_forward(array):
    a, b = array([2.0]), array([5.0])
    y = a * b
    b.data[0] = 100.0
    y.backward(np.array([1.0]))
    assert a.grad[0] == 5.0


SCENARIOS = [
    (chain_of_100_000, [Scalar, Tensor], Value),
    (second_backward, [Scalar, Tensor], Value),
    (change_after_forward, [Scalar, Tensor], Value),
    (parents_in_order, [Scalar, Tensor], Value),
    (diamond_of_40_doublings, [Scalar, Tensor], PathRecursion),
    (whole_numbers_become_floats, [Tensor], NaiveArray),
    (no_upstream_for_many_numbers, [Tensor], NaiveArray),
    (broadcasting_is_undone, [Tensor], NaiveArray),
    (tanh_of_1000, [Tensor], NaiveArray),
    (array_changed_after_forward, [Tensor], NaiveArray),
]
IDS = [scenario.__name__ for scenario, _, _ in SCENARIOS]


@pytest.mark.parametrize(("scenario", "ours", "peer"), SCENARIOS, ids=IDS)
def test_ours_has_not_the_fault(scenario, ours, peer):
    for engine in ours:
        scenario(engine)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the naive tanh overflows, as it should
@pytest.mark.parametrize(("scenario", "ours", "peer"), SCENARIOS, ids=IDS)
def test_the_peers_design_has_it(scenario, ours, peer):
    with pytest.raises((AssertionError, RecursionError, TimeoutError, pytest.fail.Exception)):
        scenario(peer)
