"""The stepper's Python side: what it sends, how it answers, what is shown where there is no widget."""

import base64
import json
import re
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

from backprop_lib import Scalar, Tensor, ops, trace, viz
from backprop_lib.viz import theme
from backprop_lib.viz.bundle import bundle
from backprop_lib.viz.folding import group_names
from backprop_lib.viz.shapes import number
from backprop_lib.viz.stepper import _HERE, _PARTS
from backprop_lib.viz.wire import pack
from tests.stepper_graphs import mlp, neuron, product_and_sum


def digit():
    """A small network of Tensors on one 8×8 image."""
    rng = np.random.default_rng(0)
    x = Tensor(np.arange(64.0).reshape(1, 64) / 64, label="x")
    W, b = Tensor(rng.normal(size=(64, 10)) / 8, label="W"), Tensor(np.zeros(10), label="b")
    L = ops.softmax_cross_entropy(ops.relu(ops.linear(x, W, b)), np.array([3]))
    L.label = "L"
    return L


def state_bytes(stepper):
    """What a saved notebook holds of the stepper itself."""
    return len(json.dumps(stepper.get_state(), ensure_ascii=False, allow_nan=False).encode())


def send(stepper, content):
    """A message as it comes from the page."""
    stepper._handle_custom_msg(content, [])
    return stepper.reply


# What is sent


def test_the_state_of_60_nodes_is_small_and_strict_json():
    root, _ = mlp(2, 5, 1)
    stepper = viz.Stepper(root)
    assert 60 <= len(stepper.trace["nodes"]) <= 65
    assert state_bytes(stepper) <= 50_000


def test_nan_and_infinity_travel_as_words():
    huge = Scalar(1e300, "a") * 1e300
    stepper = viz.Stepper(huge - huge)
    wire = json.dumps(pack(stepper.trace), allow_nan=False)
    assert '"inf"' in wire and '"nan"' in wire


def test_a_zero_is_not_taken_for_nothing():
    wire = pack(viz.Stepper(Scalar(0.0, "a") * Scalar(0.0, "b")).trace)
    assert wire["nodes"]["value"] == [0.0, 0.0, 0.0]


def test_the_bundle_is_one_module_without_imports():
    code = bundle(_HERE, *_PARTS)
    assert code.count("export ") == code.count("export default") == 1
    assert 'from "./' not in code and "\n//" not in code
    parts = "\n".join((_HERE / name).read_text("utf-8") for name in _PARTS)
    names = re.findall(r"^(?:export )?(?:const|let|class|function) (\w+)", parts, re.MULTILINE)
    assert len(names) == len(set(names)) > 80, "two parts define the same name"


def test_every_part_is_bundled():
    assert {path.name for path in _HERE.glob("stepper*.js")} == set(_PARTS)


# Where it starts


@pytest.mark.parametrize(("start", "done"), [("forward", 0), ("backward", 2), (0, 0), (3, 3), (7, 7)])
def test_start(start, done):
    stepper = viz.Stepper(product_and_sum(), start=start)
    assert (stepper.step, stepper.given) == (done, done)


@pytest.mark.parametrize(("options", "complaint"), [
    ({"start": 8}, "0 … 7"), ({"start": "end"}, "start must be"), ({"start": True}, "start must be"),
    ({"direction": "TB"}, "direction"), ({"height": 3}, "height"), ({"height": "tall"}, "height"),
    ({"groups": {"g": ["nobody"]}}, "matches no node"), ({"images": {"nobody": (2, 2)}}, "matches no label"),
    ({"images": {"a": (8, 8)}}, "no 8×8 image")])  # fmt: skip
