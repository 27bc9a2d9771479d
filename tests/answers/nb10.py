"""Right and wrong answers to the exercises of notebook 10 (those of the five steps and the race: steps10.py,
race10.py)."""

from tests.answers import Answers
from tests.answers.race10 import RACE
from tests.answers.steps10 import STEPS


def _bias(
    m="m / (1 - b1**t)",
    v="v / (1 - b2**t)",
    ratio="(1 - b1**t) / (1 - b2**t) ** 0.5",
    square="g**2",
    start=1,
):
    return (
        "def hats(gradients, b1, b2):\n    m = v = 0.0\n"
        f"    for t, g in enumerate(gradients, {start}):\n"
        f"        m = b1 * m + (1 - b1) * g\n        v = b2 * v + (1 - b2) * {square}\n"
        f"    return {m}, {v}\n\ndef too_large(t, b1, b2):\n    return {ratio}\n"
    )


BY_WEIGHTS = """
def hats(gradients, b1, b2):
    g = np.array(gradients)
    age = np.arange(len(g))[::-1]
    return [np.average(g, weights=b1**age), np.average(g * g, weights=b2**age)]

def too_large(t, b1, b2):
    m = v = 0.0
    for _ in range(t):
        m, v = b1 * m + (1 - b1), b2 * v + (1 - b2)
    return m / np.sqrt(v)
"""

KEPT = """
def hats(gradients, b1, b2):
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m = (b1 * m + (1 - b1) * g) / (1 - b1**t)
        v = (b2 * v + (1 - b2) * g * g) / (1 - b2**t)
    return m, v

def too_large(t, b1, b2):
    return (1 - b1**t) / (1 - b2**t) ** 0.5
"""

PLAIN_MEAN = """
def hats(gradients, b1, b2):
    g = np.array(gradients)
    return g.mean(), (g * g).mean()

def too_large(t, b1, b2):
    return (1 - b1**t) / (1 - b2**t) ** 0.5
"""


def _decay(
    l2="adam_step(w, g + decay * w, m, v, t, lr)", adamw="adam_step(w * (1 - lr * decay), g, m, v, t, lr)"
):
    return (
        f"def adam_l2(w, g, m, v, t, lr, decay):\n    return {l2}\n\n"
        f"def adamw(w, g, m, v, t, lr, decay):\n    return {adamw}\n"
    )


SUBTRACTED = """
def adam_l2(w, g, m, v, t, lr, decay):
    penalty_gradient = 2 * (decay / 2) * w
    w, m, v = adam_step(w, g + penalty_gradient, m, v, t, lr)
    return [w, m, v]

def adamw(w, g, m, v, t, lr, decay):
    new, m, v = adam_step(w, g, m, v, t, lr)
    return new - lr * decay * w, m, v
"""

WRITTEN_OUT = """
def adam_l2(w, g, m, v, t, lr, decay):
    return adamw(w, g + decay * w, m, v, t, lr, 0.0)

def adamw(w, g, m, v, t, lr, decay):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8) + decay * w
    return w - lr * step, m, v
"""

DECAYED_AFTER = """
def adam_l2(w, g, m, v, t, lr, decay):
    return adam_step(w, g + decay * w, m, v, t, lr)

def adamw(w, g, m, v, t, lr, decay):
    w, m, v = adam_step(w, g, m, v, t, lr)
    return w * (1 - lr * decay), m, v
"""

OLD_MEMORY = _decay("adam_step(w, g + decay * w, m, v, t, lr)[0], m, v")
L2_SHRUNK_AFTER = """
def adam_l2(w, g, m, v, t, lr, decay):
    w, m, v = adam_step(w, g, m, v, t, lr)
    return w * (1 - lr * decay), m, v

def adamw(w, g, m, v, t, lr, decay):
    return adam_step(w * (1 - lr * decay), g, m, v, t, lr)
"""
CHANGED_IN_PLACE = """
def adam_l2(w, g, m, v, t, lr, decay):
    g += decay * w
    return adam_step(w, g, m, v, t, lr)

def adamw(w, g, m, v, t, lr, decay):
    w *= 1 - lr * decay
    return adam_step(w, g, m, v, t, lr)
"""

