"""10.adamw_vs_l2: Adam with a penalty in the gradient, and with decay of the weights."""

from .exercise import Exercise, Mistake, register
from .precision import single_mistake_in_parts

_DECAYS = ("adam_l2", "adamw")
_BETAS, _EPS = (0.9, 0.999), 1e-8


def _decay_cases(rng):
    import numpy as np

    cases = []  # of two steps at least: in the first one Adam's length is lr, whatever the penalty
    for steps, shape in ((2, (1,)), (3, (1,)), (4, (3,)), (6, (2, 2))):
        for part in _DECAYS:
            draw = np.random.RandomState(rng.randrange(2**32))
            sizes = 10.0 ** draw.uniform(-2, 1, shape)
            cases.append({
                "part": part, "w": draw.uniform(0.5, 2, shape) * draw.choice([-1, 1], shape),
                "gradients": [sizes * draw.randn(*shape) for _ in range(steps)],
                "lr": round(draw.uniform(0.02, 0.2), 3), "decay": round(draw.uniform(0.1, 0.6), 3),
            })  # fmt: skip
    return cases


def _decay_probe(answer, case):
    from inspect import unwrap

    import numpy as np

    from .stubs import is_untouched

    rule = answer[_DECAYS.index(case["part"])]
    w, m, v = case["w"].copy(), np.zeros(case["w"].shape), np.zeros(case["w"].shape)
    path = []
    for t, g in enumerate(case["gradients"], 1):
        found = rule(w, g.copy(), m, v, t, case["lr"], case["decay"])
        if found is None or found is ...:
            return ... if is_untouched(unwrap(rule)) else None
        if getattr(found, "shape", ()) == (3, *case["w"].shape):
            found = list(found)
        if not isinstance(found, list | tuple) or len(found) != 3:
            raise ValueError(f"{case['part']} returns w, m, v, in this order")
        w, m, v = (np.array(part, float) if isinstance(part, list | tuple) else part for part in found)
        path.append(w.copy() if isinstance(w, np.ndarray) else w)
    return path


def _decay_reference(case):
    from .. import optim
    from ..tensor import Tensor

    w, path = Tensor(case["w"].copy()), []
    kind = optim.Adam if case["part"] == "adam_l2" else optim.AdamW
    optimizer = kind([w], lr=case["lr"], weight_decay=case["decay"])
    for g in case["gradients"]:
        w.grad = g.copy()
        optimizer.step()
        path.append(w.data.copy())
    return path


def _decayed(part, gradient=lambda g, w, d: g, before=lambda w, lr, d: w, after=lambda w, lr, d: w):
    """The path where Adam gets `gradient`, and w is changed before or after its step."""

    def path_of(case):
        import numpy as np

        if case["part"] != part:
            return None
        w, lr, decay, (b1, b2) = case["w"], case["lr"], case["decay"], _BETAS
        m, v, path = 0 * w, 0 * w, []
        with np.errstate(all="ignore"):
            for t, g in enumerate(case["gradients"], 1):
                g = gradient(g, w, decay)
                m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
                step = lr * (m / (1 - b1**t)) / ((v / (1 - b2**t)) ** 0.5 + _EPS)
                w = after(before(w, lr, decay) - step, lr, decay)
                path.append(w)
        return path

    return path_of


def _penalty(g, w, decay):
    return g + decay * w


def _shrunk(w, lr, decay):
    return w * (1 - lr * decay)


def _is(got, expected):
    from .comparing import compare

    return expected is not None and compare(expected, got) is None


def _one_of(*slips):
    return lambda case, got: any(_is(got, slip(case)) for slip in slips)


def _forgetful(part):
    """The path of one that is right but for m and v, which stay 0."""

    def path_of(case):
        if case["part"] != part:
            return None
        w, lr, decay, (b1, b2), path = case["w"], case["lr"], case["decay"], _BETAS, []
        for t, g in enumerate(case["gradients"], 1):
            g = g + decay * w if part == "adam_l2" else g
            m_hat, v_hat = (1 - b1) * g / (1 - b1**t), (1 - b2) * g * g / (1 - b2**t)
            w = w * (1 - lr * decay) if part == "adamw" else w
            w = w - lr * m_hat / (v_hat**0.5 + _EPS)
            path.append(w)
        return path

    return path_of


