"""Right and wrong answers to the exercises of notebook 01."""

from tests.answers import Answers


def _difference(body):
    return f"def central_difference(f, x, h):\n    return {body}\n"


def _rates(**changed):
    """The `rates` of a learner, written with formulas; `changed` replaces some of them."""
    formulas = {
        "dL_da": "2 * (a - t)",
        "da_dz": "1 - math.tanh(z) ** 2",
        "dz_dw": "x",
        "dL_dw": 'r["dL_da"] * r["da_dz"] * r["dz_dw"]',
        "dL_db": 'r["dL_da"] * r["da_dz"]',
    } | changed
    lines = [f'r["{name}"] = {formula}' for name, formula in formulas.items()]
    return "r = {}\n" + "\n".join(lines) + "\nrates = r\n"


def _steps(forward="1e-8", central="1e-5", central32="5e-3"):
    return f'best_h = {{"forward": {forward}, "central": {central}, "central32": {central32}}}\n'


def _paths(body):
    return f"def two_paths(x, u, v, du, dv, dL_du, dL_dv):\n    return {body}\n"


TWO_STEPS = """
def central_difference(f, x, h):
    right, left = x + h, x - h
    return (f(right) - f(left)) / (2 * h)
"""

MEAN_OF_BOTH_SIDES = """
def central_difference(f, x, h):
    forward = (f(x + h) - f(x)) / h
    backward = (f(x) - f(x - h)) / h
    return 0.5 * forward + 0.5 * backward
"""

MEASURED_RATES = """
def neuron(w, b):
    return (math.tanh(w * x + b) - t) ** 2

h = 1e-5
rates = {
    "dL_da": ((a + h - t) ** 2 - (a - h - t) ** 2) / (2 * h),
    "da_dz": (math.tanh(z + h) - math.tanh(z - h)) / (2 * h),
    "dz_dw": ((w + h) * x - (w - h) * x) / (2 * h),
    "dL_dw": (neuron(w + h, b) - neuron(w - h, b)) / (2 * h),
    "dL_db": (neuron(w, b + h) - neuron(w, b - h)) / (2 * h),
}
"""

LOOP_OVER_PATHS = """
def two_paths(x, u, v, du, dv, dL_du, dL_dv):
    total = 0.0
    for inner, outer in ((du, dL_du), (dv, dL_dv)):
        total += inner(x) * outer(u(x), v(x))
    return total
"""

NAMED_RATES = """
def two_paths(x, u, v, du, dv, dL_du, dL_dv):
    p, q = u(x), v(x)
    through_u = dL_du(p, q) * du(x)
    through_v = dL_dv(p, q) * dv(x)
    return through_u + through_v
"""

