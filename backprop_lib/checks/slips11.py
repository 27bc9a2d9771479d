"""The typical slips of 11.batchnorm_net, and its registration. Each slip is a formula for one gradient.

A formula gets `d`, the learner's own gradients, and `v`, the values, both without the number of the layer:
in `d.a` and `v.z_hat` that is 1 or 2. `v.input` and `d.out` are what a weight matrix meets: its input, and
the gradient of its product.
"""

from types import SimpleNamespace

from .arrays05 import product_failed
from .chained import fault_of, goes_no_further
from .comparing import compare
from .exercise import Exercise, Mistake, register
from .net11 import FEEDS, cases, differs, forward, judge, probe, right_gradients

_INPUT = {"W1": "x", "W2": "h1", "W3": "h2"}
_OUT = {"W1": "z1", "W2": "z2", "W3": "logits", "b3": "logits", "h1": "z2", "h2": "logits"}


def _slip(names, *formulas):
    """Is one of these gradients what one of the formulas gives?"""

    def when(case, result):
        name = case["name"]
        if name not in names.split() or fault_of(result[name], name, forward(case)):
            return False
        if any(goes_no_further(result[fed], fed) for fed in FEEDS[name]):
            return False
        d, v = _views(case, result)
        found = (_computed(formula, d, v) for formula in formulas)
        return any(_same(each, result[name]) for each in found)

    return when


def _views(case, result):
    import numpy as np

    name, values = case["name"], forward(case)
    i = name[-1] if name[-1] in "123" else ""
    d = {key[:-1]: array for key, array in result.items() if key[-1] == i and i}
    v = {key[:-1]: array for key, array in values.items() if key[-1] == i and i}
    n = len(values["y"])
    one_hot = np.eye(values["logits"].shape[1])[values["y"]]
    more = {"x": values["x"], "prob": values["prob"], "scores": values["logits"], "one_hot": one_hot, "n": n}
    if name in _OUT:
        d["out"] = result[_OUT[name]]
        v["W_next"] = values["W3" if name[-1] == "2" else "W2"]
    if name in _INPUT:
        v["input"] = values[_INPUT[name]]
        v["before"] = values[_INPUT[name].replace("h", "a")]
        v["hat_before"] = values[_INPUT[name].replace("h", "z_hat")]
    past = {"W1": "a1", "W2": "a2", "h1": "a2"}.get(name)
    d["past"] = result.get(past)
    return SimpleNamespace(**d), SimpleNamespace(**v, **more)


def _computed(formula, d, v):
    try:
        return formula(d, v)
    except (TypeError, ValueError, AttributeError):  # what it needs is missing, or of another shape
        return None


def _same(expected, got):
    import numpy as np

    if getattr(expected, "shape", None) != got.shape or not np.isfinite(expected).all():
        return False
    return differs(np.asarray(expected, float), got, [expected]) is None


def _batch_norm(bracket):
    """γ/σ times a bracket of g, x̂, the two means over the batch, and N."""

    def formula(d, v):
        g, z_hat = d.a, v.z_hat
        return v.gamma / v.sigma * bracket(g, z_hat, g.mean(axis=0), (g * z_hat).mean(axis=0), v.n)

    return formula


def _normed(d, v, gamma=None, sigma=None):
    """The right gradient through batch norm; with another γ or σ the one of a slip."""
    bracket = d.a - d.a.mean(axis=0) - v.z_hat * (d.a * v.z_hat).mean(axis=0)
    return bracket * (v.gamma if gamma is None else gamma) / (v.sigma if sigma is None else sigma)


def _rest(g, z_hat):
    """What batch norm takes away from g."""
    return g.mean(axis=0) + z_hat * (g * z_hat).mean(axis=0)


def _over_features(d, v):
    mean, along = (each.mean(axis=1, keepdims=True) for each in (d.a, d.a * v.z_hat))
    return v.gamma / v.sigma * (d.a - mean - v.z_hat * along)


def _all_columns(d, v):
    """`d[:, y] -= 1` takes 1 from every column that stands anywhere in y."""
    return v.prob - v.one_hot.any(axis=0)


def _aliased(case, result):
    """Does the gradient of h hold that of a? Then one array stands under both names, and was masked."""
    name = case["name"]
    if name not in ("h1", "h2") or fault_of(result[name], name, forward(case)):
        return False
    if goes_no_further(result[_OUT[name]], _OUT[name]):
        return False
    masked = (result[_OUT[name]] @ forward(case)["W3" if name == "h2" else "W2"].T) * (
        forward(case)["a" + name[-1]] > 0
    )
    return _same(masked, result[name])


def _swapped(case, result):
    if case["name"][:-1] not in ("gamma", "beta"):
        return False
    i, right = case["name"][-1], right_gradients(case)
    pairs = (("gamma" + i, "beta" + i), ("beta" + i, "gamma" + i))
    return all(compare(right[a], result[b] + 0.0) is None for a, b in pairs)


