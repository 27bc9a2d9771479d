"""The shipped data: the same as scikit-learn's copies, small, told apart by seed, split without overlap."""

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, make_moons

from backprop_lib import data

FOLDER = files("backprop_lib.data")
TOYS = {
    "moons": data.moons,
    "circles": data.circles,
    "spirals": data.spirals,
    "blobs": data.blobs,
    "sine": data.sine,
    "two_groups": data.two_groups,
}
CLASSES = {"moons": 2, "circles": 2, "spirals": 3, "blobs": 3, "two_groups": 2}


# Stored


def test_digits_are_scikit_learns():
    ours, theirs = data.digits(), load_digits()
    assert ours.images.dtype == np.float64 and ours.images.shape == (1797, 8, 8)
    np.testing.assert_array_equal(ours.images * 16, theirs.images)
    np.testing.assert_array_equal(ours.labels, theirs.target)
    np.testing.assert_array_equal(ours.pixels, theirs.data / 16)
    assert ours.images.min() == 0 and ours.images.max() == 1


def test_breast_cancer_is_scikit_learns():
    ours, theirs = data.breast_cancer(), load_breast_cancer()
    assert ours.inputs.dtype == np.float64 and ours.labels.dtype == np.int64
    np.testing.assert_array_equal(ours.inputs, theirs.data)
    np.testing.assert_array_equal(ours.labels, theirs.target)
    assert list(ours.feature_names) == theirs.feature_names.tolist()
    assert list(ours.class_names) == theirs.target_names.tolist()


@pytest.mark.parametrize(("name", "limit", "told"), [
    ("digits.npz", 80_000, ["Alpaydin", "Kaynak", "C50P49"]),
    ("breast_cancer.npz", 100_000, ["Wolberg", "Street", "Mangasarian", "C5DW2B"]),
    ("story.txt", 30_000, ["Written for this course"])])  # fmt: skip
def test_a_file_is_small_and_its_source_is_told(name, limit, told):
    assert len(FOLDER.joinpath(name).read_bytes()) <= limit
    section = FOLDER.joinpath("SOURCES.md").read_text("utf-8").split(f"## {name}")[1].split("\n## ")[0]
    assert all(word in section for word in [*told, "Attribution 4.0"])


def test_every_stored_file_has_its_section():
    stored = {path.name for path in FOLDER.iterdir() if path.name.endswith((".npz", ".txt", ".csv"))}
    told = FOLDER.joinpath("SOURCES.md").read_text("utf-8")
    assert stored == {"digits.npz", "breast_cancer.npz", "story.txt"}
    assert all(f"## {name}\n" in told for name in stored)


def test_what_a_learner_changes_stays_theirs():
    data.digits().images[:] = 7
    data.breast_cancer().inputs[:] = 7
    assert data.digits().images.max() == 1 and data.breast_cancer().inputs.min() == 0


# Splits and picking


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5), st.floats(0, 0.49))
def test_a_split_has_every_example_once(seed, validation, test):
    numbered = data.Examples(np.arange(97), np.arange(97) % 10)
    parts = numbered.split(seed, validation, test)
    assert [len(part) for part in parts[1:]] == [round(validation * 97), round(test * 97)]
    together = np.concatenate([part.inputs for part in parts])
    np.testing.assert_array_equal(np.sort(together), numbered.inputs)
    np.testing.assert_array_equal(np.concatenate([part.labels for part in parts]), together % 10)


@pytest.mark.parametrize(("load", "first"), [
    (data.digits, [9, 4, 7, 0, 2, 6, 1, 3, 1, 3, 7, 3]),
    (data.breast_cancer, [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1])])  # fmt: skip
def test_a_split_is_the_same_every_time_and_another_with_another_seed(load, first):
    one, again, other = (load().split(seed)[2] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.inputs, again.inputs)
    assert not np.array_equal(one.labels, other.labels)
    assert one.labels[:12].tolist() == first, "the split changed, and so did the numbers in the notebooks"


@pytest.mark.parametrize("load", [data.digits, data.breast_cancer])
def test_no_example_of_a_real_set_is_in_two_parts_and_all_classes_in_each(load):
    whole, parts = load(), load().split()
    rows = [{row.tobytes() for row in part.inputs} for part in parts]
    assert len(set.union(*rows)) == sum(map(len, rows)) == len(whole)
    shares = np.bincount(whole.labels) / len(whole)
    for part in parts:
        np.testing.assert_allclose(np.bincount(part.labels) / len(part), shares, atol=0.03)


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


def test_groups_and_targets_are_picked_and_split_with_their_examples():
    whole = data.two_groups(50, noise=0)
    for part in whole.split():
        assert isinstance(part, data.GroupedExamples)
        np.testing.assert_array_equal(part.groups == 1, part.inputs[:, 0] == 0)
    train = data.sine(noise=0).split()[0]
    np.testing.assert_array_equal(train.targets, np.sin(np.pi * train.inputs))


# Toy sets


