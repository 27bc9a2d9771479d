"""11.batchnorm_net: fifteen gradients of a network with two batch norms, each judged by what stands above it.

Every gradient must follow from the learner's own gradients of the values that it feeds; so a slip costs one
line, and the first line that is wrong is the one that is shown. The reference is the engine's. From zeros,
from NaN or from one number everywhere too much would follow: there the lines below wait.
The typical slips stand in slips11.py.
"""

from . import chained
from .arrays05 import as_array
from .chained import fault_of, goes_no_further, vanishes
from .comparing import compare
from .exercise import Wrong
from .formatting import number

# value -> the values it feeds, in the order of the backward pass
FEEDS = {
    "logits": (), "W3": ("logits",), "b3": ("logits",), "h2": ("logits",),
    "a2": ("h2",), "gamma2": ("a2",), "beta2": ("a2",), "z2": ("a2",), "W2": ("z2",), "h1": ("z2",),
    "a1": ("h1",), "gamma1": ("a1",), "beta1": ("a1",), "z1": ("a1",), "W1": ("z1",),
}  # fmt: skip
# what some slips take instead of what they should
_BESIDE = {"W1": ("a1",), "W2": ("a2",), "h1": ("a2",)} | {
    f"{name}{i}": (f"h{i}", f"{other}{i}")
    for i in "12" for name, other in (("gamma", "beta"), ("beta", "gamma"))
}  # fmt: skip
PARAMETERS = ("W1", "gamma1", "beta1", "W2", "gamma2", "beta2", "W3", "b3")
EPS = 1e-5
_SIZES = ((6, 3, 4, 5, 3), (9, 5, 3, 4, 6))  # N, D, units, units, C


def cases(rng):
    """Two networks of unequal sizes for every gradient."""
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    draw = np.random.RandomState(rng.randrange(2**32))
    inputs = [_network(draw, *sizes) for sizes in _SIZES]
    return [{"name": name, **each} for name in FEEDS for each in inputs]


def _network(draw, N, D, H, K, C):
    found = {"x": draw.randn(N, D), "y": draw.randint(0, C, N), "W3": draw.randn(K, C), "b3": draw.randn(C)}
    for i, n_in, n_out in (("1", D, H), ("2", H, K)):
        signs = draw.choice([-1, 1], n_out)
        found |= {f"W{i}": draw.randn(n_in, n_out), f"beta{i}": draw.uniform(0.2, 0.8, n_out) * signs}
        found[f"gamma{i}"] = draw.uniform(0.5, 2, n_out) * draw.choice([-1, 1], n_out)
    return found


def forward(case):
    """All values of the notebook's network, as arrays: name -> value."""
    import numpy as np

    v = {name: case[name] for name in ("x", "y", *PARAMETERS)}
    h = v["x"]
    for i in "12":
        z = v["z" + i] = h @ v["W" + i]
        v["mu" + i], v["sigma" + i] = z.mean(axis=0), np.sqrt(z.var(axis=0) + EPS)
        v["z_hat" + i] = (z - v["mu" + i]) / v["sigma" + i]
        v["a" + i] = v["gamma" + i] * v["z_hat" + i] + v["beta" + i]
        h = v["h" + i] = np.maximum(v["a" + i], 0)
    v["logits"] = h @ v["W3"] + v["b3"]
    e = np.exp(v["logits"] - v["logits"].max(axis=1, keepdims=True))
    v["prob"] = e / e.sum(axis=1, keepdims=True)
    v["L"] = -np.log(v["prob"][np.arange(len(v["y"])), v["y"]]).mean()
    return v


def _steps():
    """value -> how what it feeds is computed from it, on Tensors; "logits" gives the loss."""
    from .. import losses, ops

    steps = {
        "logits": lambda t, v: losses.cross_entropy(t, v["y"]),
        "W3": lambda t, v: ops.matmul(v["h2"], t) + v["b3"],
        "b3": lambda t, v: v["h2"] @ v["W3"] + t,
        "h2": lambda t, v: t @ v["W3"] + v["b3"],
        "W2": lambda t, v: ops.matmul(v["h1"], t),
        "h1": lambda t, v: t @ v["W2"],
        "W1": lambda t, v: ops.matmul(v["x"], t),
    }
    for i in "12":
        steps |= {
            "a" + i: lambda t, v: ops.relu(t),
            "gamma" + i: lambda t, v, i=i: t * v["z_hat" + i] + v["beta" + i],
            "beta" + i: lambda t, v, i=i: v["gamma" + i] * v["z_hat" + i] + t,
            "z" + i: lambda t, v, i=i: ops.batch_norm(t, v["gamma" + i], v["beta" + i], eps=EPS),
        }
    return steps


