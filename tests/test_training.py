"""`fit`: it learns, it covers every example, it stops cleanly, and it says where NaN began."""

import json
import math
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from backprop_lib import Tensor, data, fit, losses, nn, op, optim
from backprop_lib.nn import MLP, BatchNorm, Dropout, Linear, Module, Sequential
from backprop_lib.training import Diverged, History, accuracy, evaluate, predict
from backprop_lib.training.interrupts import Shield
from backprop_lib.training.loop import batches


@pytest.fixture(autouse=True)
def interruptible():
    """A test run in the background ignores SIGINT; these tests send it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def moons(n, seed):
    """Two half circles that interlock: inputs (n, 2), labels (n,)."""
    rng = np.random.default_rng(seed)
    angle, labels = rng.uniform(0, np.pi, n), np.arange(n) % 2
    side = np.where(labels, -1, 1)
    x = np.stack([np.cos(angle) * side + labels, np.sin(angle) * side + labels / 2], axis=1)
    return x + rng.normal(0, 0.1, x.shape), labels


def trained(seed=0, model=None, lr=0.5, loss=losses.cross_entropy, **options):
    """A small classifier of moons and the history of its training."""
    model = model or MLP([2, 8, 2], rng=seed)
    arguments = {"epochs": 3, "batch_size": 16, "rng": seed, "progress": False} | options
    examples = arguments.pop("data", moons(50, 1))
    optimizer = arguments.pop("optimizer", None) or optim.SGD(model.parameters(), lr)
    return model, fit(model, examples, loss, optimizer, **arguments)


def parameters(model):
    return np.concatenate([p.data.ravel() for p in model.parameters()])


# It learns


def test_xor_is_learned_with_one_logit():
    points = data.xor()
    model = MLP([2, 8, 1], activation="tanh", rng=0)
    examples = points.inputs, points.labels[:, None]
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    history = fit(model, examples, losses.binary_cross_entropy, optimizer,
                  epochs=200, batch_size=4, rng=0, metric=accuracy, progress=False)  # fmt: skip
    assert history.loss[-1] < 0.01 < history.loss[0] and history.metric[-1] == 1.0
    assert evaluate(model, examples, losses.binary_cross_entropy, accuracy).metric == 1.0


def test_moons_are_learned():
    model, history = trained(epochs=60, data=moons(200, 1), validation=moons(100, 2), metric=accuracy)
    assert history.loss[-1] < history.loss[0] / 3
    assert history.validation_metric[-1] >= 0.97
    assert evaluate(model, moons(100, 2), losses.cross_entropy, accuracy) == (
        history.validation_loss[-1],
        history.validation_metric[-1],
    )


def test_digits_are_learned_in_float32():
    train, validation, _ = data.digits().split()
    model = MLP([64, 32, 10], rng=0, dtype=np.float32)
    history = fit(model, (train.pixels, train.labels), losses.cross_entropy,
                  optim.Adam(model.parameters(), lr=0.003), epochs=15, batch_size=32, rng=0,
                  validation=(validation.pixels, validation.labels), metric=accuracy,
                  progress=False)  # fmt: skip
    assert history.validation_metric[-1] > 0.94 and history.loss[-1] < 0.2 * history.loss[0]
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert predict(model, validation.pixels).dtype == np.float32


def test_the_same_seed_trains_the_same_model_and_another_another():
    (one, first), (again, second), (other, third) = (trained(seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(parameters(one), parameters(again))
    assert first.step_loss == second.step_loss != third.step_loss
    assert not np.array_equal(parameters(one), parameters(other))


def test_a_step_is_what_one_writes_by_hand():
    x, y = moons(10, 1)
    fitted, by_hand = MLP([2, 4, 2], rng=0), MLP([2, 4, 2], rng=0)
    _, history = trained(
        model=fitted, data=(x, y), epochs=1, batch_size=4, clip=0.5, schedule=lambda t: 1 / (t + 1)
    )
    optimizer = optim.SGD(by_hand.parameters(), lr=9.0)
    order = np.random.default_rng(0).permutation(10)
    for t, rows in enumerate((order[:4], order[4:8], order[8:])):
        by_hand.zero_grad()
        losses.cross_entropy(by_hand(x[rows]), y[rows]).backward()
        assert optim.clip_norm(by_hand.parameters(), 0.5) > 0
        optimizer.lr = 1 / (t + 1)
        optimizer.step()
    np.testing.assert_allclose(parameters(fitted), parameters(by_hand), rtol=1e-14)
    assert history.step_lr == [1, 1 / 2, 1 / 3] and history.lr == [1 / 3]


# What it goes through


@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 5, [3]), (3, 1, [1] * 3)]
)
def test_every_example_comes_once_an_epoch_in_a_new_order(n, batch_size, sizes):
    rng, x = np.random.default_rng(0), np.arange(n)
    epochs = [list(batches(x, -x, batch_size, rng)) for _ in range(4)]
    for epoch in epochs:
        assert [len(bx) for bx, _ in epoch] == sizes
        assert all((bx == -by).all() for bx, by in epoch), "x and y belong together"
        assert sorted(np.concatenate([bx for bx, _ in epoch])) == x.tolist()
    assert len({tuple(np.concatenate([bx for bx, _ in epoch])) for epoch in epochs}) > 1


def test_the_mean_of_an_epoch_counts_examples_not_batches():
    x, y = np.zeros((5, 1)), np.array([0, 0, 0, 0, 1])
    still = Linear(1, 2, rng=0)
    _, history = trained(
        model=still, data=(x, y), epochs=1, batch_size=4, lr=1e-300, metric=lambda z, t: t.mean(),
        loss=lambda z, t: (z * 0).sum() + float(t.mean()),
    )  # fmt: skip
    assert history.loss == [pytest.approx(0.2)] and history.metric == [pytest.approx(0.2)]


def test_augment_changes_training_inputs_only_and_draws_from_the_generator():
    x, y = moons(20, 1)
    seen, rng = [], np.random.default_rng(0)

    def augment(batch, given):
        assert given is rng
        seen.append(batch.copy())
        batch += 100  # in place, which must not reach the data
        return batch

    class Watched(Linear):
        def forward(self, x):
            assert (x._data > 50).all() == self.training
            return super().forward(x)

    before = x.copy()
    trained(model=Watched(2, 2, rng=0), data=(x, y), rng=rng, augment=augment, validation=(x, y), lr=1e-6)
    np.testing.assert_array_equal(x, before)
    assert len(seen) == 6 and max(abs(batch).max() for batch in seen) < 5


def test_whole_numbers_reach_the_model_as_they_are():
    tokens = np.arange(12).reshape(6, 2) % 5

    class Reader(Module):
        def __init__(self):
            self.table = nn.Embedding(5, 3, rng=0)
            self.out = Linear(6, 5, rng=0)

        def forward(self, x):
            assert x.dtype == tokens.dtype
            return self.out(self.table(x).reshape(len(x), 6))

    model, history = trained(model=Reader(), data=(tokens, tokens[:, 0]), epochs=30)
    assert history.loss[-1] < history.loss[0] / 2 and predict(model, tokens).shape == (6, 5)


# Train and eval mode


class Modes(Sequential):
    """Notes in which mode it is run."""

    def __init__(self):
        super().__init__(Linear(2, 4, rng=0), BatchNorm(4), Dropout(0.5, rng=0), Linear(4, 2, rng=0))
        self.seen = []

    def forward(self, x):
        self.seen.append(self.training)
        return super().forward(x)


def test_validation_is_in_eval_mode_and_training_goes_on_in_train_mode():
    model = Modes()
    trained(model=model, epochs=2, validation=moons(20, 2))
    assert model.seen == [True] * 4 + [False] + [True] * 4 + [False]


def test_each_module_gets_back_its_mode_whatever_happens():
    model = Modes().eval()
    model.layers[2].training = True
    before = [module.training for module in model.modules()]
    trained(model=model)
    assert [module.training for module in model.modules()] == before
    for broken in ("loss", "on_epoch", "augment", "metric"):
        with pytest.raises(ZeroDivisionError):
            trained(model=model, **{"validation": moons(20, 2), broken: lambda *_: 1 / 0})
        assert [module.training for module in model.modules()] == before
    with pytest.raises(ZeroDivisionError):
        evaluate(model, moons(20, 2), lambda *_: 1 / 0)
    predict(model, moons(20, 2)[0])
    assert [module.training for module in model.modules()] == before


def test_nothing_is_left_behind():
    model, _ = trained(clip=1.0, validation=moons(20, 2), patience=2)
    assert all(p.grad is None for p in model.parameters())
    assert all("forward" not in vars(module) for module in model.modules())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert np.geterr()["over"] == "warn"
    assert Tensor(1.0).exp()._parents, "graphs are recorded again"


def test_validation_does_not_train():
    one, _ = trained()
    other, _ = trained(validation=moons(20, 2), metric=accuracy)
    np.testing.assert_array_equal(parameters(one), parameters(other))


# Stopping


def test_early_stopping_restores_the_best_parameters_and_buffers():
    kept = {}

    def keep(state):
        kept[state.epoch] = state.model.state_dict()

    model = Sequential(Linear(2, 16, rng=0), BatchNorm(16), Linear(16, 2, rng=0))
    x, y = moons(20, 2)
    model, history = trained(
        model=model, lr=2.0, epochs=500, validation=(x, 1 - y), patience=3, on_epoch=keep
    )
    best = history.best_epoch
    assert history.stopped == "no lower validation loss for 3 epochs in a row"
    assert (
        len(history) == best + 3 < 500 and min(history.validation_loss) == history.validation_loss[best - 1]
    )
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, kept[best][name])
        assert not np.array_equal(array, kept[best + 3][name])
    assert evaluate(model, (x, 1 - y), losses.cross_entropy).loss == history.validation_loss[best - 1]


def test_with_patience_the_best_is_restored_also_after_the_last_epoch():
    x, y = moons(20, 2)
    model, history = trained(lr=0.5, epochs=4, validation=(x, 1 - y), patience=9)
    assert history.stopped == "" and history.best_epoch == 1
    assert evaluate(model, (x, 1 - y), losses.cross_entropy).loss == history.validation_loss[0]


def test_without_patience_the_last_parameters_stay():
    x, y = moons(20, 2)
    model, history = trained(lr=0.5, epochs=4, validation=(x, 1 - y))
    assert evaluate(model, (x, 1 - y), losses.cross_entropy).loss == history.validation_loss[3]


def test_callbacks_see_where_training_is_and_can_end_it():
    steps, epochs = [], []

    def on_step(state):
        steps.append((state.epoch, state.step, state.loss == state.history.step_loss[-1]))
        return True  # means nothing

    def on_epoch(state):
        epochs.append((state.epoch, len(state.history), state.model.training))
        if state.epoch == 2:
            state.stop("enough")

    _, history = trained(epochs=5, on_step=on_step, on_epoch=on_epoch)
    assert steps == [(1 + i // 4, i + 1, True) for i in range(8)]
    assert epochs == [(1, 1, True), (2, 2, True)] and history.stopped == "enough"
    _, history = trained(on_step=lambda state: state.stop())
    assert (len(history), len(history.step_loss), history.stopped) == (0, 1, "stopped by a callback")


def interrupt(*_):
    raise KeyboardInterrupt


def test_an_interrupt_keeps_what_was_learned():
    snapshots = []

    def on_step(state):
        snapshots.append(parameters(state.model))
        if state.step == 6:
            interrupt()

    model, history = trained(epochs=9, on_step=on_step, validation=moons(20, 2))
    assert history.stopped == "interrupted"
    assert (len(history), len(history.validation_loss), len(history.step_loss)) == (1, 1, 6)
    np.testing.assert_array_equal(parameters(model), snapshots[-1])
    assert model.training and all(p.grad is None for p in model.parameters())
    assert "interrupted" in repr(history) and history.plot().png


@pytest.mark.parametrize("where", ["loss", "augment", "metric", "on_epoch"])
def test_an_interrupt_anywhere_leaves_a_whole_number_of_steps(where):
    reference = []
    trained(epochs=1, on_step=lambda state: reference.append(parameters(state.model)))
    model, history = trained(epochs=1, **{where: interrupt})
    n = len(history.step_loss)
    start = parameters(MLP([2, 8, 2], rng=0))
    np.testing.assert_array_equal(parameters(model), reference[n - 1] if n else start)
    assert history.stopped == "interrupted" and n == (4 if where == "on_epoch" else 0)


def test_a_signal_during_the_optimizers_step_waits_for_its_end():
    class Interrupted(optim.SGD):
        def update(self, w, g):
            if self.t == 3:
                os.kill(os.getpid(), signal.SIGINT)
            super().update(w, g)

    model = MLP([2, 8, 2], rng=0)
    model, history = trained(model=model, optimizer=Interrupted(model.parameters(), 0.5))
    reference = []
    trained(on_step=lambda state: reference.append(parameters(state.model)))
    assert history.stopped == "interrupted" and len(history.step_loss) == 3
    np.testing.assert_array_equal(parameters(model), reference[2])


def test_training_works_in_a_thread_where_no_signal_can_be_handled():
    result = []
    thread = threading.Thread(target=lambda: result.append(trained()[1]))
    thread.start()
    thread.join()
    assert len(result[0]) == 3


def test_a_shield_hands_the_interrupt_on_after_the_block_and_holds_nothing_else_back():
    done, shield = [], Shield()
    with shield.ready():
        with pytest.raises(KeyboardInterrupt), shield:
            os.kill(os.getpid(), signal.SIGINT)
            done.append("all of it")
        with shield:
            done.append("not interrupted again")
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert done == ["all of it", "not interrupted again"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# NaN and infinity


@op
def _nan_behind(x):
    return x * 1.0, lambda g: g * np.nan


@op
def _log_of_nothing(x):
    return np.log(x - x), lambda g: g


class BreaksBackward(Module):
    def forward(self, x):
        return _nan_behind(x)


class BreaksForward(Module):
    def __init__(self, at):
        self.at, self.calls = at, 0

    def forward(self, x):
        self.calls += 1
        return _log_of_nothing(x) if self.calls >= self.at else x


def diverged(**options):
    with pytest.raises(Diverged) as caught:
        trained(**options)
    return caught.value


def test_a_learning_rate_that_is_far_too_high_names_layer_pass_and_rate():
    model = Sequential(Linear(2, 8, rng=0), Linear(8, 8, rng=1), Linear(8, 2, rng=2))
    before = parameters(model)
    error = diverged(model=model, lr=1e160, epochs=5)  # 1e160² is beyond float64
    assert (error.origin.direction, error.origin.place) == ("forward", "layers.1")
    text = str(error)
    assert "loss became nan at epoch 1, step 2: in the forward pass" in text
    assert "came out of the operation 'linear', given values up to" in text
    assert "in layer 'layers.1', Linear W (8, 8)" in text
    assert "The learning rate was 1e+160: try a smaller one." in text
    assert len(error.history.step_loss) == 1
    np.testing.assert_array_equal(parameters(model), before)


def test_squared_error_with_a_rate_of_a_million_diverges_and_is_named():
    x, y = moons(50, 1)
    model = MLP([2, 8, 1], rng=0, activation="relu")
    error = diverged(model=model, data=(x, y[:, None] * 1.0), loss=losses.mse, lr=1e6, epochs=99)
    assert "The learning rate was 1e+06" in str(error) and error.origin.direction in ("forward", "backward")
    assert np.isfinite(parameters(model)).all()


def test_nan_in_the_backward_pass_alone_names_the_layer_and_no_step_is_made():
    layers = Linear(2, 4, rng=0), BreaksBackward(), Linear(4, 4, rng=0), Linear(4, 2, rng=0)
    inner = Sequential(*layers[:3])
    model = Sequential(inner, layers[3])
    before = parameters(model)
    error = diverged(model=model)
    assert (error.origin.direction, error.origin.place) == ("backward", "layers.0.layers.1")
    assert "a gradient became nan or infinite at epoch 1, step 1: in the backward pass" in str(error)
    assert "BreaksBackward" in str(error) and "not the learning rate" in str(error)
    np.testing.assert_array_equal(parameters(model), before)


def test_nan_in_the_forward_pass_names_the_innermost_layer():
    model = Sequential(Linear(2, 4, rng=0), Sequential(BreaksForward(at=6)), Linear(4, 2, rng=0))
    kept = []
    error = diverged(model=model, epochs=9, on_epoch=lambda state: kept.append(parameters(state.model)))
    assert (error.origin.direction, error.origin.place) == ("forward", "layers.1.layers.0")
    assert "epoch 2, step 6" in str(error) and "learning rate was 0.5" in str(error)
    np.testing.assert_array_equal(parameters(model), kept[-1]), "as at the end of epoch 1"
    assert (len(error.history), len(error.history.step_loss)) == (1, 5)
    assert all("forward" not in vars(module) for module in model.modules())


def test_code_of_the_model_between_its_layers_is_named_as_the_models():
    class Net(Module):
        def __init__(self):
            self.a, self.b = Linear(2, 4, rng=0), Linear(4, 2, rng=0)

        def forward(self, x):
            return self.b(_log_of_nothing(self.a(x)))

    error = diverged(model=Net())
    assert error.origin.place == "" and "in the model itself, Net" in str(error)


def test_of_two_branches_the_guilty_one_is_named():
    class Fork(Module):
        def __init__(self, *first):
            self.out, self.first, self.second = Linear(2, 2, rng=0), list(first), BreaksBackward()

        def forward(self, x):
            x = self.out(x)
            return sum((layer(x) for layer in self.first), x) + self.second(x)

    assert diverged(model=Fork()).origin.place == "second"
    assert diverged(model=Fork(nn.Tanh())).origin.place == "second"


def test_a_parameter_that_is_nan_already_is_named():
    model = MLP([2, 4, 2], rng=0)
    model.layers[1].W.data[0, 0] = np.nan
    error = diverged(model=model)
    assert error.origin.place == "layers.1" and "were in the parameter 'layers.1.W' itself" in str(error)


def test_the_loss_and_the_batch_can_be_guilty_too():
    error = diverged(loss=lambda z, y: _log_of_nothing(z).mean())
    assert error.origin.place is None and "in the loss function" in str(error)
    error = diverged(augment=lambda x, rng: x * np.nan)
    assert error.origin.place is None and "look at data and augment" in str(error)


def test_a_constant_of_minus_infinity_that_is_meant_is_not_blamed():
    mask = Tensor([[0.0, -np.inf]], requires_grad=False)

    class Masked(Module):
        def __init__(self):
            self.a, self.bad = Linear(2, 2, rng=0), BreaksForward(at=1)

        def forward(self, x):
            return self.bad((self.a(x) + mask).softmax(axis=1))

    assert diverged(model=Masked()).origin.place == "bad"


def test_large_finite_gradients_are_no_failure():
    big = np.float32(1e25)  # its square is beyond float32
    model = Linear(2, 2, rng=0, dtype=np.float32)
    _, history = trained(model=model, loss=lambda z, y: (z * big).mean(), lr=1e-30, epochs=1)
    assert len(history) == 1


def test_with_patience_divergence_goes_back_to_the_best():
    x, y = moons(20, 2)
    model = Sequential(Linear(2, 4, rng=0), BreaksForward(at=20), Linear(4, 2, rng=0))
    kept = []
    error = diverged(
        model=model, epochs=9, validation=(x, 1 - y), patience=9,
        on_epoch=lambda state: kept.append(parameters(state.model)),
    )  # fmt: skip
    np.testing.assert_array_equal(parameters(model), kept[error.history.best_epoch - 1])
    assert error.history.best_epoch < len(kept)


# Bad arguments


class NotAModule:
    pass


X, Y = moons(6, 0)
BAD = {
    "unequal lengths": ({"data": (X, Y[:5])}, ValueError, "a target for each input, got 6 inputs and 5"),
    "no data": ({"data": (X[:0], Y[:0])}, ValueError, "x of data must have at least one example"),
    "not a pair": ({"data": X}, TypeError, r"data must be a pair \(x, y\)"),
    "words": ({"data": (np.array([["a"]]), Y[:1])}, TypeError, "x of data must be real numbers"),
    "nan in x": ({"data": (X * [1, np.nan], Y)}, ValueError, r"x of data .* entry \(0, 1\) is nan"),
    "inf in y": ({"data": (X, Y + np.inf)}, ValueError, "y of data must be finite"),
    "no batch": ({"batch_size": 0}, ValueError, "batch_size must be 1 or more, got 0"),
    "half a batch": ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number"),
    "negative epochs": ({"epochs": -1}, ValueError, "epochs must be 1 or more, got -1"),
    "epochs left out": ({"epochs": None}, TypeError, "epochs must be a whole number"),
    "no validation data": ({"validation": (X[:0], Y[:0])}, ValueError, "x of validation must have"),
    "patience alone": ({"patience": 3}, ValueError, "patience needs validation"),
    "no patience": ({"patience": 0, "validation": (X, Y)}, ValueError, "patience must be 1 or more"),
    "clip": ({"clip": -1}, ValueError, "clip must be"),
    "rng": ({"rng": None}, TypeError, "rng"),
    "not a model": ({"model": NotAModule(), "optimizer": 1}, TypeError, "model must be a Module"),
    "not an optimizer": ({"optimizer": 0.1}, TypeError, "optimizer must be .* got float"),
    "no scalar": ({"loss": lambda z, y: z}, ValueError, "loss must return one number, got shape"),
    "no Tensor": ({"loss": lambda z, y: 1.0}, TypeError, "loss must return a Tensor, got float"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_are_named(name):
    options, kind, message = BAD[name]
    with pytest.raises(kind, match=message):
        trained(**options)


def test_an_optimizer_of_another_model_is_found_out():
    old, new = MLP([2, 8, 2], rng=0), MLP([2, 8, 2], rng=0)
    with pytest.raises(
        ValueError, match=r"4 of which are not in this model.*SGD\(model.parameters\(\), lr=0.1\)"
    ):
        trained(model=new, optimizer=optim.SGD(old.parameters(), lr=0.1))
    _, history = trained(model=new, optimizer=optim.SGD(new.layers[1].parameters(), lr=0.1))
    assert len(history) == 3, "to train a part of a model is fine"


def test_no_epochs_change_nothing():
    model, history = trained(epochs=0, validation=(X, Y), patience=1)
    np.testing.assert_array_equal(parameters(model), parameters(MLP([2, 8, 2], rng=0)))
    assert len(history) == 0 and history.best_epoch is None
    assert "0 epochs" in repr(history) and "image/png" not in history._repr_mimebundle_()
    with pytest.raises(ValueError, match="no epoch was completed"):
        history.plot()


# predict, evaluate, accuracy


def test_predict_in_parts_is_predict_at_once():
    model, x = MLP([2, 8, 3], rng=0), moons(10, 0)[0]
    whole = predict(model, x)
    np.testing.assert_allclose(predict(model, x, batch_size=3), whole, rtol=1e-14)
    np.testing.assert_array_equal(whole, model(x)._data)
    assert evaluate(model, (x, x[:, 0] > 0), lambda z, t: z.mean()).metric is None
    with pytest.raises(ValueError, match="at least one example"):
        predict(model, x[:0])


def test_accuracy():
    logits = np.array([[1.0, 3.0, 2.0], [5.0, 5.0, 0.0], [0.0, 0.0, 1.0], [9.0, 0.0, 0.0]])
    assert accuracy(logits, [1, 0, 2, 2]) == 0.75
    assert accuracy(Tensor(logits), [1, 1, 1, 1]) == 0.25, "of equal logits the first counts"
    assert accuracy(logits.reshape(2, 2, 3), [[1, 0], [2, 2]]) == 0.75
    assert accuracy(np.array([0.2, -3, 0.0]), np.array([1, 0, 1])) == pytest.approx(2 / 3)
    assert accuracy(np.array([[0.2], [-3]]), np.array([[1], [1]])) == 0.5
    assert accuracy(np.array([0.2, -3]), np.array([1, -1])) == 1.0
    for z, t, message in [
        (logits, [1, 0], "got logits"),
        (logits, np.eye(4)[:, :3], "labels.argmax"),
        (logits[:, :1], [1, 0, 1, 0], "got logits"),
        (logits[:, 0], [0.3, 1, 2, 0], "labels of 0 and 1"),
        (np.zeros((0, 2)), [], "at least one label"),
    ]:
        with pytest.raises(ValueError, match=message):
            accuracy(z, np.asarray(t))


# History and progress


def test_the_history_is_complete_and_plain():
    _, history = trained(validation=moons(20, 2), metric=accuracy, schedule=optim.cosine(0.5, 12))
    told = json.loads(json.dumps(history.to_dict()))
    lengths = {name: len(value) for name, value in told.items() if isinstance(value, list)}
    assert lengths == {
        "loss": 3, "metric": 3, "validation_loss": 3, "validation_metric": 3, "lr": 3, "seconds": 3,
        "step_loss": 12, "step_lr": 12,
    }  # fmt: skip
    assert history.step_lr[0] == 0.5 > history.lr[-1] > 0 and min(history.seconds) > 0
    assert told["metric_name"] == "accuracy" and told["stopped"] == ""
    told["loss"].clear()
    history.to_dict()["loss"].clear()
    assert len(history) == 3, "a copy was given"
    assert repr(history).startswith("History(3 epochs in ") and "validation accuracy" in repr(history)


def test_the_plot_is_drawn_said_in_words_and_the_same_every_time():
    _, history = trained(epochs=4, validation=moons(20, 2), metric=accuracy)
    picture = history.plot()
    assert picture.png.startswith(b"\x89PNG") and picture.png == history.plot().png
    for words in ("Loss over 4 epochs: training from", "Accuracy over 4 epochs", "lowest validation loss"):
        assert words in picture.alt
    bundle = history._repr_mimebundle_()
    assert bundle["image/png"] == picture.base64 and picture.alt in bundle["text/plain"]


def test_the_plot_has_labelled_axes_and_lines_that_differ_in_more_than_colour(monkeypatch):
    from backprop_lib.training import curves

    figures = []
    monkeypatch.setattr(curves, "Picture", lambda figure, alt: figures.append(figure))
    trained(epochs=4, validation=moons(20, 2), metric=accuracy)[1].plot()
    (loss, metric), lines = figures[0].axes, figures[0].axes[0].get_lines()
    assert [ax.get_xlabel() for ax in (loss, metric)] == ["epoch", "epoch"]
    assert (loss.get_ylabel(), metric.get_ylabel()) == ("loss", "accuracy")
    styles = {line.get_label(): (line.get_marker(), line.get_linestyle()) for line in lines}
    assert styles["training"] == ("o", "-") and styles["validation"] == ("s", "--")
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]


def test_a_plot_without_validation_or_with_losses_that_are_not_finite_is_drawn():
    assert trained(epochs=1)[1].plot().alt.startswith("Loss over 1 epoch: training from")
    history = History("", 1)
    history.add_step(1.0, 0.1)
    history.loss, history.validation_loss = [1.0, math.inf], [math.nan, math.nan]
    assert history.best_epoch is None and history.plot().png


def test_progress_is_one_line_and_off_means_silent(capsys):
    trained()
    assert capsys.readouterr() == ("", "")
    trained(progress=True, validation=moons(20, 2), metric=accuracy)
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    last = err.strip().split("\r")[-1]
    assert "epoch 3/3: 100%" in last and "12/12" in last
    assert "loss 0." in last and "validation accuracy" in last and "step/s" in last


def test_importing_costs_neither_tqdm_nor_matplotlib():
    code = (
        "import sys; from backprop_lib import fit; "
        "print([name for name in ('tqdm', 'matplotlib') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
