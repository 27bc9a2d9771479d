"""`Tensor`: the engine itself. The rules of its ops are tested in test_ops.py."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lib import Tensor, gradcheck, no_grad, op, ops
from backprop_lib.tensor import REGISTRY
from tests.collector import left_to_the_collector
from tests.engines import TENSOR
from tests.random_graphs import tensor_program


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_random_graphs_agree_with_numerical_gradients(seed):
    program = tensor_program(np.random.default_rng(seed), n_steps=6)
    check = gradcheck(lambda *leaves: program.run(TENSOR, leaves)[-1], *program.leaves, tolerance=1e-5)
    # a kink within the step of the difference is no fault of the gradient
    assert check or all("kink" in fault for fault in check.faults), check


def test_a_plus_a_counts_both_edges():
    a = Tensor([1.0, 2.0])
    (a + a).backward(np.array([3.0, 5.0]))
    assert a.grad.tolist() == [6.0, 10.0]


def test_two_leaves_never_share_one_gradient_array():
    a, b = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    (a + b).sum().backward()
    a.grad *= 100
    assert b.grad.tolist() == [1.0, 1.0]
    a.grad[0] = 7  # and it can be written to: sum's vjp is a read-only view


def test_a_diamond_of_40_doublings_takes_one_visit_a_node():
    x = leaf = Tensor(1.0)
    for _ in range(40):
        x = x + x
    start = time.perf_counter()
    x.backward()
    assert leaf.grad == 2.0**40
    assert time.perf_counter() - start < 0.1


def test_a_second_backward_adds_to_leaves_and_starts_results_afresh():
    a = Tensor([2.0])
    b = a * a
    loss = (b * 3).sum()
    loss.backward()
    loss.backward()
    assert (a.grad, b.grad, loss.grad) == ([24.0], [3.0], 1.0)
    a.zero_grad()
    assert a.grad is None


def test_a_chain_of_100_000_is_no_problem():
    x = leaf = Tensor(1.0)
    for _ in range(100_000):
        x = x + 1e-5
    x.backward()
    assert leaf.grad == 1.0


def test_integers_and_booleans_become_float64():
    assert Tensor([1, 2]).dtype == Tensor([True]).dtype == np.float64
    x = Tensor(np.array([1, 2], dtype=np.int32))
    x.data[0] = 0.5  # would be cut to 0 in an integer array
    assert (x / 2).data.tolist() == [0.25, 1.0]


def test_float32_stays_float32():
    x = Tensor(np.ones((2, 3), np.float32))
    W = Tensor(np.ones((3, 2)), dtype=np.float32)
    y = (ops.linear(x, W, np.zeros(2)) * 2.0 + np.float64(1)).tanh().softplus().mean() ** 2
    y.backward()
    assert y.dtype == x.grad.dtype == W.grad.dtype == np.float32


def test_mixed_precision_gives_each_input_its_own_gradient_type():
    a, b = Tensor([1.0], dtype=np.float32), Tensor([2.0])
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


def test_grad_has_the_shape_of_data():
    for shape in ((), (1,), (3, 1), (1, 1, 4), (0, 3)):
        x = Tensor(np.ones(shape))
        (x * np.ones((2, 3, 4) if shape != (0, 3) else (0, 3))).sum().backward()
        assert isinstance(x.grad, np.ndarray)
        assert x.grad.shape == shape


# In-place changes after the forward pass


def test_changing_a_leaf_after_the_forward_pass_is_harmless():
    a = Tensor([1.0, 2.0])
    y = (a * a).sum()
    a.data[0] = 100.0
    y.backward()
    assert a.grad.tolist() == [2.0, 4.0]
    assert a.data.tolist() == [100.0, 2.0]


def test_an_array_that_was_taken_before_is_locked():
    a = Tensor([1.0, 2.0])
    array = a.data
    _ = a * a
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 100.0


def test_the_result_of_an_op_is_locked():
    y = Tensor([1.0]).exp()  # its vjp uses the result
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 5.0
    with pytest.raises(ValueError, match="data can be set only on a leaf"):
        y.data = [5.0]


def test_the_users_own_arrays_are_copied():
    array, factor, rows = np.ones(2), np.ones(2), np.array([0, 1])
    x = Tensor(array)
    y = (x * factor)[rows].sum()
    array[0] = factor[0] = 9.0
    rows[1] = 0
    y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_gradient_descent_in_place_works():
    w = Tensor([3.0])
    for _ in range(200):
        w.zero_grad()
        (w * w).sum().backward()
        w.data -= 0.1 * w.grad
    assert abs(w.item()) < 1e-8


def test_setting_data_checks_the_shape():
    with pytest.raises(ValueError, match=r"data has shape \(2,\), got a value of shape \(3,\)"):
        Tensor([1.0, 2.0]).data = np.ones(3)


# What needs no gradient


def test_no_grad_keeps_no_graph():
    x = Tensor([1.0])
    with no_grad():
        y = x * 2
    assert y._parents == ()
    assert not y.requires_grad
    assert (x * 2)._parents  # and it ends with the block
    with pytest.raises(ZeroDivisionError), no_grad():
        _ = 1 / 0
    assert (x * 2)._parents


def test_constants_get_no_gradient_and_cost_none():
    calls = []

    @ops.op
    def spy(a, b):
        return a * b, lambda g: calls.append("a") or g * b, lambda g: calls.append("b") or g * a

    x, data = Tensor([1.0]), Tensor([2.0], requires_grad=False)
    spy(x, data).sum().backward()
    assert calls == ["a"]
    assert data.grad is None


def test_a_graph_leaves_nothing_to_the_garbage_collector():
    def use():
        (Tensor(np.ones((2, 3))) @ np.ones((3, 2))).tanh().sum().backward()

    assert left_to_the_collector(use) == 0


def test_what_is_left_to_the_garbage_collector_is_counted():
    def use():
        circle = [Tensor(np.ones(2)).sum()]
        circle.append(circle)

    assert left_to_the_collector(use) > 0


# Errors


def test_backward_on_many_numbers_asks_for_an_upstream_gradient():
    with pytest.raises(ValueError, match=r"single number, this has shape \(2,\).*sum\(\)"):
        Tensor([1.0, 2.0]).backward()
    with pytest.raises(ValueError, match=r"upstream has shape \(3,\), but this Tensor has shape \(2,\)"):
        Tensor([1.0, 2.0]).backward(np.ones(3))


def test_backward_without_anything_to_differentiate_says_so():
    with pytest.raises(ValueError, match="nothing to differentiate"):
        (Tensor([1.0], requires_grad=False) * 2).sum().backward()


@pytest.mark.parametrize("bad", ["abc", None, {}, 1j, [1, "a"], [object()]])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(TypeError, match="Tensor needs real numbers, got"):
        Tensor(bad)


def test_ragged_rows_are_refused():
    with pytest.raises(ValueError, match="rows of equal length"):
        Tensor([[1, 2], [3]])


def test_a_strange_dtype_is_refused():
    with pytest.raises(TypeError, match="dtype must be float64 or float32, got int64"):
        Tensor([1.0], dtype=np.int64)


def test_shapes_that_do_not_fit_are_named():
    a, b = Tensor(np.ones((2, 3))), Tensor(np.ones((4, 5)))
    with pytest.raises(ValueError, match=r"matmul of shapes \(2, 3\), \(4, 5\): .* 3 columns, .* 4 rows"):
        a @ b
    with pytest.raises(ValueError, match=r"add of shapes \(2, 3\), \(4, 5\)"):
        a + b
    with pytest.raises(ValueError, match="use \\* for a single number"):
        a @ 3.0


def test_numpy_functions_are_refused_rather_than_lose_the_gradient():
    x = Tensor([1.0])
    with pytest.raises(TypeError):
        np.exp(x)
    with pytest.raises(TypeError, match="numpy would lose the gradient"):
        np.asarray(x)


def test_a_wrong_vjp_shape_is_named():
    @ops.op
    def careless(x):
        return x * 2, lambda g: g.sum()

    with pytest.raises(ValueError, match=r"vjp of 'careless' gave shape \(\) for an input of shape \(3,\)"):
        careless(Tensor([1.0, 2.0, 3.0])).sum().backward()


def test_comparisons_give_plain_booleans():
    x = Tensor([1.0, 2.0])
    assert (x > 1).tolist() == [False, True]
    assert (x == x).all() and (x != 3).all() and (x <= 2).all() and (x >= 1).all() and (x < 3).all()
    assert len({x, x}) == 1


def test_repr_shows_values_shape_and_op():
    assert repr(Tensor([1.0, 2.0]) * 2) == "Tensor([2. 4.], shape=(2,), op='mul')"


# numpy's own functions, and what an op must return


def test_numpys_functions_say_what_to_use_instead():
    t = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"numpy's exp would lose the gradient of a Tensor: .* x\.exp\(\)"):
        np.exp(t)
    with pytest.raises(TypeError, match="numpy's add would lose"):
        array = np.ones(2)
        array += t


def test_an_array_on_the_left_leaves_the_operation_to_the_tensor():
    t, a = Tensor([1.0, 2.0]), np.array([3.0, 4.0])
    for found, expected in [(a + t, [4, 6]), (a - t, [2, 2]), (a * t, [3, 8]), (a / t, [3, 2])]:
        assert found.data.tolist() == expected and found.requires_grad
    assert (a**t).data.tolist() == [3, 16]
    assert (a @ t).item() == 11
    assert [(a < t).tolist(), (a >= t).tolist(), (a == t).tolist()] == [[False] * 2, [True] * 2, [False] * 2]
    assert (np.float64(2) * t).data.tolist() == [2, 4]


def test_an_axis_may_be_given_by_position():
    t = Tensor(np.arange(6.0).reshape(2, 3))
    assert t.sum(0).data.tolist() == [3, 5, 7]
    assert t.mean(1, True).shape == (2, 1)
    assert t.softmax(0).sum(0).data.tolist() == [1, 1, 1]


def test_an_op_that_forgets_its_vjp_is_told():
    @op
    def forgetful(x):
        return x * 2

    with pytest.raises(TypeError, match=r"must return a tuple: its result and 1 vjp, .* got ndarray"):
        forgetful(Tensor([1.0, 2.0]))
    REGISTRY.pop("forgetful")
