"""Right and wrong answers to 11.batchnorm_net."""

from tests.answers import Answers

ONE_HOT = "np.eye(v.prob.shape[1])[v.y]"
LINES = {
    "logits": f"(v.prob - {ONE_HOT}) / N",
    "W3": "np.einsum('nk,nc->kc', v.h2, d['logits'])",
    "b3": "np.ones(N) @ d['logits']",
    "h2": "(v.W3 @ d['logits'].T).T",
    "a2": "np.where(v.a2 > 0, d['h2'], 0)",
    "gamma2": "np.einsum('nk,nk->k', d['a2'], v.z_hat2)",
    "beta2": "d['a2'].sum(0)",
    "z2": "norm(d['a2'], v.z_hat2, v.gamma2, v.sigma2)",
    "W2": "(d['z2'].T @ v.h1).T",
    "h1": "d['z2'].dot(v.W2.T)",
    "a1": "d['h1'] * (v.h1 != 0)",
    "gamma1": "sum(d['a1'][n] * v.z_hat1[n] for n in range(N))",
    "beta1": "np.add.reduce(d['a1'])",
    "z1": "norm(d['a1'], v.z_hat1, v.gamma1, v.sigma1)",
    "W1": "v.x.T @ d['z1']",
}
RIGHT_NORM = "(g - g.mean(0) - z_hat * (g * z_hat).mean(0)) * gamma / sigma"


def _lines(norm=RIGHT_NORM, without=(), end="return d", after="", **changed):
    """The learner's lines, some of them written differently or left out."""
    lines = LINES | changed
    body = "".join(f"    d[{name!r}] = {formula}\n" for name, formula in lines.items() if name not in without)
    first = f"    norm = lambda g, z_hat, gamma, sigma: {norm}\n    N, d = len(v.y), {{}}\n"
    return f"def net_backward(v):\n{first}{body}{after}    {end}\n"


def everywhere(number):
    """The right shapes, filled with one number: nothing that a line does."""
    fill = f"np.full(np.shape(getattr(v, name)), float('{number}'))"
    return f"def net_backward(v):\n    return {{name: {fill} for name in {list(LINES)}}}\n"


STEP_BY_STEP = """
def net_backward(v):
    N, C = v.prob.shape
    dlogits = v.prob.copy()
    for n in range(N):
        dlogits[n, v.y[n]] -= 1
    dlogits /= N
    d = dict(logits=dlogits, W3=v.h2.T.dot(dlogits), b3=[sum(column) for column in dlogits.T])
    g = d["h2"] = dlogits @ v.W3.T
    for i in (2, 1):
        get = lambda name: getattr(v, f"{name}{i}")
        g = g.copy()
        g[get("a") < 0] = 0
        d[f"a{i}"] = g
        d[f"gamma{i}"], d[f"beta{i}"] = np.sum(g * get("z_hat"), 0), np.sum(g, 0)
        d_hat, c = g * get("gamma"), get("z") - get("mu")
        d_sigma = -(d_hat * c).sum(axis=0) / get("sigma") ** 2
        d_c = d_hat / get("sigma") + 2 * c * d_sigma / (2 * get("sigma")) / N
        d[f"z{i}"] = d_c - d_c.sum(axis=0) / N
        d[f"W{i}"] = (v.h1 if i == 2 else v.x).T @ d[f"z{i}"]
        if i == 2:
            g = d["h1"] = d["z2"] @ v.W2.T
    return d
"""

SINGLE = _lines(end="return {name: np.asarray(g, np.float32) for name, g in d.items()}")
IN_LISTS = _lines(end="return {name: g.tolist() for name, g in d.items()}")


def _both(name, formula, **more):
    """One formula with `#` for the number of the layer, in both layers."""
    return _lines(**{name + i: formula.replace("#", i) for i in "12"}, **more)


MASKED_IN_PLACE = """
    d["a2"] = d["h2"]
    d["a2"][v.a2 <= 0] = 0
"""


