"""`Engine`: one way to do a piece of work, behind one interface; and the check before it is timed.

A problem has `lr` and `parameters`, and `expected(steps)` yields the loss and the parameters after
each step, by hand-written numpy in float64.
"""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np

CHECK_LR = 0.01  # in the check a step must change something; in the timing nothing (see `TIMED_LR`)
TIMED_LR = 1e-9  # weights that decay over thousands of steps become denormal numbers, ten times slower
TOLERANCE = {"float64": 1e-9, "float32": 2e-3}  # of the largest entry of a parameter's change


class Engine:
    """prepare(problem), then step() as often as you like. needs: the package it runs on."""

    name = ""
    needs = "numpy"

    def prepare(self, problem):
        """Take over data and parameters; own copies."""
        raise NotImplementedError

    def step(self):
        """One step. Returns the loss as a float, or None if the work has none."""
        raise NotImplementedError

    def parameters(self):
        """The parameters now, in the order and the shapes of the problem's."""
        raise NotImplementedError


def installed(engine):
    return find_spec(engine.needs) is not None


def check(engine, problem, steps=2):
    """Raise ValueError unless the engine takes the same steps as hand-written numpy in float64.

    A step of gradient descent is -lr times the gradient, so this checks gradients and update in one.
    The second step finds gradients that were not forgotten.
    """
    problem = replace(problem, lr=CHECK_LR)
    tolerance = TOLERANCE[problem.dtype]
    engine.prepare(problem)
    before = found_before = problem.parameters
    for i, (loss, after) in enumerate(problem.expected(steps)):
        found_loss = engine.step()
        found_after = [np.array(p, np.float64) for p in engine.parameters()]
        if loss is not None and not abs(found_loss - loss) <= tolerance * abs(loss):
            raise ValueError(f"{engine.name}: the loss of step {i} is {found_loss}, expected {loss}")
        for k, p in enumerate(found_after):
            _compare(
                f"{engine.name}: step {i}, parameter {k}",
                p - found_before[k],
                after[k] - before[k],
                tolerance,
            )
        before, found_before = after, found_after


def _compare(what, found, expected, tolerance):
    error = np.abs(found - expected).max() / np.abs(expected).max()
    if not error <= tolerance:
        raise ValueError(f"{what} is off by {error:.1e} of the largest change, allowed are {tolerance:g}")


def ready(engines, problem):
    """{name: step} of those engines that are installed, each checked, then prepared for the timing."""
    steps = {}
    for engine in engines:
        if installed(engine):
            check(engine, problem)
            engine.prepare(replace(problem, lr=TIMED_LR))
            engine.step()
            steps[engine.name] = engine.step
    return steps
