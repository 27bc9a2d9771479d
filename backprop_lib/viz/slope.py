"""`SlopeExplorer`: drag x and h along a curve; tangent, chords, and the error of their slopes."""

import math

from traitlets import Bool, Dict, Float, Unicode

from .curves import CURVES, central_difference, forward_difference
from .interactive import Interactive, module

_MAX_ZOOM = 10**15.5
_MENU = {
    name: {
        "formula": curve.formula,
        "derivative": curve.derivative,
        "x": list(curve.x_view),
        "y": list(curve.y_view),
        "range": list(curve.x_range),
    }
    for name, curve in CURVES.items()
}


class SlopeExplorer(Interactive):
    """A curve with its tangent at x and the chords of width h; beside it, error against h.

    `function` is one of sin, exp, square, cube, tanh, sqrt, reciprocal; `x` a point of its range;
    `h` a step in [1e-16, 1]; `zoom` a magnification of 1 or more. `follow` ties the zoom to h,
    `errors` shows the second panel. Raises ValueError for anything else.

    All of it is computed in the browser in double precision: dragging sends nothing to the kernel,
    so the traits hold where the explorer started. Setting one from Python moves the page.
    """

    _esm = module("slope_plot.js", "slope.js", css="slope.css")
    function = Unicode("sin").tag(sync=True)
    x = Float(1.0).tag(sync=True)
    h = Float(0.5).tag(sync=True)
    zoom = Float(1.0).tag(sync=True)
    follow = Bool(False).tag(sync=True)
    errors = Bool(True).tag(sync=True)
    menu = Dict(_MENU).tag(sync=True)

    def __init__(self, function="sin", x=1.0, h=0.5, *, zoom=1.0, follow=False, errors=True):
        if function not in CURVES:
            raise ValueError(f"function is one of {', '.join(CURVES)}, not {function!r}")
        low, high = CURVES[function].x_range
        _require("x", x, low, high)
        _require("h", h, 1e-16, 1.0)
        _require("zoom", zoom, 1.0, _MAX_ZOOM)
        super().__init__(function=function, x=x, h=h, zoom=zoom, follow=follow, errors=errors)

    def numbers(self):
        """The two estimates of the slope and the exact one, as the page computes them."""
        curve = CURVES[self.function]
        return {
            "forward": forward_difference(curve.f, self.x, self.h),
            "central": central_difference(curve.f, self.x, self.h),
            "exact": curve.df(self.x),
        }

    def summary(self):
        n = self.numbers()
        return (
            f"Slope explorer: {CURVES[self.function].formula} at x = {self.x:g} with h = {self.h:g}. "
            f"One-sided slope {n['forward']:.6g}, central slope {n['central']:.6g}, "
            f"exact slope {n['exact']:.6g}."
        )

    def picture(self):
        from . import figures01

        return figures01.explorer(self.function, self.x, self.h, self.zoom, self.errors)


def _require(name, number, low, high):
    if not (isinstance(number, int | float) and math.isfinite(number) and low <= number <= high):
        raise ValueError(f"{name} is a number from {low:.3g} to {high:.3g}, not {number!r}")