def test_bad_options_are_refused_in_words(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        viz.Stepper(product_and_sum(), **options)


@pytest.mark.parametrize("root", [3, "abc", None, [1.0]])
def test_what_is_no_graph_is_refused_as_trace_refuses_it(root):
    with pytest.raises(TypeError) as ours:
        viz.Stepper(root)
    with pytest.raises(TypeError) as theirs:
        trace(root)
    assert str(ours.value) == str(theirs.value)


def test_a_trace_can_be_given_and_then_takes_no_options():
    found = trace(product_and_sum())
    assert viz.Stepper(found).trace["nodes"][0]["label"] == "a"
    with pytest.raises(TypeError, match="finished Trace"):
        viz.Stepper(found, fresh=False)
    with pytest.raises(TypeError, match="groups must be a dict"):
        viz.Stepper(found, groups=3)


# Edited leaves


def test_an_edited_leaf_is_recomputed_and_edits_add_up():
    stepper = viz.Stepper(product_and_sum())
    a, b = (next(n["id"] for n in stepper.trace["nodes"] if n["label"] == name) for name in "ab")
    assert send(stepper, {"set": {str(a): 5}, "seq": "v-1"}) == {"seq": "v-1", "error": ""}
    assert send(stepper, {"set": {str(b): 4.0}, "seq": "v-2"}) == {"seq": "v-2", "error": ""}
    nodes = {n["label"]: n for n in stepper.trace["nodes"]}
    assert (nodes["a"]["value"], nodes["b"]["value"], nodes["L"]["value"]) == (5, 4, 25)
    assert (nodes["a"]["grad"], nodes["b"]["grad"]) == (5, 5)


def test_edits_of_a_whole_network_agree_with_a_fresh_one():
    root, layers = mlp(2, 3, 1)
    stepper = viz.Stepper(root, groups=layers)
    before = json.loads(json.dumps(stepper.trace))
    x1 = next(n["id"] for n in before["nodes"] if n["label"] == "x1")
    send(stepper, {"set": {str(x1): -0.4}, "seq": "v-1"})
    other, _ = mlp(2, 3, 1)
    for leaf in trace(other).objects:
        if leaf.label == "x1":
            leaf.data = -0.4
    after = trace(other).edited({"x1": -0.4})
    assert [n["value"] for n in stepper.trace["nodes"]] == pytest.approx([n.value for n in after.nodes])
    assert stepper.trace["layouts"] == before["layouts"], "the picture must not jump"
    assert stepper.trace["groups"] == before["groups"] == ["layer 1", "layer 2"]


@pytest.mark.parametrize(("value", "complaint"), [
    ("abc", "number is needed"), (None, "number is needed"), (float("inf"), "number is needed"),
    (True, "number is needed")])  # fmt: skip
def test_a_bad_value_is_answered_and_changes_nothing(value, complaint):
    stepper = viz.Stepper(product_and_sum())
    before = stepper.trace
    assert complaint in send(stepper, {"set": {"0": value}, "seq": 1})["error"]
    assert stepper.trace is before


def test_only_leaves_can_be_set_and_errors_of_the_class_are_told():
    x = Scalar(2.0, "x")
    stepper = viz.Stepper(x.log() * x)
    root = stepper.trace["root"]
    assert "cannot be changed" in send(stepper, {"set": {str(root): 1.0}, "seq": 1})["error"]
    assert "cannot be changed" in send(stepper, {"set": {"99": 1.0}, "seq": 2})["error"]
    assert "log" in send(stepper, {"set": {"0": -1.0}, "seq": 3})["error"]
    assert send(stepper, {"set": {"0": 1.0}, "seq": 4})["error"] == "", "an error must not stick"
    assert send(stepper, "nonsense") == {"seq": 4, "error": ""}


# Folding and images


def test_groups_by_nodes_by_labels_and_by_pattern():
    root, layers = mlp(2, 3, 1)
    by_nodes = viz.Stepper(root, groups=layers).trace
    assert by_nodes["groups"] == ["layer 1", "layer 2"]
    assert list(by_nodes["layouts"]) == ["", "0", "1", "0,1"]
    assert sum(item < 0 for item in by_nodes["layouts"][""]["items"]) == 2
    assert len(by_nodes["layouts"]["0,1"]["items"]) == len(by_nodes["nodes"])
    by_pattern = viz.Stepper(root, groups={"weights": r"w1\..*"}).trace
    assert sum(n["group"] == "weights" for n in by_pattern["nodes"]) == 6
    by_label = viz.Stepper(root, groups={"inputs": ["x1", "x2"]}).trace
    assert by_label["groups"] == ["inputs"]
    by_function = viz.Stepper(root, groups=lambda node: "x" if node.label.startswith("x") else None).trace
    assert by_function["groups"] == ["x"]


def test_a_group_that_data_leave_and_come_back_to_stays_open():
    a = Scalar(1.0, "a")
    b = a.exp()
    c = b.tanh()
    L = b * c
    assert viz.Stepper(L, groups={"start": [a, b]}).trace["groups"] == ["start"]
    assert viz.Stepper(L, groups={"around c": [b, L]}).trace["groups"] == []
    nodes = [{"id": i, "parents": p, "group": g} for i, (p, g) in
             enumerate([((), "g"), ((0,), None), ((1, 0), "g"), ((2,), "solo")])]  # fmt: skip
    assert group_names(nodes) == []


def test_an_image_gets_its_rows_back():
    nodes = {n["label"]: n for n in viz.Stepper(digit(), images={"x": (8, 8)}).trace["nodes"]}
    assert nodes["x"]["heat"]["data"][:3] == pytest.approx([0, 1 / 64, 2 / 64], abs=1e-4)
    assert (nodes["x"]["heat"]["rows"], nodes["x"]["grad_heat"]["cols"]) == (8, 8)
    assert "image" not in nodes["W"]


# Large graphs


def test_5000_nodes_give_a_summary_and_no_hang():
    x = Scalar(1.0, "x")
    y = x
    for _ in range(2500):
        y = (y * 1.0001).tanh()
    started = time.process_time()
    stepper = viz.Stepper(y)
    assert time.process_time() - started < 10
    summary = stepper.trace["summary"]
    assert summary["nodes"] == 7501 and summary["depth"] == 5000 and summary["leaves"] == 2501
    assert dict(summary["operations"]) == {"×": 2500, "tanh": 2500}
    assert summary["gradients"][0][0] == "x"
    assert len(pack(stepper.trace)["summary"]["first"]) == 40
    assert len(json.dumps(pack(stepper.trace))) < 12_000
    assert "5000 operations" in repr(stepper)
    assert stepper.png() is None


# Where no widget can be shown


def test_text_and_picture_stand_beside_the_widget():
    stepper = viz.Stepper(neuron())
    data, metadata = stepper._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("Stepper: L = 0.08579, computed by 7 operations")
    picture = base64.b64decode(data["image/png"])
    width, height = struct.unpack(">II", picture[16:24])
    assert metadata["image/png"]["width"] == round(width / 1.5)
    assert 300 < width <= 1200 and 100 < height <= 1200


@pytest.mark.parametrize("make", [
    product_and_sum, neuron, digit, lambda: mlp(2, 5, 1)[0], lambda: mlp(3, 10, 5, 1)[0]])  # fmt: skip
def test_the_picture_is_small_and_byte_for_byte_the_same(make):
    first, second = viz.Stepper(make()).png(), viz.Stepper(make()).png()
    assert first == second
    assert 1_000 < len(first) < 60_000


def test_the_picture_shows_the_numbers():
    def changed(value):
        a = Scalar(value, "a")
        return viz.Stepper(a * Scalar(2.0, "b")).png()

    assert changed(3.0) != changed(4.0)


def test_without_numpy_and_matplotlib_it_imports_steps_and_has_text():
    code = (
        "import sys\n"
        "for name in ('numpy', 'matplotlib', 'PIL'): sys.modules[name] = None\n"
        "from backprop_lib import Scalar, viz\n"
        "a = Scalar(2.0, 'a'); L = a * a\n"
        "stepper = viz.Stepper(L)\n"
        "data, _ = stepper._repr_mimebundle_()\n"
        "assert 'image/png' not in data and 'computed by 1 operation ' in data['text/plain'], data\n"
        "stepper._handle_custom_msg({'set': {'0': 3.0}, 'seq': 1}, [])\n"
        "print(stepper.trace['nodes'][-1]['value'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "9.0", done.stderr


# Numbers and colours


@pytest.mark.parametrize(("x", "text"), [
    (0.0, "0"), (2.0, "2"), (-3.0, "−3"), (0.5, "0.5"), (-2.3634, "−2.36"), (1234.5, "1230"),
    (99999.0, "1e5"), (1.5e-7, "1.5e−7"), (0.00012345, "0.000123"),
    (-1e300, "−1e300"), (0.9999, "1")])  # fmt: skip
def test_three_significant_digits(x, text):
    assert number(x) == text


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("host", [None, "#111111", "#ffffff"])
def test_text_has_a_contrast_of_four_and_a_half_to_one(palette, host):
    dark = palette is theme.DARK
    papers = {palette["paper"]} | ({host} if host and (host == "#111111") == dark else set())
    for paper in papers:
        for name in ("ink", "quiet", "value-text", "grad-text", "right", "wrong"):
            assert contrast(palette[name], paper) >= 4.5, (name, paper)
    assert contrast(palette["value-text"], palette["value-wash"]) >= 4.5
    assert contrast(palette["ink"], palette["grad-wash"]) >= 4.5
    assert contrast(palette["warning"], palette["warning-wash"]) >= 4.5
    assert contrast(palette["ink"], palette["warning-wash"]) >= 4.5
    assert contrast(palette["quiet"], palette["faint"]) >= 4.5
    for name in ("value", "grad", "right", "purple", "orange", "sky"):  # lines and borders
        assert contrast(palette[name], palette["paper"]) >= 3, name


def contrast(a, b):
    """WCAG 2.2's contrast ratio."""
    bright, dim = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_diverging_palette_ends_in_the_two_colours():
    assert theme.diverging(0) == (255, 255, 255)
    assert theme.diverging(-1) == theme.diverging(-7) == (0, 0x72, 0xB2)
    assert theme.diverging(1) == (0xD5, 0x5E, 0)
    assert theme.diverging(float("nan")) == theme.greys(float("nan")) == (150, 150, 150)
