"""The matrix inspector in a real JupyterLab: sums against numpy, terms one by one, entries by mouse."""

import json

import numpy as np
import pytest

from backprop_lib import viz

pytestmark = pytest.mark.browser


def test_every_product_and_every_partial_sum_is_numpys(lab):
    rng = np.random.RandomState(1)
    x, W, g = (np.round(rng.randn(*shape), 2) for shape in ((5, 3), (3, 4), (5, 4)))
    code = f"from backprop_lib import viz\nviz.MatrixInspector({x.tolist()}, {W.tolist()}, {g.tolist()})"
    notebook = lab([code])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-inspector")
    root.wait_for()
    results = viz.MatrixInspector(x, W, g).results()
    parts = {"dW": (x.T, g), "dx": (g, W.T), "db": (np.ones((1, 5)), g), "z": (x, W)}
    for product, expected in results.items():
        root.get_by_test_id("product").select_option(product)
        assert shown(root)["result"] == pytest.approx(expected, rel=1e-12)
        left, right = parts[product]
        for terms in range(len(right) + 1):
            root.get_by_test_id("terms").fill(str(terms))
            partial = left[:, :terms] @ right[:terms]
            assert shown(root)["result"] == pytest.approx(partial, rel=1e-12, abs=1e-15)
        root.get_by_test_id("row").fill(str(len(left) - 1))
        root.get_by_test_id("column").fill("1")
        text = root.locator(".kit-numbers").inner_text()
        value = f"{expected[len(left) - 1, 1]:.2f}".replace("-", "−")
        assert text.endswith(f"= {value}") and text.count("·") == len(right)
    box = root.locator("svg.matrices").bounding_box()
    notebook.page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] - 8)
    assert (shown(root)["row"], shown(root)["column"]) == (4, 3), "the last entry lies under the mouse"
    assert notebook.errors == []


def shown(root):
    data = root.evaluate("it => ({...it.dataset})")
    return {key: data[key] if key == "product" else json.loads(data[key]) for key in data} | {
        "result": np.array(json.loads(data["result"]))
    }
