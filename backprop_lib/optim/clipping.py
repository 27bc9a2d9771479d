"""Gradient clipping: a bound on what one step can change, against gradients that explode."""

import numpy as np

from backprop_lib.optim.optimizer import positive


def clip_norm(parameters, limit):
    """Scale all gradients down together, in place, so that their norm √(Σ g²) is at most `limit`.

    The direction of the step stays. Parameters without a gradient are passed over. Returns the norm
    before, a float. If that is NaN or infinite no gradient is changed, since no scaling would mend
    it: test it by `math.isfinite`. Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    limit, gradients = positive("limit", limit), _gradients(parameters)
    norm = _norm(gradients)
    if limit < norm < np.inf:
        for g in gradients:
            g *= limit / norm
    return norm


def clip_value(parameters, limit):
    """Cut every entry of every gradient, in place, to the range from −limit to limit.

    The direction of the step changes. Parameters without a gradient are passed over; NaN stays NaN.
    """
    limit = positive("limit", limit)
    for g in _gradients(parameters):
        np.clip(g, -limit, limit, out=g)


def _gradients(parameters):
    with_gradient = [p for p in parameters if p.grad is not None]
    for p in with_gradient:
        if not isinstance(p.grad, np.ndarray):  # a plain number could not be changed in place
            p.grad = np.array(p.grad, p.dtype)
    return [p.grad for p in with_gradient]


def _norm(gradients):
    norm = sum(float(np.vdot(g, g)) for g in gradients) ** 0.5
    if norm < np.inf:
        return norm
    # Perhaps only the squares were too large: take them in units of the largest entry.
    largest = max(float(np.max(np.abs(g), initial=0)) for g in gradients)
    if not largest < np.inf:
        return norm
    return largest * sum(float(np.vdot(g / largest, g / largest)) for g in gradients) ** 0.5
