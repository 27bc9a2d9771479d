"""Schedules: the learning rate of each step. A schedule is a function of the number of steps done:

    schedule = cosine(lr=0.1, steps=1000, warmup=50)
    for ...:                                      # one line in the training loop
        optimizer.lr = schedule(optimizer.t)
    [schedule(t) for t in range(1000)]            # what to plot

`warmup`: over that many steps, t = 0 … warmup − 1, the learning rate rises in a straight line towards
lr, which it has at t = warmup; Goyal et al. (2017). The rest of the schedule counts from there.
"""

import math

from backprop_lib.optim.optimizer import not_negative, positive


def constant(lr, *, warmup=0):
    """lr at every step; with `warmup`, the linear warm-up alone."""
    lr = positive("lr", lr)
    return _schedule(lr, warmup, lambda t: lr)


def step_decay(lr, every, factor=0.1, *, warmup=0):
    """lr · factor^⌊t / every⌋: every so many steps the learning rate falls to that factor of itself."""
    lr, every, factor = positive("lr", lr), _whole("every", every, least=1), positive("factor", factor)
    return _schedule(lr, warmup, lambda t: lr * factor ** (t // every))


def cosine(lr, steps, *, warmup=0, final=0.0):
    """From lr to `final` along half a cosine: final + (lr − final) · (1 + cos(π t / T)) / 2.

    steps: those of the whole training; T = steps − warmup. From t = steps on it stays at `final` (as
    PyTorch's does not). Source: Loshchilov and Hutter (2017), equation 5, without restarts.
    """
    lr, final = positive("lr", lr), not_negative("final", final)
    T = _whole("steps", steps, least=1) - _whole("warmup", warmup)
    if T <= 0:
        raise ValueError(f"warmup must be less than the {steps} steps, got {warmup}")
    return _schedule(lr, warmup, lambda t: final + (lr - final) * (1 + math.cos(math.pi * min(t / T, 1))) / 2)


def _schedule(lr, warmup, after):
    """The function of t that rises to lr for `warmup` steps and is then `after`, counted from there."""
    warmup = _whole("warmup", warmup)

    def schedule(t):
        t = not_negative("t", t)
        return lr * (t + 1) / (warmup + 1) if t < warmup else after(t - warmup)

    return schedule


def _whole(name, value, least=0):
    if not_negative(name, value) % 1 or value < least:
        raise ValueError(f"{name} must be a whole number ≥ {least}, got {value!r}")
    return int(value)
