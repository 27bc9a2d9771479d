"""`Scalar`: its gradients, its operators, and the known faults of other engines."""

import math
import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lib import Scalar, scalar, trace
from tests.collector import left_to_the_collector
from tests.engines import SCALAR, scalar_leaves
from tests.random_graphs import scalar_program


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_gradients_agree_with_central_differences(seed):
    program = scalar_program(np.random.default_rng(seed))
    leaves = scalar_leaves(program)
    program.run(SCALAR, leaves)[-1].backward()
    h = 1e-6
    for i, leaf in enumerate(leaves):
        points = [[x + side * h * (i == j) for j, x in enumerate(program.leaves)] for side in (1, 0, -1)]
        high, middle, low = (program.run(SCALAR, map(Scalar, p))[-1].data for p in points)
        right, left = (high - middle) / h, (middle - low) / h
        if math.isclose(right, left, rel_tol=1e-3, abs_tol=1e-4):  # else h crosses a kink of relu
            assert leaf.grad == pytest.approx((high - low) / (2 * h), rel=1e-5, abs=1e-7)


# name, function, input, derivative there, from the rule in closed form
RULES = [
    ("add", lambda x: 3 + x + 2.5, 2.0, 1.0),
    ("sub", lambda x: 3 - x - 1, 2.0, -1.0),
    ("mul", lambda x: 3 * x * 2, 2.0, 6.0),
    ("div", lambda x: x / 4, 2.0, 0.25),
    ("rdiv", lambda x: 3 / x, 2.0, -0.75),
    ("pow", lambda x: x**3, 2.0, 12.0),
    ("pow 0", lambda x: x**0, 0.0, 0.0),
    ("pow 1", lambda x: x**1, 0.0, 1.0),
    ("pow of a negative", lambda x: x**2, -3.0, -6.0),
    ("root", lambda x: x**0.5, 4.0, 0.25),
    ("rpow", lambda x: 2**x, 3.0, 8 * math.log(2)),
    ("x to the x", lambda x: x**x, 2.0, 4 * (math.log(2) + 1)),
    ("neg", lambda x: -x, 2.0, -1.0),
    ("exp", lambda x: x.exp(), 2.0, math.exp(2)),
    ("log", lambda x: x.log(), 2.0, 0.5),
    ("tanh", lambda x: x.tanh(), 0.5, 1 - math.tanh(0.5) ** 2),
    ("sigmoid", lambda x: x.sigmoid(), 0.0, 0.25),
    ("sigmoid far left", lambda x: x.sigmoid(), -40.0, math.exp(-40)),
    ("relu on", lambda x: x.relu(), 2.0, 1.0),
    ("relu off", lambda x: x.relu(), -2.0, 0.0),
    ("relu at its kink", lambda x: x.relu(), 0.0, 0.0),
    ("sum", lambda x: sum([x, x, x]), 2.0, 3.0),
    ("a numpy number on the left", lambda x: np.float64(3) * x, 2.0, 3.0),
]


