"""What notebook 07 says of numbers: its own cells, with more seeds and runs than fit into it."""

from contextlib import redirect_stdout
from functools import cache
from io import StringIO

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from backprop_lib import Tensor, accuracy, data, evaluate, fit, losses, nn, ops, optim
from backprop_lib.lab import runs07
from tests.solving import notebook

USED = {"np": np, "Tensor": Tensor, "accuracy": accuracy, "data": data, "evaluate": evaluate, "fit": fit,
        "losses": losses, "nn": nn, "ops": ops, "optim": optim}  # fmt: skip


def cells(*parts, **names):
    """(what there is after the notebook's cells that contain these parts, what they print)."""
    namespace, printed = USED | names, StringIO()
    codes = [cell.source for cell in notebook("07").cells if cell.cell_type == "code"]
    with redirect_stdout(printed):
        for part in parts:
            (code,) = (code for code in codes if part in code)
            exec(compile(code, f"<the cell of 07 with {part!r}>", "exec"), namespace)
    return namespace, printed.getvalue()


# Section 1: the digits, as scikit-learn splits them


def parts():
    digits = data.digits()
    order = np.random.RandomState(0).permutation(len(digits))
    return digits[order[450:]], digits[order[:450]]


def test_the_split_is_that_of_scikit_learn():
    pixels, labels = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(pixels / 16, labels, test_size=0.25, random_state=0)
    rest, held_back = parts()
    assert np.array_equal(rest.pixels, x) and np.array_equal(rest.labels, y)
    assert np.array_equal(held_back.pixels, x_test) and np.array_equal(held_back.labels, y_test)


def test_ten_seeds_reach_what_this_network_is_known_to_reach():
    """64-128-64-10 on this split: 97.8 % is the mean of ten seeds of scikit-learn's classifier."""
    rest, held_back = parts()
    scores = []
    for seed in range(10):
        model = nn.MLP([64, 128, 64, 10], rng=seed)
        optimizer = optim.Adam(model.parameters())
        fit(model, (rest.pixels, rest.labels), losses.cross_entropy, optimizer,
            epochs=30, batch_size=32, rng=seed, progress=False)  # fmt: skip
        measured = evaluate(model, (held_back.pixels, held_back.labels), losses.cross_entropy, accuracy)
        scores.append(100 * measured.metric)
    print(f"mean {np.mean(scores):.2f} %, standard deviation {np.std(scores, ddof=1):.2f}")
    assert abs(np.mean(scores) - 97.8) < 2 * np.std(scores, ddof=1)
    assert abs(np.mean(scores) - 97.8) < 0.6


# Section 2: who computes and who uses


@pytest.mark.parametrize("seed", [0, 4])
def test_the_path_does_not_depend_on_who_computes_the_gradient(seed):
    there, _ = cells("def loss_at")
    for lr, make in ((1.0, optim.SGD), (0.1, optim.Adam)):
        ends = []
        for gradient in (there["backprop"], there["differences"]):
            v = Tensor(np.random.RandomState(seed).randn(13))
            optimizer = make([v], lr=lr)
            for _ in range(40):
                v.grad = gradient(v.data)
                optimizer.step()
            ends.append(v.data.copy())
        assert np.allclose(*ends, rtol=1e-6)
        assert not np.allclose(ends[0], np.random.RandomState(seed).randn(13), rtol=0.01), "it moved"


def test_from_some_seeds_both_users_stay_near_035():
    there, _ = cells("def loss_at")
    for seed in (0, 1):
        for lr, make in ((1.0, optim.SGD), (0.1, optim.Adam)):
            v = Tensor(np.random.RandomState(seed).randn(13))
            optimizer = make([v], lr=lr)
            for _ in range(400):
                v.grad = there["backprop"](v.data)
                optimizer.step()
            assert 0.34 < there["loss_at"](v).item() < 0.38


# Section 3: batches, rates, twenty images


