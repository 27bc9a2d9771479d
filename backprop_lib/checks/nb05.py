"""Exercises of notebook 05: a linear layer and attention scores. The others: broadcast05.py, layers05.py."""

from . import broadcast05, layers05  # noqa: F401  (they register 05.unbroadcast and 05.two_layer_backward)
from .arrays05 import (
    arrays,
    by_engine,
    entry_by_entry,
    is_zero,
    part_of,
    positive_multiple,
    product_failed,
    same,
    shape_alone,
    unturned,
)
from .exercise import Exercise, Mistake, register
from .precision import single_mistake

# A linear layer

_PARTS = ("dx", "dW", "db")


def _linear_cases(rng):
    cases = []
    for N, D, M in ((2, 3, 1), (4, 3, 2), (3, 2, 5), (3, 3, 3)):
        x, W, g = arrays(rng, (N, D), (D, M), (N, M))
        cases += [{"part": part, "x": x, "W": W, "g": g} for part in _PARTS]
    return cases


def _linear_probe(linear_backward, case):
    return part_of(linear_backward(case["x"], case["W"], case["g"]), _PARTS, case["part"])


def _linear_reference(case):
    import numpy as np

    x, W, b = case["x"], case["W"], np.zeros(case["W"].shape[1])
    gradients = by_engine(lambda x, W, b: x @ W + b, (x, W, b), case["g"])
    return gradients[_PARTS.index(case["part"])]


def _in(part, formula):
    """A slip in one part: what it gives there, nothing elsewhere."""
    return lambda case: formula(case["x"], case["W"], case["g"]) if case["part"] == part else None


def _without_upstream(case, got):
    import numpy as np

    x, W, g, part = case["x"], case["W"], case["g"], case["part"]
    ones = _linear_reference(case | {"g": np.ones_like(g)})
    locals_ = {"dx": [W, W.T], "dW": [x, x.T], "db": [0 * ones + 1, np.ones_like(g)]}[part]
    if type(got) in (int, float):
        return part == "db" and got == 1
    return any(same(got, wrong) for wrong in (ones, *locals_))


def _all_of_g(case, got):
    """Is db the sum of all of g, once or for every output?"""
    import numpy as np

    return case["part"] == "db" and bool(np.allclose(got, case["g"].sum(), rtol=1e-9, atol=1e-12))


def _reshaped(case, got):
    x, W, g = case["x"], case["W"], case["g"]
    wrong = {"dx": lambda: g @ unturned(W), "dW": lambda: unturned(x) @ g}.get(case["part"])
    return wrong is not None and same(got, wrong())


def _by_shape_alone(case, got):
    if case["part"] == "db" or len({*case["x"].shape, *case["g"].shape}) > 1:
        return False
    factor = case["W" if case["part"] == "dx" else "x"]
    return shape_alone(got, _linear_reference(case), factor, case["g"])


def _too_few(case, got):
    return getattr(got, "kind", "") == "unreadable" and "came back" in got.message


_ALONE = (
    "Where all sizes are equal, your product is another one, though its shape fits. Write one entry with its "
    "indices."
)
_RESHAPED = "reshape keeps the numbers in their order: it does not turn rows into columns, as `.T` does."


def _no_dictionary(case, got):
    return getattr(got, "kind", "") == "unreadable" and "not a dictionary" in got.message


def _in_another_place(case, got):
    return any(same(got, _linear_reference(case | {"part": part})) for part in _PARTS if part != case["part"])


