"""What every loss asks of its arguments."""

import numpy as np

from backprop_lib.tensor import Tensor


def matched(loss, prediction, target):
    """(prediction as a Tensor, target as an array of its shape and dtype), or a clear error.

    A target array is copied, so that a later change of it is harmless; that of a Tensor is safe already.
    """
    if not isinstance(prediction, Tensor):
        prediction = Tensor(prediction, requires_grad=False)
    theirs, target = target, plain(loss, "target", target)
    target = target.astype(prediction.dtype, copy=not isinstance(theirs, Tensor))
    if target.shape != prediction.shape:
        raise ValueError(_different_shapes(loss, prediction.shape, target.shape))
    if not target.size:
        raise ValueError(f"{loss} needs at least one prediction, got shape {target.shape}")
    return prediction, target


def plain(loss, name, value):
    """An array of real numbers from an array, a list or a Tensor without gradient."""
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise ValueError(
                f"{loss} differentiates only the prediction, but its {name} is a Tensor that requires a "
                f"gradient: give {name}.data, or make it with requires_grad=False"
            )
        return value.frozen()
    value = np.asanyarray(value)
    if value.dtype.kind not in "fiub":
        raise TypeError(f"{loss} needs real numbers as {name}, got {value!r:.80}")
    return value


def _different_shapes(loss, prediction, target):
    text = f"{loss} needs a target of the prediction's shape, got prediction {prediction}, target {target}"
    if np.prod(prediction) == np.prod(target):
        return f"{text}: broadcasting would pair them wrongly; use target.reshape{prediction}"
    return f"{text}: give each prediction its own target"