@pytest.mark.parametrize("seed", range(3))
def test_plain_gradient_descent_needs_about_200_epochs_for_twenty_images(seed):
    digits = data.digits()
    rows = [row for k in range(10) for row in np.flatnonzero(digits.labels == k)[2 * seed : 2 * seed + 2]]
    pairs, model = (digits.pixels[rows], digits.labels[rows]), nn.MLP([64, 32, 10], rng=seed)
    loss = fit(model, pairs, losses.cross_entropy, optim.SGD(model.parameters(), lr=0.5),
               epochs=200, batch_size=20, rng=0, progress=False).loss  # fmt: skip
    assert loss[99] > 0.01 > loss[-1]


def test_the_error_of_a_batch_falls_like_one_over_the_root_of_its_size():
    there, _ = cells("def gradient_of", digits=data.digits(), figures07=_Silent())
    gradient_of, whole = there["gradient_of"], there["whole"]
    rng = np.random.RandomState(1)
    errors = {
        B: np.sqrt(np.mean([np.sum((gradient_of(rng.randint(0, 1024, B)) - whole) ** 2) for _ in range(200)]))
        for B in (8, 32, 128)
    }
    assert errors[8] / errors[32] == pytest.approx(2, rel=0.15)
    assert errors[32] / errors[128] == pytest.approx(2, rel=0.15)
    assert errors[32] > np.linalg.norm(whole), "longer than the gradient itself"


class _Silent:
    """Stands for `figures07`: keeps what it is asked to draw."""

    def rates(self, rates, before, after):
        self.rate, self.before, self.after = rates, before, after

    def noise(self, sizes, errors):
        pass


def test_rates_are_too_small_then_good_then_too_large():
    train, validation, _ = data.digits().split(seed=0)
    drawn = _Silent()
    there, _ = cells("figures07.rates", train=train, figures07=drawn)
    assert min(there["first"][-2:]) > 2 * drawn.before, "the first steps raise the loss"
    assert min(there["silent"][-2:]) > 0.9 and max(there["silent"][:-3]) < 0.1
    after = dict(zip(drawn.rate, drawn.after, strict=True))
    assert all(after[rate] > 0.8 * drawn.before for rate in (0.001, 3, 10))
    share = np.bincount(train.labels) / len(train)
    frequent = -np.log(share[train.labels]).mean()  # the loss of who knows only how frequent each digit is
    assert all(after[rate] > frequent - 0.01 for rate in (3, 10))
    assert min(after, key=after.get) in (0.3, 1)
    for rate in (0.1, 0.3, 1):  # the green band: a longer run learns to read with each of them
        model = nn.MLP([64, 64, 10], rng=1)
        optimizer = optim.SGD(model.parameters(), lr=rate)
        fit(model, (train.pixels, train.labels), losses.cross_entropy, optimizer,
            epochs=15, batch_size=32, rng=1, progress=False)  # fmt: skip
        found = evaluate(model, (validation.pixels, validation.labels), losses.cross_entropy, accuracy)
        assert found.metric > 0.9


def test_a_second_softmax_keeps_the_loss_above_a_bound():
    for C, low in ((10, np.log(1 + 9 / np.e)), (3, np.log(1 + 2 / np.e))):
        sure = losses.cross_entropy(ops.softmax(Tensor(1000 * np.eye(C))), np.arange(C)).item()
        assert sure == pytest.approx(low, rel=1e-12)
        z = Tensor(10 * np.random.RandomState(C).randn(500, C))
        least = min(losses.cross_entropy(ops.softmax(z[k : k + 1]), z.data[k : k + 1].argmax(axis=1)).item()
                    for k in range(500))  # fmt: skip
        assert least >= low - 1e-12


def test_with_zeros_no_gradient_gets_past_the_last_layer():
    model, examples = nn.MLP([64, 32, 10], rng=0), data.digits()[:20]
    for p in model.parameters():
        p.data *= 0
    losses.cross_entropy(model(examples.pixels), examples.labels).backward()
    sizes = [np.abs(p.grad).max() for p in model.parameters()]
    assert sizes[:3] == [0, 0, 0] and sizes[3] > 0, "only the last bias has one"


# Section 4: choosing is learning


