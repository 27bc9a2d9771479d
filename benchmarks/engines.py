"""`Engine`: one way to do a piece of work, behind one interface; and the check before it is timed.

A problem has `lr`, `dtype`, `parameters` and `judge()`: a function that takes the parameters before a
step and gives the loss (or None) and the parameters after it, by hand-written numpy in float64.
"""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np

CHECK_LR = 0.01  # in the check a step must change something; in the timing nothing (see `TIMED_LR`)
TIMED_LR = 1e-9  # weights that decay over thousands of steps become denormal numbers, ten times slower
# Of the length of a parameter's change. Among a million relus in float32 one or two are so near to 0 that
# they round to the other side, which adds or removes one example's share of a few entries of a gradient.
TOLERANCE = {"float64": 1e-9, "float32": 1e-2}


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
    tolerance, judge = TOLERANCE[problem.dtype], problem.judge()
    engine.prepare(problem)
    before = [p.astype(np.float64) for p in problem.parameters]
    for i in range(steps):
        loss, expected = judge(before)
        found_loss = engine.step()
        found = [np.array(p, np.float64) for p in engine.parameters()]
        if loss is not None and not abs(found_loss - loss) <= tolerance * abs(loss):
            raise ValueError(f"{engine.name}: the loss of step {i} is {found_loss}, expected {loss}")
        for k, old in enumerate(before):
            _compare(f"{engine.name}: step {i}, parameter {k}", found[k] - old, expected[k] - old, tolerance)
        before = found


def _compare(what, found, expected, tolerance):
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    if not error <= tolerance:
        raise ValueError(f"{what} is off by {error:.1e} of its change, allowed are {tolerance:g}")


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