def following(name, case, given):
    """∂L/∂name from `given`, the gradients of what it feeds, by the engine."""
    from ..ops import Tensor

    v = forward(case)
    leaf = Tensor(v[name])
    result = _steps()[name](leaf, v)
    if name == "logits":
        result.backward()
    else:
        result.backward(given[FEEDS[name][0]])
    return leaf.grad


def right_gradients(case):
    """All gradients: name -> array."""
    return chained.right_gradients(FEEDS, following, case)


def probe(net_backward, case):
    """The gradients that were returned, or what is missing; and which of the values were changed."""
    from types import SimpleNamespace

    import numpy as np

    values = {name: np.array(value) for name, value in forward(case).items()}  # copies: they may be changed
    v = SimpleNamespace(**values)
    d = net_backward(v)
    if not hasattr(d, "get"):
        return d
    absent = [name for name in FEEDS if d.get(name) is None or d.get(name) is ...]
    before = forward(case)
    changed = [name for name, value in values.items() if not np.array_equal(value, before[name])]
    if case["name"] in absent:
        return {"absent": absent}
    wanted = (case["name"], *FEEDS[case["name"]], *_BESIDE.get(case["name"], ()))
    found = {name: as_array(d.get(name)) for name in wanted if name not in absent}
    return found | ({"changed": changed} if changed else {})


def judge(case, result):
    """None, or what is wrong with one gradient, given those above it."""
    name = case["name"]
    if type(result) is not dict:
        return Wrong("no-dictionary", "Return a dictionary: `d = {}` at the start, `return d` at the end.")
    if name not in result:
        absent = result.get("absent")
        absent = absent if type(absent) is list else [name]
        return Wrong("missing", f"Missing, {len(absent)} of {len(FEEDS)}: {', '.join(map(str, absent))}.")
    v, given = forward(case), {}
    for fed in FEEDS[name]:
        given[fed] = result.get(fed)
        fault = fault_of(given[fed], fed, v) or goes_no_further(given[fed], fed)
        if fault:
            return Wrong(fault[0], f"{fault[1]} `{name}` follows from it and waits.")
    fault = fault_of(result[name], name, v)
    if fault:
        shape = getattr(result[name], "shape", None)
        if name[0] == "W" and shape == v[name].T.shape:
            return Wrong("weights-turned", f"d[{name!r}] has the shape {shape}, {name} has {v[name].shape}. "
                         "The gradient of W is x.T @ g, not g.T @ x: x is what W was multiplied with, g the "
                         "gradient of the product.")  # fmt: skip
        return Wrong(*fault)
    expected = following(name, case, given)
    if (nothing := vanishes(expected, given, name, case, FEEDS, following)) is not None:
        return Wrong(*nothing)
    difference = differs(expected, result[name], given.values())
    if difference is not None:
        how = _in_numbers(expected, result[name])
        message = f"d[{name!r}] does not follow from what stands above it: {how}."
        return Wrong(difference.kind, message, expected, difference.text)
    if type(result.get("changed")) is list and name == _blamed(result["changed"]):
        return Wrong("cache-changed", f"v.{result['changed'][0]} is another array after your function than "
                     "before: a second call would give something else. Work on a copy.")  # fmt: skip
    return None


def _in_numbers(expected, got):
    """How they differ: by a factor, or where most."""
    import numpy as np

    got = got.astype(float)
    factor = float((got * expected).sum() / (expected**2).sum()) if np.isfinite(got).all() else 0.0
    if factor and compare(factor * expected, got, 1e-6, 0.0) is None:
        return f"it is {number(factor, 4)} times what it should be, everywhere"
    place = np.unravel_index(np.nan_to_num(abs(got - expected), nan=np.inf).argmax(), got.shape)
    where = ", ".join(map(str, map(int, place)))
    is_, should = (number(float(array[place]), 4) for array in (got, expected))
    return f"at [{where}] it is {is_}, and should be {should}"


def _blamed(changed):
    """The line that works with the value that was changed: its own, or for prob that of the logits."""
    return changed[0] if changed[0] in FEEDS else "logits"


def differs(expected, got, given=()):
    """None if a gradient is right: to rounding, in the precision in which it came."""
    single = got.dtype.itemsize < 8 and got.dtype.kind == "f"
    size = max((abs(array).max() for array in given), default=1.0)
    return compare(expected, got.astype(float), *((1e-4, 1e-6 * size) if single else (1e-9, 1e-12 * size)))
