"""Ctrl-C, and Jupyter's stop button, at a moment of our choice."""

import signal
import threading
from contextlib import contextmanager


class Shield:
    """Holds an interrupt back until work that must not be half done is done.

    shield = Shield()
    with shield.ready():      # once: to take over the interrupt costs more than a small step
        with shield:          # as often as wanted: costs next to nothing
            ...

    Python interrupts only its main thread; in another one there is nothing to hold back.
    """

    def __init__(self):
        self._up, self._waiting, self._hand_on = False, None, None

    @contextmanager
    def ready(self):
        """Within: the shield works. Outside `with shield:` an interrupt acts at once, as ever."""
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            yield
            return
        self._hand_on = before
        signal.signal(signal.SIGINT, self._interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupted(self, *arguments):
        if self._up:
            self._waiting = arguments
        else:
            self._hand_on(*arguments)

    def __enter__(self):
        self._up = True

    def __exit__(self, *_):
        self._up = False
        waiting, self._waiting = self._waiting, None
        if waiting:
            self._hand_on(*waiting)
