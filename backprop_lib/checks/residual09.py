"""09.residual_grad: the gradient through a stack of residual blocks. The reference is the engine's."""

from .closed09 import as_array
from .exercise import Exercise, Mistake, register


def _cases(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    generator = np.random.RandomState(rng.randrange(2**32))
    cases = []
    for N, D, K, blocks in ((1, 2, 3, 1), (3, 2, 4, 1), (2, 3, 2, 2), (3, 2, 3, 2), (2, 2, 3, 4)):
        weights = [{"A": generator.randn(D, K), "B": generator.randn(K, D)} for _ in range(blocks)]
        cases.append({"h": generator.randn(N, D), "g": generator.randn(N, D), "weights": weights})
    return cases


def block(weights):
    """(f, vjp) of f(h) = tanh(h A) B, in numpy. f rounds, by less than the check sees: differences of
    neighbours, which would do without vjp, magnify that by so much that it does."""
    import numpy as np

    A, B = weights["A"], weights["B"]

    def f(h):
        return np.round(np.tanh(np.asarray(h, float) @ A) @ B, 12)

    def vjp(h, g):
        slope = 1 - np.tanh(np.asarray(h, float) @ A) ** 2
        return (np.asarray(g, float) @ B.T * slope) @ A.T

    return f, vjp


def _blocks(case):
    return [block(weights) for weights in case["weights"]]


def _probe(residual_backward, case):
    return as_array(residual_backward(case["h"], case["g"], _blocks(case)))


def _reference(case):
    from ..ops import Tensor

    h = leaf = Tensor(case["h"])
    for weights in case["weights"]:
        h = h + (h @ weights["A"]).tanh() @ weights["B"]
    h.backward(case["g"])
    return leaf.grad


def _inputs(case, skip=True):
    """What goes into each block, and what comes out of the last one."""
    found = [case["h"]]
    for f, _ in _blocks(case):
        found.append(found[-1] + f(found[-1]) if skip else f(found[-1]))
    return found


def _back(case, inputs, step=lambda g, through, h: g + through, order=reversed):
    """From the last block to the first; `step` makes the next gradient of g and what came through f."""
    g = case["g"]
    for h, (_, vjp) in order(list(zip(inputs, _blocks(case), strict=False))):
        g = step(g, vjp(h, g), h)
    return g


def _through_all(case, skip=True):
    return _back(case, _inputs(case, skip), lambda g, through, h: through)


def _through_one_each(case):
    throughs = [vjp(h, case["g"]) for h, (_, vjp) in zip(_inputs(case), _blocks(case), strict=False)]
    return case["g"] + sum(throughs)


def _not_exact(case, got):
    from .comparing import compare

    return compare(_reference(case), got + 0.0 * case["g"], rtol=1e-4) is None


def _is_product(case, got):
    from .comparing import compare

    return any(compare(_through_all(case, skip), got) is None for skip in (True, False))


register(Exercise(
    "09.residual_grad",
    "The gradient through residual blocks",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    part=lambda case: "one block" if len(case["weights"]) == 1 else "several blocks",
    show=lambda case: f"{len(case['weights'])} block(s), h {case['h'].shape}",
    mistakes=[
        Mistake("no-identity", "This is the gradient through f alone; h also goes straight to the sum.",
                when=_is_product),
        Mistake("identity-only", "You return g: that is the straight path. The paths through f are missing.",
                lambda case: case["g"]),
        Mistake("one-for-g", "The straight path has the local derivative 1, so it carries g, not 1.",
                lambda case: _back(case, _inputs(case), lambda g, through, h: 1 + through)),
        Mistake("h-for-g", "You add h where its gradient should be added.",
                lambda case: _back(case, _inputs(case), lambda g, through, h: h + through)),
        Mistake("same-h", "Every vjp is taken at the first h. The second block got h + f(h).",
                lambda case: _back(case, [case["h"]] * len(case["weights"]))),
        Mistake("inputs-without-skip", "Going forward, you pass on f(h); the next block got h + f(h).",
                lambda case: _back(case, _inputs(case, skip=False))),
        Mistake("output-of-block", "A vjp belongs at what went into its block; you take it at what came out.",
                lambda case: _back(case, _inputs(case)[1:])),
        Mistake("last-h",
                "Every vjp is taken at the last h. Keep what goes into each block, on the way forward. (If "
                "you do: `h += …` changes the array that you kept, `h = h + f(h)` makes a new one.)",
                lambda case: _back(case, _inputs(case)[-1:] * len(case["weights"]))),
        Mistake("first-to-last", "The gradient meets the last block first: go through them in reverse.",
                lambda case: _back(case, _inputs(case), order=list)),
        Mistake("one-straight-path",
                "You add g once, at the end. Every block has a straight path: the gradient may go through "
                "some blocks and past the others.",
                lambda case: case["g"] + _through_all(case)),
        Mistake("no-mixed-paths", "You add up paths through one block each. Others go through several.",
                _through_one_each),
        Mistake("not-exact",
                "This is right to some digits only, as float32 is, or differences of neighbours. Stay with "
                "float64, and with the vjp of each block.", when=_not_exact),
    ],
    hints=[
        "One block: h is used twice, in f and in the sum. Gradients of what is used twice are added.",
        "Several blocks: first go forward and keep what goes into each block. Then go back.",
        "Going back, each block turns the gradient of its result into that of its input, as one block does.",
    ],
))  # fmt: skip
