"""Right and wrong answers to the exercises of notebook 06."""

from tests.answers import Answers

HEAD = "def fused_gradient(logits, labels):\n    N, C = logits.shape\n"


def _fused(result, axis=1):
    return (
        f"{HEAD}    e = np.exp(logits)\n    p = e / e.sum(axis={axis}, keepdims=True)\n"
        f"    y = np.eye(C)[labels]\n    return {result}\n"
    )


FUSED_COLUMNS = f"""{HEAD}
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p[:, labels] -= 1
    return p / N
"""

FUSED_BY_LOOPS = """
def fused_gradient(logits, labels):
    rows = []
    for z, t in zip(logits, labels):
        p = np.exp(z - z.max())
        p /= p.sum()
        rows.append([(p[k] - (k == t)) / len(labels) for k in range(len(z))])
    return np.array(rows)
"""

FUSED_BY_ENGINE = """
def fused_gradient(logits, labels):
    z = Tensor(logits)
    losses.cross_entropy(z, labels).backward()
    return z.grad
"""


FUSED_IN_LISTS = """
def fused_gradient(logits, labels):
    N, rows = len(labels), []
    for z, t in zip(logits.tolist(), labels):
        e = [math.exp(v) for v in z]
        rows.append([(v / sum(e) - (k == t)) / N for k, v in enumerate(e)])
    return rows
"""
FUSED_IN_LISTS = "import math\n" + FUSED_IN_LISTS


def _fused_in_place(*lines, first="p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)"):
    return HEAD + "".join(f"    {line}\n" for line in (first, *lines))


AT_RIGHT = "p[np.arange(N), labels]"


def _lse(body):
    return f"def logsumexp(z):\n{body}"


LSE_SHORT = _lse("    m = z.max(axis=-1)\n    return m + np.log(np.exp(z - m[..., None]).sum(axis=-1))\n")
LSE_IN_PAIRS = _lse("""
    total = z[..., 0]
    for k in range(1, z.shape[-1]):
        total = np.logaddexp(total, z[..., k])
    return total
""")
LSE_WITH_LOG1P = _lse("""
    s = np.sort(z, axis=-1)
    return s[..., -1] + np.log1p(np.exp(s[..., :-1] - s[..., -1:]).sum(axis=-1))
""")
LSE_IN_LISTS = _lse("""
    if z.ndim > 1:
        return [logsumexp(row) for row in z]
    m = max(z)
    return float(m + np.log(sum(np.exp(v - m) for v in z)))
""")
OVER_MAX = "    m = z.max(axis=-1, keepdims=True)\n"
LSE_BY_MAX = _lse(OVER_MAX + "    return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))\n")


def _bce(loss="np.maximum(z, 0) - z * t + np.log1p(s)", slope="np.where(z >= 0, 1, s) / (1 + s) - t"):
    return f"def stable_bce(z, t):\n    s = np.exp(-np.abs(z))\n    return {loss}, {slope}\n"


P_OF_ABS = "    p = np.where(z >= 0, 1, s) / (1 + s)\n"


def _bce_by(loss, slope="p - t", before=""):
    body = f"{before}    s = np.exp(-np.abs(z))\n{P_OF_ABS}    return {loss}, {slope}\n"
    return f"def stable_bce(z, t):\n{body}"


SAFE = "np.maximum(z, 0) - z * t + np.log1p(s)"

SLOPE_BY_DIFFERENCES = "(np.logaddexp(0, z + 1e-5) - np.logaddexp(0, z - 1e-5)) / 2e-5 - t"

BCE_STACKED = """
def stable_bce(z, t):
    small = np.exp(-abs(z))
    p = np.where(z < 0, small, 1) / (1 + small)
    return np.stack([np.maximum(z, 0) - z * t + np.log1p(small), p - t])
"""


def _naive(loss="-t * np.log(p) - (1 - t) * np.log(1 - p)", slope="p - t", p="1 / (1 + np.exp(-z))"):
    return f"def stable_bce(z, t):\n    p = {p}\n    return {loss}, {slope}\n"


BCE_BY_LOGADDEXP = """
def stable_bce(z, t):
    yes, no = np.logaddexp(0, -z), np.logaddexp(0, z)      # −log p, −log(1 − p)
    return t * yes + (1 - t) * no, np.exp(-yes) - t
"""

