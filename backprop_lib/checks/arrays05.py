"""What the checks of notebook 05 share: random arrays, the engine's gradients, errors of shapes."""


def arrays(rng, *shapes):
    """Normal random arrays of these shapes, from Python's generator."""
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    generator = np.random.RandomState(rng.randrange(2**32))
    return [generator.randn(*shape) for shape in shapes]


def by_engine(function, values, g):
    """The gradients of `function(*Tensors)` for the upstream g, by the engine."""
    from ..ops import Tensor

    leaves = [Tensor(value) for value in values]
    function(*leaves).backward(g)
    return [leaf.grad for leaf in leaves]


def as_array(value):
    """Lists of real numbers as an array of floats; anything else as it is."""
    import numpy as np

    if type(value) not in (list, tuple):
        return value
    try:
        array = np.array(value)
    except ValueError:  # lists of unequal lengths
        return value
    return array.astype(float) if array.dtype.kind in "fiu" else value


def part_of(answer, names, name):
    """One of several gradients that were returned together; what is missing is `...`."""
    if answer is None or answer is ...:
        return answer
    if isinstance(answer, dict):
        raise TypeError(f"return {', '.join(names)} one after another, not a dictionary")
    one = getattr(answer, "ndim", 3) <= 2  # an array of numbers, not of gradients
    values = [answer] if one else list(answer)
    if len(values) != len(names):
        raise ValueError(f"{len(names)} gradients are asked for, {', '.join(names)}; {len(values)} came back")
    value = values[names.index(name)]
    return ... if value is None else as_array(value)


def same(got, expected):
    """Equal to rounding, and of the same shape."""
    import numpy as np

    if not hasattr(got, "shape") or got.shape != np.shape(expected):
        return False
    return np.allclose(got, expected, rtol=1e-9, atol=1e-12)


def shape_alone(got, expected, a, g):
    """Is this another product of a, or its transpose, with g, or its transpose? Only equal sizes allow it."""
    products = (p @ q for x in (a, a.T) for y in (g, g.T) for p, q in ((x, y), (y, x))
                if p.shape[1] == q.shape[0])
    return any(positive_multiple(got, product) for product in products) and not same(got, expected)


def positive_multiple(got, expected):
    if not hasattr(got, "shape") or got.shape != expected.shape or got.dtype.kind != "f":
        return False
    ratio = float(got.ravel() @ expected.ravel()) / float(expected.ravel() @ expected.ravel())
    return ratio > 1e-9 and same(got, ratio * expected)


def unturned(a):
    """What `a.reshape` makes of a, where `a.T` belongs."""
    return a.reshape(a.shape[::-1])


def is_zero(case, got):
    return not got.any()


def product_failed(failure, ends=None, begins=None):
    """Did a product of matrices fail because of their shapes? Perhaps just this: the left one ends with the
    length `ends`, the right one begins with the length `begins`. (The words are those of `@` and of `dot`.)
    """
    if failure.type != "ValueError":
        return False
    if ends is None:
        return "mismatch in its core dimension" in failure.message or "not aligned" in failure.message
    words = (f"(size {begins} is different from {ends})", f"{ends} (dim 1) != {begins} (dim 0)")
    return any(each in failure.message for each in words)


def entry_by_entry(failure):
    """Did an operation between entries, most likely `*`, fail because of the shapes?"""
    return "could not be broadcast together with shapes" in failure.message
