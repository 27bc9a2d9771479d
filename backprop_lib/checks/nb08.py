"""The exercises of notebook 08: a gradient through many layers, its ratio, dead units."""

import math
from itertools import pairwise

from . import clip08  # noqa: F401  (registers 08.clip_norm)
from .drawing08 import generator as _generator
from .drawing08 import numpy as _np
from .exercise import Exercise, Failure, Mistake, register

_PHI = {  # φ as operations of the engine, and φ′ as the learner gets it
    "tanh": (lambda z: z.tanh(), lambda z: 1 - _np().tanh(z) ** 2),
    "relu": (lambda z: z.relu(), lambda z: (z > 0) * 1.0),
    "sigmoid": (lambda z: z.sigmoid(), lambda z: _np().exp(-abs(z)) / (1 + _np().exp(-abs(z))) ** 2),
}


# Through all layers


_NETS = (("tanh", (3, 2)), ("sigmoid", (2, 3, 4)), ("relu", (4, 5, 3, 2)), ("tanh", (3, 3, 3, 3, 3)))


def _back_cases(rng):
    cases = []
    for name, sizes in _NETS:
        draw = _generator(rng)
        weights = [draw.randn(n, m) for n, m in pairwise(sizes)]
        x, g = draw.randn(5, sizes[0]), draw.randn(5, sizes[-1])
        cases.append({"phi": name, "x": x, "weights": weights, "g": g})
    return cases


def _forward(case):
    """(all h as Tensors, all z as arrays), by the engine."""
    from ..ops import Tensor

    hs, zs = [Tensor(case["x"])], []
    for W in case["weights"]:
        z = hs[-1] @ Tensor(W, requires_grad=False)
        zs.append(z.data.copy())
        hs.append(_PHI[case["phi"]][0](z))
    return hs, zs


def _back_probe(send_back, case):
    _, zs = _forward(case)
    found = send_back(case["g"], case["weights"], zs, _PHI[case["phi"]][1])
    return found.tolist() if hasattr(found, "tolist") else list(found) if isinstance(found, tuple) else found


def _back_reference(case):
    hs, _ = _forward(case)
    hs[-1].backward(case["g"])
    return [float(_np().linalg.norm(h.grad)) for h in reversed(hs)]


def _back(case, slope=True, order="right", transposed=True, late=False, largest=False):
    """What an erring pass gives; where the shapes do not fit, the failure."""
    np, (_, zs) = _np(), _forward(case)
    pairs = list(zip(case["weights"], zs, strict=True))
    g, norms = case["g"], []
    size = (lambda a: float(abs(a).max())) if largest else (lambda a: float(np.linalg.norm(a)))
    norms.append(size(g))
    try:
        for W, z in pairs if order == "forward" else reversed(pairs):
            s = _PHI[case["phi"]][1](z) if slope else 1.0
            W = W.T if transposed else W
            g = (g @ W) * s if late else (g * s) @ W
            norms.append(size(g))
    except ValueError:
        return Failure("ValueError")
    return norms


def _backed(**how):
    return lambda case: _back(case, **how)


register(Exercise(
    "08.send_back",
    "A gradient through many layers",
    cases=_back_cases,
    probe=_back_probe,
    reference=_back_reference,
    show=lambda case: f"{case['phi']}, layers of {[W.shape for W in case['weights']]}",
    mistakes=[
        Mistake("no-slope", "The slopes of the activation are missing: only the weights are in your product.",
                _backed(slope=False)),
        Mistake("not-transposed", "Backwards the matrix goes in transposed: look at unequal sizes.",
                _backed(transposed=False)),
        Mistake("forward-order", "You begin at the first layer. The gradient meets the last one first.",
                _backed(order="forward")),
        Mistake("slope-after", "The slope comes before the matrix: g meets φ′(z) of its own layer first.",
                _backed(late=True)),
        Mistake("without-g", "The first entry, the norm of g itself, is missing.",
                lambda case: _back_reference(case)[1:]),
        Mistake("reversed",
                "These are the right numbers from the input to the output; asked is the other way.",
                lambda case: _back_reference(case)[::-1]),
        Mistake("last-only", "That is the last norm alone. Asked is one number for each layer.",
                lambda case: _back_reference(case)[-1]),
        Mistake("squared", "You add up squares; the norm is the square root of that.",
                lambda case: [v * v for v in _back_reference(case)]),
    ],
    hints=[
        "Write one step: what happens to g in the last layer? Then repeat it with the lists turned round.",
        "zip(weights[::-1], zs[::-1]) gives the pairs from the last layer to the first.",
        "np.linalg.norm of an array with two axes is the root of the sum of all squares.",
    ],
))  # fmt: skip


# The ratio


def _ratio_cases(rng):
    cases = []
    for name in ("tanh", "relu", "sigmoid", "tanh"):
        draw = _generator(rng)
        gain, spread = float(draw.uniform(0.5, 3)), draw.uniform(0.3, 2)
        cases.append({"phi": name, "gain": gain, "z": spread * draw.randn(4, 6)})
    return cases


def _ratio_probe(predict_ratio, case):
    return predict_ratio(_PHI[case["phi"]][1], case["gain"], case["z"])


def _ratio_reference(case):
    slopes = _PHI[case["phi"]][1](case["z"]).ravel().tolist()
    return case["gain"] * math.sqrt(math.fsum(s * s for s in slopes) / len(slopes))