BCE_WITH_MASKS = """
def stable_bce(z, t):
    p, loss = np.empty_like(z), np.empty_like(z)
    up = z > 0
    p[up] = 1 / (1 + np.exp(-z[up]))
    e = np.exp(z[~up])
    p[~up] = e / (1 + e)
    loss[up] = (1 - t[up]) * z[up] + np.log1p(np.exp(-z[up]))
    loss[~up] = -t[~up] * z[~up] + np.log1p(e)
    return [loss, p - t]
"""


def _counts(loss="rate - t * z", slope="rate - t", returned="{}, {}"):
    body = returned.format(loss, slope)
    return f"import math\n\ndef poisson_loss(z, t):\n    rate = np.exp(z)\n    return {body}\n"


COUNTS_IN_LOOPS = """
import math

def poisson_loss(z, t):
    if np.ndim(z):
        pairs = [poisson_loss(*entry) for entry in zip(z, t)]
        return [loss for loss, _ in pairs], [slope for _, slope in pairs]
    return math.exp(z) - t * z, math.exp(z) - t
"""

COUNTS_BY_ENGINE = """
def poisson_loss(z, t):
    z = Tensor(z)
    L = ops.exp(z) - t * z
    L.sum().backward()
    return L.data, z.grad
"""

DIFFERENCES = "(np.exp(z + 1e-4) - t * (z + 1e-4) - np.exp(z - 1e-4) + t * (z - 1e-4)) / 2e-4"
FACTORIAL = "rate - t * z + np.vectorize(lambda k: math.lgamma(k + 1))(t)"

STABLE = "np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))"

CHOICES = {
    "parcel": "mse",
    "sensor": "mae",
    "digit": "cross_entropy",
    "tumour": "binary_cross_entropy",
    "tags": "binary_cross_entropy",
    "next_word": "cross_entropy",
    "goals": "poisson",
    "median": "mae",
    "mean": "mse",
}


def _choices(**changed):
    return f"choices = {CHOICES | changed!r}\n"


