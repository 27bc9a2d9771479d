"""The static figures of notebook 09: histograms by layer, gradients by layer, the widget's still."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, VERMILLION, Picture, new_figure

LOOKS = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, ":"), (PURPLE, "-."), (ORANGE, (0, (4, 2))),
         (INK, (0, (1, 1.5))))  # fmt: skip
# The race beside histograms: without the blue and vermillion that values and gradients have there.
RACE_LOOKS = (*LOOKS[2:5], ("#56B4E9", (0, (8, 2))), LOOKS[5], (FAINT, "-"))


def ridges(found):
    """Histograms of every layer, one above the other.

    found: name of an initialisation -> (values of each layer, gradients of each layer), two lists of arrays.
    """
    figure, axes = new_figure(8.6, 3.1, 2 * len(found))
    for column, kind in enumerate(("values h", "gradients ∂L/∂h")):
        widest = max(np.percentile(np.abs(a), 99.5) for pair in found.values() for a in pair[column])
        for k, (name, pair) in enumerate(found.items()):
            ax = axes[len(found) * column + k]
            _ridge(ax, pair[column], widest, VERMILLION if column else BLUE)
            ax.set_title(f"{kind}\n{name}", size=9, color=INK)
    axes[0].set_ylabel("layer", color=INK, size=9)
    words = [f"{name}: {_fall(pair[0])} for the values and {_fall(pair[1][::-1])} for the gradients"
             for name, pair in found.items()]  # fmt: skip
    return Picture(
        figure,
        "Histograms of values and gradients, layer by layer. On the whole way, forward and backward, their "
        f"std changes by these factors. {'; '.join(words)}.",
        dpi=95,
    )


def _ridge(ax, arrays, widest, colour):
    edges = np.linspace(-widest, widest, 60)
    middle = (edges[1:] + edges[:-1]) / 2
    for k, array in enumerate(arrays, 1):
        counts = np.histogram(array, edges)[0]
        height = k + 0.85 * counts / counts.max()
        ax.fill_between(middle, k, height, color=colour, alpha=0.35, linewidth=0, zorder=-k)
        ax.plot(middle, height, color=colour, linewidth=1.1, zorder=-k)
        ax.text(1.03 * widest, k + 0.1, _tiny(array.std()), size=7.5, color=INK)
    ax.set(yticks=range(1, len(arrays) + 1), xlim=(-widest, widest))
    ax.locator_params(axis="x", nbins=3)
    ax.ticklabel_format(axis="x", style="sci", scilimits=(-2, 3), useMathText=True)
    ax.xaxis.get_offset_text().set_size(7)


def _tiny(v):
    """0.05, or 3·10⁻⁵."""
    if v >= 0.01:
        return f"{v:.1g}"
    digit, power = f"{v:.0e}".split("e")
    return f"${digit}\\cdot10^{{{int(power)}}}$"


def _fall(arrays):
    return f"{arrays[-1].std() / arrays[0].std():.2g}"


def by_layer(found):
    """Norms of gradients by layer, on a logarithmic axis: name -> norms, from layer 0 to the last."""
    figure, (ax,) = new_figure(6.4, 2.9)
    for (name, norms), (colour, dash) in zip(found.items(), LOOKS, strict=False):
        ax.semilogy(norms, color=colour, linestyle=dash, linewidth=1.8, label=name)
    ax.set_xlabel("layer", color=INK, size=9)
    ax.set_ylabel("norm of ∂L/∂h", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    words = [f"{name}, {norms[0] / norms[-1]:.1g}" for name, norms in found.items()]
    return Picture(
        figure,
        "The norm of the gradient, layer by layer. From the last layer back to the first it changes by "
        f"these factors: {'; '.join(words)}.",
    )


def layer_histograms(look, shown, losses, chosen, names, words):
    """What `LayerHistograms` shows at its start.

    look: of one set-up, as `layers09.look` gives it; losses: one list a raced set-up, called `names`;
    chosen: which of these is the one that is looked at, or None.
    """
    figure, axes = new_figure(9.4, 3.4, 3, gridspec_kw={"width_ratios": (1, 1, 1.05)})
    for ax, part, colour, title in zip(axes, ("values", "gradients"), (BLUE, VERMILLION),
                                       ("values h", "gradients ∂L/∂h"), strict=False):  # fmt: skip
        _violins(ax, look[part], shown, colour)
        ax.set_title(title, size=10, color=INK)
        ax.set_xlabel("layer", color=INK, size=9)
    axes[0].set_ylabel("size |v|", color=INK, size=9)
    for k, (loss, name) in enumerate(zip(losses, names, strict=True)):
        smooth = np.convolve(loss, np.full(5, 0.2), "valid")
        colour, dash = RACE_LOOKS[k % len(RACE_LOOKS)]
        width = 2.6 if k == chosen else 1.3
        steps = np.arange(len(smooth)) + 5
        axes[2].plot(steps, smooth, color=colour, linestyle=dash, linewidth=width, label=name)
    axes[2].set(ylim=(0, 2.8))
    axes[2].set_xlabel("step", color=INK, size=9)
    axes[2].set_title("training loss", size=10, color=INK)
    figure.legend(fontsize=7.5, frameon=False, loc="outside lower right", ncols=3)
    return Picture(figure, words, dpi=90)


def _violins(ax, histograms, shown, colour):
    from ..lab.layers09 import BIN, BINS, LOWEST

    for k, (top, counts) in enumerate(zip(histograms["top"], histograms["counts"], strict=True)):
        edges = LOWEST + BIN * (top - np.arange(BINS) + 0.5)
        half = 0.45 * counts / 255
        ax.fill_betweenx(10.0**edges, k - half, k + half, color=colour, alpha=0.75, linewidth=0)
    ax.set_yscale("log")
    ax.set_xticks(range(len(shown)), [str(layer) for layer in shown])
    ax.tick_params(axis="y", which="minor", length=0)
    sizes = histograms["rms"][histograms["rms"] > 0]
    ax.plot([k for k, r in enumerate(histograms["rms"]) if r > 0], sizes, "_", color=INK, markersize=9)
    if not sizes.size:
        ax.text(0.5, 0.5, "all 0", transform=ax.transAxes, ha="center", color=FAINT)
