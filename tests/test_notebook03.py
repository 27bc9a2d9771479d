"""Notebook 03: what its text says is what its cells give, and the story takes the learner's own code."""

import sys
from contextlib import redirect_stdout
from inspect import signature
from io import StringIO
from random import Random

import pytest

from backprop_lib import Scalar, trace, viz
from backprop_lib.checks import evaluate
from backprop_lib.checks.graphs03 import Node, build, describe, expand, gradients, random_graph, spoiled
from backprop_lib.checks.limit import run_limited
from backprop_lib.checks.versions import use
from tests.solving import notebook


@pytest.fixture(scope="module")
def story():
    """(namespace after the solved notebook, the traces that its steppers show, what it prints)."""
    namespace, traces, printed = {"__name__": "__main__"}, [], StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setattr(viz, "Stepper", lambda root, *, start, **options: traces.append(trace(root, **options)))
        for cell in notebook("03").cells:
            if cell.cell_type == "code" and not cell.source.startswith("check("):
                exec(compile(cell.source, "<cell of 03>", "exec"), namespace)
    return namespace, [each.to_dict() for each in traces], printed.getvalue()


def warnings_of(traced):
    return [step["warning"] for step in traced["steps"] if step.get("warning")]


def grad(traced, label):
    return next(node["grad"] for node in traced["nodes"] if node["label"] == label)


def test_each_bug_is_seen_at_its_step(story):
    neuron, depth_first, right, overwriting, stale, repaired, network = story[1]
    assert not any(map(warnings_of, (neuron, right, repaired, network)))
    for traced, word in ((depth_first, "Wrong order"), (overwriting, "="), (stale, "left over")):
        assert word in warnings_of(traced)[0]
    assert (grad(depth_first, "x"), grad(right, "x")) == (15.0, 18.0)
    assert len(neuron["nodes"]) == 9 and len(network["nodes"]) > 40


def test_the_broken_class_shows_all_three_bugs(story):
    Number = story[0]["Number"]
    a, b = Number(2.0, "a"), Number(-3.0, "b")
    c = a + b
    L = c * a * b * c
    L.backward()
    seen = " ".join(warnings_of(trace(L, fresh=False).to_dict()))
    assert all(words in seen for words in ("= stands where += should", "Wrong order", "left over"))


def test_the_numbers_of_the_text(story):
    namespace, _, printed = story
    x, L = namespace["diamond"]()
    L.backward()
    L.backward()
    assert x.grad == 36.0
    for line in ("push:            33.0", "push_every_path: 18.0", "2,199,023,255,551 visits", "Value:  0"):
        assert line in printed
    solved = [line.split()[1:4] for line in printed.splitlines() if line.startswith("zero_grad=")]
    assert solved[0] == ["10", "of", "10"] and int(solved[1][0]) < 10
    assert "x.grad = 3.0" in printed and "the library’s" not in printed


def test_the_classes_of_checks_and_notebook_agree(story):
    Value = story[0]["Value"]
    assert set(vars(Value(1.0))) == {name for name in dir(Node(1.0)) if not name.startswith("_")}
    assert list(signature(Value).parameters) == list(signature(Node).parameters)[:5]


def test_use_takes_what_passes_and_says_so(capsys):
    def mul(a, b):
        return a * b, (b, a)

    assert use("03.mul", mul) is mul
    other = use("03.mul", lambda a, b: (a * b, (a, b)))
    assert evaluate("03.mul", other).state == "right"
    assert capsys.readouterr().out.splitlines() == [
        "03.mul: yours",
        "03.mul: the library’s, until yours passes its check",
    ]
    for name in ("03.tanh", "03.pow", "03.topological_order", "03.long_chain"):
        assert evaluate(name, use(name, None)).state == "right", name
    with pytest.raises(LookupError, match="no version"):
        use("03.repair", None)


def test_the_judge_agrees_with_scalar():
    rng = Random(7)
    for _ in range(50):
        case = random_graph(rng, 3, 8)
        nodes = [Scalar(value) for value in case["leaves"].values()]
        for op, i, j in case["ops"]:
            nodes.append(nodes[i] + nodes[j] if op == "+" else nodes[i] * nodes[j])
        nodes[-1].backward()
        expected = gradients(case)
        assert spoiled(case) == pytest.approx(expected, rel=1e-12, abs=1e-12)
        ours = {name: node.grad for name, node in zip(expected, nodes, strict=False)}
        assert ours == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert describe(case).count("=") == len(case["ops"])


def test_a_chain_is_what_its_short_form_says():
    case = {"chain": 5, "factor": 1.1}
    assert gradients(case) == pytest.approx({"x": 1.1**5}, rel=1e-14)
    assert build(case)[-1].data == pytest.approx(1.5 * 1.1**5)
    assert len(expand(case)["ops"]) == 5


def test_a_check_leaves_nothing_that_makes_the_stepper_hang():
    """In CPython 3.11 an asynchronous exception that is taken back makes the next `sys.setprofile` hang;
    `trace` sets a profile function on foreign classes."""

    def endless():
        while True:
            pass

    calls = []
    for work in (lambda: None, endless):
        run_limited(work, 0.05)
        before = sys.getprofile()
        sys.setprofile(lambda frame, event, argument: calls.append(event))
        (lambda: None)()
        sys.setprofile(before)
    assert calls.count("call") >= 2
