"""The patient's chart as a static figure: what `PatientChart` shows at one step."""

import numpy as np

from .picture import BLUE, FAINT, GREEN, INK, VERMILLION, Picture

_LOOKS = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, ":"))


def chart(name, record, other, look, words):
    """Loss, accuracies, gradients, update ratios and outputs of `record`; `other` in grey, or None."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(3, 2))
    axes = [_quiet(ax) for ax in (*above.subplots(1, 4), *below.subplots(1, len(record.kinds)))]
    look = min(look, len(record.steps) - 1)
    curves, step = axes[:4], record.steps[look]
    charts = [record] if other is None else [other, record]
    for ax, key in zip(curves, ("loss", None, "gradient", "ratio"), strict=True):
        limits = (0, 1.02) if key is None else _decades([getattr(chosen, key) for chosen in charts])
        ax.set(ylim=limits, yscale="log" if key else "linear")
        for chosen in charts:
            _lines(ax, chosen, key, limits, chosen is not record)
        ax.tick_params(axis="y", which="minor", length=2, labelleft=False)
    titles = ("loss", "right answers", "norm of ∂L/∂W", "update ratio ‖ΔW‖ / ‖W‖")
    for ax, title, key in zip(curves, titles, ("loss", None, "gradient", "ratio"), strict=True):
        ax.axvline(step, color=FAINT, linewidth=0.8)
        ax.set_title(title, size=9, color=INK)
        if key and any((getattr(chosen, key) == 0).any() for chosen in charts):
            words_at = {"transform": ax.transAxes, "ha": "right", "size": 7, "color": INK}
            ax.text(0.98, 0.03, "0 lies on the lower edge", **words_at)
    curves[0].set_xlabel(f"{name + ', ' if name else ''}step {step} of {len(record.loss)}", size=8, color=INK)
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


def _decades(arrays, most=8):
    """Powers of ten around all finite numbers above 0, at most `most` decades: as on the page."""
    values = np.concatenate([array.ravel() for array in arrays])
    logs = np.log10(values[np.isfinite(values) & (values > 0)])
    if not logs.size:
        return 1e-3, 1.0
    low, high = np.floor(logs.min()), np.ceil(logs.max() + 0.02)
    return 10.0 ** max(min(low, high - 1), high - most), 10.0**high


def _lines(ax, record, key, limits, faint):
    """The curves of one plot; what is 0 lies on its lower edge."""
    steps = np.arange(1, len(record.loss) + 1) if key == "loss" else record.steps
    right = np.stack([record.train, record.validation, record.fresh], axis=1)
    values = right if key is None else getattr(record, key).reshape(len(steps), -1)
    for column, (colour, dash) in zip(values.T, _LOOKS, strict=False):
        kept = np.where(np.isfinite(column), np.clip(column, *limits), np.nan)
        ax.plot(steps, kept, dash, color=FAINT if faint else colour, linewidth=0.9 if faint else 1.4)


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
        ax.set_title(ax.get_title() + ": all are exactly 0", size=9, color=INK)
