"""Slips in one step of an optimizer, for 10.steps: `slip` makes of a wrong rule the path that it takes."""

from .comparing import compare
from .exercise import Mistake

# What each rule remembers
MEMORY = {"momentum": "v", "nesterov": "v", "adagrad": "s", "rmsprop": "v", "adam": "mv"}


def slip(*parts):
    """Decorates a wrong rule, step(c, w, g, states, lr, t) -> (w, states): it then gives all its steps."""

    def make(step):
        def path_of(case):
            import numpy as np

            if case["part"] not in parts:
                return None
            w, states, path = case["w"], (0 * case["w"], 0 * case["w"]), []
            with np.errstate(all="ignore"):
                for t, (g, lr) in enumerate(zip(case["gradients"], case["rates"], strict=True), 1):
                    w, states = step(case, w, g, states, lr, t)
                    path.append(w)
            return {"w": path, **dict(zip(MEMORY[case["part"]], states, strict=False))}

        return path_of

    return make


def adaptive(case, g, states, t, eps_inside=False, root=True, fresh=True):
    """(direction, new states) of the adaptive rules; the switches make them err."""
    if case["part"] == "adam":
        b1, b2 = case["b1"], case["b2"]
        states = b1 * states[0] + (1 - b1) * g, b2 * states[1] + (1 - b2) * g * g
        top, under = right(*states, b1, b2, t)
    else:
        keep, add = (1, 1) if case["part"] == "adagrad" else (case["alpha"], 1 - case["alpha"])
        new = keep * states[0] + add * g * g
        top, under, states = g, new if fresh else states[0], (new, new)
    eps = case["eps"]
    divisor = (under + eps) ** 0.5 if eps_inside else (under**0.5 if root else under) + eps
    return top / divisor, states


def right(m, v, b1, b2, t):
    return m / (1 - b1**t), v / (1 - b2**t)


def one_of(*slips):
    """Is the result the path of one of these slips?"""

    def when(case, got):
        paths = (path_of(case) for path_of in slips)
        return any(path is not None and compare(path, got) is None for path in paths)

    return when


def _velocity(update=lambda beta, v, g: beta * v + g, step=None, kept=True):
    """Momentum and Nesterov: `update` makes the new v, `step` the direction, if not that of the rule."""

    @slip("momentum", "nesterov")
    def rule(c, w, g, states, lr, t):
        beta, v = c["beta"], update(c["beta"], states[0], g)
        direction = v if c["part"] == "momentum" else g + beta * v
        if step is not None:
            direction = step(beta, v, g)
        return w - lr * direction, (v, v) if kept else states

    return rule


def _ahead(step):
    @slip("nesterov")
    def rule(c, w, g, states, lr, t):
        v = c["beta"] * states[0] + g
        return w - lr * step(c["beta"], v, g), (v, v)

    return rule


def _squares(square=lambda g: g * g, divisor=None, kept=True, swapped=False):
    """Adagrad and RMSprop; `divisor(root, eps)` stands in place of root + eps."""

    @slip("adagrad", "rmsprop")
    def rule(c, w, g, states, lr, t):
        keep, add = (1, 1) if c["part"] == "adagrad" else (c["alpha"], 1 - c["alpha"])
        s = keep * states[0] + add * square(g)
        under = s**0.5 + c["eps"] if divisor is None else divisor(s**0.5, c["eps"])
        w, s = w - lr * g / under, s if kept else states[0]
        return (s, (w, w)) if swapped else (w, (s, s))

    return rule


def _adam(correct=right, square=lambda g: g * g, step=None, swapped=False, kept=True, order=(0, 1)):
    """Adam; `step(m_hat, root, g, eps)` stands in place of its quotient."""

    @slip("adam")
    def rule(c, w, g, states, lr, t):
        b1, b2 = (c["b2"], c["b1"]) if swapped else (c["b1"], c["b2"])
        new = b1 * states[0] + (1 - b1) * g, b2 * states[1] + (1 - b2) * square(g)
        m_hat, v_hat = correct(*new, b1, b2, t)
        root, eps = v_hat**0.5, c["eps"]
        w = w - lr * (m_hat / (root + eps) if step is None else step(m_hat, root, g, eps))
        return w, tuple(new[k] for k in order) if kept else states

    return rule


@slip("momentum", "nesterov")
def _state_first(c, w, g, states, lr, t):
    v = c["beta"] * states[0] + g
    new = w - lr * (v if c["part"] == "momentum" else g + c["beta"] * v)
    return v, (new, new)


@slip("adagrad", "rmsprop", "adam")
def _eps_outside(c, w, g, states, lr, t):
    direction, states = adaptive({**c, "eps": 0}, g, states, t)
    return w - lr * direction + c["eps"], states


@slip("adagrad", "rmsprop", "adam")
def _eps_subtracted(c, w, g, states, lr, t):
    direction, states = adaptive({**c, "eps": 0}, g, states, t)
    return w - lr * direction - c["eps"], states


@slip("adagrad", "rmsprop", "adam")
def _no_eps(c, w, g, states, lr, t):
    direction, states = adaptive({**c, "eps": 0}, g, states, t)
    return w - lr * direction, states


