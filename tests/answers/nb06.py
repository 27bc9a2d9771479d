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


def _bce(loss="np.maximum(z, 0) - z * t + np.log1p(s)", slope="np.where(z >= 0, 1, s) / (1 + s) - t"):
    return f"def stable_bce(z, t):\n    s = np.exp(-np.abs(z))\n    return {loss}, {slope}\n"


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
            "sum-not-mean": _fused("p - y"),
            "sign": _fused("(y - p) / N"),
            "no-target": _fused("p / N"),
            "only-right-class": _fused("(p - y) * y / N"),
            "gradient-of-p": _fused("-y / p / N"),
            "wrong-axis": _fused("(p - y) / N", axis=0),
            "whole-columns": [
                FUSED_COLUMNS,
                FUSED_COLUMNS.replace("[:, labels] -=", "[..., labels] -="),
            ],
            "divided-by-classes": _fused("(p - y) / logits.size"),
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
            "overflow": _lse("    return np.log(np.exp(z).sum(axis=-1))\n"),
            "max-not-added": _lse(OVER_MAX + "    return np.log(np.exp(z - m).sum(axis=-1))\n"),
            "max-only": _lse("    return z.max(axis=-1)\n"),
            "max-of-all": _lse("    return z.max() + np.log(np.exp(z - z.max()).sum(axis=-1))\n"),
            "axis-kept": _lse(
                OVER_MAX + "    return m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True))\n"
            ),
            "first-axis": _lse("    return np.logaddexp.reduce(z, axis=0)\n"),
            "whole-array": _lse("    m = z.max()\n    return m + np.log(np.exp(z - m).sum())\n"),
            "mean": _lse(OVER_MAX + "    return m[..., 0] + np.log(np.exp(z - m).mean(axis=-1))\n"),
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
            "mean": _counts("(rate - t * z).mean()"),
            "divided": _counts(slope="(rate - t) / z.size"),
            "not-a-pair": _counts(returned="{0}"),
        },
    ),
    "06.stable_bce": Answers(
        right=[BCE_BY_LOGADDEXP, BCE_WITH_MASKS, _bce(), BCE_STACKED],
        wrong={
            "overflow": [_naive(), _bce(loss="np.log(1 + np.exp(z)) - z * t")],
            "log-of-zero": _naive(p=STABLE),
            "rounded-away": _bce(loss="np.maximum(z, 0) - z * t + np.log(1 + s)"),
            "slope-of-p": _bce(slope="np.clip((p(z) - t) / (p(z) * (1 - p(z))), -1e9, 1e9)").replace(
                "def stable", "def p(z):\n    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))\n\ndef stable"
            ),
            "slope-twice": _bce(slope="(1 / (1 + s) - t) * s / (1 + s)**2").replace(
                "(1 / (1 + s) - t)", "(np.where(z >= 0, 1, s) / (1 + s) - t)"
            ),
            "sign": _bce(slope="t - np.where(z >= 0, 1, s) / (1 + s)"),
            "mean": _bce(loss="(np.maximum(z, 0) - z * t + np.log1p(s)).mean()"),
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
