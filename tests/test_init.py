"""The initialisers: variances, gains, what they refuse."""

import math

import numpy as np
import pytest

from backprop_lib import init, ops

LARGE = [(400, 300), (90, 40, 5, 6)]
SCALED = {  # name -> Var(W) · what, for gain 3
    "glorot_normal": lambda n_in, n_out: 9 * 2 / (n_in + n_out),
    "glorot_uniform": lambda n_in, n_out: 9 * 2 / (n_in + n_out),
    "he_normal": lambda n_in, n_out: 9 / n_in,
    "he_uniform": lambda n_in, n_out: 9 / n_in,
}


def test_fans_of_a_matrix_and_of_a_convolution():
    assert init.fans((3, 5)) == (3, 5)
    assert init.fans((7, 2, 3, 5)) == (30, 105)


@pytest.mark.parametrize("shape", LARGE)
@pytest.mark.parametrize("name", SCALED)
def test_variance(name, shape):
    W = getattr(init, name)(shape, rng=1, gain=3.0)
    expected = SCALED[name](*init.fans(shape))
    assert W.shape == shape
    assert np.var(W) == pytest.approx(expected, rel=0.02)
    assert abs(W.mean()) < 5 * math.sqrt(expected / W.size)
    largest = np.abs(W).max() / math.sqrt(expected)
    if name.endswith("uniform"):
        assert 0.999 * math.sqrt(3) < largest <= math.sqrt(3)
    else:
        assert 3.5 < largest < 6


def test_default_gains():
    W = init.he_normal((400, 300), rng=1)
    assert np.var(W) == pytest.approx(2 / 400, rel=0.02)
    np.testing.assert_array_equal(
        init.he_normal((400, 300), rng=1, gain=1.0), init.lecun_normal((400, 300), rng=1)
    )
    assert np.var(init.he_uniform((400, 300), rng=1)) == pytest.approx(2 / 400, rel=0.02)
    assert np.var(init.glorot_uniform((400, 300), rng=1)) == pytest.approx(2 / 700, rel=0.02)


def test_normal_uniform_constant_zeros():
    W = init.normal((300, 200), 0.5, mean=2.0, rng=0)
    assert W.mean() == pytest.approx(2, abs=0.01) and W.std() == pytest.approx(0.5, rel=0.01)
    W = init.uniform((300, 200), -1.0, 3.0, rng=0)
    assert -1 <= W.min() < -0.99 and 2.99 < W.max() <= 3
    assert init.constant((2, 3), 1.5).tolist() == [[1.5] * 3] * 2
    assert init.zeros(4).tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("activation", "depth"), [("relu", 30), ("leaky_relu", 30), ("elu", 30), ("softplus", 30), ("gelu", 5)]
)
def test_gain_keeps_the_size_of_signals_through_many_layers(activation, depth):
    """He's condition, as an experiment: without the gain 30 relus would shrink z² by 2³⁰."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 400))
    gain = 1.0
    for _ in range(depth):
        z = x @ init.he_normal((400, 400), rng=rng, gain=gain)
        x = getattr(ops, activation)(z).data
        gain = init.gain(activation)
    assert 0.5 < np.mean(z**2) < 2


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky_relu", "gelu", "elu", "softplus"])
def test_gain_is_what_the_integral_gives(activation):
    z = np.linspace(-12, 12, 200_001)
    y = z if activation == "linear" else getattr(ops, activation)(z).data
    second_moment = np.trapezoid(y**2 * np.exp(-z * z / 2), z) / math.sqrt(2 * math.pi)
    assert init.gain(activation) == pytest.approx(second_moment**-0.5, rel=1e-8)


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (6, 2, 3, 2)])
def test_orthogonal(shape):
    W = init.orthogonal(shape, rng=0, gain=1.5)
    assert W.shape == shape
    W = W.reshape(shape[0], -1)
    product = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
    np.testing.assert_allclose(product, 2.25 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_is_equally_likely_to_point_anywhere():
    rng = np.random.default_rng(0)
    first = np.array([init.orthogonal((3, 3), rng=rng) for _ in range(2000)])
    assert np.abs(first.mean(axis=0)).max() < 0.06  # LAPACK's own signs give -0.5 on the diagonal


DRAWING = {
    "normal": lambda **k: init.normal((3, 4), **k),
    "uniform": lambda **k: init.uniform((3, 4), -1, 1, **k),
    **{
        name: lambda name=name, **k: getattr(init, name)((3, 4), **k)
        for name in (*SCALED, "lecun_normal", "orthogonal")
    },
}


@pytest.mark.parametrize("name", DRAWING)
def test_seeds_and_dtypes(name):
    draw = DRAWING[name]
    W = draw(rng=3)
    assert W.dtype == np.float64
    np.testing.assert_array_equal(W, draw(rng=np.random.default_rng(3)))
    rng = np.random.default_rng(3)
    draw(rng=rng)
    assert not np.array_equal(W, draw(rng=rng))
    single = draw(rng=3, dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, W, rtol=1e-6)
    with pytest.raises(TypeError, match="rng"):
        draw()
    with pytest.raises(TypeError, match=r"pass rng=np\.random\.default_rng\(0\), .* rng is None"):
        draw(rng=None)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: init.normal((2, 3), -1.0, rng=0), ValueError, "std must be 0 or more, got -1.0"),
        (lambda: init.he_normal((2, 3), gain=-1.0, rng=0), ValueError, "gain must be 0 or more"),
        (lambda: init.glorot_uniform((2, 3), gain=math.nan, rng=0), ValueError, "gain must be 0 or more"),
        (lambda: init.orthogonal((2, 3), gain=-1.0, rng=0), ValueError, "gain must be 0 or more"),
        (lambda: init.uniform((2, 3), 2, 1, rng=0), ValueError, "low=2 and high=1"),
        (lambda: init.he_normal((3,), rng=0), ValueError, r"two axes or more .* got \(3,\)"),
        (lambda: init.orthogonal((3,), rng=0), ValueError, r"two axes or more .* got \(3,\)"),
        (lambda: init.he_normal((0, 3), rng=0), ValueError, r"shape \(0, 3\) must be 1 or more, got 0"),
        (lambda: init.zeros((2, -3)), ValueError, r"shape \(2, -3\) must be 1 or more, got -3"),
        (lambda: init.zeros((2, 1.5)), TypeError, r"shape \(2, 1.5\) must be a whole number, got 1.5"),
        (lambda: init.he_normal((2, 3), rng=True), TypeError, "rng is True"),
        (lambda: init.he_normal((2, 3), rng="0"), TypeError, "rng is '0'"),
        (lambda: init.gain("selu"), ValueError, "activation must be leaky_relu, linear, .* got 'selu'"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
