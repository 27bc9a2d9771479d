"""The slope explorer in a real JupyterLab: drag, keys, numbers, themes, dead kernel, saved file."""

import math

import pytest
from playwright.sync_api import expect

from backprop_lib.viz import curves

pytestmark = pytest.mark.browser

SHOW = "from backprop_lib import viz\nslope = viz.SlopeExplorer({})\nslope"


@pytest.fixture
def explorer(lab):
    """Open a notebook that shows one explorer: explorer(arguments, **options of lab)."""

    def open_explorer(arguments="", **options):
        notebook = lab([SHOW.format(arguments)], **options)
        notebook.run_all()
        notebook.root = notebook.output(0).locator(".bpl-slope")
        notebook.root.wait_for()
        return notebook

    return open_explorer


def numbers(notebook):
    """What the page has computed, from the widget's data attributes."""
    data = notebook.root.evaluate("it => ({...it.dataset})")
    return {key: text if key == "function" else float(text) for key, text in data.items()}


def set_range(notebook, name, value):
    """Move the slider called `name`, as a drag does."""
    sliders = notebook.root.locator("input[type=range]")
    sliders.nth(("x", "h", "zoom").index(name)).fill(str(value))


def test_the_page_computes_what_python_computes_and_asks_the_kernel_for_nothing(explorer):
    notebook = explorer("'sqrt', x=0.3, h=0.5")
    assert "outside the domain" in notebook.root.locator("tr.central").inner_text()
    assert notebook.root.locator("tr.forward .result").inner_text() == "0.693409"
    notebook.sent.clear()
    for name, curve in curves.CURVES.items():
        notebook.root.locator("select").select_option(name)
        low, high = curve.x_range
        for share, log_h in ((0.3, -1), (0.7, -4), (0.5, -8), (0.9, -12)):
            set_range(notebook, "x", round(low + share * (high - low), 2))
            set_range(notebook, "h", log_h)
            compare(numbers(notebook), name, curve, 10.0**log_h)
    assert [message["type"] for message in notebook.sent if message["channel"] == "shell"] == []
    assert notebook.add_and_run("1 + 1") == "2"  # the kernel was there, nobody asked it
    assert notebook.errors == []


def compare(got, name, curve, asked):
    x, h = got["x"], got["h"]
    assert (got["function"], h) == (name, pytest.approx(asked, rel=1e-12))
    # The browser's sin, exp and tanh may differ from Python's in the last digit: divided by h.
    last_digit = 4 * math.ulp(max(abs(curve.f(x)), abs(curve.f(x + h)))) / h
    assert got["exact"] == pytest.approx(curve.df(x), rel=1e-13, abs=1e-15)
    assert abs(got["forward"] - curves.forward_difference(curve.f, x, h)) <= last_digit
    assert abs(got["central"] - curves.central_difference(curve.f, x, h)) <= last_digit


def test_drag_the_point_the_step_and_the_cursor_of_the_error_plot(explorer):
    notebook = explorer("'sin', x=0.0, h=0.5")
    curve, errors = (notebook.root.locator("svg").nth(i).bounding_box() for i in (0, 1))
    mouse = notebook.page.mouse

    def drag(box, start, end, y=0.5):
        mouse.move(box["x"] + start * box["width"], box["y"] + y * box["height"])
        mouse.down()
        mouse.move(box["x"] + end * box["width"], box["y"] + y * box["height"], steps=5)
        mouse.up()

    drag(curve, 0.54, 0.7)  # the plot's middle is x = 0; 46 and 12 of its 460 units are margins
    moved = numbers(notebook)
    assert moved["x"] == pytest.approx((0.7 * 460 - 247) / 201 * 3.5, abs=0.02)
    assert moved["h"] == 0.5
    handle = (247 + (moved["x"] + 0.5) * 201 / 3.5) / 460
    drag(curve, handle, handle + 0.05)
    assert numbers(notebook)["h"] == pytest.approx(0.9, abs=0.03)
    assert numbers(notebook)["x"] == pytest.approx(moved["x"])
    drag(errors, 0.8, 46 / 460 + 402 / 460 / 2)
    assert numbers(notebook)["h"] == pytest.approx(1e-8, rel=1e-6)
    assert notebook.errors == []


def test_keys_move_sliders_and_do_not_reach_jupyterlab(explorer):
    notebook = explorer("'square', x=1.0, h=0.1")
    slider = notebook.root.locator("input[type=range]").nth(1)
    slider.focus()
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    notebook.page.keyboard.press("ArrowLeft")
    assert numbers(notebook)["h"] == pytest.approx(10**-1.1)
    for key in ("b", "a", "x"):
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("Home")
    assert numbers(notebook)["h"] == pytest.approx(1e-16)
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    assert slider.get_attribute("aria-valuetext") == "10⁻¹⁶"
    narrated = notebook.root.get_by_role("status").filter(has_text="One-sided slope 0, error 2")
    narrated.wait_for(state="attached")


def test_numbers_in_the_rule_cancelled_digits_and_python_moving_the_page(explorer):
    notebook = explorer("'square', x=1.0, h=0.5")
    assert "(2.2500 − 1.0000) ⁄ 0.5" in notebook.root.locator("tr.forward").inner_text()
    assert notebook.root.locator("tr.forward .result").inner_text() == "2.5"
    expect(notebook.root.locator(".gone:not(:empty)")).to_have_count(0)
    notebook.add_and_run("slope.h = 1e-10")
    notebook.page.wait_for_function("() => document.querySelector('.bpl-slope').dataset.h === '1e-10'")
    assert notebook.root.locator("tr.forward .gone").nth(1).inner_text().startswith("1.00000000")
    lines = notebook.root.locator("svg .line")
    expect(lines).to_have_count(3)
    notebook.root.get_by_role("checkbox", name="central").uncheck()
    expect(lines).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes_are_readable_and_accessible(explorer, theme):
    notebook = explorer("'exp', x=1.0, h=1e-8, follow=True", theme=theme)
    notebook.screenshot(f"slope-{theme}", ".bpl-slope")
    assert notebook.axe(".bpl-slope") == []
    ink, paper = notebook.root.evaluate(
        "it => { const s = getComputedStyle(it); return [s.color, s.backgroundColor] }"
    )
    assert (brightness(ink) < brightness(paper)) == (theme == "light")
    assert notebook.errors == []


def brightness(colour):
    parts = colour[colour.index("(") + 1 : -1].split(",")
    return sum(float(part) for part in parts[:3])


def test_it_works_without_a_kernel_and_again_from_the_saved_file(explorer):
    notebook = explorer("'tanh', x=0.5, h=0.1")
    saved = notebook.save_widget_state()
    data = saved.cells[0].outputs[0].data
    assert "image/png" in data
    assert "tanh x at x = 0.5" in data["text/plain"]
    state = saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert sum(len(str(model)) for model in state.values()) < 60_000
    notebook.shut_kernel_down()
    set_range(notebook, "h", -3)
    assert numbers(notebook)["h"] == pytest.approx(1e-3)
    notebook.reopen()
    notebook.root.wait_for()
    set_range(notebook, "h", -5)
    assert numbers(notebook)["h"] == pytest.approx(1e-5)
    assert numbers(notebook)["exact"] == pytest.approx(1 - math.tanh(0.5) ** 2)
    assert notebook.errors == []
