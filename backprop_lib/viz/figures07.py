"""The static figures of notebook 07: the console's still, a range of learning rates, noise of batches."""

import numpy as np

from .picture import BLUE, FAINT, INK, VERMILLION, Picture, new_figure


def console(recorded, index, words):
    """One run of a record: its curves, and the plane at the last epoch."""
    run, epochs = recorded["runs"][index], recorded["epochs"]
    figure, (curves, plane) = new_figure(8, 3.2, 2)
    curves.plot(epochs, run["loss"], color=BLUE, label="training")
    curves.plot(epochs, run["validation_loss"], "--", color=VERMILLION, label="validation")
    curves.axvline(epochs[int(np.argmin(run["validation_loss"]))], color=FAINT, linestyle=":")
    curves.set_xlabel("epoch", color=INK, size=9)
    curves.set_title(f"loss; {run['width']} neurons a layer, λ = {run['decay']:g}", size=10, color=INK)
    curves.legend(frameon=False, fontsize=8)
    (left, right), (bottom, top) = recorded["window"]
    n = recorded["grid"]
    field = run["fields"][-1].reshape(n, n)[::-1] / 255
    x, y = np.linspace(left, right, n), np.linspace(bottom, top, n)
    plane.contourf(x, y, field, levels=np.linspace(0, 1, 11), cmap=_colours(), vmin=-0.15, vmax=1.15)
    plane.contour(x, y, field, levels=[0.5], colors=[INK], linewidths=1.6)
    inputs, labels = recorded["train"]["inputs"], recorded["train"]["labels"]
    for label, shape, inside in ((0, "o", "white"), (1, "s", INK)):
        chosen = inputs[labels == label]
        plane.scatter(*chosen.T, marker=shape, s=22, facecolor=inside, edgecolor=INK, linewidth=0.9, zorder=4)
    plane.set(xlim=(left, right), ylim=(bottom, top))
    return Picture(figure, words, dpi=90)


def _colours():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", [BLUE, "white", VERMILLION])


def rates(lrs, losses, chance):
    """Loss after a few steps for each learning rate; None where training diverged."""
    figure, (ax,) = new_figure(6, 2.8)
    kept = [(lr, loss) for lr, loss in zip(lrs, losses, strict=True) if loss is not None]
    ax.semilogx(*zip(*kept, strict=True), "o-", color=BLUE)
    ax.axhline(chance, color=FAINT, linestyle="--", linewidth=1)
    ax.text(lrs[0], chance + 0.08, "chance", color=INK, size=9)
    ax.set(ylim=(0, 2 * chance))
    ax.set_xlabel("learning rate", color=INK, size=9)
    ax.set_ylabel("loss", color=INK, size=9)
    best = min(kept, key=lambda pair: pair[1])
    return Picture(
        figure,
        f"Loss after two epochs against the learning rate: near chance on the left, lowest ({best[1]:.2f}) "
        f"at {best[0]:g}, and above chance on the right.",
    )


def noise(sizes, measured):
    """Relative error of a batch's gradient against its size, both logarithmic, with a line of slope −1/2."""
    figure, (ax,) = new_figure(5, 2.8)
    ax.loglog(sizes, measured, "o", color=BLUE, label="measured")
    line = [measured[0] * (sizes[0] / size) ** 0.5 for size in sizes]
    ax.loglog(sizes, line, "--", color=VERMILLION, label="1/√B")
    ax.set_xlabel("batch size B", color=INK, size=9)
    ax.set_ylabel("error of the gradient", color=INK, size=9)
    ax.legend(frameon=False, fontsize=8)
    return Picture(
        figure,
        f"The error of a mini-batch gradient falls from {measured[0]:.2g} at batch size {sizes[0]} to "
        f"{measured[-1]:.2g} at {sizes[-1]}, along a line of slope −1/2.",
    )
