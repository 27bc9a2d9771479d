"""The static figures of notebook 08: sizes by layer, training curves, singular values, a cliff."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, VERMILLION, Picture, new_figure


def sizes(forward, backward, words):
    """Size of activations and of gradients in every layer, on a logarithmic axis."""
    figure, (ax,) = new_figure(6, 3)
    layers = range(len(forward))
    ax.semilogy(layers, forward, "o-", color=BLUE, markersize=3, label="activations, forward")
    ax.semilogy(layers, backward, "s--", color=VERMILLION, markersize=3, label="gradients, backward")
    ax.set_xlabel("layer", color=INK, size=9)
    ax.set_ylabel("size (rms)", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8)
    return Picture(figure, words, dpi=90)


def curves(found, chance):
    """Training losses by epoch: name -> list."""
    figure, (ax,) = new_figure(6.5, 3)
    colours, styles = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE), ("o-", "s--", "^:", "D-.", "x-")
    for (name, losses), colour, style in zip(found.items(), colours, styles, strict=False):
        ax.plot(range(1, len(losses) + 1), losses, style, color=colour, markersize=4, label=name)
    ax.axhline(chance, color=FAINT, linewidth=0.9, linestyle=":")
    ax.text(1, chance + 0.03, "chance", color=INK, size=8)
    ax.set_xlabel("epoch", color=INK, size=9)
    ax.set_ylabel("training loss", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8)
    ends = ", ".join(f"{name} {losses[-1]:.1f}" for name, losses in found.items())
    words = f"Training loss of a 20-layer network; chance is {chance:.1f}. At the end: {ends}."
    return Picture(figure, words)


def singular(depths, largest, smallest):
    """Largest and smallest singular value of a product of random matrices against their number."""
    figure, (ax,) = new_figure(5.5, 2.9)
    ax.semilogy(depths, largest, "o-", color=BLUE, markersize=4, label="largest")
    ax.semilogy(depths, smallest, "s--", color=VERMILLION, markersize=4, label="smallest")
    ax.set_xlabel("matrices in the product", color=INK, size=9)
    ax.set_ylabel("singular value", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8)
    apart = np.log10(largest[-1] / smallest[-1])
    return Picture(
        figure,
        f"Singular values of a product of random matrices: after {depths[-1]} of them the largest and the "
        f"smallest are {apart:.0f} powers of ten apart.",
    )
