"""The pictures of notebook 01. Each function returns a `Picture`: a PNG and a sentence."""

import math

from .curves import CURVES, central_difference, forward_difference, steps, value
from .picture import BLUE, FAINT, GREEN, INK, VERMILLION, Picture, blank, new_figure


def zooms(f, x, factors=(1, 10, 100), half_width=1.6):
    """The curve of `f` around `x`, magnified by each of `factors`.

    Drawn as the computer has it: f is evaluated at x + t, rounded to a double, like anything else.
    """
    figure, axes = new_figure(9, 2.6, len(factors))
    for ax, factor, following in zip(axes, factors, (*factors[1:], math.inf), strict=True):
        half = half_width / factor
        offsets = [half * (k / 600 - 1) for k in range(1201)]
        ax.plot(offsets, [f(x + t) - f(x) for t in offsets], color=BLUE, linewidth=2)
        ax.plot([0], [0], "o", color=INK, markersize=5)
        ax.set(xlim=(-half, half), ylim=(-half, half), xticks=[0], yticks=[0])
        ax.set_xticklabels(["x"])
        ax.set_yticklabels(["f(x)"])
        ax.set_title(f"{_times(factor)}   width {2 * half:.2g}", fontsize=9, color=INK)
        ax.grid(color=FAINT, linewidth=0.4)
        if following / factor <= 20:
            box = half_width / following
            ax.add_patch(_patch(-box, -box, 2 * box, 2 * box, "none", 1, edge=VERMILLION))
    steps_seen = ", ".join(_times(factor) for factor in factors)
    return Picture(figure, f"The curve around x = {x:g}, magnified {steps_seen}.")


def number_lines(dx, du, dy, names=("x", "u = x²", "y = sin u")):
    """Three number lines: a nudge dx, what it becomes on the second line, and on the third."""
    figure, (ax,) = new_figure(8, 2.5)
    blank(ax)
    widest = max(abs(dx), abs(du), abs(dy))
    rows = zip(names, (dx, du, dy), (INK, BLUE, VERMILLION), strict=True)
    for row, (name, nudge, colour) in enumerate(rows):
        y = -row
        ax.plot([-0.1, 1.15], [y, y], color=FAINT, linewidth=0.8)
        ax.plot([0, nudge / widest], [y, y], color=colour, linewidth=7, solid_capstyle="butt")
        ax.text(-0.16, y, name, ha="right", va="center", fontsize=11, color=INK)
        ax.text(1.2, y, f"moves by {nudge:+.4f}".replace("-", "−"), va="center", fontsize=10, color=INK)
        if row:
            before = (dx, du)[row - 1]
            arrow = {"arrowstyle": "->", "color": FAINT}
            ax.annotate("", (0.02, y + 0.12), (0.02, y + 0.88), arrowprops=arrow)
            ax.text(0.05, y + 0.5, f"× {nudge / before:.3f}", va="center", fontsize=10, color=INK)
    ax.set(xlim=(-0.6, 1.75), ylim=(-2.4, 0.4))
    return Picture(figure, f"A nudge of {dx:g} in x becomes {du:.4g} in u and {dy:.4g} in y: rates multiply.")


def rectangle(u, v, du, dv):
    """The product rule: a rectangle u × v that grows by du and dv."""
    figure, (ax,) = new_figure(4.6, 3)
    blank(ax).set_aspect("equal")
    parts = (
        (0, 0, u, v, FAINT, "u · v", 0.25),
        (0, v, u, dv, BLUE, "u · dv", 0.75),
        (u, 0, du, v, VERMILLION, "v · du", 0.75),
        (u, v, du, dv, INK, "", 0.9),
    )
    for x, y, width, height, colour, text, alpha in parts:
        ax.add_patch(_patch(x, y, width, height, colour, alpha))
        ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=10,
                color=INK if colour == FAINT else "white", rotation=90 if width < height / 3 else 0)
    ax.annotate("du · dv", (u + du / 2, v + dv / 2), (u + 2.2 * du, v + dv / 2), va="center", fontsize=10,
                arrowprops={"arrowstyle": "-", "color": FAINT})
    ax.set(xlim=(-0.05 * u, u + 4.5 * du), ylim=(-0.05 * v, v + 1.4 * dv))
    alt = "A rectangle u by v grows by a strip u·dv on top, a strip v·du at the side, and a tiny corner."
    return Picture(figure, alt)


