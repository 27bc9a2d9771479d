"""05.unbroadcast: sum a gradient back over the axes along which its value was stretched."""

from .arrays05 import arrays, as_array, by_engine, is_zero, same
from .exercise import Exercise, Mistake, register
from .precision import single_mistake

# (original, stretched). Also equal lengths side by side: an axis cannot be known by its length.
_SHAPES = (
    ((1,), (3,)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 3), (2, 3)), ((), (2, 3)), ((2,), (2, 2)),
    ((3, 1), (3, 3)), ((4,), (2, 3, 4)), ((3, 1), (2, 3, 4)), ((1, 1), (3, 2)), ((2, 3), (2, 3)),
    ((2, 1, 4), (2, 3, 4)), ((1, 3, 1), (2, 3, 4)), ((1, 2), (2, 1, 2)),
    ((), (2, 3, 4)), ((5,), (2, 3, 4, 5)),
)  # fmt: skip


def _cases(rng):
    return [{"g": arrays(rng, large)[0], "shape": list(small)} for small, large in _SHAPES]


def _probe(unbroadcast, case):
    import numpy as np

    answer = as_array(unbroadcast(case["g"], tuple(case["shape"])))
    return np.asarray(answer) if isinstance(answer, float) else answer  # numpy makes a number of shape ()


def _reference(case):
    """∂/∂small of Σ g · stretched(small), by the engine's own broadcasting."""
    import numpy as np

    def stretched(small):
        return small * np.ones(case["g"].shape)

    return by_engine(stretched, [np.zeros(case["shape"])], case["g"])[0]


def _axes(case):
    """(how many axes were missing on the left, the axes of g where the original has length 1)."""
    extra = case["g"].ndim - len(case["shape"])
    return extra, [extra + i for i, n in enumerate(case["shape"]) if n == 1]


def _sums(axes, keepdims=False):
    return lambda case: case["g"].sum(axis=tuple(axes(*_axes(case))), keepdims=keepdims)


def _mean(case):
    total = _reference(case)
    return total * (total.size / case["g"].size)


def _mean_of_new(case):
    """The mean over the axes that were missing, the sum over those of length 1."""
    extra, ones = _axes(case)
    return case["g"].mean(axis=tuple(range(extra))).sum(
        axis=tuple(axis - extra for axis in ones), keepdims=True) if extra else None


def _first_slice(case):
    g, (extra, ones) = case["g"], _axes(case)
    cut = tuple(0 if axis < extra else slice(0, 1) if axis in ones else slice(None) for axis in range(g.ndim))
    return g[cut] + 0.0


def _aligned_left(case):
    g = case["g"]
    for axis, n in enumerate(case["shape"]):
        if g.shape[axis] != n:
            g = g.sum(axis=axis, keepdims=True)
    return g


def _not_shifted(case):
    """Axis i of the shape is taken for axis i of g, though g has more axes on the left."""
    extra, _ = _axes(case)
    if not extra:
        return None
    g = case["g"].sum(axis=tuple(i for i, n in enumerate(case["shape"]) if n == 1), keepdims=True)
    return g.sum(axis=tuple(range(extra)))


def _from_the_right(case):
    """Surplus axes are summed away on the right; None where that leaves no axis to sum later."""
    g, (extra, _) = case["g"], _axes(case)
    if not extra:
        return None
    g = g.sum(axis=tuple(range(g.ndim - extra, g.ndim)))
    return g.sum(axis=tuple(i for i, n in enumerate(case["shape"]) if n == 1), keepdims=True)


def _everything(case, got):
    """Every entry of the result is the sum of all of g."""
    import numpy as np

    return hasattr(got, "shape") and got.size > 0 and same(got, np.full(got.shape, case["g"].sum()))


def _raised(*words):
    return lambda case, got: getattr(got, "type", "") == "ValueError" and any(w in got.message for w in words)


register(Exercise(
    "05.unbroadcast",
    "Sum back what was stretched",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    show=lambda case: f"g of shape {case['g'].shape}, shape = {tuple(case['shape'])}",
    mistakes=[
        Mistake("mean", "You take the mean. Every use sends its gradient, and they are added.", _mean),
        Mistake("mean-of-new",
                "Over the axes that were missing you take the mean. Every use sends its gradient: add them.",
                _mean_of_new),
        Mistake("zeros", "Every entry is 0: nothing is summed yet.", when=is_zero),
        Mistake("picks-one", "You pick one of the copies. Every one of them sends a gradient.", _first_slice),
        Mistake("axes-lost",
                "Summed right, but an axis of length 1 is gone: the result must have just this shape.",
                _sums(lambda extra, ones: [*range(extra), *ones])),
        Mistake("only-left", "Axes that were missing on the left are summed, axes of length 1 are not.",
                _sums(lambda extra, ones: range(extra))),
        Mistake("unchanged", "This is g as it came: nothing is summed.", lambda case: case["g"]),
        Mistake("only-ones", "Axes of length 1 are summed, axes that were missing on the left are not.",
                _sums(lambda extra, ones: ones, keepdims=True)),
        Mistake("always-first-axis", "You sum over axis 0, whatever the shape. Which axes were stretched?",
                lambda case: case["g"].sum(axis=0)),
        Mistake("always-last-axis", "You sum over the last axis, whatever the shape. Which were stretched?",
                lambda case: case["g"].sum(axis=-1)),
        Mistake("from-the-right", "You sum the last axes away. numpy puts the new ones first, on the left.",
                _from_the_right),
        single_mistake(_reference),
        Mistake("aligned-left",
                "You compare the shapes from the left. numpy aligns them on the right: new axes come first.",
                _aligned_left),
        Mistake("axis-not-shifted",
                "Where g has more axes, axis i of the shape is not axis i of g. Sum away the new ones first.",
                _not_shifted),
        Mistake("everything", "You sum over all axes. Those that were not stretched stay.",
                when=_everything),
        Mistake("reshaped",
                "Your reshape fails: more numbers are left than the shape holds. An axis is not summed yet.",
                when=_raised("cannot reshape")),
        Mistake("stretched-again", "broadcast_to stretches, as the forward pass does. Backward, g shrinks.",
                when=_raised("remapped shapes", "more dimensions than")),
    ],
    hints=[
        "Beside an array of shape (2, 3), numpy reads (3,) as (1, 3) and stretches the new axis.",
        "First g.ndim − len(shape) axes on the left: sum them away. Then the axes where shape has a 1.",
        "For the second kind, sum with keepdims=True.",
    ],
))  # fmt: skip
