"""04.xor_weights: nine numbers that make a 2-2-1 network compute XOR, judged by what the network answers."""

import math
from numbers import Real

from .exercise import Exercise, Mistake, Wrong, register
from .stubs import is_untouched

POINTS = ((0, 0), (0, 1), (1, 0), (1, 1))
SURE = 0.8
_SHAPES = {"w1": (2, 2), "b1": (2,), "w2": (2,), "b2": ()}


def _cases(rng):
    return [{"point": list(point)} for point in POINTS]


def _probe(weights, case):
    """The weights as plain lists, and what they answer, to be shown. (The judge computes that itself.)"""
    if is_untouched(weights):
        return ...
    if not isinstance(weights, dict):
        return {"weights": None}
    plain = {name: _plain(weights[name]) for name in _SHAPES}
    answer = {} if _shape_fault(plain) else {"answer": network(plain, case["point"])[1]}
    return {**answer, "weights": plain}


def _plain(value):
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return float(value) if isinstance(value, Real) else value


def network(weights, x):
    """(hidden values, output) of the network of the notebook."""
    h = [math.tanh(w[0] * x[0] + w[1] * x[1] + b) for w, b in zip(weights["w1"], weights["b1"], strict=True)]
    return h, math.tanh(sum(w * hi for w, hi in zip(weights["w2"], h, strict=True)) + weights["b2"])


def _shape_fault(weights):
    for name, shape in _SHAPES.items():
        if not _has_shape(weights.get(name), shape):
            form = {(2, 2): "two lists of two numbers", (2,): "two numbers", (): "one number"}[shape]
            return f"`{name}` must be {form}, filled in and finite."
    return None


def _has_shape(value, shape):
    if shape:
        return type(value) is list and len(value) == shape[0] and all(_has_shape(v, shape[1:]) for v in value)
    return type(value) in (int, float) and abs(value) < 1e100


def _judge(case, result):
    weights = result.get("weights") if type(result) is dict else None
    if type(weights) is not dict:
        return Wrong("wrong-type", "Expected is a dictionary with the keys w1, b1, w2 and b2.")
    fault = _shape_fault(weights)
    if fault:
        return Wrong("wrong-shape", fault)
    _, y = network(weights, case["point"])
    return None if _wanted(case["point"]) * y > SURE else Wrong(_kind(weights))


def _wanted(point):
    return 1 if sum(point) == 1 else -1


def _show(case):
    goal = "more than 0.8" if _wanted(case["point"]) > 0 else "less than −0.8"
    return f"x = {tuple(case['point'])}, wanted: {goal}"


def _signs(weights, points=POINTS):
    return tuple(network(weights, point)[1] > 0 for point in points)


def _kind(weights):
    """Which of the ways to miss XOR this is."""
    right = _signs(weights)
    if right in _XOR:
        return _XOR[right]
    if _XOR.get(_signs(weights, _MINUS_AND_PLUS)) == "not-sure":
        return "other-inputs"
    lines = [
        tuple(w[0] * x + w[1] * y + b > 0 for x, y in POINTS)
        for w, b in zip(weights["w1"], weights["b1"], strict=True)
    ]
    if any(w[0] == w[1] == 0 for w in weights["w1"]):
        return "no-line"
    if all(len(set(line)) == 1 for line in lines):
        return "lines-miss"
    opposite = tuple(not side for side in lines[0])
    if lines[1] in (lines[0], opposite) or any(len(set(line)) == 1 for line in lines):
        return "one-line"
    return _OTHERS.get(right, "combines")


_MINUS_AND_PLUS = tuple((2 * x - 1, 2 * y - 1) for x, y in POINTS)
_XOR = {(False, True, True, False): "not-sure", (True, False, False, True): "inverted"}
_OTHERS = {
    (False, True, True, True): "is-or",
    (False, False, False, True): "is-and",
    (True, True, True, False): "is-nand",
}
_REASONS = {
    "not-sure": "All four points are on the right side, but an answer is too weak: larger weights make "
    "steeper steps.",
    "inverted": "This is XOR turned round: yes where it should be no. Which signs would you flip?",
    "other-inputs": "These weights compute XOR of inputs −1 and 1. Here the inputs are 0 and 1.",
    "no-line": "A hidden neuron whose two weights are 0 has no line: it answers the same everywhere.",
    "lines-miss": "Neither hidden neuron separates the four points: both lines pass beside them. `b1` moves "
    "the lines.",
    "one-line": "The hidden neurons separate the points in one way only (both alike, or one not at all): "
    "that is one line, and one is too few.",
    "is-or": "This network computes OR: (1, 1) must come out as no. Which hidden neuron could veto it?",
    "is-and": "This network computes AND. XOR is yes for exactly one input, no for both.",
    "is-nand": "This network computes NAND, “not both”. For (0, 0) XOR is no, too.",
    "combines": "Two lines are there, but the output does not combine them to XOR. Where do the four points "
    "lie in the plane of (h₁, h₂)?",
}

register(Exercise(
    "04.xor_weights",
    "Weights that compute XOR",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=_show,
    reveal=False,
    mistakes=[Mistake(name, message) for name, message in _REASONS.items()],
    hints=[
        "Write XOR with questions that one line can answer: “at least one is 1” and “not both are 1”.",
        "For inputs 0 and 1, x₁ + x₂ is 0, 1 or 2. One line lies between 0 and 1, the other between 1 and 2.",
        "Multiply w and b of a hidden neuron by the same number: its line stays, its step gets steeper.",
    ],
))  # fmt: skip
