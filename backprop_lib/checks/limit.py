"""Run code with a deadline: on Linux, macOS and Windows, in a thread; it is told to stop by an
asynchronous exception. (A signal would do it on POSIX only, and only in the main thread.)

What this cannot stop is one long call into C, such as `sum(range(10**12))`: it never returns to the
interpreter. In the graded run the process ends it.
"""

import contextvars
import ctypes
import sys
import threading
from contextlib import contextmanager
from time import monotonic

STACK = 64 * 2**20  # a deep recursion shall meet Python's limit, not the end of the stack
_HAS_THREADS = sys.platform not in ("emscripten", "wasi")


class TimeUp(BaseException):
    """Raised inside the code that took too long. Not an Exception: `except Exception` lets it pass."""


def run_limited(work, seconds):
    """Call `work()`. Returns (how it ended, its last frame): "done", "timeout" or "stubborn".

    "stubborn": it runs on although it was told to stop. Raises what `work` raises, and
    KeyboardInterrupt (after stopping the work) when the learner interrupts the kernel.
    """
    if not _HAS_THREADS:  # a browser: no threads, and the page's own stop button
        work()
        return "done", None
    worker = _start(work)
    try:
        deadline = monotonic() + seconds
        while not worker.ended(0.05) and monotonic() < deadline:
            pass  # short slices: waiting for a lock cannot be interrupted on Windows
        if not worker.ended():
            frame = sys._current_frames().get(worker.ident)
            return ("timeout" if _stop(worker) else "stubborn"), frame
    except KeyboardInterrupt:
        _stop(worker)
        raise
    if worker.error is not None:
        raise worker.error
    return "done", None


class _Worker(threading.Thread):
    def __init__(self, work):
        super().__init__(name="exercise check", daemon=True)
        self.work, self.error, self.context = work, None, contextvars.copy_context()
        self.done = threading.Event()  # not join(): interrupted, it takes a living thread for dead (3.11)

    def run(self):
        try:
            self.context.run(self.work)
        except TimeUp:
            return
        except BaseException as error:  # handed to the thread that waits
            self.error = error
        finally:
            self.done.set()

    def ended(self, wait=0.0):
        """Has it ended, or does it within `wait` seconds? (TimeUp may have come just before `done.set()`.)"""
        return self.done.wait(wait) or self.ident not in sys._current_frames()


def _start(work):
    worker = _Worker(work)
    with _stack_size(STACK):
        worker.start()
    return worker


@contextmanager
def _stack_size(size):
    try:
        before = threading.stack_size(size)
    except (ValueError, RuntimeError):  # the platform does not let us choose
        yield
        return
    try:
        yield
    finally:
        threading.stack_size(before)


def _stop(worker, patience=1.0):
    """Raise TimeUp in the worker, again and again in case it is caught. Returns whether it ended."""
    deadline = monotonic() + patience
    while not worker.ended() and monotonic() < deadline:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(TimeUp))
        worker.done.wait(0.003)
    return worker.ended()
