"""04.perceptron_rule: one pass of Rosenblatt's rule over some examples."""

from .comparing import compare
from .exercise import Exercise, Mistake, register
from .formatting import number as shown
from .values04 import listed, number


def _pass_cases(rng):
    cases = [
        {"w": [0.0, 0.0], "b": 0.0, "xs": [[1.0, 2.0]], "ts": [1]},
        {"w": [0.0, 0.0], "b": 1.0, "xs": [[1.0, 2.0]], "ts": [0]},
        {"w": [2.0, -1.0], "b": 0.0, "xs": [[1.0, 2.0]], "ts": [0]},  # z = 0 counts as 0: no mistake
        {"w": [0.0, 0.0], "b": 0.0, "xs": [[1.0, 2.0], [3.0, 1.0], [2.0, -4.0]], "ts": [1, 1, 0]},
    ]
    for _ in range(6):
        n_in, n = rng.randint(1, 4), rng.randint(3, 8)
        cases.append({
            "w": [float(rng.randint(-3, 3)) for _ in range(n_in)],
            "b": float(rng.randint(-2, 2)),
            "xs": [[float(rng.randint(-4, 4)) for _ in range(n_in)] for _ in range(n)],
            "ts": [rng.randint(0, 1) for _ in range(n)],
        })  # fmt: skip
    return cases


def _pass_probe(one_pass, case):
    result = one_pass(case["w"], case["b"], case["xs"], case["ts"])
    if not isinstance(result, (list, tuple)) or len(result) != 3:
        return list(result) if isinstance(result, tuple) else result
    w, b, mistakes = result
    return [listed(w), number(b), number(mistakes)]


def _simulate(
    case, *, step=lambda t, y, z: t - y, stale=False, forgets="", at_zero=0, first=None, signed=False
):
    """One pass of the rule, or of one that errs in the way that is asked for."""
    start = w, b = list(case["w"]), case["b"]
    found = 0
    for x, t in list(zip(case["xs"], case["ts"], strict=True))[:first]:
        decide_w, decide_b = start if stale else (w, b)
        z = sum(wi * xi for wi, xi in zip(decide_w, x, strict=True)) + decide_b
        y = 1 if z > 0 else 0 if z < 0 else at_zero
        move = step(t, y, z)
        found += t - y if signed else y != t
        if "w" not in forgets:
            w = [wi + move * (1 if "x" in forgets else xi) for wi, xi in zip(w, x, strict=True)]
        b += 0 if "b" in forgets else move
    return [w, b, found]


def _asks_again(case):
    """w moves first; then the perceptron is asked a second time, for b, and a third time, for the count."""
    w, b, found = list(case["w"]), case["b"], 0

    def error(x, t):
        return t - (1 if sum(wi * xi for wi, xi in zip(w, x, strict=True)) + b > 0 else 0)

    for x, t in zip(case["xs"], case["ts"], strict=True):
        found += error(x, t) != 0
        first = error(x, t)
        w = [wi + first * xi for wi, xi in zip(w, x, strict=True)]
        b += error(x, t)
    return [w, b, found]


def _is_asked_again(case, got):
    return compare(_asks_again(case)[:2], got[:2]) is None


def _is_scaled(case, got):
    """Steps of another length: by a learning rate, or because targets and answers are −1 and 1."""
    return any(
        compare(_simulate(case, step=lambda t, y, z, rate=rate: rate * (t - y)), got) is None
        for rate in (0.01, 0.1, 0.5, 2)
    )


def _is_miscounted(case, got):
    w, b, found = _simulate(case)
    return compare([w, b], got[:2]) is None and type(got[2]) in (int, float) and got[2] != found


def _is_delta_rule(case, got):
    """The error is taken from z. (How many mistakes it then counts does not matter.)"""
    return compare(_simulate(case, step=lambda t, y, z: t - z)[:2], got[:2]) is None


def _has_no_count(case, got):
    return len(got) == 2


def _goes_on(case, got):
    return got[2] > len(case["ts"])


def _erring(**how):
    return lambda case: _simulate(case, **how)


register(Exercise(
    "04.perceptron_rule",
    "One pass of the perceptron rule",
    cases=_pass_cases,
    probe=_pass_probe,
    reference=_simulate,
    show=lambda case: f"w = {case['w']}, b = {shown(case['b'])}, xs = {case['xs']}, ts = {case['ts']}",
    mistakes=[
        Mistake("away",
                "You move away from the right answer: an answer of 0 that should be 1 needs a larger z.",
                _erring(step=lambda t, y, z: y - t)),
        Mistake("one-way-only",
                "You add at every mistake. An answer of 1 that should be 0 needs a smaller z: subtract.",
                _erring(step=lambda t, y, z: abs(t - y))),
        Mistake("target-for-error",
                "You add t·x. Where t is 0 that moves nothing, though the answer 1 was wrong.",
                _erring(step=lambda t, y, z: t if y != t else 0)),
        Mistake("z-for-y", "The error is t − y: y is the answer 0 or 1, not z.", when=_is_delta_rule),
        Mistake("stale",
                "All examples meet the w and b of the beginning. Each must meet those of the one before.",
                _erring(stale=True)),
        Mistake("stops-early", "You stop after the first example: is `return` inside the loop?",
                _erring(first=1)),
        Mistake("goes-on", "More mistakes than examples: one pass meets each example once.", when=_goes_on),
        Mistake("bias-forgotten",
                "Where it should move, the bias stays. It is the weight of an input that is always 1.",
                _erring(forgets="b")),
        Mistake("weights-unmoved",
                "The weights stay as they were. (`wi += …` changes the name wi, not the entry of the list.)",
                _erring(forgets="w")),
        Mistake("scaled",
                "Your steps are longer or shorter: without a learning rate, t − y is 1, 0 or −1.",
                when=_is_scaled),
        Mistake("asks-again",
                "You ask the perceptron again after w has moved. w and b move by the same error.",
                when=_is_asked_again),
        Mistake("without-x",
                "You add the error to every weight. Each weight moves by the error times its input.",
                _erring(forgets="x")),
        Mistake("zero-fires", "At z = 0 the answer is 0: only z > 0 gives 1.", _erring(at_zero=1)),
        Mistake("signed-count",
                "You add up the errors t − y, and a +1 and a −1 cancel. Count the mistakes.",
                _erring(signed=True)),
        Mistake("miscounted",
                "w and b are right, the third number is not: count the examples that were answered wrongly.",
                when=_is_miscounted),
        Mistake("no-count", "Two things come back. Three are asked: w, b and the number of mistakes.",
                when=_has_no_count),
    ],
    hints=[
        "Go through the pairs with zip(xs, ts). First ask the perceptron, with w and b as they are now.",
        "The error t − y is 0, 1 or −1. If it is not 0: which way must z move, and which inputs carry that?",
        "The bias is moved as if it were the weight of an input 1.",
    ],
))  # fmt: skip