def test_the_chosen_one_looks_better_than_it_is_whatever_the_seed():
    gaps = []
    for seed in range(50):
        rng = np.random.RandomState(seed)
        guesses = rng.randint(0, 2, (200, 200)) == rng.randint(0, 2, 200)
        chosen = guesses[:, :100].mean(axis=1).argmax()
        gaps.append(guesses[chosen, :100].mean() - guesses[chosen, 100:].mean())
    assert np.mean(gaps) > 0.1


# Section 5: weight decay, and how much cures cure


def test_one_step_of_decay_shrinks_by_rate_times_lambda():
    """ "Weight decay shrinks every weight by the share (rate · λ)": with a gradient of 0, exactly that."""
    for make in (optim.AdamW, optim.SGD):
        w = Tensor(np.array([2.0, -3.0]))
        optimizer = make([w], lr=0.1, weight_decay=0.5)
        w.grad = np.zeros(2)
        optimizer.step()
        assert np.allclose(w.data, np.array([2.0, -3.0]) * (1 - 0.1 * 0.5), rtol=1e-12)


def test_in_gradient_descent_decay_is_a_penalty_in_the_loss():
    start = np.random.RandomState(0).randn(4)
    x, y = np.random.RandomState(1).randn(5, 4), np.random.RandomState(2).randn(5)
    ends = []
    for decay, penalty in ((0.3, 0.0), (0.0, 0.3)):
        w = Tensor(start)
        optimizer = optim.SGD([w], lr=0.1, weight_decay=decay)
        for _ in range(10):
            w.zero_grad()
            (losses.mse(Tensor(x, requires_grad=False) @ w, y) + 0.5 * penalty * (w * w).sum()).backward()
            optimizer.step()
        ends.append(w.data.copy())
    assert np.allclose(*ends, rtol=1e-12)


def test_the_consoles_story_does_not_hang_on_one_seed():
    """Wide without decay: training falls on, validation turns round; strong decay holds both up."""
    points, others = data.moons(40, noise=0.3, seed=1), data.moons(400, noise=0.3, seed=2)
    for seed in (1, 2):
        record = runs07.record(points, others, widths=[64], decays=[0, 3], seed=seed)
        plain, decayed = record["runs"]
        unseen = plain["validation_loss"]
        assert unseen[-1] > 1.1 * min(unseen)
        assert plain["loss"][-1] < 0.8 * plain["loss"][unseen.index(min(unseen))]
        assert decayed["loss"][-1] > 2 * plain["loss"][-1]


def test_moved_down_is_down_and_across_is_to_the_right():
    there, _ = cells("def moved")
    pixels = np.arange(64.0).reshape(1, 8, 8)
    down, right = (there["moved"](pixels.reshape(1, 64), *way).reshape(8, 8) for way in ((1, 0), (0, 1)))
    assert np.array_equal(down[1:], pixels[0, :-1]) and not down[0].any()
    assert np.array_equal(right[:, 1:], pixels[0, :, :-1]) and not right[:, 0].any()


CURES = ("weight decay", "dropout", "early stopping", "moved images")


@cache
def scores(first):
    """Cure -> (10 runs, 3): test loss, share right, share right when moved; by the notebook's own cells."""
    there, _ = cells("def moved", "def measure", digits=data.digits())
    if first == 0:
        return there["runs"]
    return {
        name: np.array([there["measure"](seed, **how) for seed in range(first, first + 10)])
        for name, how in there["cures"].items()
    }


@pytest.mark.parametrize("first", [0, 10])
def test_cures_help_a_little_and_more_data_more(first):
    found = scores(first)
    nothing, more = found["nothing"], found["200 digits"]
    gains = {name: found[name] - nothing for name in CURES}
    decay, moved = gains["weight decay"][:, 0], gains["moved images"][:, 0]
    assert (decay < 0).mean() > 0.7 and -0.05 < decay.mean() < 0, "in nearly every pair, by little"
    assert moved.mean() < decay.mean(), "more on average"
    assert all(moved.std() > 1.5 * gains[name][:, 0].std() for name in CURES[:-1]), "and varies most"
    for name in CURES:
        right = gains[name][:, 1]
        assert abs(right.mean()) < 1.1, "about one percent or less"
        assert abs(right.mean()) < 2.5 * right.std(ddof=1) / 10**0.5, "hardly told from 0"
    gained = more - nothing
    assert gained[:, 1].mean() > max(gain[:, 1].mean() for gain in gains.values()) + 1
    assert gained[:, 1].mean() > 2 * gained[:, 1].std(ddof=1) / 10**0.5
    assert more[:, 0].mean() < min(found[name][:, 0].mean() for name in CURES)


