"""Is a result right to the seven digits of float32 only? The checks compare float64, to nine digits."""

from .exercise import Mistake

MESSAGE = (
    "This is right to about 7 digits, as many as float32 has. Keep numpy's float64 all the way "
    "(and put no small number in that the formula has not)."
)


def only_single(got, expected):
    """Does `got` agree with `expected` (finite numbers) as closely as float32 can, but no closer?"""
    import numpy as np

    if np.shape(got) != np.shape(expected):
        return False
    got, expected = np.asarray(got), np.asarray(expected)
    if got.dtype.kind != "f" or not np.isfinite(expected).all():
        return False
    size, off = np.abs(expected).max(initial=0.0), np.abs(got - expected).max(initial=0.0)
    if not off <= 2e-6 * size:
        return False
    return bool(got.dtype.itemsize < 8 or off > 1e-9 * size)


def single_mistake(reference):
    """The mistake for an exercise whose result is one array."""
    return Mistake("float32", MESSAGE, when=lambda case, got: only_single(got, reference(case)))


def single_mistake_in_parts(reference):
    """The same for results made of several numbers or arrays, in lists and dicts."""

    def when(case, got):
        pairs = list(_pairs(got, reference(case)))
        return any(only_single(*pair) for pair in pairs) and all(_agree(*pair) for pair in pairs)

    return Mistake("float32", MESSAGE, when=when)


def _pairs(got, expected):
    """The numbers and arrays that stand at the same place. Raises where the places differ."""
    if isinstance(expected, dict):
        for key in expected:
            yield from _pairs(got[key], expected[key])
    elif isinstance(expected, list | tuple):
        for pair in zip(got, expected, strict=True):
            yield from _pairs(*pair)
    else:
        yield got, expected


def _agree(got, expected):
    import numpy as np

    return only_single(got, expected) or bool(np.allclose(got, expected, rtol=1e-9, atol=1e-12))
