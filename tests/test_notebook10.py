"""What notebook 10 says beyond what its cells print, and over more seeds than fit into it."""

import ast
import re
from random import Random

import nbformat
import numpy as np
import pytest

from backprop_lib import Tensor, data, evaluate, fit, losses, nn, optim
from backprop_lib.checks.versions10 import VERSIONS
from backprop_lib.lab.surfaces10 import SURFACES, descend
from course.build import LEARNER
from tests.answers.nb10 import ANSWERS
from tests.answers.steps10 import IN_PLACE
from tests.solving import Place

CLASSES = ("Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")
HOW = {
    "Momentum": {"beta": 0.9}, "Nesterov": {"beta": 0.9}, "Adagrad": {"eps": 1e-10},
    "RMSprop": {"alpha": 0.99, "eps": 1e-8}, "Adam": {"betas": (0.9, 0.999), "eps": 1e-8},
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_the_rules_of_the_table_are_the_librarys(name):
    rule, rng = VERSIONS["10.steps"][CLASSES.index(name)], np.random.RandomState(1)
    theirs = Tensor(np.ones(5))
    optimizer = getattr(optim, name)([theirs], lr=0.1, **HOW[name])
    w, states = np.ones(5), [np.zeros(5)] * (2 if name == "Adam" else 1)
    for t in range(1, 101):
        g, values = rng.randn(5) * 10.0 ** np.arange(-2, 3), list(HOW[name].values())
        extra = (t, 0.1, *values[0], values[1]) if name == "Adam" else (0.1, *values)
        w, *states = rule(w, g, *states, *extra)
        theirs.grad = g
        optimizer.step()
    assert np.allclose(w, theirs.data, rtol=1e-11)


def constant_gradient(optimizer, steps):
    w = optimizer.parameters[0]
    for _ in range(steps):
        before = w.data.copy()
        w.grad = np.full(w.shape, 2.5)
        optimizer.step()
    return np.abs(w.data - before)


def test_lengths_of_steps():
    """ "ten times as long", "ten rates long", "has length lr in every entry"."""
    momentum, rmsprop, adam = (kind([Tensor(np.ones(2))], lr=0.01)
                               for kind in (optim.Momentum, optim.RMSprop, optim.Adam))  # fmt: skip
    assert constant_gradient(momentum, 300) == pytest.approx(0.01 * 2.5 * 10)
    assert constant_gradient(rmsprop, 1) == pytest.approx(0.01 * 10)
    assert constant_gradient(adam, 1) == pytest.approx(0.01, rel=1e-7)


def test_with_sgd_the_penalty_is_a_decay():
    rng, w = np.random.RandomState(0), Tensor(np.ones(6))
    optimizer, by_hand = optim.SGD([w], lr=0.1, weight_decay=0.5), np.ones(6)
    for _ in range(50):
        w.grad = g = rng.randn(6)
        optimizer.step()
        by_hand = (1 - 0.1 * 0.5) * by_hand - 0.1 * g
    assert np.allclose(w.data, by_hand, rtol=1e-12)


def test_on_the_saddles_axis_nobody_leaves_it():
    for name in CLASSES:
        path = descend(SURFACES["saddle"], name, 0.05, (-2, 0.0), 50)
        assert (path[:, 1] == 0).all()


def test_neurons_that_begin_alike_stay_alike():
    digits = data.digits()[:200]
    model = nn.MLP([64, 3, 10], rng=0, activation="tanh")
    for p in model.parameters():
        p.data = np.full(p.shape, 0.1)
    fit(model, (digits.pixels, digits.labels), losses.cross_entropy, optim.SGD(model.parameters(), lr=0.1),
        epochs=5, batch_size=20, rng=0, progress=False)  # fmt: skip
    W = model.parameters()[0].data
    assert np.allclose(W, W[:, :1], rtol=1e-9) and not np.allclose(W, 0.1, rtol=1e-3)


def parts():
    return data.digits().split(seed=0)


def trained(name, rate, seed, epochs):
    train, _, _ = parts()
    model = nn.MLP([64, 32, 10], rng=seed)
    begin = [p.data.copy() for p in model.parameters()]
    optimizer = getattr(optim, name)(model.parameters(), lr=rate)
    fit(model, (train.pixels, train.labels), losses.cross_entropy, optimizer,
        epochs=epochs, batch_size=32, rng=seed, progress=False)  # fmt: skip
    return model, begin


def loss_of(model, examples):
    return evaluate(model, (examples.pixels, examples.labels), losses.cross_entropy).loss


def test_downhill_to_the_end_and_a_barrier_to_another():
    """What the two curves of the notebook show, for other seeds as well."""
    walker, train = nn.MLP([64, 32, 10], rng=0), parts()[0]

    def along(begin, end):
        found = []
        for s in np.linspace(0, 1, 25):
            for p, a, b in zip(walker.parameters(), begin, end, strict=True):
                p.data = (1 - s) * a + s * b
            found.append(loss_of(walker, train))
        return np.array(found)

    runs = [trained("SGD", 0.3, seed, 10) for seed in range(4)]
    ends = [[p.data.copy() for p in model.parameters()] for model, _ in runs]
    for (_, begin), end in zip(runs, ends, strict=True):
        assert (np.diff(along(begin, end)) < 0).all()
    for end in ends[1:]:
        between = along(ends[0], end)
        assert between.max() > 2 * max(between[0], between[-1])


def test_the_race_ends_as_the_notebook_says():
    """Tuned, momentum and Adam differ less than their seeds do; untuned Adam loses to all. With six seeds."""
    test = parts()[2]
    found = {
        key: np.array([loss_of(trained(key[0], key[1], seed, 4)[0], test) for seed in range(6)])
        for key in (("SGD", 0.3), ("Momentum", 0.1), ("Adam", 0.03), ("Adam", 0.001))
    }
    momentum, adam = found["Momentum", 0.1], found["Adam", 0.03]
    assert abs(momentum.mean() - adam.mean()) < max(momentum.std(ddof=1), adam.std(ddof=1))
    worst = max(losses.max() for key, losses in found.items() if key != ("Adam", 0.001))
    assert found["Adam", 0.001].min() > worst


def test_nesterovs_rule_follows_the_point_that_looks_ahead():
    """The gradient at w − lr·βv, as Sutskever et al. write it; that point makes the steps of the table."""
    surface, lr, beta = SURFACES["banana"], 0.005, 0.9
    w, v = np.array(surface.start, float), np.zeros(2)
    path = descend(surface, "Nesterov", lr, surface.start, 40, beta=beta)
    for seen in path[1:]:
        v = beta * v + surface.gradient(*(w - lr * beta * v))
        w = w - lr * v
        assert np.allclose(w - lr * beta * v, seen, rtol=1e-10, atol=1e-12)


def test_tuned_momentum_needs_more_steps_than_its_factor_says():
    for kappa in (10, 100, 1000):
        rho = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
        lr, (w, v, t) = (1 - rho) ** 2, (np.ones(2), np.zeros(2), 0)  # 4 / (1 + √κ)² is (1 − ρ)²
        while max(abs(w)) > 1e-6:
            v = rho**2 * v + [1, kappa] * w
            w, t = w - lr * v, t + 1
        assert 1.25 < t / (np.log(1e-6) / np.log(rho)) < 1.5
    w, v, by_time = np.ones(2), np.zeros(2), []
    for t in range(1, 801):
        v = rho**2 * v + [1, kappa] * w
        w = w - lr * v
        by_time.append(max(abs(w)) / (t * rho**t))
    assert max(by_time[400:]) / min(by_time[400:]) < 1.1, "like t·ρᵗ"


def test_in_the_race_momentum_leaves_sgd_behind_at_half_not_at_nine_tenths():
    assert ((np.sqrt(30) - 1) / (np.sqrt(30) + 1)) ** 2 == pytest.approx(0.48, abs=0.005)
    surface = SURFACES["ravine"]

    def best(name, **options):
        ends = [surface(*descend(surface, name, 10 ** (-3 + k / 4), surface.start, 100, **options)[-1])
                for k in range(15)]  # fmt: skip
        return float(np.nanmin(ends))

    sgd = best("SGD")
    assert best("Momentum", beta=0.5) < 1e-4 * sgd
    assert best("Momentum", beta=0.9) > 0.1 * sgd


WITH_LISTS = """
def adam(w, g, m, v, t, lr, b1, b2, eps):
    new = []
    for a, b, c, d in zip(w.ravel(), g.ravel(), m.ravel(), v.ravel()):
        c, d = b1 * c + (1 - b1) * b, b2 * d + (1 - b2) * b * b
        new.append((a - lr * c / (1 - b1**t) / ((d / (1 - b2**t)) ** 0.5 + eps), c, d))
    return [np.array(part).reshape(w.shape).tolist() for part in zip(*new)]
"""
USES_G_UP = """
def adam(w, g, m, v, t, lr, b1, b2, eps):
    m *= b1
    m += (1 - b1) * g
    g *= g
    v *= b2
    v += (1 - b2) * g
    w -= lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)
    return w, m, v
"""


@pytest.mark.parametrize("source", [IN_PLACE, WITH_LISTS, USES_G_UP])
def test_the_story_goes_on_with_any_adam_that_passes(source):
    """One that works in place or with lists: neither the comparison nor the last exercise minds."""
    place = Place("10.adamw_vs_l2")
    exec(source, place.namespace)
    place.namespace["rules"] = (*place.namespace["rules"][:4], place.namespace["adam"])
    for answer in (place.solution, *ANSWERS["10.adamw_vs_l2"].right):
        report = place.report(answer)
        assert report.state == "right", f"{answer}\n{report}"
    rng, w, m, v = np.random.RandomState(0), np.ones(4), np.zeros(4), np.zeros(4)
    theirs = Tensor(np.ones(4))
    optimizer = optim.Adam([theirs], lr=0.1)
    for t in range(1, 11):
        g = rng.randn(4)
        w, m, v = place.namespace["adam_step"](w, g, m, v, t, lr=0.1)
        theirs.grad = g
        optimizer.step()
    assert np.allclose(w, theirs.data, rtol=1e-12)


def test_no_rate_stands_twice_in_a_list_of_the_race():
    """Two runs of one rate would have one table of losses, and a right tuner would be told off."""
    from backprop_lib.checks.race10 import _cases

    for seed in range(600):
        for case in _cases(Random(seed)):
            assert all(len(rates) == len(set(rates)) for rates in case["rates"].values()), seed


def test_no_best_rate_stands_at_the_edge_of_its_list():
    """ "None is": the rates in the source against those that the notebook's figure names."""
    cells = nbformat.read(LEARNER / "10_optimizers.ipynb", as_version=4).cells
    (cell,) = (cell for cell in cells if cell.cell_type == "code" and "rates = {" in cell.source)
    lists = ast.literal_eval(re.search(r"rates = (\{.*?\})", cell.source, re.DOTALL)[1])
    said = next(o.data["text/plain"] for o in cell.outputs if "data" in o)
    for name, candidates in lists.items():
        rate = float(re.search(rf"\b{name} at rate ([\d.]+):", said)[1])
        assert rate in candidates[1:-1], f"{name}: {rate}"


@pytest.mark.parametrize("seed", range(3))
def test_the_cosine_wins_with_the_same_six_rates(seed):
    def mean_square(schedule, seed):
        rng, w = np.random.RandomState(seed), np.full(1000, 3.0)
        for t in range(200):
            w = w - schedule(t) * (w + rng.randn(1000))
        return np.mean(w**2)

    six, found = [0.01, 0.02, 0.03, 0.05, 0.1, 0.2], []
    for kind in (optim.constant, lambda lr: optim.cosine(lr, steps=200)):
        tried = [mean_square(kind(lr), seed) for lr in six]
        best = int(np.argmin(tried))
        assert 0 < best < 5, "not at the edge"
        found.append(mean_square(kind(six[best]), seed + 100))
    assert found[1] < 0.8 * found[0]
