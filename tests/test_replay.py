"""A recorded step does what the engine does, and what cannot be recorded is refused."""

import numpy as np
import pytest

from backprop_lib import Tensor, losses, nn, ops, optim
from backprop_lib.replay import record

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(12, 5)), RNG.integers(0, 3, 12)


def classifier(dtype=np.float64, optimizer=optim.SGD, **options):
    model = nn.MLP([5, 7, 6, 3], rng=1, dtype=dtype, **options)
    return model, optimizer(model.parameters(), lr=0.05)


def cross_entropy_of(model):
    return lambda x, labels: losses.cross_entropy(model(x), labels)


def eager_step(model, optimizer, loss_function, *inputs):
    loss = loss_function(*inputs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Momentum, optim.Adam], ids=lambda o: o.__name__)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_replayed_step_is_the_engines_step(optimizer, dtype):
    eager, replayed = classifier(dtype, optimizer), classifier(dtype, optimizer)
    step = record(cross_entropy_of(replayed[0]), replayed[1], X.astype(dtype), LABELS)
    rng = np.random.default_rng(2)
    for _ in range(10):
        x, labels = rng.normal(size=X.shape).astype(dtype), rng.integers(0, 3, 12)
        expected = eager_step(*eager, cross_entropy_of(eager[0]), x, labels)
        assert step(x, labels) == pytest.approx(expected, rel=1e-6 if dtype is np.float32 else 1e-13)
    for ours, theirs in zip(replayed[0].parameters(), eager[0].parameters(), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-4 if dtype is np.float32 else 1e-12)
        np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-3 if dtype is np.float32 else 1e-11)


def convolutional():
    rng = np.random.default_rng(3)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, rng=rng, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 3, rng=rng),
    )


class Recurrent(nn.Module):
    def __init__(self):
        self.rnn, self.out = nn.LSTM(3, 4, rng=1), nn.Linear(4, 3, rng=2)

    def forward(self, x):
        states = self.rnn(x)
        return self.out((states[0] if isinstance(states, tuple) else states)[:, -1])


def normalised():
    rng = np.random.default_rng(4)
    return nn.Sequential(
        nn.Linear(6, 8, rng=rng, activation="tanh"), nn.BatchNorm(8), nn.Residual(nn.Linear(8, 8, rng=rng)),
        nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3, rng=rng),
    )  # fmt: skip


@pytest.mark.parametrize(
    "make, shape",
    [(convolutional, (1, 6, 6)), (Recurrent, (5, 3)), (normalised, (6,))],
    ids=["conv", "lstm", "norm"],
)
def test_other_layers_are_recorded_too(make, shape):
    rng = np.random.default_rng(5)
    models = [make(), make()]
    optimizers = [optim.SGD(model.parameters(), lr=0.1) for model in models]
    batch = lambda: (rng.normal(size=(8, *shape)), rng.integers(0, 3, 8))  # noqa: E731
    step = record(cross_entropy_of(models[0]), optimizers[0], *batch())
    for _ in range(3):
        x, labels = batch()
        expected = eager_step(models[1], optimizers[1], cross_entropy_of(models[1]), x, labels)
        assert step(x, labels) == pytest.approx(expected, rel=1e-12)


def test_recording_changes_no_parameter_and_leaves_no_gradient():
    model, optimizer = classifier()
    before = model.state_dict()
    record(cross_entropy_of(model), optimizer, X, LABELS)
    assert all(np.array_equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert optimizer.t == 0


def test_the_engine_goes_on_after_a_replay_and_a_replay_after_the_engine():
    eager, both = classifier(), classifier()
    loss_function = cross_entropy_of(both[0])
    step = record(loss_function, both[1], X, LABELS)
    for _ in range(3):
        for turn in (lambda: step(X, LABELS), lambda: eager_step(*both, loss_function, X, LABELS)):
            turn()
            eager_step(*eager, cross_entropy_of(eager[0]), X, LABELS)
    for ours, theirs in zip(both[0].parameters(), eager[0].parameters(), strict=True):
        np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-12)


def test_parameters_that_were_set_by_hand_are_used():
    model, optimizer = classifier()
    step = record(cross_entropy_of(model), optimizer, X, LABELS)
    for p in model.parameters():
        p.data[...] = 0.0
    assert step(X, LABELS) == pytest.approx(np.log(3))


def test_a_batch_can_be_written_into_the_inputs():
    model, optimizer = classifier(optimizer=optim.SGD)
    step = record(cross_entropy_of(model), optimizer, X, LABELS)
    twin = classifier()
    order = np.arange(12)[::-1]
    for place, array in zip(step.inputs, (X, LABELS), strict=True):
        np.take(array, order, axis=0, out=place)
    assert step() == pytest.approx(eager_step(*twin, cross_entropy_of(twin[0]), X[order], LABELS[order]))


