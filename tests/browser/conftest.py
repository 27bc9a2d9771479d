"""Fixtures of the browser tests: one JupyterLab and one Chromium a session, one page a notebook.

>>> def test_something(lab):
...     notebook = lab(["print(6 * 7)"])    # or lab("notebooks/00_start_here.ipynb")
...     notebook.run_all()
...     assert "42" in notebook.output(0).inner_text()
...     assert notebook.errors == []
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from itertools import count
from pathlib import Path

import pytest

from course.setup_env import CHROMIUM_MISSING, find_chromium

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """A JupyterLab server that reads nothing of this user's: (address, folder that it serves)."""
    home = tmp_path_factory.mktemp("home")
    folder = tmp_path_factory.mktemp("served")
    env = os.environ | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "JUPYTER_PLATFORM_DIRS": "0",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR",
                 "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):  # fmt: skip
        env[name] = str(home / name.lower())
    settings = home / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    address, log = f"http://127.0.0.1:{port}", home / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=env, cwd=home, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(server, address, log)
        yield address, folder
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(server, address, log, seconds=60):
    """Return when the server answers; fail with its log when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address + "/api", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def chromium():
    """Playwright's browser object, driving the Chromium of this machine. No Chromium is a failure."""
    program = find_chromium()
    if program is None:
        pytest.fail(CHROMIUM_MISSING, pytrace=False)
    from playwright.sync_api import sync_playwright

    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's own sandbox does not work for root
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if root else FLAGS
        browser = playwright.chromium.launch(executable_path=program, args=list(flags))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _numbers():
    return count()


@pytest.fixture(scope="session")
def tab(chromium):
    """Pages with JupyterLab loaded and no document open: loading it takes half of a test's time."""
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    yield Tabs(context)
    context.close()


class Tabs:
    """Hands out pages, and takes them back for the next test."""

    def __init__(self, context):
        self._context, self._free = context, []

    def take(self):
        return self._free.pop() if self._free else self._context.new_page()

    def give_back(self, page):
        """Close every document of `page`, changed or not, and keep it; a page that cannot is closed."""
        from playwright.sync_api import Error

        try:
            page.evaluate("() => [...window.jupyterapp.shell.widgets('main')].forEach(it => it.dispose())")
        except Error:
            page.close()
        else:
            self._free.append(page)


@pytest.fixture
def lab(jupyter, tab, tmp_path, request, _numbers):
    """Open a notebook in JupyterLab: lab(cells or path, theme="light"|"dark") -> JupyterPage.

    `cells` is a list of code strings. A path is copied, with the pictures beside it, before it is opened.
    Notebooks are closed and kernels ended after the test; the page is used again unless the test failed.
    """
    from jupyter_page import JupyterPage, write_notebook

    address, served = jupyter
    shots = Path(request.config.getoption("--shots") or tmp_path)
    shots.mkdir(parents=True, exist_ok=True)
    opened = []

    def open_notebook(what, theme="light", width=1280, height=900, reduced_motion="no-preference"):
        folder = served / f"{next(_numbers):03d}"
        folder.mkdir()
        if isinstance(what, (str, Path)):
            source = ROOT / what
            target = folder / source.name
            shutil.copy(source, target)
            for pictures in source.parent.glob("im*"):
                shutil.copytree(pictures, folder / pictures.name)
        else:
            target = write_notebook(folder / "test.ipynb", what)
        page = tab.take()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme, reduced_motion=reduced_motion)
        url = f"{address}/lab/tree/{folder.name}/{target.name}"
        opened.append(JupyterPage(page, url, target, theme, shots))
        opened[-1].open()
        return opened[-1]

    failures = request.session.testsfailed
    yield open_notebook
    for notebook in opened:
        notebook.let_go()
        if request.session.testsfailed > failures:
            notebook.page.close()
        else:
            tab.give_back(notebook.page)
    end_kernels(address)


def end_kernels(address):
    with urllib.request.urlopen(address + "/api/kernels", timeout=10) as answer:
        kernels = json.load(answer)
    for kernel in kernels:
        request = urllib.request.Request(f"{address}/api/kernels/{kernel['id']}", method="DELETE")
        with urllib.request.urlopen(request, timeout=20):
            continue
