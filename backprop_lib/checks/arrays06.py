"""What the checks of notebook 06 share: random numbers, lists read as arrays, a loss with its derivative."""


def generator(rng):
    """A numpy generator, seeded by Python's."""
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    return np.random.RandomState(rng.randrange(2**32))


def as_array(value):
    """Real numbers, a list of them, or an array of float32 as an array of float64; anything else as it is."""
    import numpy as np

    if not isinstance(value, list | tuple | int | float | np.number | np.ndarray) or isinstance(value, bool):
        return value
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal lengths
        return value
    return array.astype(float) if array.dtype.kind in "fiu" else value


LOSS, SLOPE, OTHER = "loss", "∂L/∂z", "returned"


def as_pair(answer, z):
    """{loss, slope} of what an answer returned for z: two things, or one array with the two in it."""
    import numpy as np

    if answer is None or answer is ...:
        return answer
    stacked = isinstance(answer, np.ndarray) and answer.ndim == z.ndim + 1
    if (stacked or isinstance(answer, list | tuple)) and len(answer) == 2:
        return {LOSS: as_array(answer[0]), SLOPE: as_array(answer[1])}
    return {OTHER: type(answer).__name__}


def not_a_pair(case, got):
    """Is this what `as_pair` makes of anything but two things?"""
    return type(got) is dict and OTHER in got
