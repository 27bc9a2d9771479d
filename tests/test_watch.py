"""The thread that ends a kernel: for time, for what it makes this process hold, and for nothing else."""

import threading
import time

import numpy as np
import pytest

from course.grade import watch


@pytest.fixture
def kernel(monkeypatch):
    """A watch, and the event that stands for the end of its kernel. 64 MB are more than it may grow."""
    monkeypatch.setattr(watch, "MOST_GROWTH", 48 * 2**20)
    ended = threading.Event()
    found = watch.Watch(None)
    found.kill = ended.set
    with found:
        yield found, ended
    assert not found.is_alive()


def test_a_flood_of_what_the_kernel_sends_ends_it(kernel):
    found, ended = kernel
    flood = np.ones(8 * 2**20)  # written to, so it is really there
    assert ended.wait(10) and found.why == "memory" and flood.nbytes == 64 * 2**20


def test_time_ends_it_and_not_before(kernel):
    found, ended = kernel
    start = time.monotonic()
    found.until(0.6)
    assert ended.wait(10) and found.why == "time" and time.monotonic() - start >= 0.6


def test_no_deadline_and_no_growth_is_no_end(kernel):
    found, ended = kernel
    found.until(0.05)
    found.until(None)
    assert not ended.wait(0.5) and found.why == ""


def test_a_kernel_that_has_not_started_is_not_ended(monkeypatch):
    monkeypatch.setattr(watch, "PAUSE", 0.01)
    with watch.Watch(None) as found:
        found.until(0)
        time.sleep(0.1)
    assert found.why == ""
