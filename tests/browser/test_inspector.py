"""The matrix inspector in a real JupyterLab: sums against numpy, terms one by one, entries by mouse."""

import json

import numpy as np
import pytest

from backprop_lib import viz

pytestmark = pytest.mark.browser


def test_every_product_and_every_partial_sum_is_numpys(lab):
    rng = np.random.RandomState(1)
    arrays = [np.round(rng.randn(*shape), 2) for shape in ((5, 3), (3, 4), (4,), (5, 4))]
    given = ", ".join(str(array.tolist()) for array in arrays)
    notebook = lab([f"from backprop_lib import viz\nviz.MatrixInspector({given})"])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-inspector")
    root.wait_for()
    menu = root.get_by_test_id("product").locator("option").all_inner_texts()
    assert menu == ["∂L/∂W", "∂L/∂x", "∂L/∂b", "z"], "no formula: an exercise asks for it"
    inspector = viz.MatrixInspector(*arrays)
    for product, expected in inspector.results().items():
        left, right = inspector.factors()[product]
        root.get_by_test_id("product").select_option(product)
        assert shown(root)["result"] == pytest.approx(expected, rel=1e-12)
        for terms in range(len(right) + 1):
            root.get_by_test_id("terms").fill(str(terms))
            now = shown(root)
            assert now["result"] == pytest.approx(left[:, :terms] @ right[:terms], rel=1e-12, abs=1e-15)
            if terms:  # the term that came last, alone: a column times a row
                outer = np.outer(left[:, terms - 1], right[terms - 1])
                assert now["alone"] == pytest.approx(outer, rel=1e-12, abs=1e-15)
        reads_as_a_sum(root, left, right, expected)
    assert notebook.errors == []


def reads_as_a_sum(root, left, right, expected):
    """The last entry of column 1: every factor is there, negative ones in brackets, and the sum."""
    row = len(left) - 1
    if row:
        root.get_by_test_id("row").fill(str(row))
    else:
        assert root.get_by_test_id("row").is_disabled(), "one row: nothing to choose"
    root.get_by_test_id("column").fill("1")
    products = []
    for r, (a, b) in enumerate(zip(left[row], right[:, 1], strict=True)):
        products.append(f"{number(a, bracket=r > 0)}·{number(b, bracket=True)}")
    text = root.locator(".kit-numbers").inner_text()
    assert text == f"= {' + '.join(products)} = {number(expected[row, 1])}"


def number(v, bracket=False):
    text = f"{v:.2f}".replace("-", "−")
    return f"({text})" if bracket and v < 0 else text


def test_mouse_and_arrow_keys_choose_an_entry_and_play_adds_the_terms(lab):
    notebook = lab(["from backprop_lib import viz\nviz.MatrixInspector()"])
    notebook.run_all()
    root = notebook.output(0).locator(".bpl-inspector")
    picture = root.locator("svg.matrices")
    picture.wait_for()
    entry = root.locator("svg.matrices .lit.entry")
    box = entry.bounding_box()
    notebook.page.mouse.move(box["x"] + 1.5 * box["width"], box["y"] + 2.5 * box["height"])
    assert (shown(root)["row"], shown(root)["column"]) == (2, 1)
    picture.focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft"):
        notebook.page.keyboard.press(key)
    assert (shown(root)["row"], shown(root)["column"]) == (1, 0), "no further than the edge"
    root.get_by_test_id("terms-start").click()
    assert shown(root)["terms"] == 0 and shown(root)["value"] == 0
    root.get_by_test_id("terms-next").click()
    assert shown(root)["terms"] == 1
    root.get_by_test_id("terms-play").click()
    notebook.page.wait_for_function("() => document.querySelector('.bpl-inspector').dataset.terms === '4'")
    assert root.get_by_test_id("terms-play").inner_text() == "Play"
    assert notebook.errors == []


def shown(root):
    data = root.evaluate("it => ({...it.dataset})")
    found = {key: data[key] if key == "product" else json.loads(data[key]) for key in data}
    return found | {"result": np.array(found["result"]), "alone": np.array(found["alone"])}
