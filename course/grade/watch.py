"""A thread that ends a kernel when its time is up, or when it floods the process that listens to it."""

import os
import threading
import time

MOST_GROWTH = 768 * 2**20  # bytes that this process may grow while it listens
PAUSE = 0.1
_PAGE = os.sysconf("SC_PAGESIZE")


class Watch(threading.Thread):
    """Watches one kernel at a time. It needs nothing of the event loop, which a flood of messages keeps busy.

    `kill` is what ends the kernel (set by whoever started it), `why` says that it had to: "time" or "memory".
    """

    def __init__(self, deadline):
        super().__init__(name="kernel watch", daemon=True)
        self.last, self.deadline = deadline, None
        self.kill, self.why = None, ""
        self.over = threading.Event()
        self.before = _memory()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.join()

    def until(self, seconds):
        """From now so many seconds; None: until the last deadline."""
        self.deadline = None if seconds is None else time.monotonic() + seconds

    def run(self):
        while not self.over.wait(PAUSE):
            found = self._found()
            if found and self.kill is not None:
                self.why = self.why or found
                self.kill()

    def _found(self):
        if self.deadline is not None and time.monotonic() > self.deadline:
            return "time"
        return "memory" if _memory() - self.before > MOST_GROWTH else ""


def _memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * _PAGE
