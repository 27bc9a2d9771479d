"""Right and wrong answers to the exercises of notebook 05."""

from tests.answers import Answers


def _linear(dx="g @ W.T", dW="x.T @ g", db="g.sum(axis=0)", result="dx, dW, db"):
    body = f"    dx = {dx}\n    dW = {dW}\n    db = {db}\n    return {result}\n"
    return "def linear_backward(x, W, g):\n" + body


LINEAR_BY_LOOPS = """
def linear_backward(x, W, g):
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for n in range(len(x)):
        dW += np.outer(x[n], g[n])
        dx[n] = W @ g[n]
        db += g[n]
    return [dx, dW, db]
"""

LINEAR_BY_EINSUM = """
def linear_backward(x, W, g):
    return np.einsum("nm,dm->nd", g, W), np.einsum("nd,nm->dm", x, g), np.ones(len(g)) @ g
"""


def _scores(dQ="g @ K / np.sqrt(d)", dK="g.T @ Q / np.sqrt(d)"):
    return f"def scores_backward(Q, K, g):\n    d = Q.shape[1]\n    return {dQ}, {dK}\n"


SCORES_IN_TWO_STEPS = """
def scores_backward(Q, K, g):
    g = g / K.shape[1] ** 0.5
    return g.dot(K), np.transpose(np.transpose(Q) @ g)
"""


def _unbroadcast(body):
    return f"def unbroadcast(g, shape):\n{body}"


ALL_AT_ONCE = _unbroadcast("""
    extra = g.ndim - len(shape)
    axes = [i for i in range(g.ndim) if i < extra or shape[i - extra] == 1]
    return g.sum(axis=tuple(axes)).reshape(shape)
""")

WHILE_LOOP = _unbroadcast("""
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i in range(len(shape)):
        if g.shape[i] != shape[i]:
            g = g.sum(axis=i, keepdims=True)
    return g
""")

LINES = {
    "total": "1 / N",
    "losses": "np.ones(N) * d['total']",
    "picked": "-d['losses']",
    "logp": "None",
    "logs": "-d['logp'].sum(axis=1, keepdims=True)",
    "s": "d['logs'] / v.s",
    "e": "d['s'] * np.ones_like(v.e)",
    "logits": "d['logp'] + d['e'] * v.e",
    "z2": "d['logits']",
    "b2": "d['z2'].sum(axis=0)",
    "h": "d['z2'] @ v.W2.T",
    "W2": "v.h.T @ d['z2']",
    "a1": "d['h'] * (1 - v.h * v.h)",
    "z1": "d['a1']",
    "b1": "d['z1'].sum(axis=0)",
    "x": "d['z1'] @ v.W1.T",
    "W1": "v.x.T @ d['z1']",
}
PICK = "np.eye(v.logp.shape[1])[v.y] * d['picked'][:, None]"


def _lines(after="", without=(), **changed):
    """The learner's seventeen lines, some of them written differently or left out."""
    lines = LINES | {"logp": PICK} | changed
    body = "".join(f"    d[{name!r}] = {formula}\n" for name, formula in lines.items() if name not in without)
    return f"def two_layer_backward(v):\n    N, d = len(v.y), {{}}\n{body}{after}    return d\n"


BY_ENGINE = """
def two_layer_backward(v):
    N = len(v.y)
    p = v.e / v.s
    d = {"total": np.array(1 / N), "losses": [1 / N] * N, "picked": np.full(N, -1 / N)}
    d["logp"] = np.zeros(v.logp.shape)
    for n in range(N):
        d["logp"][n, v.y[n]] = -1 / N
    d["logs"] = np.full((N, 1), 1 / N)
    d["s"] = d["logs"] / v.s
    d["e"] = np.repeat(d["s"], v.e.shape[1], axis=1)
    d["logits"] = p / N
    d["logits"][np.arange(N), v.y] -= 1 / N
    d["z2"] = d["logits"]
    d["b2"] = d["logits"].sum(0)
    d["h"], d["W2"], _ = linear_backward(v.h, v.W2, d["z2"])
    d["a1"] = d["h"] / np.cosh(v.a1) ** 2
    d["z1"], d["b1"] = d["a1"], d["a1"].sum(0)
    d["x"], d["W1"], _ = linear_backward(v.x, v.W1, d["z1"])
    return d
"""

ALIASED = _lines(logits="d['logp']").replace(
    "    d['z2']", "    d['logits'] += d['e'] * v.e\n    d['z2']", 1
)

def _constant(value):
    """Every gradient filled with one number: zero follows from zero, and must not earn a point."""
    return (
        f"def two_layer_backward(v):\n    names = {list(LINES)!r}\n"
        f"    return {{name: np.full(np.shape(getattr(v, name)), {value}) for name in names}}\n"
    )


