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
