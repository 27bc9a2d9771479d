"""Optimizers (how parameters change, given their gradients), learning rate schedules and clipping."""

from backprop_lib.optim.clipping import clip_norm, clip_value
from backprop_lib.optim.optimizer import Optimizer
from backprop_lib.optim.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, RMSprop
from backprop_lib.optim.schedules import constant, cosine, step_decay

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "clip_norm",
    "clip_value",
    "constant",
    "cosine",
    "step_decay",
]
