"""`Stepper`: walk through the forward and the backward pass of a real computation, step by step.

The trace is sent to the browser once and stepping happens there: it needs no kernel, and works in a
notebook that is opened again later. Only a changed leaf value goes to Python, to be recomputed.
"""

import base64
from math import isfinite
from pathlib import Path

import anywidget
import traitlets

from . import theme
from .bundle import bundle, packed
from .folding import group_names, layouts
from .marks import apply_marks, group_marks, image_marks
from .shapes import pictures_height, size
from .summary import LARGEST, summarise, text_line
from .wire import pack

_HERE = Path(__file__).parent
_NAMES = ("model", "heat", "words", "routes", "predict", "ask", "graph", "viewport", "leaf", "chrome",
          "input", "popover", "map")  # fmt: skip
_PARTS = [*(f"stepper_{name}.js" for name in _NAMES), "stepper.js"]
_STYLES = theme.css(".bpl-stepper") + (_HERE / "stepper.css").read_text(encoding="utf-8")


class Stepper(anywidget.AnyWidget):
    """An interactive picture of the graph under `root`, with every step of both passes.

    `root` is a node of any class that `trace` understands (Scalar, Tensor, micrograd's Value, your
    own), or a finished `Trace`. `names` maps names to nodes. `predict=True` asks for each number
    before it is shown. `groups` maps a group's name to its nodes or labels, to be drawn as one box.
    `height` is the height of the picture in CSS pixels (default: what the graph needs, at most 440).
    `start` is "forward", "backward" or the number of steps already done. `images` maps a label to
    (rows, columns): its array is drawn as that image. Other options go to `trace`.

    Raises what `trace` raises for a bad `root`, ValueError for a bad `start`, `direction`, `groups`
    or `images`.
    """

    _esm = packed(bundle(_HERE, *_PARTS), _STYLES)

    trace = traitlets.Dict(help="the trace, with the layouts").tag(sync=True, to_json=lambda t, _: pack(t))
    # The page changes `step` and `unfolded` without a message. An echo of an older state, sent with
    # an answer, must not turn them back.
    step = traitlets.Int(0, help="how many steps are done").tag(sync=True, echo_update=False)
    predict = traitlets.Bool(False, help="ask for each number before it is shown").tag(sync=True)
    score = traitlets.Dict(help="right, right at the first try, asked").tag(sync=True)
    answers = traitlets.Dict(help="step -> wrong tries before it was right, or -1: shown").tag(sync=True)
    given = traitlets.Int(0, help="steps that are shown without asking").tag(sync=True)
    unfolded = traitlets.List(help="indices of the open groups").tag(sync=True, echo_update=False)
    stage_height = traitlets.Int(0, help="CSS pixels; 0: as the graph needs").tag(sync=True)
    reply = traitlets.Dict(help="which edit the trace answers, and what went wrong").tag(sync=True)

    def __init__(self, root, names=None, *, predict=False, groups=None, height=None, start="forward",
                 direction="LR", images=None, **trace_options):
        if direction != "LR":
            raise ValueError(f'direction must be "LR" (data flow from left to right), got {direction!r}')
        self._source = _traced(root, names, trace_options)
        self._groups = group_marks(self._source, groups)
        self._images = image_marks(self._source, images)
        self._edits = {}
        drawn = self._drawn(self._source)
        first = _first_step(start, drawn)
        super().__init__(
            trace=drawn,
            step=first,
            given=first,
            predict=bool(predict),
            score={"right": 0, "first_try": 0, "total": 0},
            stage_height=_height(height),
        )
        self.on_msg(self._receive)

    # From a graph to what is drawn

    def _drawn(self, source):
        """A Trace as a dict with groups and images, and layouts; its summary if it is too large."""
        drawn = source.to_dict()
        if len(drawn["nodes"]) > LARGEST:
            return summarise(drawn)
        apply_marks(source, drawn, self._groups, self._images)
        for node in drawn["nodes"]:
            node["size"] = size(node)
            node["tall"] = pictures_height(node) if node["shape"] is not None else None
        if self._edits:  # the same graph with other numbers: nothing moves
            return {**drawn, "groups": self.trace["groups"], "layouts": self.trace["layouts"]}
        names = group_names(drawn["nodes"])
        return {**drawn, "groups": names, "layouts": layouts(drawn["nodes"], names)}

    # Edited leaves

    def _receive(self, _widget, content, _buffers):
        """A message {"set": {id: value}, "seq": n} from the page: recompute, answer in one update."""
        if not isinstance(content, dict) or "set" not in content:
            return
        try:
            drawn = self._recomputed(content["set"])
        except Exception as error:  # the learner's own class may raise anything: say it in the widget
            self.reply = {"seq": content.get("seq"), "error": f"{type(error).__name__}: {error}"}
            return
        with self.hold_sync():
            self.trace = drawn
            self.reply = {"seq": content.get("seq"), "error": ""}

    def _recomputed(self, changes):
        edits = {**self._edits, **{int(i): self._checked(int(i), value) for i, value in changes.items()}}
        source = self._source.edited(edits)
        self._edits = edits
        return self._drawn(source)

    def _checked(self, leaf, value):
        nodes = self.trace["nodes"]
        if not 0 <= leaf < len(nodes) or not nodes[leaf]["editable"]:
            raise ValueError("this value cannot be changed")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise ValueError(f"a number is needed, got {value!r}")
        return float(value)

    # What is shown where no widget can be

    def __repr__(self):
        return text_line(self.trace)

    def _repr_mimebundle_(self, **kwargs):
        shown = super()._repr_mimebundle_(**kwargs)
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        data = {**(data or {}), "text/plain": repr(self)}
        picture = self.png()
        if picture:
            data["image/png"] = base64.b64encode(picture).decode("ascii")
            metadata = {**metadata, "image/png": {"width": _css_width(picture)}}
        return data, metadata

    def png(self):
        """The graph with all values and gradients as PNG bytes; None where matplotlib is missing."""
        try:
            from .still import draw
        except ModuleNotFoundError as missing:
            if missing.name and missing.name.split(".")[0] in ("matplotlib", "PIL"):
                return None
            raise
        return draw(self.trace)


def _traced(root, names, options):
    from ..tracing import Trace, trace

    if not isinstance(root, Trace):
        return trace(root, names, **options)
    if names is not None or options:
        raise TypeError("a finished Trace has its names and options already; pass them to trace()")
    return root


def _first_step(start, drawn):
    steps = drawn.get("steps", [])
    if isinstance(start, str) and start in ("forward", "backward"):
        return sum(s["pass"] == "forward" for s in steps) if start == "backward" else 0
    if isinstance(start, int) and not isinstance(start, bool) and 0 <= start <= len(steps):
        return start
    raise ValueError(f'start must be "forward", "backward" or 0 … {len(steps)} steps done, got {start!r}')


def _css_width(picture):
    """The width at which a PNG is shown: it is drawn with 1.5 pixels for each CSS pixel."""
    return round(int.from_bytes(picture[16:20], "big") / 1.5)


def _height(height):
    if height is None:
        return 0
    if isinstance(height, (int, float)) and 120 <= height <= 2000:
        return int(height)
    raise ValueError(f"height must be between 120 and 2000 CSS pixels, got {height!r}")

