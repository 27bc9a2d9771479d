"""The typical mistakes of 05.two_layer_backward, each recognised in one line of the learner's."""

from .comparing import compare
from .exercise import Mistake
from .network05 import FEEDS, as_floats, following, forward, goes_no_further, right_gradients
from .precision import MESSAGE, only_single


def _given(case, result):
    """The learner's own gradients above; None where nothing can be told from them."""
    import numpy as np

    v, given = forward(case), {fed: as_floats(result[fed]) for fed in FEEDS[case["name"]]}
    for fed, array in given.items():
        if array.shape != np.shape(v[fed]) or goes_no_further(array, fed):
            return None
    return given


def _when(name, slip):
    """Recognise one slip: `slip(d, v)` gives what it makes of the gradients d above and the values v."""

    def when(case, result):
        if case["name"] != name:
            return False
        given = _given(case, result)
        return given is not None and compare(
            as_floats(slip(given, forward(case))), as_floats(result[name])) is None

    return when


def _n(v):
    return len(v["y"])


def _one_of_two(case, result):
    slips = (lambda d, v: d["logp"], lambda d, v: d["e"] * v["e"])
    return any(_when("logits", slip)(case, result) for slip in slips) and not _is_aliased(case, result)


def _is_aliased(case, result):
    """Is what stands under logp the gradient of logits?"""
    given = as_floats(result["logp"]) if "logp" in result else None
    return given is not None and compare(right_gradients(case)["logits"], given) is None


def _tanh_twice(d, v):
    import numpy as np

    return d["h"] * (1 - np.tanh(v["h"]) ** 2)


def _any_of(*slips):
    return lambda case, result: any(_when(*slip)(case, result) for slip in slips)


def _no_upstream(case, result):
    name, given = case["name"], _given(case, result)
    if given is None or name not in ("losses", "picked", "s", "a1"):
        return False
    ones = {fed: 0 * array + 1 for fed, array in given.items()}
    return compare(following(name, case, ones), as_floats(result[name])) is None


def _is_single(case, result):
    name, given = case["name"], _given(case, result)
    return given is not None and only_single(result[name], following(name, case, given))


def _one_bias_number(case, result):
    """Is the gradient of a bias the sum of all that comes from above, once or for every entry?"""
    import numpy as np

    name, given = case["name"], _given(case, result)
    if given is None or name not in ("b1", "b2"):
        return False
    got, total = as_floats(result[name]), given[FEEDS[name][0]].sum()
    return got.shape in ((), case[name].shape) and bool(np.allclose(got, total, rtol=1e-9, atol=1e-12))


def _p_minus_y(d, v):
    import numpy as np

    return v["e"] / v["s"] - np.eye(v["e"].shape[1])[v["y"]]


_MEANS = (
    ("losses", lambda d, v: 0 * v["losses"] + d["total"] / _n(v)),
    ("W2", lambda d, v: v["h"].T @ d["z2"] / _n(v)),
    ("W1", lambda d, v: v["x"].T @ d["z1"] / _n(v)),
    ("b2", lambda d, v: d["logits"].mean(axis=0)),
    ("b1", lambda d, v: d["a1"].mean(axis=0)),
    ("x", lambda d, v: d["z1"] @ v["W1"].T / _n(v)),
)


def _total(case, result):
    if case["name"] != "total" or _is_single(case, result):
        return False
    got = as_floats(result["total"])
    return got.shape == () and goes_no_further(got, "total") is None


def _columns(d, v):
    wrong = 0 * v["logp"]
    wrong[:, v["y"]] = d["picked"]
    return wrong


def _picked_negative(d, v):
    return -following("logp", v, d)

