"""Images: convolution and pooling, over arrays of shape (N, C, H, W).

A kernel of kh·kw sees one window of the image at a time. There are H' = (H - kh) // stride + 1
windows from top to bottom, and W' from left to right; what does not fill a window is left out.
LeCun et al. (1989), "Backpropagation applied to handwritten zip code recognition"; LeCun et al. (1998).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backprop_lib.tensor import op


@op
def conv2d(x, W, b, *, stride=1, padding=0):
    """y[n, o] = b[o] + the sum of W[o] times each window of x[n], over its channels and entries.

    x: (N, C, H, W), W: (C_out, C, kh, kw), b: (C_out,) or 0. stride, padding: an int or a pair
    (down, across); the padding is of zeros, on all four sides. Returns (N, C_out, H', W').
    """
    stride, padding = pair("stride", stride, 1), pair("padding", padding, 0)
    _check_kernels(x, W, b)
    n_out, kernel = len(W), W.shape[2:]
    padded = _pad(x, padding)
    # With a column for each window, a convolution is one product of matrices: (N, C·kh·kw, H'·W').
    seen = _windows(padded, kernel, stride).transpose(0, 1, 4, 5, 2, 3)
    columns = seen.reshape(len(x), W[0].size, -1)
    rows = W.reshape(n_out, -1)
    y = rows @ columns + b.reshape(-1, 1)

    def vjp_x(g):
        # The batch goes last: numpy adds long rows several times faster than short ones.
        G = g.transpose(1, 2, 3, 0)
        parts = rows.T.dot(G.reshape(n_out, -1)).reshape(*W.shape[1:], *G.shape[1:])
        gradient = np.zeros_like(padded, shape=(*padded.shape[1:], len(x)))
        for i, j in np.ndindex(kernel):
            gradient[:, *_seen_by(i, j, stride, g.shape[2:])] += parts[:, i, j]
        top, left = padding
        gradient = gradient[:, top : top + x.shape[2], left : left + x.shape[3]]
        return gradient.transpose(3, 0, 1, 2).copy()

    def vjp_W(g):
        return (g.reshape(len(x), n_out, -1) @ columns.mT).sum(axis=0).reshape(W.shape)

    def vjp_b(g):
        return g.reshape(len(x), n_out, -1).sum(axis=2).sum(axis=0)

    return y.reshape(len(x), n_out, *seen.shape[-2:]), vjp_x, vjp_W, vjp_b


@op
def max_pool2d(x, *, size, stride=None):
    """The largest entry of each window of x (N, C, H, W), (N, C, H', W').

    size: an int or a pair (down, across); stride likewise, the size if it is not given.
    Of equal entries the first, row by row, takes the whole gradient, as in PyTorch.
    """
    size, stride, entries = _pooled(x, size, stride)
    y = entries.max(axis=0)

    def vjp(g):
        gradient, free = np.zeros_like(x), np.ones_like(y, dtype=bool)
        for (i, j), entry in zip(np.ndindex(size), entries, strict=True):
            first = (entry == y) & free
            free ^= first
            gradient[:, :, *_seen_by(i, j, stride, y.shape[2:])] += first * g
        return gradient

    return y, vjp


@op
def avg_pool2d(x, *, size, stride=None):
    """The mean of each window of x (N, C, H, W), (N, C, H', W').

    size: an int or a pair (down, across); stride likewise, the size if it is not given.
    """
    size, stride, entries = _pooled(x, size, stride)
    y = entries.mean(axis=0)

    def vjp(g):
        gradient, share = np.zeros_like(x), g / len(entries)
        for i, j in np.ndindex(size):
            gradient[:, :, *_seen_by(i, j, stride, y.shape[2:])] += share
        return gradient

    return y, vjp


def pair(name, value, least):
    """An option that is one int or a pair of them (down, across), as a pair."""
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in both)
    if len(both) != 2 or not whole or min(both) < least:
        raise ValueError(f"{name} must be an int of at least {least}, or a pair of them, got {value!r}")
    return both


def _check_kernels(x, W, b):
    if W.ndim != 4 or 0 in W.shape:
        raise ValueError(f"W must be kernels of shape (C_out, C, kh, kw), got {W.shape}")
    if x.ndim != 4 or not len(x):
        raise ValueError(f"x must be at least one image, of shape (N, C, H, W), got {x.shape}")
    if x.shape[1] != W.shape[1]:
        raise ValueError(f"x has {x.shape[1]} channels, the kernels W are for {W.shape[1]}")
    if b.ndim and b.shape != W.shape[:1]:
        raise ValueError(f"b must have one entry for each of the {len(W)} kernels, got shape {b.shape}")


def _pooled(x, size, stride):
    """size and stride as pairs, and the entries of the windows: (kh·kw, N, C, H', W')."""
    size = pair("size", size, 1)
    stride = size if stride is None else pair("stride", stride, 1)
    if x.ndim != 4 or 0 in x.shape[:2]:
        raise ValueError(f"x must be at least one image, of shape (N, C, H, W), got {x.shape}")
    entries = _windows(x, size, stride).transpose(4, 5, 0, 1, 2, 3)
    return size, stride, entries.reshape(-1, *entries.shape[2:])


def _pad(x, padding):
    (n, c, h, w), (top, left) = x.shape, padding
    if not any(padding):
        return x
    padded = np.zeros_like(x, shape=(n, c, h + 2 * top, w + 2 * left))  # three times as fast as np.pad
    padded[:, :, top : top + h, left : left + w] = x
    return padded


def _windows(x, kernel, stride):
    """A view of all windows, (N, C, H', W', kh, kw): nothing is copied yet."""
    if kernel[0] > x.shape[2] or kernel[1] > x.shape[3]:
        raise ValueError(
            f"a window of {kernel[0]}×{kernel[1]} is larger than the image with its padding, "
            f"{x.shape[2]}×{x.shape[3]}"
        )
    return sliding_window_view(x, kernel, axis=(2, 3), subok=True)[:, :, :: stride[0], :: stride[1]]


def _seen_by(i, j, stride, n_windows):
    """Where entry (i, j) of the window lies in the image, for all windows: a pair of slices."""
    starts = zip((i, j), stride, n_windows, strict=True)
    return tuple(slice(start, start + step * n, step) for start, step, n in starts)
