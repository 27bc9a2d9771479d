"""Activation functions as modules, for use in `Sequential`."""

from backprop_lib import ops
from backprop_lib.nn.module import Module


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x):
        return ops.sigmoid(x)


class Tanh(Module):
    """tanh(x)."""

    def forward(self, x):
        return ops.tanh(x)


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x):
        return ops.relu(x)


class Softplus(Module):
    """log(1 + exp(x))."""

    def forward(self, x):
        return ops.softplus(x)


class GELU(Module):
    """x · Φ(x) in the tanh approximation of Hendrycks and Gimpel (2016), as in GPT-2."""

    def forward(self, x):
        return ops.gelu(x)


class LeakyReLU(Module):
    """x where x > 0, slope · x elsewhere, 0 <= slope <= 1; Maas, Hannun and Ng (2013)."""

    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        return ops.leaky_relu(x, slope=self.slope)


class ELU(Module):
    """x where x > 0, alpha · (exp(x) - 1) elsewhere, alpha >= 0; Clevert et al. (2016)."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        return ops.elu(x, alpha=self.alpha)


# By the name that a layer's `activation` takes
ACTIVATIONS = {
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "softplus": Softplus,
    "gelu": GELU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
}
