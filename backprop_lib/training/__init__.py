"""Training: `fit` runs the loop, `evaluate` and `predict` use the model, `History` tells how it went."""

from backprop_lib.training.diagnosis import Diverged
from backprop_lib.training.evaluating import evaluate, predict
from backprop_lib.training.history import History
from backprop_lib.training.loop import fit
from backprop_lib.training.metrics import accuracy

__all__ = ["Diverged", "History", "accuracy", "evaluate", "fit", "predict"]
