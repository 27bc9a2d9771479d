"""Right and wrong answers to the exercises of notebook 09."""

from tests.answers import Answers


def _gain(body, z="np.random.default_rng(1).normal(size=1_000_000)"):
    return f"def gain(phi):\n    z = {z}\n    return {body}\n"


GAIN_BY_QUADRATURE = """
def gain(phi):
    z = np.linspace(-9, 9, 20_001)
    p = np.exp(-z * z / 2)
    return float((np.sum(p * phi(z) ** 2) / np.sum(p)) ** -0.5)
"""

GAIN_BY_A_LOOP = """
import random


def gain(phi):
    generator, total, n = random.Random(3), 0.0, 40_000
    for _ in range(n):
        value = float(phi(generator.gauss(0, 1)))
        total += value * value
    return (n / total) ** 0.5
"""

LINES = {
    "beta": "np.ones(N) @ g",
    "gamma": "np.einsum('nd,nd->d', g, v.x_hat)",
    "x_hat": "v.gamma * g",
    "sigma": "(d['x_hat'] * -v.x_hat / v.sigma).sum(axis=0)",
    "var": "d['sigma'] * 0.5 / np.sqrt(v.var + v.eps)",
    "sq": "np.full(v.c.shape, 1 / N) * d['var']",
    "c": "d['x_hat'] / v.sigma + d['sq'] * v.c + v.c * d['sq']",
    "mu": "np.sum(-d['c'], axis=0)",
    "x": "d['c'] + np.ones((N, 1)) * d['mu'] / N",
}


def _lines(without=(), end="return d", **changed):
    """The learner's nine lines, some of them written differently or left out."""
    lines = LINES | changed
    body = "".join(f"    d[{name!r}] = {formula}\n" for name, formula in lines.items() if name not in without)
    return f"def batchnorm_backward(v, g):\n    N, d = len(g), {{}}\n{body}    {end}\n"


AS_LISTS = _lines(end="return {name: value.tolist() for name, value in d.items()}")


def _dx(body):
    return f"def batchnorm_dx(g, x_hat, gamma, sigma):\n    N = len(g)\n    return {body}\n"


DX_BY_PROJECTION = """
def batchnorm_dx(g, x_hat, gamma, sigma):
    v = gamma * g
    centred = v - v.mean(axis=0, keepdims=True)
    return (centred - x_hat * np.mean(v * x_hat, axis=0)) / sigma
"""

DX_BY_UNIT_VECTORS = """
def batchnorm_dx(g, x_hat, gamma, sigma):
    for vector in (np.ones_like(g), x_hat):
        unit = vector / np.linalg.norm(vector, axis=0)
        g = g - unit * (g * unit).sum(axis=0)
    return gamma / sigma * g
"""

DX_BY_COLUMNS = """
def batchnorm_dx(g, x_hat, gamma, sigma):
    rows = []
    for i in range(len(g)):
        row = []
        for j in range(len(gamma)):
            along = sum(g[n][j] * x_hat[n][j] for n in range(len(g))) / len(g)
            mean = sum(g[n][j] for n in range(len(g))) / len(g)
            row.append(gamma[j] * (g[i][j] - mean - x_hat[i][j] * along) / sigma[j])
        rows.append(row)
    return rows
"""


def _residual(inputs="h", forward="h + f(h)", step="g + vjp(h_in, g)", order="reversed", end="g"):
    return f"""
def residual_backward(h, g, blocks):
    inputs, h_0, g_0 = [], h, g
    for f, vjp in blocks:
        inputs.append({inputs})
        h = {forward}
    for h_in, (f, vjp) in {order}(list(zip(inputs, blocks))):
        g = {step}
    return {end}
"""


RESIDUAL_RECURSIVE = """
def residual_backward(h, g, blocks):
    if not blocks:
        return g
    (f, vjp), *later = blocks
    g = residual_backward(h + f(h), g, later)
    return g + vjp(h, g)
"""

