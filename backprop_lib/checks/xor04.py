"""04.xor_weights: nine numbers that make a 2-2-1 network compute XOR, judged by what the network answers."""

import math

from .exercise import Exercise, Mistake, Wrong, register
from .formatting import number
from .stubs import is_untouched

POINTS = ((0, 0), (0, 1), (1, 0), (1, 1))
SURE = 0.8
_SHAPES = {"w1": (2, 2), "b1": (2,), "w2": (2,), "b2": ()}


def _cases(rng):
    return [{"point": list(point)} for point in POINTS]


def _probe(weights, case):
    """The weights as plain lists. (The network is computed by the judge.)"""
    if is_untouched(weights):
        return ...
    return {"x": case["point"], "weights": {name: _plain(weights[name]) for name in _SHAPES}}


def _plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def network(weights, x):
    """(hidden values, output) of the network of the notebook."""
    h = [math.tanh(w[0] * x[0] + w[1] * x[1] + b) for w, b in zip(weights["w1"], weights["b1"], strict=True)]
    return h, math.tanh(sum(w * hi for w, hi in zip(weights["w2"], h, strict=True)) + weights["b2"])


def _shape_fault(weights):
    for name, shape in _SHAPES.items():
        if not _has_shape(weights.get(name), shape):
            form = {(2, 2): "two lists of two numbers", (2,): "two numbers", (): "one number"}[shape]
            return f"`{name}` must be {form}."
    return None


def _has_shape(value, shape):
    if shape:
        return type(value) is list and len(value) == shape[0] and all(_has_shape(v, shape[1:]) for v in value)
    return type(value) in (int, float) and abs(value) < 1e6


def _judge(case, result):
    weights = result.get("weights") if type(result) is dict else None
    if type(weights) is not dict:
        return Wrong("wrong-type", "A dictionary with w1, b1, w2 and b2 is expected.")
    fault = _shape_fault(weights)
    if fault:
        return Wrong("wrong-shape", fault)
    _, y = network(weights, case["point"])
    wanted = 1 if sum(case["point"]) == 1 else -1
    if wanted * y > SURE:
        return None
    goal = "more than 0.8" if wanted > 0 else "less than −0.8"
    said = f"the network answers {number(y, 3)}, wanted is {goal}"
    return Wrong(_kind(weights), _REASONS[_kind(weights)], difference=said)


def _kind(weights):
    """Which of the ways to miss XOR this is."""
    right = tuple(network(weights, point)[1] > 0 for point in POINTS)
    if right in _XOR:
        return _XOR[right]
    lines = [
        tuple(w[0] * x + w[1] * y + b > 0 for x, y in POINTS)
        for w, b in zip(weights["w1"], weights["b1"], strict=True)
    ]
    if all(len(set(line)) == 1 for line in lines):
        return "lines-miss"
    opposite = tuple(not side for side in lines[0])
    if lines[1] in (lines[0], opposite) or any(len(set(line)) == 1 for line in lines):
        return "one-line"
    return _OTHERS.get(right, "combines")


_XOR = {(False, True, True, False): "not-sure", (True, False, False, True): "inverted"}
_OTHERS = {
    (False, True, True, True): "is-or",
    (False, False, False, True): "is-and",
}
_REASONS = {
    "not-sure": "All four points are on the right side, but one answer is too weak: larger weights make "
    "steeper steps.",
    "inverted": "This is XOR turned round: yes where it should be no. Which signs would you flip?",
    "lines-miss": "Neither hidden neuron separates the four points: both lines pass beside them. `b1` moves "
    "the lines.",
    "one-line": "The hidden neurons separate the points in one way only (both alike, or one not at all): "
    "that is one line, and one is too few.",
    "is-or": "This network computes OR: (1, 1) must come out as no. Which hidden neuron could veto it?",
    "is-and": "This network computes AND. XOR is yes for exactly one input, no for both.",
    "combines": "Two lines are there, but the output does not combine them to XOR. Where do the four points "
    "lie in the plane of (h₁, h₂)?",
}

register(Exercise(
    "04.xor_weights",
    "Weights that compute XOR",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=lambda case: f"x = {tuple(case['point'])}",
    reveal=False,
    mistakes=[Mistake(name, message) for name, message in _REASONS.items()],
    hints=[
        "Write XOR with questions that one line can answer: “at least one is 1” and “not both are 1”.",
        "For inputs 0 and 1, x₁ + x₂ is 0, 1 or 2. One line lies between 0 and 1, the other between 1 and 2.",
        "Multiply w and b of a hidden neuron by the same number: its line stays, its step gets steeper.",
    ],
))  # fmt: skip