@pytest.mark.parametrize(("f", "x", "slope"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_derivative(f, x, slope):
    leaf = Scalar(x)
    f(leaf).backward()
    assert leaf.grad == pytest.approx(slope, rel=1e-14)


def test_a_plus_a_counts_both_edges():
    a = Scalar(3.0)
    (a + a).backward()
    assert a.grad == 2.0


def test_parents_keep_their_order_and_multiplicity():
    a, b = Scalar(6.0), Scalar(2.0)
    assert (a / b)._parents == (a, b)
    assert (b * b)._parents == (b, b)


def test_local_derivatives_stand_beside_their_parents_and_can_be_set():
    a, b = Scalar(6.0), Scalar(2.0)
    assert ((a / b)._locals, a.exp()._locals, a._locals) == ((0.5, -1.5), (math.exp(6.0),), ())
    assert (a.exp()._parents, a._parents) == ((a,), ())
    y = a * b
    y._locals = [10.0, 20.0]
    y.backward()
    assert (a.grad, b.grad) == (10.0, 20.0)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_both_orders_have_every_node_once_in_its_place(seed):
    program = scalar_program(np.random.default_rng(seed))
    made = program.run(SCALAR, scalar_leaves(program))
    nodes = made[-1]._newest_first()[::-1]
    results = made[-1]._parents_first()
    place = {node: i for i, node in enumerate(made)}
    order = [place[node] for node in nodes if node in place]
    assert order == sorted(order)  # as they were made
    for found in (nodes, results):
        at = {node: i for i, node in enumerate(found)}
        assert len(at) == len(found)
        assert all(at[p] < at[node] for node in found for p in node._parents if p in at)
    assert set(results) == {node for node in nodes if node._parents}


def test_the_order_in_pictures_survives_birth_numbers_that_start_again():
    a, b = Scalar(1.0, "a"), Scalar(2.0, "b")
    for _ in range(scalar._BIRTHS - 30):
        Scalar(0.0)
    recent = [Scalar(3.0) for _ in range(20)]  # by their numbers, a and b are younger than a * b
    nodes = trace(sum(recent, a * b)).objects
    at = {node: i for i, node in enumerate(nodes)}
    assert all(at[p] < at[node] for node in nodes for p in node._parents)
    assert [node for node in nodes if node in recent] == recent


@pytest.mark.parametrize(
    ("f", "nodes_each", "most"),
    [(Scalar.tanh, 1, 160), (lambda x: x * 1.0001, 2, 130)],
    ids=["tanh", "times a constant"],
)
def test_a_node_is_small(f, nodes_each, most):
    x, n = Scalar(0.5), 10_000
    tracemalloc.start()
    for _ in range(n):
        x = f(x)
    bytes_in_use = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert bytes_in_use / (n * nodes_each) <= most


def test_a_diamond_of_40_doublings_takes_one_visit_a_node():
    x = leaf = Scalar(1.0)
    for _ in range(40):  # 2^40 paths
        x = x + x
    start = time.perf_counter()
    x.backward()
    assert leaf.grad == 2.0**40
    assert time.perf_counter() - start < 0.1


def test_unequal_paths_wait_for_each_other():
    a = Scalar(2.0)
    b = a * 3
    c = b * a  # b has two consumers at different depths
    (c + b).backward()
    assert a.grad == 6 * 2.0 + 3


def test_a_second_backward_adds_to_leaves_and_starts_results_afresh():
    a = Scalar(2.0)
    b = a * a
    loss = b * 3
    loss.backward()
    loss.backward()
    assert (a.grad, b.grad, loss.grad) == (24.0, 3.0, 1.0)


def test_a_chain_of_100_000_is_no_problem():
    x = leaf = Scalar(1.0)
    for _ in range(100_000):
        x = x + 1e-5
    x.backward()
    assert leaf.grad == 1.0
    assert x.data == pytest.approx(2.0)


@pytest.mark.parametrize("x", [1000.0, -1000.0])
def test_tanh_and_sigmoid_do_not_overflow(x):
    for f, value in ((Scalar.tanh, math.copysign(1, x)), (Scalar.sigmoid, float(x > 0))):
        leaf = Scalar(x)
        y = f(leaf)
        y.backward()
        assert y.data == value
        assert leaf.grad == 0.0


def test_integers_become_floats():
    a = Scalar(7)
    assert type(a.data) is float
    assert (a / 2).data == 3.5
    assert Scalar(Fraction(1, 4)).data == 0.25
    assert Scalar(np.float32(0.5)).data == 0.5


def test_changing_data_after_the_forward_pass_is_harmless():
    a, b = Scalar(2.0), Scalar(5.0)
    y = a * b
    b.data = 100.0
    y.backward()
    assert a.grad == 5.0  # the local derivative is the one of the forward pass


def test_a_graph_leaves_nothing_to_the_garbage_collector():
    def use():
        x = Scalar(0.5)
        for _ in range(1000):
            x = (x * 0.9).tanh() + 0.1
        x.backward()

    assert left_to_the_collector(use) == 0


def test_nan_and_inf_flow_through():
    a = Scalar(math.inf)
    y = a * 0
    y.backward()
    assert math.isnan(y.data)
    assert a.grad == 0.0
    assert math.isnan(Scalar(math.nan).relu().data)


@pytest.mark.parametrize("bad", ["3", None, [1.0], 1j, {}])
def test_what_is_no_real_number_is_refused(bad):
    with pytest.raises(TypeError, match="Scalar needs one real number, got"):
        Scalar(bad)
    with pytest.raises(TypeError, match="Scalar needs one real number, got"):
        Scalar(2.0) + bad


def test_errors_of_the_real_line_are_named():
    with pytest.raises(ValueError, match=r"log needs a number > 0, got -1\.0"):
        Scalar(-1.0).log()
    with pytest.raises(ZeroDivisionError):
        Scalar(1.0) / 0
    with pytest.raises(TypeError, match="complex"):
        Scalar(-2.0) ** 0.5


def test_repr_shows_value_gradient_and_label():
    assert repr(Scalar(2, label="w")) == "Scalar(data=2, grad=0, label='w')"