def two_paths(**rates):
    """x reaches L through u and through v. `rates`: du_dx, dL_du, dv_dx, dL_dv."""
    figure, (ax,) = new_figure(6.4, 2.4)
    blank(ax)
    places = {"x": (0, 0), "u": (1, 0.55), "v": (1, -0.55), "L": (2, 0)}
    edges = (("x", "u", "du_dx"), ("u", "L", "dL_du"), ("x", "v", "dv_dx"), ("v", "L", "dL_dv"))
    for tail, head, rate in edges:
        colour = BLUE if "u" in (tail, head) else GREEN
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "shrinkA": 15, "shrinkB": 15}
        ax.annotate("", places[head], places[tail], arrowprops=arrow)
        (x0, y0), (x1, y1) = places[tail], places[head]
        up = 0.19 if y0 + y1 > 0 else -0.19
        d = "d" if tail == "x" else "∂"
        label = f"{d}{head}/{d}{tail} = {rates[rate]:.3f}".replace("-", "−")
        ax.text((x0 + x1) / 2, (y0 + y1) / 2 + up, label, ha="right" if x0 == 0 else "left", va="center",
                fontsize=9, color=INK)
    for name, (x, y) in places.items():
        ax.text(x, y, name, ha="center", va="center", fontsize=13, color=INK,
                bbox={"boxstyle": "circle,pad=0.35", "facecolor": "white", "edgecolor": INK})
    ax.set(xlim=(-0.5, 2.5), ylim=(-0.95, 0.95))
    return Picture(figure, "A graph: x goes to u and to v, and both go to L. Each arrow carries its rate.")


def explorer(function, x, h, zoom, errors):
    """What the `SlopeExplorer` shows at its start, for places where no page runs."""
    curve = CURVES[function]
    figure, axes = new_figure(9 if errors else 5, 3.2, 2 if errors else 1)
    _curve_with_lines(axes[0], curve, x, h, zoom)
    if errors:
        for difference, colour, name in _kinds():
            error = [abs(difference(curve.f, x, step) - curve.df(x)) or math.nan for step in steps()]
            axes[1].loglog(steps(), error, color=colour, linewidth=1.2, label=name)
        axes[1].axvline(h, color=FAINT, linewidth=0.8)
        axes[1].set(xlabel="step h", ylabel="error of the slope", ylim=(1e-16, 1e2))
    return Picture(figure, f"{curve.formula} with tangent and chords at x = {x:g}, h = {h:g}.", dpi=90)


def _curve_with_lines(ax, curve, x, h, zoom):
    (left, right), (bottom, top), here = curve.x_view, curve.y_view, curve.f(x)
    half_x, half_y = (right - left) / 2 / zoom, (top - bottom) / 2 / zoom
    mid_x, mid_y = ((left + right) / 2 - x) / zoom, ((bottom + top) / 2 - here) / zoom
    offsets = [mid_x + half_x * (k / 400 - 1) for k in range(801)]
    inside = [t for t in offsets if x + t > 0 or curve.x_range[0] < 0]
    ax.plot(inside, [value(curve.f, x + t) - here for t in inside], color=INK, linewidth=2.2)
    ax.axline((0, 0), slope=curve.df(x), color=VERMILLION, linewidth=1.6, label="exact")
    for difference, colour, name in _kinds():
        slope, start = difference(curve.f, x, h), (0, 0)
        if name == "central":
            start = (h, value(curve.f, x + h) - here)
        if math.isfinite(slope):
            style = "--" if name == "one-sided" else ":"
            ax.axline(start, slope=slope, color=colour, linewidth=1.6, linestyle=style, label=name)
    ax.plot([0], [0], "o", color=INK, markersize=5)
    ax.set(xlim=(mid_x - half_x, mid_x + half_x), ylim=(mid_y - half_y, mid_y + half_y))
    ax.set(xticks=[0], yticks=[0])
    ax.set_xticklabels([f"x = {x:g}"])
    ax.set_yticklabels(["f(x)"])
    ax.legend(frameon=False, fontsize=8, loc="best")


def _kinds():
    return (forward_difference, BLUE, "one-sided"), (central_difference, GREEN, "central")


def _patch(x, y, width, height, colour, alpha, edge="white"):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=colour, edgecolor=edge, alpha=alpha, zorder=3)


def _times(factor):
    if factor < 1e4:
        return f"× {factor:g}"
    digits, exponent = f"{factor:.0e}".split("e")
    tens = f"10{_superscript(int(exponent))}"
    return f"× {tens}" if digits == "1" else f"× {digits} · {tens}"


def _superscript(n):
    return str(n).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
