"""Right and wrong answers to 10.steps."""

from tests.answers import Answers

_HEADS = {
    "momentum": "w, g, v, lr, beta",
    "nesterov": "w, g, v, lr, beta",
    "adagrad": "w, g, s, lr, eps",
    "rmsprop": "w, g, v, lr, alpha, eps",
    "adam": "w, g, m, v, t, lr, b1, b2, eps",
}
_BODIES = {
    "momentum": "v = beta * v + g\n    return w - lr * v, v",
    "nesterov": "v = beta * v + g\n    return w - lr * (g + beta * v), v",
    "adagrad": "s = s + g * g\n    return w - lr * g / (np.sqrt(s) + eps), s",
    "rmsprop": "v = alpha * v + (1 - alpha) * g * g\n    return w - lr * g / (np.sqrt(v) + eps), v",
    "adam": "m = b1 * m + (1 - b1) * g\n    v = b2 * v + (1 - b2) * g * g\n"
    "    a, b = m / (1 - b1**t), v / (1 - b2**t)\n    return w - lr * a / (np.sqrt(b) + eps), m, v",
}


def _steps(**bodies):
    """The answer with some rules replaced: an old piece of its body -> a new one, or a whole body."""
    text = ""
    for name, head in _HEADS.items():
        body = bodies.get(name, _BODIES[name])
        if isinstance(body, dict):
            ((old, new),) = body.items()
            assert old in _BODIES[name]
            body = _BODIES[name].replace(old, new)
        text += f"def {name}({head}):\n    {body}\n\n"
    return text


IN_PLACE = """
def momentum(w, g, v, lr, beta):
    v *= beta
    v += g
    w -= lr * v
    return w, v

def nesterov(w, g, v, lr, beta):
    v *= beta
    v += g
    return [w - lr * g - lr * beta * v, v]

def adagrad(w, g, s, lr, eps):
    s += g**2
    w -= lr / (eps + s**0.5) * g
    return w, s

def rmsprop(w, g, v, lr, alpha, eps):
    v += (1 - alpha) * (g**2 - v)
    return w - lr * g / (eps + np.sqrt(v)), v

def adam(w, g, m, v, t, lr, b1, b2, eps):
    m += (1 - b1) * (g - m)
    v += (1 - b2) * (g**2 - v)
    root = np.sqrt(1 - b2**t)
    w -= lr * root / (1 - b1**t) * m / (np.sqrt(v) + eps * root)
    return [w, m, v]
"""

ENTRY_BY_ENTRY = _steps(
    momentum="flat = [beta * a + b for a, b in zip(v.ravel(), g.ravel())]\n"
    "    v = np.array(flat).reshape(v.shape)\n    return (w - lr * v).tolist(), v.tolist()"
)

STACKED = _steps(
    momentum="v = beta * v + g\n    return np.stack([w - lr * v, v])",
    adam=_BODIES["adam"].replace("return ", "return np.stack([") + "])",
)
SINGLE = "w, g = w.astype('f4'), g.astype('f4')\n    "
V_KEPT_ELSEWHERE = _steps(
    momentum="global kept\n    kept = beta * (kept if v.any() else 0 * v) + g\n"
    "    return w - lr * kept, np.ones_like(v)"
)

