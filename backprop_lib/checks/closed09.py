"""09.batchnorm_closed: the gradient of batch norm in one formula. The reference is numerical."""

from .exercise import Exercise, Mistake, register
from .precision import single_mistake


def _cases(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    generator = np.random.RandomState(rng.randrange(2**32))
    cases = []
    for N, D in ((3, 1), (4, 2), (5, 3), (7, 4)):
        x, g = generator.randn(N, D) * 2 + 1, generator.randn(N, D)
        cases.append({"x": x, "g": g, "gamma": generator.uniform(0.5, 2, D), "eps": rng.uniform(0.01, 0.5)})
    return cases


def statistics(case):
    """(x̂, σ) of the batch."""
    import numpy as np

    centred = case["x"] - case["x"].mean(axis=0)
    sigma = np.sqrt((centred**2).mean(axis=0) + case["eps"])
    return centred / sigma, sigma


def _probe(batchnorm_dx, case):
    answer = batchnorm_dx(case["g"], *statistics(case)[:1], case["gamma"], statistics(case)[1])
    return as_array(answer)


def as_array(answer):
    """Lists of numbers as an array of floats; anything else as it is."""
    import numpy as np

    if type(answer) not in (list, tuple):
        return answer
    try:
        array = np.array(answer)
    except ValueError:  # lists of unequal lengths
        return answer
    return array.astype(float) if array.dtype.kind in "fiu" else answer


def _reference(case):
    """By complex step, through the forward pass: no backward pass takes part."""
    import numpy as np

    x, step = case["x"], 1e-30
    gradient = np.empty_like(x)
    for entry in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[entry] += 1j * step
        centred = moved - moved.mean(axis=0)
        y = case["gamma"] * centred / np.sqrt((centred * centred).mean(axis=0) + case["eps"])
        gradient[entry] = (case["g"] * y.imag).sum() / step
    return gradient


def _slip(formula):
    """formula(N, g, x̂, γ, σ): what a mistake gives."""

    def result(case):
        x_hat, sigma = statistics(case)
        return formula(len(x_hat), case["g"], x_hat, case["gamma"], sigma)

    return result


def _right(N, g, x_hat, gamma, sigma):
    return gamma / sigma * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))


def _sum(a):
    return a.sum(axis=0)


def _mean(a):
    return a.mean(axis=0)


def _entries(a):
    return a


def _share(a):
    return a / len(a)


def _over(axis):
    def formula(N, g, x_hat, gamma, sigma):
        mean, along = (a.mean(axis=axis, keepdims=axis is not None) for a in (g, g * x_hat))
        return gamma / sigma * (g - mean - x_hat * along)

    return _slip(formula)


def _other_axis(case, got):
    """A sum over the features, with keepdims or (then it may not fit) without."""
    import numpy as np

    if getattr(got, "type", "") == "ValueError":
        return "broadcast" in got.message
    return hasattr(got, "shape") and got.shape == case["x"].shape and np.allclose(got, _over(1)(case))


