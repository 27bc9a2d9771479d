"""The static figures of notebook 07: the console's still, the noise of batches, a range of learning rates."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, VERMILLION, Picture, new_figure


def console(recorded, index, words):
    """One run of a record: its curves, and at the end the plane and the validation loss of all runs."""
    run, epochs = recorded["runs"][index], recorded["epochs"]
    figure, (curves, plane, table) = new_figure(10, 3.0, 3, width_ratios=[1, 1.15, 0.75])
    curves.plot(epochs, run["loss"], color=BLUE, label="training")
    curves.plot(epochs, run["validation_loss"], "--", color=VERMILLION, label="validation")
    best = epochs[int(np.argmin(run["validation_loss"]))]
    curves.axvline(best, color=FAINT, linestyle=":", label="best epoch kept")
    curves.set_ylim(0, min(1.5, 1.05 * max(run["loss"] + run["validation_loss"])))
    curves.set_xlabel("epoch", color=INK, size=9)
    curves.set_title(f"loss: {run['width']} neurons a layer, λ = {run['decay']:g}", size=10, color=INK)
    curves.legend(frameon=False, fontsize=8)
    _plane(plane, recorded, run)
    plane.set_title(f"training points, epoch {epochs[-1]}", size=10, color=INK)
    _table(table, recorded["runs"], run)
    return Picture(figure, words, dpi=80)


def _plane(ax, recorded, run):
    (left, right), (bottom, top) = recorded["window"]
    n = recorded["grid"]
    field = run["fields"][-1].reshape(n, n)[::-1] / 255
    x, y = np.linspace(left, right, n), np.linspace(bottom, top, n)
    ax.contourf(x, y, field, levels=np.linspace(0, 1, 11), cmap=_colours(), vmin=-0.15, vmax=1.15)
    if field.min() < 0.5 < field.max():
        ax.contour(x, y, field, levels=[0.5], colors=[INK], linewidths=1.6)
    points = recorded["train"]
    for label, shape, inside in ((0, "o", "white"), (1, "s", INK)):
        chosen = points.inputs[points.labels == label]
        ax.scatter(*chosen.T, marker=shape, s=22, facecolor=inside, edgecolor=INK, linewidth=0.9, zorder=4)
    wrong = points.inputs[~run["right"][-1]]
    ax.scatter(*wrong.T, s=90, facecolor="none", edgecolor=INK, linewidth=1.1, zorder=5)
    ax.set(xlim=(left, right), ylim=(bottom, top))


def _table(ax, runs, shown):
    widths, decays = (list(dict.fromkeys(run[name] for run in runs)) for name in ("width", "decay"))
    for run in runs:
        place = decays.index(run["decay"]), widths.index(run["width"])
        weight = "bold" if run is shown else "normal"
        said = f"{run['validation_loss'][-1]:.2f}"
        ax.text(*place, said, ha="center", va="center", color=INK, size=10, weight=weight)
    ax.set(xlim=(-0.6, len(decays) - 0.4), ylim=(len(widths) - 0.4, -0.6))
    ax.set_xticks(range(len(decays)), [f"λ = {decay:g}" for decay in decays])
    ax.set_yticks(range(len(widths)), [str(width) for width in widths])
    ax.tick_params(length=0)
    ax.set_title("validation loss at the end", size=10, color=INK)
    ax.set_ylabel("neurons a layer", color=INK, size=9)


def _colours():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", [BLUE, "white", VERMILLION])


def noise(sizes, measured):
    """Relative error of a batch's gradient against its size, both logarithmic, with a line of slope −1/2."""
    figure, (ax,) = new_figure(5, 2.7)
    ax.loglog(sizes, measured, "o", color=BLUE, label="measured", zorder=3)
    line = [measured[0] * (sizes[0] / size) ** 0.5 for size in sizes]
    ax.loglog(sizes, line, "--", color=VERMILLION, label="∝ 1/√B")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.set_yticks([0.5, 1, 2, 5], ["0.5", "1", "2", "5"])
    ax.minorticks_off()
    ax.set_xlabel("batch size B", color=INK, size=9)
    ax.set_ylabel("error / length of the gradient", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8)
    return Picture(
        figure,
        f"The error of a batch's gradient, in lengths of the whole gradient, falls from {measured[0]:.1f} at "
        f"batch size {sizes[0]} to {measured[-1]:.1f} at {sizes[-1]}, along a line of slope −1/2.",
    )


def rates(lrs, before, after):
    """The loss after two epochs for each learning rate, and `before` them. Far larger ones are triangles."""
    figure, (ax,) = new_figure(6, 2.8)
    top = 1.45 * before
    ax.semilogx(lrs, [min(loss, top) for loss in after], "o-", color=BLUE, zorder=3, clip_on=False)
    beyond = [lr for lr, loss in zip(lrs, after, strict=True) if loss > top]
    ax.plot(beyond, [top] * len(beyond), "^", color=VERMILLION, markersize=9, zorder=4, clip_on=False)
    ax.axhline(before, color=FAINT, linestyle="--", linewidth=1)
    ax.text(lrs[0], before + 0.06, "before training", color=INK, size=9, va="bottom")
    best = lrs[int(np.argmin(after))]
    ax.axvspan(best / 12, best * 1.2, color=GREEN, alpha=0.16, linewidth=0)
    ax.text(best / 3.2, top, "good", color=INK, size=9, ha="center", va="top")
    ax.text(lrs[0], top, "too small", color=INK, size=9, va="top")
    ax.text(lrs[-1] / 1.3, top, "too large", color=INK, size=9, ha="right", va="top")
    ax.set(ylim=(0, top))
    ax.set_xlabel("learning rate", color=INK, size=9)
    ax.set_ylabel("loss after two epochs", color=INK, size=9)
    return Picture(
        figure,
        f"Loss after two epochs against the learning rate: hardly below the {before:.2f} before "
        f"training on the left, lowest ({min(after):.2f}) at {best:g}, and higher again on the right.",
    )
