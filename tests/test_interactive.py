"""What the interactives share: arrays for the page, the picture and the sentence beside the widget."""

import base64
import json
import re
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from backprop_lib import viz
from backprop_lib.viz import interactive
from backprop_lib.viz.interactive import Interactive, module, packed_array
from backprop_lib.viz.picture import Picture, new_figure


class Small(Interactive):
    _esm = "export default { render() {} };"

    def summary(self):
        return "A small one."

    def picture(self):
        figure, _ = new_figure(1, 1)
        return Picture(figure, "a square")


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
def test_arrays_travel_as_bytes(dtype):
    array = np.arange(6).reshape(2, 3)[:, ::-1]  # not contiguous
    packed = json.loads(json.dumps(packed_array(array, dtype)))
    assert (packed["dtype"], packed["shape"]) == (dtype, [2, 3])
    back = np.frombuffer(base64.b64decode(packed["data"]), np.dtype(dtype).newbyteorder("<"))
    assert np.array_equal(back.reshape(2, 3), array)


@pytest.mark.parametrize("numbers", [[300], [-1], [0.5]])
def test_numbers_that_do_not_fit_are_refused(numbers):
    with pytest.raises(ValueError, match="do not fit uint8: round and clip"):
        packed_array(np.array(numbers), "uint8")


def test_a_picture_and_a_sentence_go_with_the_widget(monkeypatch):
    data, _ = Small()._repr_mimebundle_()
    assert data["text/plain"] == "[A small one.]"
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    data, _ = Small()._repr_mimebundle_()
    assert "image/png" not in data and data["text/plain"] == "[A small one.]"


def test_without_a_display_there_is_still_the_sentence(monkeypatch):
    monkeypatch.setattr(interactive.anywidget.AnyWidget, "_repr_mimebundle_", lambda self, **options: None)
    data, metadata = Small()._repr_mimebundle_()
    assert data["text/plain"] == "[A small one.]" and metadata == {}


WIDGETS = [getattr(viz, name) for name in dir(viz) if name != "Stepper"]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_every_widget_is_one_and_its_code_is_small(widget):
    assert issubclass(widget, Interactive) and widget.__doc__
    assert len(widget._esm) < 30_000, "the code travels with every widget and lies in every saved notebook"


VIZ = Path(interactive.__file__).parent
PARTS = [
    ("kit.js", "kit_plots.js", *re.findall(r'"([\w.]+\.js)"', call))
    for path in sorted(VIZ.glob("*.py"))
    for call in re.findall(r"(?ms)^    _esm = module\((.*?)css=", path.read_text("utf-8"))
]


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: parts[-1])
def test_the_parts_of_a_widget_share_no_top_level_name(parts):
    """Joined to one module, a name that two parts define would be a syntax error in the browser."""
    text = "".join((VIZ / part).read_text("utf-8") for part in parts)
    names = re.findall(r"^(?:export )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)
    assert len(names) > 20 and sorted({name for name in names if names.count(name) > 1}) == []


def test_styles_of_the_stepper_and_of_the_kit_do_not_meet():
    """Style sheets hold for the whole page: a class of one must not be styled by the other."""
    stepper, kit = ((VIZ / name).read_text("utf-8") for name in ("stepper.css", "kit.css"))
    ours = set(re.findall(r"\.(kit-[\w-]+)", kit))
    assert len(ours) > 15 and not any(f".{name}" in stepper for name in ours)
    bare = [line for line in kit.splitlines() if line.startswith(".") and not line.startswith(".bpl-kit")]
    assert bare == []


def test_every_widget_of_the_kit_is_looked_at():
    assert len(PARTS) == len(WIDGETS)


def unpacked(esm):
    """The JavaScript inside a packed module."""
    return zlib.decompress(base64.b64decode(re.search(r'packed = "(.+?)"', esm)[1])).decode("utf-8")


def test_module_joins_the_kit_the_parts_and_the_styles():
    text = unpacked(module("slope_plot.js", "slope.js", css="slope.css"))
    assert "import " not in text.split("export const styles")[0]
    assert "function stage(" in text and ".bpl-kit button" in text and "--bpl-purple" in text
