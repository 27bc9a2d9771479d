"""What every op must do, in one call: right values and gradients, float32 kept, nothing overwritten."""

import numpy as np

from backprop_lib import Tensor, gradcheck


def check_op(f, reference, inputs):
    """f, a function of Tensors, against `reference`, the same on arrays, and numerical gradients."""
    y = f(*map(Tensor, inputs))
    expected = reference(*inputs)
    assert y.shape == expected.shape
    np.testing.assert_allclose(y.data, expected, rtol=1e-12, atol=1e-13)
    assert (check := gradcheck(f, *inputs)), check
    assert (check := gradcheck(f, *inputs, method="central difference")), check
    _keeps_float32_and_its_arrays(f, inputs)
    _answers_each_upstream_alone(f, inputs)


def _keeps_float32_and_its_arrays(f, inputs):
    leaves = [Tensor(x, dtype=np.float32) for x in inputs]
    before = [leaf.data.copy() for leaf in leaves]
    y = f(*leaves)
    result, g = y.data.copy(), np.random.default_rng(1).normal(size=y.shape).astype(np.float32)
    upstream = g.copy()
    gradients = [np.array(vjp(g)) for vjp in y._vjps]
    for gradient, vjp, leaf in zip(gradients, y._vjps, leaves, strict=True):
        assert gradient.dtype == np.float32 and gradient.shape == leaf.shape
        np.testing.assert_array_equal(vjp(g), gradient)  # no vjp writes into what another one reads
    assert y.dtype == np.float32
    np.testing.assert_array_equal(g, upstream)
    np.testing.assert_array_equal(y.data, result)
    for leaf, old in zip(leaves, before, strict=True):
        np.testing.assert_array_equal(leaf.data, old)


def _answers_each_upstream_alone(f, inputs):
    y = f(*map(Tensor, inputs))
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=y.shape), rng.normal(size=y.shape)
    fresh = [np.array(vjp(first)) for vjp in f(*map(Tensor, inputs))._vjps]
    for vjp in y._vjps:
        vjp(second)
    for vjp, expected in zip(y._vjps, fresh, strict=True):
        np.testing.assert_array_equal(vjp(first), expected)
