"""Layers that keep signals at mean 0 and variance 1, up to a scale γ and a shift β that are trained."""

import numpy as np

from backprop_lib import ops
from backprop_lib.init import as_size
from backprop_lib.nn.module import Module
from backprop_lib.ops import Tensor


class BatchNorm(Module):
    """γ (x - μ) / √(var + eps) + β for each feature; Ioffe and Szegedy (2015).

    x: (N, n_features), or images (N, n_features, H, W), a channel of all images and positions being
    one feature. In training μ and var (biased) are those of the batch, and the running ones move
    towards them by the fraction `momentum`, with the unbiased variance, as in PyTorch. In use
    (`eval()`) μ and var are the running ones.
    Raises ValueError for another number of features and, in training, for one value per feature.
    """

    def __init__(self, n_features, *, momentum=0.1, eps=1e-5, dtype=np.float64):
        D = as_size("n_features", n_features)
        if not 0 <= momentum <= 1:
            raise ValueError(f"momentum must be from 0 to 1, got {momentum}")
        self.gamma, self.beta = Tensor(np.ones(D, dtype)), Tensor(np.zeros(D, dtype))
        self.running_mean = Tensor(np.zeros(D, dtype), requires_grad=False)
        self.running_var = Tensor(np.ones(D, dtype), requires_grad=False)
        self.momentum = momentum
        self.eps = _checked_eps(eps)

    def forward(self, x):
        D = self.gamma.size
        if len(x.shape) < 2 or x.shape[1] != D:
            raise ValueError(f"BatchNorm({D}) needs x of shape (N, {D}) or (N, {D}, H, W), got {x.shape}")
        return self._by_batch(x, D) if self.training else self._by_running(x)

    def _by_batch(self, x, D):
        moments = np.empty((2, D), self.running_mean.dtype)
        y = ops.batch_norm(x, self.gamma, self.beta, eps=self.eps, moments=moments)
        n, (mean, var) = y.size // D, moments
        self._move(self.running_mean, mean)
        self._move(self.running_var, var * (n / (n - 1)))
        return y

    def _move(self, running, new):
        running.data = (1 - self.momentum) * running._data + self.momentum * new

    def _by_running(self, x):
        def feature(v):  # (D,) -> (D, 1, 1), one entry for each channel of an image
            return v.reshape(-1, *(1,) * (len(x.shape) - 2))

        sigma = np.sqrt(self.running_var._data + self.eps)
        x_hat = (x - feature(self.running_mean)) / feature(sigma)
        return feature(self.gamma) * x_hat + feature(self.beta)


class LayerNorm(Module):
    """γ (x - μ) / √(var + eps) + β with μ and var over the last axis; Ba, Kiros and Hinton (2016).

    x: (..., n_features). Every example stands alone: training and use are the same.
    Raises ValueError for another number of features.
    """

    def __init__(self, n_features, *, eps=1e-5, dtype=np.float64):
        D = as_size("n_features", n_features)
        self.gamma, self.beta = Tensor(np.ones(D, dtype)), Tensor(np.zeros(D, dtype))
        self.eps = _checked_eps(eps)

    def forward(self, x):
        D = self.gamma.size
        if x.shape[-1:] != (D,):
            raise ValueError(f"LayerNorm({D}) needs x of shape (..., {D}), got {x.shape}")
        return ops.layer_norm(x, self.gamma, self.beta, eps=self.eps)


def _checked_eps(eps):
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    return eps
