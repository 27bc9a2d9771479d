"""Seconds of a quiet machine: what the clock shows, less what the machine is slower just now.

Virtual machines change their speed by half and more from one second to the next. So a fixed piece of work is
timed again and again, on another core, while something runs; how long it takes tells the machine's pace.
"""

import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

QUIET = 0.045  # seconds of `_work` on one core of a 2.1 GHz Xeon (Sapphire Rapids) that does nothing else
EVERY = 0.7


def _work():
    """What a notebook does: small matrices, called from Python."""
    x, W, V = (np.random.default_rng(0).normal(size=shape) for shape in ((32, 64), (64, 48), (48, 10)))
    start = time.perf_counter()
    for _ in range(1500):
        h = np.tanh(x @ W)
        z = h @ V
        g = z - z.max(axis=1, keepdims=True)
        found = {"V": h.T @ g, "W": x.T @ ((g @ V.T) * (1 - h * h))}
        sorted((name, id(array)) for name, array in found.items())
    return time.perf_counter() - start


@contextmanager
def stopwatch():
    """Time the block. Afterwards: `clock` (s), `pace` (1 for a quiet machine, 2 for half its speed; never
    less than 1, so a quick machine earns no more time) and `seconds`, the clock's divided by the pace."""
    taken, ended = [], threading.Event()

    def measure():
        while not ended.wait(EVERY):
            taken.append(_work())

    found, thread = SimpleNamespace(), threading.Thread(target=measure, daemon=True)
    thread.start()
    start = time.perf_counter()
    try:
        yield found
    finally:
        found.clock = time.perf_counter() - start
        ended.set()
        thread.join()
        found.pace = max(1.0, float(np.mean(taken)) / QUIET) if taken else 1.0
        found.seconds = found.clock / found.pace