@pytest.mark.parametrize(("points", "rule"), [
    (data.and_, lambda a, b: a & b), (data.or_, lambda a, b: a | b),
    (data.xor, lambda a, b: a ^ b)])  # fmt: skip
def test_truth_tables(points, rule):
    found = points()
    assert found.inputs.dtype == np.float64 and found.labels.dtype == np.int64
    assert [rule(int(a), int(b)) for a, b in found.inputs] == found.labels.tolist()
    assert len({tuple(row) for row in found.inputs}) == 4


@pytest.mark.parametrize("name", TOYS)
def test_shapes_types_and_seeds(name):
    made, again, other = TOYS[name](90), TOYS[name](90, seed=0), TOYS[name](90, seed=1)
    columns = 1 if name == "sine" else 2
    assert made.inputs.shape == (90, columns) and made.inputs.dtype == np.float64
    assert made.labels.shape == ((90, 1) if name == "sine" else (90,))
    assert made.labels.dtype == (np.float64 if name == "sine" else np.int64)
    np.testing.assert_array_equal(made.inputs, again.inputs)
    np.testing.assert_array_equal(made.labels, again.labels)
    assert not np.array_equal(made.inputs, other.inputs)
    assert not np.array_equal(made.labels, np.sort(made.labels, axis=0)), "the order must be random"


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("n", [90, 91])
def test_classes_are_balanced(name, n):
    counts = np.bincount(TOYS[name](n).labels)
    assert len(counts) == CLASSES[name] and counts.max() - counts.min() <= (2 if name == "two_groups" else 1)


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "blobs", "two_groups"])
def test_noise_is_a_standard_deviation(name):
    exact, noisy = (TOYS[name](4000, noise=noise, seed=3) for noise in (0, 0.25))
    errors = noisy.inputs - exact.inputs  # the same order, as the seed is the same
    np.testing.assert_allclose(errors.std(axis=0), 0.25, rtol=0.05)
    np.testing.assert_allclose(errors.mean(axis=0), 0, atol=0.02)


def radius_and_turns(points):
    x, y = points.T
    return np.hypot(x, y), np.arctan2(y, x) / (2 * np.pi)


def test_moons_lie_on_their_half_circles():
    found = data.moons(41, noise=0)
    upper, lower = (found.inputs[found.labels == label] for label in (0, 1))
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-15)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-15)
    assert upper[:, 1].min() >= -1e-15 and lower[:, 1].max() <= 0.5 + 1e-15
    theirs = make_moons((21, 20), noise=None, shuffle=False)[0]
    rows = np.concatenate([upper[upper[:, 0].argsort()[::-1]], lower[lower[:, 0].argsort()]])
    np.testing.assert_allclose(rows, theirs, atol=1e-15)


def test_circles_have_radius_1_and_a_half_and_no_point_twice():
    found = data.circles(40, noise=0)
    radius, turns = radius_and_turns(found.inputs)
    np.testing.assert_allclose(radius, np.where(found.labels == 0, 1, 0.5), rtol=1e-15)
    for label in (0, 1):
        gaps = np.diff(np.sort(turns[found.labels == label]))
        np.testing.assert_allclose(gaps, 1 / 20, rtol=1e-12)


def test_spirals_wind_three_quarters_of_a_turn():
    found = data.spirals(100, classes=4, noise=0)
    radius, turns = radius_and_turns(found.inputs)
    along = (radius - 0.1) / 0.9
    assert along.min() == pytest.approx(0) and along.max() == pytest.approx(1)
    off = turns - found.labels / 4 - 0.75 * along
    np.testing.assert_allclose(off, np.round(off), atol=1e-12)


def test_blobs_are_around_their_centres():
    found = data.blobs(10, classes=4, noise=0)
    centres = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    np.testing.assert_allclose(found.inputs, centres[found.labels], atol=1e-15)


def test_the_sine_is_a_sine_and_noise_is_on_its_targets_only():
    exact, noisy = data.sine(200, noise=0), data.sine(200, noise=0.5)
    np.testing.assert_array_equal(exact.targets, np.sin(np.pi * exact.inputs))
    np.testing.assert_array_equal(np.sort(exact.inputs, axis=0)[:, 0], np.linspace(-1, 1, 200))
    np.testing.assert_array_equal(exact.inputs, noisy.inputs)
    assert np.std(noisy.targets - exact.targets) == pytest.approx(0.5, rel=0.15)


def test_two_groups_follow_their_rules():
    found = data.two_groups(200, share=0.1, noise=0)
    assert np.bincount(found.groups).tolist() == [180, 20]
    for group, along in ((0, [1, -0.5]), (1, [0, 1])):
        part = found[found.groups == group]
        assert np.bincount(part.labels).tolist() == [len(part) / 2] * 2
        np.testing.assert_array_equal(part.inputs, np.outer(2 * part.labels - 1, along))


