"""08.clip_norm: one factor for all gradients, from the norm of all of them together."""

import math

from .drawing08 import generator as _generator
from .drawing08 import numpy as _np
from .exercise import Exercise, Mistake, register


def _clip_cases(rng):
    np, cases = _np(), []
    for k, factor in enumerate((0.5, 2.0, 0.1, 0.9, 1.5)):
        draw = _generator(rng)
        gradients = [draw.randn(*shape) for shape in ((2, 3), (3,), (3, 4), (1,))[: 2 + k % 3]]
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients))
        cases.append({"gradients": gradients, "limit": factor * norm})
    return [*cases, {"gradients": [np.zeros(3), np.zeros((2, 2))], "limit": 1.0}]


def _clip_probe(clip_norm, case):
    clipped, norm = clip_norm(case["gradients"], case["limit"])
    return {"clipped": list(clipped), "norm": norm}


def _clip_reference(case):
    flat = [v for g in case["gradients"] for v in g.ravel().tolist()]
    norm = math.hypot(*flat)
    scale = min(1.0, case["limit"] / norm) if norm else 1.0
    return {"clipped": [scale * g for g in case["gradients"]], "norm": norm}


def _clip(scale=None, each=None, norm=None):
    def result(case):
        right, gs, limit = _clip_reference(case), case["gradients"], case["limit"]
        if not right["norm"]:
            return None
        total = right["norm"]
        clipped = right["clipped"]
        if each:
            clipped = [each(g, limit) for g in gs]
        elif scale:
            clipped = [g * scale(total, limit) for g in gs]
        return {"clipped": clipped, "norm": norm(right, gs) if norm else total}

    return result


def _alone(g, limit):
    size = float(_np().linalg.norm(g))
    return g * min(1.0, limit / size)


register(Exercise(
    "08.clip_norm",
    "Clip by norm",
    cases=_clip_cases,
    probe=_clip_probe,
    reference=_clip_reference,
    show=lambda case: f"shapes {[g.shape for g in case['gradients']]}, limit {case['limit']:.3g}",
    mistakes=[
        Mistake("each-alone",
                "You clip each array by its own norm. The norm of all together counts, so that the "
                              "direction of the step stays.", _clip(each=_alone)),
        Mistake("by-value", "You cut every entry. That changes the direction.",
                _clip(each=lambda g, limit: _np().clip(g, -limit, limit))),
        Mistake("always-scaled", "Gradients below the limit were made longer: they should stay as they are.",
                _clip(scale=lambda norm, limit: limit / norm)),
        Mistake("upside-down", "You multiply by norm / limit: what is too long gets longer.",
                _clip(scale=lambda norm, limit: norm / limit if norm > limit else 1.0)),
        Mistake("to-length-one", "You make the norm 1. It should become `limit`.",
                _clip(scale=lambda norm, limit: 1 / norm if norm > limit else 1.0)),
        Mistake("norm-after", "The norm that you return is the one after clipping; asked is the one before.",
                lambda case: _clip(norm=lambda right, gs: min(right["norm"], case["limit"]))(case)),
        Mistake("squared-norm", "That is the square of the norm.",
                _clip(norm=lambda right, gs: right["norm"] ** 2)),
        Mistake("zero-norm", "All gradients are 0: the norm is 0, and dividing by it gives NaN.",
                when=lambda case, got: not any(g.any() for g in case["gradients"])),
    ],
    hints=["The norm of all together: add up the squares of all arrays, then take the root.",
           "One factor for all: limit / norm where the norm is above the limit, else 1."],
))  # fmt: skip