register(Exercise(
    "05.linear_backward",
    "A linear layer, backward",
    cases=_linear_cases,
    probe=_linear_probe,
    reference=_linear_reference,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']} for x {case['x'].shape}, W {case['W'].shape}, g {case['g'].shape}",
    mistakes=[
        Mistake("no-upstream", "These are local derivatives: the upstream g is missing.",
                when=_without_upstream),
        Mistake("by-shape-alone", _ALONE, when=_by_shape_alone),
        Mistake("reshaped", _RESHAPED, when=_reshaped),
        Mistake("transposed", "A gradient is transposed: it needs the shape of its value.",
                when=lambda c, got: c["part"] != "db" and same(got, _linear_reference(c).T)),
        Mistake("mean-over-batch",
                "You divide by the number of examples. If the loss is a mean, the 1/N is in g already.",
                when=lambda c, got: same(got * len(c["x"]), _linear_reference(c))),
        Mistake("bias-wrong-axis",
                "Your db goes along the outputs, axis 1; b was stretched over the examples, axis 0.",
                when=lambda c, got: c["part"] == "db"
                and (same(got, c["g"].sum(axis=1)) or same(got, c["g"].mean(axis=1)))),
        Mistake("bias-not-summed", "db has the shape of b: one number for each output, over all examples.",
                _in("db", lambda x, W, g: g)),
        Mistake("bias-one-number", "You add up all of g. Each output has its own bias.",
                when=_all_of_g),
        Mistake("bias-keepdims", "The numbers of db are right, but it has two axes; b has one.",
                _in("db", lambda x, W, g: g.sum(axis=0, keepdims=True))),
        Mistake("one-example", "You take one row of g. The bias reaches z in every row: add them all.",
                _in("db", lambda x, W, g: g[0])),
        Mistake("zeros", "Every entry is 0: nothing is computed yet.", when=is_zero),
        Mistake("too-few", "Three gradients are asked for: `return dx, dW, db`.", when=_too_few),
        Mistake("swapped", "The gradients are right, but in another order: return dx, dW, db.",
                when=_in_another_place),
        Mistake("sign", "A gradient has the wrong sign.",
                when=lambda c, got: same(got, -_linear_reference(c))),
        Mistake("no-dictionary", "Return three arrays, `return dx, dW, db`, not a dictionary.",
                when=_no_dictionary),
        single_mistake(_linear_reference),
        Mistake("no-transpose-of-W",
                "A product fails: its left side ends with the outputs, as g does; its right side begins with "
                "the inputs, as W does.",
                when=lambda c, got: product_failed(got, ends=c["g"].shape[1], begins=c["W"].shape[0])),
        Mistake("no-transpose-of-x",
                "A product fails: its left side ends with the inputs, as x does; its right side begins with "
                "the examples, as g does.",
                when=lambda c, got: product_failed(got, ends=c["x"].shape[1], begins=c["g"].shape[0])),
        Mistake("entry-by-entry",
                "An operation works entry by entry, as `*` does. The product of matrices is `@`.",
                when=lambda c, got: entry_by_entry(got)),
        Mistake("shapes-do-not-fit",
                "Two of your matrices do not fit. Write the shape under each: the inner two must be equal.",
                when=lambda c, got: product_failed(got)),
    ],
    hints=[
        "Write one entry: z[n, m] = Σ x[n, d] W[d, m] + b[m]. Which z does W[d, m] reach, and how strongly?",
        "dW has the shape (D, M). x is (N, D), g is (N, M). Which product of the two has this shape?",
        "b[m] reaches z[n, m] for every n, each time with the local derivative 1.",
    ],
))  # fmt: skip


# Scores of attention

_SIDES = ("dQ", "dK")


def _scores_cases(rng):
    cases = []
    for n, m, d in ((2, 3, 4), (4, 2, 3), (3, 5, 2), (3, 3, 3)):
        Q, K, g = arrays(rng, (n, d), (m, d), (n, m))
        cases += [{"part": part, "Q": Q, "K": K, "g": g} for part in _SIDES]
    return cases


def _scores_probe(scores_backward, case):
    return part_of(scores_backward(case["Q"], case["K"], case["g"]), _SIDES, case["part"])


def _scores_reference(case):
    d = case["Q"].shape[1]
    gradients = by_engine(lambda Q, K: (Q @ K.T) / d**0.5, (case["Q"], case["K"]), case["g"])
    return gradients[_SIDES.index(case["part"])]


