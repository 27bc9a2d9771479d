"""The exercises of notebook 01: derivatives and the chain rule.

The references that judge them stand in references01.py.
"""

import math

from .exercise import Exercise, Mistake, Wrong, register
from .formatting import number
from .references01 import (
    CHORDS,
    INNER,
    OUTER,
    difference_reference,
    function,
    measured_best,
    paths_reference,
    rates_reference,
)

# 01.central_difference


def _difference_cases(rng):
    cases = [{"f": "cubic", "c": [0.0, 0.0, 0.0, 1.0], "x": 2.0, "h": 0.5}]
    for f in ("cubic", "sin", "exp", "cubic", "sin"):
        c = [round(rng.uniform(-2, 2), 2) for _ in range(3)] + [rng.choice((-1, 1)) * rng.uniform(0.5, 2)]
        place = {"x": rng.uniform(0.4, 1.2), "h": rng.uniform(0.1, 0.4)}
        cases.append({"f": f, "c": c if f == "cubic" else [], **place})
    return cases


def _difference_mistake(name, message, formula):
    """`formula(right, here, left, h)` is what the mistake gives from f(x + h), f(x), f(x − h)."""

    def result(case):
        f, x, h = function(case), case["x"], case["h"]
        return formula(f(x + h), f(x), f(x - h), h)

    return Mistake(name, message, result)


def _show_difference(case):
    x, h = number(case["x"]), number(case["h"])
    if case["f"] != "cubic":
        return f"central_difference(math.{case['f']}, x={x}, h={h})"
    powers = ("", "·x", "·x²", "·x³")
    terms = [f"({number(c, 4)}){p}" for c, p in zip(case["c"], powers, strict=True) if c]
    return f"f(x) = {' + '.join(terms)}, x={x}, h={h}"


register(Exercise(
    "01.central_difference",
    "The slope of a chord around x",
    cases=_difference_cases,
    probe=lambda answer, case: answer(function(case), case["x"], case["h"]),
    reference=difference_reference,
    show=_show_difference,
    mistakes=[
        _difference_mistake(
            "forward-difference",
            "This is the one-sided difference: your chord starts at x, so x is its end, not its middle.",
            lambda right, here, left, h: (right - here) / h),
        _difference_mistake(
            "forgot-the-two",
            "Your slope is twice too steep: the chord from x − h to x + h is wider than h.",
            lambda right, here, left, h: (right - left) / h),
        _difference_mistake(
            "precedence",
            "`/ 2 * h` divides by 2 and then multiplies by h: Python goes from left to right.",
            lambda right, here, left, h: (right - left) / 2 * h),
        _difference_mistake(
            "wrong-sign",
            "The sign is turned round: rise is the value on the right minus the value on the left.",
            lambda right, here, left, h: (left - right) / (2 * h)),
        _difference_mistake(
            "backward-difference",
            "This is the one-sided difference to the left: your chord ends at x.",
            lambda right, here, left, h: (here - left) / h),
        _difference_mistake(
            "h-squared",
            "You divide by h twice: rise over run has the run once.",
            lambda right, here, left, h: (right - left) / (2 * h * h)),
        _difference_mistake(
            "missing-parentheses",
            "Only f(x − h) is divided: without parentheses `/` comes before the `-` in front of it.",
            lambda right, here, left, h: right - left / (2 * h)),
        _difference_mistake(
            "not-divided",
            "This is the rise alone: a slope is rise over run.",
            lambda right, here, left, h: right - left),
        Mistake(
            "half-step",
            "A central difference, but its ends lie h/2 away: here h is the distance to each side.",
            lambda case: difference_reference({**case, "h": case["h"] / 2})),
    ],
    hints=[
        "A chord has two ends. Which two points lie at the same distance on either side of x?",
        "Rise is the difference of two values of f. Run is the distance between the two points.",
        "The run from x − h to x + h is not h.",
    ],
))


# 01.chain_by_hand: the numbers stand in the notebook

_NEURON = {"x": 1.5, "w": -0.4, "b": 1.0, "t": 1.0}
_RATES = ("dL_da", "da_dz", "dz_dw", "dL_dw", "dL_db")


