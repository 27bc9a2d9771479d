"""The static figure of notebook 05: a product of matrices, laid out as a table."""

import numpy as np

from .picture import BLUE, INK, VERMILLION, Picture, blank, new_figure


def multiplication(left_name, left, right_name, right, name):
    """A B laid out so that the row of A and the column of B meet in each entry; the first one is marked."""
    rows, inner, columns = left.shape[0], left.shape[1], right.shape[1]
    width, height = inner + columns + 0.8, inner + rows + 1.4
    figure, (ax,) = new_figure(0.62 * width, 0.36 * height)
    blank(ax).set(xlim=(0, width), ylim=(height, 0))
    x, y = inner + 0.6, inner + 1.2
    _matrix(ax, 0, y, left_name, left, lambda r, c: r == 0)
    _matrix(ax, x, 0.6, right_name, right, lambda r, c: c == 0)
    product = left @ right
    _matrix(ax, x, y, name, product, lambda r, c: r == c == 0, VERMILLION)
    return Picture(
        figure,
        f"{name} = {left_name} {right_name}: {left.shape} times {right.shape} gives {product.shape}. "
        f"Row 0 of {left_name} and column 0 of {right_name} meet in the entry {product[0, 0]:.2f}.",
        dpi=90,
    )


def _matrix(ax, x, y, name, values, lit, colour=INK):
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    colours = LinearSegmentedColormap.from_list("signs", [BLUE, "white", VERMILLION])
    most = max(np.abs(values).max(), 1e-9)
    ax.text(x + values.shape[1] / 2, y - 0.25, name, ha="center", va="center", color=INK, size=10)
    for (r, c), v in np.ndenumerate(values):
        face = colours(0.5 + 0.28 * v / most)
        ax.add_patch(Rectangle((x + c, y + r), 1, 1, facecolor=face, edgecolor="#c4c9d0", linewidth=0.6))
        ax.text(x + c + 0.5, y + r + 0.5, f"{v:.2f}".replace("-", "−"), ha="center", va="center", size=8)
        if lit(r, c):
            frame = {"fill": False, "edgecolor": colour, "linewidth": 1.8, "zorder": 4}
            ax.add_patch(Rectangle((x + c + 0.06, y + r + 0.06), 0.88, 0.88, **frame))
