"""08.clip_norm: several gradients, clipped by their common norm."""

import math

from .comparing import compare
from .exercise import Exercise, Mistake, register
from .precision import MESSAGE, only_single


def _cases(rng):
    import numpy as np

    cases = []
    for k, factor in enumerate((0.5, 2.0, 0.1, 0.9, 1.5)):
        draw = np.random.default_rng(rng.randrange(2**32))
        shapes = ((2, 3), (3,), (3, 4), (1,))[: 2 + k % 3]
        gradients = [draw.uniform(0.5, 2) * draw.standard_normal(shape) for shape in shapes]
        cases.append({"gradients": gradients, "limit": factor * _norm(gradients)})
    return [*cases, {"gradients": [np.zeros(3), np.zeros((2, 2))], "limit": 1.0}]


def _probe(clip_norm, case):
    import numpy as np

    given = list(case["gradients"])
    with np.errstate(all="ignore"):  # 0 / 0 has a diagnosis of its own
        answer = clip_norm(case["gradients"], case["limit"])
    if answer is None or answer is ...:
        return answer
    clipped, norm = answer
    if isinstance(clipped, (float, np.generic)):
        return {"clipped": clipped, "norm": norm, "new arrays": True}
    clipped = [np.array(g, float) if isinstance(g, (list, tuple)) else g for g in clipped]
    shared = any(
        isinstance(g, np.ndarray) and np.may_share_memory(g, old)
        for g, old in zip(clipped, given, strict=False)
    )
    return {"clipped": clipped, "norm": norm, "new arrays": not shared}


def _norm(gradients):
    return math.hypot(*(v for g in gradients for v in g.ravel().tolist()))


def _result(case, change, norm=None, new=True):
    """What an answer gives that makes change(g) of every gradient."""
    found = _norm(case["gradients"]) if norm is None else norm
    return {"clipped": [change(g) for g in case["gradients"]], "norm": found, "new arrays": new}


def _reference(case):
    scale = _scale(_norm(case["gradients"]), case["limit"])
    return _result(case, lambda g: scale * g)


def _scale(norm, limit):
    return min(1.0, limit / norm) if norm else 1.0


def _slip(scale):
    """A wrong factor for all: scale(norm, limit, gradients)."""

    def result(case):
        norm = _norm(case["gradients"])
        if not norm:
            return None
        factor = scale(norm, case["limit"], case["gradients"])
        return _result(case, lambda g: factor * g)

    return result


def _joined(join):
    """A wrong norm of all together, join(norms of the single arrays), returned and used."""

    def result(case):
        norm = join([_norm([g]) for g in case["gradients"]])
        return _result(case, lambda g: _scale(norm, case["limit"]) * g, norm)

    return result


def _flat(measure):
    """A wrong norm, measure(all entries in one array), returned and used."""

    def result(case):
        import numpy as np

        norm = float(measure(np.concatenate([g.ravel() for g in case["gradients"]])))
        return _result(case, lambda g: _scale(norm, case["limit"]) * g, norm)

    return result


def _is_single(case, got):
    """Is all that is wrong right to the digits of float32?"""
    expected = _reference(case)
    pairs = [*zip(expected["clipped"], got["clipped"], strict=True), (expected["norm"], got["norm"])]
    wrong = [pair for pair in pairs if compare(*pair) is not None]
    return bool(wrong) and all(only_single(found, right) for right, found in wrong)


def _in_place(case, got):
    above = _norm(case["gradients"]) > case["limit"]
    return above and compare(_reference(case) | {"new arrays": False}, got) is None


def _one_by_one(case):
    return _result(case, lambda g: _scale(_norm([g]), case["limit"]) * g)


def _by_value(case):
    return _result(case, lambda g: g.clip(-case["limit"], case["limit"]))


def _norm_after(case):
    return _reference(case) | {"norm": min(_norm(case["gradients"]), case["limit"])}


