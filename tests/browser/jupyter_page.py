"""A notebook in a real JupyterLab in a real Chromium: what the browser tests hold in their hands."""

import json
import struct
from itertools import pairwise
from pathlib import Path

import nbformat
from axe_playwright_python import base as axe_base

AXE = Path(axe_base.__file__).with_name("axe.min.js")
WIDGET = "window.jupyterapp.shell.currentWidget"
READY = "() => window.jupyterapp?.shell?.currentWidget?.context?.isReady"
IDLE = f"() => {WIDGET}?.context?.sessionContext?.session?.kernel?.status === 'idle'"

# What JupyterLab writes to the console by itself, whatever the notebook holds.
OWN_NOISE = (
    "favicon",
    "Failed to load resource: the server responded with a status of 404",
    "Could not restore the debugger state",  # it asked a kernel that was then shut down
)


def write_notebook(path, cells):
    """Write `cells` (code strings; markdown when they start with "%%markdown\\n") as a notebook."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, source in enumerate(cells):
        if source.startswith("%%markdown\n"):
            cell = nbformat.v4.new_markdown_cell(source.removeprefix("%%markdown\n"))
        else:
            cell = nbformat.v4.new_code_cell(source)
        cell.id = f"cell-{number}"
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


def decode(payload):
    """A frame of the kernel's websocket (protocol v1.kernel.websocket.jupyter.org) as a small dict."""
    if isinstance(payload, str):  # the older protocol, still used by some servers
        message = json.loads(payload)
        parts = message.get("channel"), message["header"]["msg_type"], message["content"]
    else:
        (count,) = struct.unpack_from("<Q", payload)
        offsets = struct.unpack_from(f"<{count}Q", payload, 8)
        segments = [payload[a:b] for a, b in pairwise(offsets)]
        parts = segments[0].decode(), json.loads(segments[1])["msg_type"], json.loads(segments[4])
    return dict(zip(("channel", "type", "content"), parts, strict=True)) | {"bytes": len(payload)}


