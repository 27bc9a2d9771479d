"""What notebook 05 and its checks say, where no cell prints it."""

import random

import numpy as np
import pytest

from backprop_lib.checks import evaluate, layers05
from backprop_lib.checks.versions05 import VERSIONS
from tests.rerunning import changed_when_run_again
from tests.solving import notebook


def the_notebooks_forward():
    """`two_layer_forward` as the learner reads it."""
    cell = next(cell for cell in notebook("05").cells if "def two_layer_forward" in cell.source)
    namespace = {"np": np}
    exec(cell.source, namespace)
    return namespace["two_layer_forward"]


def test_the_check_computes_the_notebooks_network():
    forward = the_notebooks_forward()
    for case in layers05._inputs(random.Random(1)):
        shown, ours = vars(forward(**case)), layers05.forward(case)
        assert list(shown)[:6] == ["x", "y", "W1", "b1", "W2", "b2"] and set(shown) == set(ours)
        assert all(np.array_equal(shown[name], ours[name]) for name in ours)


def test_there_are_17_gradients_and_they_are_those_of_the_text():
    text = "\n".join(cell.source for cell in notebook("05").cells if cell.cell_type == "markdown")
    assert "each of the 17 gradients" in text and "only the line that made it counts as wrong" in text
    assert len(layers05.FEEDS) == 17
    case = layers05._inputs(random.Random(0))[0]
    assert set(layers05.FEEDS) == set(layers05.forward(case)) - {"y", "L"}


def test_the_last_lines_shrink_to_p_minus_y():
    for case in layers05._inputs(random.Random(2)):
        v = layers05.forward(case)
        p_minus_y = v["e"] / v["s"]
        p_minus_y[np.arange(len(v["y"])), v["y"]] -= 1
        assert np.allclose(layers05.right_gradients(case)["logits"], p_minus_y / len(v["y"]), rtol=1e-12)


@pytest.mark.parametrize("number", [0.0, 1e-300, 1.0, 3.0, 1e300, np.inf, np.nan])
def test_filling_in_one_number_earns_nothing_worth_having(number):
    """From zeros every gradient "follows": before this was ruled out they earned 16 of the 17 parts."""

    def filled(v):
        return {name: np.full(np.shape(getattr(v, name)), number) for name in layers05.FEEDS}

    assert evaluate("05.two_layer_backward", filled).score <= 1 / 17


def test_after_an_error_the_report_says_how_to_go_on():
    """A lost axis crashes two lines later: what is right above can be seen by returning early."""

    def backward(v):
        d = {"logs": np.ones(len(v.y))}
        d["e"] = np.ones_like(v.e) * (d["logs"] / v.s)
        return d

    report = evaluate("05.two_layer_backward", backward)
    assert "`return d` above this line" in report.message and "keepdims=True" in report.message


def test_keys_of_other_names_are_shown():
    def backward(v):
        right = VERSIONS["05.two_layer_backward"](v)
        return {f"d{name}": array for name, array in right.items()}

    message = evaluate("05.two_layer_backward", backward).message
    assert "17 of 17 are missing" in message and "'dtotal', 'dlosses', 'dpicked'" in message


def test_cells_print_the_same_when_they_are_run_again():
    assert changed_when_run_again("05") == []


def test_one_slip_costs_one_line():
    def slips_at(line):
        def backward(v):
            d, right = {}, VERSIONS["05.two_layer_backward"](v)
            case = {name: getattr(v, name) for name in ("x", "y", "W1", "b1", "W2", "b2")}
            for name in layers05.FEEDS:
                d[name] = layers05.following(name, case, d) * (1.5 if name == line else 1)
            assert set(d) == set(right)
            return d

        return backward

    for line in layers05.FEEDS:
        report = evaluate("05.two_layer_backward", slips_at(line))
        assert [name for name, right in report.parts.items() if not right] == [line]
