"""The static figures of notebook 04: points and lines, the explorer's still, staircases."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, VERMILLION, Picture, new_figure


def lines(points, tasks):
    """Points in the plane, one panel a task: name -> (labels 0 or 1, w, b), with w None for no line."""
    figure, axes = new_figure(2.9 * len(tasks), 2.8, len(tasks))
    for ax, (name, (labels, w, b)) in zip(axes, tasks.items(), strict=True):
        ax.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xticks=(0, 1), yticks=(0, 1), aspect="equal")
        if w is not None:
            _line(ax, np.array(w, float), b)
        _points(ax, points, labels)
        ax.set_title(name if w is not None else f"{name}: no line will do", size=10, color=INK)
        ax.set_xlabel("$x_1$", color=INK, size=9)
    axes[0].set_ylabel("$x_2$", color=INK, size=9)
    with_line = [name for name, (_, w, _) in tasks.items() if w is not None]
    return Picture(
        figure,
        f"The four points of {', '.join(tasks)}, filled where the answer is 1. A line with an arrow to the "
        f"side of the 1s separates them for {' and '.join(with_line)}; for the others there is none.",
    )


def _line(ax, w, b):
    foot = w * -b / (w @ w)
    along = np.array([-w[1], w[0]])
    ax.axline(foot, foot + along, color=GREEN, linewidth=2)
    style = {"arrowstyle": "-|>", "color": GREEN, "linewidth": 2, "mutation_scale": 14}
    ax.annotate("", foot + 0.45 * w / np.linalg.norm(w), foot, arrowprops=style)


def _points(ax, points, labels, size=70):
    for (x, y), label in zip(points, labels, strict=True):
        inside = INK if label > 0 else "white"
        ax.scatter([x], [y], s=size, facecolor=inside, edgecolor=INK, linewidth=1.6, zorder=5)


def explorer(grid, outputs, points, targets, hidden, lines_of, loss):
    """What the `BoundaryExplorer` shows at its start.

    grid: coordinates (n,) of both axes; outputs (n, n), rows along x₂; points (4, 2), targets (4,),
    hidden (4, 2); lines_of: two lines (w, b) of the hidden neurons.
    """
    figure, (plane, inner) = new_figure(7.6, 3.5, 2)
    span = (grid[0], grid[-1])
    levels = np.linspace(-1, 1, 21)
    plane.contourf(grid, grid, outputs, levels=levels, cmap=_colours(), vmin=-1.3, vmax=1.3)
    plane.contour(grid, grid, outputs, levels=[0], colors=[INK], linewidths=1.6)
    for (w, b), dash in zip(lines_of, ("--", ":"), strict=True):
        w = np.array(w, float)
        if w @ w > 0:
            foot = w * -b / (w @ w)
            plane.axline(foot, foot + np.array([-w[1], w[0]]), color=GREEN, linewidth=1.6, linestyle=dash)
    _points(plane, points, targets)
    plane.set(xlim=span, ylim=span, aspect="equal", xlabel="$x_1$", ylabel="$x_2$", title="inputs")
    _points(inner, hidden, targets)
    inner.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal", xlabel="$h_1$", ylabel="$h_2$",
              title="hidden neurons")  # fmt: skip
    for ax in (plane, inner):
        ax.title.set_size(10)
    return Picture(
        figure,
        "A 2-2-1 network: its output over the plane of the inputs, with the lines of the two hidden neurons, "
        f"and the four points in the plane of the hidden neurons. Loss {loss:.3g}.",
        dpi=90,
    )


def _colours():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", [BLUE, "white", VERMILLION])


def staircases(x, y, found):
    """A curve y over x, and what networks of one hidden layer make of it: n -> values."""
    figure, axes = new_figure(3.1 * len(found), 2.6, len(found), sharey=True)
    for ax, (n, values) in zip(axes, found.items(), strict=True):
        ax.plot(x, y, color=FAINT, linewidth=3, label="curve")
        ax.plot(x, values, color=BLUE, linewidth=1.4, label="network")
        ax.set_title(f"{n} hidden neurons", size=10, color=INK)
        ax.set_xlabel("x", color=INK, size=9)
    axes[0].legend(frameon=False, fontsize=8, loc="lower left")
    return Picture(
        figure,
        "A wavy curve, and staircases of steep tanh steps that follow it: roughly with "
        f"{min(found)} hidden neurons, closely with {max(found)}.",
    )
