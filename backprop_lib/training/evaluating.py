"""Using a model without training it."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from backprop_lib.init import as_size
from backprop_lib.tensor import Tensor, no_grad
from backprop_lib.training.arguments import as_batch, as_examples, as_inputs, check_model, dtype_of


class Evaluation(NamedTuple):
    """How good a model is on some examples; `metric` is None if none was asked for."""

    loss: float
    metric: float | None = None


def predict(model, x, *, batch_size=1024):
    """The model's outputs for the inputs x (N, ...), as one array (N, ...), without a graph.

    The model is in eval mode meanwhile (no dropout), and afterwards in the mode it was in.
    batch_size: how many examples go through the model at a time; it bounds the memory that is needed.
    """
    check_model(model)
    x, batch_size = as_inputs("x", x, dtype_of(model)), as_size("batch_size", batch_size)
    with mode(model, training=False), no_grad():
        outputs = [model(as_batch(x[i : i + batch_size])) for i in range(0, len(x), batch_size)]
    if not isinstance(outputs[0], Tensor):
        raise TypeError(f"model must return a Tensor, got {type(outputs[0]).__name__}")
    return np.concatenate([output._data for output in outputs])


def evaluate(model, data, loss, metric=None, *, batch_size=1024):
    """(loss, metric) of the model on data = (x, y), all examples taken together.

    loss and metric: functions of predictions and targets, as `fit` takes them. Both see every
    prediction at once, so a metric need not be a mean over examples. Eval mode, as `predict`.
    """
    check_model(model)
    x, y = as_examples("data", data, dtype_of(model))
    with no_grad(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the loss will tell
        predictions = predict(model, x, batch_size=batch_size)
        value = as_number(loss(Tensor(predictions, requires_grad=False), y))
    return Evaluation(value, None if metric is None else float(metric(predictions, y)))


def as_number(loss):
    """The value of a loss; TypeError or ValueError unless it is a Tensor of one number."""
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"loss must return a Tensor, got {type(loss).__name__}: compute it with Tensor operations"
        )
    if loss.size != 1:
        raise ValueError(
            f"loss must return one number, got shape {loss.shape}: take its mean, e.g. reduction='mean'"
        )
    return loss.item()


@contextmanager
def mode(model, training):
    """Within: all of the model in train or eval mode. After: each module in the mode it was in."""
    before = [(module, module.training) for module in model.modules()]
    try:
        model.train() if training else model.eval()
        yield
    finally:
        for module, was in before:
            module.training = was
