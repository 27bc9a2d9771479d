"""The static figures of notebook 04: points and lines, the explorer's still, staircases."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, VERMILLION, Picture, blank, new_figure


def lines(points, tasks):
    """Points in the plane, one panel a task: name -> (labels 0 or 1, w, b), with w None for no line."""
    figure, axes = new_figure(2.9 * len(tasks), 2.8, len(tasks))
    for ax, (name, (labels, w, b)) in zip(axes, tasks.items(), strict=True):
        _square(ax, f"{name}: no line will do" if w is None else name)
        if w is not None:
            _line(ax, w, b)
        _points(ax, points, labels)
        ax.set_xlabel("$x_1$", color=INK, size=9)
    axes[0].set_ylabel("$x_2$", color=INK, size=9)
    separated = [name for name, (_, w, _) in tasks.items() if w is not None]
    return Picture(
        figure,
        f"The four points of {', '.join(tasks)}, filled where the answer is 1. Where a line separates them "
        f"({', '.join(separated)}) it is drawn, with an arrow to the side of the 1s.",
    )


def learning(points, tasks):
    """What the perceptron answers after each mistake, one row a task.

    tasks: name -> (labels, [(w, b, which point, …), …]); all panels are drawn on one sheet.
    """
    columns = max(len(found) for _, found in tasks.values())
    figure, (ax,) = new_figure(0.9 * columns, 1.15 * len(tasks))
    square, wide, tall = np.array([-0.7, 1.7]), 2.7, 3.2
    for row, (name, (labels, found)) in enumerate(tasks.items()):
        for k, (w, b, wrong, *_) in enumerate(found):
            corner = np.array([wide * k, -tall * row])
            z = w[0] * square + w[1] * square[:, None] + b
            axis_x, axis_y = square + corner[0], square + corner[1]
            ax.contourf(axis_x, axis_y, z, levels=[-99, 0, 99], colors=["white", "#8fc1de"])
            ax.plot(axis_x[[0, 1, 1, 0, 0]], axis_y[[0, 0, 1, 1, 0]], color=FAINT, linewidth=0.8)
            moved = [(x + corner[0], y + corner[1]) for x, y in points]
            _points(ax, moved, labels, size=26)
            ax.scatter(*moved[wrong], s=120, facecolor="none", edgecolor=VERMILLION, linewidth=1.8, zorder=6)
            title = f"{name}: 1" if k == 0 else f"{k + 1}"
            ax.text(corner[0] + 0.5, corner[1] + 1.85, title, ha="center", size=9, color=INK)
    ax.set(xlim=(-0.9, wide * columns - 0.8), ylim=(-0.8 - tall * (len(tasks) - 1), 2.4), aspect="equal")
    blank(ax)
    return Picture(
        figure,
        f"Where the perceptron answers 1, after each of its first {columns} mistakes, for "
        f"{' and '.join(tasks)}. The point that it had wrong is ringed.",
    )


def _square(ax, title):
    ax.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xticks=(0, 1), yticks=(0, 1), aspect="equal")
    ax.set_title(title, size=10, color=INK)


def _line(ax, w, b, look="-", number="", centre=(0.5, 0.5)):
    """The line w·x + b = 0, and an arrow to the side of the larger answers; nothing if w is 0."""
    w = np.array(w, float)
    length = np.linalg.norm(w)
    if length < 1e-9:
        return
    colour = INK if number == "3" else GREEN
    foot = centre - w * ((w @ centre + b) / length**2)
    ax.axline(foot, foot + np.array([-w[1], w[0]]) / length, color=colour, linewidth=1.8, linestyle=look)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    if not (left <= foot[0] <= right and low <= foot[1] <= high):
        return
    head = foot + 0.16 * (right - left) * w / length
    style = {"arrowstyle": "-|>", "color": GREEN, "linewidth": 1.8, "mutation_scale": 12}
    ax.annotate("", head, foot, arrowprops=style)
    if number:
        disc = {"boxstyle": "circle,pad=0.25", "facecolor": GREEN, "edgecolor": "white"}
        ax.annotate(number, head, color="white", size=8, weight="bold", ha="center", va="center", bbox=disc)


def _points(ax, points, labels, size=70):
    for (x, y), label in zip(points, labels, strict=True):
        inside = INK if label > 0 else "white"
        ax.scatter([x], [y], s=size, facecolor=inside, edgecolor=INK, linewidth=1.6, zorder=5)


def explorer(planes, targets, lines_of, loss):
    """What the `BoundaryExplorer` shows: the plane of the inputs and the plane of the hidden neurons.

    planes: for each of the two, (grid (n,), outputs (n, n) with rows upwards, points (4, 2)); targets (4,);
    lines_of: (w, b) of the three neurons.
    """
    figure, axes = new_figure(7.6, 3.7, 2)
    names = (("$x_1$", "$x_2$", "inputs"), ("$h_1$", "$h_2$", "hidden neurons"))
    for ax, (grid, outputs, points), (x, y, title) in zip(axes, planes, names, strict=True):
        ax.contourf(grid, grid, outputs, levels=np.linspace(-1, 1, 21), cmap=_colours(), vmin=-1.3, vmax=1.3)
        ax.set(xlim=grid[[0, -1]], ylim=grid[[0, -1]], aspect="equal", xlabel=x, ylabel=y, title=title)
        ax.title.set_size(10)
        ax.locator_params(nbins=5)
        _points(ax, points, targets)
    grid, outputs, _ = planes[0]
    axes[0].contour(grid, grid, outputs, levels=[0], colors=[INK], linewidths=1.8)
    for (w, b), look, number in zip(lines_of, ("--", ":", "-"), "123", strict=True):
        ax, centre = (axes[1], (0, 0)) if number == "3" else (axes[0], (0.5, 0.5))
        _line(ax, w, b, look, number, np.array(centre))
    for (x1, x2), at in zip(planes[0][2], planes[1][2], strict=True):
        away = (5 if x1 else -5, 5 if x2 else -5)
        corner = {"ha": "left" if x1 else "right", "va": "bottom" if x2 else "top"}
        axes[1].annotate(f"{x1}, {x2}", at, away, textcoords="offset points", size=8, color=INK, **corner)
    return Picture(
        figure,
        "A 2-2-1 network: its output over the plane of the inputs, with the lines of the hidden neurons; and "
        f"the four points in the plane of the hidden neurons, with the line of neuron 3. Loss {loss:.3g}.",
        dpi=90,
    )


def _colours():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", [BLUE, "white", VERMILLION])


def staircases(x, y, found, errors):
    """A curve y over x, networks with one hidden layer: n -> values, and n -> largest error."""
    figure, axes = new_figure(2.45 * (len(found) + 1), 2.6, len(found) + 1)
    for ax, (n, values) in zip(axes, found.items(), strict=False):
        ax.plot(x, y, color=FAINT, linewidth=3, label="curve")
        ax.plot(x, values, color=BLUE, linewidth=1.4, label="network")
        ax.set_title(f"{n} hidden neurons", size=10, color=INK)
        ax.set_ylim(min(y) - 0.35 * np.ptp(y), max(y) + 0.1 * np.ptp(y))
        ax.set_xlabel("x", color=INK, size=9)
    axes[0].legend(frameon=False, fontsize=8, loc="lower center", ncols=2)
    n, error = np.array(list(errors.items()), float).T
    axes[-1].loglog(n, error, "o-", color=BLUE, markersize=4, label="largest error")
    axes[-1].loglog(n, error[-1] * n[-1] / n, "--", color=FAINT, linewidth=1.2, label="$\\propto 1/n$")
    axes[-1].set_title("error", size=10, color=INK)
    axes[-1].set_xlabel("hidden neurons n", color=INK, size=9)
    axes[-1].legend(frameon=False, fontsize=8, loc="lower left")
    return Picture(
        figure,
        "A wavy curve, and staircases of steep tanh steps that follow it: roughly with "
        f"{min(found)} hidden neurons, closely with {max(found)}. Last panel, logarithmic: the largest error "
        f"falls from {error[0]:.2g} at {n[0]:.0f} to {error[-1]:.2g} at {n[-1]:.0f} hidden neurons.",
    )