RESIDUAL_BY_INDEX = """
def residual_backward(h, g, blocks):
    hs = [h]
    for block in blocks[:-1]:
        hs.append(np.add(hs[-1], block[0](hs[-1])))
    for k in range(len(blocks) - 1, -1, -1):
        through = blocks[k][1](hs[k], g)
        g = through + g
    return g.tolist()
"""

NOTHING_KEPT = """
def residual_backward(h, g, blocks):
    for f, _ in blocks:
        h = h + f(h)
    for _, vjp in reversed(blocks):
        g = g + vjp(h, g)
    return g
"""

BY_DIFFERENCES = """
def residual_backward(h, g, blocks):
    def out(h):
        for f, _ in blocks:
            h = h + f(h)
        return np.sum(g * h)
    found, step = np.zeros_like(h), STEP
    for k in np.ndindex(h.shape):
        move = np.zeros_like(h)
        move[k] = step
        found[k] = (out(h + move) - out(h - move)) / (2 * step)
    return found
"""

IN_PLACE = _residual().replace("h = h + f(h)", "h += f(h)")

ONE_BLOCK_EACH = """
def residual_backward(h, g, blocks):
    total = g.copy()
    for f, vjp in blocks:
        total += vjp(h, g)
        h = h + f(h)
    return total
"""

