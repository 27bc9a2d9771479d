"""07.dropout: dropout, forward and backward."""

from .exercise import Exercise, Mistake, register
from .precision import MESSAGE, only_single

_PARTS = ("forward", "backward", "in use")


def _dropout_cases(rng):
    import numpy as np

    cases = []
    for shape, p in (((2, 3), 0.5), ((4, 3), 0.2), ((5,), 0.7)):
        draw = np.random.RandomState(rng.randrange(2**32))
        for part in _PARTS:
            u = draw.rand(*shape)
            u.flat[draw.permutation(u.size)[:3]] = p, p / 2, (1 + p) / 2  # on the edge, and on both sides
            cases.append({"part": part, "x": draw.randn(*shape), "p": p, "u": u})
    return cases


def _dropout_probe(answer, case):
    from inspect import unwrap

    from .stubs import is_untouched

    forward, backward = answer
    training = case["part"] != "in use"
    function = backward if case["part"] == "backward" else forward
    result = function(case["x"], case["p"], case["u"], training)
    if case["part"] == "in use" and result is not None:
        return [_as_array(result), _as_array(backward(case["x"], case["p"], case["u"], False))]
    return ... if result is None and is_untouched(unwrap(function)) else _as_array(result)


def _as_array(result):
    """Lists of numbers are arrays, too."""
    import numpy as np

    return np.array(result, dtype=float) if type(result) in (list, tuple) else result


def _dropped(case, formula=lambda x, keep, p: x * keep / (1 - p), use=lambda x, p: x):
    import numpy as np

    x, p, keep = case["x"], case["p"], np.where(case["u"] < case["p"], 0.0, 1.0)
    if case["part"] == "in use":
        return [use(x, p), use(x, p)]
    return formula(x, keep, p)


def _zeros(case):
    return _dropped(case, lambda x, keep, p: 0 * x, lambda x, p: 0 * x)


def _is_masked(case, got):
    """Every entry is 0 or what a kept one becomes, and some are 0."""
    import numpy as np

    if case["part"] == "in use" or getattr(got, "shape", None) != case["x"].shape:
        return False
    kept = np.isclose(got, case["x"] / (1 - case["p"]), rtol=1e-9, atol=0)
    return bool(np.all(kept | (got == 0)) and not kept.all())


def _at_the_edge(case):
    """u > p in place of u >= p: what lies on the edge goes, as if it lay below."""
    return _dropped(case | {"u": case["u"] - (case["u"] == case["p"])})


def _slip(formula, part=None, use=lambda x, p: x):
    return lambda case: _dropped(case, formula, use) if part in (None, case["part"]) else None


register(Exercise(
    "07.dropout",
    "Dropout, forward and backward",
    cases=_dropout_cases,
    probe=_dropout_probe,
    reference=_dropped,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']}, p = {case['p']}, shape {case['x'].shape}",
    mistakes=[
        Mistake("all-dropped", "Every entry is 0. Those with u >= p are kept.", _zeros),
        Mistake("not-scaled", "What is kept must be divided by 1 − p, or the mean shrinks.",
                _slip(lambda x, keep, p: x * keep)),
        Mistake("at-the-edge", "An entry with u equal to p is kept, too: `u >= p`.", _at_the_edge),
        Mistake("wrong-way", "You keep what should go: an entry is kept where u >= p.",
                _slip(lambda x, keep, p: x * (1 - keep) / (1 - p))),
        Mistake("scaled-by-p", "You divide by p. The share that is kept is 1 − p.",
                _slip(lambda x, keep, p: x * keep / p)),
        Mistake("multiplied", "You multiply by 1 − p: that shrinks what is kept once more.",
                _slip(lambda x, keep, p: x * keep * (1 - p))),
        Mistake("scaled-in-use", "In use nothing happens: the division in training has seen to the mean.",
                lambda case: [case["x"] * (1 - case["p"])] * 2 if case["part"] == "in use" else None),
        Mistake("drops-in-use", "In use nothing is dropped: look at `training`.",
                when=lambda case, got: case["part"] == "in use" and _drops(case, got)),
        Mistake("mask-forgotten", "What was dropped had no effect on L: its gradient is 0.",
                _slip(lambda x, keep, p: x / (1 - p), "backward")),
        Mistake("no-upstream", "That is the local derivative alone: the upstream gradient g is missing.",
                _slip(lambda x, keep, p: keep / (1 - p), "backward")),
        Mistake("passes-through", "The gradient must go through the same mask and the same factor.",
                _slip(lambda x, keep, p: x, "backward")),
        Mistake("other-mask",
                "Entries are dropped and the rest is divided rightly, but not those that `u` says: keep "
                "where u >= p, and draw nothing yourself.", when=_is_masked),
        Mistake("float32", MESSAGE,
                when=lambda case, got: case["part"] != "in use" and only_single(got, _dropped(case))),
    ],
    hints=[
        "u >= p is an array of True and False; multiplied with numbers, True is 1 and False is 0.",
        "In training the output is x times a fixed array. What is the vjp of that?",
        "In use, both functions return what they get.",
    ],
))  # fmt: skip


def _drops(case, got):
    import numpy as np

    same = [part for part in got if getattr(part, "shape", None) == case["x"].shape]
    return any(bool(np.any((part == 0) & (case["x"] != 0))) for part in same)