def _rates_mistake(name, message, change):
    """`change(rates, z, a, case)` puts the mistake into the five rates; products follow where it says so."""

    def result(case):
        rates = {part: rates_reference({**case, "part": part}) for part in _RATES}
        z = case["w"] * case["x"] + case["b"]
        wrong = {**rates, **change(rates, z, math.tanh(z), case)}
        return wrong[case["part"]]

    return Mistake(name, message, result)


def _through(rates, **changed):
    """The local rates with some of them changed, and the products that follow from them."""
    r = {**rates, **changed}
    return {**changed, "dL_dw": r["dL_da"] * r["da_dz"] * r["dz_dw"], "dL_db": r["dL_da"] * r["da_dz"]}


register(Exercise(
    "01.chain_by_hand",
    "Five rates of one neuron",
    cases=lambda rng: [{"part": part, **_NEURON} for part in _RATES],
    probe=lambda answer, case: answer[case["part"]],
    reference=rates_reference,
    part=lambda case: case["part"],
    show=lambda case: f'rates["{case["part"]}"]',
    reveal=False,
    rtol=2e-3,  # three digits by hand are enough
    mistakes=[
        _rates_mistake(
            "forgot-the-two", "∂L/∂a is half of what it should be: squaring brings down a factor.",
            lambda r, z, a, case: _through(r, dL_da=a - case["t"])),
        _rates_mistake(
            "wrong-sign", "The sign of ∂L/∂a is turned round: L contains a − t, not t − a.",
            lambda r, z, a, case: _through(r, dL_da=2 * (case["t"] - a))),
        _rates_mistake(
            "value-for-derivative",
            "∂a/∂z is not a itself: the value of tanh is one thing, its slope another.",
            lambda r, z, a, case: _through(r, da_dz=a)),
        _rates_mistake(
            "wrong-place", "You took 1 − z²: the slope of tanh is 1 minus the square of its *value*.",
            lambda r, z, a, case: _through(r, da_dz=1 - z * z)),
        _rates_mistake(
            "own-factor", "∂z/∂w is not w: hold x still and ask how fast w·x grows with w.",
            lambda r, z, a, case: _through(r, dz_dw=case["w"])),
        _rates_mistake(
            "stopped-early", "∂L/∂w stops at z: one rate is still missing, the one from w to z.",
            lambda r, z, a, case: {"dL_dw": r["dL_da"] * r["da_dz"]}),
        _rates_mistake(
            "no-outer", "The outermost rate is missing: you have how fast a moves, not how fast L moves.",
            lambda r, z, a, case: {"dL_dw": r["da_dz"] * r["dz_dw"], "dL_db": r["da_dz"]}),
        _rates_mistake(
            "added", "You add the rates. One after another, rates multiply, like gears.",
            lambda r, z, a, case: {
                "dL_dw": r["dL_da"] + r["da_dz"] + r["dz_dw"],
                "dL_db": r["dL_da"] + r["da_dz"] + 1,
            }),
    ],
    hints=[
        "Go one arrow at a time: w → z → a → L. Each arrow has its own rate.",
        "The three local rates: a square, a tanh, a straight line. The table above has each of them.",
        "For ∂L/∂w multiply the three local rates. For ∂L/∂b only the first arrow is another one.",
    ],
))


# 01.best_h: the best step is measured, not assumed

_FACTOR = 30.0  # how far from the measured optimum an answer may lie


def _near(h, part):
    return measured_best(part) / _FACTOR <= h <= measured_best(part) * _FACTOR


def _judge_step(case, h):
    if type(h) not in (int, float):
        return Wrong("wrong-type", "This should be a number, for instance 1e-3.")
    if h > 0 and _near(h, case["part"]):
        return None
    side = "large" if h > measured_best(case["part"]) else "small"
    return Wrong("wrong", f"This step is too {side}: its error is far above the smallest one.")


