"""09.batchnorm_graph: nine gradients of batch norm, each judged by what stands above it.

Every gradient must follow from the learner's own gradients of the values that it feeds, so a slip costs one
line. From zeros or from NaN anything would follow: there the lines below wait. The reference is the engine's.
"""

from .chained import fault_of, goes_no_further
from .closed09 import as_array
from .comparing import compare
from .exercise import Exercise, Mistake, Wrong, register
from .precision import MESSAGE, only_single

# value -> the values it feeds, in the order of the backward pass
FEEDS = {
    "beta": (), "gamma": (), "x_hat": (), "sigma": ("x_hat",), "var": ("sigma",), "sq": ("var",),
    "c": ("x_hat", "sq"), "mu": ("c",), "x": ("c", "mu"),
}  # fmt: skip
_SIZES = ((3, 2), (5, 3))  # N, D


def _cases(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    generator = np.random.RandomState(rng.randrange(2**32))
    inputs = []
    for N, D in _SIZES:
        x, g = generator.randn(N, D) * 2 + 1, generator.randn(N, D)
        gamma, beta = generator.uniform(0.5, 2, D), generator.randn(D)
        inputs.append({"x": x, "g": g, "gamma": gamma, "beta": beta, "eps": rng.uniform(0.05, 0.5)})
    return [{"name": name, **each} for name in FEEDS for each in inputs]


def forward(case):
    """All values of the notebook's forward pass: name -> array."""
    import numpy as np

    v = {name: case[name] for name in ("x", "gamma", "beta", "eps")}
    v["mu"] = v["x"].mean(axis=0)
    v["c"] = v["x"] - v["mu"]
    v["sq"] = v["c"] * v["c"]
    v["var"] = v["sq"].mean(axis=0)
    v["sigma"] = np.sqrt(v["var"] + v["eps"])
    v["x_hat"] = v["c"] / v["sigma"]
    v["y"] = v["gamma"] * v["x_hat"] + v["beta"]
    return v


# value -> {a value it feeds ("y": the result): how that one is computed from it, on Tensors}
_STEPS = {
    "beta": {"y": lambda t, v: v["gamma"] * v["x_hat"] + t},
    "gamma": {"y": lambda t, v: t * v["x_hat"] + v["beta"]},
    "x_hat": {"y": lambda t, v: v["gamma"] * t + v["beta"]},
    "sigma": {"x_hat": lambda t, v: v["c"] / t},
    "var": {"sigma": lambda t, v: (t + v["eps"]) ** 0.5},
    "sq": {"var": lambda t, v: t.mean(axis=0)},
    "c": {"x_hat": lambda t, v: t / v["sigma"], "sq": lambda t, v: t * t},
    "mu": {"c": lambda t, v: v["x"] - t},
    "x": {"c": lambda t, v: t - v["mu"], "mu": lambda t, v: t.mean(axis=0)},
}


def following(name, case, given):
    """∂L/∂name from `given`, the gradients of what it feeds, by the engine."""
    from ..ops import Tensor

    v = forward(case)
    leaf = Tensor(v[name])
    for fed, step in _STEPS[name].items():
        step(leaf, v).backward(case["g"] if fed == "y" else given[fed])
    return leaf.grad


def _probe(batchnorm_backward, case):
    from types import SimpleNamespace

    d = batchnorm_backward(SimpleNamespace(**forward(case)), case["g"])
    if not hasattr(d, "get"):
        return d
    absent = [name for name in FEEDS if d.get(name) is None or d.get(name) is ...]
    if case["name"] in absent:
        return {"absent": absent}
    return {name: as_array(d.get(name)) for name in (case["name"], *FEEDS[case["name"]])}


def _judge(case, result):
    name = case["name"]
    if type(result) is not dict:
        return Wrong("no-dictionary", "Return a dictionary: `d = {}` at the start, `return d` at the end.")
    if name not in result:
        absent = result.get("absent", [name])
        return Wrong("missing", f"{len(absent)} of {len(FEEDS)} are missing: {', '.join(map(str, absent))}.")
    v, given = forward(case), {}
    for fed in FEEDS[name]:
        given[fed] = result.get(fed)
        fault = fault_of(given[fed], fed, v) or goes_no_further(given[fed], fed, may_be_level=True)
        if fault:
            return Wrong(fault[0], f"{fault[1]} `{name}` follows from it and waits.")
    fault = fault_of(result[name], name, v)
    if fault:
        return Wrong(*fault)
    expected = following(name, case, given)
    size = max((abs(array).max() for array in given.values()), default=1.0)
    difference = compare(expected, result[name] + 0.0, atol=1e-12 * size)
    if difference is None:
        return None
    message = f"d[{name!r}] does not follow from what stands above it: {difference.text}."
    return Wrong(difference.kind, message, expected, difference.text)


def _when(name, slip):
    """Recognise one slip: `slip(d, v, g)` gives what it makes of the gradients d above and the values v."""

    def when(case, result):
        if case["name"] != name:
            return False
        if any(goes_no_further(result[fed], fed, may_be_level=True) for fed in FEEDS[name]):
            return False
        return compare(slip(result, forward(case), case["g"]), result[name]) is None

    return when


def _shared(d, v, name, n):
    """What a mean over n would hand back: to sq from var, to x from mu."""
    return 0 * v["sq"] + d["var"] / n if name == "sq" else d["c"] + d["mu"] / n


def _any_of(*slips):
    return lambda case, result: any(_when(*slip)(case, result) for slip in slips)


def _shaped(name, shape_of):
    """Is the gradient `name` there with the shape that one of its parts, `shape_of(v)`, has?"""
    return lambda case, result: case["name"] == name and result[name].shape == shape_of(forward(case))


def _not_summed(case, result):
    names = ("beta", "gamma", "sigma", "mu")
    return any(_shaped(name, lambda v: v["x"].shape)(case, result) for name in names)


def _c_is_x(case, result):
    """`d['x'] = d['c']`, then changed in place: c has turned into the true x, whose columns add up to 0."""
    name, c = case["name"], result.get("c")
    if c is None or goes_no_further(c, "c", may_be_level=True):
        return False
    if name == "c":
        right = following("c", case, result)
        return compare(right - right.mean(axis=0), c) is None
    if name not in ("mu", "x") or not abs(c.sum(axis=0)).max() < 1e-9 * abs(c).max():
        return False
    return bool(result["mu"].any()) if name == "mu" else compare(c, result["x"]) is None


register(Exercise(
    "09.batchnorm_graph",
    "Batch norm backward, step by step",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    part=lambda case: case["name"],
    hides=lambda result: type(result) is dict and "absent" in result,
    show=lambda case: f"d[{case['name']!r}] for x {case['x'].shape}",
    mistakes=[
        Mistake("not-summed",
                "One row for the whole batch was stretched over it: its gradient is a sum over axis 0.",
                when=_not_summed),
        Mistake("mean-of-gradients", "You average over the batch. Gradients of what was stretched are added.",
                when=_any_of(("beta", lambda d, v, g: g.mean(axis=0)),
                             ("gamma", lambda d, v, g: (g * v["x_hat"]).mean(axis=0)),
                             ("sigma", lambda d, v, g: -(d["x_hat"] * v["c"] / v["sigma"] ** 2).mean(axis=0)),
                             ("mu", lambda d, v, g: -d["c"].mean(axis=0)))),
        Mistake("gamma-without-x-hat", "γ is multiplied by x̂: the local derivative is x̂.",
                when=_when("gamma", lambda d, v, g: g.sum(axis=0))),
        Mistake("gamma-by-x", "γ is multiplied by x̂, not by x or c.",
                when=_any_of(("gamma", lambda d, v, g: (g * v["x"]).sum(axis=0)),
                             ("gamma", lambda d, v, g: (g * v["c"]).sum(axis=0)))),
        Mistake("x-hat-without-gamma", "x̂ is multiplied by γ: the local derivative is γ.",
                when=_when("x_hat", lambda d, v, g: g)),
        Mistake("quotient", "The derivative of c/σ by σ is −c/σ²: look at sign and square.",
                when=_any_of(("sigma", lambda d, v, g: (d["x_hat"] * v["c"] / v["sigma"] ** 2).sum(axis=0)),
                             ("sigma", lambda d, v, g: -(d["x_hat"] * v["c"] / v["sigma"]).sum(axis=0)),
                             ("sigma", lambda d, v, g: -(d["x_hat"] / v["sigma"] ** 2).sum(axis=0)),
                             ("sigma", lambda d, v, g: -(d["x_hat"] * v["c"]).sum(axis=0)))),
        Mistake("square-root", "The derivative of √u is 1/(2√u), and √u is σ.",
                when=_any_of(("var", lambda d, v, g: d["sigma"] / v["sigma"]),
                             ("var", lambda d, v, g: d["sigma"] * v["sigma"] / 2),
                             ("var", lambda d, v, g: 2 * d["sigma"] * v["sigma"]),
                             ("var", lambda d, v, g: 0.5 * d["sigma"]))),
        Mistake("eps-forgotten", "σ is the root of var + eps: the slope belongs to σ, not to √var.",
                when=_when("var", lambda d, v, g: d["sigma"] / (2 * v["var"] ** 0.5))),
        Mistake("mean-without-n", "A mean over N entries hands 1/N of its gradient to each.",
                when=_any_of(("sq", lambda d, v, g: 0 * v["sq"] + d["var"]),
                             ("x", lambda d, v, g: d["c"] + d["mu"]))),
        Mistake("other-n", "The mean runs over the N examples of the batch: the share of each is 1/N.",
                when=_any_of(*((name, lambda d, v, g, k=k, name=name: _shared(d, v, name, k(*g.shape)))
                               for name in ("sq", "x")
                               for k in (lambda N, D: D, lambda N, D: N - 1, lambda N, D: N * D)))),
        Mistake("not-stretched", "d['sq'] is one row: every entry of sq gets its own gradient.",
                when=_shaped("sq", lambda v: v["var"].shape)),
        Mistake("c-once", "c is used twice, in sq and in x̂. You have one of the two gradients.",
                when=_any_of(("c", lambda d, v, g: d["x_hat"] / v["sigma"]),
                             ("c", lambda d, v, g: 2 * v["c"] * d["sq"]))),
        Mistake("square-slope", "sq = c·c has the derivative 2c.",
                when=_any_of(("c", lambda d, v, g: d["x_hat"] / v["sigma"] + v["c"] * d["sq"]),
                             ("c", lambda d, v, g: d["x_hat"] / v["sigma"] + 2 * d["sq"]),
                             ("c", lambda d, v, g: d["x_hat"] / v["sigma"] + d["sq"]))),
        Mistake("mu-sign", "c = x − μ: the minus goes backward, too.",
                when=_when("mu", lambda d, v, g: d["c"].sum(axis=0))),
        Mistake("mu-zero", "The entries of c add up to 0, but those of its gradient need not.",
                when=lambda case, result: case["name"] == "mu" and not result["mu"].any()
                and not goes_no_further(result["c"], "c", may_be_level=True)),
        Mistake("in-place",
                "d['c'] has turned into d['x']: both names stand for one array, and you change it in place. "
                "Write d['c'] + …, which makes a new one.",
                when=_c_is_x),
        Mistake("x-once", "x is used twice, in c and in μ. You have one of the two gradients.",
                when=_any_of(("x", lambda d, v, g: d["c"]),
                             ("x", lambda d, v, g: 0 * v["x"] + d["mu"] / len(g)))),
        Mistake("float32", MESSAGE, when=lambda case, result: only_single(
            result[case["name"]], following(case["name"], case, result))),
    ],
    hints=[
        "Each line of the forward pass is one line here, in reverse. Which later lines use its value?",
        "Stretched forward is summed backward. A mean is a sum and a factor 1/N.",
        "d['c'] has a term through x_hat and one through sq. x feeds c and mu: d['x'] has two terms as well.",
    ],
    seconds=10.0,
))  # fmt: skip
