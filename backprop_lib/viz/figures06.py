"""The static figures of notebook 06: a saturated neuron, logits and their forces, false labels."""

from .picture import BLUE, INK, PURPLE, VERMILLION, Picture, new_figure


def two_paths(squared, cross):
    """The answer p of a neuron (should be 0) at every step, with either loss, and σ′ along the way."""
    figure, (answers, slopes) = new_figure(8, 2.9, 2)
    slope = [[p * (1 - p) for p in path] for path in (squared, cross)]
    for ax, curves in ((answers, (squared, cross)), (slopes, slope)):
        ax.plot(curves[0], color=PURPLE, linestyle="-.", label="squared error")
        ax.plot(curves[1], color=BLUE, label="cross-entropy")
        ax.set_xlabel("step", color=INK, size=9)
    answers.set_title("answer p, wanted is 0", size=10, color=INK)
    slopes.set_title("slope σ′ = p (1 − p)", size=10, color=INK)
    answers.legend(frameon=False, fontsize=8)
    return Picture(
        figure,
        "The answer of a neuron over the steps of training, starting near 1. With cross-entropy it falls at "
        "once; with squared error it stays near 1 as long as the slope of the sigmoid is near 0.",
    )


def forces(z, p, y, gradient, futures, right, words):
    """Logits with an arrow −∂L/∂z each, bars of p and boxes of y, and p of the right class over the steps.

    The arrows are drawn five times as long. futures: for each loss p now and after 1, 2, … steps.
    """
    figure, (heights, bars, ahead) = new_figure(10, 2.9, 3)
    classes = range(len(z))
    for k in classes:
        style = {"arrowstyle": "-|>", "color": VERMILLION, "linewidth": 2.2, "mutation_scale": 13}
        if abs(gradient[k]) > 0.02:
            heights.annotate("", (k + 0.18, z[k] - 5 * gradient[k]), (k + 0.18, z[k]), arrowprops=style)
    heights.plot(classes, z, "o", color=BLUE, markersize=9)
    tips = [height - 5 * slope for height, slope in zip(z, gradient, strict=True)]
    heights.set(ylim=(min(-9, *tips), max(9, *tips)), xlim=(-0.6, len(z) - 0.4), xticks=list(classes))
    heights.set_title("logits z, forces −∂L/∂z (drawn × 5)", size=10, color=INK)
    bars.bar(classes, p, width=0.5, color=BLUE)
    bars.bar(classes, y, width=0.66, fill=False, edgecolor=INK, linestyle="--")
    bars.set(ylim=(0, 1.02), xticks=list(classes))
    bars.set_title("probabilities p, target y", size=10, color=INK)
    for (loss, path), (colour, dash) in zip(futures.items(), ((BLUE, "-"), (PURPLE, "-.")), strict=True):
        ahead.plot(range(1, len(path)), path[1:], dash, color=colour, label=loss)
    ahead.set(xscale="log", ylim=(0, 1.02), xlim=(1, len(path) - 1))
    ahead.set_title(f"p of class {right}, let go now", size=10, color=INK)
    ahead.set_xlabel("steps", color=INK, size=9)
    ahead.legend(frameon=False, fontsize=8)
    return Picture(figure, words, dpi=80)


def pulls(p_label, norms, false):
    """‖∂L/∂z‖ of each example over the probability p of its label; `norms`: loss -> one for each example."""
    figure, panels = new_figure(8, 2.9, 2, sharey=True)
    for ax, (loss, norm), colour in zip(panels, norms.items(), (BLUE, PURPLE), strict=True):
        ax.scatter(p_label[~false], norm[~false], s=14, color=colour, label="label as it was")
        ax.scatter(p_label[false], norm[false], s=34, marker="x", color=VERMILLION, label="false label")
        ax.set_title(loss, size=10, color=INK)
        ax.set_xlabel("probability of the label", color=INK, size=9)
    panels[0].set_ylabel("size of the gradient ‖∂L/∂z‖", color=INK, size=9)
    panels[0].legend(frameon=False, fontsize=8)
    return Picture(
        figure,
        "Size of the gradient of each digit over the probability of its label. With cross-entropy it is "
        "largest at probability 0, where the false labels are; with squared error it is near 0 there.",
    )