def _ratio(formula):
    return lambda case: float(formula(_PHI[case["phi"]][1], case["gain"], case["z"]))


register(Exercise(
    "08.predict_ratio",
    "Predict the ratio of gradient norms",
    cases=_ratio_cases,
    probe=_ratio_probe,
    reference=_ratio_reference,
    show=lambda case: f"φ = {case['phi']}, gain = {case['gain']:.3f}, z of shape {case['z'].shape}",
    mistakes=[
        Mistake("no-root", "A norm is the root of a sum of squares: the root of the mean is missing.",
                _ratio(lambda s, gain, z: gain * (s(z) ** 2).mean())),
        Mistake("squared", "This is the ratio of the squares: take the root of all of it.",
                _ratio(lambda s, gain, z: gain**2 * (s(z) ** 2).mean())),
        Mistake("mean-slope", "You take the mean of the slopes. In a norm their squares are added.",
                _ratio(lambda s, gain, z: gain * s(z).mean())),
        Mistake("slope-of-mean", "You take the slope at the mean z. The mean is over the slopes.",
                _ratio(lambda s, gain, z: gain * s(z.mean()))),
        Mistake("no-gain", "The gain is missing.", _ratio(lambda s, gain, z: _np().sqrt((s(z) ** 2).mean()))),
        Mistake("no-slope",
                "The slopes are missing: this is the gain alone.", _ratio(lambda s, gain, z: gain)),
        Mistake("sum", "You add up where the mean belongs.",
                _ratio(lambda s, gain, z: gain * _np().sqrt((s(z) ** 2).sum()))),
    ],
    hints=["slope(z) is an array. Square, mean, root, in this order.", "The gain multiplies the whole."],
))  # fmt: skip


# Dead units


def _dead_cases(rng):
    np = _np()
    cases = [{"x": np.array([[1.0], [2.0]]), "W": np.array([[1.0, -1.0]]), "b": np.array([0.0, 0.0])}]
    for N, D, M in ((3, 2, 4), (6, 3, 5), (8, 2, 6), (5, 4, 7)):
        draw = _generator(rng)
        x, W, b = draw.randn(N, D), draw.randn(D, M), draw.randn(M)
        z = x @ W + b
        b[0] -= z[:, 0].max() + 0.5  # certainly dead
        b[1] -= np.sort(z[:, 1])[-2:].mean()  # alive for one example only
        b[2] -= z[:, 2].min() - 0.5  # always on
        order = draw.permutation(M)
        cases.append({"x": x, "W": W[:, order], "b": b[order]})
    return [*cases, {"x": np.eye(2), "W": np.array([[-1.0, 1.0], [0.0, 0.0]]), "b": np.zeros(2)}]


def _dead_reference(case):
    """Units through which no gradient comes, by the engine."""
    from ..ops import Tensor

    z = Tensor(case["x"]) @ Tensor(case["W"]) + Tensor(case["b"], "b")
    ones = Tensor(_np().zeros(z.shape))
    h = (z + ones).relu()
    h.backward(_np().ones(z.shape))
    return [int(unit) for unit in _np().flatnonzero((ones.grad == 0).all(axis=0))]


def _dead_probe(dead_units, case):
    found = dead_units(case["x"], case["W"], case["b"])
    if hasattr(found, "tolist"):
        found = found.tolist()
    return [int(v) if isinstance(v, int) or hasattr(v, "item") else v for v in found] \
        if isinstance(found, (list, tuple)) and not any(isinstance(v, bool) for v in found) else found


def _dead(formula):
    def result(case):
        np = _np()
        z = case["x"] @ case["W"] + case["b"]
        return [int(unit) for unit in np.flatnonzero(formula(z, case))]

    return result


register(Exercise(
    "08.dead_units",
    "Find the dead units",
    cases=_dead_cases,
    probe=_dead_probe,
    reference=_dead_reference,
    show=lambda case: f"z = {(case['x'] @ case['W'] + case['b']).round(2).tolist()}",
    mistakes=[
        Mistake("any-for-all",
                "A unit that is off for one example is not dead: it must be off for all of them.",
                _dead(lambda z, c: (z <= 0).any(axis=0))),
        Mistake("examples", "You look along the wrong axis: these are examples for which all units are off.",
                _dead(lambda z, c: (z <= 0).all(axis=1))),
        Mistake("alive", "These are the units that are alive.", _dead(lambda z, c: (z > 0).any(axis=0))),
        Mistake("no-bias", "The bias is missing in z.", _dead(lambda z, c: (z - c["b"] <= 0).all(axis=0))),
        Mistake("zero-is-on", "z = 0 is off: the slope of ReLU there is taken as 0.",
                _dead(lambda z, c: (z < 0).all(axis=0))),
        Mistake("on-average", "The mean of z says little: one large example keeps a unit alive.",
                _dead(lambda z, c: z.mean(axis=0) <= 0)),
        Mistake("mask", "You return True and False for each unit. Asked are the indices of the dead ones.",
                when=lambda case, got: type(got) is list and len(got) == len(case["b"])
                and all(type(v) is bool for v in got)),
    ],
    hints=["z = x @ W + b has a row for each example and a column for each unit.",
           "(z <= 0).all(axis=0) has one True or False for each unit; np.flatnonzero gives indices."],
))  # fmt: skip
