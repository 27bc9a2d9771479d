"""Ctrl-C, and Jupyter's stop button, at a moment of our choice."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def uninterrupted():
    """Within: an interrupt waits until the block is done. For work that must not be half done.

    Python interrupts only its main thread; in another one there is nothing to hold back.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    waiting = []
    signal.signal(signal.SIGINT, lambda *interrupt: waiting.append(interrupt))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if waiting:
            before(*waiting[0])
