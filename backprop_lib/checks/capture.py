"""Keep what the learner's code prints, without letting it flood the page or reach stderr.

nbgrader gives 0 points to a test cell with anything on stderr, and a warning is enough for that.
"""

import io
import os
import tempfile
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

MOST_KEPT = 2_000


class Sink(io.TextIOBase):
    """A text file that keeps the first characters and counts the rest."""

    def __init__(self, most=MOST_KEPT):
        self.most, self.length, self._parts, self._kept = most, 0, [], 0

    def writable(self):
        return True

    def write(self, text):
        room = self.most - self._kept
        if room > 0:
            self._parts.append(text[:room])
            self._kept += len(self._parts[-1])
        self.length += len(text)
        return len(text)

    def text(self):
        more = self.length - self._kept
        return "".join(self._parts) + (f"\n… and {more:,} more characters" if more else "")


@contextmanager
def captured(most=MOST_KEPT):
    """Redirect Python's stdout and stderr, and the file descriptors 1 and 2 below them, to a `Sink`."""
    sink = Sink(most)
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sink))
        stack.enter_context(redirect_stderr(sink))
        below = stack.enter_context(tempfile.TemporaryFile())
        for descriptor in (1, 2):
            _point(stack, descriptor, below.fileno())
        try:
            yield sink
        finally:
            below.seek(0)
            sink.write(below.read(most).decode("utf-8", "replace"))


def _point(stack, descriptor, target):
    """Let the descriptor write to `target` until the stack closes."""
    try:
        saved = os.dup(descriptor)
    except OSError:  # a program without a console has no such descriptor
        return
    stack.callback(os.close, saved)
    os.dup2(target, descriptor)
    stack.callback(os.dup2, saved, descriptor)