STEPS = {
    "10.steps": Answers(
        right=[_steps(), IN_PLACE, ENTRY_BY_ENTRY, STACKED],
        wrong={
            "uphill": [
                _steps(momentum={"w - lr": "w + lr"}),
                _steps(nesterov={"w - lr": "w + lr"}),
                _steps(adagrad={"w - lr": "w + lr"}),
                _steps(adam={"w - lr": "w + lr"}),
            ],
            "looks-ahead": _steps(momentum=_BODIES["nesterov"]),
            "plain-momentum": [
                _steps(nesterov=_BODIES["momentum"]),
                _steps(nesterov="new = beta * v + g\n    return w - lr * (g + beta * v), new"),
            ],
            "averaged": [
                _steps(momentum={"+ g\n": "+ (1 - beta) * g\n"}),
                _steps(nesterov={"+ g\n": "+ (1 - beta) * g\n"}),
            ],
            "rate-in-velocity": [
                _steps(momentum="v = beta * v + lr * g\n    return w - v, v"),
                _steps(nesterov="v = beta * v + lr * g\n    return w - lr * g - beta * v, v"),
            ],
            "old-velocity": _steps(momentum="return w - lr * v, beta * v + g"),
            "old-squares": [
                _steps(adagrad="return w - lr * g / (np.sqrt(s) + eps), s + g * g"),
                _steps(rmsprop="return w - lr * g / (np.sqrt(v) + eps), alpha * v + (1 - alpha) * g * g"),
            ],
            "eps-in-root": [
                _steps(adagrad={"(np.sqrt(s) + eps)": "np.sqrt(s + eps)"}),
                _steps(rmsprop={"(np.sqrt(v) + eps)": "np.sqrt(v + eps)"}),
                _steps(adam={"(np.sqrt(b) + eps)": "np.sqrt(b + eps)"}),
            ],
            "no-root": [
                _steps(adagrad={"np.sqrt(s)": "s"}),
                _steps(rmsprop={"np.sqrt(v)": "v"}),
                _steps(adam={"np.sqrt(b)": "b"}),
            ],
            "only-last": _steps(adagrad={"s = s + g * g": "s = g * g"}),
            "sum-not-mean": _steps(rmsprop={"(1 - alpha) * g": "g"}),
            "shares-swapped": _steps(rmsprop={"alpha * v + (1 - alpha) * g": "(1 - alpha) * v + alpha * g"}),
            "no-correction": _steps(adam={"m / (1 - b1**t), v / (1 - b2**t)": "m, v"}),
            "no-power": _steps(adam={"m / (1 - b1**t), v / (1 - b2**t)": "m / (1 - b1), v / (1 - b2)"}),
            "corrected-kept": _steps(adam={"eps), m, v": "eps), a, b"}),
            "forgets": [
                _steps(momentum={"w - lr * v, v": "w - lr * g, v"}),
                _steps(momentum="return w - lr * (beta * v + g), v"),
                _steps(nesterov="new = beta * v + g\n    return w - lr * (g + beta * new), v"),
                _steps(
                    rmsprop="new = alpha * v + (1 - alpha) * g * g\n"
                    "    return w - lr * g / (np.sqrt(new) + eps), v"
                ),
                _steps(
                    adam=_BODIES["adam"]
                    .replace("m = b1", "n = b1")
                    .replace("a, b = m", "a, b = n")
                    .replace("v = b2", "u = b2")
                    .replace("t), v /", "t), u /")
                ),
            ],
            "beta-misplaced": [
                _steps(momentum={"beta * v + g": "v + g"}),
                _steps(momentum={"beta * v + g": "beta * (v + g)"}),
                _steps(nesterov={"v = beta * v + g": "v = (1 - beta) * v + beta * g"}),
            ],
            "ahead-misread": [
                _steps(nesterov={"(g + beta * v)": "(g + v)"}),
                _steps(nesterov={"(g + beta * v)": "(v + beta * v)"}),
                _steps(nesterov={"(g + beta * v)": "beta * v"}),
            ],
            "no-eps": [
                _steps(adagrad={"(np.sqrt(s) + eps)": "np.sqrt(s)"}),
                _steps(adam={"(np.sqrt(b) + eps)": "np.sqrt(b)"}),
            ],
            "eps-outside": [
                _steps(rmsprop={"(np.sqrt(v) + eps)": "np.sqrt(v) + eps"}),
                _steps(adam={"lr * a / (np.sqrt(b) + eps)": "(lr * a / np.sqrt(b) + eps)"}),
            ],
            "not-squared": [
                _steps(adagrad={"g * g": "g"}),
                _steps(adagrad={"g * g": "abs(g)"}),
                _steps(rmsprop={"(1 - alpha) * g * g": "(1 - alpha) * g"}),
                _steps(adam={"(1 - b2) * g * g": "(1 - b2) * g"}),
                _steps(adagrad="s = s + abs(g)\n    return w - lr * g / (s + eps), s"),
            ],
            "undivided": [
                _steps(adagrad={" / (np.sqrt(s) + eps)": ""}),
                _steps(adam={" / (np.sqrt(b) + eps)": ""}),
            ],
            "memory-first": [
                _steps(momentum={"w - lr * v, v": "v, w - lr * v"}),
                _steps(adam={"eps), m, v": "eps), v, m"}),
            ],
            "betas-swapped": _steps(
                adam=_BODIES["adam"].replace("b1", "b0").replace("b2", "b1").replace("b0", "b2")
            ),
            "half-corrected": [
                _steps(adam={"v / (1 - b2**t)": "v"}),
                _steps(adam={"m / (1 - b1**t)": "m"}),
            ],
            "multiplied": _steps(
                adam={"m / (1 - b1**t), v / (1 - b2**t)": "m * (1 - b1**t), v * (1 - b2**t)"}
            ),
            "power-misplaced": [
                _steps(adam={"m / (1 - b1**t), v / (1 - b2**t)": "m / (1 - b1)**t, v / (1 - b2)**t"}),
                _steps(adam={"m / (1 - b1**t), v / (1 - b2**t)": "m / (1 - b1 * t), v / (1 - b2 * t)"}),
            ],
            "one-too-far": _steps(adam={"a, b = m": "t += 1\n    a, b = m"}),
            "adagrad-again": _steps(rmsprop={"alpha * v + (1 - alpha) * g": "v + g"}),
            "eps-before-correction": [
                _steps(
                    adam="m = b1 * m + (1 - b1) * g\n    v = b2 * v + (1 - b2) * g * g\n"
                    "    root = (np.sqrt(v) + eps) / np.sqrt(1 - b2**t)\n"
                    "    return w - lr * m / (1 - b1**t) / root, m, v"
                ),
            ],
            "own-betas": [
                _steps(adam=_BODIES["adam"].replace("b1", "0.9").replace("b2", "0.999")),
                _steps(momentum={"beta * v": "0.9 * v"}),
                _steps(rmsprop=_BODIES["rmsprop"].replace("alpha", "0.99")),
            ],
            "one-for-all": [
                _steps(adagrad={"g * g": "np.sum(g * g)"}),
                _steps(rmsprop={"(1 - alpha) * g * g": "(1 - alpha) * np.mean(g * g)"}),
                _steps(adam={"(1 - b2) * g * g": "(1 - b2) * np.mean(g * g)"}),
            ],
            "other-memory": [
                V_KEPT_ELSEWHERE,
                _steps(
                    adagrad="global kept\n    kept = (kept if s.any() else 0 * s) + g * g\n"
                    "    return w - lr * g / (np.sqrt(kept) + eps), s + 1"
                ),
            ],
            "float32": [
                _steps(
                    momentum=SINGLE
                    + _BODIES["momentum"].replace(
                        "return w - lr * v, v", "return (w - lr * v).astype('f4'), v.astype('f4')"
                    )
                ),
                _steps(adam=SINGLE + _BODIES["adam"]),
            ],
            "g-for-m": _steps(adam={"lr * a": "lr * g"}),
            "wrong-type": [
                _steps(adam={"eps), m, v": "eps)"}),
                _steps(momentum={"lr * v, v": "lr * v"}),
            ],
            "missing": _steps(adam="...", rmsprop="..."),
        },
    ),
}
