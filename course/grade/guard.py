"""Ends a sandbox whose owner died, at whatever moment: a small process beside bubblewrap that watches both.

bubblewrap's --die-with-parent asks the kernel for a signal when the parent dies; a parent that dies while
bubblewrap starts is missed, and the sandbox stays (containers/bubblewrap, issues 633 and 700). So what
starts a sandbox leaves this guard in its process group, then becomes bubblewrap. When the owner dies, or
bubblewrap does, the guard kills the group, in which bubblewrap and its first process are; all others in the
sandbox die with the latter.

Run as a script, `python guard.py OWNER COMMAND ARGUMENT…`, it does so for a command: see `guarded`.
"""

import os
import select
import sys

KILL = 9  # as signal.SIGKILL: that module and its imports would take a third of the guard's start


def guarded(owner, command):
    """The command line that leaves a guard and becomes `command`. `owner`: the number of who starts it."""
    return [sys.executable, "-I", "-S", "-B", os.path.abspath(__file__), str(owner), *command]


def post(owner):
    """Leave a guard beside this process, in a group of their own. `owner`: the number of its parent; if that
    is dead by now, this process ends.
    """
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    try:
        watched = [os.pidfd_open(owner), os.pidfd_open(os.getpid())]
    except ProcessLookupError:
        os._exit(1)
    if os.getppid() != owner:  # dead before it could be held: its number may be another's
        os._exit(1)
    if os.fork() == 0:
        try:
            _watch(watched)
        finally:
            os.killpg(0, KILL)
    for descriptor in watched:
        os.close(descriptor)


def _watch(watched):
    """Return when one of these processes is dead. Holds nothing else open: a pipe would have no end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in watched:
            os.closerange(descriptor, descriptor + 1)  # does not mind that the list's own is closed
    ready = select.poll()
    for descriptor in watched:
        ready.register(descriptor, select.POLLIN)
    ready.poll()


if __name__ == "__main__":
    post(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