register(Exercise(
    "01.best_h",
    "Predict the best step",
    cases=lambda rng: [{"part": part} for part in CHORDS],
    probe=lambda answer, case: answer[case["part"]],
    judge=_judge_step,
    part=lambda case: case["part"],
    show=lambda case: f'best_h["{case["part"]}"]',
    reveal=False,
    mistakes=[
        Mistake("not-positive", "A step is a positive number: write 1e-3 for 10⁻³, not −3.",
                when=lambda case, h: h <= 0),
        Mistake("machine-epsilon",
                "This is ε itself. At h = ε, x + h is the very next number: the rise is one rounding step.",
                when=lambda case, h: any(0.8 <= h / epsilon <= 1.2 for epsilon in (2**-52, 2**-23))),
        Mistake("smaller-is-better",
                "So small a step leaves almost no digits in the difference: you divide rounding error by h.",
                when=lambda case, h: 0 < h < 1e-11),
        Mistake("mixed-up",
                "This step suits the other quotient: which of the two has the smaller truncation error, "
                "and so can afford a larger step?",
                when=lambda case, h: _near(h, {"forward": "central", "central": "forward"}[case["part"]])),
        Mistake("double-for-single",
                "That is a step for doubles. In float32 every value is rounded 2²⁹ times more coarsely.",
                when=lambda case, h: case["part"] == "central32" and 1e-11 <= h < 1e-4),
        Mistake("truncation", "With so large a step the chord is visibly not the tangent: truncation wins.",
                when=lambda case, h: h >= 1e-2),
    ],
    hints=[
        "The total is truncation plus rounding. One falls with h, the other grows: where are they equal?",
        "One-sided: h and ε/h are equal at a root of ε. Central: h² and ε/h. Ignore factors like 2.",
        "For float32 nothing changes but ε: 2⁻²³.",
    ],
))


# 01.two_paths


def _path_cases(rng):
    cases = [{"x": 2.0, "u": "square", "v": "cube", "L": "u·v"}]
    for L in (*OUTER, *OUTER):
        u, v = rng.sample(sorted(INNER), 2)
        cases.append({"x": rng.uniform(0.4, 1.4), "u": u, "v": v, "L": L})
    return cases


def _functions(case):
    """u, v, their rates, and the two rates of L: what the answer is given after x."""
    (u, du), (v, dv), (_, dL_du, dL_dv) = INNER[case["u"]], INNER[case["v"]], OUTER[case["L"]]
    return lambda x: u(x).real, lambda x: v(x).real, du, dv, dL_du, dL_dv


def _numbers(case):
    """du/dx, dv/dx, ∂L/∂u, ∂L/∂v at the point."""
    u, v, du, dv, dL_du, dL_dv = _functions(case)
    x = case["x"]
    return du(x), dv(x), dL_du(u(x), v(x)), dL_dv(u(x), v(x))


def _at_x(case):
    x = case["x"]
    _, _, du, dv, dL_du, dL_dv = _functions(case)
    return dL_du(x, x) * du(x) + dL_dv(x, x) * dv(x)


def _path_mistake(name, message, formula):
    return Mistake(name, message, lambda case: formula(*_numbers(case)))


def _show_paths(case):
    return f"L = {case['L']} with u = {case['u']}(x), v = {case['v']}(x), x = {number(case['x'])}"


register(Exercise(
    "01.two_paths",
    "One number, two roads",
    cases=_path_cases,
    probe=lambda answer, case: answer(case["x"], *_functions(case)),
    reference=paths_reference,
    show=_show_paths,
    mistakes=[
        _path_mistake("only-through-u", "Only the path through u is there. x also moves v, and v moves L.",
                      lambda du, dv, Lu, Lv: Lu * du),
        _path_mistake("only-through-v", "Only the path through v is there. x also moves u, and u moves L.",
                      lambda du, dv, Lu, Lv: Lv * dv),
        _path_mistake("multiplied-the-paths", "Rates along one path multiply, but the two paths add.",
                      lambda du, dv, Lu, Lv: Lu * du * Lv * dv),
        _path_mistake("no-inner-rate", "The inner rates are missing: this says how L moves with u and v.",
                      lambda du, dv, Lu, Lv: Lu + Lv),
        _path_mistake("no-outer-rate", "The outer rates are missing: this says how u and v move, not L.",
                      lambda du, dv, Lu, Lv: du + dv),
        _path_mistake("crossed", "The paths are crossed: the rate from u to L goes with that from x to u.",
                      lambda du, dv, Lu, Lv: Lu * dv + Lv * du),
        Mistake("evaluated-at-x", "∂L/∂u and ∂L/∂v are taken at (x, x): L sees u(x), v(x), never x.", _at_x),
    ],
    hints=[
        "Follow one path from x to L. What is the rate along it? Then the other path.",
        "The rate from u to L depends on where u and v stand: compute both values first.",
    ],
))
