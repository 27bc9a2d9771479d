"""What notebook 10 says beyond what its cells print, and over more seeds than fit into it."""

import numpy as np
import pytest

from backprop_lib import Tensor, data, evaluate, fit, losses, nn, optim
from backprop_lib.checks.versions10 import VERSIONS
from backprop_lib.lab.surfaces10 import SURFACES, descend

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
    """"ten times as long", "ten rates long", "has length lr in every entry"."""
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