def _same_arrays(case):
    found = _reference(case)
    return found | {"new arrays": False} if found["norm"] <= case["limit"] else None


def _divides_by_zero(case, got):
    if any(g.any() for g in case["gradients"]):
        return False
    if getattr(got, "type", ""):
        return got.type == "ZeroDivisionError"
    return any(bool((g != g).any()) for g in got["clipped"])


register(Exercise(
    "08.clip_norm",
    "Clip by the common norm",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    show=lambda case: f"gradients of shapes {[g.shape for g in case['gradients']]} with norm "
    f"{_norm(case['gradients']):.3g}, limit {case['limit']:.3g}",
    mistakes=[
        Mistake("each-alone", "You clip each array by its own norm: that changes the direction of the step.",
                _one_by_one),
        Mistake("by-value", "You cut every entry to a range. That changes the direction.", _by_value),
        Mistake("always-scaled", "Gradients below the limit were made longer: they should stay as they are.",
                _slip(lambda norm, limit, gs: limit / norm)),
        Mistake("upside-down", "Your factor is upside down: what is too long gets longer.",
                _slip(lambda norm, limit, gs: norm / limit if norm > limit else 1.0)),
        Mistake("to-length-one", "Clipped gradients get the norm 1. It should become `limit`.",
                _slip(lambda norm, limit, gs: 1 / norm if norm > limit else 1.0)),
        Mistake("factor-squared", "Your factor has the square of the norm in it: a root is missing.",
                _slip(lambda norm, limit, gs: limit / norm**2 if norm**2 > limit else 1.0)),
        Mistake("wrong-side",
                "You scale gradients that are below the limit, and leave those that are above it.",
                _slip(lambda norm, limit, gs: limit / norm if norm < limit else 1.0)),
        Mistake("not-clipped", "The norm is right, but nothing was clipped.",
                _slip(lambda norm, limit, gs: 1.0)),
        Mistake("norm-after", "The norm that you return is the one after clipping; asked is the one before.",
                _norm_after),
        Mistake("squared", "You compare the sum of the squares with the limit. The norm is its root.",
                _joined(lambda norms: sum(n * n for n in norms))),
        Mistake("norms-added", "You add up the norms of the arrays. Add up the squares of all entries.",
                _joined(sum)),
        Mistake("sizes-added",
                "You add up the sizes of the entries. A norm adds their squares, then takes the root.",
                _flat(lambda entries: abs(entries).sum())),
        Mistake("largest-norm", "You take the largest of the norms, not the norm of all arrays together.",
                _joined(max)),
        Mistake("largest-entry", "You take the largest entry for the norm. Add up the squares of all.",
                _flat(lambda entries: abs(entries).max())),
        Mistake("rms", "This is the rms of the entries. A norm adds their squares, without dividing.",
                _flat(lambda entries: (entries * entries).mean() ** 0.5)),
        Mistake("epsilon",
                "You add 1e-6 to the norm, as PyTorch does. Here the clipped norm is `limit` exactly.",
                _slip(lambda norm, limit, gs: limit / (norm + 1e-6) if norm > limit else 1.0)),
        Mistake("float32", MESSAGE, when=_is_single),
        Mistake("zero-norm", "All gradients are 0: the norm is 0, and dividing by it gives NaN.",
                when=_divides_by_zero),
        Mistake("in-place",
                "The numbers are right, but they stand in the arrays that you got. Leave those as they are, "
                "and return new ones.", when=_in_place),
        Mistake("swapped", "The two are in each other's place: return the gradients, then the norm.",
                when=lambda case, got: type(got["clipped"]) is float),
        Mistake("same-arrays", "Below the limit you return the arrays that you got. Asked are new ones.",
                _same_arrays),
    ],
    hints=[
        "The norm of all together: add up the squares of all entries of all arrays, then take the root.",
        "One factor serves all arrays. What is it when the norm is above the limit, and what when it is not?",
        "A number times an array is a new array, also when the number is 1.",
    ],
))  # fmt: skip
