"""05.two_layer_backward: seventeen gradients of one network, each judged by what stands above it.

Every gradient must follow from the learner's own gradients of the values that it feeds; so a slip costs one
line, and the first line that is wrong is the one that is shown. The reference is the engine's. From zeros,
from NaN or from one number everywhere too much would follow: there the lines below wait.
"""

from .arrays05 import as_array
from .comparing import compare
from .exercise import Exercise, Mistake, Wrong, register

# value -> the values it feeds, in the order of the backward pass
FEEDS = {
    "total": (), "losses": ("total",), "picked": ("losses",), "logp": ("picked",), "logs": ("logp",),
    "s": ("logs",), "e": ("s",), "logits": ("logp", "e"), "z2": ("logits",), "b2": ("logits",), "h": ("z2",),
    "W2": ("z2",), "a1": ("h",), "z1": ("a1",), "b1": ("a1",), "x": ("z1",), "W1": ("z1",),
}  # fmt: skip
_ALL_EQUAL = ("losses", "picked", "logs")  # these gradients are one number everywhere, ±1/N
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

    d = two_layer_backward(SimpleNamespace(**forward(case)))
    if not hasattr(d, "get"):
        return d
    absent = [name for name in FEEDS if d.get(name) is None or d.get(name) is ...]
    if case["name"] in absent:
        return {"absent": absent}
    return {name: d.get(name) for name in (case["name"], *FEEDS[case["name"]])}


def _judge(case, result):
    name = case["name"]
    if type(result) is not dict:
        return Wrong("no-dictionary", "Return a dictionary: `d = {}` at the start, `return d` at the end.")
    if name not in result:
        absent = result.get("absent", [name])
        return Wrong("missing", f"{len(absent)} of {len(FEEDS)} are missing: {', '.join(map(str, absent))}.")
    v, given = forward(case), {}
    for fed in FEEDS[name]:
        given[fed], fault = _read(result.get(fed), fed, v)
        fault = fault or _goes_no_further(given[fed], fed)
        if fault:
            return Wrong(fault[0], f"{fault[1]} `{name}` follows from it and waits.")
    got, fault = _read(result[name], name, v)
    if fault:
        return Wrong(*fault)
    expected = following(name, case, given)
    size = max((abs(array).max() for array in given.values()), default=1.0)
    difference = compare(expected, got, atol=1e-12 * size)
    if difference is None:
        return None
    message = f"d[{name!r}] does not follow from what stands above it: {difference.text}."
    return Wrong(difference.kind, message, expected, difference.text)


def _read(value, name, v):
    """(the gradient as an array, what is wrong with it: a diagnosis and a sentence, or None)."""
    import numpy as np

    array = _as_array(value)
    if array is None:
        return None, ("wrong-type", f"d[{name!r}] is missing, or no array of real numbers.")
    if array.shape != np.shape(v[name]):
        text = f"d[{name!r}] has the shape {array.shape}; {name} has {np.shape(v[name])}."
        return array, ("wrong-shape", text)
    return array, None


def _goes_no_further(array, name):
    """Why too little can be told from what follows: zeros give zeros whatever the formula, NaN gives NaN."""
    largest = abs(array).max()
    if largest < 1e-30:
        return "waits", f"d[{name!r}] is 0 everywhere."
    if not largest < 1e30:
        return "waits", f"d[{name!r}] is not finite."
    if array.size > 1 and array.max() == array.min() and name not in _ALL_EQUAL:
        return "waits", f"d[{name!r}] is the same number everywhere."
    return None


def _as_array(value):
    """A float array of its own shape; None for what is no real number or array of them."""
    import numpy as np

    value = as_array(value)
    kind = getattr(getattr(value, "dtype", None), "kind", "no array")
    return np.array(value, dtype=float) if type(value) in (int, float) or kind in "fiu" else None


def _when(name, slip):
    """Recognise one slip: `slip(d, v)` gives what it makes of the gradients d above and the values v."""

    def when(case, result):
        if case["name"] != name:
            return False
        given = {fed: _as_array(result[fed]) for fed in FEEDS[name]}
        if any(_goes_no_further(array, fed) for fed, array in given.items()):
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


def _tanh_twice(d, v):
    import numpy as np

    return d["h"] * (1 - np.tanh(v["h"]) ** 2)


def _any_of(*slips):
    return lambda case, result: any(_when(*slip)(case, result) for slip in slips)


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
                when=_any_of(("b2", lambda d, v: d["logits"]), ("b1", lambda d, v: d["a1"]))),
        Mistake("slope-at-input", "The slope of tanh is 1 − h², with the output h, not the input.",
                when=_any_of(*(("a1", lambda d, v, name=name: d["h"] * (1 - v[name] ** 2))
                               for name in ("a1", "z1")))),
        Mistake("tanh-twice", "You take tanh of h; h is the output of tanh already.",
                when=_when("a1", _tanh_twice)),
        Mistake("slope-forgotten", "The slope of tanh is missing.",
                when=_when("a1", lambda d, v: d["h"])),
        Mistake("weights-mean",
                "You divide a gradient by N again; the 1/N has come down from the loss already.",
                when=_any_of(*_MEANS)),
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
