"""The layers of a multilayer perceptron, and what joins layers."""

import math
from itertools import pairwise

import numpy as np

from backprop_lib import ops
from backprop_lib.init import as_generator, as_size, gain, he_uniform
from backprop_lib.nn.activations import ACTIVATIONS
from backprop_lib.nn.module import Module
from backprop_lib.ops import Tensor


class Linear(Module):
    """x @ W + b, then the activation: x (..., n_in), W (n_in, n_out), b (n_out,), result (..., n_out).

    rng: a numpy Generator or a seed. bias: False for x @ W. activation: None or the name of one, such
    as "relu". init: a function of `init` for W. b starts at zero. The default for W is He's (2015), as
    most layers have a relu before or after them: with the gain of `activation`, √2 if there is none.
    Raises ValueError for an x with another number of features.
    """

    def __init__(self, n_in, n_out, *, rng, bias=True, activation=None, init=None, dtype=np.float64):
        n_in, n_out = as_size("n_in", n_in), as_size("n_out", n_out)
        _check_activation(activation)
        self.W = Tensor(_weights(init, activation)((n_in, n_out), rng=as_generator(rng), dtype=dtype))
        # Without a bias a plain array of zeros is added: it is no Tensor, so never trained nor saved
        self.b = Tensor(np.zeros(n_out, dtype)) if bias else np.zeros(n_out, dtype)
        self.activation = activation
        self._fused = activation if activation in _FUSED else None

    def forward(self, x):
        try:
            y = ops.linear(x, self.W, self.b, self._fused)
        except (ValueError, IndexError) as error:
            _explain(error, self.W.shape, x)
            raise
        return y if self.activation == self._fused else getattr(ops, self.activation)(y)


_FUSED = ("relu", "tanh")  # ops.linear applies these itself


def _check_activation(activation):
    if activation is not None and activation not in ACTIVATIONS:
        raise ValueError(f"activation must be None or one of {', '.join(ACTIVATIONS)}; got {activation!r}")


def _weights(init, activation):
    if init is not None:
        return init
    return lambda shape, rng, dtype: he_uniform(shape, rng=rng, gain=gain(activation or "relu"), dtype=dtype)


def _explain(error, shape, x):
    """Raise a clearer error if it is x that has the wrong number of features."""
    given, (n_in, n_out) = np.shape(x), shape
    if given[-1:] != (n_in,):
        raise ValueError(f"Linear({n_in}, {n_out}) needs x of shape (..., {n_in}), got {given}") from error


class Sequential(Module):
    """Modules one after the other: `Sequential(Linear(2, 8, rng=rng), Tanh())`. Indexed like a list."""

    def __init__(self, *layers):
        for layer in layers:
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential takes Modules, got {type(layer).__name__}: {layer!r:.80}")
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, index):
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]


class MLP(Sequential):
    """A multilayer perceptron: Linear layers with an activation after each but the last.

    sizes: [n_in, hidden, ..., n_out]. rng: a numpy Generator or a seed. dropout: the probability after
    each hidden layer. All layers start by He et al. (2015) with the gain of the activation.
    """

    def __init__(self, sizes, *, rng, activation="relu", dropout=0.0, dtype=np.float64):
        sizes = [as_size("each of sizes", n) for n in sizes]
        if len(sizes) < 2:
            raise ValueError(f"sizes must be [n_in, ..., n_out], two numbers or more, got {sizes}")
        _check_activation(activation)
        rng, init = as_generator(rng), _weights(None, activation)
        layers = []
        for n_in, n_out in pairwise(sizes[:-1]):
            layers.append(Linear(n_in, n_out, rng=rng, activation=activation, init=init, dtype=dtype))
            if dropout:
                layers.append(Dropout(dropout, rng=rng))
        super().__init__(*layers, Linear(*sizes[-2:], rng=rng, init=init, dtype=dtype))


class Dropout(Module):
    """In training, set each entry to 0 with probability p and divide the others by 1 - p, so that the
    mean stays; in use (`eval()`) do nothing. Srivastava et al. (2014), section 10, "inverted".

    rng: a numpy Generator or a seed. Raises ValueError unless 0 <= p < 1.
    """

    def __init__(self, p, *, rng):
        if not 0 <= p < 1:
            raise ValueError(f"p must be 0 or more and below 1, got {p}")
        self.p = p
        self.rng = as_generator(rng)

    def forward(self, x):
        x = x if isinstance(x, Tensor) else Tensor(x, requires_grad=False)
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        mask = (self.rng.random(x.shape) < keep) * x.dtype.type(1 / keep)
        return x * Tensor(mask, requires_grad=False)


class Flatten(Module):
    """(N, ...) to (N, D): one row for each example."""

    def forward(self, x):
        return ops.reshape(x, shape=(x.shape[0], math.prod(x.shape[1:])))


class Residual(Module):
    """x + module(x); He, Zhang, Ren and Sun (2016). The module keeps the shape of x, or ValueError."""

    def __init__(self, module):
        self.module = module

    def forward(self, x):
        y = self.module(x)
        if y.shape != x.shape:
            raise ValueError(f"Residual needs a module that keeps the shape of x, got {x.shape} to {y.shape}")
        return x + y
