"""10.steps: one step of five optimizers, judged over several steps with random gradients."""

from .exercise import Exercise, Mistake, register
from .precision import single_mistake_in_parts
from .slips10 import MEMORY, MORE, adaptive, right, slip

_PARTS = ("momentum", "nesterov", "adagrad", "rmsprop", "adam")
_CLASSES = ("Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")


def _cases(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    cases = []
    for steps, shape in ((1, (2,)), (2, (2,)), (4, (2, 3))):
        for part in _PARTS:
            draw = np.random.RandomState(rng.randrange(2**32))
            how = {"beta": 0.9, "alpha": 0.9, "b1": 0.8, "b2": 0.95}
            how = {key: round(value + draw.uniform(-0.04, 0.04), 3) for key, value in how.items()}
            cases.append({
                "part": part, "w": draw.randn(*shape),
                "gradients": [_gradient(draw, shape) for _ in range(steps)],
                "rates": [round(draw.uniform(0.05, 0.3), 3) for _ in range(steps)],
                "eps": round(draw.uniform(0.05, 0.2), 3), **how,
            })  # fmt: skip
    return cases


def _gradient(draw, shape):
    """Random signs, and sizes away from 0."""
    return draw.uniform(0.5, 2, shape) * draw.choice([-1, 1], shape)


def _arguments(case, t):
    """What a rule is given in step t, from 1, after w, g and the state."""
    lr, eps = case["rates"][t - 1], case["eps"]
    return {
        "momentum": (lr, case["beta"]),
        "nesterov": (lr, case["beta"]),
        "adagrad": (lr, eps),
        "rmsprop": (lr, case["alpha"], eps),
        "adam": (t, lr, case["b1"], case["b2"], eps),
    }[case["part"]]


def _probe(answer, case):
    import inspect

    import numpy as np

    from .stubs import is_untouched

    rule = answer[_PARTS.index(case["part"])]
    names = MEMORY[case["part"]]
    count = len(names)
    w, states = case["w"].copy(), [np.zeros(case["w"].shape) for _ in range(count)]
    path = []
    for t, g in enumerate(case["gradients"], 1):
        with np.errstate(all="ignore"):  # a slip may take the root of what is negative
            found = rule(w, g.copy(), *states, *_arguments(case, t))
        if found is None or found is ...:
            return ... if is_untouched(inspect.unwrap(rule)) else None
        if getattr(found, "shape", ()) == (1 + count, *case["w"].shape):
            found = list(found)
        if not isinstance(found, list | tuple) or len(found) != 1 + count:
            raise ValueError(f"{case['part']} returns {', '.join('w' + names)}, in this order")
        w, *states = (np.array(part, float) if isinstance(part, list | tuple) else part for part in found)
        path.append(w.copy() if isinstance(w, np.ndarray) else w)  # the rule may go on to change it
    return {"w": path, **dict(zip(names, states, strict=True))}


def _reference(case):
    """The same steps by the library; the memory as a weighted sum, by its definition."""
    from .. import optim
    from ..tensor import Tensor

    w = Tensor(case["w"].copy())
    how = {
        "momentum": {"beta": case["beta"]},
        "nesterov": {"beta": case["beta"]},
        "adagrad": {"eps": case["eps"]},
        "rmsprop": {"alpha": case["alpha"], "eps": case["eps"]},
        "adam": {"betas": (case["b1"], case["b2"]), "eps": case["eps"]},
    }[case["part"]]
    optimizer = getattr(optim, _CLASSES[_PARTS.index(case["part"])])([w], lr=1.0, **how)
    path = []
    for g, optimizer.lr in zip(case["gradients"], case["rates"], strict=True):
        w.grad = g.copy()
        optimizer.step()
        path.append(w.data.copy())
    return {"w": path, **_memory(case)}


def _memory(case):
    """name -> the sum of all g or g², older ones faded, each with its share."""
    keep, share, power = {
        "momentum": ([case["beta"]], [1], [1]),
        "nesterov": ([case["beta"]], [1], [1]),
        "adagrad": ([1], [1], [2]),
        "rmsprop": ([case["alpha"]], [1 - case["alpha"]], [2]),
        "adam": ([case["b1"], case["b2"]], [1 - case["b1"], 1 - case["b2"]], [1, 2]),
    }[case["part"]]
    ages = range(len(case["gradients"]))[::-1]
    return {
        name: s * sum(k**age * g**p for age, g in zip(ages, case["gradients"], strict=True))
        for name, k, s, p in zip(MEMORY[case["part"]], keep, share, power, strict=True)
    }


@slip("adagrad", "rmsprop", "adam")
def _eps_in_root(c, w, g, states, lr, t):
    direction, states = adaptive(c, g, states, t, eps_inside=True)
    return w - lr * direction, states


@slip("adagrad", "rmsprop", "adam")
def _no_root(c, w, g, states, lr, t):
    direction, states = adaptive(c, g, states, t, root=False)
    return w - lr * direction, states


@slip("adagrad", "rmsprop")
def _old_squares(c, w, g, states, lr, t):
    direction, states = adaptive(c, g, states, t, fresh=False)
    return w - lr * direction, states


@slip("momentum")
def _old_velocity(c, w, g, states, lr, t):
    v = c["beta"] * states[0] + g
    return w - lr * states[0], (v, v)


@slip("momentum")
def _looks_ahead(c, w, g, states, lr, t):
    v = c["beta"] * states[0] + g
    return w - lr * (g + c["beta"] * v), (v, v)


@slip("nesterov")
def _plain_momentum(c, w, g, states, lr, t):
    v = c["beta"] * states[0] + g
    return w - lr * v, (v, v)


@slip("momentum", "nesterov")
def _averaged(c, w, g, states, lr, t):
    v = c["beta"] * states[0] + (1 - c["beta"]) * g
    return w - lr * (v if c["part"] == "momentum" else g + c["beta"] * v), (v, v)


@slip("momentum", "nesterov")
def _rate_in_velocity(c, w, g, states, lr, t):
    v = c["beta"] * states[0] + lr * g
    return w - (v if c["part"] == "momentum" else lr * g + c["beta"] * v), (v, v)


@slip("adagrad")
def _only_last(c, w, g, states, lr, t):
    return w - lr * g / (abs(g) + c["eps"]), (g * g, g * g)


@slip("rmsprop")
def _sum(c, w, g, states, lr, t):
    v = c["alpha"] * states[0] + g * g
    return w - lr * g / (v**0.5 + c["eps"]), (v, v)


@slip("rmsprop")
def _shares_swapped(c, w, g, states, lr, t):
    v = (1 - c["alpha"]) * states[0] + c["alpha"] * g * g
    return w - lr * g / (v**0.5 + c["eps"]), (v, v)


def _adam(correct, kept=False):
    @slip("adam")
    def rule(c, w, g, states, lr, t):
        b1, b2 = c["b1"], c["b2"]
        m, v = b1 * states[0] + (1 - b1) * g, b2 * states[1] + (1 - b2) * g * g
        m_hat, v_hat = correct(m, v, b1, b2, t)
        w = w - lr * m_hat / (v_hat**0.5 + c["eps"])
        return w, (m_hat, v_hat) if kept else (m, v)

    return rule


def _moves_uphill(case, got):
    """The gradients do not depend on w here, so uphill is the path mirrored at its start."""
    import numpy as np

    mirrored = [2 * case["w"] - w for w in _reference(case)["w"]]
    return np.shape(got["w"]) == np.shape(mirrored) and bool(np.allclose(got["w"], mirrored, 1e-9))


def _only_memory_differs(case, got):
    from .comparing import compare, plain

    return compare(plain(_reference(case)["w"]), got["w"]) is None


def _shown(case):
    """The first cases with the numbers that a step by hand needs; the memory starts at 0."""
    part, steps, shape = case["part"], len(case["rates"]), case["w"].shape
    if len(shape) > 1:
        return f"{part}, {steps} steps, w of shape {shape}"
    names = {"momentum": ["beta"], "nesterov": ["beta"], "adagrad": ["eps"], "rmsprop": ["alpha", "eps"],
             "adam": ["b1", "b2", "eps"]}[part]  # fmt: skip
    numbers = ", ".join(f"{name} = {case[name]:g}" for name in names)
    entries = ["[" + ", ".join(f"{x:.3g}" for x in a) + "]" for a in (case["w"], *case["gradients"])]
    rates = ", then ".join(f"{rate:g}" for rate in case["rates"])
    return f"{part}: w = {entries[0]}, g = {', then '.join(entries[1:])}; lr = {rates}; {numbers}"


register(Exercise(
    "10.steps",
    "One step of five optimizers",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    part=lambda case: case["part"],
    show=_shown,
    mistakes=[
        Mistake("uphill", "The step goes with the gradient. Descent subtracts it.", when=_moves_uphill),
        Mistake("looks-ahead", "Your momentum looks ahead: that is Nesterov's step. Plain momentum takes v.",
                _looks_ahead),
        Mistake("plain-momentum",
                "Your Nesterov step is plain momentum: β must multiply the new v, in which g is already.",
                _plain_momentum),
        Mistake("averaged", "You add (1 − β)g to βv. Here v takes in the whole gradient.", _averaged),
        Mistake("rate-in-velocity",
                "The rate is inside v. With a constant rate that is the same; when the rate changes, old "
                "steps keep the old one.", _rate_in_velocity),
        Mistake("old-velocity", "The step uses v as it was before this gradient came in.", _old_velocity),
        Mistake("old-squares", "The step divides by what was known before this gradient: take in g² first.",
                _old_squares),
        Mistake("eps-in-root", "ε stands inside the root. It is added after the root.", _eps_in_root),
        Mistake("no-root", "You divide by the squares themselves: the root is missing.", _no_root),
        Mistake("only-last",
                "Only the last gradient counts. Adagrad adds up the squares of all: return the sum, too.",
                _only_last),
        Mistake("sum-not-mean", "Your v is a fading sum: g² comes in with the share (1 − α).", _sum),
        Mistake("shares-swapped", "The shares are swapped: α stays with the old v.", _shares_swapped),
        Mistake("no-correction", "m and v go in as they are. Both start at zero and are too small at first.",
                _adam(lambda m, v, b1, b2, t: (m, v))),
        Mistake("no-power", "You divide by 1 − β at every step. It is 1 − β to the power of t.",
                _adam(lambda m, v, b1, b2, t: (m / (1 - b1), v / (1 - b2)))),
        Mistake("corrected-kept",
                "You return the corrected m̂ and v̂. The next step goes on from the plain m and v.",
                _adam(right, kept=True)),
        *MORE,
        Mistake("other-memory",
                "Every w is right, but what you return as memory is not what the rule remembers.",
                when=_only_memory_differs),
        single_mistake_in_parts(_reference),
    ],
    hints=[
        "Each rule is two or three lines: first the new state, then the new w that uses it.",
        "Check the step that the report shows by hand: from a memory of zeros, v of momentum is g.",
        "Adam's m is a mean of g, its v a mean of g². Correct copies of them; return them uncorrected.",
    ],
))  # fmt: skip
