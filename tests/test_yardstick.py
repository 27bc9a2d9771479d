"""The clock of the tests that measure notebooks: it sees work, and it sees a slow machine."""

import time

import pytest

from tests import yardstick
from tests.yardstick import stopwatch


def test_a_slow_machine_is_told_from_a_slow_programme(monkeypatch):
    monkeypatch.setattr(yardstick, "EVERY", 0.01)
    monkeypatch.setattr(yardstick, "_work", lambda: 3 * yardstick.QUIET)
    with stopwatch() as took:
        time.sleep(0.2)
    assert took.pace == pytest.approx(3)
    assert took.clock >= 0.2 and took.seconds == pytest.approx(took.clock / 3)


def test_a_quick_machine_earns_no_more_time(monkeypatch):
    monkeypatch.setattr(yardstick, "EVERY", 0.01)
    monkeypatch.setattr(yardstick, "_work", lambda: yardstick.QUIET / 3)
    with stopwatch() as took:
        time.sleep(0.1)
    assert took.seconds == took.clock >= 0.1


def test_the_piece_of_work_is_timed_without_what_it_waits_for():
    assert 0 < yardstick._work() < 60


def test_what_is_too_short_to_be_measured_counts_by_the_clock():
    with stopwatch() as took:
        pass
    assert took.pace == 1
