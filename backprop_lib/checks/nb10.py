"""The exercises of notebook 10: bias correction; steps10.py, decay10.py and race10.py have the others."""

from . import decay10, race10, steps10  # noqa: F401  (register the others)
from .exercise import Exercise, Mistake, register
from .precision import single_mistake_in_parts

# Means that start at zero


def _bias_cases(rng):
    cases = []
    for n in (1, 2, 5, 9):
        b1, b2 = round(rng.uniform(0.7, 0.9), 3), round(rng.uniform(0.92, 0.99), 3)
        gradients = [rng.uniform(0.3, 2) * rng.choice((-1, 1)) for _ in range(n)]
        cases.append({"part": "hats", "gradients": gradients, "b1": b1, "b2": b2})
        cases.append({"part": "too_large", "t": n, "gradients": gradients, "b1": b1, "b2": b2})
    return sorted(cases, key=lambda case: case["part"])


def _bias_probe(answer, case):
    from inspect import unwrap

    import numpy as np

    from .stubs import is_untouched

    hats, too_large = answer
    with np.errstate(all="ignore"):  # a slip may take the root of what is negative
        if case["part"] == "hats":
            found = hats(list(case["gradients"]), case["b1"], case["b2"])
        else:
            found = too_large(case["t"], case["b1"], case["b2"])
    if found is None or found is ...:
        return ... if is_untouched(unwrap(hats if case["part"] == "hats" else too_large)) else None
    if case["part"] != "hats":
        return float("nan" if isinstance(found, complex) else found)  # Python's root of what is negative
    m, v = found
    return [float(m), float(v)]


def _means(case):
    """m, v, m̂ and v̂ as weighted sums over all gradients, by their definition and not step by step."""
    gradients, found = case["gradients"], []
    for beta, power in ((case["b1"], 1), (case["b2"], 2)):
        weights = [beta ** (len(gradients) - k) for k in range(1, len(gradients) + 1)]
        total = sum(w * g**power for w, g in zip(weights, gradients, strict=True))
        found.append(((1 - beta) * total, total / sum(weights)))
    (m, m_hat), (v, v_hat) = found
    return m, v, m_hat, v_hat


def _bias_reference(case):
    m, v, m_hat, v_hat = _means(case)
    return [m_hat, v_hat] if case["part"] == "hats" else (m / v**0.5) / (m_hat / v_hat**0.5)