ANSWERS = {
    "01.central_difference": Answers(
        right=[TWO_STEPS, MEAN_OF_BOTH_SIDES],
        wrong={
            "forward-difference": _difference("(f(x + h) - f(x)) / h"),
            "forgot-the-two": _difference("(f(x + h) - f(x - h)) / h"),
            "precedence": _difference("(f(x + h) - f(x - h)) / 2 * h"),
            "wrong-sign": _difference("(f(x - h) - f(x + h)) / (2 * h)"),
            "backward-difference": _difference("(f(x) - f(x - h)) / h"),
            "h-squared": _difference("(f(x + h) - f(x - h)) / (2 * h**2)"),
            "missing-parentheses": _difference("f(x + h) - f(x - h) / (2 * h)"),
            "not-divided": _difference("f(x + h) - f(x - h)"),
            "half-step": _difference("(f(x + h / 2) - f(x - h / 2)) / h"),
            "no-return": "def central_difference(f, x, h):\n    (f(x + h) - f(x - h)) / (2 * h)\n",
            "arguments": "def central_difference(f, x):\n    return (f(x + 0.1) - f(x - 0.1)) / 0.2\n",
        },
    ),
    "01.best_h": Answers(
        right=[
            _steps(),
            _steps("2e-8", "7e-6", "3e-3"),
            _steps("1e-7", "1e-6", "1e-2"),
            _steps("2e-9", "5e-5", "5e-4"),
        ],
        wrong={
            "not-positive": _steps("-8", "-5", "-3"),
            "machine-epsilon": _steps("2**-52", "2**-52", "2**-23"),
            "smaller-is-better": _steps("1e-15", "1e-15", "1e-15"),
            "mixed-up": [
                _steps("6e-6", "1.5e-8"),
                _steps(forward="(2**-52) ** (1 / 3)"),
                _steps(central="math.sqrt(2**-52)"),
                _steps(central32="math.sqrt(2**-23)"),
                _steps(central32="3.5e-4"),
                _steps(central="1e-8", central32="3e-4"),
            ],
            "double-for-single": [_steps(central32="6e-6"), _steps(central32="1e-8")],
            "truncation": _steps("0.1", "0.1", "0.2"),
            "missing": _steps(central32="..."),
            "wrong-type": _steps(forward="'1e-8'"),
        },
    ),
    "01.chain_by_hand": Answers(
        right=[
            _rates(),
            MEASURED_RATES,
            'rates = {"dL_da": -2.60, "da_dz": 0.359, "dz_dw": -1.5, "dL_dw": 1.40, "dL_db": -0.934}\n',
            'rates = {"dL_da": -2.60, "da_dz": 0.36, "dz_dw": -1.5, "dL_dw": 1.40, "dL_db": -0.936}\n',
        ],
        wrong={
            "forgot-the-two": [_rates(dL_da="a - t"), _rates(dL_da="a - t", dL_dw="1.401", dL_db="-0.9342")],
            "wrong-sign": _rates(dL_da="2 * (t - a)"),
            "value-for-derivative": _rates(da_dz="a"),
            "wrong-place": _rates(da_dz="1 - z**2"),
            "own-factor": _rates(dz_dw="w"),
            "stopped-early": _rates(dL_dw='r["dL_da"] * r["da_dz"]'),
            "no-outer": _rates(dL_dw='r["da_dz"] * r["dz_dw"]', dL_db='r["da_dz"]'),
            "added": _rates(
                dL_dw='r["dL_da"] + r["da_dz"] + r["dz_dw"]', dL_db='r["dL_da"] + r["da_dz"] + 1'
            ),
            "tanh-of-tanh": _rates(da_dz="1 - math.tanh(a) ** 2"),
            "kept-the-bias": _rates(dz_dw="x + b"),
            "skipped-tanh": [
                _rates(dL_dw='r["dL_da"] * r["dz_dw"]'),
                _rates(dL_dw='r["dL_da"] * r["dz_dw"]', dL_db='r["dL_da"]'),
            ],
            "bias-does-nothing": [_rates(dL_db="0"), _rates(dL_db="0.0")],
            "only-the-first-arrow": _rates(dL_db="1"),
            "same-as-w": _rates(dL_db='r["dL_dw"]'),
            "times-the-bias": _rates(dL_db='r["dL_da"] * r["da_dz"] * b'),
            "rounded-too-far": [
                _rates(dL_db="-0.93"),
                _rates(dL_db='r["dL_da"] * r["da_dz"] * 101 / 100'),
                'rates = {"dL_da": -2.6, "da_dz": 0.36, "dz_dw": -1.5, "dL_dw": 1.41, "dL_db": -0.94}\n',
            ],
            "missing": _rates(dL_db="..."),
        },
    ),
    "01.two_paths": Answers(
        right=[LOOP_OVER_PATHS, NAMED_RATES],
        wrong={
            "only-through-u": _paths("dL_du(u(x), v(x)) * du(x)"),
            "only-through-v": _paths("dL_dv(u(x), v(x)) * dv(x)"),
            "multiplied-the-paths": _paths("dL_du(u(x), v(x)) * du(x) * dL_dv(u(x), v(x)) * dv(x)"),
            "no-inner-rate": _paths("dL_du(u(x), v(x)) + dL_dv(u(x), v(x))"),
            "no-outer-rate": _paths("du(x) + dv(x)"),
            "crossed": _paths("dL_du(u(x), v(x)) * dv(x) + dL_dv(u(x), v(x)) * du(x)"),
            "evaluated-at-x": _paths("dL_du(x, x) * du(x) + dL_dv(x, x) * dv(x)"),
            "swapped-arguments": _paths("dL_du(v(x), u(x)) * du(x) + dL_dv(v(x), u(x)) * dv(x)"),
            "rates-at-values": _paths("dL_du(u(x), v(x)) * du(u(x)) + dL_dv(u(x), v(x)) * dv(v(x))"),
            "always-a-product": _paths("v(x) * du(x) + u(x) * dv(x)"),
            "values-for-outer-rates": _paths("u(x) * du(x) + v(x) * dv(x)"),
            "not-called": [
                _paths("dL_du * du + dL_dv * dv"),
                _paths("dL_du(u, v) * du(x) + dL_dv(u, v) * dv(x)"),
                _paths("dL_du(u(x), v(x)) * du + dL_dv(u(x), v(x)) * dv"),
                _paths("u * du + v * dv"),
            ],
            "one-value": _paths("dL_du(u(x)) * du(x) + dL_dv(v(x)) * dv(x)"),
            "arguments": "def two_paths(x, u, v, du, dv, dL_du, dL_dv, h):\n    return du(x)\n",
            "error": _paths("dL_du(u(x), v(x)) * du(x) + dL_dv(p, q) * dv(x)"),
        },
    ),
}