def test_pairs_begin_with_the_same_weights_whatever_the_cure():
    plain, dropping = (nn.MLP([64, 128, 10], rng=3, dropout=p).parameters() for p in (0, 0.5))
    assert all(np.array_equal(a.data, b.data) for a, b in zip(plain, dropping, strict=True))


@pytest.mark.parametrize("first", [0, 10])
def test_only_moved_images_teach_to_read_moved_images(first):
    found = scores(first)
    assert found["moved images"][:, 2].mean() > 75
    assert all(found[name][:, 2].mean() < 50 for name in found if name != "moved images")


def test_moved_down_as_well_most_are_misread_again():
    there, _ = cells("def moved")
    for seed in range(5):
        train, _, test = data.digits().split(seed=seed)
        few, model = train[:100], nn.MLP([64, 128, 10], rng=seed)
        fit(model, (few.pixels, few.labels), losses.cross_entropy, optim.AdamW(model.parameters(), lr=0.005),
            epochs=150, batch_size=50, rng=seed, progress=False, augment=there["at_random"])  # fmt: skip
        pixels = there["moved"](test.pixels, 1, 1)
        assert evaluate(model, (pixels, test.labels), losses.cross_entropy, accuracy).metric < 0.5


# Section 7: pulls


@pytest.mark.parametrize("seed", range(5))
def test_what_weights_mend_and_what_not(seed):
    sample = data.two_groups(2000, share=0.05, seed=seed)
    there, _ = cells("def linear")
    names = there | {"sample": sample, "rare": sample.groups == 1}
    linear, rare = _with_globals(there["linear"], names), names["rare"]
    even, wrong = np.where(rare, 19, 1), np.where(rare, 1 - sample.labels, sample.labels)

    def right(*arguments):
        return linear(*arguments)[-2:]

    a, b, c, d, common, few = linear(np.ones(2000), sample.labels)
    assert b < 0.06 * a and c == pytest.approx(d, rel=0.1), "one voice in twenty; at the end as strong"
    assert common > 0.95 and 0.4 < few < 0.6, "the rare group is read like guessing"
    assert 0.95 * common + 0.05 * few > 0.94, "and the total looks fine"
    assert min(right(even, sample.labels)) > 0.8
    heavy = right(np.where(rare, 1000, 1), sample.labels)
    assert heavy[0] < 0.6 and heavy[1] > 0.95, "what one gains, the other loses"
    assert right(1.0 - rare, sample.labels)[1] < 0.3, "a missing group"
    assert right(even, wrong)[1] < right(np.ones(2000), wrong)[1] < 0.2, "wrong labels, more weight"


def _with_globals(function, names):
    """The function, looking up its globals in `names`."""
    return type(function)(function.__code__, names, function.__name__)


def test_descent_rests_where_the_pulls_cancel():
    sample = data.two_groups(2000, share=0.05, seed=0)
    w, b = np.zeros(2), 0.0
    for _ in range(5000):
        p = 1 / (1 + np.exp(-(sample.inputs @ w + b)))
        dz = (p - sample.labels) / 2000
        w, b = w - sample.inputs.T @ dz, b - dz.sum()
    pulls = [sample.inputs[sample.groups == k].T @ dz[sample.groups == k] for k in (0, 1)]
    assert np.linalg.norm(sum(pulls)) < 1e-3 * np.linalg.norm(pulls[1])
    assert np.linalg.norm(pulls[1]) > 0.01, "both still pull"