NET = Answers(
    right=[_lines(), STEP_BY_STEP, SINGLE, IN_LISTS],
    wrong={
        "no-mean": [_lines(logits=f"v.prob - {ONE_HOT}"),
                    _lines(logits="v.prob.copy(); d['logits'][:, v.y] -= 1")],
        "all-columns": [_lines(logits="v.prob / N; d['logits'][:, v.y] -= 1 / N"),
                        _lines(logits="v.prob.copy(); d['logits'][:, v.y] -= 1; d['logits'] /= N"),
                        _lines(logits="(v.prob - 1) / N")],
        "target-forgotten": [_lines(logits="v.prob.copy()"), _lines(logits="v.prob / N")],
        "probability-forgotten": [_lines(logits=f"-{ONE_HOT} / N"), _lines(logits=f"-{ONE_HOT} / v.prob / N"),
                                  _lines(logits=f"{ONE_HOT} * (v.prob - 1) / N")],
        "logits-sign": _lines(logits=f"({ONE_HOT} - v.prob) / N"),
        "no-softmax": _lines(logits=f"(v.logits - {ONE_HOT}) / N"),
        "half-mean": [_lines(logits="v.prob / N; d['logits'][range(N), v.y] -= 1"),
                      _lines(logits=f"v.prob - {ONE_HOT} / N")],
        "entries-mean": _lines(logits=f"(v.prob - {ONE_HOT}) / v.prob.size"),
        "not-transposed": [_lines(h2="d['logits'] @ v.W3"), _lines(W1="v.x @ d['z1']"),
                           _lines(W2="d['z2'] @ v.h1")],
        "weights-turned": [_lines(W3="d['logits'].T @ v.h2"), _lines(W1="d['z1'].T @ v.x")],
        "averaged-again": [_lines(W3="v.h2.T @ d['logits'] / N"), _lines(b3="d['logits'].mean(axis=0)"),
                           _both("gamma", "(d['a#'] * v.z_hat#).mean(axis=0)"),
                           _both("beta", "d['a#'].mean(axis=0)"),
                           _lines(W1="v.x.T @ d['z1'] / N", W2="v.h1.T @ d['z2'] / N",
                                  W3="v.h2.T @ d['logits'] / N")],
        "before-relu": [_lines(W3="v.a2.T @ d['logits']"), _lines(W2="v.a1.T @ d['z2']"),
                        _lines(W2="v.z_hat1.T @ d['z2']")],
        "norm-passed-by": [_lines(W2="v.h1.T @ d['a2']"), _lines(h1="d['a2'] @ v.W2.T"),
                           _lines(W1="v.x.T @ d['a1']", W2="v.h1.T @ d['a2']", h1="d['a2'] @ v.W2.T")],
        "not-summed": [_lines(b3="d['logits']"), _both("beta", "d['a#']"),
                       _both("gamma", "d['a#'] * v.z_hat#")],
        "summed-over-features": [_lines(b3="d['logits'].sum(axis=1)"), _both("beta", "d['a#'].sum(axis=1)")],
        "scales-swapped": _lines(**{f"{name}{i}": formula.replace("#", i) for i in "12" for name, formula in (
            ("beta", "(d['a#'] * v.z_hat#).sum(axis=0)"), ("gamma", "d['a#'].sum(axis=0)"))}),
        "gamma-without-x-hat": _both("gamma", "d['a#'].sum(axis=0)"),
        "gamma-with-z": [_both("gamma", "(d['a#'] * v.z#).sum(axis=0)"),
                         _both("gamma", "(d['a#'] * v.a#).sum(axis=0)")],
        "scale-past-relu": [_both("gamma", "(d['h#'] * v.z_hat#).sum(axis=0)"),
                            _both("beta", "d['h#'].sum(axis=0)")],
        "mask-forgotten": [_both("a", "d['h#']"), _lines(a1="d['h1']")],
        "mask-elsewhere": [_both("a", "d['h#'] * (v.z# > 0)"), _both("a", "d['h#'] * (v.z_hat# > 0)"),
                           _both("a", "np.maximum(d['h#'], 0)")],
        "mask-turned": _both("a", "d['h#'] * (v.a# < 0)"),
        "value-for-slope": [_both("a", "d['h#'] * v.h#"), _both("a", "d['h#'] * v.a#")],
        "aliased": _lines(h2=f"d['logits'] @ v.W3.T{MASKED_IN_PLACE}", without=("a2",)),
        "norm-skipped": _both("z", "d['a#']"),
        "norm-detached": _lines("g * gamma / sigma"),
        "no-mean-term": _lines("gamma / sigma * (g - z_hat * (g * z_hat).mean(0))"),
        "no-x-hat-term": _lines("gamma / sigma * (g - g.mean(0))"),
        "norm-count": [_lines("gamma / sigma * (g - g.sum(0) - z_hat * (g * z_hat).sum(0))"),
                       _lines("gamma / sigma * (g - g.mean(0) - z_hat * (g * z_hat).sum(0))"),
                       _lines("gamma / sigma * (g - g.sum(0) - z_hat * (g * z_hat).mean(0))"),
                       _lines("gamma / sigma / N * (g - g.sum(0) - z_hat * (g * z_hat).sum(0))"),
                       _lines("gamma / sigma * (N * g - g.sum(0) - z_hat * (g * z_hat).sum(0))"),
                       _lines("gamma / sigma / N * (g - g.mean(0) - z_hat * (g * z_hat).mean(0))")],
        "norm-sign": [_lines("gamma / sigma * (g - g.mean(0) + z_hat * (g * z_hat).mean(0))"),
                      _lines("gamma / sigma * (g + g.mean(0) - z_hat * (g * z_hat).mean(0))"),
                      _lines("gamma / sigma * (g + g.mean(0) + z_hat * (g * z_hat).mean(0))")],
        "no-x-hat-factor": _lines("gamma / sigma * (g - g.mean(0) - (g * z_hat).mean(0))"),
        "no-gamma": _lines(RIGHT_NORM.replace("gamma", "1")),
        "gamma-inside": [_lines("(g * gamma - g.mean(0) - z_hat * (g * z_hat).mean(0)) / sigma"),
                         _lines("gamma / sigma * (g * gamma - g.mean(0) - z_hat * (g * z_hat).mean(0))")],
        "wrong": [_lines(RIGHT_NORM + " * 2"), _lines(a2="d['h2'] * (v.a2 > 0.1)")],
        "sigma": [_lines(RIGHT_NORM.replace("/ sigma", by)) for by in ("", "* sigma", "/ sigma**2")],
        "norm-over-features": _lines("gamma / sigma * (g - g.mean(1, keepdims=True) "
                                     "- z_hat * (g * z_hat).mean(1, keepdims=True))"),
        "missing": _lines(without=("gamma1", "z1", "W1")),
        "no-dictionary": _lines(end="return list(d.values())"),
        "wrong-shape": _lines(b3="d['logits'].sum(axis=0, keepdims=True)"),
        "waits": _lines(logits=f"0 * {ONE_HOT}"),
        "cache-changed": [_lines(logits="v.prob; d['logits'][np.arange(N), v.y] -= 1; d['logits'] /= N"),
                          _lines(h2="d['logits'] @ v.W3.T; v.a2[:] = v.a2 > 0", a2="d['h2'] * v.a2")],
    },
)  # fmt: skip
