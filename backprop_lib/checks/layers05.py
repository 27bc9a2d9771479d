"""05.two_layer_backward: seventeen gradients of one network, each judged by what stands above it.

Every gradient must follow from the learner's own gradients of the values that it feeds; so a slip is
carried on, but counts in one line only, and the first line that is wrong is the one that is shown. The
reference is the engine's. From zeros, from NaN or from one number everywhere too much would follow: there
the lines below wait. Nor may the answer change a value of the forward pass.
"""

from .comparing import compare
from .exercise import Exercise, Wrong, register
from .network05 import FEEDS, as_floats, following, forward, goes_no_further, right_gradients
from .slips05 import MISTAKES

__all__ = ["FEEDS", "following", "forward", "right_gradients"]

_SIZES = ((3, 2, 5, 4), (5, 2, 3, 4))  # N, D, H, C; with N = 2 a slip of 2 looks like one of N


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


def _probe(two_layer_backward, case):
    from types import SimpleNamespace

    v, before = SimpleNamespace(**forward(case)), forward(_copied(case))
    d = two_layer_backward(v)
    changed = [name for name in before if not _is_still(vars(v).get(name), before[name])]
    if changed and d is not None and d is not ...:
        return {"changed": changed}
    if not hasattr(d, "get"):
        return d
    absent = [name for name in FEEDS if d.get(name) is None or d.get(name) is ...]
    if case["name"] in absent:
        others = [str(key)[:20] for key in list(d)[:3] if key not in FEEDS] if isinstance(d, dict) else []
        return {"absent": absent, "others": others}
    return {name: d.get(name) for name in (case["name"], *FEEDS[case["name"]])}


def _copied(case):
    return {name: value.copy() if hasattr(value, "copy") else value for name, value in case.items()}


def _is_still(value, before):
    import numpy as np

    return isinstance(value, np.ndarray | np.number) and np.array_equal(value, before)


def _judge(case, result):
    name = case["name"]
    if type(result) is not dict:
        return Wrong("no-dictionary", "Return a dictionary: `d = {}` at the start, `return d` at the end.")
    if "changed" in result:
        values = ", ".join(f"v.{each}" for each in result["changed"])
        return Wrong("mutated-input", f"Your code changes what the forward pass kept: {values}. Take a copy.")
    if name not in result:
        absent, others = result.get("absent", [name]), result.get("others", [])
        message = f"{len(absent)} of {len(FEEDS)} are missing: {', '.join(map(str, absent))}."
        if others:
            message += f" There are keys of other names: {', '.join(map(repr, map(str, others)))}."
        return Wrong("missing", message)
    v, given = forward(case), {}
    for fed in FEEDS[name]:
        given[fed], fault = _read(result.get(fed), fed, v)
        fault = fault or goes_no_further(given[fed], fed)
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

    array = as_floats(value)
    if array is None:
        return None, ("wrong-type", f"d[{name!r}] is missing, or no array of real numbers.")
    if array.shape != np.shape(v[name]):
        text = f"d[{name!r}] has the shape {array.shape}; {name} has {np.shape(v[name])}."
        return array, ("wrong-shape", text)
    return array, None


register(Exercise(
    "05.two_layer_backward",
    "A two-layer network, backward, line by line",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    part=lambda case: case["name"],
    hides=lambda result: type(result) is dict and not {"absent", "changed"}.isdisjoint(result),
    show=lambda case: f"d[{case['name']!r}] for x {case['x'].shape}, W1 {case['W1'].shape}, "
                      f"W2 {case['W2'].shape}",
    mistakes=MISTAKES,
    if_raised="`return d` above this line shows what is right so far. If shapes do not fit, an array "
              "above may have lost an axis, which `keepdims=True` keeps.",
    hints=[
        "Each line of the forward pass is one line here, in reverse. Which later lines use its value?",
        "d['logp'] starts as zeros of the shape of logp; then set the picked entries.",
        "d['logits'] has two terms: one through logp (local derivative 1), one through e.",
        "The last lines are two linear layers, which you have written already, and one tanh.",
    ],
    seconds=10.0,
))  # fmt: skip
