"""`gradcheck` finds wrong gradients, says where, and does not cry wolf."""

import numpy as np
import pytest

from backprop_lib import Tensor, gradcheck, ops
from backprop_lib.numerical import numerical_gradient
from backprop_lib.tensor import REGISTRY, op

X = np.random.default_rng(0).normal(size=(2, 3))


@pytest.fixture
def broken():
    """An op x*x whose vjp is a given wrong function of (g, x)."""

    def make(wrong):
        @op
        def square(x):
            return x * x, lambda g: wrong(g, x)

        return square

    yield make
    REGISTRY.pop("square", None)


WRONG = {
    "half": lambda g, x: g * x,
    "zero": lambda g, x: np.zeros_like(x),
    "sign": lambda g, x: -2 * g * x,
    "no upstream": lambda g, x: 2 * x,
    "a little": lambda g, x: 2.000001 * g * x,
    "nan": lambda g, x: g * np.nan,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("method", ["auto", "complex step", "central difference"])
def test_a_wrong_vjp_is_found(broken, wrong, method):
    assert not gradcheck(broken(wrong), X, method=method)


def test_it_says_which_entry_of_which_input_and_by_how_much():
    @op
    def product(a, b):
        def wrong(g):
            gradient = g * a
            gradient[1, 2] += 0.5
            return gradient

        return a * b, lambda g: g * b, wrong

    try:
        check = gradcheck(product, X, X + 1)
    finally:
        del REGISTRY["product"]
    assert len(check.faults) == 1
    assert "input 1, entry [1, 2]: backward() gives" in repr(check)
    assert "off by 0.5; 1 of 6 entries are off" in repr(check)


def test_an_all_ones_upstream_would_let_a_zero_gradient_of_softmax_pass():
    @op
    def lazy_softmax(x):
        y = np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
        return y, lambda g: np.zeros_like(x)

    ones = np.ones_like(X)
    numerical = numerical_gradient(lazy_softmax, [X], upstream=ones)
    assert np.max(np.abs(numerical)) < 1e-9  # so zero looks right
    assert not gradcheck(lazy_softmax, X)
    del REGISTRY["lazy_softmax"]


def test_a_kink_is_said_to_be_one():
    check = gradcheck(ops.relu, np.array([0.0, 1.0]))
    assert not check
    assert "a kink: the slope is 0 to the left" in repr(check)


def test_a_function_that_is_not_analytic_is_judged_by_central_differences():
    check = gradcheck(lambda x: ops.where(np.abs(x._data) > 0.1, x, -x), X)
    assert check, check
    check = gradcheck(ops.softplus, X)  # numpy has no complex logaddexp
    assert check, check
    assert check.method == "central difference"


def test_methods_reach_their_precision():
    f = lambda a, b: (a @ b).tanh().exp()  # noqa: E731
    a, b = X, X.T.copy()
    assert gradcheck(f, a, b, method="complex step").error < 1e-14
    assert gradcheck(f, a, b, method="central difference").error < 2e-9


def test_an_input_that_is_not_used_has_gradient_zero():
    assert gradcheck(lambda a, b: a * 2, X, X)


def test_bad_calls_are_named():
    with pytest.raises(TypeError, match="returns a Tensor, got float"):
        gradcheck(lambda x: 3.0, X)
    with pytest.raises(ValueError, match="method must be auto, complex step or central difference, got 'x'"):
        gradcheck(ops.tanh, X, method="x")


def test_the_callers_arrays_are_left_alone():
    x = X.copy()
    tensor = Tensor(X)
    gradcheck(ops.tanh, x)
    gradcheck(ops.tanh, tensor)
    assert np.array_equal(x, X)
    assert tensor.grad is None


def test_a_gradient_below_the_rounding_of_a_difference_is_not_called_wrong(broken):
    """tanh(15) = 1 - 2e-13: its slope, 4e-13, is lost when two numbers next to 1 are subtracted."""
    assert gradcheck(lambda x: x.tanh(), [15.0], method="central difference")
    small_error = broken(lambda g, x: 2.00001 * g * x)
    assert not gradcheck(lambda x: x.tanh() + small_error(x), [15.0], method="central difference")


def test_a_slope_that_bends_is_no_fault():
    """x / (1 + |x|) has the slope 1 at 0 from both sides, but a central difference is off by h there."""

    def softsign(x):
        return x / (1 + ops.maximum(x, -x))

    assert gradcheck(softsign, [-1.0, 0.0, 1.0])


@pytest.mark.parametrize("which", ["input", "g"])
def test_changing_what_is_given_is_found(which):
    @op
    def rude(x):
        if which == "input":
            x += 1

        def vjp(g):
            g *= 2
            return g

        return 2 * x, vjp

    try:
        with pytest.raises(ValueError, match="changes what it is given"):
            gradcheck(rude, [1.0, 2.0])
    finally:
        REGISTRY.pop("rude")
