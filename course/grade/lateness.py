"""Late penalties and which of several attempts counts, from class.toml:

keep = "last"                    # or "best"

[late]
grace_hours = 0                  # up to here nothing happens; the days are counted from its end
penalty_percent_per_day = 0      # of the points that were reached, for each day that was begun
most_percent = 100               # never more than this

A day that was begun counts whole: one second after the grace is one day, 24 hours are one day, 24 hours and
a second are two.
"""

import math
from dataclasses import dataclass

from .classroom import SETTINGS, ClassError
from .records import MARKED

DAY, HOUR = 86_400, 3_600
KEEP = ("last", "best")
_MOST = {"grace_hours": 24 * 365, "penalty_percent_per_day": 100, "most_percent": 100}


@dataclass(frozen=True)
class Late:
    """A late policy. Percents are of the points that were reached."""

    grace_hours: float = 0.0
    penalty_percent_per_day: float = 0.0
    most_percent: float = 100.0

    def days(self, seconds):
        """How many days late: begun days after the grace."""
        over = seconds - self.grace_hours * HOUR
        return math.ceil(over / DAY) if over > 0 else 0

    def share(self, seconds):
        """The share of the points that is taken off, 0 … 1."""
        return min(self.days(seconds) * self.penalty_percent_per_day, self.most_percent) / 100


def late_policy(settings):
    """The `Late` of a class's settings. Raises ClassError."""
    asked = settings.get("late", {})
    if not isinstance(asked, dict):
        raise ClassError(f"{SETTINGS}: `late` must be a table: [late]")
    for name, number in asked.items():
        if name not in _MOST:
            raise ClassError(f"{SETTINGS}: [late] has no {name!r}; there are {', '.join(_MOST)}.")
        is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
        if not is_number or not 0 <= number <= _MOST[name]:
            raise ClassError(
                f"{SETTINGS}: [late] {name} must be a number from 0 to {_MOST[name]}, not {number!r}."
            )
    return Late(**{name: float(number) for name, number in asked.items()})


def keep_policy(settings):
    """ "last" or "best". Raises ClassError."""
    keep = settings.get("keep", "last")
    if keep not in KEEP:
        raise ClassError(f'{SETTINGS}: keep must be "last" or "best", not {keep!r}.')
    return keep


def checked_score(record):
    """The points of a record's checked exercises, or None if at least one has no score."""
    scores = [marks.score for marks in record.exercises]
    return None if record.status != MARKED or None in scores else sum(scores)


def chosen(records, policy, late=None):
    """Which of a student's attempts counts. `records`: oldest first, the one in submitted/ is the last.

    "last": the last. "best": the one with most points after its penalty; of equals the later one. An attempt
    whose marking failed has no score to compare, and is chosen only if it is the last and there is no other.
    """
    late = late or Late()
    if policy == "last":
        return records[-1]
    marked = [record for record in records if checked_score(record) is not None]
    if not marked:
        return records[-1]
    return max(
        reversed(marked), key=lambda it: round(checked_score(it) * (1 - late.share(it.late_seconds)), 9)
    )