def _walk(case, correct, kept=False, square=True, swapped=False):
    """m̂ and v̂ step by step; the switches make it err."""
    b1, b2 = (case["b2"], case["b1"]) if swapped else (case["b1"], case["b2"])
    m = v = m_hat = v_hat = 0.0
    for t, g in enumerate(case["gradients"], 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * (g * g if square else g)
        m_hat, v_hat = correct(m, v, b1, b2, t)
        if kept:
            m, v = m_hat, v_hat
    return [m_hat, v_hat]


def _both(m, v, b1, b2, t):
    return m / (1 - b1**t), v / (1 - b2**t)


def _hats(correct=_both, **how):
    return lambda case: _walk(case, correct, **how) if case["part"] == "hats" else None


def _ratio(formula):
    return lambda case: formula(case["b1"], case["b2"], case["t"]) if case["part"] == "too_large" else None


def _times_t(b1, b2, t):
    """1 − βt for 1 − βᵗ: what stands under the root is negative, but for t = 1."""
    return (1 - b1 * t) / (1 - b2 * t) ** 0.5 if b2 * t < 1 else float("nan")


def _one_of(*slips):
    from .comparing import compare

    def when(case, got):
        found = (slip(case) for slip in slips)
        return any(wrong is not None and compare(wrong, got) is None for wrong in found)

    return when


def _plain_means(case):
    gradients = case["gradients"]
    n = len(gradients)
    return [sum(gradients) / n, sum(g * g for g in gradients) / n] if case["part"] == "hats" else None


def _sums(case):
    """Means whose gradients came in whole."""
    m_hat, v_hat = _means(case)[2:]
    b1, b2 = case["b1"], case["b2"]
    return [m_hat / (1 - b1), v_hat / (1 - b2)] if case["part"] == "hats" else None


def _off_by_one(case, got):
    from .comparing import compare

    n, b1, b2 = len(case["gradients"]), case["b1"], case["b2"]
    m, v, _, _ = _means(case)
    for t in (n - 1, n + 1):
        if t == 0:
            continue
        wrong = [m / (1 - b1**t), v / (1 - b2**t)]
        if case["part"] == "too_large":
            wrong = (1 - b1**t) / (1 - b2**t) ** 0.5
        if compare(wrong, got) is None:
            return True
    return getattr(got, "type", "") == "ZeroDivisionError" and n == 1


register(Exercise(
    "10.bias_correction",
    "Adam's start at zero",
    cases=_bias_cases,
    probe=_bias_probe,
    reference=_bias_reference,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']} after {len(case['gradients'])} gradient(s), β₁ = {case['b1']}, "
    f"β₂ = {case['b2']}",
    mistakes=[
        Mistake("not-corrected", "These are m and v themselves, which started at zero.",
                _hats(lambda m, v, b1, b2, t: (m, v))),
        Mistake("no-power", "You divide by 1 − β. The weights of t gradients add up to 1 − β to the power t.",
                _hats(lambda m, v, b1, b2, t: (m / (1 - b1), v / (1 - b2)))),
        Mistake("corrected-kept", "The corrected means went back into the running means. Correct at the end.",
                _hats(kept=True)),
        Mistake("multiplied", "You multiply by 1 − βᵗ. The means are too small: divide.",
                _hats(lambda m, v, b1, b2, t: (m * (1 - b1**t), v * (1 - b2**t)))),
        Mistake("not-squared", "v is a mean of the squares g², yours is one of g.", _hats(square=False)),
        Mistake("swapped", "β₁ and β₂ are in each other's place.",
                when=_one_of(_hats(swapped=True),
                             _ratio(lambda b1, b2, t: (1 - b2**t) / (1 - b1**t) ** 0.5))),
        Mistake("one-too-far", "Your power is one off: after the first gradient t is 1.",
                when=_off_by_one),
        Mistake("power-misplaced", "The power t belongs to β alone: 1 − βᵗ.",
                when=_one_of(
                    _hats(lambda m, v, b1, b2, t: (m / (1 - b1) ** t, v / (1 - b2) ** t)),
                    _hats(lambda m, v, b1, b2, t: (m / (1 - b1 * t), v / (1 - b2 * t))),
                    _ratio(lambda b1, b2, t: (1 - b1) ** t / (1 - b2) ** (t / 2)), _ratio(_times_t))),
        Mistake("negative-root", "What stands under your root is negative. 1 − βᵗ is not.",
                when=_one_of(_ratio(lambda b1, b2, t: float("nan")))),
        Mistake("half-corrected", "Only one of m and v is corrected. Both start at zero.",
                when=_one_of(_hats(lambda m, v, b1, b2, t: (m / (1 - b1**t), v)),
                             _hats(lambda m, v, b1, b2, t: (m, v / (1 - b2**t))))),
        Mistake("one-beta", "Each mean has a β of its own, in its correction as well.",
                when=_one_of(_hats(lambda m, v, b1, b2, t: (m / (1 - b1**t), v / (1 - b1**t))),
                             _hats(lambda m, v, b1, b2, t: (m / (1 - b2**t), v / (1 - b2**t))))),
        Mistake("turned-round", "Asked is m̂ first, then v̂.",
                when=_one_of(_hats(lambda m, v, b1, b2, t: _both(m, v, b1, b2, t)[::-1]))),
        Mistake("came-in-whole", "Each gradient comes in with the share 1 − β, yours came in whole.", _sums),
        Mistake("plain-mean", "You weigh all gradients alike. Older ones fade by β a step.", _plain_means),
        Mistake("root-over-all", "The root is that of v alone; m has none.",
                _ratio(lambda b1, b2, t: ((1 - b1**t) / (1 - b2**t)) ** 0.5)),
        Mistake("v-forgotten", "v is too small as well, and makes the step larger.",
                _ratio(lambda b1, b2, t: 1 - b1**t)),
        Mistake("upside-down", "That is corrected by uncorrected: turn the quotient over.",
                _ratio(lambda b1, b2, t: (1 - b2**t) ** 0.5 / (1 - b1**t))),
        Mistake("no-root", "The step divides by the root of v, so the share of v comes in under a root.",
                _ratio(lambda b1, b2, t: (1 - b1**t) / (1 - b2**t))),
        Mistake("first-step-only", "That holds at t = 1 only. How much weight have t gradients together?",
                _ratio(lambda b1, b2, t: (1 - b1) / (1 - b2) ** 0.5)),
        Mistake("m-forgotten", "m is too small as well, and makes the step smaller.",
                _ratio(lambda b1, b2, t: 1 / (1 - b2**t) ** 0.5)),
        single_mistake_in_parts(_bias_reference),
    ],
    hints=[
        "Run m ← β₁m + (1 − β₁)g over all gradients from m = 0, and likewise v with g². Divide at the end.",
        "The uncorrected step is lr · m / √v. Write m = (1 − β₁ᵗ) m̂ and v = (1 − β₂ᵗ) v̂ into it.",
    ],
))  # fmt: skip
