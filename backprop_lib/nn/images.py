"""Layers for images, arrays of shape (N, C, H, W): convolution and pooling."""

import numpy as np

from backprop_lib import ops
from backprop_lib.init import as_generator, as_size, he_uniform
from backprop_lib.nn.module import Module
from backprop_lib.ops import Tensor
from backprop_lib.ops.images import pair


class Conv2d(Module):
    """n_out kernels that slide over images of n_in channels: (N, n_in, H, W) to (N, n_out, H', W').

    size, stride, padding: an int or a pair (down, across); H' = (H + 2·padding - size) // stride + 1.
    W: (n_out, n_in, kh, kw). b: (n_out,), zeros at the start; bias=False for none. rng: a numpy
    Generator or a seed. init: a function of `init` for W, by default He's (2015), as a relu follows.
    LeCun et al. (1989). Raises ValueError for another number of channels, or images that are too small.
    """

    def __init__(
        self, n_in, n_out, size, *, rng, stride=1, padding=0, bias=True, init=he_uniform, dtype=np.float64
    ):
        shape = (as_size("n_out", n_out), as_size("n_in", n_in), *pair("size", size, 1))
        self.W = Tensor(init(shape, rng=as_generator(rng), dtype=dtype))
        self.b = Tensor(np.zeros(n_out, dtype)) if bias else np.zeros(n_out, dtype)
        self.stride, self.padding = pair("stride", stride, 1), pair("padding", padding, 0)

    def forward(self, x):
        given, (n_out, n_in, kh, kw) = np.shape(x), self.W.shape
        if len(given) != 4 or given[1] != n_in:
            raise ValueError(
                f"Conv2d({n_in}, {n_out}, ({kh}, {kw})) needs images of shape (N, {n_in}, H, W), got {given}"
            )
        return ops.conv2d(x, self.W, self.b, stride=self.stride, padding=self.padding)

    def _settings(self):
        return f"stride={self.stride}, padding={self.padding}"


class _Pool2d(Module):
    def __init__(self, size, *, stride=None):
        self.size = pair("size", size, 1)
        self.stride = self.size if stride is None else pair("stride", stride, 1)

    def _settings(self):
        return f"size={self.size}, stride={self.stride}"


class MaxPool2d(_Pool2d):
    """The largest entry of each window: (N, C, H, W) to (N, C, H', W').

    size: an int or a pair (down, across); stride likewise, the size by default: windows that touch.
    Rows and columns that do not fill a window are left out. Of equal entries the first takes the
    gradient. Raises ValueError for images smaller than a window.
    """

    def forward(self, x):
        return ops.max_pool2d(x, size=self.size, stride=self.stride)


class AvgPool2d(_Pool2d):
    """The mean of each window; otherwise as MaxPool2d."""

    def forward(self, x):
        return ops.avg_pool2d(x, size=self.size, stride=self.stride)
