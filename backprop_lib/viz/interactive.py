"""`Interactive`: what the course's interactives share on the Python side.

An interactive is one Python class with a few traits, one or more small ES modules with a `render`, and a
style sheet. What can be computed ahead is sent once; the page does the rest and asks the kernel for nothing.

    class RatePlot(Interactive):
        _esm = module("rate.js", css="rate.css")
        rate = Float(0.1).tag(sync=True)

        def summary(self): return f"Rate plot at rate {self.rate:g}."
        def picture(self): return figures10.rate(self.rate)
"""

import base64
from pathlib import Path

import anywidget

from . import theme
from .bundle import bundle, packed

_HERE = Path(__file__).parent
_KIT = ("kit.js", "kit_plots.js")


def module(*parts, css):
    """The code of a widget: the kit, then its own `parts` (JavaScript files in this folder, of which the last
    has `export default { render }`), and the style sheet `css`, in one compressed module."""
    styles = theme.css(".bpl-kit") + "".join((_HERE / name).read_text("utf-8") for name in ("kit.css", css))
    return packed(bundle(_HERE, *_KIT, *parts), styles)


def packed_array(array, dtype):
    """An array for the page, where `unpackArray` reads it: dtype uint8, int32, float32 or float64.

    Raises ValueError for numbers that a whole-number dtype cannot hold.
    """
    import numpy as np  # here: a widget without arrays runs without numpy

    array = np.asarray(array)
    stored = array.astype(np.dtype(dtype).newbyteorder("<"), order="C")
    if stored.dtype.kind in "iu" and not np.array_equal(stored, array):
        raise ValueError(f"these numbers do not fit {dtype}: round and clip them first")
    data = base64.b64encode(stored.tobytes()).decode("ascii")
    return {"dtype": np.dtype(dtype).name, "shape": list(array.shape), "data": data}


class Interactive(anywidget.AnyWidget):
    """A widget with a picture and a sentence for where no widget can be shown (GitHub, PDF, a screen reader).

    A subclass has `summary()`, one sentence on what is shown, and `picture()`, a `Picture` of the same state.
    """

    def summary(self):
        raise NotImplementedError

    def picture(self):
        raise NotImplementedError

    def __repr__(self):
        return f"[{self.summary()}]"

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if isinstance(bundled, tuple) else (bundled or {}, {})
        data = {**data, "text/plain": repr(self)}
        try:
            return {**data, "image/png": self.picture().base64}, metadata
        except ModuleNotFoundError:  # no matplotlib: the widget itself does not need it
            return data, metadata
