"""What notebook 06 says of numbers, with more seeds than fit into it."""

from itertools import pairwise

import numpy as np
import pytest

from backprop_lib import Tensor, data, losses, ops, optim, viz
from tests.rerunning import changed_when_run_again


def test_cells_print_the_same_when_they_are_run_again():
    assert changed_when_run_again("06") == []


def tumours_read_right(slope, scale, rate, seeds):
    """The mean share of validation tumours that one neuron reads right, after 50 steps from each seed."""
    train, validation, _ = data.breast_cancer().split(seed=0)
    mean, spread = train.inputs.mean(axis=0), train.inputs.std(axis=0)
    X, t = (train.inputs - mean) / spread, train.labels[:, None]
    shares = []
    for seed in seeds:
        w, b = scale * np.random.RandomState(seed).randn(30, 1), 0.0
        for _ in range(50):
            dz = slope(ops.sigmoid(X @ w + b).data, t)
            w, b = w - rate * X.T @ dz / len(X), b - rate * dz.mean()
        found = (validation.inputs - mean) / spread @ w + b > 0
        shares.append(np.mean(found == validation.labels[:, None]))
    return np.mean(shares)


@pytest.mark.parametrize("seeds", [range(10), range(10, 20), range(20, 30)])
def test_squared_error_is_behind_from_a_large_start_at_a_small_rate_only(seeds):
    def shares(*how):
        squared = tumours_read_right(lambda p, t: 2 * (p - t) * p * (1 - p), *how, seeds)
        return squared, tumours_read_right(lambda p, t: p - t, *how, seeds)

    for rate in (0.5, 4, 32):
        assert min(shares(0.01, rate)) > 0.93, "near 0 both do well"
    squared, cross = zip(*(shares(4, rate) for rate in (0.5, 4, 32)), strict=True)
    assert squared[0] + 0.2 < cross[0] and squared[0] < squared[1] < squared[2]
    assert squared[2] > cross[2] - 0.05 and min(cross) > 0.87


def test_small_logits_begin_at_chance_and_large_ones_above_it():
    train, _, _ = data.digits().split(seed=0)
    for seed in range(30):
        rng = np.random.RandomState(seed)
        h = np.tanh(train.pixels @ (rng.randn(64, 32) / 8))
        z = h @ rng.randn(32, 10)
        first = {last: losses.cross_entropy(last * z, train.labels).item() for last in (0.01, 0.1, 1, 10)}
        assert abs(first[0.01] - np.log(10)) < 0.02 and abs(first[0.1] - np.log(10)) < 0.15
        assert np.log(10) < first[1] < first[10] and first[10] > 10


def test_cross_entropy_pushes_all_other_classes_down_and_squared_error_does_not():
    for seed in range(20):
        z = np.random.RandomState(seed).uniform(-6, 6, 4).tolist()
        gradient = viz.LogitForces(z).numbers()["gradient"]
        assert gradient[0] < 0 < min(gradient[1:])
    assert min(viz.LogitForces(START, loss="squared error").numbers()["gradient"][1:]) < 0


def logits_after_training(seed):
    """Logits of the validation digits, by the network of the notebook with another start and split."""
    train, validation, _ = data.digits().split(seed=seed)
    rng = np.random.RandomState(seed)
    W1, b1 = Tensor(rng.randn(64, 32) / 8), Tensor(np.zeros(32))
    W2, b2 = Tensor(0.1 * rng.randn(32, 10)), Tensor(np.zeros(10))
    optimizer = optim.SGD([W1, b1, W2, b2], lr=0.5)

    def logits(pixels):
        return ops.linear(ops.tanh(ops.linear(pixels, W1, b1)), W2, b2)

    for _ in range(8):
        for rows in np.array_split(rng.permutation(len(train)), 34):
            optimizer.zero_grad()
            losses.cross_entropy(logits(train.pixels[rows]), train.labels[rows]).backward()
            optimizer.step()
    return logits(validation.pixels).data, validation.labels


@pytest.fixture(scope="module", params=range(8))
def trained(request):
    return logits_after_training(request.param)


def test_with_logits_too_large_the_loss_is_worse_than_chance_and_the_errors_are_certain(trained):
    z, labels = trained
    right = z.argmax(axis=1) == labels
    assert right.mean() > 0.9
    assert losses.cross_entropy(z, labels).item() < np.log(10) / 5
    assert losses.cross_entropy(100 * z, labels).item() > np.log(10)
    p = ops.softmax(100 * z, axis=1).data.max(axis=1)
    assert np.median(p[~right]) > 0.99


def gradient_sizes(z, labels):
    """‖∂L/∂z‖ of each row, for cross-entropy and for squared error, by the engine."""
    y = np.eye(10)[labels]
    for loss in (
        lambda leaf: losses.cross_entropy(leaf, y, reduction="sum"),
        lambda leaf: ((ops.softmax(leaf, axis=1) - y) ** 2).sum(),
    ):
        leaf = Tensor(z)
        loss(leaf).backward()
        yield np.linalg.norm(leaf.grad, axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_false_labels_pull_hardest_with_cross_entropy_and_not_with_squared_error(trained, seed):
    z, labels = trained
    rng, wrong = np.random.RandomState(seed), labels.copy()
    false = np.isin(np.arange(len(labels)), rng.choice(len(labels), 20, replace=False))
    wrong[false] = (wrong[false] + rng.randint(1, 10, 20)) % 10
    ce, se = gradient_sizes(z, wrong)
    among_largest = [false[np.argsort(-size)[:20]].sum() for size in (ce, se)]
    assert among_largest[0] >= 15 and among_largest[1] <= 4
    p = ops.softmax(z, axis=1).data[np.arange(len(labels)), wrong]
    hardest = p[np.argsort(-se)[:20]]
    assert hardest.min() > 0.01 and hardest.max() < 0.9, "the digits in between"
    assert np.median(ce[false]) > 1.2 and np.median(se[false]) < np.median(se[np.argsort(-se)[:20]]) / 3
    assert (z.argmax(axis=1) == labels)[false].sum() >= 17, "nearly all are read correctly"


START = [-4.0, 6.0, -1.0, -1.0]


def test_label_smoothing_brings_the_springs_to_rest_at_p_equals_y():
    smooth = viz.LogitForces(START, smoothing=0.2)
    assert smooth.numbers()["y"] == pytest.approx([0.85, 0.05, 0.05, 0.05])
    assert smooth.futures(300)["cross-entropy"][-1] == pytest.approx(0.85, abs=1e-6)
    sharp = viz.LogitForces(START).futures(300)["cross-entropy"]
    assert all(a < b < 1 for a, b in pairwise(sharp)), "without it they go on"


def test_from_sure_and_wrong_squared_error_needs_many_more_steps():
    found = viz.LogitForces(START).futures()
    first = {loss: next(n for n, p in enumerate(path) if p > 0.5) for loss, path in found.items()}
    assert first["squared error"] > 20 * first["cross-entropy"]
