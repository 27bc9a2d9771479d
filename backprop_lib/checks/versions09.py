"""The library's versions of the exercises of notebook 09, for `use`."""


def _gain(phi):
    import numpy as np

    z = np.linspace(-10, 10, 20_001)
    weights = np.exp(-z * z / 2)
    return float((weights.sum() / (weights * phi(z) ** 2).sum()) ** 0.5)


def _backward(v, g):
    """Closed forms where the exercise goes step by step."""
    import numpy as np

    N, d = len(g), {"beta": g.sum(axis=0), "gamma": (g * v.x_hat).sum(axis=0), "x_hat": g * v.gamma}
    d["sigma"] = -v.gamma * d["gamma"] / v.sigma
    d["var"] = d["sigma"] / (2 * v.sigma)
    d["sq"] = np.broadcast_to(d["var"] / N, g.shape)
    d["c"] = v.gamma / v.sigma * (g - v.x_hat * d["gamma"] / N)
    d["mu"] = -v.gamma / v.sigma * d["beta"]
    d["x"] = d["c"] + d["mu"] / N
    return d


def _dx(g, x_hat, gamma, sigma):
    return gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))


VERSIONS = {"09.gain": _gain, "09.batchnorm_graph": _backward, "09.batchnorm_closed": _dx}
