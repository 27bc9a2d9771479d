"""`trace` on classes of learners and on micrograd: watched, judged, and left as they were."""

import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from micrograd.engine import Value as Micrograd

from backprop_lib import Scalar, trace
from backprop_lib.tracing import ReplayError, replay
from tests import learner_classes as classes
from tests.engines import SCALAR
from tests.random_graphs import scalar_program

SEEDS = st.integers(0, 2**32 - 1)

# What the learners' classes have of the operations of a random program; the others are replaced.
LEARNER = SCALAR | {
    "pow": lambda x, y: x * y,
    "power": lambda x: -x,
    "log": lambda x: x + 1.5,
    "sigmoid": lambda x: x.tanh(),
}
MICROGRAD = LEARNER | {
    "tanh": lambda x: x.relu(),
    "exp": lambda x: x * 0.5,
    "sigmoid": lambda x: x.relu() + 0.1,
}


def graph(cls):
    """Fan-out, a node used twice in one operation, every arithmetic operation."""
    a, b = cls(2.0, label="a"), cls(-0.5, label="b")
    c = a * b
    d = c + a
    e = (c * d).tanh()
    return e * e**2 + b - a / d


def gradients_of_graph():
    """The same by Scalar."""
    a, b = Scalar(2.0), Scalar(-0.5)
    c = a * b
    d = c + a
    e = (c * d).tanh()
    (e * e**2 + b - a / d).backward()
    return a.grad, b.grad


def state(found):
    return [(type(node), node.grad, getattr(node, "_prev", None)) for node in found]


def nodes_of(root):
    return trace(root).objects


# Correct classes


@pytest.mark.parametrize("cls", classes.CORRECT)
def test_a_correct_class_is_followed_without_complaint(cls):
    root = graph(cls)
    found = trace(root)
    assert found.warnings == []
    assert (found.gradient("a"), found.gradient("b")) == pytest.approx(gradients_of_graph(), rel=1e-12)
    edges = Counter((step.node, step.edge) for step in found.backward_steps())
    assert set(edges) == {(node.id, k) for node in found.nodes for k in range(len(node.parents))}
    if cls not in (classes.Paths, classes.PathsGiven):
        assert set(edges.values()) == {1}
    for step in found.backward_steps():
        assert step.product == pytest.approx(step.upstream * step.local)
        assert step.after == pytest.approx((step.before or 0.0) + step.product)


WATCHED = [cls for cls in classes.CORRECT if cls not in (classes.PathStack, classes.Ledger)]


@pytest.mark.parametrize("cls", WATCHED)
def test_the_steps_of_ordinary_classes_are_those_they_took(cls):
    assert not any("in a way of its own" in note for note in trace(graph(cls)).notes)


def test_a_class_that_cannot_be_followed_gets_the_steps_of_the_chain_rule():
    found = trace(graph(classes.Ledger))
    assert found.notes == [
        "your backward() gets the right gradients in a way of its own; the steps shown are those of the "
        "chain rule, one per edge"
    ]
    note = trace(graph(classes.Paths)).notes
    assert note == ["your backward() walks every path on its own: 31 steps for 16 edges"]


@pytest.mark.parametrize("cls", classes.CORRECT)
@given(seed=SEEDS)
@settings(max_examples=25)
def test_random_expressions_of_correct_classes_get_no_warning(cls, seed):
    paths = "Path" in cls.__name__  # exponential time
    program = scalar_program(np.random.default_rng(seed), n_patterns=4 if paths else 10)
    root = program.run(LEARNER, [cls(x) for x in program.leaves])[-1]
    found = trace(root)
    assert found.warnings == []
    assert not any("chain rule gives" in note or "raised" in note for note in found.notes), found.notes
    root.backward(*([1.0] if cls is classes.PathsGiven else []))
    for node, made in zip(found.nodes, found.objects, strict=True):
        assert (node.grad or 0.0) == pytest.approx(made.grad or 0.0, rel=1e-12)


def test_rounding_where_paths_cancel_is_no_mistake():
    for seed in (2, 88):  # gradients that are 0 but for 1e-17
        program = scalar_program(np.random.default_rng(seed), n_patterns=4)
        found = trace(program.run(LEARNER, [classes.Paths(x) for x in program.leaves])[-1])
        assert not any("chain rule gives" in note for note in found.notes)


