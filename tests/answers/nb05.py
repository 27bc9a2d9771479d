"""Right and wrong answers to the exercises of notebook 05."""

import numpy as np

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

LINEAR_IN_LISTS = """
def linear_backward(x, W, g):
    (N, D), M = x.shape, g.shape[1]
    dx = [[sum(g[n, m] * W[d, m] for m in range(M)) for d in range(D)] for n in range(N)]
    dW = [[sum(x[n, d] * g[n, m] for n in range(N)) for m in range(M)] for d in range(D)]
    return dx, dW, tuple(sum(g[:, m]) for m in range(M))
"""

LINEAR_BY_EINSUM = """
def linear_backward(x, W, g):
    return np.einsum("nm,dm->nd", g, W), np.einsum("nd,nm->dm", x, g), np.ones(len(g)) @ g
"""


FITTING = """
def fitting(a, b, shape):
    for p, q in ((b, a), (b.T, a), (a, b), (a.T, b), (a, b.T), (a.T, b.T), (b, a.T), (b.T, a.T)):
        if p.shape[1] == q.shape[0] and (p.shape[0], q.shape[1]) == shape:
            return p @ q

"""


def _scores(dQ="g @ K / np.sqrt(d)", dK="g.T @ Q / np.sqrt(d)"):
    return f"def scores_backward(Q, K, g):\n    d = Q.shape[1]\n    return {dQ}, {dK}\n"


SCORES_IN_TWO_STEPS = """
def scores_backward(Q, K, g):
    g = g / K.shape[1] ** 0.5
    return g.dot(K), np.transpose(np.transpose(Q) @ g)
"""


SCORES_IN_LISTS = """
def scores_backward(Q, K, g):
    (n, d), m = Q.shape, len(K)
    dQ = [sum(g[i, j] * K[j] for j in range(m)) / d**0.5 for i in range(n)]
    return dQ, [sum(g[i, j] * Q[i] for i in range(n)) / d**0.5 for j in range(m)]
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
    return g""")