ANSWERS = {
    "09.gain": Answers(
        right=[GAIN_BY_QUADRATURE, GAIN_BY_A_LOOP, _gain("1 / np.sqrt(np.mean(phi(z) ** 2))")],
        wrong={
            "upside-down": _gain("np.sqrt(np.mean(phi(z) ** 2))"),
            "no-root": _gain("1 / np.mean(phi(z) ** 2)"),
            "variance": [_gain("1 / np.sqrt(np.var(phi(z)))"), _gain("1 / phi(z).std()")],
            "no-square": [_gain("1 / np.sqrt(np.abs(np.mean(phi(z))))"),
                          _gain("1 / np.sqrt(np.mean(np.abs(phi(z))))"),
                          "def gain(phi):\n    z = np.random.default_rng(1).normal(size=1_000_000)\n"
                          "    with np.errstate(invalid='ignore'):\n"
                          "        return 1 / np.sqrt(phi(z).mean())\n"],
            "square-inside": _gain("1 / np.sqrt(np.mean(phi(z ** 2)))"),
            "even-z": [_gain("1 / np.sqrt(np.mean(phi(z) ** 2))", "np.random.default_rng(1).random(400_000)"),
                       _gain("1 / np.sqrt(np.mean(phi(z) ** 2))", "np.linspace(-3, 3, 10_000)"),
                       _gain("1 / np.sqrt(np.mean(phi(z) ** 2))", "np.linspace(-5, 5, 100_000)"),
                       _gain("1 / np.sqrt(np.mean(phi(z) ** 2))",
                             "np.random.default_rng(1).uniform(-(3**0.5), 3**0.5, 400_000)")],
            "mean-squared": _gain("1 / np.sqrt(np.mean(phi(z)) ** 2)"),
            "weights-not-one": "def gain(phi):\n    z = np.linspace(-9, 9, 20_001)\n"
                               "    p = np.exp(-z * z / 2) * (z[1] - z[0])\n"
                               "    return 1 / np.sqrt(np.sum(p * phi(z) ** 2))\n",
            "too-rough": [_gain("1 / np.sqrt(np.mean(phi(z) ** 2))", "np.random.RandomState(4).randn(300)"),
                          _gain("1 / np.sqrt(np.mean(phi(z) ** 2))", "np.random.RandomState(1).randn(500)")],
        },
        equivalent_mutants={
            f"L4: {old} → {new}": "another seed or one z more: the same within the tolerance"
            for old, new in (("0", "1"), ("1000000", "1000001"), ("1000000", "999999"))
        } | {
            "L4: z = np.random.default_rng(0).normal(size=1000000) → "
            "z = -np.random.default_rng(0).normal(size=1000000)": "−z is distributed like z",
        },
    ),
    "09.batchnorm_graph": Answers(
        right=[_lines(), AS_LISTS,
               _lines(x="d['c'] - d['c'].mean(axis=0)", sigma="-v.gamma * d['gamma'] / v.sigma")],
        wrong={
            "not-summed": [_lines(beta="g"), _lines(gamma="g * v.x_hat"),
                           _lines(sigma="-d['x_hat'] * v.c / v.sigma**2",
                                  var="0.5 * d['sigma'].sum(0) / v.sigma"),
                           _lines(mu="-d['c']", x="d['c'] + d['mu'].mean(axis=0)")],
            "mean-of-gradients": [_lines(beta="g.mean(axis=0)", gamma="(g * v.x_hat).mean(axis=0)"),
                                  _lines(mu="-d['c'].mean(axis=0)", x="d['c'] + d['mu'] / N")],
            "gamma-without-x-hat": _lines(gamma="g.sum(axis=0)"),
            "gamma-by-x": [_lines(gamma="(g * v.x).sum(axis=0)"), _lines(gamma="(g * v.c).sum(axis=0)")],
            "other-n": [_lines(sq="np.ones_like(v.sq) * d['var'] / (N - 1)"),
                        _lines(sq="np.ones_like(v.sq) * d['var'] / g.size"),
                        _lines(x="d['c'] + d['mu'] / g.shape[1]")],
            "float32": [_lines().replace("N, d = len(g), {}", "g, N, d = np.float32(g), len(g), {}"),
                        _lines(end="return {name: np.float32(value) for name, value in d.items()}")],
            "x-hat-without-gamma": _lines(x_hat="g"),
            "quotient": [_lines(sigma="(d['x_hat'] * v.c / v.sigma**2).sum(axis=0)"),
                         _lines(sigma="-(d['x_hat'] * v.c / v.sigma).sum(axis=0)"),
                         _lines(sigma="-(d['x_hat'] / v.sigma**2).sum(axis=0)")],
            "square-root": [_lines(var="d['sigma'] / v.sigma"), _lines(var="0.5 * d['sigma'] * v.sigma")],
            "eps-forgotten": _lines(var="d['sigma'] / (2 * np.sqrt(v.var))"),
            "mean-without-n": [_lines(sq="np.ones_like(v.sq) * d['var']"), _lines(x="d['c'] + d['mu']")],
            "not-stretched": _lines(sq="d['var'] / N"),
            "c-once": [_lines(c="d['x_hat'] / v.sigma"), _lines(c="2 * v.c * d['sq']")],
            "square-slope": [_lines(c="d['x_hat'] / v.sigma + v.c * d['sq']"),
                             _lines(c="d['x_hat'] / v.sigma + 2 * d['sq']")],
            "mu-sign": _lines(mu="d['c'].sum(axis=0)"),
            "mu-zero": _lines(mu="np.zeros_like(v.mu)", x="d['c']"),
            "in-place": _lines(x="d['c']", end="d['x'] += d['mu'] / N\n    return d"),
            "x-once": [_lines(x="d['c']"), _lines(x="np.ones((N, 1)) * d['mu'] / N")],
            "missing": _lines(without=("mu", "x")),
            "no-dictionary": _lines(end="return list(d.values())"),
            "wrong-shape": _lines(gamma="(g * v.x_hat).sum(axis=0, keepdims=True)"),
            "waits": [_lines(c="np.zeros_like(v.c)", mu="np.ones_like(v.mu)", x="np.ones_like(v.x)"),
                      _lines(end="return {name: 0 * value for name, value in d.items()}")],
        },
    ),
    "09.batchnorm_closed": Answers(
        right=[DX_BY_PROJECTION, DX_BY_COLUMNS,
               _dx("gamma / sigma / N * (N * g - np.ones(N) @ g - x_hat * np.sum(g * x_hat, axis=0))")],
        wrong={
            "detached": _dx("g * gamma / sigma"),
            "no-mean-term": _dx("gamma / sigma * (g - x_hat * (g * x_hat).mean(axis=0))"),
            "no-x-hat-term": _dx("gamma / sigma * (g - g.mean(axis=0))"),
            "sums-not-means": [
                _dx("gamma / sigma * (g - g.sum(axis=0) - x_hat * (g * x_hat).sum(axis=0))"),
                _dx("gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat).sum(axis=0))"),
                _dx("gamma / sigma * (g - g.sum(axis=0) - x_hat * (g * x_hat).mean(axis=0))"),
            ],
            "not-summed": [
                _dx("gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat))"),
                _dx("gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat) / N)"),
                _dx("gamma / (N * sigma) * (N * g - g - x_hat * (g * x_hat).sum(axis=0))"),
            ],
            "sigma-twice": _dx("gamma / sigma**2 * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))"),
            "float32": _dx("np.float32(gamma / sigma * (g - g.mean(0) - x_hat * (g * x_hat).mean(0)))"),
            "all-over-n": [
                _dx("gamma / (N * sigma) * (g - g.sum(axis=0) - x_hat * (g * x_hat).sum(axis=0))"),
                _dx("gamma / (N * sigma) * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))"),
            ],
            "projection": [
                _dx("gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat).sum(0) / (x_hat**2).sum(0))"),
                DX_BY_UNIT_VECTORS,
                _dx("gamma / sigma * (g - g.mean(0) - x_hat * (g * x_hat).sum(0) / "
                    "np.linalg.norm(x_hat, axis=0))"),
            ],
            "not-over-n": _dx("gamma / sigma * (N * g - g.sum(axis=0) - x_hat * (g * x_hat).sum(axis=0))"),
            "no-x-hat-factor": _dx("gamma / sigma * (g - g.mean(axis=0) - (g * x_hat).mean(axis=0))"),
            "sign": [_dx("gamma / sigma * (g - g.mean(axis=0) + x_hat * (g * x_hat).mean(axis=0))"),
                     _dx("gamma / sigma * (g + g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))"),
                     _dx("-gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))")],
            "no-gamma": _dx("(g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / sigma"),
            "no-sigma": _dx("gamma * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))"),
            "sigma-multiplied": _dx("gamma * sigma * (g - g.mean(0) - x_hat * (g * x_hat).mean(0))"),
            "other-axis": [
                _dx("gamma / sigma * (g - g.mean(axis=1) - x_hat * (g * x_hat).mean(axis=1))"),
                _dx("gamma / sigma * (g - g.mean(1)[:, None] - x_hat * (g * x_hat).mean(1)[:, None])"),
            ],
            "one-number": _dx("gamma / sigma * (g - g.mean() - x_hat * (g * x_hat).mean())"),
        },
    ),
    "09.residual_grad": Answers(
        right=[RESIDUAL_RECURSIVE, RESIDUAL_BY_INDEX, _residual()],
        wrong={
            "no-identity": [_residual(step="vjp(h_in, g)"), _residual(forward="f(h)", step="vjp(h_in, g)")],
            "identity-only": _residual(step="g"),
            "one-for-g": _residual(step="1 + vjp(h_in, g)"),
            "h-for-g": _residual(step="h_in + vjp(h_in, g)"),
            "same-h": _residual(inputs="h_0"),
            "inputs-without-skip": _residual(forward="f(h)"),
            "output-of-block": _residual(inputs="h + f(h)"),
            "last-h": [IN_PLACE, NOTHING_KEPT],
            "not-exact": [
                *(BY_DIFFERENCES.replace("STEP", step) for step in ("1e-6", "1e-5", "1e-4", "1e-3")),
                _residual(end="np.float32(g)"),
            ],
            "first-to-last": _residual(order="list"),
            "one-straight-path": _residual(step="vjp(h_in, g)", end="g_0 + g"),
            "no-mixed-paths": ONE_BLOCK_EACH,
        },
    ),
}  # fmt: skip