ANSWERS = {
    "06.fused_gradient": Answers(
        right=[FUSED_BY_LOOPS, FUSED_IN_LISTS, FUSED_BY_ENGINE, _fused("(p - y) / N")],
        wrong={
            "sum-not-mean": [_fused("p - y"), _fused_in_place(f"{AT_RIGHT} -= 1", "return p")],
            "sign": [_fused("(y - p) / N"), _fused("y - p")],
            "one-everywhere": [_fused("(p - 1) / N"), _fused_in_place("p -= 1", "return p / N")],
            "set-not-subtracted": _fused_in_place(f"{AT_RIGHT} = -1", "return p / N"),
            "target-added": _fused_in_place(f"{AT_RIGHT} += 1", "return p / N"),
            "whole-rows": _fused_in_place("p[labels] -= 1", "return p / N"),
            "half-divided": [_fused("p - y / N"), _fused("p / N - y")],
            "softmax-of-all": _fused_in_place(f"{AT_RIGHT} -= 1", "return p / N",
                                              first="p = np.exp(logits) / np.exp(logits).sum()"),
            "no-softmax": [_fused("(e - y) / N"), _fused("(logits - y) / N"), _fused("logits - y")],
            "labels-as-numbers": _fused("(p - labels[:, None]) / N"),
            "mean-twice": _fused("(p - y) / N**2"),
            "factor-two": _fused("2 * (p - y) / N"),
            "rows-averaged": _fused("(p - y).mean(axis=0)"),
            "softmax-twice": _fused("(np.exp(p) / np.exp(p).sum(axis=1, keepdims=True) - y) / N"),
            "sigmoid": [_fused("(1 / (1 + np.exp(-logits)) - y) / N"), _fused("e / (1 + e) - y")],
            "slope-of-softmax": [_fused("p * (1 - p) / N"), _fused("p * (1 - p)"),
                                 _fused("p * (y - p) / N")],
            "zeros": _fused("np.zeros_like(logits)"),
            "the-loss": _fused("-np.log(p[np.arange(N), labels]).mean()"),
            "float32": [_fused("((p - y) / N).astype(np.float32)"),
                        FUSED_BY_ENGINE.replace("z.grad", "np.float32(z.grad)")],
            "mutated-input": [
                _fused_in_place("p = np.exp(p, out=p)", "p /= p.sum(axis=1, keepdims=True)",
                                f"{AT_RIGHT} -= 1", "return p / N", first="p = logits"),
                _fused_in_place("p = np.exp(logits)", "p /= p.sum(axis=1, keepdims=True)",
                                f"{AT_RIGHT} -= 1", "return p / N", first="logits -= logits.max()")],
            "no-target": _fused("p / N"),
            "only-right-class": _fused("(p - y) * y / N"),
            "gradient-of-p": _fused("-y / p / N"),
            "wrong-axis": _fused("(p - y) / N", axis=0),
            "whole-columns": [
                FUSED_COLUMNS,
                FUSED_COLUMNS.replace("[:, labels] -=", "[..., labels] -="),
            ],
            "divided-by-classes": [_fused("(p - y) / logits.size"), _fused("(p - y) / C")],
            "squared-error": _fused("2 * (p - y) * p * (1 - p) / N"),
        },
        equivalent_mutants={
            "L4: e = np.exp(logits) → e = -np.exp(logits)": "the sign cancels in the quotient",
            "L5: 1 → -1": "the last of two axes is axis 1",
        },
    ),
    "06.logsumexp": Answers(
        right=[LSE_SHORT, LSE_IN_PAIRS, LSE_WITH_LOG1P, LSE_IN_LISTS],
        wrong={
            "overflow": [
                _lse("    return np.log(np.exp(z).sum(axis=-1))\n"),
                _lse("    return np.log(np.exp(z.astype(np.longdouble)).sum(axis=-1)).astype(float)\n"),
            ],
            "max-not-added": _lse(OVER_MAX + "    return np.log(np.exp(z - m).sum(axis=-1))\n"),
            "max-only": _lse("    return z.max(axis=-1)\n"),
            "max-of-all": _lse("    return z.max() + np.log(np.exp(z - z.max()).sum(axis=-1))\n"),
            "axis-kept": _lse(
                OVER_MAX + "    return m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))\n"
            ),
            "squeezed": [
                _lse(OVER_MAX + "    return m.squeeze() + np.log(np.exp(z - m).sum(axis=-1))\n"),
                _lse(OVER_MAX + "    total = np.exp(z - m).sum(axis=-1, keepdims=True)\n"
                                "    return np.squeeze(m + np.log(total))\n"),
            ],
            "entries-do-not-fit": _lse("    if z.ndim < 3:\n        m = z.max(axis=-1, keepdims=True)\n"
                                       "    else:\n"
                                       "        m = z.max(axis=-1)[:, :, None]\n"
                                       "    return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))\n"),
            "clipped": [
                _lse("    return np.logaddexp.reduce(np.maximum(z, -1e4), axis=-1)\n"),
                _lse("    return np.log(np.exp(np.clip(z, -700, 700)).sum(axis=-1))\n"),
                _lse("    z = np.clip(z, -500, 500)\n" + LSE_BY_MAX.split("\n", 1)[1]),
            ],
            "small-added": [
                LSE_BY_MAX.replace("sum(axis=-1)", f"sum(axis=-1) + {small}") for small in ("1e-9", "1e-8")
            ],
            "log-inside": _lse(OVER_MAX + "    return m[..., 0] + np.log(np.exp(z - m)).sum(axis=-1)\n"),
            "log1p": LSE_BY_MAX.replace("np.log(", "np.log1p("),
            "one-sum": [LSE_BY_MAX.replace("sum(axis=-1)", "sum()"),
                        LSE_SHORT.replace("sum(axis=-1)", "sum()")],
            "first-axis": _lse("    return np.logaddexp.reduce(z, axis=0)\n"),
            "whole-array": _lse("    m = z.max()\n    return m + np.log(np.exp(z - m).sum())\n"),
            "mean": _lse(OVER_MAX + "    return m[..., 0] + np.log(np.exp(z - m).mean(axis=-1))\n"),
            "largest-size": _lse("    m = np.abs(z).max(axis=-1, keepdims=True)\n"
                                 "    return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))\n"),
            "not-the-largest": [
                LSE_BY_MAX.replace("max", which) for which in ("min", "mean")
            ],
            "axis-1": [_lse("    m = z.max(axis=1, keepdims=True)\n"
                            "    return m[:, 0] + np.log(np.exp(z - m).sum(axis=1))\n"),
                       _lse("    m = z.max(axis=1)\n"
                            "    return m + np.log(np.exp(z - m[:, None]).sum(axis=1))\n")],
            "axes-mixed": _lse(OVER_MAX + "    return m + np.log(np.exp(z - m).sum(axis=-1))\n"),
            "log-forgotten": _lse(OVER_MAX + "    return m[..., 0] + np.exp(z - m).sum(axis=-1)\n"),
            "log-softmax": _lse(
                OVER_MAX + "    return z - m - np.log(np.exp(z - m).sum(axis=-1, keepdims=True))\n"
            ),
            "float32": _lse(OVER_MAX + "    total = np.exp(z - m).sum(axis=-1)\n"
                                       "    return np.float32(m[..., 0] + np.log(total))\n"),
            "mutated-input": _lse(
                OVER_MAX + "    z -= m\n    return m[..., 0] + np.log(np.exp(z).sum(-1))\n"
            ),
        },
    ),
    "06.likelihood": Answers(
        right=[
            _counts(),
            _counts(returned="np.array([{}, {}])"),
            COUNTS_IN_LOOPS,
            COUNTS_BY_ENGINE,
        ],
        wrong={
            "log-likelihood": _counts("t * z - rate", "t - rate"),
            "sign": _counts(slope="t - rate"),
            "z-for-rate": _counts("z - t * np.log(z)", "1 - t / z"),
            "slope-of-rate": _counts(slope="1 - t / rate"),
            "factorial": _counts(FACTORIAL),
            "slope-without-t": _counts(slope="rate"),
            "only-the-power": _counts("-t * z", "-t"),
            "slope-of-z": _counts(slope="1 - t"),
            "one-number": [_counts("(rate - t * z).mean()"), _counts("(rate - t * z).sum()"),
                           _counts("(rate - t * z).mean()", "(rate - t).mean()"),
                           _counts(slope="(rate - t).sum()")],
            "divided": [_counts(slope="(rate - t) / z.size"), _counts("(rate - t * z) / z.size"),
                        _counts("(rate - t * z) / len(z)", "(rate - t) / len(z)")],
            "swapped": _counts(returned="{1}, {0}"),
            "target-sign": _counts("rate + t * z", "rate + t"),
            "power-of-rate": [_counts("rate - t * rate", "rate - t * rate"), _counts("rate - t * rate")],
            "slope-times-rate": _counts(slope="(rate - t) * rate"),
            "loss-twice": _counts(slope="rate - t * z"),
            "float32": [_counts(slope="np.float32(rate - t)"), _counts("np.float32(rate - t * z)"),
                        _counts(slope=DIFFERENCES)],
            "not-a-pair": _counts(returned="{0}"),
        },
    ),
    "06.stable_bce": Answers(
        right=[BCE_BY_LOGADDEXP, BCE_WITH_MASKS, _bce(), BCE_STACKED],
        wrong={
            "overflow": [_naive(), _bce(loss="np.log(1 + np.exp(z)) - z * t"),
                         _bce(slope="np.where(z < 0, np.exp(z) / (1 + np.exp(z)), 1 / (1 + np.exp(-z))) - t"),
                         _bce(loss="t * np.log1p(np.exp(-z)) + (1 - t) * np.log1p(np.exp(z))")],
            "log-of-zero": [_naive(p=STABLE), _bce_by("-t * np.log(p) - (1 - t) * np.log1p(-p)")],
            "rounded-away": [
                _bce(loss="np.maximum(z, 0) - z * t + np.log(1 + s)"),
                _bce(loss="np.maximum(z, 0) - z * t + np.where(abs(z) > 50, 0, np.log1p(s))"),
            ],
            "slope-clipped": _bce_by(SAFE, "np.clip(p, 1e-12, 1 - 1e-12) - t"),
            "target-left-out": _bce_by("np.maximum(z, 0) + np.log1p(s)"),
            "max-left-out": _bce_by("np.log1p(s) - z * t"),
            "size-in-exp": [_bce_by("np.maximum(z, 0) - z * t + np.log1p(np.exp(abs(z)))"),
                            _bce().replace("-np.abs", "np.abs")],
            "rounded-target": [_bce_by(SAFE, "p - np.round(t)"), _bce_by(SAFE, "p - (t > 0.5)")],
            "cancelled": [_bce_by("np.logaddexp(0, z) - t * z"),
                          _bce_by("np.log1p(s) + np.maximum(z, 0) - z * t"),
                          _bce_by("np.maximum(z, 0) + np.log1p(s) - z * t")],
            "clipped": [_naive(p="np.clip(1 / (1 + np.exp(-np.clip(z, -500, 500))), 1e-12, 1 - 1e-12)"),
                        _naive(p="1 / (1 + np.exp(-np.clip(z, -30, 30)))"),
                        _bce_by("-t * np.log(p + 1e-12) - (1 - t) * np.log(1 - p + 1e-12)"),
                        _bce_by(SAFE, before="    z = np.clip(z, -700, 700)\n")],
            "not-finite-for-large": "def stable_bce(z, t):\n    with np.errstate(all='ignore'):\n"
                                    "        p = 1 / (1 + np.exp(-z))\n"
                                    "        return -t * np.log(p) - (1 - t) * np.log(1 - p), p - t\n",
            "sigmoid-of-size": _bce_by(SAFE, "1 / (1 + s) - t"),
            "slope-without-t": _bce_by(SAFE, "p"),
            "slope-of-sigmoid": _bce_by(SAFE, "p * (1 - p)"),
            "size-for-max": [_bce_by("np.abs(z) - z * t + np.log1p(s)"),
                             _bce_by("np.maximum(z, 0) - z * t + np.log1p(np.exp(-z))")],
            "target-sign": _bce_by("np.maximum(z, 0) + z * t + np.log1p(s)"),
            "log-forgotten": _bce_by("np.maximum(z, 0) - z * t + s"),
            "hard-targets": [_bce_by("np.where(t == 1, np.logaddexp(0, -z), np.logaddexp(0, z))"),
                             _bce_by("np.where(t > 0.5, np.logaddexp(0, -z), np.logaddexp(0, z))")],
            "swapped": f"def stable_bce(z, t):\n    s = np.exp(-np.abs(z))\n{P_OF_ABS}"
                       f"    return p - t, {SAFE}\n",
            "float32": [_bce_by(f"np.float32({SAFE})", "np.float32(p - t)"),
                        _bce_by(SAFE, "np.float32(p - t)"),
                        _bce_by(SAFE, SLOPE_BY_DIFFERENCES)],
            "slope-of-p": _bce(slope="np.clip((p(z) - t) / (p(z) * (1 - p(z))), -1e9, 1e9)").replace(
                "def stable", "def p(z):\n    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))\n\ndef stable"
            ),
            "slope-twice": _bce(slope="(1 / (1 + s) - t) * s / (1 + s)**2").replace(
                "(1 / (1 + s) - t)", "(np.where(z >= 0, 1, s) / (1 + s) - t)"
            ),
            "sign": _bce(slope="t - np.where(z >= 0, 1, s) / (1 + s)"),
            "one-number": [_bce(loss="(np.maximum(z, 0) - z * t + np.log1p(s)).mean()"),
                           _bce_by(f"({SAFE}).sum()"), _bce_by(SAFE, "(p - t).mean()")],
            "divided": _bce(slope="(np.where(z >= 0, 1, s) / (1 + s) - t) / z.size"),
            "only-positive": _bce(loss="t * (np.maximum(-z, 0) + np.log1p(s))"),
            "not-a-pair": "def stable_bce(z, t):\n    return np.logaddexp(0, z) - t * z\n",
        },
    ),
    "06.which_loss": Answers(
        right=[
            _choices(),
            "choices = dict(parcel='mse', mean='mse', goals='poisson', sensor='mae', median='mae',\n"
            "               digit='cross_entropy', tumour='binary_cross_entropy',\n"
            "               next_word='cross_entropy', tags='binary_cross_entropy')\n",
        ],
        wrong={
            "class-for-number": [_choices(parcel="cross_entropy"), _choices(goals="cross_entropy")],
            "number-for-class": [_choices(digit="mse"), _choices(tumour="mae"), _choices(digit="poisson")],
            "one-of-many": _choices(tags="cross_entropy"),
            "many-yes-or-no": _choices(next_word="binary_cross_entropy"),
            "two-logits": _choices(tumour="cross_entropy"),
            "count": _choices(goals="mse"),
            "no-count": [_choices(parcel="poisson"), _choices(mean="poisson")],
            "normal": _choices(parcel="mae"),
            "outliers": _choices(sensor="mse"),
            "median": _choices(median="mse"),
            "mean": _choices(mean="mae"),
            "not-on-the-menu": _choices(mean="average"),
            "missing": "choices = {'parcel': 'mse'}\n",
        },
    ),
}  # fmt: skip
