"""05.two_layer_backward: seventeen gradients of one network, each judged by what stands above it.

Every gradient must follow from the learner's own gradients of the values that it feeds; so a slip costs one
line, and the first line that is wrong is the one that is shown. The reference is the engine's.
"""

from .comparing import compare
from .exercise import Exercise, Mistake, Wrong, register

# value -> the values it feeds, in the order of the backward pass
FEEDS = {
    "total": (), "losses": ("total",), "picked": ("losses",), "logp": ("picked",), "logs": ("logp",),
    "s": ("logs",), "e": ("s",), "logits": ("logp", "e"), "z2": ("logits",), "b2": ("logits",), "h": ("z2",),
    "W2": ("z2",), "a1": ("h",), "z1": ("a1",), "b1": ("a1",), "x": ("z1",), "W1": ("z1",),
}  # fmt: skip
_SIZES = ((2, 3, 4, 3), (5, 2, 3, 4))  # N, D, H, C


def _inputs(rng):
    import numpy as np

    generator = np.random.RandomState(rng.randrange(2**32))
    found = []
    for N, D, H, C in _SIZES:
        x, W1, b1, W2, b2 = (generator.randn(*shape) for shape in ((N, D), (D, H), (H,), (H, C), (C,)))
        found.append({"x": x, "y": generator.randint(0, C, N), "W1": W1, "b1": b1, "W2": W2, "b2": b2})
    return found


def _cases(rng):
    return [{"name": name, **inputs} for name in FEEDS for inputs in _inputs(rng)]


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
    found = {}
    for name in FEEDS:
        found[name] = following(name, case, found)
    return found


def _probe(two_layer_backward, case):
    from types import SimpleNamespace

    v = forward(case)
    d = two_layer_backward(SimpleNamespace(**v))
    if not hasattr(d, "get"):
        return d
    needed = {name: d.get(name, ...) for name in (case["name"], *FEEDS[case["name"]])}
    return ... if needed[case["name"]] is ... else needed


def _judge(case, result):
    import numpy as np

    name = case["name"]
    if type(result) is not dict or name not in result:
        return Wrong("missing", f"`{name}` is missing: put it into `d`.")
    v, given = forward(case), {}
    for fed in FEEDS[name]:
        given[fed] = _as_array(result.get(fed))
        if given[fed] is None:
            return Wrong("missing", f"`{fed}` is missing or no array of numbers; `{name}` waits for it.")
        if given[fed].shape != np.shape(v[fed]):
            shapes = f"{given[fed].shape} and not {np.shape(v[fed])}"
            return Wrong("wrong-shape", f"d[{fed!r}] has shape {shapes}; `{name}` waits for it.")
        if _says_nothing(given[fed], case, fed):
            return Wrong("wrong", f"d[{fed!r}] is 0 or not finite, so nothing can follow from it.")
    expected = following(name, case, given)
    got = _as_array(result[name])
    if got is None:
        return Wrong("wrong-type", f"d[{name!r}] must be an array of numbers.")
    difference = compare(expected, got)
    if difference is None:
        return None
    message = f"d[{name!r}] does not follow from what stands above it: {difference.text}."
    return Wrong(difference.kind, message, expected, difference.text)


def _says_nothing(given, case, name):
    """A gradient that is (next to) nothing, or NaN: from it the same would follow, and earn points."""
    import numpy as np

    most = abs(right_gradients(case)[name]).max()
    return not np.isfinite(given).all() or abs(given).max() < 1e-6 * most


def _as_array(value):
    """A float array of its own shape; None for what is no real number or array of them."""
    import numpy as np

    if type(value) is list:
        try:
            value = np.array(value)
        except ValueError:
            return None
    kind = getattr(getattr(value, "dtype", None), "kind", "no array")
    return np.array(value, dtype=float) if type(value) in (int, float) or kind in "fiu" else None


def _when(name, slip):
    """Recognise one slip: `slip(d, v)` gives what it makes of the gradients d above and the values v."""

    def when(case, result):
        if case["name"] != name:
            return False
        given = {fed: _as_array(result[fed]) for fed in FEEDS[name]}
        if any(_says_nothing(value, case, fed) for fed, value in given.items()):
            return False
        return compare(_as_array(slip(given, forward(case))), _as_array(result[name])) is None

    return when