ENTRY_BY_ENTRY = _unbroadcast("""
    total = np.zeros(shape)
    for index in np.ndindex(g.shape):
        own = index[g.ndim - len(shape):]
        total[tuple(0 if n == 1 else i for i, n in zip(own, shape))] += g[index]
    return total.tolist()
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


def _everywhere(number):
    """The right shapes, filled with one number: nothing that a line does."""
    fill = f"np.full(np.shape(getattr(v, name)), float('{number}'))"
    return f"def two_layer_backward(v):\n    return {{name: {fill} for name in {list(LINES)}}}\n"


SHORT_CUTS = """
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

FLOAT32 = "    for n in d:\n        d[n] = np.asarray(d[n], np.float32)\n"
P_MINUS_Y = "v.e / v.s - np.eye(v.e.shape[1])[v.y]"

ALIASED = _lines(logits="d['logp']").replace("    d['z2']", "    d['logits'] += d['e'] * v.e\n    d['z2']", 1)

COLUMNS = _lines(logp="np.zeros_like(v.logp)\n    d['logp'][:, v.y] = d['picked']")

ANSWERS = {
    "05.linear_backward": Answers(
        right=[LINEAR_BY_LOOPS, LINEAR_BY_EINSUM, LINEAR_IN_LISTS, _linear()],
        wrong={
            "no-upstream": [_linear(dx="W.T", dW="x.T", db="1"), _linear(db="np.ones(W.shape[1])"),
                            _linear(dx="np.ones_like(g) @ W.T"), _linear(db="len(x) * np.ones(W.shape[1])"),
                            _linear(dx="W"), _linear(dW="x.T @ np.ones_like(g)")],
            "transposed": [_linear(dW="g.T @ x"), _linear(dx="W @ g.T")],
            "mean-over-batch": [_linear(dW="x.T @ g / len(x)", db="g.mean(axis=0)"), _linear(db="g.mean(0)"),
                                _linear(dW="x.T @ g / len(x)")],
            "by-shape-alone": FITTING + _linear("fitting(W, g, x.shape)", "fitting(x, g, W.shape)"),
            "reshaped": [_linear(dx="g @ W.reshape(W.shape[::-1])"),
                         _linear(dW="x.reshape(x.shape[::-1]) @ g")],
            "one-example": _linear(db="g[0]"),
            "zeros": _linear("0 * x", "0 * W", "0 * g[0]"),
            "too-few": [_linear(result="dx, dW"), _linear(result="dW")],
            "bias-wrong-axis": [_linear(db="g.sum(axis=1)"), _linear(db="g.mean(axis=1)")],
            "bias-not-summed": _linear(db="g"),
            "bias-one-number": [_linear(db="g.sum()"), _linear(db="np.full(W.shape[1], g.sum())")],
            "bias-keepdims": _linear(db="g.sum(axis=0, keepdims=True)"),
            "swapped": [_linear(result="dW, dx, db"), _linear(result="dW, db, dx")],
            "no-transpose-of-W": [_linear(dx="g @ W"), _linear(dx="g.dot(W)"), _linear(dx="np.dot(g, W)")],
            "no-transpose-of-x": [_linear(dW="x @ g"), _linear(dW="np.matmul(x, g)"), _linear(dW="x.dot(g)")],
            "entry-by-entry": [_linear(dW="x * g"), _linear(dx="g * W")],
            "shapes-do-not-fit": [_linear(dW="g @ x"), _linear(dx="W @ g")],
            "no-return": "def linear_backward(x, W, g):\n    dx, dW, db = g @ W.T, x.T @ g, g.sum(axis=0)\n",
            "sign": [_linear(dx="-g @ W.T"), _linear("-g @ W.T", "-x.T @ g", "-g.sum(axis=0)")],
            "float32": [_linear(dW="(x.T @ g).astype(np.float32)"),
                        _linear(dW="x.T.astype(np.float32) @ g.astype(np.float32) + 0.0 * W")],
            "no-dictionary": _linear(result="{'dx': dx, 'dW': dW, 'db': db}"),
            "mutated-input": "def linear_backward(x, W, g):\n    dx, dW = g @ W.T, x.T @ g\n    "
                             "for n in range(1, len(g)):\n        g[0] += g[n]\n    return dx, dW, g[0]\n",
        },
    ),
    "05.by_shapes": Answers(
        right=[SCORES_IN_TWO_STEPS, SCORES_IN_LISTS, _scores(),
               _scores("(g @ K) * d**-0.5", "(Q.T @ g).T * d**-0.5")],
        wrong={
            "no-scale": _scores("g @ K", "g.T @ Q"),
            "scale-inverted": _scores("g @ K * np.sqrt(d)", "g.T @ Q * np.sqrt(d)"),
            "scale-twice": _scores("g @ K / d", "g.T @ Q / d"),
            "wrong-scale": _scores("g @ K / np.sqrt(len(Q))", "g.T @ Q / np.sqrt(len(K))"),
            "transposed": [_scores("(g @ K).T / np.sqrt(d)", "Q.T @ g / np.sqrt(d)"), _scores(dK="Q.T @ g")],
            "by-shape-alone": FITTING + _scores("fitting(K, g, Q.shape) / d**0.5",
                                                "fitting(Q, g, K.shape) / d**0.5"),
            "reshaped": _scores(dK="g.reshape(g.shape[::-1]) @ Q / np.sqrt(d)"),
            "zeros": _scores("0 * Q", "0 * K"),
            "too-few": _scores("g @ K / np.sqrt(d)", "").replace(", \n", ",\n"),
            "swapped": _scores("g.T @ Q / np.sqrt(d)", "g @ K / np.sqrt(d)"),
            "no-upstream": [_scores("K", "Q"),
                            _scores("np.ones(g.shape) @ K / d**0.5", "np.ones(g.shape).T @ Q / d**0.5")],
            "no-transpose-of-g": [_scores(dK="g @ Q / np.sqrt(d)"), _scores(dK="g.dot(Q)")],
            "needless-transpose": [_scores(dQ="g @ K.T / np.sqrt(d)"), _scores(dQ="np.dot(g, K.T)")],
            "shapes-do-not-fit": _scores(dQ="K @ g / np.sqrt(d)"),
            "missing": _scores(dK="None"),
            "sign": _scores("-g @ K / np.sqrt(d)"),
            "float32": _scores("(g @ K).astype(np.float32) / np.sqrt(d)"),
            "entry-by-entry": _scores("g * K", "g.T * Q"),
            "mutated-input": "def scores_backward(Q, K, g):\n    g /= np.sqrt(K.shape[1])\n"
                             "    return g @ K, g.T @ Q\n",
        },
    ),
    "05.unbroadcast": Answers(
        right=[ALL_AT_ONCE, WHILE_LOOP, ENTRY_BY_ENTRY],
        wrong={
            "unchanged": _unbroadcast("    return g\n"),
            "always-first-axis": _unbroadcast("    return g.sum(axis=0)\n"),
            "always-last-axis": _unbroadcast("    return g.sum(axis=-1)\n"),
            "from-the-right": _unbroadcast("""
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g
"""),
            "float32": [f"{WHILE_LOOP}.astype(np.float32)\n",
                        f"{WHILE_LOOP}.astype(np.float32) + np.zeros(shape)\n"],
            "aligned-left": _unbroadcast("""
    for i, n in enumerate(shape):
        if g.shape[i] != n:
            g = g.sum(axis=i, keepdims=True)
    return g
"""),
            "axis-not-shifted": _unbroadcast("""
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return g
"""),
            "stretched-again": _unbroadcast("    return np.broadcast_to(g, shape)\n"),
            "mean": _unbroadcast("""
    extra = g.ndim - len(shape)
    axes = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] == 1)
    return g.mean(axis=axes).reshape(shape)
"""),
            "mean-of-new": _unbroadcast("""
    while g.ndim > len(shape):
        g = g.mean(axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g
"""),
            "wrong-shape": _unbroadcast("""
    k = g.ndim - len(shape)
    g = g.sum(axis=0) if k == 1 else g.sum(axis=(0, 1)) if k == 2 else g
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g
"""),
            "zeros": _unbroadcast("    return np.zeros(shape)\n"),
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
            "everything": [_unbroadcast("    return g.sum()\n"),
                           _unbroadcast("    return np.full(shape, g.sum())\n")],
            "reshaped": [_unbroadcast("    return g.reshape(shape)\n"), _unbroadcast("""
    axes = tuple(i for i, n in enumerate(g.shape) if n not in shape)
    return g.sum(axis=axes).reshape(shape)
""")],
        },
    ),
    "05.two_layer_backward": Answers(
        right=[_lines(), SHORT_CUTS, _lines(logits=f"({P_MINUS_Y}) / N"),
               _lines(after="    v.mine = d\n")],
        wrong={
            "no-mean": _lines(total="1.0"),
            "total": [_lines(total="N"), _lines(total="0.5 / N")],
            "logp-columns": COLUMNS,
            "logp-sign": _lines(logp=f"-{PICK}"),
            "slope-of-relu": [_lines(a1="d['h'] * (v.h > 0)"), _lines(a1="d['h'] * (v.a1 > 0)")],
            "e-averaged": _lines(e="d['s'] * np.ones_like(v.e) / v.e.shape[1]"),
            "wrong": _lines(z1="d['a1']\n    b1 = d['a1'].sum(axis=0)\n    d['z1'] *= 2", b1="b1"),
            "losses-one-number": _lines(losses="d['total']", picked="np.full(N, -d['losses'])"),
            "picked-sign": _lines(picked="d['losses']"),
            "logp-everywhere": _lines(logp="d['picked'][:, None] * np.ones(v.logp.shape)"),
            "logs-sign": _lines(logs="d['logp'].sum(axis=1, keepdims=True)"),
            "logs-not-summed": _lines(logs="-d['logp']", s="d['logs'].sum(axis=1, keepdims=True) / v.s"),
            "log-upside-down": _lines(s="d['logs'] * v.s"),
            "logits-once": [_lines(logits="d['logp']"), _lines(logits="d['e'] * v.e")],
            "exp-forgotten": _lines(logits="d['logp'] + d['e']"),
            "bias-not-summed": [_lines(b2="d['z2']"), _lines(b1="d['z1']")],
            "slope-at-input": [_lines(a1="d['h'] * (1 - v.a1**2)"), _lines(a1="d['h'] * (1 - v.z1**2)")],
            "tanh-twice": _lines(a1="d['h'] * (1 - np.tanh(v.h) ** 2)"),
            "slope-forgotten": _lines(a1="d['h']"),
            "mean-again": [_lines(W2="v.h.T @ d['z2'] / N"), _lines(b1="d['z1'].mean(axis=0)"),
                           _lines(losses="d['total'] / N * np.ones(N)"), _lines(x="d['z1'] @ v.W1.T / N")],
            "p-minus-y": _lines(logits=P_MINUS_Y),
            "exp-early": _lines(e="d['s'] * v.e"),
            "no-upstream": [_lines(losses="np.ones(N)"), _lines(s="1 / v.s"), _lines(a1="1 - v.h**2"),
                            _lines(picked="-np.ones(N)")],
            "logits-not-added": [_lines(logits="d['logp'] - d['e'] * v.e"),
                                 _lines(logits="d['logp'] * d['e'] * v.e")],
            "slope-of-sigmoid": [_lines(a1="d['h'] * v.h * (1 - v.h)"), _lines(a1="d['h'] * (1 - v.h)")],
            "slope-early": _lines(h="d['z2'] @ v.W2.T * (1 - v.h**2)"),
            "wrong-factor": [_lines(W2="v.a1.T @ d['z2']"), _lines(W2="v.z1.T @ d['z2']")],
            "bias-one-number": [_lines(b2="d['z2'].sum()"), _lines(b1="np.full_like(v.b1, d['z1'].sum())")],
            "bias-wrong-axis": [_lines(b2="d['z2'].sum(axis=1)"), _lines(b1="d['a1'].sum(axis=1)")],
            "e-not-stretched": _lines(e="d['s']"),
            "float32": [_lines(after=FLOAT32), _lines(W1="(v.x.T @ d['z1']).astype(np.float32)"),
                        _lines(x="(d['z1'] @ v.W1.T).astype(np.float32) + np.zeros(v.x.shape)")],
            "product-does-not-fit": [_lines(h="d['z2'] @ v.W2"), _lines(W2="v.h.dot(d['z2'])"),
                                     _lines(x="d['z1'] @ v.W1")],
            "entries-do-not-fit": [_lines(W1="v.x.T * d['z1']"), _lines(logs="-d['logp'].sum(axis=1)")],
            "mutated-input": [_lines(after="    v.x *= 0\n"), _lines(after="    v.h *= 0\n"),
                              _lines(logits="d['logp'] + np.multiply(d['e'], v.e, v.e)"),
                              _lines(after="    v.h = None\n"), _lines(after="    del v.z1\n")],
            "aliased": ALIASED,
            "missing": [_lines(without=("W1",)), _lines(without=("b1", "x", "W1")),
                        _lines(after="    d = {'d' + name: array for name, array in d.items()}\n")],
            "no-dictionary": [_lines(after="    d = tuple(d.values())\n"),
                              _lines(after="    d = SimpleNamespace(**d)\n")],
            "waits": [_everywhere(0.0), _everywhere(np.nan), _everywhere(np.inf),
                      _lines(logp="np.zeros_like(v.logp)")],
            "wrong-shape": [_lines(x="(d['z1'] @ v.W1.T).T"), _lines(logs="-d['logp'].sum(axis=0)"),
                            _lines(b2="d['z2'].sum(axis=0, keepdims=True)")],
        },
    ),
}  # fmt: skip
