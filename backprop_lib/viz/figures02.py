"""The static figures of notebook 02: one node, a ladder of diamonds, a count of multiplications."""

from .picture import BLUE, FAINT, INK, VERMILLION, Picture, blank, new_figure


def one_node():
    """The product d = a·b with a = 3, b = −2: forward in blue, one step backward in vermillion."""
    figure, ax = _sheet(8.6, 3.2, (12.4, 4.6))
    box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": INK, "linewidth": 1.4}
    _text(ax, 1.4, 3.75, "a = 3", BLUE, 14, bbox=box)
    _text(ax, 1.4, 0.85, "b = −2", BLUE, 14, bbox=box)
    _text(ax, 6.2, 2.3, "×", INK, 22, bbox=box | {"boxstyle": "circle,pad=0.35"})
    for y, side, name, local, product in (
        (3.75, 1, "a", "b = −2", "10 × (−2) = −20"),
        (0.85, -1, "b", "a = 3", "10 × 3 = 30"),
    ):
        _arrow(ax, (2.35, y), (5.5, 2.3 + 0.42 * side), BLUE)
        _arrow(ax, (5.4, 2.3 + 0.1 * side), (2.35, y - 0.42 * side), VERMILLION)
        _text(ax, 4.0, y - 0.15 * side, f"local derivative ∂d/∂{name} = {local}", INK, ha="left")
        _text(ax, 0.35, y - 1.13 * side, f"downstream: {product}", VERMILLION, ha="left")
    _arrow(ax, (6.95, 2.45), (9.4, 2.45), BLUE)
    _arrow(ax, (9.4, 2.15), (6.95, 2.15), VERMILLION)
    _text(ax, 9.6, 2.65, "value d = −6", BLUE, 12, ha="left")
    _text(ax, 9.6, 1.95, "upstream ∂L/∂d = 10", VERMILLION, 12, ha="left")
    return Picture(
        figure,
        "A multiplication node with inputs a = 3 and b = −2 and result d = −6. Going back, the upstream "
        "gradient 10 arrives at d. Times the local derivative b = −2 it sends −20 downstream to a; times "
        "the local derivative a = 3 it sends 30 downstream to b.",
    )


def ladder(rungs=5):
    """Diamonds in a row, with the number of paths from x0 under every joint."""
    figure, ax = _sheet(8.6, 2.1, (2 * rungs + 1.2, 2.6))
    joint = {"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": INK, "linewidth": 1.2}
    for k in range(rungs + 1):
        x = 0.6 + 2 * k
        _text(ax, x, 1.5, f"$x_{{{k}}}$", BLUE, 12, bbox=joint)
        _text(ax, x, 0.3, f"{2**k} paths" if k else "1 path")
        if k < rungs:
            _diamond(ax, x, k, joint)
    return Picture(
        figure,
        f"A ladder of {rungs} diamonds. Each x splits into u and v, which join in the next x. The number "
        f"of paths from x0 doubles at each joint: 1, 2, 4, up to {2**rungs}.",
    )


def multiplications(rungs, by_paths, by_edges):
    """Multiplications against rungs, on a logarithmic axis. Three lists of numbers, equally long."""
    figure, (ax,) = new_figure(7, 3.4)
    ax.set(yscale="log", xlabel="diamonds in the ladder", ylabel="multiplications")
    ax.plot(rungs, by_paths, "s-", color=VERMILLION, markersize=5)
    ax.plot(rungs, by_edges, "o-", color=BLUE, markersize=5)
    _text(ax, rungs[-2], by_paths[-1], "along every path", VERMILLION, ha="right")
    _text(ax, rungs[-1], by_edges[-1] * 2, "reverse mode: each edge once", BLUE, ha="right")
    return Picture(
        figure,
        f"Multiplications for ladders of {rungs[0]} to {rungs[-1]} diamonds. Along every path they grow "
        f"exponentially, to {by_paths[-1]:,}; in reverse mode in proportion, to {by_edges[-1]:,}.",
    )


def _sheet(width, height, ends):
    figure, (ax,) = new_figure(width, height)
    ax.set(xlim=(0, ends[0]), ylim=(0, ends[1]), aspect="equal")
    return figure, blank(ax)


def _arrow(ax, start, end, colour, width=1.8):
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"mutation_scale": 14})


def _text(ax, x, y, words, colour=INK, size=11, ha="center", **options):
    ax.text(x, y, words, color=colour, size=size, ha=ha, va="center", **options)


def _diamond(ax, x, k, joint):
    """The two ways from x_k to x_{k+1}, with x_k drawn at `x`."""
    for name, side in (("u", 1), ("v", -1)):
        near, far = 1.5 + 0.25 * side, 1.5 + 0.6 * side
        _arrow(ax, (x + 0.3, near), (x + 0.75, far), FAINT, 1.2)
        _arrow(ax, (x + 1.25, far), (x + 1.7, near), FAINT, 1.2)
        _text(ax, x + 1, 1.5 + 0.7 * side, f"${name}_{{{k}}}$", INK, 10, bbox=joint | {"edgecolor": FAINT})
