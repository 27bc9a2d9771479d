"""Examples to learn from, and how they are shared out."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Examples:
    """Examples to learn from: `inputs` (n, …), float64, one a row, and their `labels` (n,), int64."""

    inputs: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, rows):
        """The examples of a slice, a list of row numbers, or a mask."""
        rows = np.atleast_1d(np.arange(len(self))[rows])
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def split(self, seed=0, validation=0.2, test=0.2):
        """Shuffle, then cut: (train, validation, test), with every example in exactly one of them.

        `validation` and `test` are shares of the whole, rounded to whole examples. ValueError if they leave
        nothing to train on. The same seed gives the same split with every version of numpy: RandomState's
        streams are frozen, Generator's are not (numpy, NEP 19).
        """
        n = len(self)
        n_validation, n_test = round(validation * n), round(test * n)
        if min(n_validation, n_test) < 0 or n_validation + n_test >= n:
            raise ValueError(f"validation={validation} and test={test} leave no example of {n} to train on")
        order = np.random.RandomState(seed).permutation(n)
        cuts = [n - n_validation - n_test, n - n_test]
        return tuple(self[rows] for rows in np.split(order, cuts))


@dataclass(frozen=True)
class Measurements(Examples):
    """Examples whose `labels` are real numbers, (n, 1): the values that a regression is to predict."""

    @property
    def targets(self):
        return self.labels


@dataclass(frozen=True)
class GroupedExamples(Examples):
    """Examples that come from several groups: `groups` (n,), int64, says from which."""

    groups: np.ndarray
