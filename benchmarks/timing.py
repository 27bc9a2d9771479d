"""`Clock`: times several ways of doing the same work, in turns, and compares them round by round."""

import gc
import random
import statistics
import time
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

LARGEST_MAPPED = 2**25 - 2**15  # bytes; what glibc will at most keep after it was freed


class Ratio(NamedTuple):
    """The quartiles of the ratios of all rounds."""

    low: float
    median: float
    high: float


class Times:
    """What was measured: for each name the seconds of one step in each round."""

    def __init__(self, names):
        self.seconds = {name: [] for name in names}

    def add(self, one_round):
        for name, seconds in one_round.items():
            self.seconds[name].append(seconds)

    @property
    def rounds(self):
        return min(map(len, self.seconds.values()), default=0)

    def median(self, name):
        return statistics.median(self.seconds[name])

    def ratio(self, name, to):
        """How many times as long `name` takes as `to`: quartiles of the ratios within a round.

        A machine's clock and load drift over minutes; within a round both meet about the same.
        """
        ratios = [a / b for a, b in zip(self.seconds[name], self.seconds[to], strict=True)]
        return Ratio(*np.quantile(ratios, [0.25, 0.5, 0.75]).tolist())


class Clock:
    """Measures in interleaved rounds.

    rounds: how many. turn: seconds that one engine works in one round, if its step is shorter than
    that. quick: tiny sizes and two short rounds, to see that everything runs. After an interrupt
    `interrupted` is True; what was measured is returned, and what comes next raises KeyboardInterrupt.
    """

    def __init__(self, rounds=15, turn=0.02, quick=False):
        self.rounds, self.turn = (2, 0.0005) if quick else (rounds, turn)
        self.quick = quick
        self.interrupted = False
        # An array that is too large for the heap is mapped, page by page, at every allocation, until
        # the first one of its size is freed. Do this now, so that the order of the sections is no matter.
        np.empty(LARGEST_MAPPED, np.uint8)

    def each(self, things):
        """The things one by one, until there was an interrupt."""
        for thing in things:
            if self.interrupted:
                raise KeyboardInterrupt
            yield thing

    def measure(self, steps, label=""):
        """Times of steps, {name: function without arguments}. Each has been called before."""
        return self.sample({name: self._in_turns(step) for name, step in steps.items()}, label)

    def sample(self, turns, label=""):
        """Times of turns, {name: function that returns the seconds it measured}."""
        if self.interrupted:
            raise KeyboardInterrupt
        times, order = Times(turns), list(turns)
        shuffle = random.Random(0).shuffle  # so that nobody always runs in another's warm cache
        gc.freeze()  # nobody pays for the collector's walks through other libraries
        try:
            for _ in tqdm(range(self.rounds), label, leave=False, disable=None):
                shuffle(order)
                times.add({name: turns[name]() for name in order})
        except KeyboardInterrupt:
            self.interrupted = True
            if not times.rounds:
                raise
        finally:
            gc.unfreeze()
        return times

    def _in_turns(self, step):
        """A function that calls step for one turn and returns the seconds for one call."""
        once = min(_seconds(step, 1) for _ in range(2))
        repeats = max(1, round(self.turn / once))

        def turn():
            gc.collect()  # the garbage of one engine is not another's to collect
            return _seconds(step, repeats)

        return turn


def _seconds(step, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - start) / repeats
