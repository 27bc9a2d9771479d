"""The slope explorer's Python side, its curves and the pictures of notebook 01."""

import cmath
import math
import sys

import pytest

from backprop_lib import viz
from backprop_lib.viz import curves, figures01

COMPLEX = {
    "sin": cmath.sin,
    "exp": cmath.exp,
    "square": lambda z: z * z,
    "cube": lambda z: z**3,
    "tanh": cmath.tanh,
    "sqrt": cmath.sqrt,
    "reciprocal": lambda z: 1 / z,
}


@pytest.mark.parametrize("name", curves.CURVES)
def test_values_and_derivatives_agree_with_the_complex_step(name):
    curve, f = curves.CURVES[name], COMPLEX[name]
    low, high = curve.x_range
    for k in range(101):
        x = low + (high - low) * k / 100
        z = f(complex(x, 1e-30))
        assert curve.f(x) == pytest.approx(z.real, rel=1e-14, abs=1e-15)
        assert curve.df(x) == pytest.approx(z.imag / 1e-30, rel=1e-13, abs=1e-15)


def test_difference_quotients_err_as_taylor_says():
    exact = math.exp(0.3)
    forward = [curves.forward_difference(math.exp, 0.3, h) - exact for h in (1e-2, 1e-3)]
    central = [curves.central_difference(math.exp, 0.3, h) - exact for h in (1e-2, 1e-3)]
    assert forward[0] == pytest.approx(exact * 1e-2 / 2, rel=1e-2)
    assert central[0] == pytest.approx(exact * 1e-4 / 6, rel=1e-2)
    assert forward[0] / forward[1] == pytest.approx(10, rel=1e-2)
    assert central[0] / central[1] == pytest.approx(100, rel=1e-2)


def test_outside_the_domain_is_nan_and_steps_span_all_decades():
    assert math.isnan(curves.central_difference(math.sqrt, 0.1, 0.5))
    assert math.isnan(curves.value(curves.CURVES["reciprocal"].f, 0.0))
    hs = curves.steps()
    assert (hs[0], hs[-1], len(hs)) == (1e-16, 1.0, 161)


def test_the_best_steps_are_where_the_notebook_says():
    def mean_error(difference, h):
        points = [0.9 + 0.01 * k for k in range(21)]
        return sum(abs(difference(math.exp, x, h) - math.exp(x)) for x in points)

    best = {
        difference: min(curves.steps(per_decade=4), key=lambda h: mean_error(difference, h))
        for difference in (curves.forward_difference, curves.central_difference)
    }
    epsilon = math.ulp(1.0)
    assert 0.1 < best[curves.forward_difference] / epsilon ** (1 / 2) < 10
    assert 0.1 < best[curves.central_difference] / epsilon ** (1 / 3) < 10


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"function": "cosine"}, "sin, exp, square"),
        ({"x": 7.0}, "x is a number from -3.2 to 3.2, not 7.0"),
        ({"function": "sqrt", "x": -1.0}, "x is a number from 0.05"),
        ({"h": 0.0}, "h is a number from 1e-16 to 1"),
        ({"h": math.nan}, "not nan"),
        ({"h": "0.1"}, "not '0.1'"),
        ({"zoom": 0.5}, "zoom is a number from 1 to"),
    ],
)
def test_bad_input_is_named(arguments, part):
    with pytest.raises(ValueError, match=part.replace("-", "[-]")):
        viz.SlopeExplorer(**arguments)


def test_the_explorer_says_in_words_and_as_png_what_it_shows():
    explorer = viz.SlopeExplorer("square", x=2.0, h=0.5)
    assert explorer.numbers() == {"forward": 4.5, "central": 4.0, "exact": 4.0}
    assert "One-sided slope 4.5, central slope 4, exact slope 4" in repr(explorer)
    first, second = (explorer._repr_mimebundle_()[0] for _ in range(2))
    assert first["text/plain"] == repr(explorer)
    assert first["image/png"] == second["image/png"]
    assert first["image/png"].startswith("iVBORw0KGgo")
    assert "application/vnd.jupyter.widget-view+json" in first


def test_without_matplotlib_the_explorer_still_shows(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    data, _ = viz.SlopeExplorer()._repr_mimebundle_()
    assert "image/png" not in data
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("[Slope explorer: sin x")


PICTURES = {
    "zooms": lambda: figures01.zooms(math.sin, 1.0),
    "staircase": lambda: figures01.zooms(math.sin, 1.0, (1e13, 1e15, 4e15)),
    "number_lines": lambda: figures01.number_lines(0.05, 0.0825, 0.064),
    "rectangle": lambda: figures01.rectangle(3.0, 2.0, 0.3, 0.25),
    "two_paths": lambda: figures01.two_paths(du_dx=2.4, dL_du=0.9, dv_dx=0.4, dL_dv=1.4),
    "undefined chord": lambda: figures01.explorer("sqrt", 0.1, 0.5, 1.0, True),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name](), PICTURES[name]()
    assert picture.png == again.png
    assert picture.png.startswith(b"\x89PNG")
    assert len(picture.png) < 60_000
    bundle = picture._repr_mimebundle_()
    assert bundle["text/plain"] == f"[Figure: {picture.alt}]"
    assert len(picture.alt) > 30


def test_the_staircase_is_what_doubles_give():
    values = {math.sin(1.0 + 4e-16 * (k / 600 - 1)) for k in range(1201)}
    assert 3 <= len(values) <= 10  # a window of 8e-16 around 1 holds a handful of doubles
