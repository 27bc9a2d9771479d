"""Batch norm and layer norm, each as one operation.

Both shift and scale x so that some of its entries have mean 0 and variance 1, over the batch or over
the features: d = x - μ, σ = √(mean(d²) + eps), then y = γ d / σ + β. As μ and σ depend on x too, an
entry's gradient loses its part along the constant and along d. With v = γ g, and all means over the
entries that share μ and σ,

    ∂L/∂x = (v - mean(v) - d mean(v d) / σ²) / σ,    ∂L/∂γ = Σ g d / σ,    ∂L/∂β = Σ g

where the sums run over all entries that share that γ and β.
"""

import numpy as np

from backprop_lib.ops.products import ones
from backprop_lib.tensor import once, op


@op
def batch_norm(x, gamma, beta, *, eps=1e-5, moments=None):
    """Normalise each feature over the batch; Ioffe and Szegedy (2015). The gradient stands above.

    x: (N, D), or (N, D, ...) with all positions of a channel normalised together. gamma, beta: (D,).
    moments: an array (2, D) that takes the mean and the (biased) variance of each feature.
    Raises ValueError for shapes that do not fit and for a single value per feature.
    """
    D = _features(x, 1)
    _check_scales(D, gamma, beta)
    n, per_feature = x.size // D, x.size // (x.shape[0] * D)
    if n < 2:
        raise ValueError(
            f"x needs two values or more for each feature, to have a variance; got shape {x.shape}. "
            "Train on larger batches, or call eval() to use the running statistics"
        )
    rows = x.reshape(x.shape[0], -1)  # (N, D · positions): sums over the batch are one product

    def total(a):  # (N, D · positions) -> (D,)
        columns = a.T.dot(ones(len(a), a.dtype))
        return columns if per_feature == 1 else columns.reshape(D, -1).sum(axis=1)

    def spread(a):  # (D,) -> (D · positions,)
        return a if per_feature == 1 else np.repeat(a, per_feature)

    mu = total(rows) / n
    d = rows - spread(mu)
    var = total(d * d) / n
    if moments is not None:
        moments[:] = mu.real, var.real  # complex in a gradient check by complex step
    sigma = np.sqrt(var + eps)
    sum_g = once(lambda g: total(g.reshape(rows.shape)))
    sum_g_d = once(lambda g: total(g.reshape(rows.shape) * d))

    def vjp_x(g):
        gradient = d * spread(sum_g_d(g) / (-n * sigma * sigma))
        gradient += g.reshape(rows.shape)
        gradient -= spread(sum_g(g) / n)
        gradient *= spread(gamma / sigma)
        return gradient.reshape(x.shape)

    y = d * spread(gamma / sigma) + spread(beta)
    return y.reshape(x.shape), vjp_x, lambda g: sum_g_d(g) / sigma, sum_g


@op
def layer_norm(x, gamma, beta, *, eps=1e-5):
    """Normalise each example over its features, the last axis; Ba, Kiros and Hinton (2016).

    x: (..., D); gamma, beta: (D,). The gradient stands above. Raises ValueError for shapes that do not fit.
    """
    D = _features(x, x.ndim - 1)
    _check_scales(D, gamma, beta)
    rows = x.reshape(-1, D)

    def mean(a, weights):  # (N, D) -> (N,)
        return a.dot(weights) / D

    d = rows - mean(rows, ones(D, x.dtype))[:, None]
    inverse = 1 / np.sqrt(mean(d * d, ones(D, x.dtype)) + eps)  # 1 / σ, (N,)
    scale = inverse[:, None].dot(gamma[None, :])  # γ / σ, (N, D)
    g_d = once(lambda g: g.reshape(rows.shape) * d)

    def vjp_x(g):
        gradient = d * (-(inverse**3) * mean(g_d(g), gamma))[:, None]
        g = g.reshape(rows.shape)
        gradient += g * scale
        gradient -= (inverse * mean(g, gamma))[:, None]
        return gradient.reshape(x.shape)

    y = d * scale + beta
    return (
        y.reshape(x.shape),
        vjp_x,
        lambda g: inverse.dot(g_d(g)),
        lambda g: g.reshape(rows.shape).T.dot(ones(len(rows), g.dtype)),
    )


def _features(x, axis):
    if x.ndim <= axis or axis < 0 or not x.size:
        raise ValueError(f"x needs entries and {max(axis, 0) + 1} axes or more, got shape {x.shape}")
    return x.shape[axis]


def _check_scales(D, gamma, beta):
    for name, scale in (("gamma", gamma), ("beta", beta)):
        if scale.shape != (D,):
            raise ValueError(f"{name} needs shape {(D,)}, one entry for each feature of x, got {scale.shape}")
