"""Waiting in tests."""

import time


def until(condition, seconds=20.0):
    """Return when `condition()` holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