def test_unused_parameters_keep_no_gradient():
    model, _ = classifier()
    idle = Tensor(np.ones(4))
    optimizer = optim.SGD([*model.parameters(), idle], lr=0.1)
    step = record(cross_entropy_of(model), optimizer, X, LABELS)
    step(X, LABELS)
    assert idle.grad is None and idle.data.tolist() == [1.0] * 4


# What is refused


def test_another_shape_is_refused():
    model, optimizer = classifier()
    step = record(cross_entropy_of(model), optimizer, X, LABELS)
    with pytest.raises(ValueError, match=r"input 0 has shape \(11, 5\), but \(12, 5\) was recorded"):
        step(X[1:], LABELS[1:])


def test_a_changed_decision_is_refused():
    model, optimizer = classifier()

    def loss_function(x, labels):
        loss = losses.cross_entropy(model(x), labels)
        return loss if loss.data < 3 else 2 * loss

    step = record(loss_function, optimizer, X, LABELS)
    step(X, LABELS)
    with pytest.raises(RuntimeError, match="an `if` on a number was True when it was recorded"):
        step(1000 * X, LABELS)


def test_labels_are_checked_at_every_replay():
    model, optimizer = classifier()
    step = record(cross_entropy_of(model), optimizer, X, LABELS)
    with pytest.raises(RuntimeError, match="a decision has changed"):
        step(X, LABELS + 3)


def test_random_numbers_are_refused():
    model, optimizer = classifier(dropout=0.5)
    with pytest.raises(ValueError, match=r"random numbers \(dropout: use eval\(\)\)"):
        record(cross_entropy_of(model), optimizer, X, LABELS)


def test_an_input_that_is_turned_into_a_plain_array_is_refused():
    model, optimizer = classifier()

    def loss_function(x, labels):
        return losses.cross_entropy(
            model(x), np.array(labels.tolist() if type(labels) is list else labels, int) * 1
        )

    with pytest.raises(ValueError, match="a replay differs from the engine"):
        record(loss_function, optimizer, X, LABELS)


def test_reading_a_number_is_refused():
    model, optimizer = classifier()

    def scaled(x, labels):
        loss = losses.cross_entropy(model(x), labels)
        return loss * (1 / float(loss.data))

    with pytest.raises(ValueError, match="reads a number out of an array"):
        record(scaled, optimizer, X, LABELS)
    assert type(model.parameters()[0]._data) is np.ndarray  # nothing is left noting


def test_a_loss_that_is_no_single_number_is_refused():
    model, optimizer = classifier()
    with pytest.raises(ValueError, match="starts from a single number"):
        record(lambda x, labels: model(x), optimizer, X, LABELS)


def test_a_gradient_that_is_the_same_for_all_inputs_is_recorded():
    W, b = Tensor(np.ones((5, 2))), Tensor(np.ones(2))
    step = record(lambda x: ops.linear(x, W, b).sum(), optim.SGD([W, b], lr=0.1), X)
    step(X)
    assert b.grad.tolist() == [12.0, 12.0]


def test_an_ordinary_numpy_expression_in_the_loss_is_recorded():
    model, optimizer = classifier()
    loss_function = lambda x, labels: ops.mean(model(x * 2.0 + 1.0) ** 2)  # noqa: E731
    step = record(loss_function, optimizer, X, LABELS)
    expected = loss_function(Tensor(3 * X), LABELS).item()
    assert step(3 * X, LABELS) == pytest.approx(expected)


def test_a_transformer_is_recorded_too():
    class Model(nn.Module):
        def __init__(self):
            self.block = nn.TransformerBlock(8, 2, rng=2, causal=True)
            self.out = nn.Linear(8, 7, rng=3)

        def forward(self, x):
            return self.out(self.block(x)).reshape(-1, 7)

    rng = np.random.default_rng(6)
    models = [Model(), Model()]
    optimizers = [optim.Adam(model.parameters(), lr=0.01) for model in models]
    loss_of = lambda model: lambda x, y: losses.cross_entropy(model(x), y.reshape(-1))  # noqa: E731
    batch = lambda: (rng.normal(size=(4, 5, 8)), rng.integers(0, 7, (4, 5)))  # noqa: E731
    step = record(loss_of(models[0]), optimizers[0], *batch())
    for _ in range(3):
        x, y = batch()
        assert step(x, y) == pytest.approx(eager_step(models[1], optimizers[1], loss_of(models[1]), x, y))


def test_a_step_whose_shapes_depend_on_the_data_is_refused():
    table, out = nn.Embedding(7, 8, rng=1), nn.Linear(8, 3, rng=2)
    optimizer = optim.SGD([*table.parameters(), *out.parameters()], lr=0.1)
    with pytest.raises(ValueError, match="a replay differs from the engine"):
        record(
            lambda tokens, labels: losses.cross_entropy(out(table(tokens)), labels), optimizer, LABELS, LABELS
        )
