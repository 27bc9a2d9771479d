"""The exercises of notebook 05: a linear layer, shapes, broadcasting, a whole network (in layers05.py)."""

from . import layers05  # noqa: F401  (registers 05.two_layer_backward)
from .exercise import Exercise, Mistake, register


def arrays(rng, *shapes):
    """Normal random arrays of these shapes, from Python's generator."""
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    generator = np.random.RandomState(rng.randrange(2**32))
    return [generator.randn(*shape) for shape in shapes]


def by_engine(function, values, g):
    """The gradients of `function(*Tensors)` for the upstream g, by the engine."""
    from ..ops import Tensor

    leaves = [Tensor(value) for value in values]
    function(*leaves).backward(g)
    return [leaf.grad for leaf in leaves]


# A linear layer

_PARTS = ("dW", "dx", "db")


def _linear_cases(rng):
    cases = []
    for N, D, M in ((2, 3, 1), (4, 3, 2), (3, 2, 5)):
        x, W, g = arrays(rng, (N, D), (D, M), (N, M))
        cases += [{"part": part, "x": x, "W": W, "g": g} for part in _PARTS]
    return cases


def _linear_probe(linear_backward, case):
    answer = linear_backward(case["x"], case["W"], case["g"])
    if answer is None or answer is ...:
        return ...
    dx, dW, db = answer
    return {"dx": dx, "dW": dW, "db": db}[case["part"]]


def _linear_reference(case):
    import numpy as np

    x, W, b = case["x"], case["W"], np.zeros(case["W"].shape[1])
    dx, dW, db = by_engine(lambda x, W, b: x @ W + b, (x, W, b), case["g"])
    return {"dx": dx, "dW": dW, "db": db}[case["part"]]


def _in(part, formula):
    """A slip in one part: what it gives there, nothing elsewhere."""
    return lambda case: formula(case["x"], case["W"], case["g"]) if case["part"] == part else None


register(Exercise(
    "05.linear_backward",
    "A linear layer, backward",
    cases=_linear_cases,
    probe=_linear_probe,
    reference=_linear_reference,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']} for x {case['x'].shape}, W {case['W'].shape}, g {case['g'].shape}",
    mistakes=[
        Mistake("transposed", "Your dW is transposed: it needs the shape of W.",
                _in("dW", lambda x, W, g: g.T @ x)),
        Mistake("mean-over-batch",
                "You divide by the number of examples. If the loss is a mean, the 1/N is in g already.",
                when=lambda c, got: c["part"] != "dx" and _is(got * len(c["x"]), _linear_reference(c))),
        Mistake("bias-mean-axis",
                "Your db is added up over the outputs; b was stretched over the examples.",
                _in("db", lambda x, W, g: g.sum(axis=1))),
        Mistake("bias-not-summed", "db has the shape of b: one number for each output, over all examples.",
                _in("db", lambda x, W, g: g)),
        Mistake("bias-one-number", "You add up all of g. Each output has its own bias.",
                _in("db", lambda x, W, g: float(g.sum()))),
        Mistake("bias-ones", "A 1 for each output is the local derivative; the upstream is missing.",
                _in("db", lambda x, W, g: 0 * g.sum(axis=0) + 1)),
        Mistake("no-transpose-of-W", "For dx the outputs go back to the inputs: look at the shape of W.",
                when=lambda c, got: c["part"] == "dx" and getattr(got, "type", "") == "ValueError"),
        Mistake("bias-keepdims", "The numbers of db are right, but it has two axes; b has one.",
                _in("db", lambda x, W, g: g.sum(axis=0, keepdims=True))),
        Mistake("swapped", "dx and dW are in each other's place: return dx, dW, db.",
                when=lambda c, got: _is(got, _other(c))),
    ],
    hints=[
        "Write one entry: z[n, m] = Σ x[n, d] W[d, m] + b[m]. Which z does W[d, m] reach, and how strongly?",
        "dW has the shape (D, M). x is (N, D), g is (N, M). Which product of the two has this shape?",
        "b[m] reaches z[n, m] for every n, each time with the local derivative 1.",
    ],
))  # fmt: skip


def _is(got, expected):
    import numpy as np

    return hasattr(got, "shape") and got.shape == expected.shape and np.allclose(got, expected, 1e-9, 1e-12)


def _other(case):
    part = {"dx": "dW", "dW": "dx"}.get(case["part"], "db")
    return _linear_reference(case | {"part": part}) if part != "db" else None


# Scores of attention


def _scores_cases(rng):
    cases = []
    for n, m, d in ((2, 3, 4), (4, 2, 3), (3, 5, 2)):
        Q, K, g = arrays(rng, (n, d), (m, d), (n, m))
        cases += [{"part": part, "Q": Q, "K": K, "g": g} for part in ("dQ", "dK")]
    return cases


def _scores_probe(scores_backward, case):
    answer = scores_backward(case["Q"], case["K"], case["g"])
    if answer is None or answer is ...:
        return ...
    dQ, dK = answer
    return dQ if case["part"] == "dQ" else dK


def _scores_reference(case):
    d = case["Q"].shape[1]
    dQ, dK = by_engine(lambda Q, K: (Q @ K.T) / d**0.5, (case["Q"], case["K"]), case["g"])
    return dQ if case["part"] == "dQ" else dK