class JupyterPage:
    """One notebook, opened in its own browser page.

    errors     what went wrong in the page: console errors and uncaught exceptions (list of str)
    sent       messages from the page to the kernel since the page was opened (list of dicts with channel,
               type, content, bytes); likewise `received`. Clear them, act, count them.
    page       Playwright's page, for everything else
    """

    def __init__(self, page, url, path, theme, shots):
        self.page, self.url, self.path, self.theme, self.shots = page, url, path, theme, shots
        self.errors, self.sent, self.received = [], [], []
        self._listeners = {
            "console": lambda m: m.type == "error" and self._error(m.text, m.location.get("url", "")),
            "pageerror": lambda error: self._error(str(error), ""),
            "websocket": self._listen,
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)

    def let_go(self):
        """Listen to the page no longer."""
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    def _error(self, text, where):
        if not any(noise in f"{text} {where}" for noise in OWN_NOISE):
            self.errors.append(f"{text} ({where})" if where else text)

    def _listen(self, socket):
        if "/channels" in socket.url:
            socket.on("framesent", lambda payload: self.sent.append(decode(payload)))
            socket.on("framereceived", lambda payload: self.received.append(decode(payload)))

    def open(self):
        """Show the notebook in a JupyterLab with nothing else open; wait until its kernel is ready."""
        if self.page.url.partition("/lab")[0] == self.url.partition("/lab")[0]:
            self.command("docmanager:open", path=self.url.partition("/lab/tree/")[2], factory="Notebook")
        else:
            self.page.goto(self.url + "?reset")
        self.page.wait_for_function(READY)
        self.page.wait_for_function(IDLE)
        self.set_theme(self.theme)

    def command(self, name, **arguments):
        """Execute one of JupyterLab's commands; wait until it is done."""
        execute = "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args) }"
        self.page.evaluate(execute, [name, arguments])

    def set_theme(self, theme):
        """Switch JupyterLab to its "light" or "dark" theme."""
        self.theme = theme
        self.command("apputils:change-theme", theme=f"JupyterLab {theme.title()}")
        light = "true" if theme == "light" else "false"
        self.page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=light)

    def run_all(self):
        """Run all cells and wait for the last; errors raised by cells do not stop the wait."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(IDLE)

    def code(self, number):
        """The locator of the code cell `number` (from 0, markdown cells not counted)."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number=0):
        """The locator of the output area of the code cell `number`, scrolled into view."""
        area = self.code(number).locator(".jp-OutputArea").first
        area.scroll_into_view_if_needed()
        return area

    def add_and_run(self, source):
        """Append a code cell, run it, and return the text of its output ("" if there is none)."""
        return self.page.evaluate(
            """async source => {
                const {content, context} = window.jupyterapp.shell.currentWidget;
                const model = content.model.sharedModel;
                model.insertCell(model.cells.length, {cell_type: 'code', source, metadata: {}});
                content.activeCellIndex = model.cells.length - 1;
                await window.jupyterapp.commands.execute('notebook:run-cell');
                const outputs = content.activeCell.model.outputs.toJSON();
                return outputs.map(o => o.text ?? o.data?.['text/plain'] ?? o.evalue ?? '').flat().join('');
            }""",
            source,
        )

    def shut_kernel_down(self):
        """End the kernel as the menu's "Shut Down Kernel" does, and wait until it is gone."""
        self.page.evaluate(f"async () => {{ await {WIDGET}.context.sessionContext.shutdown() }}")
        self.page.wait_for_function(f"() => !{WIDGET}.context.sessionContext.session")

    def save(self):
        """Save the notebook; return it as it now lies on the disk (nbformat's NotebookNode)."""
        self.command("docmanager:save")
        return nbformat.read(self.path, as_version=4)

    def save_widget_state(self):
        """Save with "Save Widget State Automatically" on, then turn it off: it is a setting of the server."""
        self._keep_widget_state(True)
        saved = self.save()
        self._keep_widget_state(False)
        return saved

    def _keep_widget_state(self, wanted):
        name = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
        toggled = "([name, wanted]) => window.jupyterapp.commands.isToggled(name) === wanted"
        if not self.page.evaluate(toggled, [name, wanted]):
            self.command(name)
            self.page.wait_for_function(toggled, arg=[name, wanted])

    def reopen(self, kernel=True):
        """Save, close, and open the file again; with kernel=False its old kernel is ended before."""
        self.save()
        if not kernel:
            self.shut_kernel_down()
        self.page.goto("about:blank")
        self.open()

    def frame_ms(self, control, values):
        """Milliseconds from moving a slider (or choosing) to the frame that shows it, one for each value.

        `control` is a locator of an `<input type=range>` or a `<select>`.
        """
        return control.evaluate(
            """async (it, values) => {
                const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                const times = [];
                for (const value of values) {
                    await frame();
                    const started = performance.now();
                    it.value = value;
                    const name = it.tagName === 'SELECT' ? 'change' : 'input';
                    it.dispatchEvent(new Event(name, {bubbles: true}));
                    await frame();
                    times.push(performance.now() - started);
                }
                return times;
            }""",
            list(values),
        )

    def axe(self, selector):
        """The violations that axe-core finds inside `selector` (list of dicts; empty is good)."""
        if not self.page.evaluate("() => 'axe' in window"):
            # JupyterLab has an AMD loader, which an injected script tag would register with.
            inject = "source => { (new Function('define', 'module', source))() }"
            self.page.evaluate(inject, AXE.read_text("utf-8"))
        return self.page.evaluate("async it => (await window.axe.run(it)).violations", selector)

    def screenshot(self, name, selector=None):
        """Write a PNG (of the page, or of the first element of `selector`) and return its path."""
        path = self.shots / f"{name}.png"
        target = self.page.locator(selector).first if selector else self.page
        target.screenshot(path=path)
        return path
