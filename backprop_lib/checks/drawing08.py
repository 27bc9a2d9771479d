"""What the exercises of notebook 08 draw with. numpy is imported when it is used: these files are read with
all others, also where it is missing."""


def numpy():
    """The module."""
    import numpy

    return numpy


def generator(rng):
    """numpy's generator, seeded from Python's."""
    return numpy().random.RandomState(rng.randrange(2**32))
