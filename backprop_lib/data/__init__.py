"""Data for the notebooks, shipped with the package: nothing is fetched. Sources and licences: SOURCES.md."""

from dataclasses import dataclass
from importlib.resources import files

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
        rows = np.arange(len(self))[rows]
        return type(self)(self.inputs[np.atleast_1d(rows)], self.labels[np.atleast_1d(rows)])

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
class Digits(Examples):
    """Handwritten digits: `images` (n, 8, 8), float64 from 0 (paper) to 1 (ink), and `labels` 0…9 (n,)."""

    @property
    def images(self):
        return self.inputs

    @property
    def pixels(self):
        """The images as rows: (n, 64)."""
        return self.inputs.reshape(len(self), 64)


def digits():
    """1,797 handwritten digits of 8×8 pixels (Alpaydin and Kaynak, 1998): a `Digits`, new on every call."""
    with files(__name__).joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        return Digits(stored["images"] / 16.0, stored["labels"].astype(np.int64))


def xor():
    """The four points of exclusive or: inputs (4, 2) of 0 and 1, labels 1 where exactly one input is 1."""
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
    return Examples(points, np.array([0, 1, 1, 0], dtype=np.int64))