MISTAKES = [
    Mistake("no-mean", "L is the total divided by N, so ∂L/∂total is not 1.",
            when=_when("total", lambda d, v: 1.0)),
    Mistake("total", "L is total divided by N, the number of examples: how fast does L grow with total?",
            when=_total),
    Mistake("losses-one-number",
            "d['losses'] has one entry for each example: the sum hands its gradient to each.",
            when=lambda case, result: case["name"] == "losses"
            and as_floats(result["losses"]).shape == ()),
    Mistake("picked-sign", "losses = −picked: the sign goes backward, too.",
            when=_when("picked", lambda d, v: d["losses"])),
    Mistake("logp-everywhere", "Only the entry of the right class was picked; the others get 0.",
            when=_when("logp", lambda d, v: 0 * v["logp"] + d["picked"][:, None])),
    Mistake("logp-columns", "`[:, v.y]` takes whole columns. Which entry of logp was picked in row n?",
            when=_when("logp", _columns)),
    Mistake("logp-sign", "picked is an entry of logp as it stands: its gradient keeps the sign.",
            when=_when("logp", _picked_negative)),
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
            when=_any_of(("a1", lambda d, v: d["h"] * (1 - v["a1"] ** 2)),
                         ("a1", lambda d, v: d["h"] * (1 - v["z1"] ** 2)))),
    Mistake("tanh-twice", "You take tanh of h; h is the output of tanh already.",
            when=_when("a1", _tanh_twice)),
    Mistake("slope-forgotten", "The slope of tanh is missing.",
            when=_when("a1", lambda d, v: d["h"])),
    Mistake("mean-again",
            "You divide a gradient by N again; the 1/N has come down from the loss already.",
            when=_any_of(*_MEANS)),
    Mistake("p-minus-y",
            "d['logits'] is p − y, which is right for the sum of the losses. L is the mean: 1/N is missing.",
            when=_when("logits", _p_minus_y)),
    Mistake("exp-early",
            "e only feeds the sum s. The slope of exp belongs one line further, to d['logits'].",
            when=_when("e", lambda d, v: d["s"] * v["e"])),
    Mistake("e-not-stretched",
            "d['s'] has one number a row, and e has one for each class: the sum hands its gradient to each.",
            when=_when("e", lambda d, v: d["s"])),
    Mistake("e-averaged", "You divide by the number of classes. s is a sum over them, not a mean.",
            when=_when("e", lambda d, v: d["s"] / v["e"].shape[1] + 0 * v["e"])),
    Mistake("logits-not-added", "logits is used twice: its two gradients are added.",
            when=_any_of(("logits", lambda d, v: d["logp"] - d["e"] * v["e"]),
                         ("logits", lambda d, v: d["logp"] * d["e"] * v["e"]))),
    Mistake("slope-of-sigmoid", "h is a tanh, with the slope 1 − h²; h (1 − h) is the slope of a sigmoid.",
            when=_any_of(("a1", lambda d, v: d["h"] * v["h"] * (1 - v["h"])),
                         ("a1", lambda d, v: d["h"] * (1 - v["h"])))),
    Mistake("slope-of-relu", "h is a tanh, with the slope 1 − h². Yours is 0 or 1, as that of a ReLU.",
            when=_when("a1", lambda d, v: d["h"] * (v["h"] > 0))),
    Mistake("slope-early", "The slope of tanh comes one line too early: it belongs to d['a1'].",
            when=_when("h", lambda d, v: d["z2"] @ v["W2"].T * (1 - v["h"] ** 2))),
    Mistake("wrong-factor", "W2 was multiplied with h, after the tanh: its gradient needs h.",
            when=_any_of(("W2", lambda d, v: v["a1"].T @ d["z2"]),
                         ("W2", lambda d, v: v["z1"].T @ d["z2"]))),
    Mistake("bias-wrong-axis", "You add over the outputs, axis 1; a bias was stretched over the examples.",
            when=_any_of(("b2", lambda d, v: d["logits"].sum(axis=1)),
                         ("b1", lambda d, v: d["a1"].sum(axis=1)))),
    Mistake("bias-one-number", "You add up everything. Each output has its own bias: add over the examples.",
            when=_one_bias_number),
    Mistake("no-upstream", "This is a local derivative alone: the gradient from above is missing.",
            when=_no_upstream),
    Mistake("float32", MESSAGE, when=_is_single),
    Mistake("aliased",
            "d['logp'] holds the gradient of logits: `+=` has changed the array that both names share.",
            when=_is_aliased),
]  # fmt: skip