def _scaled(factor):
    return lambda case: _scores_reference(case) * factor(case["Q"].shape[1], *case["g"].shape)


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
                _scaled(lambda d, n, m: d**0.5)),
        Mistake("scale-inverted", "You multiply by √d; the scores were divided by it.",
                _scaled(lambda d, n, m: d)),
        Mistake("scale-twice", "You divide by d, that is by √d twice.", _scaled(lambda d, n, m: d**-0.5)),
        Mistake("wrong-scale", "Your factor is not made of d, the number of columns of Q.",
                when=lambda case, got: _is_multiple(got, _scores_reference(case))),
        Mistake("transposed", "Your gradient is transposed: it needs the shape of its matrix.",
                lambda case: _scores_reference(case).T),
        Mistake("no-transpose-of-g",
                "These shapes do not fit: the rows of dK are keys, so g goes in transposed.",
                when=lambda case, got: case["part"] == "dK" and getattr(got, "type", "") == "ValueError"),
    ],
    hints=[
        "dQ must have the shape (n, d). g is (n, m), K is (m, d).",
        "dK must have the shape (m, d). g is (n, m), Q is (n, d): one of them has to be turned.",
        "S is (1/√d) times a product. What does a constant factor do to a gradient?",
    ],
))  # fmt: skip


def _is_multiple(got, expected):
    import numpy as np

    if not hasattr(got, "shape") or got.shape != expected.shape or got.dtype.kind != "f":
        return False
    ratio = float(got.ravel() @ expected.ravel()) / float(expected.ravel() @ expected.ravel())
    return abs(ratio) > 1e-9 and np.allclose(got, ratio * expected, 1e-9, 1e-12)


# Broadcasting undone

_SHAPES = (
    ((1,), (3,)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 3), (2, 3)), ((), (2, 3)), ((4,), (2, 3, 4)),
    ((3, 1), (3, 3)), ((1, 3), (3, 3)), ((3,), (3, 3)),
    ((3, 1), (2, 3, 4)), ((1, 1), (3, 2)), ((2, 3), (2, 3)), ((2, 1, 4), (2, 3, 4)), ((1, 3, 1), (2, 3, 4)),
)  # fmt: skip


def _stretch_cases(rng):
    return [{"g": arrays(rng, large)[0], "shape": list(small)} for small, large in _SHAPES]


def _stretch_probe(unbroadcast, case):
    import numpy as np

    answer = unbroadcast(case["g"], tuple(case["shape"]))
    return np.asarray(answer) if isinstance(answer, float) else answer  # numpy makes a number of shape ()


def _stretch_reference(case):
    """∂/∂small of Σ g · stretched(small), by the engine's own broadcasting."""
    import numpy as np

    def stretched(small):
        return small * np.ones(case["g"].shape)

    return by_engine(stretched, [np.zeros(case["shape"])], case["g"])[0]


def _stretched(case):
    """(axes that were missing on the left, axes of length 1 that were stretched or not)."""
    extra = case["g"].ndim - len(case["shape"])
    return extra, [extra + i for i, n in enumerate(case["shape"]) if n == 1]


def _sums(axes, keepdims=False, mean=False):
    def result(case):
        chosen = tuple(axes(*_stretched(case)))
        g = case["g"]
        return g.mean(axis=chosen, keepdims=keepdims) if mean else g.sum(axis=chosen, keepdims=keepdims)

    return result


def _mean(case):
    total = _stretch_reference(case)
    return total * (total.size / case["g"].size)


def _first_slice(case):
    g, (extra, ones) = case["g"], _stretched(case)
    cut = tuple(0 if axis < extra else slice(0, 1) if axis in ones else slice(None) for axis in range(g.ndim))
    return g[cut] + 0.0


register(Exercise(
    "05.unbroadcast",
    "Sum back what was stretched",
    cases=_stretch_cases,
    probe=_stretch_probe,
    reference=_stretch_reference,
    show=lambda case: f"g of shape {case['g'].shape}, shape = {tuple(case['shape'])}",
    mistakes=[
        Mistake("mean", "You take the mean. Every use sends its gradient, and they are added.", _mean),
        Mistake("picks-one", "You pick one of the copies. Every one of them sends a gradient.", _first_slice),
        Mistake("axes-lost",
                "Summed right, but an axis of length 1 is gone: the result must have just this shape.",
                _sums(lambda extra, ones: [*range(extra), *ones])),
        Mistake("only-left", "Axes that were missing on the left are summed, axes of length 1 are not.",
                _sums(lambda extra, ones: range(extra))),
        Mistake("only-ones", "Axes of length 1 are summed, axes that were missing on the left are not.",
                _sums(lambda extra, ones: ones, keepdims=True)),
        Mistake("everything", "You sum over all axes. Those that were not stretched stay.",
                lambda case: case["g"].sum().reshape((1,) * len(case["shape"])) if case["shape"]
                and 1 in case["shape"] else None),
        Mistake("reshaped", "A reshape cannot do it: there are more numbers in g than in the result.",
                when=lambda case, got: getattr(got, "type", "") == "ValueError" and "reshape" in got.message),
    ],
    hints=[
        "Beside an array of shape (2, 3), numpy reads (3,) as (1, 3) and stretches the new axis.",
        "First g.ndim − len(shape) axes on the left: sum them away. Then the axes where shape has a 1.",
        "For the second kind, sum with keepdims=True.",
    ],
))  # fmt: skip
