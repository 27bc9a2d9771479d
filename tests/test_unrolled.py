"""`unroll`: the straight-line program agrees with backward(), and says what it cannot do."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lib import Scalar
from backprop_lib.unrolled import MOST_RESULTS, RULES, unroll
from tests.engines import SCALAR, scalar_leaves
from tests.random_graphs import scalar_program


def reachable(root, leaves):
    nodes = set(root._newest_first())
    return [i for i, leaf in enumerate(leaves) if leaf in nodes]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_agrees_with_backward_at_new_inputs(seed):
    rng = np.random.default_rng(seed)
    program = scalar_program(rng)
    recorded = scalar_leaves(program)
    root = program.run(SCALAR, recorded)[-1]
    used = reachable(root, recorded)
    step = unroll(root, [recorded[i] for i in used])
    for values in (program.leaves, rng.normal(size=len(program.leaves))):
        leaves = [Scalar(values[i] if i in used else x) for i, x in enumerate(program.leaves)]
        expected = program.run(SCALAR, leaves)[-1]
        expected.backward()
        y, gradients = step([float(values[i]) for i in used])
        assert y == pytest.approx(expected.data, rel=1e-12, abs=1e-15)
        largest = max(abs(leaves[i].grad) for i in used)
        assert gradients == pytest.approx([leaves[i].grad for i in used], rel=1e-12, abs=1e-12 * largest)


# (name of the operation, function, two points); the second is where relu and sigmoid take the other way
OPERATIONS = [
    ("+", lambda a, b: a + b, (2.0, 3.0), (-1.0, 0.5)),
    ("-", lambda a, b: a - b, (2.0, 3.0), (-1.0, 0.5)),
    ("*", lambda a, b: a * b, (2.0, 3.0), (-1.0, 0.5)),
    ("/", lambda a, b: a / b, (2.0, 3.0), (-1.0, 0.5)),
    ("**", lambda a, b: a**3 + b**-1.5 + (a - 1) ** 0, (2.0, 3.0), (1.0, 0.5)),
    ("neg", lambda a, b: -a + -b, (2.0, 3.0), (-1.0, 0.5)),
    ("exp", lambda a, b: a.exp() * b, (2.0, 3.0), (-1.0, 0.5)),
    ("log", lambda a, b: a.log() * b.log(), (2.0, 3.0), (0.1, 0.5)),
    ("tanh", lambda a, b: a.tanh() * b, (2.0, 3.0), (-1000.0, 0.5)),
    ("sigmoid", lambda a, b: a.sigmoid() + b.sigmoid(), (2.0, 1000.0), (-40.0, -1000.0)),
    ("relu", lambda a, b: a.relu() + b.relu(), (2.0, -3.0), (0.0, 0.5)),
]


def test_every_operation_is_tested():
    assert {name for name, *_ in OPERATIONS} == set(RULES)


@pytest.mark.parametrize(("f", "first", "second"), [row[1:] for row in OPERATIONS], ids=[*RULES])
def test_each_operation_as_scalar_has_it(f, first, second):
    a, b = map(Scalar, first)
    step = unroll(f(a, b), [a, b])
    for point in (first, second):
        x, y = map(Scalar, point)
        expected = f(x, y)
        expected.backward()
        value, gradients = step(point)
        assert value == pytest.approx(expected.data, rel=1e-15, abs=0)
        assert gradients == pytest.approx([x.grad, y.grad], rel=1e-15, abs=0)


def test_the_program_reads_as_it_runs():
    a, b = Scalar(2.0), Scalar(-3.0)
    assert unroll(a * b + a, [a, b]).source.splitlines() == [
        "def step(values):",
        "    if len(values) != 2:",
        "        raise ValueError(f'step needs 2 values, got {len(values)}')",
        "    [x0, x1] = values",
        "    v0 = x0 * x1",
        "    v1 = v0 + x0",
        "    dv1 = 1.0",
        "    dv0 = dv1",
        "    dx0 = dv1",
        "    dx0 += dv0 * x1",
        "    dx1 = dv0 * x0",
        "    return v1, [dx0, dx1]",
    ]


def test_what_does_not_depend_on_the_inputs_is_a_number():
    x, w = Scalar(2.0), Scalar(-3.0)
    step = unroll((w * w).tanh() * x, [x])
    assert step([5.0]) == (math.tanh(9.0) * 5.0, [math.tanh(9.0)])
    assert "tanh" not in step.source
    assert unroll(x * math.inf + -2.0, [x])([1.0]) == (math.inf, [math.inf])


def test_a_leaf_alone_and_no_inputs():
    x = Scalar(2.0)
    assert unroll(x, [x])([7.0]) == (7.0, [1.0])
    assert unroll(x * 3, [])([]) == (6.0, [])


def test_the_graph_is_left_as_it_was():
    x = Scalar(2.0)
    y = x * x
    y.backward()
    unroll(y, [x])([1.0])
    assert (x.grad, y.grad, y.data) == (4.0, 1.0, 4.0)


def test_control_flow_is_frozen_as_recorded():
    def f(x):
        return x * 2 if x.data > 0 else x * 3

    x = Scalar(1.0)
    assert unroll(f(x), [x])([-1.0]) == (-2.0, [2.0])  # the other branch was not recorded


def test_errors_name_the_argument():
    x, other = Scalar(1.0), Scalar(1.0)
    y = x * 2
    with pytest.raises(TypeError, match=r"needs Scalars, got float: 3\.0"):
        unroll(3.0, [x])
    with pytest.raises(TypeError, match="needs Scalars, got str"):
        unroll(y, ["x"])
    for i, bad in ((0, [other]), (0, [y]), (1, [x, x])):
        with pytest.raises(ValueError, match=rf"inputs\[{i}\] must be a leaf"):
            unroll(y, bad)
    with pytest.raises(ValueError, match="step needs 1 values, got 2"):
        unroll(y, [x])([1.0, 2.0])


def test_long_programs_compile_and_too_long_ones_are_refused():
    x = y = Scalar(0.5)
    for _ in range(5000):
        y = y + 1e-4
    assert unroll(y, [x])([1.0])[1] == [1.0]
    for _ in range(MOST_RESULTS):
        y = y + 1e-4
    with pytest.raises(ValueError, match="takes 100,000 results at most, root has 105,000: "):
        unroll(y, [x])


def test_it_is_many_times_faster_than_the_graph():
    leaves = [Scalar(0.01 * i) for i in range(20)]

    def loss(leaves):
        return sum((a * b).tanh() for a in leaves for b in leaves)

    def seconds(f):
        start = time.process_time()
        f()
        return time.process_time() - start

    step, values = unroll(loss(leaves), leaves), [leaf.data for leaf in leaves]
    graph = min(seconds(lambda: loss(leaves).backward()) for _ in range(5))
    assert min(seconds(lambda: step(values)) for _ in range(20)) < graph / 3