register(Exercise(
    "09.batchnorm_closed",
    "Batch norm backward, in one formula",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    show=lambda case: f"g {case['g'].shape}",
    mistakes=[
        Mistake("detached", "This is g·γ/σ: right only if μ and σ did not depend on x.",
                _slip(lambda N, g, x_hat, gamma, sigma: gamma / sigma * g)),
        Mistake("no-mean-term", "The path through μ is missing: adding a constant to x changes nothing.",
                _slip(lambda N, g, x_hat, gamma, sigma: gamma / sigma * (g - x_hat * (g * x_hat).mean(0)))),
        Mistake("no-x-hat-term", "The path through σ is missing: stretching x changes (almost) nothing.",
                _slip(lambda N, g, x_hat, gamma, sigma: gamma / sigma * (g - g.mean(0)))),
        Mistake("sums-not-means", "A sum over the batch lacks its 1/N: μ brings one, the variance another.",
                when=lambda case, got: _is_one_of(case, got, [
                    lambda N, g, x_hat, gamma, sigma, a=a, b=b:
                        gamma / sigma * (g - a(g) - x_hat * b(g * x_hat))
                    for a, b in ((_sum, _sum), (_sum, _mean), (_mean, _sum))])),
        Mistake("not-summed", "An entry stands where a sum over the whole batch belongs.",
                when=lambda case, got: _is_one_of(case, got, [
                    lambda N, g, x_hat, gamma, sigma, a=a, b=b:
                        gamma / sigma * (g - a(g) - x_hat * b(g * x_hat))
                    for a, b in ((_mean, _entries), (_mean, _share), (_share, _mean), (_entries, _mean),
                                 (_share, _share))])),
        Mistake("sigma-twice", "You divide by σ once too often: in front of the bracket stands γ/σ.",
                _slip(lambda N, g, x_hat, gamma, sigma: _right(N, g, x_hat, gamma, sigma**2))),
        Mistake("all-over-n",
                "Count the N: each of the two sums needs 1/N; or the whole has it, and then g needs an N.",
                when=lambda case, got: _is_one_of(case, got, (
                    lambda N, g, x_hat, gamma, sigma:
                        gamma / (N * sigma) * (g - g.sum(0) - x_hat * (g * x_hat).sum(0)),
                    lambda *values: _right(*values) / values[0]))),
        Mistake("projection",
                "You divide by Σx̂², or its root, as a projection along x̂ does. The chain rule brings N "
                "there, for the mean over the batch. With ε in σ, Σx̂² is less than N.",
                when=lambda case, got: _is_one_of(case, got, (
                    lambda N, g, x_hat, gamma, sigma:
                        gamma / sigma * (g - g.mean(0) - x_hat * (g * x_hat).sum(0) / (x_hat**2).sum(0)),
                    lambda N, g, x_hat, gamma, sigma:
                        gamma / sigma * (g - g.mean(0) - x_hat * (g * x_hat).sum(0) / (x_hat**2).sum(0)**0.5),
                    lambda N, g, x_hat, gamma, sigma:
                        gamma / sigma * (g - (g.sum(0) + x_hat * (g * x_hat).sum(0)) / (x_hat**2).sum(0))))),
        Mistake("not-over-n", "This is N times too large: did the sum keep its N while 1/N got lost?",
                _slip(lambda *values: _right(*values) * values[0])),
        Mistake("no-x-hat-factor", "Σ(g·x̂) says how much of x̂ there is in g; it must be taken away along x̂.",
                _slip(lambda N, g, x_hat, gamma, sigma:
                      gamma / sigma * (g - g.mean(0) - (g * x_hat).mean(0)))),
        Mistake("sign", "A term, or all, has the wrong sign: both parts are taken away from g.",
                when=lambda case, got: _is_one_of(case, got, [
                    lambda N, g, x_hat, gamma, sigma, a=a, b=b:
                        gamma / sigma * (g + a * g.mean(0) + b * x_hat * (g * x_hat).mean(0))
                    for a, b in ((1, -1), (-1, 1), (1, 1))] + [lambda *values: -_right(*values)])),
        Mistake("no-gamma", "γ is missing: it stands between x̂ and the upstream gradient.",
                _slip(lambda N, g, x_hat, gamma, sigma: _right(N, g, x_hat, 1, sigma))),
        Mistake("no-sigma", "σ is missing: x was divided by it.",
                _slip(lambda N, g, x_hat, gamma, sigma: _right(N, g, x_hat, gamma, 1))),
        Mistake("sigma-multiplied", "x was divided by σ, so its gradient is, too; you multiply.",
                _slip(lambda N, g, x_hat, gamma, sigma: _right(N, g, x_hat, gamma, 1 / sigma))),
        Mistake("other-axis", "You sum over the features of an example. μ and σ belong to the batch: axis 0.",
                when=_other_axis),
        Mistake("one-number", "You sum over everything. Every feature has its own μ and σ.", _over(None)),
        single_mistake(_reference),
    ],
    hints=[
        "Put d['sigma'], d['var'] and d['sq'] into d['c']. What is left of v.c·d['sq'], written with x̂?",
        "x̂ = c/σ. With s = Σ g·x̂: d['sigma'] = −γ·s/σ. Follow it to c, then take out γ/σ.",
        "A bracket: g, and two things that are taken away from it. One is the same in a whole column, one "
        "goes along x̂. How much of each is there in g?",
    ],
))  # fmt: skip


def _is_one_of(case, got, formulas):
    import numpy as np

    if not hasattr(got, "shape") or got.shape != case["x"].shape:
        return False
    return any(np.allclose(got, _slip(formula)(case), rtol=1e-9, atol=1e-12) for formula in formulas)
