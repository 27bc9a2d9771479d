"""The shipped data: the same as scikit-learn's copy, small, and split without overlap."""

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from backprop_lib import data


def test_digits_are_scikit_learns():
    ours, theirs = data.digits(), load_digits()
    assert ours.images.dtype == np.float64 and ours.images.shape == (1797, 8, 8)
    np.testing.assert_array_equal(ours.images * 16, theirs.images)
    np.testing.assert_array_equal(ours.labels, theirs.target)
    np.testing.assert_array_equal(ours.pixels, theirs.data / 16)
    assert ours.images.min() == 0 and ours.images.max() == 1


def test_the_file_is_small_and_its_source_is_told():
    folder = files("backprop_lib.data")
    assert len(folder.joinpath("digits.npz").read_bytes()) <= 80_000
    told = folder.joinpath("SOURCES.md").read_text("utf-8")
    assert "Alpaydin" in told and "Kaynak" in told and "Attribution 4.0" in told


def test_what_a_learner_changes_stays_theirs():
    data.digits().images[:] = 7
    assert data.digits().images.max() == 1


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5), st.floats(0, 0.49))
def test_a_split_has_every_example_once(seed, validation, test):
    numbered = data.Examples(np.arange(97), np.arange(97) % 10)
    parts = numbered.split(seed, validation, test)
    assert [len(part) for part in parts[1:]] == [round(validation * 97), round(test * 97)]
    together = np.concatenate([part.inputs for part in parts])
    np.testing.assert_array_equal(np.sort(together), numbered.inputs)
    np.testing.assert_array_equal(np.concatenate([part.labels for part in parts]), together % 10)


def test_a_split_is_the_same_every_time_and_another_with_another_seed():
    one, again, other = (data.digits().split(seed)[2] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.images, again.images)
    assert not np.array_equal(one.labels, other.labels)
    first = [9, 4, 7, 0, 2, 6, 1, 3, 1, 3, 7, 3]
    assert one.labels[:12].tolist() == first, "the split changed, and so did the numbers in the notebooks"


@pytest.mark.parametrize("shares", [(0.6, 0.4), (0.9, 0.2), (-0.1, 0.2)])
def test_a_split_without_training_examples_is_refused(shares):
    with pytest.raises(ValueError, match="to train on"):
        data.digits().split(0, *shares)


def test_examples_can_be_picked():
    digits = data.digits()
    assert isinstance(digits[:5], data.Digits) and len(digits[:5]) == 5
    assert digits[3].images.shape == (1, 8, 8)
    assert set(digits[digits.labels == 4].labels) == {4}
    with pytest.raises(IndexError):
        digits[[1797]]


def test_xor():
    points = data.xor()
    assert points.inputs.dtype == np.float64
    assert [int(a) ^ int(b) for a, b in points.inputs] == points.labels.tolist()