def _n(v):
    return len(v["y"])


def _one_of_two(case, result):
    slips = (lambda d, v: d["logp"], lambda d, v: d["e"] * v["e"])
    return any(_when("logits", slip)(case, result) for slip in slips) and not _is_aliased(case, result)


def _is_aliased(case, result):
    """Is what stands under logp the gradient of logits?"""
    given = _as_array(result["logp"]) if "logp" in result else None
    return given is not None and compare(right_gradients(case)["logits"], given) is None


_MEANS = (
    ("W2", lambda d, v: v["h"].T @ d["z2"] / _n(v)),
    ("W1", lambda d, v: v["x"].T @ d["z1"] / _n(v)),
    ("b2", lambda d, v: d["logits"].mean(axis=0)),
    ("b1", lambda d, v: d["a1"].mean(axis=0)),
)

register(Exercise(
    "05.two_layer_backward",
    "A two-layer network, backward, line by line",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    part=lambda case: case["name"],
    show=lambda case: f"d[{case['name']!r}] for x {case['x'].shape}, W1 {case['W1'].shape}, "
                      f"W2 {case['W2'].shape}",
    mistakes=[
        Mistake("no-mean", "L is the total divided by N, so ∂L/∂total is not 1.",
                when=_when("total", lambda d, v: 1.0)),
        Mistake("losses-one-number",
                "d['losses'] has one entry for each example: the sum hands its gradient to each.",
                when=lambda case, result: case["name"] == "losses"
                and _as_array(result["losses"]).shape == ()),
        Mistake("picked-sign", "losses = −picked: the sign goes backward, too.",
                when=_when("picked", lambda d, v: d["losses"])),
        Mistake("logp-everywhere", "Only the entry of the right class was picked; the others get 0.",
                when=_when("logp", lambda d, v: 0 * v["logp"] + d["picked"][:, None])),
        Mistake("logs-sign", "logp = logits − logs: the sign of logs goes backward, too.",
                when=_when("logs", lambda d, v: d["logp"].sum(axis=1, keepdims=True))),
        Mistake("logs-not-summed", "logs was stretched over the classes, so its gradient is a sum over them.",
                when=_when("logs", lambda d, v: -d["logp"])),
        Mistake("log-upside-down", "The derivative of log s is 1/s.",
                when=_when("s", lambda d, v: d["logs"] * v["s"])),
        Mistake("logits-once", "logits is used twice, in logp and in e. You have one of the two gradients.",
                when=lambda case, result: _one_of_two(case, result)),
        Mistake("exp-forgotten", "e = exp(logits) has the derivative e, which is missing.",
                when=_when("logits", lambda d, v: d["logp"] + d["e"])),
        Mistake("bias-not-summed",
                "A bias was stretched over the examples: its gradient is the sum over them.",
                when=lambda case, result: _when("b2", lambda d, v: d["logits"])(case, result)
                or _when("b1", lambda d, v: d["a1"])(case, result)),
        Mistake("slope-at-input", "The slope of tanh is 1 − h², with the output h, not the input a1.",
                when=_when("a1", lambda d, v: d["h"] * (1 - v["a1"] ** 2))),
        Mistake("slope-forgotten", "The slope of tanh is missing.",
                when=_when("a1", lambda d, v: d["h"])),
        Mistake("weights-mean",
                "You divide a gradient by N again; the 1/N has come down from the loss already.",
                when=lambda case, result: any(_when(*slip)(case, result) for slip in _MEANS)),
        Mistake("aliased",
                "d['logp'] holds the gradient of logits: `+=` has changed the array that both names share.",
                when=_is_aliased),
    ],
    hints=[
        "Each line of the forward pass is one line here, in reverse. Which later lines use its value?",
        "d['logp'] starts as zeros of the shape of logp; then set the picked entries.",
        "d['logits'] has two terms: one through logp (local derivative 1), one through e.",
        "The last lines are two linear layers, which you have written already, and one tanh.",
    ],
    seconds=10.0,
))  # fmt: skip
