"""The exercises of notebook 01: derivatives and the chain rule.

The references that judge them stand in references01.py, the exercise 01.chain_by_hand in chain01.py.
"""

from . import chain01  # noqa: F401  (registers its exercise)
from .exercise import Exercise, Failure, Mistake, Wrong, register
from .formatting import number
from .references01 import (
    CHORDS,
    INNER,
    OUTER,
    difference_reference,
    function,
    measured_best,
    paths_reference,
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


# 01.best_h: the best step is measured, not assumed

_FACTOR = 8.0  # how far from the measured optimum an answer may lie: √(2⁻²³) is 9.2 away for central32
_ROOTS = {  # what the other balance gives
    "forward": (2**-52) ** (1 / 3),
    "central": (2**-52) ** (1 / 2),
    "central32": (2**-23) ** (1 / 2),
}


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
                "This is the root that belongs to the other quotient: which of the two has the smaller "
                "truncation error, and so can afford a larger step?",
                when=lambda case, h: 1 / 3 <= h / _ROOTS[case["part"]] <= 3),
        Mistake("double-for-single",
                "That is a step for doubles. In float32 every value is rounded 2²⁹ times more coarsely.",
                when=lambda case, h: case["part"] == "central32" and 1e-11 <= h < 1e-4),
        Mistake("truncation", "With so large a step the chord is visibly not the tangent: truncation wins.",
                when=lambda case, h: h >= 1e-2),
    ],
    hints=[
        "The total is truncation plus rounding. One falls with h, the other grows: where are they equal?",
        "Write the equation as in the text, now with h² in place of h. Ignore factors like 2.",
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


def _swapped(case):
    x = case["x"]
    u, v, du, dv, dL_du, dL_dv = _functions(case)
    return dL_du(v(x), u(x)) * du(x) + dL_dv(v(x), u(x)) * dv(x)


def _rates_at_values(case):
    x = case["x"]
    u, v, du, dv, dL_du, dL_dv = _functions(case)
    return dL_du(u(x), v(x)) * du(u(x)) + dL_dv(u(x), v(x)) * dv(v(x))


def _of_values(formula):
    """`formula(u, v, du, dv)`: what an answer gives that never asks for the rates of L."""

    def result(case):
        u, v, du, dv, _, _ = _functions(case)
        return formula(*(f(case["x"]) for f in (u, v, du, dv)))

    return result


def _calculates_with_functions(case, result):
    return (type(result) is Failure and result.type == "TypeError" and "function" in result.message
            and ("operand" in result.message or "must be real" in result.message))


def _gives_one_value(case, result):
    return (type(result) is Failure and result.type == "TypeError" and result.kind == "raised"
            and "missing 1 required" in result.message)


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
        Mistake("swapped-arguments", "The rates of L get the two values in the wrong order: first u, then v.",
                _swapped),
        Mistake("rates-at-values",
                "du and dv are taken at u(x) and v(x): they are the rates of u and v where x stands.",
                _rates_at_values),
        Mistake("always-a-product",
                "This is the product rule: right for L = u·v alone. How L moves, dL_du and dL_dv must say.",
                _of_values(lambda u, v, du, dv: v * du + u * dv)),
        Mistake("values-for-outer-rates",
                "You multiply each inner rate by its own value; the rate from u to L is not u.",
                _of_values(lambda u, v, du, dv: u * du + v * dv)),
        Mistake("not-called",
                "You calculate with the functions themselves: a number comes from a call, such as du(x).",
                when=_calculates_with_functions),
        Mistake("one-value", "dL_du and dL_dv want two values, u and v: L may move differently with each.",
                when=_gives_one_value),
    ],
    hints=[
        "Follow one path from x to L. What is the rate along it? Then the other path.",
        "The rate from u to L depends on where u and v stand: compute both values first.",
    ],
))
