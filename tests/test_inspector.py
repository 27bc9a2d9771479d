"""The matrix inspector's Python side and the figure of notebook 05."""

import math
import re

import numpy as np
import pytest

from backprop_lib import Tensor, viz


def random_layer(N=5, D=3, M=2, seed=0):
    rng = np.random.RandomState(seed)
    return rng.randn(N, D), rng.randn(D, M), rng.randn(M), rng.randn(N, M)


def test_its_products_are_the_gradients_of_the_engine():
    x, W, b, g = random_layer()
    found = viz.MatrixInspector(x, W, b, g).results()
    X, w, bias = Tensor(x), Tensor(W), Tensor(b)
    z = X @ w + bias
    z.backward(g)
    for name, expected in (("dx", X.grad), ("dW", w.grad), ("db", bias.grad[None]), ("z", z.data)):
        assert np.allclose(found[name], expected, rtol=1e-12), name


def test_each_product_is_the_product_of_its_factors():
    inspector = viz.MatrixInspector(*random_layer())
    for name, (left, right) in inspector.factors().items():
        assert np.allclose(left @ right, inspector.results()[name], rtol=1e-12), name


def test_without_b_it_is_0():
    x, W, _, g = random_layer()
    assert np.array_equal(viz.MatrixInspector(x, W, None, g).results()["z"], x @ W)


FITTING = {"x": [[1, 2]], "W": [[1], [2]], "g": [[1]]}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"x": [[1.0]]}, "give x, W and g (and b, if it is not 0), or none of them"),
        ({"b": [1.0]}, "give x, W and g (and b, if it is not 0), or none of them"),
        ({"product": "dB"}, "product is one of dW, dx, db, z, not 'dB'"),
        (FITTING | {"W": [[1]]}, "must fit, got (1, 2), (1, 1) and (1, 1)"),
        (FITTING | {"g": [[1, 2]]}, "must fit, got (1, 2), (2, 1) and (1, 2)"),
        (FITTING | {"x": [1, 2]}, "have two axes, got shapes (2,), (2, 1), (1, 1)"),
        (FITTING | {"b": [[1]]}, "b must have the shape (1,), one number for each column of W, got (1, 1)"),
        (FITTING | {"x": [[math.nan, 1]]}, "must be finite"),
        (FITTING | {"b": [math.inf]}, "must be finite"),
        (FITTING | {"x": [["a", "b"]]}, "arrays of real numbers"),
        ({"x": np.ones((9, 1)), "W": [[1]], "g": np.ones((9, 1))}, "N is 9, only 1 to 8 can be shown"),
        ({"x": np.ones((1, 7)), "W": np.ones((7, 1)), "g": [[1]]}, "D is 7, only 1 to 6"),
        ({"x": [[1]], "W": np.ones((1, 7)), "g": np.ones((1, 7))}, "M is 7, only 1 to 6"),
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
