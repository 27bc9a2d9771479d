"""The forward pass of each layer by hand in numpy, and the check of gradients against it.

p: the parameters by the names that ours have. No backward pass is written here: a gradient is right if
its product with any direction v is the slope of Σ g ⊙ forward along v, which two forward passes tell.
"""

import numpy as np

EPS = 1e-5
H_STEP = 1e-5


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def conv(x, p):
    """3×3 kernels, padding 1."""
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, p["W"], optimize=True) + p["b"][:, None, None]


def batch_norm(x, p):
    axes = (0, *range(2, x.ndim))
    shape = (-1, *(1,) * (x.ndim - 2))
    x_hat = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + EPS)
    return p["gamma"].reshape(shape) * x_hat + p["beta"].reshape(shape)


def layer_norm(x, p, prefix=""):
    x_hat = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPS)
    return p[f"{prefix}gamma"] * x_hat + p[f"{prefix}beta"]


def lstm(x, p):
    W, U, b = p["cell.W"], p["cell.U"], p["cell.b"]
    h = c = np.zeros((len(x), len(U)))
    hs = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ W + h @ U + b, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1)


def gru(x, p):
    W, U, b, c = p["cell.W"], p["cell.U"], p["cell.b"], p["cell.c"]
    h, hs = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        (rx, zx, nx), (rh, zh, nh) = (np.split(a, 3, axis=1) for a in (x[:, t] @ W + b, h @ U + c))
        z = sigmoid(zx + zh)
        h = (1 - z) * np.tanh(nx + sigmoid(rx + rh) * nh) + z * h
        hs.append(h)
    return np.stack(hs, axis=1)


def attention(x, p, prefix="", n_heads=4):
    """Causal, with all heads."""
    (N, T, d), after = x.shape, np.triu(np.ones((x.shape[1],) * 2, bool), 1)
    qkv = x @ p[f"{prefix}qkv.W"] + p[f"{prefix}qkv.b"]
    q, k, v = qkv.reshape(N, T, 3, n_heads, d // n_heads).transpose(2, 0, 3, 1, 4)
    scores = np.where(after, -np.inf, q @ k.swapaxes(2, 3) / np.sqrt(d // n_heads))
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return (weights @ v).swapaxes(1, 2).reshape(N, T, d) @ p[f"{prefix}out.W"] + p[f"{prefix}out.b"]


def gelu(z):
    return z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


def block(x, p):
    """Pre-norm transformer block with a GELU (in the form with tanh)."""
    x = x + attention(layer_norm(x, p, "norm1."), p, "attention.")
    h = gelu(layer_norm(x, p, "norm2.") @ p["mlp.layers.0.W"] + p["mlp.layers.0.b"])
    return x + h @ p["mlp.layers.1.W"] + p["mlp.layers.1.b"]


def check(name, forward, values, g, found, dtype):
    """Raise ValueError unless what an engine found is right.

    values: {"x": …, parameters}, g: the upstream gradient; found: {"y": …, and the gradient of each value}.
    """
    tolerance = {"float64": 1e-6, "float32": 1e-3}[dtype]
    values = {part: value.astype(np.float64) for part, value in values.items()}

    def run(changes):
        moved = {part: value + changes.get(part, 0) for part, value in values.items()}
        return forward(moved.pop("x"), moved)

    y = run({})
    if not np.abs(found["y"] - y).max() <= tolerance * np.abs(y).max():
        raise ValueError(f"{name}: the output differs from hand-written numpy")
    rng = np.random.default_rng(1)
    for part, value in values.items():
        v = rng.normal(size=value.shape)
        slope = np.sum(g * (run({part: H_STEP * v}) - run({part: -H_STEP * v}))) / (2 * H_STEP)
        gradient = np.asarray(found[part], np.float64)
        error = abs(np.sum(gradient * v) - slope) / np.linalg.norm(gradient)
        if not error <= tolerance:
            raise ValueError(
                f"{name}: the gradient of {part} is off by {error:.1e} of its length along a direction"
            )