@slip("adagrad", "rmsprop")
def _no_root_of_sizes(c, w, g, states, lr, t):
    """abs in place of the square, and no root: the same units, another mean."""
    keep, add = (1, 1) if c["part"] == "adagrad" else (c["alpha"], 1 - c["alpha"])
    s = keep * states[0] + add * abs(g)
    return w - lr * g / (s + c["eps"]), (s, s)


@slip("rmsprop")
def _never_fades(c, w, g, states, lr, t):
    v = states[0] + g * g
    return w - lr * g / (v**0.5 + c["eps"]), (v, v)


@slip("adam")
def _eps_before_correction(c, w, g, states, lr, t):
    b1, b2 = c["b1"], c["b2"]
    m, v = b1 * states[0] + (1 - b1) * g, b2 * states[1] + (1 - b2) * g * g
    root = (v**0.5 + c["eps"]) / (1 - b2**t) ** 0.5
    return w - lr * m / (1 - b1**t) / root, (m, v)


def _usual_numbers(case):
    """The right rule with the usual numbers in place of those that are given."""
    usual = [{"beta": 0.9, "alpha": alpha, "b1": 0.9, "b2": 0.999} for alpha in (0.9, 0.99)]
    return [rule({**case, **numbers}) for rule in (_velocity(), _squares(), _adam()) for numbers in usual]


def _sum(a):
    return a.sum()


def _mean(a):
    return a.mean()


def _shifted(by):
    return _adam(lambda m, v, b1, b2, t: right(m, v, b1, b2, t + by))


MORE = (
    Mistake("forgets",
            "Nothing of the earlier gradients is left in the step: use the new memory, and return it.",
            when=one_of(_velocity(step=lambda beta, v, g: g), _velocity(kept=False), _squares(kept=False),
                        _adam(kept=False))),
    Mistake("beta-misplaced", "Look at v ← βv + g: β belongs to the old v, and g comes in whole.",
            when=one_of(*(_velocity(update) for update in (
                lambda beta, v, g: v + g, lambda beta, v, g: beta * (v + g), lambda beta, v, g: v + beta * g,
                lambda beta, v, g: (1 - beta) * v + beta * g)))),
    Mistake("ahead-misread", "Nesterov's step is g + βv with the new v: look at each part of yours.",
            when=one_of(*(_ahead(step) for step in (
                lambda beta, v, g: g + v, lambda beta, v, g: v + beta * v, lambda beta, v, g: beta * v,
                lambda beta, v, g: v + beta * g)))),
    Mistake("no-eps", "ε is missing: it keeps the divisor away from 0.", _no_eps),
    Mistake("eps-outside", "ε joins the quotient, not its divisor: put brackets around √… + ε.",
            when=one_of(_eps_outside, _eps_subtracted)),
    Mistake("not-squared", "The memory that you divide by must gather squares, g².",
            when=one_of(*(kind(square=square) for kind in (_squares, _adam)
                          for square in (lambda g: g, abs)), _no_root_of_sizes)),
    Mistake("one-for-all", "Each entry has a memory of its own: sum or average over steps, not over entries.",
            when=one_of(*(kind(square=lambda g, a=a: 0 * g + a(g * g)) for kind in (_squares, _adam)
                          for a in (_sum, _mean)))),
    Mistake("adagrad-again", "That is Adagrad's sum, which never forgets: α fades the old v.", _never_fades),
    Mistake("eps-before-correction",
            "ε is added to √v, and both are corrected. Correct v first: √v̂ + ε.", _eps_before_correction),
    Mistake("undivided", "The division by the root is missing.",
            when=one_of(_squares(divisor=lambda root, eps: 1), _adam(step=lambda m, root, g, eps: m))),
    Mistake("memory-first", "Return w first, then its memory in the order of the arguments.",
            when=one_of(_state_first, _squares(swapped=True), _adam(order=(1, 0)))),
    Mistake("betas-swapped", "β₁ and β₂ are in each other's place.", _adam(swapped=True)),
    Mistake("half-corrected", "Only one of m and v is corrected. Both start at zero.",
            when=one_of(_adam(lambda m, v, b1, b2, t: (m / (1 - b1**t), v)),
                        _adam(lambda m, v, b1, b2, t: (m, v / (1 - b2**t))))),
    Mistake("multiplied", "You multiply by 1 − βᵗ. The means are too small: divide.",
            _adam(lambda m, v, b1, b2, t: (m * (1 - b1**t), v * (1 - b2**t)))),
    Mistake("power-misplaced", "It is 1 − βᵗ: only β has the power t.",
            when=one_of(_adam(lambda m, v, b1, b2, t: (m / (1 - b1) ** t, v / (1 - b2) ** t)),
                        _adam(lambda m, v, b1, b2, t: (m / (1 - b1 * t), v / (1 - b2 * t))))),
    Mistake("one-too-far", "Your power is one off: t is 1 in the first step.",
            when=one_of(_shifted(1), _shifted(-1))),
    Mistake("g-for-m", "The step goes along g. Adam's goes along m̂.",
            _adam(step=lambda m, root, g, eps: g / (root + eps))),
    Mistake("own-betas", "You use the usual numbers, 0.9 and the like. Use those that the rule is given.",
            when=lambda case, got: any(path is not None and compare(path, got) is None
                                       for path in _usual_numbers(case))),
)  # fmt: skip
