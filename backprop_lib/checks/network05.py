"""The network of 05.two_layer_backward: its forward pass, and each gradient from those that it feeds."""

from . import chained
from .arrays05 import as_array

# value -> the values it feeds, in the order of the backward pass
FEEDS = {
    "total": (), "losses": ("total",), "picked": ("losses",), "logp": ("picked",), "logs": ("logp",),
    "s": ("logs",), "e": ("s",), "logits": ("logp", "e"), "z2": ("logits",), "b2": ("logits",), "h": ("z2",),
    "W2": ("z2",), "a1": ("h",), "z1": ("a1",), "b1": ("a1",), "x": ("z1",), "W1": ("z1",),
}  # fmt: skip
ALL_EQUAL = ("losses", "picked", "logs")  # these gradients are one number everywhere, ±1/N


def forward(case):
    """All values of the notebook's network, as arrays: name -> value."""
    import numpy as np

    v = {name: case[name] for name in ("x", "y", "W1", "b1", "W2", "b2")}
    v["z1"] = v["x"] @ v["W1"]
    v["a1"] = v["z1"] + v["b1"]
    v["h"] = np.tanh(v["a1"])
    v["z2"] = v["h"] @ v["W2"]
    v["logits"] = v["z2"] + v["b2"]
    v["e"] = np.exp(v["logits"])
    v["s"] = v["e"].sum(axis=1, keepdims=True)
    v["logs"] = np.log(v["s"])
    v["logp"] = v["logits"] - v["logs"]
    v["picked"] = v["logp"][np.arange(len(v["y"])), v["y"]]
    v["losses"] = -v["picked"]
    v["total"] = v["losses"].sum()
    v["L"] = v["total"] / len(v["y"])
    return v


def _steps():
    """value -> {a value it feeds: how that one is computed from it, on Tensors}."""
    from .. import ops

    def pick(logp, v):
        return ops.getitem(logp, index=(list(range(len(v["y"]))), v["y"]))

    return {
        "losses": {"total": lambda t, v: t.sum()},
        "picked": {"losses": lambda t, v: -t},
        "logp": {"picked": pick},
        "logs": {"logp": lambda t, v: v["logits"] - t},
        "s": {"logs": lambda t, v: t.log()},
        "e": {"s": lambda t, v: t.sum(axis=1, keepdims=True)},
        "logits": {"logp": lambda t, v: t - v["logs"], "e": lambda t, v: t.exp()},
        "z2": {"logits": lambda t, v: t + v["b2"]},
        "b2": {"logits": lambda t, v: v["z2"] + t},
        "h": {"z2": lambda t, v: t @ v["W2"]},
        "W2": {"z2": lambda t, v: ops.matmul(v["h"], t)},
        "a1": {"h": lambda t, v: t.tanh()},
        "z1": {"a1": lambda t, v: t + v["b1"]},
        "b1": {"a1": lambda t, v: v["z1"] + t},
        "x": {"z1": lambda t, v: t @ v["W1"]},
        "W1": {"z1": lambda t, v: ops.matmul(v["x"], t)},
    }


def following(name, case, given):
    """∂L/∂name from `given`, the gradients of what it feeds, by the engine."""
    import numpy as np

    from ..ops import Tensor

    if name == "total":
        return np.array(1 / len(case["y"]))
    v = forward(case)
    leaf = Tensor(v[name])
    for fed, step in _steps()[name].items():
        step(leaf, v).backward(given[fed])
    return leaf.grad


def right_gradients(case):
    """All gradients: name -> array."""
    return chained.right_gradients(FEEDS, following, case)


def goes_no_further(array, name):
    """Why too little can be told from what follows, or None (see `chained`)."""
    return chained.goes_no_further(array, name, may_be_level=array.size == 1 or name in ALL_EQUAL)


def as_floats(value):
    """A float array of its own shape; None for what is no real number or array of them."""
    import numpy as np

    value = as_array(value)
    kind = getattr(getattr(value, "dtype", None), "kind", "no array")
    return np.array(value, dtype=float) if type(value) in (int, float) or kind in "fiu" else None