ANSWERS = {
    **STEPS,
    **RACE,
    "10.bias_correction": Answers(
        right=[BY_WEIGHTS, _bias(), _bias(ratio="-np.expm1(t * np.log(b1)) / np.sqrt(1 - b2**t)")],
        wrong={
            "not-corrected": _bias("m", "v"),
            "no-power": _bias("m / (1 - b1)", "v / (1 - b2)"),
            "corrected-kept": KEPT,
            "multiplied": _bias("m * (1 - b1**t)", "v * (1 - b2**t)"),
            "not-squared": _bias(square="g"),
            "swapped": [
                _bias().replace("def hats(gradients, b1, b2)", "def hats(gradients, b2, b1)"),
                _bias(ratio="(1 - b2**t) / (1 - b1**t) ** 0.5"),
            ],
            "one-too-far": [
                _bias(start=0),
                _bias(start=2),
                _bias(ratio="(1 - b1 ** (t - 1)) / (1 - b2 ** (t - 1)) ** 0.5"),
                _bias(ratio="(1 - b1 ** (t + 1)) / (1 - b2 ** (t + 1)) ** 0.5"),
            ],
            "power-misplaced": [
                _bias("m / (1 - b1) ** t", "v / (1 - b2) ** t"),
                _bias("m / (1 - b1 * t)", "v / (1 - b2 * t)"),
                _bias(ratio="(1 - b1) ** t / (1 - b2) ** (t / 2)"),
                _bias(ratio="(1 - b1 * t) / np.sqrt(1 - b2 * t)"),
                _bias(ratio="(1 - b1 * t) / (1 - b2 * t) ** 0.5"),
            ],
            "negative-root": [
                _bias(ratio="(b1**t - 1) / np.sqrt(b2**t - 1)"),
                _bias(ratio="(b1**t - 1) / (b2**t - 1) ** 0.5"),
            ],
            "float32": [
                _bias(ratio="np.float32(1 - b1**t) / np.sqrt(np.float32(1 - b2**t))"),
                _bias("np.float32(m) / np.float32(1 - b1**t)", "np.float32(v) / np.float32(1 - b2**t)"),
            ],
            "half-corrected": [_bias(v="v"), _bias(m="m")],
            "one-beta": [_bias(v="v / (1 - b1**t)"), _bias(m="m / (1 - b2**t)")],
            "turned-round": _bias("v / (1 - b2**t)", "m / (1 - b1**t)"),
            "came-in-whole": _bias().replace("(1 - b1) * g", "g").replace("(1 - b2) * g**2", "g**2"),
            "plain-mean": PLAIN_MEAN,
            "root-over-all": _bias(ratio="np.sqrt((1 - b1**t) / (1 - b2**t))"),
            "v-forgotten": _bias(ratio="1 - b1**t"),
            "upside-down": _bias(ratio="(1 - b2**t) ** 0.5 / (1 - b1**t)"),
            "no-root": _bias(ratio="(1 - b1**t) / (1 - b2**t)"),
            "first-step-only": _bias(ratio="(1 - b1) / (1 - b2) ** 0.5"),
            "m-forgotten": _bias(ratio="1 / (1 - b2**t) ** 0.5"),
        },
    ),
    "10.adamw_vs_l2": Answers(
        right=[
            SUBTRACTED,
            WRITTEN_OUT,
            CHANGED_IN_PLACE,
            _decay(),
            _decay(adamw="np.stack(adam_step(w * (1 - lr * decay), g, m, v, t, lr))"),
        ],
        wrong={
            "coupled": _decay(adamw="adam_step(w, g + decay * w, m, v, t, lr)"),
            "decoupled": [
                _decay(l2="adam_step(w * (1 - lr * decay), g, m, v, t, lr)"),
                L2_SHRUNK_AFTER,
            ],
            "decay-after": DECAYED_AFTER,
            "no-rate": _decay(adamw="adam_step(w * (1 - decay), g, m, v, t, lr)"),
            "grows": [
                _decay(adamw="adam_step(w * (1 + lr * decay), g, m, v, t, lr)"),
                _decay(l2="adam_step(w, g - decay * w, m, v, t, lr)"),
            ],
            "rate-in-penalty": _decay(l2="adam_step(w, g + lr * decay * w, m, v, t, lr)"),
            "doubled": [
                _decay(l2="adam_step(w, g + 2 * decay * w, m, v, t, lr)"),
                _decay(adamw="adam_step(w * (1 - 2 * lr * decay), g, m, v, t, lr)"),
            ],
            "halved": [
                _decay(l2="adam_step(w, g + decay / 2 * w, m, v, t, lr)"),
                _decay(adamw="adam_step(w * (1 - lr * decay / 2), g, m, v, t, lr)"),
            ],
            "penalty-itself": [
                _decay(l2="adam_step(w, g + decay / 2 * w**2, m, v, t, lr)"),
                _decay(l2="adam_step(w, g + decay / 2 * np.sum(w**2), m, v, t, lr)"),
                _decay(l2="adam_step(w, g + decay * w**2, m, v, t, lr)"),
            ],
            "not-by-w": [
                _decay(l2="adam_step(w, g + decay, m, v, t, lr)"),
                _decay(l2="adam_step(w, g + decay * np.sign(w), m, v, t, lr)"),
                _decay(adamw="adam_step(w - lr * decay, g, m, v, t, lr)"),
            ],
            "both-at-once": [
                _decay(adamw="adam_step(w * (1 - lr * decay), g + decay * w, m, v, t, lr)"),
                _decay(l2="adam_step(w * (1 - lr * decay), g + decay * w, m, v, t, lr)"),
            ],
            "keeps-too-little": _decay(adamw="adam_step(w * lr * decay, g, m, v, t, lr)"),
            "old-memory": OLD_MEMORY,
            "float32": [
                _decay(l2="adam_step(w.astype('f4'), (g + decay * w).astype('f4'), m, v, t, lr)"),
                _decay(adamw="[a.astype('f4') for a in adam_step(w * (1 - lr * decay), g, m, v, t, lr)]"),
            ],
            "no-decay": [
                _decay(l2="adam_step(w, g, m, v, t, lr)"),
                _decay(adamw="adam_step(w, g, m, v, t, lr)"),
            ],
        },
    ),
}
