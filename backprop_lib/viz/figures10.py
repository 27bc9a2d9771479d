"""The static figures of notebook 10: the race, a ravine's rates, Adam's first steps, lines between nets."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, VERMILLION, Picture, new_figure

_LOOKS = (
    (BLUE, "-", "o"), (VERMILLION, "--", "s"), (GREEN, ":", "^"), (PURPLE, "-.", "D"),
    (ORANGE, (0, (4, 2)), "X"), ("#56B4E9", (0, (8, 3)), "v"),
)  # fmt: skip
LOOKS = dict(zip(("SGD", "Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam"), _LOOKS, strict=True))


def race(surface, paths, rates, words):
    """The surface with the paths, and the loss above its lowest point by step."""
    figure, (plane, curves) = new_figure(9, 3.4, 2)
    (left, right), (bottom, top) = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 105), np.linspace(bottom, top, 77))
    z = surface(x, y)
    levels = np.unique(np.quantile(z, (np.arange(9) + 0.5) / 9))
    plane.contour(x, y, z, levels=levels, colors=[FAINT], linewidths=0.6)
    plane.plot(*surface.lowest, marker="*", color=INK, markersize=10, zorder=1)
    lowest = float(surface(*surface.lowest))
    for name, path in paths.items():
        colour, dash, mark = LOOKS[name]
        kept = path[np.isfinite(path).all(axis=1)]
        plane.plot(*kept.T, color=colour, linestyle=dash, linewidth=1.4)
        plane.plot(*kept[-1], mark, color=colour, markersize=6, markerfacecolor="white", markeredgewidth=1.6)
        above = np.maximum(surface(kept[:, 0], kept[:, 1]) - lowest, 1e-12)
        curves.semilogy(above, color=colour, linestyle=dash, label=f"{name}, {rates[name]:.3g}")
    start = next(iter(paths.values()))[0]
    plane.plot(*start, "o", color=INK, markersize=9, markerfacecolor="none", markeredgewidth=1.8)
    plane.set(xlim=(left, right), ylim=(bottom, top))
    plane.set_title(f"{surface.words}: {surface.formula}", size=9, color=INK)
    at_start = max(float(surface(*start)) - lowest, 1e-3)
    curves.set_ylim(top=10 * at_start)
    curves.set_xlabel("step", color=INK, size=9)
    curves.set_title("loss above the lowest point", size=9, color=INK)
    curves.legend(frameon=False, fontsize=8, title="optimizer, rate", title_fontsize=8)
    return Picture(figure, words, dpi=72)


def rates(lrs, measured, predicted, best):
    """The factor a step for each learning rate in a ravine: measured points on the predicted line."""
    figure, (ax,) = new_figure(6, 2.9)
    ax.plot(lrs, predicted, "-", color=VERMILLION, linewidth=1.6, label="predicted")
    ax.plot(lrs, measured, "o", color=BLUE, markersize=6.5, markerfacecolor="none", markeredgewidth=1.4,
            label="measured")  # fmt: skip
    ax.axhline(1, color=FAINT, linewidth=0.8)
    ax.axvline(best, color=FAINT, linestyle=":", linewidth=1.2)
    low, high = min(predicted), max(*measured, 1)
    ax.annotate(f"best rate {best:.3f}", (best, (1 + low) / 2), (-6, 12), textcoords="offset points",
                ha="right", size=8)  # fmt: skip
    ax.annotate("above 1: grows", (lrs[0], 1.0), (0, 4), textcoords="offset points", size=8)
    ax.set(ylim=(low - 0.15 * (high - low), high + 0.1 * (high - low)))
    ax.set_xlabel("learning rate", color=INK, size=9)
    ax.set_ylabel("factor a step", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8, loc="lower left")
    gap = float(np.max(np.abs(np.subtract(measured, predicted))))
    return Picture(
        figure,
        f"How much of the distance one step leaves, against the learning rate: it falls in a line to "
        f"{low:.3f} near {best:.3f}, then rises steeply above 1; measured and predicted differ by "
        f"at most {gap:.1g}.",
    )


def bias(ratios):
    """Length of Adam's step without bias correction, in units of the one with it, by step."""
    figure, (ax,) = new_figure(6, 2.9)
    t = np.arange(1, len(ratios) + 1)
    ax.semilogx(t, ratios, color=VERMILLION, linestyle="--", label="without correction")
    ax.semilogx(t, np.ones(len(t)), color=BLUE, label="with correction")
    worst = int(np.argmax(ratios))
    for k in (0, worst):
        ax.plot(t[k], ratios[k], "s", color=VERMILLION, markersize=5)
        ax.annotate(f"{ratios[k]:.2f}", (t[k], ratios[k]), (6, 3), textcoords="offset points", size=9)
    ax.set(ylim=(0, ratios[worst] * 1.15))
    ax.set_xlabel("step t", color=INK, size=9)
    ax.set_ylabel("step / corrected step", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8, loc="upper right")
    return Picture(
        figure,
        f"Without bias correction Adam's first step is {ratios[0]:.2f} times as long as with it, the longest "
        f"{ratios[worst]:.2f} times, at step {t[worst]}; the quotient then falls towards 1.",
    )


def lines(to_end, between):
    """The loss along two straight lines between networks."""
    figure, axes = new_figure(8, 2.7, 2, sharey=True)
    titles = ("from its start to its end", "from its end to the end of another")
    for ax, values, colour, dash, title in zip(
        axes, (to_end, between), (BLUE, VERMILLION), ("-", "--"), titles, strict=True
    ):
        ax.plot(np.linspace(0, 1, len(values)), values, dash, color=colour, marker=".")
        ax.set_title(title, size=10, color=INK)
        ax.set_xlabel("place on the line", color=INK, size=9)
        ax.set_ylim(bottom=0)
    axes[0].set_ylabel("loss", color=INK, size=9)
    return Picture(
        figure,
        f"Loss along a line. Left: from {to_end[0]:.1f} at the start to {to_end[-1]:.1f} at the end. Right: "
        f"between two trained networks it rises to {max(between):.1f} and falls to {between[-1]:.1f}.",
    )


def fair(result):
    """The test losses of each optimizer, one point a seed, with mean and standard deviation."""
    figure, (ax,) = new_figure(7, 0.7 + 0.5 * len(result))
    places, said = range(len(result))[::-1], []
    for at, (name, (rate, losses)) in zip(places, result.items(), strict=True):
        mean, spread = float(np.mean(losses)), float(np.std(losses, ddof=1))
        ax.plot(losses, [at] * len(losses), "o", color=BLUE, markerfacecolor="none", markersize=6)
        ax.errorbar(mean, at - 0.22, xerr=spread, fmt="s", color=VERMILLION, markersize=4, capsize=3)
        ax.annotate(f"{mean:.3f} ± {spread:.3f}", (mean, at), (0, 8), textcoords="offset points", size=8,
                    ha="center")  # fmt: skip
        said.append(f"{name} at rate {rate:g}: {mean:.2f} ± {spread:.2f}")
    ax.set_yticks(list(places), [f"{name}\nrate {rate:g}" for name, (rate, _) in result.items()])
    ax.set(xscale="log", ylim=(-0.6, len(result) - 0.3))
    ax.margins(x=0.12)
    ax.set_xlabel("loss on the test (mean ± standard deviation over seeds)", color=INK, size=9)
    return Picture(figure, f"Test losses, one point a seed. {'; '.join(said)}.")
