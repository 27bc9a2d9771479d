"""`OptimizerRace`: six optimizers from one start, on surfaces with ravines, saddles, minima and cliffs."""

import math

from traitlets import Dict, Int, List, Unicode

from ..lab.surfaces10 import OPTIMIZERS, SURFACES, descend
from .interactive import Interactive, module

LOWEST_RATE, HIGHEST_RATE, MOST_STEPS = 0.001, 10**0.5, 400


class OptimizerRace(Interactive):
    """Paths and losses of SGD, Momentum, Nesterov, Adagrad, RMSprop and Adam, with their rates as sliders.

    surface: one of "ravine", "turned", "saddle", "banana", "minima", "plateau". start: (x, y) on the map,
    by default the surface's own. rates: one number for all, or a dict from optimizer to number, from 0.001
    to 3.16. steps: how many, 10 to 400. optimizers: which are shown first. Raises ValueError for what is not.

    The paths are computed in the browser; the traits hold where the race began, and setting one begins anew.
    """

    _esm = module("race_math.js", "race_words.js", "race.js", css="race.css")
    surface = Unicode("ravine").tag(sync=True)
    start = List().tag(sync=True)
    rates = Dict().tag(sync=True)
    steps = Int(100).tag(sync=True)
    optimizers = List(OPTIMIZERS).tag(sync=True)
    surfaces = Dict().tag(sync=True)

    def __init__(self, surface="ravine", start=None, rates=None, steps=100, optimizers=OPTIMIZERS):
        if surface not in SURFACES:
            raise ValueError(f"surface is one of {', '.join(SURFACES)}, not {surface!r}")
        chosen = SURFACES[surface]
        if not (type(steps) is int and 10 <= steps <= MOST_STEPS):
            raise ValueError(f"steps is a whole number from 10 to {MOST_STEPS}, not {steps!r}")
        optimizers = [optimizers] if isinstance(optimizers, str) else list(optimizers)
        if not optimizers or not set(optimizers) <= set(OPTIMIZERS):
            raise ValueError(f"optimizers are some of {', '.join(OPTIMIZERS)}, not {optimizers!r:.80}")
        super().__init__(
            surface=surface,
            start=_point(chosen.start if start is None else start, chosen.window),
            rates=_rates(rates, chosen.rate),
            steps=steps,
            optimizers=optimizers,
            surfaces={name: _described(one) for name, one in SURFACES.items()},
        )

    def paths(self):
        """name -> path (steps + 1, 2) of each shown optimizer, by the library; NaN where it has left."""
        surface = SURFACES[self.surface]
        return {
            name: descend(surface, name, self.rates[name], self.start, self.steps) for name in self.optimizers
        }

    def losses(self):
        """name -> loss above the lowest point after the last step; NaN where the path has left."""
        surface = SURFACES[self.surface]
        lowest = surface(*surface.lowest)
        return {name: float(surface(*path[-1]) - lowest) for name, path in self.paths().items()}

    def summary(self):
        ends = [f"{name} {loss:.2g}".replace("nan", "gone") for name, loss in self.losses().items()]
        x, y = self.start
        return (
            f"Optimizer race: {SURFACES[self.surface].words}, start ({x:g}, {y:g}); loss above the lowest "
            f"point after {self.steps} steps: {', '.join(ends)}."
        )

    def picture(self):
        from . import figures10

        return figures10.race(SURFACES[self.surface], self.paths(), self.rates, self.summary())


def _described(surface):
    return {
        "words": surface.words,
        "formula": surface.formula,
        "lowest": list(surface.lowest),
        "start": list(surface.start),
        "window": [list(side) for side in surface.window],
        "rate": surface.rate,
    }


def _is_number(v):
    return isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)


def _point(start, window):
    try:
        point = list(start)
    except TypeError:
        point = []
    (left, right), (bottom, top) = window
    if len(point) != 2 or not all(map(_is_number, point)) or not (
        left <= point[0] <= right and bottom <= point[1] <= top
    ):
        wanted = f"x from {left} to {right}, y from {bottom} to {top}"
        raise ValueError(f"start is (x, y), {wanted}, not {start!r:.60}")
    return [float(v) for v in point]


def _rates(given, usual):
    if given is None or _is_number(given):
        given = dict.fromkeys(OPTIMIZERS, usual if given is None else given)
    if not isinstance(given, dict) or not set(given) <= set(OPTIMIZERS):
        names = ", ".join(OPTIMIZERS)
        raise ValueError(f"rates is a number, or a dict with names from {names}, not {given!r:.80}")
    rates = dict.fromkeys(OPTIMIZERS, usual) | given
    for name, rate in rates.items():
        if not (_is_number(rate) and LOWEST_RATE <= rate <= HIGHEST_RATE):
            raise ValueError(f"the rate of {name} is a number from 0.001 to 3.16, not {rate!r}")
    return {name: float(rate) for name, rate in rates.items()}
