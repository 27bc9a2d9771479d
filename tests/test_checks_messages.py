"""Arrays that do not fit, changed inputs and float32: said in the learner's words, with the line."""

import numpy as np
import pytest

from backprop_lib.checks import evaluate
from backprop_lib.checks.messages import describe_failure
from backprop_lib.checks.outcomes import Failure
from backprop_lib.checks.precision import only_single

A, B = np.ones((2, 3)), np.ones((4, 5))


@pytest.mark.parametrize(
    ("multiply", "key", "words"),
    [
        (lambda: A @ B, "product-does-not-fit", "ends with the length 3, the right one begins with 4"),
        (lambda: A.dot(B), "product-does-not-fit", "ends with the length 3, the right one begins with 4"),
        (
            lambda: A @ np.ones(4),
            "product-does-not-fit",
            "ends with the length 3, the right one begins with 4",
        ),
        (lambda: A * B, "entries-do-not-fit", "the shapes (2, 3) and (4, 5) cannot be stretched to one"),
        (lambda: A + np.ones(2), "entries-do-not-fit", "the shapes (2, 3) and (2,) cannot be stretched"),
        (lambda: np.zeros(3).reshape(2), "error", "cannot reshape array of size 3"),
        (lambda: A.sum(axis=2), "no-such-axis", "There is no axis 2 in line 7"),
        (lambda: A.sum(axis=(0, -3)), "no-such-axis", "the array has 2 axes, 0, 1."),
        (lambda: A[0].sum(axis=1), "no-such-axis", "the array has one axis, 0."),
        (lambda: np.sum(1.0, axis=1), "no-such-axis", "the array has no axes."),
    ],
)
def test_what_numpy_says_of_shapes_is_translated(multiply, key, words):
    with pytest.raises(ValueError) as caught:
        multiply()
    kind = type(caught.value).__name__
    said = describe_failure(Failure(kind, str(caught.value), line="Z = f(A, B)", number=7))
    assert said.key == key and words in said.text and "in line 7: `Z = f(A, B)`" in said.text


def test_a_named_mistake_says_where_the_code_stopped():
    def linear_backward(x, W, g):
        return g @ W, x.T @ g, g.sum(axis=0)

    report = evaluate("05.linear_backward", linear_backward)
    number = linear_backward.__code__.co_firstlineno + 1
    assert report.diagnosis == "no-transpose-of-W"
    assert ("stopped in", f"line {number}: return g @ W, x.T @ g, g.sum(axis=0)") in report.table


def test_a_changed_value_of_the_forward_pass_is_named():
    from backprop_lib.checks.versions05 import VERSIONS

    def backward(v):
        d = VERSIONS["05.two_layer_backward"](v)
        v.e *= d["e"]
        return d

    report = evaluate("05.two_layer_backward", backward)
    assert report.diagnosis == "mutated-input" and "v.e." in report.message and "v.h" not in report.message


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("05.two_layer_backward", lambda v: {"dlogp": v.logp}, "keys of other names: 'dlogp'"),
        ("05.two_layer_backward", lambda v: v.e.fill(1.0) or {}, "changes what the forward pass kept: v.e"),
        ("09.batchnorm_graph", lambda v, g: {}, "9 of 9 are missing"),
        ("11.batchnorm_net", lambda v: {}, "Missing, 15 of 15"),
        ("11.diagnose", {"Q": ("sign", 3)}, "Yours has 'Q'"),
        ("11.mend", {"A": ("text", 3)}, "The line number comes first"),
    ],
)
def test_what_the_message_says_whole_is_not_said_again_as_a_result(name, answer, words):
    report = evaluate(name, answer)
    assert words in report.message
    assert [heading for heading, _ in report.table] == ["smallest failing case"]


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_float32_is_told_from_float64_and_from_wrong(size):
    right = size * np.random.RandomState(0).randn(50)
    assert only_single(right.astype(np.float32), right)
    assert only_single(right.astype(np.float32).astype(float), right)
    assert not only_single(right, right) and not only_single(right * (1 + 1e-12), right)
    assert not only_single(right * 1.001, right) and not only_single(-right, right)
    assert not only_single(right[:-1], right) and not only_single(np.full(50, np.nan), right)
