"""08.spectral: a gradient through a chain of Jacobians, and how much its norm can change."""

from itertools import pairwise

from .exercise import Exercise, Failure, Mistake, register
from .precision import single_mistake


def _cases(rng):
    import numpy as np

    cases = []
    for sizes in ((2, 2, 2), (3, 3, 3, 3), (4, 5, 3), (5, 4, 4, 2), (3, 3)):
        draw = np.random.default_rng(rng.randrange(2**32))
        layers = [
            [draw.standard_normal((n, m)), draw.uniform(0.3, 1, m)]
            for n, m in pairwise(sizes)
        ]
        if sizes == (3, 3):
            layers[-1][1][-1] = 0.0  # dead: what comes to it is lost (in the last place rounding leaves it 0)
        g = draw.standard_normal(sizes[-1] if len(cases) < 3 else (3, sizes[-1]))
        cases += [{"part": part, "layers": layers, "g": g} for part in ("send_back", "largest", "smallest")]
    return cases


def _probe(answer, case):
    send_back, stretch = answer
    layers = case["layers"] = [(W, slopes) for W, slopes in case["layers"]]  # a changed list shows, too
    if case["part"] == "send_back":
        return send_back(layers, case["g"])
    found = stretch(layers)
    if found is None or found is ...:
        return found
    largest, smallest = found
    return largest if case["part"] == "largest" else smallest


def _by_engine(case, g):
    """∂L/∂h before the first layer, for upstream gradients in rows."""
    import numpy as np

    from ..ops import Tensor

    first = h = Tensor(np.zeros((len(g), len(case["layers"][0][0]))))
    for W, slopes in case["layers"]:
        h = (h @ W) * slopes  # linear, with the same Jacobian as the layer
    h.backward(g)
    return first.grad


def _reference(case):
    import numpy as np

    if case["part"] == "send_back":
        return _by_engine(case, case["g"].reshape(-1, case["g"].shape[-1])).reshape(*case["g"].shape[:-1], -1)
    J = _by_engine(case, np.eye(case["g"].shape[-1]))
    m, n = J.shape
    both = np.block([[np.zeros((m, m)), J], [J.T, np.zeros((n, n))]])
    values = np.linalg.eigvalsh(both)[::-1]  # ± the singular values, and n − m zeros
    return float(values[0] if case["part"] == "largest" else max(values[m - 1], 0.0))


def _slip(send, stretched=None):
    """What one gets from a wrong way back, send(layers, g), and from a wrong measure of the Jacobian."""

    def result(case):
        import numpy as np

        try:
            if case["part"] == "send_back":
                return send(case["layers"], case["g"])
            J = send(case["layers"], np.eye(case["g"].shape[-1]))
            pair = (stretched or _extremes)(J, case["layers"])
        except (ValueError, np.linalg.LinAlgError) as error:
            return Failure("raised", type(error).__name__, str(error))
        return float(pair[0] if case["part"] == "largest" else pair[1])

    return result


def _through(layers, g, step=lambda g, W, s: (g * s) @ W.T, forwards=False):
    for W, slopes in layers if forwards else reversed(layers):
        g = step(g, W, slopes)
    return g


def _steps(step):
    return _slip(lambda layers, g: _through(layers, g, step))


def _measured(stretched):
    """A right way back, a wrong measure."""
    wrong = _slip(_through, stretched)
    return lambda case: None if case["part"] == "send_back" else wrong(case)


def _extremes(J, layers):
    import numpy as np

    values = np.linalg.svd(J, compute_uv=False)
    return values[0], values[-1]


def _bounds(J, layers):
    import numpy as np

    pairs = [_extremes((W * slopes).T, None) for W, slopes in layers]
    return np.prod([most for most, _ in pairs]), np.prod([least for _, least in pairs])


def _eigenvalues(J, layers):
    import numpy as np

    values = abs(np.linalg.eigvals(J))
    return values.max(), values.min()


def _rows(J, layers):
    import numpy as np

    norms = np.linalg.norm(J, axis=1)
    return norms.max(), norms.min()


def _least_but_zero(case):
    import numpy as np

    values = np.linalg.svd(_by_engine(case, np.eye(case["g"].shape[-1])), compute_uv=False)
    return float(values[values > 1e-7].min())


def _is_total(case, got):
    import numpy as np

    J = _by_engine(case, np.eye(case["g"].shape[-1]))
    return case["part"] == "largest" and bool(abs(got - np.linalg.norm(J)) < 1e-9)


register(Exercise(
    "08.spectral",
    "Through a chain of Jacobians",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']}, layers with W of shapes {[W.shape for W, _ in case['layers']]}"
    + (f", g of shape {case['g'].shape}" if case["part"] == "send_back" else "")
    + ("" if case["layers"][-1][1].all() else f", slopes {case['layers'][-1][1].round(2).tolist()}"),
    atol=1e-7,  # who takes the root of an eigenvalue loses half of the digits near 0
    mistakes=[
        Mistake("no-slopes", "The slopes are missing: only the matrices are in your product.",
                _steps(lambda g, W, s: g @ W.T)),
        Mistake("not-transposed", "On the way back W goes in transposed.",
                _steps(lambda g, W, s: (g * s) @ W)),
        Mistake("slope-after", "g meets the slopes of a layer first and then its W, as in the formula.",
                _steps(lambda g, W, s: (g @ W.T) * s)),
        Mistake("forward-order", "You begin at the first layer. The gradient meets the last one first.",
                _slip(lambda layers, g: _through(layers, g, forwards=True))),
        Mistake("last-layer-only", "Only the last layer is in it. Is the `return` inside the loop?",
                _slip(lambda layers, g: _through(layers[-1:], g))),
        Mistake("sent-forward", "You send g forward, as if it were h. Look at the formula for the way back.",
                _slip(lambda layers, g: _through(layers, g, lambda g, W, s: (g @ W) * s, forwards=True))),
        Mistake("product-of-extremes",
                "You multiply the extremes of the single layers. That is a bound: what one layer stretches "
                "most is not what the next one does.",
                _measured(_bounds)),
        Mistake("eigenvalues", "These are eigenvalues. Singular values say how much a length changes.",
                _measured(_eigenvalues)),
        Mistake("axes-only", "You try gradients along the axes only. Others can be stretched more, or less.",
                _measured(_rows)),
        Mistake("squared", "These are the squares: the root is missing.",
                _measured(lambda J, layers: [v * v for v in _extremes(J, layers)])),
        Mistake("all-together", "The norm of the whole matrix adds up all its directions.", when=_is_total),
        Mistake("without-zeros",
                "You leave out singular values of 0. A direction that is lost counts: it is stretched by 0.",
                lambda case: _least_but_zero(case) if case["part"] == "smallest" else None),
        Mistake("swapped", "The two are in each other's place: return largest, smallest.",
                _measured(lambda J, layers: _extremes(J, layers)[::-1])),
        single_mistake(_reference),
    ],
    hints=[
        "One layer back is (g * slopes) @ W.T. Which layer comes first?",
        "np.eye(m) holds m upstream gradients, one in each row. What does send_back make of them?",
        "Then you have the whole Jacobian as a matrix, and np.linalg.svd knows its singular values.",
    ],
))  # fmt: skip