def test_two_groups_teach_what_they_are_for():
    train, test = data.two_groups(4000, seed=1), data.two_groups(20_000, seed=2)

    def right_for_each_group(weight):
        root = np.sqrt(weight)[:, None]
        rule = np.linalg.lstsq(root * train.inputs, root[:, 0] * (2 * train.labels - 1))[0]
        right = (test.inputs @ rule > 0) == test.labels
        return [right[test.groups == group].mean() for group in (0, 1)]

    most, few = right_for_each_group(np.ones(4000))
    assert most == pytest.approx(0.97, abs=0.015) and 0.45 <= few <= 0.6
    most, few = right_for_each_group(np.where(train.groups == 1, 9.0, 1.0))
    assert most == pytest.approx(0.88, abs=0.02) and few == pytest.approx(0.85, abs=0.03)


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize(("wrong", "error", "told"), [
    ({"n": 1}, ValueError, "n must be at least"), ({"n": 10.5}, TypeError, "n must be a whole number"),
    ({"noise": -0.1}, ValueError, "noise must be a standard deviation"),
    ({"noise": np.nan}, ValueError, "noise must be"), ({"noise": np.inf}, ValueError, "noise must be"),
    ({"seed": None}, TypeError, "seed must be a whole number"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
    ({"seed": 2**32}, ValueError, "seed must be below")])  # fmt: skip
def test_wrong_arguments_are_named(name, wrong, error, told):
    with pytest.raises(error, match=told):
        TOYS[name](**wrong)


@pytest.mark.parametrize("make", [data.spirals, data.blobs])
def test_wrong_classes_are_named(make):
    with pytest.raises(ValueError, match="classes must be at least 2, got 1"):
        make(classes=1)
    with pytest.raises(TypeError, match="classes must be a whole number"):
        make(classes="3")
    with pytest.raises(ValueError, match="n must be at least 5"):
        make(4, classes=5)
    assert set(make(5, classes=5).labels) == set(range(5))


@pytest.mark.parametrize(("share", "told"), [
    (0, "between 0 and 1"), (1.0, "between 0 and 1"), (0.001, "makes 0 and 100"),
    (0.99, "makes 99 and 1")])  # fmt: skip
def test_a_group_needs_both_labels(share, told):
    with pytest.raises(ValueError, match=told):
        data.two_groups(100, share=share)


# Text


def test_the_story_is_plain():
    text = data.story()
    assert 15_000 <= len(text) <= 25_000 and text.isascii() and text.endswith("\n")
    signs = {character for character in text if not character.isalpha()}
    assert signs == set(' \n.,?"')
    assert text.count('"') % 2 == 0 and "  " not in text and "\n\n\n" not in text
    assert all(paragraph.count('"') % 2 == 0 for paragraph in text.split("\n"))


def test_a_text_is_cut_between_scenes():
    text = data.story()
    parts = data.split_text(text)
    assert "".join(parts) == text
    assert all(part.endswith("\n\n") for part in parts[:2]) and all(part[0] != "\n" for part in parts)
    assert 0.05 <= len(parts[1]) / len(text) <= 0.15 and 0.05 <= len(parts[2]) / len(text) <= 0.15
    assert set(parts[1] + parts[2]) <= set(parts[0]), "no character comes first in validation or test"
    train, validation, test = (set(part.split("\n\n")) for part in parts)
    assert not (train & validation or train & test or validation & test) - {""}
    assert data.split_text(text, 0, 0) == (text, "", "")


@pytest.mark.parametrize(("arguments", "told"), [
    (("a\n\nb", 0.5, 0.5), "nothing to train on"), (("a\n\nb", -0.1, 0.1), "nothing to train on"),
    (("no scenes here", 0.2, 0.2), "no scene is left for validation"),
    (("one\n\ntwo", 0.3, 0.3), "no scene is left for"), (("", 0.1, 0.1), "train")])  # fmt: skip
def test_a_text_that_can_not_be_cut(arguments, told):
    with pytest.raises(ValueError, match=told):
        data.split_text(*arguments)


def test_characters_are_sorted_and_come_back():
    coder = data.characters("banana.")
    assert coder.vocabulary == ".abn" and len(coder) == 4
    numbers = coder.encode("nab")
    assert numbers.dtype == np.int64 and numbers.tolist() == [3, 1, 2]
    assert coder.decode(numbers) == "nab" and coder.decode([0]) == "."
    assert coder.encode("").shape == (0,) and coder.decode([]) == ""
    assert data.Characters(coder.vocabulary) == coder


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_every_text_comes_back(text):
    coder = data.characters(text)
    assert coder.decode(coder.encode(text)) == text and len(coder) == len(set(text))


def test_what_is_no_character_and_no_number():
    coder = data.characters("abc")
    with pytest.raises(ValueError, match="'abc' lacks 'xz'"):
        coder.encode("azbx")
    for numbers in ([3], [-1], [0, 7]):
        with pytest.raises(ValueError, match="numbers from 0 to 2"):
            coder.decode(numbers)
    with pytest.raises(ValueError, match="whole numbers, got type float64"):
        coder.decode([0.0])
    with pytest.raises(ValueError, match="an empty one"):
        data.characters("")
