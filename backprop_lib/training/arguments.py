"""What training asks of its arguments."""

import numpy as np

from backprop_lib.nn import Module
from backprop_lib.tensor import Tensor


def check_model(model):
    if not isinstance(model, Module):
        raise TypeError(
            f"model must be a Module of backprop_lib.nn, got {type(model).__name__}: {model!r:.60}"
        )


def check_optimizer(optimizer, model):
    """Raises ValueError unless every parameter that the optimizer changes is one of the model's."""
    if not hasattr(optimizer, "parameters") or not hasattr(optimizer, "step"):
        raise TypeError(
            f"optimizer must be one of backprop_lib.optim, got {type(optimizer).__name__}: {optimizer!r:.60}"
        )
    known = set(model.parameters())
    foreign = sum(p not in known for p in optimizer.parameters)
    if foreign:
        kind = type(optimizer).__name__
        raise ValueError(
            f"optimizer changes {len(optimizer.parameters)} parameters, {foreign} of which are not in this "
            "model: after making a new model make a new optimizer too, "
            f"{kind}(model.parameters(), lr={optimizer.lr:g})"
        )


def as_examples(name, data, dtype):
    """(x, y) as arrays of equal length: x as `as_inputs` gives it, y as it is."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{name} must be a pair (x, y) of inputs and targets, got {type(data).__name__}")
    x = as_inputs(f"x of {name}", data[0], dtype)
    y = _as_numbers(f"y of {name}", data[1])
    if y.ndim == 0 or len(x) != len(y):
        lengths = f"{len(x)} inputs and {len(y) if y.ndim else 'no row of'} targets"
        raise ValueError(f"{name} must have a target for each input, got {lengths}")
    return x, y


def as_inputs(name, x, dtype):
    """x as an array (N, ...): real numbers in the dtype of the model, whole numbers as they are."""
    x = _as_numbers(name, x)
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"{name} must have at least one example, one a row; got shape {x.shape}")
    return x.astype(dtype, copy=False) if x.dtype.kind == "f" else x


def _as_numbers(name, values):
    values = np.asarray(values._data if isinstance(values, Tensor) else values)
    if values.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, got an array of {values.dtype}")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        place = tuple(np.argwhere(~np.isfinite(values))[0].tolist())
        raise ValueError(f"{name} must be finite numbers, but entry {place} is {values[place]}")
    return values


def as_batch(x):
    """What a model is given: a constant Tensor, or a plain array of whole numbers (tokens)."""
    return Tensor(x, requires_grad=False) if x.dtype.kind == "f" else x


def dtype_of(model):
    """The dtype of the model's parameters; float64 if it has none."""
    return next((p.dtype for p in model.parameters()), np.dtype(np.float64))
