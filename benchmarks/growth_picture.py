"""The picture of `growth`: four panels with logarithmic axes."""

from matplotlib.figure import Figure

# Okabe and Ito's colours; each series has a marker and a line style of its own as well.
STYLES = (("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":"))


def draw(panels, path):
    """A PNG at `path`."""
    figure = Figure(figsize=(9.6, 7.2), dpi=100, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
    for axes, panel in zip(figure.subplots(2, 2).flat, panels, strict=True):
        for (name, y), (color, marker, line) in zip(panel.series.items(), STYLES, strict=True):
            axes.loglog(panel.x, y, line, color=color, marker=marker, markersize=5, label=name)
        if "MLP" in panel.title:
            axes.set_xscale("log", base=2)
            axes.set_xticks(panel.x, [f"{n:,}" for n in panel.x])
            axes.minorticks_off()
        else:
            low = min(y[0] for y in panel.series.values()) / 2
            axes.loglog(
                panel.x, [low * n / panel.x[0] for n in panel.x], color="0.6", linewidth=1, label="∝ x"
            )
        axes.set(title=panel.title, xlabel=panel.x_name, ylabel=panel.y_name)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9, loc="upper left" if "MLP" in panel.title else "lower right")
    figure.savefig(path, metadata={"Software": None})
