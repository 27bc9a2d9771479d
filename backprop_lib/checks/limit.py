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
        while not worker.done.is_set() and (left := deadline - monotonic()) > 0:
            worker.done.wait(min(left, 0.05))  # in slices: a waiting Windows does not see an interrupt
        if not worker.done.is_set():
            frame = sys._current_frames().get(worker.ident)
            return ("timeout" if worker.stop() else "stubborn"), frame
    except KeyboardInterrupt:
        worker.stop()
        raise
    if worker.error is not None:
        raise worker.error
    return "done", None


class _Worker(threading.Thread):
    """Does the work, and ends without a TimeUp that came a moment too late."""

    def __init__(self, work):
        super().__init__(name="exercise check", daemon=True)
        self.work, self.error, self.context = work, None, contextvars.copy_context()
        self.sent = self.closed = False
        self.lock = threading.Lock()  # held while a TimeUp is sent, and while the door is closed to it
        self.done = threading.Event()  # not join(): interrupted, it takes a living thread for dead (3.11)

    def run(self):
        """Several layers, since a TimeUp may also arrive where the last one is handled: freeing the frames
        of a deep recursion takes longer than the pause to the next."""
        try:
            try:
                try:
                    self._do()
                    self._close()
                except TimeUp:
                    self._close()
            except TimeUp:
                self._close()
        except TimeUp:
            self._close()
        self.done.set()

    def _do(self):
        try:
            self.context.run(self.work)
        except TimeUp:
            raise
        except BaseException as error:  # handed to the thread that waits
            self.error = error

    def _close(self):
        """From here on no TimeUp is sent, and the last one has arrived."""
        with self.lock:
            self.closed = True
            self._let_arrive()

    def _let_arrive(self):
        """Wait for a TimeUp that was sent and has not arrived. Taking it back (sending NULL) or ending before
        it arrives leaves CPython 3.11's interpreter in a state in which `sys.setprofile` hangs."""
        if self.sent:
            try:
                self._send()  # if the last one has arrived, this one does
                while True:
                    pass
            except TimeUp:
                self.sent = False

    def _send(self):
        self.sent = True
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(TimeUp))

    def stop(self, patience=1.0):
        """Raise TimeUp in it, again and again in case it is caught. Returns whether it ended."""
        deadline, pause = monotonic() + patience, 0.003
        with _no_word_of_lost_ones():
            while not self.done.wait(pause) and monotonic() < deadline:
                pause = min(1.5 * pause, 0.05)
                with self.lock:
                    if not self.closed:
                        self._send()
        return self.done.is_set()


@contextmanager
def _no_word_of_lost_ones():
    """Where nothing can be raised (`__del__`, a callback of the garbage collector) Python drops a TimeUp and
    writes a warning. The next one comes soon, so nobody need read it."""
    before = sys.unraisablehook

    def hook(unraisable):
        if unraisable.exc_type is not TimeUp:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


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
