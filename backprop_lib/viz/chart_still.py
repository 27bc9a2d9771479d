"""The patient's chart as a static figure: what `PatientChart` shows at one step."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, VERMILLION, Picture

_LOOKS = ((BLUE, "-", "o"), (VERMILLION, "--", "s"), (GREEN, ":", "^"))


def chart(name, record, other, look, words):
    """Loss, accuracies, gradients, update ratios and outputs of `record`; `other` in grey, or None."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(3, 2))
    axes = [_quiet(ax) for ax in (*above.subplots(1, 4), *below.subplots(1, len(record.kinds)))]
    look = min(look, len(record.steps) - 1)
    curves, step = axes[:4], record.steps[look]
    for chosen, faint in ((other, True), (record, False)):
        if chosen is not None:
            _curves(curves, chosen, faint)
    titles = ("loss", "right answers", "norm of ∂L/∂W", "update ratio ‖ΔW‖ / ‖W‖")
    for ax, title in zip(curves, titles, strict=True):
        if ax.get_yscale() == "log":
            low, high = ax.get_ylim()
            ax.set_ylim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high)))
        ax.axvline(step, color=FAINT, linewidth=0.8)
        ax.set_title(title, size=9, color=INK)
    curves[0].set_xlabel(f"{name + ', ' if name else ''}step {step} of {len(record.loss)}", size=8, color=INK)
    curves[1].set(ylim=(0, 1.02))
    for ax, names in ((curves[1], ("training", "validation", "fresh")), (curves[2], ("layer 1", "2", "3"))):
        ax.legend(ax.lines[-1 - len(names) : -1], names, fontsize=7, frameon=False)
    for j, ax in enumerate(axes[4:]):
        _outputs(ax, record, other, look, j)
    return Picture(figure, words, dpi=80)


def _quiet(ax):
    ax.tick_params(colors=FAINT, labelsize=7, labelcolor=INK, width=0.6)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
        spine.set_linewidth(0.6)
    return ax


def _curves(axes, record, faint):
    loss, right, gradient, ratio = axes
    for ax in (loss, gradient, ratio):
        ax.set_yscale("log", nonpositive="mask")
        ax.yaxis.set_minor_formatter("")
        ax.tick_params(axis="y", which="minor", length=2)
    for j, (colour, dash, _) in enumerate(_LOOKS):
        how = {"color": FAINT if faint else colour, "linestyle": dash, "linewidth": 0.9 if faint else 1.4}
        if j == 0:
            loss.plot(np.arange(1, len(record.loss) + 1), record.loss, **how)
        right.plot(record.steps, (record.train, record.validation, record.fresh)[j], **how)
        if j < len(record.kinds):
            gradient.plot(record.steps, record.gradient[:, j], **how)
            ratio.plot(record.steps, record.ratio[:, j], **how)


def _outputs(ax, record, other, look, j):
    for chosen in (record, other):
        if chosen is None:
            continue
        k = min(look, len(chosen.steps) - 1)
        edges = np.linspace(chosen.low[k, j], chosen.high[k, j], chosen.counts.shape[2] + 1)
        if chosen is record:
            ax.stairs(chosen.counts[k, j] / 255, edges, fill=True, color=BLUE, alpha=0.6)
        else:
            ax.stairs(chosen.counts[k, j] / 255, edges, color=FAINT, linewidth=1)
    last = j == len(record.kinds) - 1
    ax.set_title("logits" if last else f"layer {j + 1}, after {record.kinds[j]}", size=9, color=INK)
    ax.set(yticks=[], ylim=(0, 1.06))
    if record.silent[look, j] == 1:
        ax.text(0.5, 0.5, "all are exactly 0", transform=ax.transAxes, ha="center", size=9, color=INK)