def test_a_tiny_part_of_a_large_sum_keeps_its_digits():
    a = classes.Loop(1.0, label="a")
    found = trace(a * 0.2 + a * 1.25e-17 + a * 0.2)
    assert sorted(step.product for step in found.backward_steps("a")) == [1.25e-17, 0.2, 0.2]
    assert found.notes == []


@given(seed=SEEDS)
@settings(max_examples=100)
def test_random_expressions_of_micrograd(seed):
    program = scalar_program(np.random.default_rng(seed))
    leaves = [Micrograd(x) for x in program.leaves]
    root = program.run(MICROGRAD, leaves)[-1]
    before = state(nodes_of(root))
    found = trace(root, {"leaf": leaves})
    assert found.warnings == found.notes == []
    assert state(found.objects) == before
    for node, made in zip(found.nodes, found.objects, strict=True):
        members = {found.objects[k] for k in node.parents}
        assert members == made._prev  # set order and multiplicity are recovered, nothing is made up
        assert node.op in ("", "ReLU") or node.op.startswith("**") or len(node.parents) == 2
        if node.formula:
            inputs = [found.nodes[k].value for k in node.parents]
            assert found._graph.rules[node.id].compute(inputs) == node.value
    again = replay(root, {})
    assert again.data == root.data
    root.backward()
    for node, made in zip(found.nodes, found.objects, strict=True):
        if node.kind != "const":
            assert node.grad == pytest.approx(made.grad, rel=1e-12)


def test_micrograd_recovers_what_its_sets_lose():
    a, b = Micrograd(2.0), Micrograd(-3.0)
    found = trace((a * a - b) / a, {"a": a, "b": b})
    assert [node.formula for node in found.nodes if node.formula] == [
        "v1 = a · a", "v2 = b · (−1)", "v3 = v1 + v2", "v4 = a⁻¹", "L = v3 · v4",
    ]  # fmt: skip
    assert found.gradient("a") == pytest.approx(0.25)
    assert found.backward_steps("a")[-1].local_rule == "∂v1/∂a = a, as input 2 of 2"


def test_watching_scalar_gives_the_steps_that_scalar_stores():
    class Mine(Scalar):
        """Not Scalar itself, so its backward() is watched."""

        __slots__ = ()

    a, b, c = Scalar(2.0, "a"), Scalar(-0.5, "b"), Scalar(0.7, "c")
    inner = c * a + b / a
    root = (inner * inner - a).exp() ** 3 + inner
    stored = trace(root)
    root.__class__ = Mine
    seen = trace(root)
    assert (stored._graph.kind, seen._graph.kind) == ("scalar", "foreign")
    assert seen.warnings == seen.notes == []
    assert told(seen) == told(stored)


def told(found):
    return sorted((s.rule, s.numbers, s.result) for s in found.backward_steps())


# One planted bug each


@pytest.mark.parametrize("cls, sentence", [
    (classes.Overwrites, r"^∂L/∂v4: overwrote 0\.58 with 1\.16: here = stands where \+= should\.$"),
    (classes.DepthFirst, r"^Wrong order: ∂L/∂v4 = 0\.58 is used before it is complete; v5 adds to it later"),
    (classes.Naive, r"^The edge from v4 to v3 is handled again \(time 2\), so its part counts 2 times\.$"),
    (classes.NoUpstream, r"^The upstream gradient ∂L/∂v3 = 0\.7308 is missing: added 1 instead of 0\.73"),
    (classes.Swapped, r"^This is the local derivative of the other input: added 2 instead of 1 × \(−0\.5\)"),
    (classes.WrongSign, r"^Wrong sign: added −0\.58 instead of 1 × 0\.58 = 0\.58\.$"),
    (classes.WrongTanh, r"^Wrong local derivative: added 3\.065 instead of 1\.74 × 0\.42 = 0\.7308\.$"),
    (classes.Adds, r"^Upstream and local derivative are added, not multiplied: added 3\.58 instead of"),
    (classes.NoLocal, r"^The local derivative is missing: added 5 instead of 5 × 2 = 10\.$"),
    (classes.Skips, r"^The backward pass never goes from L to v8: this part of ∂L/∂v8 is missing\.$"),
    (classes.SeedTwo, r"^∂L/∂L is 1, and here it is set to 2\.$"),
    (classes.LedgerWrong, r"^∂L/∂v4 is 1\.16 after your backward\(\); the chain rule gives 1\.74\."),
])  # fmt: skip
def test_each_bug_gets_its_own_warning(cls, sentence):
    found = trace(graph(cls))
    assert any(re.search(sentence, warning) for warning in found.warnings), found.warnings
    assert any("the chain rule gives" in note for note in found.notes)
    named = {owner for words, owner in SENTENCES.items() if any(words in w for w in found.warnings)}
    assert named == ALSO.get(cls, {cls})  # and no other bug is suspected


