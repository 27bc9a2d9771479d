"""The picture of `growth`: four panels with logarithmic axes."""

from matplotlib.figure import Figure

# Okabe and Ito's colours; each series has a marker and a line style of its own as well.
STYLES = (("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":"))


def draw(panels, path):
    """panels: {title: (name of x, name of y, values of x, {series: values of y})}; a PNG at `path`."""
    figure = Figure(figsize=(9.6, 7.2), dpi=100, layout="constrained")
    for axes, (title, (x_name, y_name, x, series)) in zip(
        figure.subplots(2, 2).flat, panels.items(), strict=True
    ):
        for (name, y), (color, marker, line) in zip(series.items(), STYLES, strict=True):
            axes.loglog(x, y, line, color=color, marker=marker, markersize=5, label=name)
        if y_name == "bytes" or "results" in x_name:
            low = min(values[0] for values in series.values()) / 2
            axes.loglog(x, [low * n / x[0] for n in x], color="0.6", linewidth=1, label="in proportion")
        else:
            axes.set_xscale("log", base=2)
            axes.set_xticks(x, [f"{n:,}" for n in x])
            axes.minorticks_off()
        axes.set(title=title, xlabel=x_name, ylabel=y_name)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9)
    figure.savefig(path, metadata={"Software": None})