def _not_summed(case, result):
    name, v = case["name"], forward(case)
    outputs = {"b3": v["logits"], "gamma1": v["a1"], "beta1": v["a1"], "gamma2": v["a2"], "beta2": v["a2"]}
    return name in outputs and result[name].shape == outputs[name].shape


def _over_axis_1(case, result):
    name = case["name"]
    return name[:-1] in ("b", "gamma", "beta") and result[name].shape == case["y"].shape


register(Exercise(
    "11.batchnorm_net",
    "A network with two batch norms, backward by hand",
    cases=cases,
    probe=probe,
    judge=judge,
    part=lambda case: case["name"],
    hides=lambda result: type(result) is dict and "absent" in result,
    show=lambda case: f"d[{case['name']!r}] for x {case['x'].shape}, W1 {case['W1'].shape}, "
                      f"W2 {case['W2'].shape}, W3 {case['W3'].shape}",
    mistakes=[
        Mistake("no-mean", "L is a mean over the N examples: each gets 1/N of the gradient.",
                when=_slip("logits", lambda d, v: v.prob - v.one_hot, _all_columns)),
        Mistake("all-columns",
                "You take 1 from whole columns. In each row only the entry of its own class loses 1.",
                when=_slip("logits", lambda d, v: _all_columns(d, v) / v.n,
                           lambda d, v: v.prob / v.n - v.one_hot.any(axis=0),
                           lambda d, v: (v.prob - 1) / v.n)),
        Mistake("target-forgotten", "That is the probability alone. Where does the right class come in?",
                when=_slip("logits", lambda d, v: v.prob, lambda d, v: v.prob / v.n)),
        Mistake("probability-forgotten", "Only the right class gets a gradient here. Every logit has one.",
                when=_slip("logits", lambda d, v: -v.one_hot, lambda d, v: -v.one_hot / v.n,
                           lambda d, v: (v.prob - 1) * v.one_hot / v.n,
                           lambda d, v: -v.one_hot / v.prob / v.n)),
        Mistake("logits-sign", "The sign is turned: a more probable wrong class makes the loss larger.",
                when=_slip("logits", lambda d, v: (v.one_hot - v.prob) / v.n)),
        Mistake("no-softmax", "You take the logits for probabilities. `v.prob` has them.",
                when=_slip("logits", lambda d, v: (v.scores - v.one_hot) / v.n)),
        Mistake("half-mean", "Only one of the two terms is divided by N.",
                when=_slip("logits", lambda d, v: v.prob - v.one_hot / v.n,
                           lambda d, v: v.prob / v.n - v.one_hot)),
        Mistake("entries-mean", "You divide by all entries. L is a mean over the N examples only.",
                when=_slip("logits", lambda d, v: (v.prob - v.one_hot) / v.prob.size)),
        Mistake("not-transposed",
                "A product of matrices fails: x @ W has the gradients g @ W.T for x and x.T @ g for W.",
                when=lambda case, result: product_failed(result)),
        Mistake("weights-turned", "The gradient of W is x.T @ g, of the shape of W."),
        Mistake("averaged-again", "You divide by N again; the 1/N has come down from the loss already.",
                when=_slip("W1 W2 W3 b3 gamma1 gamma2 beta1 beta2",
                           lambda d, v: v.input.T @ d.out / v.n, lambda d, v: d.out.mean(axis=0),
                           lambda d, v: d.a.mean(axis=0), lambda d, v: (d.a * v.z_hat).mean(axis=0))),
        Mistake("before-relu", "The layer got h, what came out of ReLU; you take what went into it.",
                when=_slip("W2 W3", lambda d, v: v.before.T @ d.out, lambda d, v: v.hat_before.T @ d.out)),
        Mistake("norm-passed-by",
                "You take the gradient behind batch norm, d['a…']. The product is before it: d['z…'].",
                when=_slip("W1 W2 h1", lambda d, v: v.input.T @ d.past, lambda d, v: d.past @ v.W_next.T)),
        Mistake("not-summed",
                "b, γ and β were stretched over the batch: their gradients are sums over axis 0.",
                when=_not_summed),
        Mistake("summed-over-features", "You sum over axis 1, the features. Axis 0 is the batch.",
                when=_over_axis_1),
        Mistake("scales-swapped", "The gradients of γ and β are in each other's place.", when=_swapped),
        Mistake("gamma-without-x-hat", "γ is multiplied by z_hat: the local derivative is z_hat.",
                when=_slip("gamma1 gamma2", lambda d, v: d.a.sum(axis=0))),
        Mistake("gamma-with-z", "γ multiplies z_hat, the normalised z, and nothing else.",
                when=_slip("gamma1 gamma2", lambda d, v: (d.a * v.z).sum(axis=0),
                           lambda d, v: (d.a * v.a).sum(axis=0))),
        Mistake("scale-past-relu", "ReLU comes after γ and β: take the gradient before it, d['a…'].",
                when=_slip("gamma1 gamma2 beta1 beta2", lambda d, v: (d.h * v.z_hat).sum(axis=0),
                           lambda d, v: d.h.sum(axis=0))),
        Mistake("mask-forgotten", "ReLU lets a gradient through only where its input was positive.",
                when=_slip("a1 a2", lambda d, v: d.h)),
        Mistake("mask-elsewhere",
                "The mask is at the wrong place: what counts is the sign of what went into ReLU, a.",
                when=_slip("a1 a2", lambda d, v: d.h * (v.z > 0), lambda d, v: d.h * (v.z_hat > 0),
                           lambda d, v: d.h * (d.h > 0))),
        Mistake("mask-turned", "Your mask lets the gradient through where ReLU gave 0.",
                when=_slip("a1 a2", lambda d, v: d.h * (v.a <= 0))),
        Mistake("value-for-slope", "You multiply by ReLU's value. Its slope is 1 or 0.",
                when=_slip("a1 a2", lambda d, v: d.h * v.h, lambda d, v: d.h * v.a)),
        Mistake("aliased", "d['h…'] holds the gradient of a: masking in place has changed the array that "
                "both names share.", when=_aliased),
        Mistake("norm-skipped", "Batch norm is missing: d['z…'] is not d['a…'].",
                when=_slip("z1 z2", lambda d, v: d.a)),
        Mistake("norm-detached", "This is g·γ/σ: right only if μ and σ did not depend on z.",
                when=_slip("z1 z2", _batch_norm(lambda g, z_hat, mean, along, n: g))),
        Mistake("no-mean-term", "The path through μ is missing: adding a constant to z changes nothing.",
                when=_slip("z1 z2", _batch_norm(lambda g, z_hat, mean, along, n: g - z_hat * along))),
        Mistake("no-x-hat-term", "The path through σ is missing: stretching z changes (almost) nothing.",
                when=_slip("z1 z2", _batch_norm(lambda g, z_hat, mean, along, n: g - mean))),
        Mistake("norm-count", "Count the N: the two terms are means over the batch; nothing else has an N.",
                when=_slip("z1 z2", _batch_norm(lambda g, z_hat, m, s, n: g - n * m - n * z_hat * s),
                           _batch_norm(lambda g, z_hat, m, s, n: g / n - m - z_hat * s),
                           _batch_norm(lambda g, z_hat, m, s, n: g - n * m - z_hat * s),
                           _batch_norm(lambda g, z_hat, m, s, n: g - m - n * z_hat * s),
                           lambda d, v: _normed(d, v) / v.n, lambda d, v: _normed(d, v) * v.n)),
        Mistake("norm-sign", "A term has the wrong sign: both parts are taken away from g.",
                when=_slip("z1 z2", _batch_norm(lambda g, z_hat, m, s, n: g + m - z_hat * s),
                           _batch_norm(lambda g, z_hat, m, s, n: g - m + z_hat * s),
                           _batch_norm(lambda g, z_hat, m, s, n: g + m + z_hat * s))),
        Mistake("no-x-hat-factor",
                "The mean of g·z_hat says how much of z_hat there is in g; take it away along z_hat.",
                when=_slip("z1 z2", _batch_norm(lambda g, z_hat, mean, along, n: g - mean - along))),
        Mistake("no-gamma", "γ is missing: it stands between z_hat and a.",
                when=_slip("z1 z2", lambda d, v: _normed(d, v, gamma=1))),
        Mistake("gamma-inside", "γ belongs to the whole bracket: all three terms are multiplied by it.",
                when=_slip("z1 z2", lambda d, v: (d.a * v.gamma - _rest(d.a, v.z_hat)) / v.sigma,
                           lambda d, v: v.gamma * (d.a * v.gamma - _rest(d.a, v.z_hat)) / v.sigma)),
        Mistake("sigma", "z was divided by σ, once: so is its gradient.",
                when=_slip("z1 z2", *(lambda d, v, power=power: _normed(d, v, sigma=v.sigma**power)
                                      for power in (0, -1, 2, 0.5)))),
        Mistake("norm-over-features", "μ and σ belong to a feature, over the batch: axis 0.",
                when=_slip("z1 z2", _over_features)),
    ],
    hints=[
        "Each line of `forward` is one line here, in reverse, and each uses the gradient made just before.",
        "Softmax and cross-entropy together: d['logits'] is (prob − one-hot) / N, from notebook 06.",
        "d['z2'] and d['z1'] need the formula of notebook 09: "
        "γ/σ · (g − mean(g) − z_hat · mean(g · z_hat)), the means over the batch.",
    ],
    seconds=10.0,
))  # fmt: skip
