"""Each loss: its value by hand, its gradient by numerical differences, its limits, its messages."""

import numpy as np
import pytest

from backprop_lib import Tensor, gradcheck, losses, ops
from tests.collector import left_to_the_collector

RNG = np.random.default_rng(0)
N = RNG.normal
LABELS = np.array([0, 3, 3, 1, 2])
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.5])
PROBABILITIES = RNG.dirichlet(np.ones(4), size=5)
LOGITS = 2 * N(size=(5, 4))
SIGNS = np.where(N(size=(5, 3)) > 0, 1.0, -1.0)
REAL = N(size=(5, 3))
REDUCTIONS = ["mean", "sum", "none"]


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def one_hot(labels, classes=4):
    return np.eye(classes)[labels]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def huber_by_cases(d, delta):
    return np.where(abs(d) <= delta, d * d / 2, delta * (abs(d) - delta / 2))


# loss -> (function of the prediction, the same for each entry or row in numpy, prediction)
CASES = {
    "mse": (losses.mse, (REAL,), {}, lambda y: (y - REAL) ** 2, 2 * N(size=(5, 3))),
    "mae": (losses.mae, (REAL,), {}, lambda y: abs(y - REAL), 2 * N(size=(5, 3))),
    "huber": (losses.huber, (REAL,), {}, lambda y: huber_by_cases(y - REAL, 1), 2 * N(size=(5, 3))),
    "huber, delta": (losses.huber, (REAL,), {"delta": 0.3}, lambda y: huber_by_cases(y - REAL, 0.3),
                     N(size=(5, 3))),
    "binary": (losses.binary_cross_entropy, (PROBABILITIES,), {}, lambda z: -PROBABILITIES
               * np.log(sigmoid(z)) - (1 - PROBABILITIES) * np.log(1 - sigmoid(z)), LOGITS),
    "hinge": (losses.hinge, (SIGNS,), {}, lambda z: np.maximum(0, 1 - SIGNS * z), 2 * N(size=(5, 3))),
    "labels": (losses.cross_entropy, (LABELS,), {}, lambda z: -np.log(softmax(z)[range(5), LABELS]), LOGITS),
    "probabilities": (losses.cross_entropy, (PROBABILITIES,), {},
                      lambda z: -(PROBABILITIES * np.log(softmax(z))).sum(1), LOGITS),
    "smoothing": (losses.cross_entropy, (LABELS,), {"smoothing": 0.1},
                  lambda z: -((0.9 * one_hot(LABELS) + 0.025) * np.log(softmax(z))).sum(1), LOGITS),
    "weights": (losses.cross_entropy, (LABELS,), {"weights": WEIGHTS},
                lambda z: -WEIGHTS[LABELS] * np.log(softmax(z)[range(5), LABELS]), LOGITS),
    "all of it": (losses.cross_entropy, (PROBABILITIES,), {"weights": WEIGHTS, "smoothing": 0.2},
                  lambda z: -(WEIGHTS * (0.8 * PROBABILITIES + 0.05) * np.log(softmax(z))).sum(1), LOGITS),
}  # fmt: skip
FLAT = [pytest.param(*case, id=name) for name, case in CASES.items()]


@pytest.mark.parametrize(("loss", "target", "options", "by_hand", "prediction"), FLAT)
def test_values_agree_with_the_definition(loss, target, options, by_hand, prediction):
    each = loss(Tensor(prediction), *target, reduction="none", **options).data
    np.testing.assert_allclose(each, by_hand(prediction), rtol=1e-12, atol=1e-14)
    total = loss(Tensor(prediction), *target, reduction="sum", **options)
    assert total.shape == () and total.item() == pytest.approx(each.sum(), rel=1e-14)
    counted = WEIGHTS[LABELS].sum() if "weights" in options and target[0] is LABELS else each.size
    mean = loss(Tensor(prediction), *target, **options)
    assert mean.shape == () and mean.item() == pytest.approx(each.sum() / counted, rel=1e-14)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("loss", "target", "options", "by_hand", "prediction"), FLAT)
def test_gradients_agree_with_numerical_ones(loss, target, options, by_hand, prediction, reduction):
    check = gradcheck(lambda y: loss(y, *target, reduction=reduction, **options), prediction)
    assert check, check


