"""The library's versions of exercises of notebook 08, for `use`."""


def ratios(phi, slope, gain, z):
    """(forward, backward): the factors by which rms(z) and the norm of the gradient change in a layer."""
    import numpy as np

    def rms(a):
        return np.sqrt(np.mean(a**2))

    return gain * rms(phi(z)) / rms(z), gain * rms(slope(z))


VERSIONS = {"08.predict_ratio": ratios}