def _scaled(factor):
    return lambda case: _scores_reference(case) * factor(case["Q"].shape[1])


def _scores_without_upstream(case, got):
    import numpy as np

    right = _scores_reference(case | {"g": np.ones_like(case["g"])})
    root = case["Q"].shape[1] ** 0.5
    return any(same(got, wrong) for M in (right, case["Q"], case["K"]) for wrong in (M, M * root, M / root))


def _other_side(case):
    return _scores_reference(case | {"part": _SIDES[1 - _SIDES.index(case["part"])]})


def _scores_by_shape_alone(case, got):
    if len({*case["Q"].shape, *case["K"].shape}) > 1:
        return False
    factor, expected = case["K" if case["part"] == "dQ" else "Q"], _scores_reference(case)
    return not positive_multiple(got, expected) and shape_alone(got, expected, factor, case["g"])


def _scores_reshaped(case, got):
    return case["part"] == "dK" and positive_multiple(got, unturned(case["g"]) @ case["Q"])


register(Exercise(
    "05.by_shapes",
    "The gradients of attention scores",
    cases=_scores_cases,
    probe=_scores_probe,
    reference=_scores_reference,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']} for Q {case['Q'].shape}, K {case['K'].shape}, g {case['g'].shape}",
    mistakes=[
        Mistake("no-scale",
                "The products are right, the factor 1/√d is missing: it goes backward as forward.",
                _scaled(lambda d: d**0.5)),
        Mistake("scale-inverted", "You multiply by √d; the scores were divided by it.", _scaled(lambda d: d)),
        Mistake("scale-twice", "You divide by d, that is by √d twice.", _scaled(lambda d: d**-0.5)),
        single_mistake(_scores_reference),
        Mistake("by-shape-alone", _ALONE, when=_scores_by_shape_alone),
        Mistake("reshaped", _RESHAPED, when=_scores_reshaped),
        Mistake("zeros", "Every entry is 0: nothing is computed yet.", when=is_zero),
        Mistake("too-few", "Two gradients are asked for: `return dQ, dK`.", when=_too_few),
        Mistake("wrong-scale", "Your factor is not made of d, the number of columns of Q.",
                when=lambda case, got: positive_multiple(got, _scores_reference(case))),
        Mistake("transposed", "A gradient is transposed: it needs the shape of its matrix.",
                when=lambda case, got: positive_multiple(got, _scores_reference(case).T)),
        Mistake("swapped", "dQ and dK are in each other's place.",
                when=lambda case, got: positive_multiple(got, _other_side(case))),
        Mistake("no-upstream", "The upstream g is missing.", when=_scores_without_upstream),
        Mistake("sign", "A gradient has the wrong sign.",
                when=lambda case, got: same(got, -_scores_reference(case))),
        Mistake("entry-by-entry",
                "An operation works entry by entry, as `*` does. The product of matrices is `@`.",
                when=lambda c, got: entry_by_entry(got)),
        Mistake("no-transpose-of-g",
                "A product fails: its left side ends with the keys, as g does; its right side begins with "
                "the queries, as Q does.",
                when=lambda c, got: product_failed(got, ends=c["g"].shape[1], begins=c["Q"].shape[0])),
        Mistake("needless-transpose",
                "A product fails: its left side ends with the keys, as g does; its right side begins with "
                "d, as K.T does.",
                when=lambda c, got: product_failed(got, ends=c["g"].shape[1], begins=c["Q"].shape[1])),
        Mistake("shapes-do-not-fit",
                "Two of your matrices do not fit. Write the shape under each: the inner two must be equal.",
                when=lambda c, got: product_failed(got)),
    ],
    hints=[
        "dQ must have the shape (n, d). g is (n, m), K is (m, d).",
        "dK must have the shape (m, d). g is (n, m), Q is (n, d): one of them has to be turned.",
        "S is (1/√d) times a product. What does a constant factor do to a gradient?",
    ],
))  # fmt: skip
