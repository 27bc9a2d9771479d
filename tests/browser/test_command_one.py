"""The README's first command in an empty folder: a new environment, JupyterLab, notebook 00, the stepper.

This makes a virtual environment with what a learner gets and nothing more: it needs PyPI and a minute or two.
"""

import ast
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree, ignore_patterns

import nbformat
import pytest
from jupyter_page import JupyterPage

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
JUNK = (".git", ".venv", "build", "__pycache__", "*.egg-info", ".ipynb_checkpoints", ".hypothesis")


def commands():
    """The lines of the README's first shell block."""
    return re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)[1].splitlines()


def a_machine_with_only_python(home):
    """An environment in which this test's own packages and Jupyter's settings are out of sight."""
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("PYTHONPATH", "VIRTUAL_ENV", "CI") and "JUPYTER" not in k
    }
    # Instead of opening a tab, the "browser" writes down what it was to open.
    recorder = home / "browser.py"
    recorder.write_text(f"import sys; open({str(home / 'opened.txt')!r}, 'a').write(sys.argv[1])", "utf-8")
    config = home / "config"
    config.mkdir()
    (config / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}', "utf-8")
    return env | {
        "HOME": str(home),
        "BROWSER": f'"{sys.executable}" "{recorder}" %s',
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """What `python3 -m course open` gives: dict(folder, home, url, token, seconds)."""
    clone, enter, command = commands()
    assert clone.startswith("git clone ") and enter == f"cd {clone.rsplit('/', 1)[1]}"
    folder = tmp_path_factory.mktemp("empty") / enter.removeprefix("cd ")
    home = tmp_path_factory.mktemp("learner")
    copytree(ROOT, folder, ignore=ignore_patterns(*JUNK))
    assert command.startswith("python3 ")
    log = home / "log.txt"
    started = time.monotonic()
    with log.open("wb") as output:
        words = [sys.executable, *command.split()[1:]]
        server = subprocess.Popen(
            words, cwd=folder, env=a_machine_with_only_python(home), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        while not (home / "opened.txt").exists():
            if server.poll() is not None or time.monotonic() > started + 900:
                pytest.fail(
                    f"{command} did not open JupyterLab:\n{log.read_text('utf-8')[-3000:]}", pytrace=False
                )
            time.sleep(0.5)
        seconds = time.monotonic() - started
        (info,) = (home / "runtime").glob("jpserver-*.json")
        info = json.loads(info.read_text("utf-8"))
        yield {"folder": folder, "home": home, "url": info["url"], "token": info["token"], "seconds": seconds}
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_a_tab_with_notebook_00_is_opened(opened, record_property):
    record_property("seconds from command to open tab", round(opened["seconds"]))
    redirect = Path((opened["home"] / "opened.txt").read_text("utf-8").removeprefix("file://"))
    assert "/lab/tree/notebooks/00_start_here.ipynb?token=" in redirect.read_text("utf-8")
    page = f"{opened['url']}lab/tree/notebooks/00_start_here.ipynb?token={opened['token']}"
    with urllib.request.urlopen(page, timeout=30) as answer:
        assert answer.status == 200
    assert opened["seconds"] < 900


def test_notebook_00_runs_and_the_stepper_steps(opened, chromium, tmp_path):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    context.request.get(f"{opened['url']}lab?token={opened['token']}")  # sets the cookie
    try:
        address = f"{opened['url']}lab/tree/notebooks/00_start_here.ipynb"
        path = opened["folder"] / "notebooks" / "00_start_here.ipynb"
        notebook = JupyterPage(context.new_page(), address, path, "light", tmp_path)
        notebook.open()
        notebook.run_all()
        stopped = [cell for cell in notebook.save().cells if "'error'" in str(cell.get("outputs"))]
        assert stopped == []
        assert notebook.page.locator(".Toastify__toast").count() == 0, "JupyterLab asks about its news"
        slider = notebook.page.get_by_test_id("slider").first
        slider.scroll_into_view_if_needed()
        before = int(slider.input_value())
        notebook.page.get_by_test_id("next").first.click()
        notebook.page.wait_for_timeout(100)
        assert int(slider.input_value()) == before + 1
        assert notebook.errors == []
    finally:
        context.close()


def imported(source):
    """The names of the modules that this Python imports anywhere, also inside of functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def cells(notebook):
    """The code of a notebook's cells, without the lines that are IPython's."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            yield re.sub(r"^[%!].*$", "", cell.source, flags=re.M)


def test_what_the_course_imports_is_what_a_learner_has(opened):
    """All that the notebooks and the package import, also where no notebook comes by."""
    python, folder = scripts(opened) / "python", opened["folder"]
    installed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True).stdout
    assert not re.search(r"^(torch|nbgrader|pytest|scikit-learn)\s", installed, re.M)
    sources = [path.read_text("utf-8") for path in (folder / "backprop_lib").rglob("*.py")]
    sources += [cell for path in (folder / "notebooks").glob("*.ipynb") for cell in cells(path)]
    names = sorted({name for source in sources for name in imported(source)})
    names = [name for name in names if name.split(".")[0] not in sys.stdlib_module_names]
    assert {"numpy", "matplotlib", "anywidget", "backprop_lib"} <= {name.split(".")[0] for name in names}
    script = "\n".join(f"import {name}" for name in names)
    run = subprocess.run([python, "-c", script], cwd=folder, env=clean(), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]


def test_notebooks_run_with_what_a_learner_has(opened):
    """One with the engine's widgets, one with the data. The others, which import what was imported above, are
    run by other tests."""

    def execute(notebook):
        words = [scripts(opened) / "python", "-m", "jupyter", "execute", notebook.name, "--output"]
        words += [f"run_{notebook.name}"]
        return subprocess.run(words, cwd=notebook.parent, env=clean(), capture_output=True, text=True)

    notebooks = sorted((opened["folder"] / "notebooks").glob("0[56]_*.ipynb"))
    assert len(notebooks) == 2
    with ThreadPoolExecutor(2) as pool:
        for notebook, run in zip(notebooks, pool.map(execute, notebooks), strict=True):
            assert run.returncode == 0, f"{notebook.name}:\n{run.stderr[-3000:]}"


def scripts(opened):
    return opened["folder"] / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def clean():
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
