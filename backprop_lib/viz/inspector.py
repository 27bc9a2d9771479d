"""`MatrixInspector`: the gradients of a linear layer as products of matrices, entry by entry."""

import numpy as np
from traitlets import Dict, List, Unicode

from .interactive import Interactive, module

PRODUCTS = ("dW", "dx", "db", "z")
_MOST = {"N": 8, "D": 6, "M": 6}


class MatrixInspector(Interactive):
    """z = x @ W + b with the upstream gradient g = ∂L/∂z: choose a product, an entry, and how many terms.

    x (N, D), W (D, M), b (M,), g (N, M): real numbers, N at most 8, D and M at most 6; without b it is 0.
    Without any of them a small example with N = 4, D = 3, M = 2 is made. product, the one to begin with:
    "dW", "dx", "db" or "z". Raises ValueError for anything else.
    """

    _esm = module("inspector_math.js", "inspector.js", css="inspector.css")
    matrices = Dict().tag(sync=True)
    product = Unicode("dW").tag(sync=True)
    entry = List([0, 0]).tag(sync=True)

    def __init__(self, x=None, W=None, b=None, g=None, *, product="dW"):
        needed = [array is not None for array in (x, W, g)]
        if any(needed) != all(needed) or (b is not None and not all(needed)):
            raise ValueError("give x, W and g (and b, if it is not 0), or none of them for an example")
        if product not in PRODUCTS:
            raise ValueError(f"product is one of {', '.join(PRODUCTS)}, not {product!r}")
        self._arrays = _checked(x, W, b, g) if all(needed) else _example()
        matrices = dict(zip("xWbg", (array.tolist() for array in self._arrays), strict=True))
        super().__init__(matrices=matrices, product=product, entry=[0, 0])

    def results(self):
        """The four products, by numpy: {"dW": (D, M), "dx": (N, D), "db": (1, M), "z": (N, M)}."""
        x, W, b, g = self._arrays
        return {"dW": x.T @ g, "dx": g @ W.T, "db": g.sum(axis=0, keepdims=True), "z": x @ W + b}

    def factors(self):
        """Each product as one of two matrices, (A, B): b is a row of W, for an input that is always 1."""
        x, W, b, g = self._arrays
        ones = np.ones((len(x), 1))
        augmented = np.hstack([x, ones]), np.vstack([W, b])
        return {"dW": (x.T, g), "dx": (g, W.T), "db": (ones.T, g), "z": augmented}

    def summary(self):
        x, W, b, g = self._arrays
        return (
            f"Matrix inspector: x {x.shape}, W {W.shape}, b {b.shape}, upstream g {g.shape}; "
            f"{self.product} has entry {self.results()[self.product][0, 0]:.3g} at row 0, column 0."
        )

    def picture(self):
        from . import figures05

        names = {
            "dW": ("xᵀ", "g", "∂L/∂W"),
            "dx": ("g", "Wᵀ", "∂L/∂x"),
            "db": ("1ᵀ", "g", "∂L/∂b"),
            "z": ("x, then 1", "W, then b", "z"),
        }
        left, right = self.factors()[self.product]
        left_name, right_name, name = names[self.product]
        return figures05.multiplication(left_name, left, right_name, right, name)


def _example():
    rng = np.random.RandomState(3)
    x, W, g = (np.round(rng.uniform(-1.5, 1.5, shape), 1) for shape in ((4, 3), (3, 2), (4, 2)))
    return x, W, np.array([0.5, -0.2]), g


def _checked(x, W, b, g):
    try:
        x, W, g = arrays = [np.array(array, float) for array in (x, W, g)]
        b = None if b is None else np.array(b, float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"x, W, b and g must be arrays of real numbers: {error}") from error
    if any(array.ndim != 2 for array in arrays):
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ValueError(f"x, W and g must have two axes, got shapes {shapes}")
    (N, D), (D2, M) = x.shape, W.shape
    if D != D2 or g.shape != (N, M):
        raise ValueError(f"x (N, D), W (D, M) and g (N, M) must fit, got {x.shape}, {W.shape} and {g.shape}")
    b = np.zeros(M) if b is None else b
    if b.shape != (M,):
        raise ValueError(f"b must have the shape ({M},), one number for each column of W, got {b.shape}")
    if not all(np.isfinite(array).all() for array in (x, W, b, g)):
        raise ValueError("x, W, b and g must be finite, there is a NaN or an infinity in them")
    for name, n in (("N", N), ("D", D), ("M", M)):
        if not 1 <= n <= _MOST[name]:
            raise ValueError(f"{name} is {n}, only 1 to {_MOST[name]} can be shown: take fewer")
    return x, W, b, g
