"""`MatrixInspector`: the gradients of a linear layer as products of matrices, entry by entry."""

import numpy as np
from traitlets import Dict, List, Unicode

from .interactive import Interactive, module

PRODUCTS = ("dW", "dx", "db", "z")
_MOST = {"N": 8, "D": 6, "M": 6}


class MatrixInspector(Interactive):
    """z = x @ W + b with the upstream gradient g = ∂L/∂z: choose a product, an entry, and how many terms.

    x (N, D), W (D, M), g (N, M): real numbers, N at most 8, D and M at most 6. Without them a small example
    with N = 4, D = 3, M = 2 is made. product: "dW", "dx", "db" or "z". Raises ValueError for anything else.
    """

    _esm = module("inspector_math.js", "inspector.js", css="inspector.css")
    matrices = Dict().tag(sync=True)
    product = Unicode("dW").tag(sync=True)
    entry = List([0, 0]).tag(sync=True)

    def __init__(self, x=None, W=None, g=None, *, product="dW"):
        given = [array is not None for array in (x, W, g)]
        if any(given) and not all(given):
            raise ValueError("give x, W and g, or none of them for an example")
        if product not in PRODUCTS:
            raise ValueError(f"product is one of {', '.join(PRODUCTS)}, not {product!r}")
        x, W, g = _checked(x, W, g) if all(given) else _example()
        self._arrays = x, W, g
        matrices = {"x": x.tolist(), "W": W.tolist(), "g": g.tolist()}
        super().__init__(matrices=matrices, product=product, entry=[0, 0])

    def results(self):
        """The four products, by numpy: {"dW": (D, M), "dx": (N, D), "db": (1, M), "z": (N, M) without b}."""
        x, W, g = self._arrays
        return {"dW": x.T @ g, "dx": g @ W.T, "db": g.sum(axis=0, keepdims=True), "z": x @ W}

    def summary(self):
        x, W, g = self._arrays
        return (
            f"Matrix inspector: x {x.shape}, W {W.shape}, upstream g {g.shape}; "
            f"{self.product} has entry {self.results()[self.product][0, 0]:.3g} at row 0, column 0."
        )

    def picture(self):
        from . import figures05

        x, W, g = self._arrays
        parts = {
            "dW": ("xᵀ", x.T, "g", g, "∂L/∂W"),
            "dx": ("g", g, "Wᵀ", W.T, "∂L/∂x"),
            "db": ("1ᵀ", np.ones((1, len(g))), "g", g, "∂L/∂b"),
            "z": ("x", x, "W", W, "x W"),
        }
        return figures05.multiplication(*parts[self.product])


def _example():
    rng = np.random.RandomState(3)
    return [np.round(rng.uniform(-1.5, 1.5, shape), 1) for shape in ((4, 3), (3, 2), (4, 2))]


def _checked(x, W, g):
    try:
        arrays = [np.array(array, float) for array in (x, W, g)]
    except (TypeError, ValueError) as error:
        raise ValueError(f"x, W and g must be arrays of real numbers: {error}") from error
    if any(array.ndim != 2 for array in arrays) or not all(np.isfinite(array).all() for array in arrays):
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(f"x, W and g must be finite and have two axes, got shapes {shapes}")
    (N, D), (D2, M), g_shape = (array.shape for array in arrays)
    if D != D2 or g_shape != (N, M):
        raise ValueError(f"x (N, D), W (D, M) and g (N, M) must fit, got {(N, D)}, {(D2, M)} and {g_shape}")
    for name, n in (("N", N), ("D", D), ("M", M)):
        if not 1 <= n <= _MOST[name]:
            raise ValueError(f"{name} is {n}, only 1 to {_MOST[name]} can be shown: take fewer")
    return arrays
