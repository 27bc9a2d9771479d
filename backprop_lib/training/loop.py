"""`fit`: the training loop. What happens in one step stands in `_Run.step`."""

import math
import time

import numpy as np

from backprop_lib import optim
from backprop_lib.init import as_generator, as_size
from backprop_lib.optim.optimizer import positive
from backprop_lib.training.arguments import as_batch, as_examples, check_model, check_optimizer, dtype_of
from backprop_lib.training.checkpoints import Checkpoints
from backprop_lib.training.diagnosis import Diverged, find_origin
from backprop_lib.training.evaluating import as_number, evaluate, mode
from backprop_lib.training.history import History
from backprop_lib.training.interrupts import Shield
from backprop_lib.training.progress import Progress


def fit(
    model,
    data,
    loss,
    optimizer,
    *,
    epochs,
    batch_size,
    rng,
    validation=None,
    metric=None,
    schedule=None,
    clip=None,
    augment=None,
    patience=None,
    on_step=None,
    on_epoch=None,
    progress=True,
):
    """Train the model in mini-batches, in place. Returns the `History`.

    model: a Module. optimizer: an Optimizer of its parameters, or of some of them.
    data: a pair (x, y) of arrays, one example a row. Real numbers x become Tensors of the model's
        dtype; whole numbers (tokens) stay a plain array. y goes to the loss as it is.
    loss: loss(prediction, y) -> a Tensor of one number, the mean over a batch, such as `losses.mse`.
    epochs: how often to go through all examples, 0 or more.
    batch_size: examples in a step; the last batch of an epoch has those that are left over.
    rng: a numpy Generator or a seed. It draws a new order of the examples for every epoch.
    validation: a pair (x, y), measured after every epoch and never trained on.
    metric: metric(prediction, y) -> a number, such as `accuracy`; kept and shown, not differentiated.
    schedule: schedule(t) -> the learning rate of step t, where t = 0, 1, …; such as `optim.cosine`.
    clip: the largest norm of all gradients together; beyond it they are scaled down (`clip_norm`).
    augment: augment(x, rng) -> other inputs for a batch, such as shifted images; in training only.
    patience: stop after so many epochs in a row without a lower validation loss. However training
        ends, the model then has its parameters from the epoch with the lowest.
    on_step, on_epoch: called with a `State` after every step; after every epoch, measured and in the
        history. `state.stop(reason)` ends training; what they return does not matter.
    progress: show one line with the epoch, the losses and the time left.

    Ctrl-C, or Jupyter's stop button, ends training and keeps what was learned: a step is finished or
    not begun. Then `history.stopped` is "interrupted".

    Raises `Diverged`, a FloatingPointError, when a loss or a gradient is NaN or infinite; its message
    names the layer and the pass in which that began. The model then has its parameters from the end
    of the last complete epoch, or those it started with. TypeError or ValueError for bad arguments.

    After it, whether it returns or raises, gradients are None and every module is in train or eval
    mode as it was before.
    """
    check_model(model)
    check_optimizer(optimizer, model)
    examples = as_examples("data", data, dtype_of(model))
    if validation is not None:
        validation = as_examples("validation", validation, dtype_of(model))
    epochs = 0 if epochs == 0 else as_size("epochs", epochs)
    batch_size = as_size("batch_size", batch_size)
    clip = None if clip is None else positive("clip", clip)
    rng = as_generator(rng)
    shield = Shield()
    kept = Checkpoints(model, _checked_patience(patience, validation))
    n_steps = math.ceil(len(examples[0]) / batch_size)  # in an epoch
    history = History(getattr(metric, "__name__", "metric") if metric else "", n_steps)
    run = _Run(State(model, optimizer, history), loss, metric, schedule, clip, shield)
    with shield.ready(), mode(model, training=True), Progress(epochs, n_steps, progress) as bar:
        try:
            for epoch in range(1, epochs + 1):
                start = time.perf_counter()
                run.begin(epoch)
                _go_through(run, batches(*examples, batch_size, rng, augment), on_step, bar)
                if history.stopped:
                    break
                measured = evaluate(model, validation, loss, metric) if validation else None
                with shield:
                    history.add_epoch(*run.means(), measured, time.perf_counter() - start)
                    kept.end_epoch(history)
                bar.epoch(history)
                _call(on_epoch, run.state)
                if history.stopped:
                    break
        except KeyboardInterrupt:
            history.stopped = "interrupted"
        except Diverged:
            with shield:
                kept.restore_last()
            raise
        finally:
            with shield:
                kept.restore_best()
                model.zero_grad()
    return history


