"""Toy sets, computed: points in the plane and one curve.

Each is `(n, *, noise, seed)`: n examples in random order, the classes as equal in number as n allows.
noise is the standard deviation of the normal error that is added to every coordinate; with noise 0 the
points lie exactly on the shape that is described. The same seed gives the same points with every version
of numpy. Raises ValueError or TypeError for an n, a noise or a seed that cannot be meant.
"""

from operator import index

import numpy as np

from backprop_lib.data.examples import Examples, GroupedExamples, Measurements


def and_():
    """The four points of and: inputs (4, 2) of 0 and 1, labels 1 where both inputs are 1."""
    return _truth_table([0, 0, 0, 1])


def or_():
    """The four points of or: inputs (4, 2) of 0 and 1, labels 1 where at least one input is 1."""
    return _truth_table([0, 1, 1, 1])


def xor():
    """The four points of exclusive or: inputs (4, 2) of 0 and 1, labels 1 where exactly one input is 1."""
    return _truth_table([0, 1, 1, 0])


def moons(n=200, *, noise=0.1, seed=0):
    """Two half circles of radius 1 that hold on to each other: label 0 bends up around (0, 0), label 1
    down around (1, 0.5). The points of each are evenly spaced. As in scikit-learn's make_moons."""
    labels, along = _places(n, 2)
    angle = np.pi * along
    upper = _on_circle(angle)
    points = np.where(labels[:, None] == 0, upper, [1, 0.5] - upper)
    return _finished(points, labels, noise, seed)


def circles(n=200, *, noise=0.1, seed=0):
    """Two circles around (0, 0), evenly spaced points: label 0 of radius 1, label 1 of radius 0.5."""
    labels, along = _places(n, 2, closed=True)
    points = _on_circle(2 * np.pi * along) * np.where(labels == 0, 1, 0.5)[:, None]
    return _finished(points, labels, noise, seed)


def spirals(n=300, *, classes=3, noise=0.02, seed=0):
    """Arms that wind around (0, 0), one a class: the radius grows from 0.1 to 1 during 3/4 of a turn, and
    each arm starts 1/classes of a turn after the one before."""
    labels, along = _places(n, classes)
    turns = labels / classes + 0.75 * along
    points = _on_circle(2 * np.pi * turns) * (0.1 + 0.9 * along)[:, None]
    return _finished(points, labels, noise, seed)


def blobs(n=300, *, classes=3, noise=0.3, seed=0):
    """Round clouds, one a class: normal with standard deviation `noise` around centres that are evenly
    spaced on the circle of radius 1, the first at (1, 0)."""
    labels, _ = _places(n, classes)
    return _finished(_on_circle(2 * np.pi * labels / classes), labels, noise, seed)


def sine(n=100, *, noise=0.1, seed=0):
    """One period of a sine: inputs x (n, 1), evenly spaced from -1 to 1, targets sin(π x) (n, 1).
    noise is added to the targets only."""
    n, noise, rng = _count(n, 2), _spread(noise), _random(seed)
    x = np.linspace(-1, 1, n)[rng.permutation(n), None]
    return Measurements(x, np.sin(np.pi * x) + noise * rng.normal(size=(n, 1)))


def two_groups(n=1000, *, share=0.1, noise=0.5, seed=0):
    """A biased set: two groups, of which the second is rare and follows another rule.

    round(share · n) examples are of group 1, the others of group 0; in each, half have label 1. Let s be
    1 for label 1 and -1 for label 0. Group 0 lies at (s, -s / 2), group 1 at (0, s); then noise is added
    to both features. So the second feature speaks for label 1 in the rare group and against it in the
    other. A linear model that counts every example alike is right for 97 % of group 0 and for little
    more than half of group 1; one that gives both groups the same weight, for about 88 % and 85 %.
    Returns `GroupedExamples`. Raises ValueError if a group has fewer than 2 examples.
    """
    n = _count(n, 4)
    rare = round(_fraction(share) * n)
    if min(rare, n - rare) < 2:
        raise ValueError(
            f"each group needs 2 examples, but share={share} of n={n} makes {rare} and {n - rare}"
        )
    groups = np.repeat([0, 1], [n - rare, rare])
    labels = np.concatenate([_places(n - rare, 2)[0], _places(rare, 2)[0]])
    sign = 2.0 * labels - 1
    points = np.where(groups == 0, [sign, -sign / 2], [0 * sign, sign]).T
    return _finished(points, labels, noise, seed, groups)


def _truth_table(labels):
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
    return Examples(points, np.array(labels, dtype=np.int64))


def _places(n, classes, closed=False):
    """For n points: their labels, and how far along its class each is, evenly from 0 to 1.

    closed: the shape returns to where it began, so that 1 would be 0 again and is left out.
    """
    classes = _count(classes, 2, "classes")
    n = _count(n, classes)
    sizes = [len(range(label, n, classes)) for label in range(classes)]
    along = [np.linspace(0, 1, size, endpoint=not closed) for size in sizes]
    return np.repeat(np.arange(classes), sizes), np.concatenate(along)


def _on_circle(angle):
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _finished(points, labels, noise, seed, groups=None):
    """The examples with their noise, in random order."""
    noise, rng = _spread(noise), _random(seed)
    points = points + noise * rng.normal(size=points.shape)
    found = Examples(points, labels) if groups is None else GroupedExamples(points, labels, groups)
    return found[rng.permutation(len(labels))]


# What the arguments may be


def _count(n, least, name="n"):
    try:
        n = index(n)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {n!r}") from None
    if n < least:
        raise ValueError(f"{name} must be at least {least}, got {n}")
    return n


def _spread(noise):
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be a standard deviation, a number from 0 up, got {noise!r}")
    return noise


def _fraction(share):
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, got {share!r}")
    return share


def _random(seed):
    seed = _count(seed, 0, "seed")
    if seed >= 2**32:
        raise ValueError(f"seed must be below 2**32, got {seed}")
    return np.random.RandomState(seed)  # its streams are the same with every version of numpy