SENTENCES = {
    "overwrote": classes.Overwrites,
    "Wrong order": classes.DepthFirst,
    "handled again": classes.Naive,
    "upstream gradient": classes.NoUpstream,
    "other input": classes.Swapped,
    "Wrong sign": classes.WrongSign,
    "Wrong local": classes.WrongTanh,
    "are added": classes.Adds,
    "local derivative is": classes.NoLocal,
    "never goes": classes.Skips,
    "set to": classes.SeedTwo,
}
ALSO = {classes.Naive: {classes.Naive, classes.DepthFirst}, classes.LedgerWrong: set()}


def test_a_forgotten_upstream_is_told_whatever_the_function_is_called():
    found = trace(graph(classes.PushNoUpstream))
    assert "The upstream gradient ∂L/∂v1 = 2 is missing: added 2 instead of 2 × 2 = 4." in found.warnings
    assert all(w.startswith("The upstream gradient") for w in found.warnings)


def test_overwriting_is_seen_at_the_step_where_it_happens():
    a = classes.Overwrites(3.0, label="a")
    found = trace(a + a)
    first, second = found.backward_steps("a")
    assert first.warning is None
    assert (second.rule, second.numbers) == ("∂L/∂a = ∂L/∂L · ∂L/∂a", "1 × 1")
    assert second.warning == "∂L/∂a: overwrote 1 with 1: here = stands where += should."


def test_a_harmless_bug_is_not_complained_about():
    a, b = classes.Overwrites(3.0, label="a"), classes.Overwrites(2.0, label="b")
    assert trace(a * b).warnings == []  # each gradient is written once: = and += do the same


def test_a_missing_seed_is_set_and_said():
    found = trace(graph(classes.NoSeed))
    assert found.notes == [
        "your backward() does not set ∂L/∂L = 1 itself; the trace did it before it called backward()"
    ]
    assert found.gradient("a") == pytest.approx(gradients_of_graph()[0])


def test_gradients_left_over_from_an_earlier_pass():
    root = graph(classes.Closures)
    root.backward()
    assert trace(root).warnings == []
    found = trace(root, fresh=False)
    left = "∂L/∂v4 starts from 1.74, left over from an earlier backward(): it must start from 0."
    assert left in found.warnings
    assert any(note.startswith("a starts from −0.7308") for note in found.notes)
    root = graph(classes.Lazy)  # it empties all gradients before it starts
    root.backward()
    assert trace(root, fresh=False).warnings == []
    assert not any("chain rule" in note for note in trace(root, fresh=False).notes)


def test_bugs_are_seen_without_the_names_of_operations():
    class Nameless(classes.Overwrites):
        def __init__(self, data, parents=(), slopes=(), op="", label=""):
            super().__init__(data, parents, slopes, "", label)

        def twice_and_half(self):
            return self._make(2.5 * self.data, (self,), (2.5,), "")

    a = Nameless(3.0, label="a")
    found = trace(a.twice_and_half() * a)
    assert found.warnings == ["∂L/∂a: overwrote 7.5 with 7.5: here = stands where += should."]


# Nothing is left changed, nothing hangs


class Raises(classes.Loop):
    """The backward pass fails half way."""

    error = ZeroDivisionError("half way")

    def backward(self):
        self.grad = 1.0
        for k, node in enumerate(self.order()):
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                if k == 3:
                    raise self.error
                parent.grad += node.grad * slope


@pytest.mark.parametrize("error, note", [
    (ZeroDivisionError("half way"), "your backward() raised ZeroDivisionError: half way"),
    (AttributeError(), "your backward() raised AttributeError"),
    (SystemExit(1), "your backward() raised SystemExit: 1"),
])  # fmt: skip
def test_an_exception_keeps_the_steps_so_far(error, note):
    root = graph(type("Value", (Raises,), {"error": error}))
    before = state(nodes_of(root))
    found = trace(root)
    assert found.notes == [note]
    assert len(found.backward_steps()) == 6
    assert state(found.objects) == before


