"""`Picture`: a static figure with a text alternative, the same bytes on every run.

Built on matplotlib's `Figure` object, never on pyplot: no global state, safe in any thread.
"""

import io
from base64 import b64encode

BLUE, VERMILLION, GREEN, ORANGE, PURPLE = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7"
INK, FAINT = "#222222", "#8a8a8a"


class Picture:
    """A finished matplotlib `Figure` and one sentence (`alt`) that says what it shows.

    Displays as a PNG; where no image can be shown, and in a terminal, as the sentence.
    """

    def __init__(self, figure, alt, dpi=110):
        self.alt = alt
        self.png = png(figure, dpi)

    def __repr__(self):
        return f"[Figure: {self.alt}]"

    def _repr_mimebundle_(self, **kwargs):
        return {"text/plain": repr(self), "image/png": self.base64}

    @property
    def base64(self):
        """The PNG as Jupyter's messages carry it."""
        return b64encode(self.png).decode("ascii")


def png(figure, dpi=110):
    """The figure as PNG bytes, without date or version, so that equal figures are equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def new_figure(width, height, columns=1, **options):
    """A `Figure` of `width` × `height` inches and its axes in a row, in the course's quiet style."""
    from matplotlib.figure import Figure  # here, because the widget's module must load without it

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False, **options)[0]
    for ax in axes:
        ax.tick_params(colors=FAINT, labelsize=8, labelcolor=INK, width=0.6)
        for side, spine in ax.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(FAINT)
            spine.set_linewidth(0.6)
    return figure, axes


def blank(ax):
    """Take away frame and ticks: the axes become a sheet to draw on."""
    ax.set_axis_off()
    return ax