class State:
    """What `on_step` and `on_epoch` are given.

    epoch, step: where training is. Both count from 1, step goes on from epoch to epoch.
    loss: that of this step, before it was made. model, optimizer, history: the objects themselves.
    """

    def __init__(self, model, optimizer, history):
        self.model, self.optimizer, self.history = model, optimizer, history
        self.epoch, self.step, self.loss = 0, 0, math.nan

    def stop(self, reason=""):
        """End training now; `history.stopped` will be the reason."""
        self.history.stopped = reason or "stopped by a callback"


def batches(x, y, batch_size, rng, augment=None):
    """Yield (x, y) of at most batch_size examples; every example once, in a random order."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows] if augment is None else augment(x[rows], rng), y[rows]


def _go_through(run, batches_of_an_epoch, on_step, bar):
    for x, y in batches_of_an_epoch:
        run.step(x, y)
        bar.step(run.state.epoch, run.state.loss)
        _call(on_step, run.state)
        if run.state.history.stopped:
            return


class _Run:
    """The steps of a training run, and the sums that become the means of an epoch."""

    def __init__(self, state, loss, metric, schedule, clip, shield):
        self.state, self.loss, self.metric = state, loss, metric
        self.schedule, self.clip, self.shield = schedule, clip, shield
        self.parameters = state.model.parameters()

    def begin(self, epoch):
        self.state.epoch = epoch
        self.n, self.loss_sum, self.metric_sum = 0, 0.0, 0.0

    def step(self, x, y):
        """Forward, backward, and a change of the parameters: wholly, or not at all."""
        state = self.state
        if self.schedule is not None:
            state.optimizer.lr = self.schedule(state.step)
        for p in self.parameters:
            p.grad = None
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # looked for below
            prediction = state.model(as_batch(x))
            L = self.loss(prediction, y)
            value = as_number(L)
            if not math.isfinite(value):
                raise self._diverged(f"loss became {value}", x, y)
            L.backward()
            if not _finite_gradients(self.parameters):
                raise self._diverged("a gradient became nan or infinite", x, y)
            if self.clip is not None:
                optim.clip_norm(self.parameters, self.clip)
            metric = 0.0 if self.metric is None else float(self.metric(prediction._data, y))
            with self.shield:
                state.optimizer.step()
                state.step, state.loss = state.step + 1, value
                state.history.add_step(value, state.optimizer.lr)
                self.n += len(y)
                self.loss_sum += len(y) * value
                self.metric_sum += len(y) * metric

    def means(self):
        """The means of loss and metric (None without one) over the examples since `begin`."""
        return self.loss_sum / self.n, None if self.metric is None else self.metric_sum / self.n

    def _diverged(self, what, x, y):
        state = self.state
        origin = find_origin(state.model, self.loss, x, y)
        hint = f"The learning rate was {state.optimizer.lr:g}: try a smaller one."
        if state.step == 0:
            hint = "No step was made yet, so look at the data and the initial weights, not the learning rate."
        return Diverged(
            f"{what} at epoch {state.epoch}, step {state.step + 1}: in the {origin.direction} pass, "
            f"the first values that are not finite {origin.words}. {hint}",
            state.history,
            origin,
        )


def _finite_gradients(parameters):
    gradients = [p.grad for p in parameters if p.grad is not None]
    # Fast; may overflow although no entry is infinite, hence the second look
    sum_of_squares = sum([np.vdot(g, g) for g in gradients])
    return math.isfinite(sum_of_squares) or all(np.isfinite(g).all() for g in gradients)


def _checked_patience(patience, validation):
    if patience is None:
        return None
    if validation is None:
        raise ValueError("patience needs validation=(x, y): it waits for a lower validation loss")
    return as_size("patience", patience)


def _call(callback, state):
    if callback is not None:
        callback(state)