def test_an_interrupt_goes_through_and_leaves_no_trace():
    cls = type("Value", (Raises,), {"error": KeyboardInterrupt()})
    root = graph(cls)
    everything = root.order()
    with pytest.raises(KeyboardInterrupt):
        trace(root)
    assert {type(node) for node in everything} == {cls}
    assert {node.grad for node in everything} == {0.0}


@pytest.mark.parametrize("cls", [*classes.CORRECT, classes.Overwrites, classes.Naive, Micrograd])
def test_classes_gradients_and_profiler_are_restored(cls):
    if cls is Micrograd:
        a, b = Micrograd(2.0), Micrograd(-3.0)
        root = (a * b + a).relu() * b
    else:
        root = graph(cls)
        root.backward(*([1.0] if cls is classes.PathsGiven else []))
    found = trace(root)
    for fresh in (True, False):
        before = state(found.objects)
        trace(root, fresh=fresh)
        after = state(found.objects)
        assert after == before
        assert all(x[2] is y[2] and type(x[1]) is type(y[1]) for x, y in zip(after, before, strict=True))
    assert sys.getprofile() is None
    assert {type(node) for node in found.objects} == {cls}


def test_a_gradient_that_was_missing_is_missing_again():
    class Late(classes.Loop):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            del self.grad

        grad = 0.0

    a = Late(2.0, label="a")
    root = a * a
    assert trace(root).gradient("a") == 4.0
    assert "grad" not in vars(a)


def test_the_naive_recursion_on_a_deep_diamond_is_stopped():
    x = classes.Naive(1.0, label="x")
    for _ in range(40):
        x = x + x
    start = time.process_time()
    found = trace(x)
    assert time.process_time() - start < 5
    assert found.notes == [
        "your backward() was stopped: it writes gradients over and over, 5000 times for 80 edges",
        "the first 260 of 5001 steps are shown",
    ]
    assert len(found.backward_steps()) <= 260


class Unmarked(classes.Loop):
    """A topological order without `visited`: exponential before a single gradient is written."""

    def order(self):
        out = []

        def visit(node):
            for parent in node._parents:
                visit(parent)
            out.append(node)

        visit(self)
        return out[::-1]


def test_an_order_of_exponential_length_is_stopped():
    x = Unmarked(1.0, label="x")
    for _ in range(40):
        x = x + x
    start = time.process_time()
    found = trace(x)
    assert time.process_time() - start < 10
    assert found.notes[0] == "your backward() was stopped: it calls functions over and over, and does not end"


class Forever(classes.Loop):
    def backward(self):
        self.grad = 1.0
        while True:
            try:
                for node in self.order():
                    for parent in node._parents:
                        parent.grad += node.grad
            except Exception:  # must not catch the end of the watch
                continue


def test_a_backward_that_never_ends_is_stopped():
    found = trace(graph(Forever))
    assert found.notes[0].startswith("your backward() was stopped: it writes gradients over and over")


def test_a_recursion_that_is_too_deep_is_said():
    x = classes.Closures(1.0, label="x")
    for _ in range(3000):
        x = x + 0.5
    found = trace(x)
    assert "recursion limit" in found.notes[0]
    assert found.backward_steps() == []


# Classes with ways of their own


def test_no_backward_gives_the_forward_pass():
    @dataclass
    class Leaf:
        data: float
        grad: float = 0.0
        parents: list = field(default_factory=list)
        op: str = ""

    a, b = Leaf(2.0), Leaf(3.0)
    found = trace(Leaf(6.0, parents=[a, b], op="*"), {"a": a, "b": b})
    assert [step.phase for step in found.steps] == ["forward"]
    assert found.steps[0].rule == "L = a · b"
    assert found.notes == ["Leaf has no backward() method: the trace shows the forward pass only"]


class FinalMeta(type):
    def __new__(cls, name, bases, names):
        if bases and bases[0] is not classes.Loop:
            raise TypeError("no heirs")
        return super().__new__(cls, name, bases, names)


def test_a_class_that_cannot_be_swapped_gives_the_forward_pass():
    cls = FinalMeta("Value", (classes.Loop,), {})
    root = graph(cls)
    found = trace(root)
    assert found.backward_steps() == []
    assert found.notes == ["Value cannot be watched: no heirs: the trace shows the forward pass only"]
    assert type(root) is cls
    assert len(found.forward_steps()) == 9