def _shown(case):
    """The smallest cases with all their numbers."""
    text = f"{case['part']}, lr = {case['lr']}, λ = {case['decay']}, {len(case['gradients'])} step(s)"
    if case["w"].size > 1:
        return f"{text}, w of shape {case['w'].shape}"
    gradients = ", ".join(f"{g[0]:.3g}" for g in case["gradients"])
    return f"{text}, w = {case['w'][0]:.3g}, g = {gradients}"


_GROWING = (
    _decayed("adamw", before=lambda w, lr, d: w * (1 + lr * d)),
    _decayed("adam_l2", lambda g, w, d: g - d * w),
)

register(Exercise(
    "10.adamw_vs_l2",
    "A penalty in the gradient, and decay of the weights",
    cases=_decay_cases,
    probe=_decay_probe,
    reference=_decay_reference,
    part=lambda case: case["part"],
    show=_shown,
    mistakes=[
        Mistake("coupled",
                "Your AdamW adds λw to the gradient, so Adam divides it by √v̂ with the rest: that is the "
                "penalty.", _decayed("adamw", _penalty)),
        Mistake("decoupled", "Your penalty shrinks the weights themselves: that is AdamW.",
                when=_one_of(_decayed("adam_l2", before=_shrunk), _decayed("adam_l2", after=_shrunk))),
        Mistake("decay-after", "You shrink the new weights. AdamW shrinks those from before the step.",
                _decayed("adamw", after=_shrunk)),
        Mistake("no-rate", "The weights shrink by λ a step. It should be lr · λ.",
                _decayed("adamw", before=lambda w, lr, d: w * (1 - d))),
        Mistake("grows", "The weights grow: the sign of the decay is wrong.",
                when=lambda case, got: any(_is(got, wrong(case)) for wrong in _GROWING)),
        Mistake("rate-in-penalty", "The penalty belongs to the loss: it knows of no rate, only of λ.",
                when=lambda case, got: case["part"] == "adam_l2"
                and _is(got, _decayed("adam_l2", lambda g, w, d: g + case["lr"] * d * w)(case))),
        Mistake("doubled", "That is 2λ. The gradient of λ/2 · ‖w‖² is λw, and the decay of w is lr · λw.",
                when=_one_of(_decayed("adam_l2", lambda g, w, d: g + 2 * d * w),
                             _decayed("adamw", before=lambda w, lr, d: w * (1 - 2 * lr * d)))),
        Mistake("halved", "The ½ of the penalty cancels with the 2 of the square: λw, not λ/2 · w.",
                when=_one_of(_decayed("adam_l2", lambda g, w, d: g + d / 2 * w),
                             _decayed("adamw", before=lambda w, lr, d: w * (1 - lr * d / 2)))),
        Mistake("penalty-itself", "You add the penalty. What joins the gradient is its derivative.",
                when=_one_of(*(_decayed("adam_l2", gradient) for gradient in (
                    lambda g, w, d: g + d / 2 * w * w, lambda g, w, d: g + d * w * w,
                    lambda g, w, d: g + d / 2 * (w * w).sum())))),
        Mistake("not-by-w", "A large weight decays by more than a small one: λ is multiplied by w.",
                when=_one_of(_decayed("adam_l2", lambda g, w, d: g + d),
                             _decayed("adam_l2", lambda g, w, d: g + d * (w / abs(w))),
                             _decayed("adamw", before=lambda w, lr, d: w - lr * d))),
        Mistake("both-at-once", "You do both, penalty and decay. Each of the two has one of them.",
                when=_one_of(*(_decayed(part, _penalty, _shrunk) for part in _DECAYS))),
        Mistake("keeps-too-little", "Only lr · λ of the weight is left. What is taken away is lr · λ of it.",
                _decayed("adamw", before=lambda w, lr, d: w * lr * d)),
        Mistake("old-memory", "You return m and v as they came in. adam_step gives the new ones.",
                when=_one_of(*map(_forgetful, _DECAYS))),
        Mistake("no-decay", "This is Adam alone: λ has no effect.",
                when=lambda case, got: _is(got, _decayed(case["part"])(case))),
        single_mistake_in_parts(_decay_reference),
    ],
    hints=[
        "Both call adam_step once. They differ in what they give it.",
        "The gradient of λ/2 · ‖w‖² is λw. Where does it go in the first? And in the second?",
    ],
))  # fmt: skip
