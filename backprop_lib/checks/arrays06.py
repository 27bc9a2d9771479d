"""What the checks of notebook 06 share: random numbers, lists read as arrays, a loss with its derivative."""

from .comparing import compare
from .exercise import Mistake
from .precision import only_single


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


def one_of(*slips):
    """`when` of a mistake that comes in several forms: slip(case) is what each of them gives, or None."""

    def when(case, got):
        predictions = (slip(case) for slip in slips)
        return any(each is not None and compare(each, got) is None for each in predictions)

    return when


NOT_A_PAIR = Mistake("not-a-pair", "Two things are asked for: `return loss, slope`.", when=not_a_pair)
ONE_NUMBER = Mistake(
    "one-number",
    "You return one number, a sum or a mean. One for each entry is asked, in the shape of z.",
    when=lambda case, got: case["z"].ndim > 0 and any(got[part].shape == () for part in (LOSS, SLOPE)),
)


def swapped_mistake(reference):
    return Mistake(
        "swapped",
        "The loss and its derivative are in each other's place.",
        when=one_of(lambda case: {LOSS: reference(case)[SLOPE], SLOPE: reference(case)[LOSS]}),
    )


def single_pair_mistake(reference):
    """The mistake of float32, in the loss, in the derivative or in both."""

    def when(case, got):
        expected = reference(case)
        wrong = [part for part in (LOSS, SLOPE) if compare(expected[part], got[part]) is not None]
        return bool(wrong) and all(only_single(got[part], expected[part]) for part in wrong)

    message = (
        "Some digits are right, not all that float64 has. float32, a small number added, or a derivative by "
        "differences costs the others: keep float64, and derive a formula."
    )
    return Mistake("float32", message, when=when)
