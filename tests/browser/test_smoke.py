"""The ground that the other browser tests stand on: JupyterLab opens, runs, saves, and is quiet."""

import pytest

pytestmark = pytest.mark.browser


def test_a_notebook_opens_and_runs(lab):
    notebook = lab(["x = 6 * 7", "print(x)"])
    notebook.run_all()
    assert notebook.output(1).inner_text().strip() == "42"
    assert any(message["type"] == "execute_request" for message in notebook.sent)
    assert notebook.errors == []


def test_console_errors_and_exceptions_are_seen(lab):
    notebook = lab([])
    notebook.page.evaluate("() => console.error('a planted error')")
    notebook.page.evaluate("() => { setTimeout(() => { throw new Error('a planted exception') }) }")
    notebook.page.wait_for_timeout(100)
    assert any("a planted error" in error for error in notebook.errors)
    assert any("a planted exception" in error for error in notebook.errors)


def test_an_anywidget_works_here(lab):
    notebook = lab([
        "import anywidget, traitlets\n"
        "class Button(anywidget.AnyWidget):\n"
        "    _esm = '''export default { render({ model, el }) {\n"
        "        const button = document.createElement(\"button\");\n"
        "        const show = () => { button.textContent = `clicked ${model.get(\"n\")}`; };\n"
        "        button.onclick = () => { model.set(\"n\", model.get(\"n\") + 1); model.save_changes(); };\n"
        "        model.on(\"change:n\", show); show(); el.append(button);\n"
        "    } }'''\n"
        "    n = traitlets.Int(0).tag(sync=True)\n"
        "button = Button()\nbutton"
    ])  # fmt: skip
    notebook.run_all()
    notebook.output(0).get_by_role("button").click()
    notebook.page.get_by_role("button", name="clicked 1").wait_for()
    assert notebook.add_and_run("print(button.n)").strip() == "1"
    assert notebook.axe(".jp-OutputArea button") == []
    assert notebook.errors == []


def test_dark_theme_saved_file_and_dead_kernel(lab):
    notebook = lab(["print('kept')"], theme="dark")
    notebook.run_all()
    background = notebook.page.locator(".jp-Notebook").evaluate("it => getComputedStyle(it).backgroundColor")
    assert max(map(int, background.removeprefix("rgb(").rstrip(")").split(","))) < 60
    assert notebook.save().cells[0].outputs[0].text == "kept\n"
    notebook.reopen(kernel=False)
    assert notebook.output(0).inner_text().strip() == "kept"
    notebook.shut_kernel_down()
    assert notebook.screenshot("dark").stat().st_size > 10_000