ANSWERS = {
    "05.linear_backward": Answers(
        right=[LINEAR_BY_LOOPS, LINEAR_BY_EINSUM, _linear()],
        wrong={
            "transposed": _linear(dW="g.T @ x"),
            "mean-over-batch": [_linear(dW="x.T @ g / len(x)", db="g.mean(axis=0)"), _linear(db="g.mean(0)"),
                                _linear(dW="x.T @ g / len(x)")],
            "bias-mean-axis": _linear(db="g.sum(axis=1)"),
            "bias-not-summed": _linear(db="g"),
            "bias-one-number": _linear(db="g.sum()"),
            "bias-ones": _linear(db="np.ones(W.shape[1])"),
            "no-transpose-of-W": _linear(dx="g @ W"),
            "bias-keepdims": _linear(db="g.sum(axis=0, keepdims=True)"),
            "swapped": _linear(result="dW, dx, db"),
        },
    ),
    "05.by_shapes": Answers(
        right=[SCORES_IN_TWO_STEPS, _scores(), _scores("(g @ K) * d**-0.5", "(Q.T @ g).T * d**-0.5")],
        wrong={
            "no-scale": _scores("g @ K", "g.T @ Q"),
            "scale-inverted": _scores("g @ K * np.sqrt(d)", "g.T @ Q * np.sqrt(d)"),
            "scale-twice": _scores("g @ K / d", "g.T @ Q / d"),
            "wrong-scale": _scores("g @ K / np.sqrt(len(Q))", "g.T @ Q / np.sqrt(len(K))"),
            "transposed": _scores("(g @ K).T / np.sqrt(d)", "Q.T @ g / np.sqrt(d)"),
            "no-transpose-of-g": _scores(dK="g @ Q / np.sqrt(d)"),
        },
    ),
    "05.unbroadcast": Answers(
        right=[ALL_AT_ONCE, WHILE_LOOP],
        wrong={
            "mean": _unbroadcast("""
    extra = g.ndim - len(shape)
    axes = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] == 1)
    return g.mean(axis=axes).reshape(shape)
"""),
            "picks-one": _unbroadcast("""
    while g.ndim > len(shape):
        g = g[0]
    for i, n in enumerate(shape):
        if n == 1:
            g = np.take(g, [0], axis=i)
    return g
"""),
            "axes-lost": _unbroadcast("""
    extra = g.ndim - len(shape)
    return g.sum(axis=tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] == 1))
"""),
            "only-left": _unbroadcast("    return g.sum(axis=tuple(range(g.ndim - len(shape))))\n"),
            "only-ones": _unbroadcast("""
    extra = g.ndim - len(shape)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=extra + i, keepdims=True)
    return g
"""),
            "everything": _unbroadcast("""
    if 1 in shape:
        return np.full([1] * len(shape), g.sum())
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g
"""),
            "wrong": _unbroadcast("""
    axes = tuple(i for i, n in enumerate(g.shape) if n not in shape)
    kept = g.sum(axis=axes)
    return kept.reshape(shape) if kept.size == np.prod(shape, dtype=int) else kept.sum() + np.zeros(shape)
"""),
            "reshaped": _unbroadcast("    return g.reshape(shape)\n"),
        },
    ),
    "05.two_layer_backward": Answers(
        right=[_lines(), BY_ENGINE],
        wrong={
            "no-mean": _lines(total="1.0"),
            "losses-one-number": _lines(losses="d['total']", picked="np.full(N, -d['losses'])"),
            "picked-sign": _lines(picked="d['losses']"),
            "logp-everywhere": _lines(logp="d['picked'][:, None] * np.ones(v.logp.shape)"),
            "logs-sign": _lines(logs="d['logp'].sum(axis=1, keepdims=True)"),
            "logs-not-summed": _lines(logs="-d['logp']", s="d['logs'].sum(axis=1, keepdims=True) / v.s"),
            "log-upside-down": _lines(s="d['logs'] * v.s"),
            "logits-once": [_lines(logits="d['logp']"), _lines(logits="d['e'] * v.e")],
            "exp-forgotten": _lines(logits="d['logp'] + d['e']"),
            "bias-not-summed": [_lines(b2="d['z2']"), _lines(b1="d['z1']")],
            "slope-at-input": _lines(a1="d['h'] * (1 - v.a1**2)"),
            "slope-forgotten": _lines(a1="d['h']"),
            "weights-mean": [_lines(W2="v.h.T @ d['z2'] / N"), _lines(b1="d['z1'].mean(axis=0)")],
            "aliased": ALIASED,
            "missing": _lines(without=("W1",)),
            "wrong": [_constant("0.0"), _constant("1e-20")],
            "wrong-shape": [_lines(x="(d['z1'] @ v.W1.T).T"),
                            _lines(b2="d['z2'].sum(axis=0, keepdims=True)")],
        },
    ),
}  # fmt: skip