def test_parents_and_operations_under_other_names():
    class Odd:
        def __init__(self, data, came_from=(), how=None):
            self.data, self.grad, self.came_from, self.how = data, 0.0, came_from, how

        def backward(self):
            self.grad = 1.0
            for parent in self.came_from:
                parent.grad += self.grad

    a, b = Odd(2.0), Odd(3.0)
    root = Odd(5.0, (a, b), "plus")
    with pytest.raises(TypeError, match="finds no parents on this Odd: it has none of _parents, parents"):
        trace(root)
    found = trace(root, {"a": a}, parents="came_from", op="how")
    assert found.nodes[-1].formula == "L = a + 3"
    by_function = trace(root, {"a": a}, parents=lambda n: n.came_from, op=lambda n: n.how)
    assert by_function.to_dict() == found.to_dict()


def test_a_cycle_is_an_error():
    a = classes.Loop(1.0)
    b = a + a
    a._parents = (b,)
    with pytest.raises(ValueError, match=r"has a cycle: a Loop with data = 2\.0 is computed from itself"):
        trace(b)


def test_parents_with_their_local_derivatives_in_pairs():
    class Pairs(classes.Loop):
        def _make(self, data, parents, slopes, op):
            return Pairs(data, tuple(zip(parents, slopes, strict=True)), (), op)

        def backward(self, g=1.0):
            self.grad += g
            for parent, slope in self._parents:
                parent.backward(g * slope)

    assert trace(graph(Pairs)).gradient("a") == pytest.approx(gradients_of_graph()[0])


def test_an_unknown_operation_shows_what_the_code_did():
    class Curious(classes.Loop):
        def frobnicate(self):
            return self._make(self.data**2 + 1, (self,), (2 * self.data,), "frobnicate")

    a = Curious(3.0, label="a")
    found = trace(a.frobnicate() * 2)
    assert found.node("v1").formula == "v1 = frobnicate(a)"
    step = found.backward_steps("a")[0]
    assert (step.upstream, step.local, step.product, step.local_rule) == (2.0, 6.0, 12.0, "")
    assert replay(a.frobnicate(), {"a": 4.0}).data == 17.0


def test_edited_leaves_of_a_learners_class():
    found = trace(graph(classes.Slots))
    changed = found.edited({"a": 1.25})
    assert type(changed.objects[0]) is classes.Slots
    a, b = Scalar(1.25), Scalar(-0.5)
    c = a * b
    e = (c * (c + a)).tanh()
    (e * e**2 + b - a / (c + a)).backward()
    assert (changed.gradient("a"), changed.gradient("b")) == pytest.approx((a.grad, b.grad), rel=1e-12)


def test_what_a_class_cannot_do_again():
    class Lonely(classes.Loop):
        pass

    a = Lonely(2.0, label="a")
    root = a._make(4.0, (a,), (2.0,), "nowhere")
    with pytest.raises(ReplayError, match="'nowhere' cannot be computed again: Lonely has no operator"):
        replay(root, {"a": 1.0})
    with pytest.raises(ReplayError, match="'/' cannot be computed at these values: float division"):
        replay(a / a, {"a": 0.0})


def test_arrays_in_a_learners_class():
    a = classes.Loop(np.array([1.0, 2.0]), label="a")
    b = classes.Loop(np.array([3.0, 4.0]), label="b")
    root = a * b + a
    found = trace(root)
    np.testing.assert_array_equal(found.gradient("a"), [4.0, 5.0])
    assert found.warnings == []
    step = found.backward_steps("a")[-1]
    assert step.rule == "∂L/∂a += ∂L/∂v1 ⊙ b"
    assert step.heat["data"] == [3.0, 4.0]
    json.dumps(found.to_dict(), allow_nan=False)


def test_nan_and_infinity_in_a_learners_class():
    a, b = classes.Loop(float("inf"), label="a"), classes.Loop(float("nan"), label="b")
    found = trace((a - a) * b + a * 0.0)
    assert found.warnings == []
    json.dumps(found.to_dict(), allow_nan=False)


def test_ten_thousand_nodes_of_micrograd():
    x = Micrograd(0.5)
    layer = [x * (k / 40) for k in range(40)]
    for _ in range(4):
        layer = [sum((v * 0.01 for v in layer[1:]), layer[0]).relu() for _ in range(20)]
    root = sum(layer[1:], layer[0])
    start = time.process_time()
    found = trace(root)
    assert len(found.nodes) > 5_000
    assert time.process_time() - start < 5
    assert found.warnings == []
