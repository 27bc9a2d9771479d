"""The first process in a sandbox's namespace: bubblewrap's own. All others there end with it.

Where the marking is not root's, it has the user of the student's code, which may then write into its memory
and change what it does. So it gets the limits of that code, and is killed by us: that it is to die with its
parent is something that it could take back.
"""

import json
import os
import resource
import select
import signal
import threading
import time
from contextlib import suppress
from dataclasses import asdict

from .restrict import kinds

MOST = 4096  # bytes of what bubblewrap tells


class Init:
    """The first process, held by a descriptor: its number may be another process's later."""

    def __init__(self, pid, limits):
        self.handle, self.lock = os.pidfd_open(pid), threading.Lock()
        for kind, most, hard in kinds(asdict(limits)):
            resource.prlimit(pid, kind, (most, hard))

    def kill(self):
        """End it, and with it all that runs in the sandbox. Any thread may call it, and again."""
        with self.lock, suppress(ProcessLookupError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def close(self):
        """Kill it and let go of it."""
        self.kill()
        with self.lock:
            if self.handle is not None:
                os.close(self.handle)
            self.handle = None


def told(descriptor, limits, seconds=30.0):
    """The `Init` that bubblewrap tells of on its --info-fd, or None: it ended before there was one."""
    text, deadline = b"", time.monotonic() + seconds
    while len(text) < MOST and (left := deadline - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            more = os.read(descriptor, MOST)
            if not more:
                break
            text += more
    return of(text, limits)


def of(text, limits):
    """The `Init` that this text of bubblewrap's --info-fd names; None where it names none that lives."""
    try:
        return Init(json.loads(text)["child-pid"], limits)
    except (ValueError, KeyError, ProcessLookupError):
        return None
