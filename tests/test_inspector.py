"""The matrix inspector's Python side and the figure of notebook 05."""

import math
import re

import numpy as np
import pytest

from backprop_lib import Tensor, viz


def test_its_products_are_the_gradients_of_the_engine():
    rng = np.random.RandomState(0)
    x, W, g = rng.randn(5, 3), rng.randn(3, 2), rng.randn(5, 2)
    found = viz.MatrixInspector(x, W, g).results()
    X, w, b = Tensor(x), Tensor(W), Tensor(np.zeros(2))
    (X @ w + b).backward(g)
    for name, gradient in (("dx", X.grad), ("dW", w.grad), ("db", b.grad[None])):
        assert np.allclose(found[name], gradient, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"x": [[1.0]]}, "give x, W and g, or none of them"),
        ({"product": "dB"}, "product is one of dW, dx, db, z, not 'dB'"),
        ({"x": [[1, 2]], "W": [[1]], "g": [[1]]}, "must fit, got (1, 2), (1, 1) and (1, 1)"),
        ({"x": [1, 2], "W": [[1]], "g": [[1]]}, "have two axes, got shapes (2,), (1, 1), (1, 1)"),
        ({"x": [[math.nan]], "W": [[1]], "g": [[1]]}, "must be finite"),
        ({"x": [["a"]], "W": [[1]], "g": [[1]]}, "arrays of real numbers"),
        ({"x": np.ones((9, 1)), "W": [[1]], "g": np.ones((9, 1))}, "N is 9, only 1 to 8 can be shown"),
        ({"x": np.ones((1, 7)), "W": np.ones((7, 1)), "g": [[1]]}, "D is 7, only 1 to 6"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        viz.MatrixInspector(**arguments)


@pytest.mark.parametrize("product", ["dW", "dx", "db", "z"])
def test_its_picture_is_reproducible_and_says_what_it_shows(product):
    first, second = (viz.MatrixInspector(product=product).picture() for _ in range(2))
    assert first.png == second.png and len(first.png) < 60_000
    inspector = viz.MatrixInspector(product=product)
    entry = inspector.results()[product][0, 0]
    assert f"{entry:.2f}" in first.alt and f"{entry:.3g}" in inspector.summary()
