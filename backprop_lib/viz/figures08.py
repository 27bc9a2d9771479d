"""The static figures of notebook 08: sizes by layer, directions that are left, training, a cliff."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, VERMILLION, Picture, new_figure

_LOOKS = ((BLUE, "o-"), (VERMILLION, "s--"), (GREEN, "^:"), (PURPLE, "D-."), (ORANGE, "x-"))


def depth(found, predicted, words):
    """The explorer's still: activations and gradients by layer, measured and predicted, logarithmic."""
    figure, axes = new_figure(8, 3, 2)
    for ax, key, title, colour, mark in (
        (axes[0], "forward", "forward: activations h, rms", BLUE, "o"),
        (axes[1], "backward", "backward: gradient ‖∂L/∂h‖", VERMILLION, "s"),
    ):
        layers = range(len(found[key]))
        look = {"color": colour, "marker": mark, "markersize": 3, "linewidth": 1.4}
        ax.semilogy(layers, found[key], label="measured", **look)
        ax.semilogy(layers, predicted[key], "--", color=INK, linewidth=1, label="predicted")
        ax.set_title(title, size=10, color=INK)
        ax.set_xlabel("layer", color=INK, size=9)
        ax.legend(frameon=False, fontsize=8)
    return Picture(figure, words, dpi=90)


def curves(found, chance):
    """Training losses by epoch, name -> list, with the level of chance."""
    figure, (ax,) = new_figure(6.5, 3)
    for (name, losses), (colour, style) in zip(found.items(), _LOOKS, strict=False):
        ax.plot(range(1, len(losses) + 1), losses, style, color=colour, markersize=4, label=name)
    ax.axhline(chance, color=FAINT, linewidth=0.9, linestyle=":")
    ax.set(ylim=(0, 1.45 * chance), xticks=range(1, 1 + max(map(len, found.values()))))
    ax.annotate("ln 10:\nchance", (1.01, chance), xycoords=("axes fraction", "data"), color=INK, size=8,
                va="center")  # beside the curves, several of which lie on the line
    ax.set_xlabel("epoch", color=INK, size=9)
    ax.set_ylabel("training loss", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8, ncols=3, loc="upper center")
    ends = ", ".join(f"{name} {losses[-1]:.1f}" for name, losses in found.items())
    return Picture(figure, f"Training loss of 20-layer networks; chance is {chance:.1f}. At the end: {ends}.")


def cliff(w, b, loss, paths):
    """A loss over w and b, and paths of gradient descent on it: name -> rows of w, b, loss."""
    figure, (ax,) = new_figure(6.5, 3.6)
    filled = ax.contourf(w, b, loss, levels=np.linspace(0, 1.8, 10), cmap="Greys", extend="max", alpha=0.75)
    figure.colorbar(filled, ax=ax, label="loss").outline.set_linewidth(0.5)
    for (name, path), colour, style in zip(paths.items(), (VERMILLION, BLUE), ("s--", "o-"), strict=True):
        ax.plot(path[:, 0], path[:, 1], style, color=colour, markersize=4, linewidth=1.3, label=name)
        ax.plot(*path[-1, :2], "*", color=colour, markersize=13, markeredgecolor=INK, markeredgewidth=0.5)
    start = next(iter(paths.values()))[0, :2]
    ax.annotate("start", start, (8, 6), textcoords="offset points", color=INK, size=9)
    ax.plot([], [], "*", color=FAINT, markersize=11, markeredgecolor=INK, markeredgewidth=0.5, label="end")
    ax.set_xlabel("w", color=INK, size=9)
    ax.set_ylabel("b", color=INK, size=9)
    ax.legend(frameon=True, fontsize=8, loc="upper left")
    longest = [np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1).max() for path in paths.values()]
    steps = "; ".join(f"{name}: longest step {size:.1f}" for name, size in zip(paths, longest, strict=True))
    return Picture(figure, f"Gradient descent on a loss with a cliff, on the plane of w and b. {steps}.")