def test_the_gradients_of_the_textbook():
    y, z = Tensor(REAL + 1), Tensor(LOGITS)
    losses.mse(y, REAL).backward()
    np.testing.assert_allclose(y.grad, 2 * np.ones((5, 3)) / 15, rtol=1e-14)
    losses.cross_entropy(z, LABELS).backward()
    np.testing.assert_allclose(z.grad, (softmax(LOGITS) - one_hot(LABELS)) / 5, rtol=1e-13, atol=1e-16)
    z.zero_grad()
    losses.binary_cross_entropy(z, PROBABILITIES).backward()
    np.testing.assert_allclose(z.grad, (sigmoid(LOGITS) - PROBABILITIES) / 20, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize(("loss", "target", "options", "by_hand", "prediction"), FLAT)
def test_one_op_that_keeps_float32_and_changes_nothing(loss, target, options, by_hand, prediction):
    given, options = [array.copy() for array in target], {k: np.copy(v)[()] for k, v in options.items()}
    before = {k: np.copy(v) for k, v in options.items()}
    for reduction in REDUCTIONS:
        y = Tensor(prediction.astype(np.float32))
        result = loss(y, *given, reduction=reduction, **options)
        assert result._parents == (y,), "a loss is one op"
        upstream = np.ones(result.shape, np.float32)
        gradient = result._vjps[0](upstream)
        assert result.dtype == gradient.dtype == np.float32
        assert gradient.shape == y.shape and (upstream == 1).all()
    for array, original in zip(given, target, strict=True):
        np.testing.assert_array_equal(array, original)
    for name, original in before.items():
        np.testing.assert_array_equal(options[name], original)


@pytest.mark.parametrize(("loss", "target", "options", "by_hand", "prediction"), FLAT)
def test_a_target_that_changes_later_changes_no_gradient(loss, target, options, by_hand, prediction):
    y, given = Tensor(prediction), target[0].copy()
    result = loss(y, given, **options)
    given[:] = given[::-1].copy()
    result.backward()
    first = y.grad
    y.zero_grad()
    loss(y, *target, **options).backward()
    np.testing.assert_array_equal(first, y.grad)


@pytest.mark.parametrize(("loss", "target", "options", "by_hand", "prediction"), FLAT)
def test_backward_twice_gives_twice_the_gradient(loss, target, options, by_hand, prediction):
    y = Tensor(prediction)
    result = loss(y, *target, **options)
    result.backward()
    once = y.grad.copy()
    result.backward()
    np.testing.assert_allclose(y.grad, 2 * once, rtol=1e-15)


@pytest.mark.parametrize(("loss", "target", "options", "by_hand", "prediction"), FLAT)
def test_a_graph_leaves_nothing_to_the_garbage_collector(loss, target, options, by_hand, prediction):
    def use():
        result = loss(Tensor(prediction), *target, **options)
        result.backward()
        result.backward()

    assert left_to_the_collector(use) == 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_at_1000_everything_is_finite_and_exact(dtype):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        z = Tensor(np.array([[1000, -1000, 0], [1000, -1000, 0]], dtype))
        for options in ({}, {"reduction": "none"}, {"smoothing": 0.5}, {"weights": [1.0, 1.0, 1.0]}):
            losses.cross_entropy(z, [0, 0], **options).backward(
                np.ones(2) if options.get("reduction") else None
            )
        each = losses.cross_entropy(z, [0, 1], reduction="none")
        assert each.data.tolist() == [0, 2000]
        z.zero_grad()
        each.backward(np.array([1.0, 3.0]))
        assert z.grad.tolist() == [[0, 0, 0], [3, -3, 0]]
        z = Tensor(np.array([1000, -1000, 1000, -1000], dtype))
        each = losses.binary_cross_entropy(z, [1, 0, 0, 1], reduction="none")
        assert each.data.tolist() == [0, 0, 1000, 1000]
        each.backward(np.ones(4))
        assert z.grad.tolist() == [0, 0, 1, -1]


def test_a_confident_prediction_keeps_its_small_loss():
    # log(1 + e^-30): 1 - sigmoid or a sum with 30 would round it away
    tiny = pytest.approx(np.log1p(np.exp(-30.0)), rel=1e-14, abs=0)
    assert losses.binary_cross_entropy(Tensor(30.0), 1.0).item() == tiny
    assert losses.binary_cross_entropy(Tensor(-30.0), 0.0).item() == tiny
    small = pytest.approx(np.log1p(np.exp(-15.0)), rel=1e-9, abs=0)
    assert losses.cross_entropy(Tensor([[40.0, 25.0]]), [0]).item() == small


def test_infinite_logits():
    z = Tensor([[0.0, -np.inf, 0.0]])
    for options in ({}, {"weights": [1.0, 1.0, 1.0]}):
        z.zero_grad()
        loss = losses.cross_entropy(z, [0], **options)
        loss.backward()
        assert loss.item() == pytest.approx(np.log(2), rel=1e-15)
        np.testing.assert_allclose(z.grad, [[-0.5, 0, 0.5]], rtol=1e-15)
    assert losses.cross_entropy(z, [1]).item() == np.inf
    with np.errstate(invalid="ignore"):
        assert np.isnan(losses.cross_entropy(Tensor([[0.0, np.inf]]), [0]).item())


def test_an_outlier_pulls_no_harder_than_delta():
    y = Tensor([100.0, -100.0, 0.25])
    losses.huber(y, [0.0, 0.0, 0.0], delta=2.0, reduction="sum").backward()
    assert y.grad.tolist() == [2, -2, 0.25]


def test_the_gradient_at_the_kinks():
    y = Tensor([1.0, 2.0])
    losses.mae(y, [1.0, 0.0], reduction="sum").backward()
    assert y.grad.tolist() == [0, 1]
    y.zero_grad()
    losses.hinge(y, [1, 1], reduction="sum").backward()
    assert y.grad.tolist() == [0, 0]


def test_cross_entropy_is_the_softmax_cross_entropy_op():
    z = Tensor(LOGITS)
    assert losses.cross_entropy(z, LABELS).item() == ops.softmax_cross_entropy(z, LABELS).item()
    assert losses.cross_entropy(z, LABELS)._op == "softmax_cross_entropy"
    general = losses.cross_entropy(z, one_hot(LABELS), weights=np.ones(4))
    assert general.item() == pytest.approx(losses.cross_entropy(z, LABELS).item(), rel=1e-14)


@pytest.mark.parametrize("labels", [LABELS.tolist(), LABELS.astype(np.uint8), LABELS.astype(np.int32)])
def test_labels_of_any_integer_type(labels):
    assert losses.cross_entropy(LOGITS, labels).item() == losses.cross_entropy(LOGITS, LABELS).item()


def test_logits_in_any_memory_order():
    y, z = Tensor(LOGITS), Tensor(LOGITS.T.copy())
    for options in ({}, {"smoothing": 0.1}):
        y.zero_grad()
        z.zero_grad()
        losses.cross_entropy(y, LABELS, **options).backward()
        losses.cross_entropy(z.T, LABELS, **options).backward()
        np.testing.assert_allclose(z.grad.T, y.grad, rtol=1e-13)


def test_a_target_may_be_a_tensor_without_gradient():
    target = Tensor(REAL, requires_grad=False)
    assert losses.mse(Tensor(REAL + 2), target).item() == pytest.approx(4)
    with pytest.raises(ValueError, match=r"only the prediction, but its target .* target\.data"):
        losses.mse(Tensor(REAL), Tensor(REAL))
    with pytest.raises(ValueError, match="only the prediction"):
        losses.cross_entropy(Tensor(LOGITS), Tensor(PROBABILITIES))


PAIRWISE = [losses.mse, losses.mae, losses.huber, losses.binary_cross_entropy, losses.hinge]


@pytest.mark.parametrize("loss", PAIRWISE)
def test_a_column_against_a_row_is_refused(loss):
    with pytest.raises(ValueError, match=r"\(4, 1\).*\(4,\).*use target\.reshape\(4, 1\)"):
        loss(Tensor(np.zeros((4, 1))), np.ones(4))
    with pytest.raises(ValueError, match=r"\(4,\).*\(4, 1\).*use target\.reshape\(4,\)"):
        loss(Tensor(np.zeros(4)), np.ones((4, 1)))
    for shape in ((3,), (4, 2), ()):
        with pytest.raises(ValueError, match=rf"{loss.__name__} needs a target of the prediction's shape"):
            loss(Tensor(np.zeros((4, 1))), np.ones(shape))


@pytest.mark.parametrize("loss", [*PAIRWISE, losses.cross_entropy])
def test_what_every_loss_refuses(loss):
    with pytest.raises(TypeError, match=rf"{loss.__name__} needs real numbers as target"):
        loss(Tensor(np.zeros((2, 2))), [["a", "b"], ["c", "d"]])
    with pytest.raises(ValueError, match="at least one prediction"):
        loss(Tensor(np.zeros((0, 2))), np.zeros((0, 2)))
    with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', got 'avg'"):
        loss(Tensor(np.zeros((2, 1))), np.ones((2, 1)), reduction="avg")


@pytest.mark.parametrize("options", [{}, {"smoothing": 0.1}, {"weights": WEIGHTS}])
@pytest.mark.parametrize(("labels", "told"), [
    ([0, 1, 2, 3, 4], "labels must be 0 to 3"), ([0, 1, 2, 3, -1], "labels must be 0 to 3"),
    (LABELS.astype(float), r"whole numbers in a plain array"),
    (Tensor(LABELS, requires_grad=False), r"whole numbers in a plain array"),
    (LABELS[:4], r"logits \(5, 4\) and labels \(4,\)"), (LABELS[:, None], r"labels\.reshape\(-1\)"),
    (np.array([2**64 - 1, 0, 0, 0, 0], np.uint64), "labels must be 0 to 3")])  # fmt: skip
def test_labels_that_are_none(labels, told, options):
    with pytest.raises(ValueError, match=told):
        losses.cross_entropy(Tensor(LOGITS), labels, **options)


@pytest.mark.parametrize(("logits", "target", "options", "told"), [
    (N(size=(2, 5, 4)), np.zeros((2, 5), int), {}, r"logits\.reshape\(-1, 4\)"),
    (N(size=(2, 5, 4)), np.full((2, 5, 4), 0.25), {}, r"needs logits \(N, C\)"),
    (N(size=4), 0, {}, r"needs logits \(N, C\)"),
    (N(size=(0, 4)), np.zeros(0, int), {}, "at least one"),
    (LOGITS, PROBABILITIES[:, :3], {}, "needs a target of the prediction's shape"),
    (LOGITS, 4 * PROBABILITIES, {}, "from 0 to 1"),
    (LOGITS, PROBABILITIES * 0.9, {}, "rows sum to 1"),
    (LOGITS, LOGITS, {}, "from 0 to 1"),
    (LOGITS, LABELS, {"weights": np.ones(3)}, "4 weights, one a class"),
    (LOGITS, LABELS, {"weights": -WEIGHTS}, "none below 0"),
    (LOGITS, LABELS, {"weights": [1, 1, 1, np.nan]}, "none below 0"),
    (LOGITS, LABELS, {"weights": np.zeros(4)}, "nothing to average"),
    (LOGITS, LABELS, {"smoothing": 1.0}, "smoothing from 0 up to"),
    (LOGITS, LABELS, {"smoothing": -0.1}, "smoothing from 0 up to")])  # fmt: skip
def test_what_cross_entropy_refuses(logits, target, options, told):
    with pytest.raises(ValueError, match=told):
        losses.cross_entropy(Tensor(logits), target, **options)


@pytest.mark.parametrize("delta", [0, -1.0, np.inf, np.nan])
def test_delta_must_be_above_0(delta):
    with pytest.raises(ValueError, match="delta above 0"):
        losses.huber(Tensor(REAL), REAL, delta=delta)


def test_targets_outside_their_range():
    for target in (REAL, 1.5 + 0 * REAL, np.nan + REAL):
        with pytest.raises(ValueError, match="binary_cross_entropy needs targets from 0 to 1"):
            losses.binary_cross_entropy(Tensor(REAL), target)
    with pytest.raises(ValueError, match=r"(?s)targets of -1 or 1.*2 \* target - 1"):
        losses.hinge(Tensor(REAL), SIGNS > 0)
