"""The static figures of notebook 06: two losses on a saturated neuron, logits and their forces."""

from .picture import BLUE, INK, VERMILLION, Picture, new_figure


def two_paths(squared, cross):
    """The answer p of a neuron (should be 0) at every step, with either loss, and σ′ along the way."""
    figure, (answers, slopes) = new_figure(8, 2.9, 2)
    slope = [[p * (1 - p) for p in path] for path in (squared, cross)]
    for ax, curves in ((answers, (squared, cross)), (slopes, slope)):
        ax.plot(curves[0], color=VERMILLION, linestyle="--", label="squared error")
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


def forces(z, p, y, gradient, words):
    """Logits as heights with an arrow −∂L/∂z each, beside bars of p and boxes of y. Lists of one length."""
    figure, (heights, bars) = new_figure(7.6, 3.0, 2)
    classes = range(len(z))
    for k in classes:
        style = {"arrowstyle": "-|>", "color": VERMILLION, "linewidth": 2.2, "mutation_scale": 13}
        if abs(gradient[k]) > 0.02:
            heights.annotate("", (k + 0.18, z[k] - 5 * gradient[k]), (k + 0.18, z[k]), arrowprops=style)
    heights.plot(classes, z, "o", color=BLUE, markersize=9)
    heights.set(ylim=(-9, 9), xlim=(-0.6, len(z) - 0.4), xticks=list(classes))
    heights.set_title("logits z, forces −∂L/∂z", size=10, color=INK)
    bars.bar(classes, p, width=0.5, color=BLUE)
    bars.bar(classes, y, width=0.66, fill=False, edgecolor=INK, linestyle="--")
    bars.set(ylim=(0, 1.02), xticks=list(classes))
    bars.set_title("probabilities p, target y", size=10, color=INK)
    return Picture(figure, words, dpi=90)
