"""Installing and importing: the commands of the README, what an import costs, what a wheel holds."""

import json
import re
import runpy
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from course import setup_env

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def python(code):
    """Run code in a new interpreter, in the repository's folder; return what it prints."""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


# --- the commands ---------------------------------------------------------------------------------------


def test_ci_runs_the_readmes_test_command():
    blocks = re.findall(r"```sh\n(.*?)```", README, re.S)
    commands = [line for block in blocks for line in block.splitlines()]
    assert "python3 -m course open" in commands and "python3 -m course test" in commands
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1] == "python3 -m course test"


def test_an_old_python_is_told_so(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setattr(sys, "argv", ["course", "open"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(ROOT / "course" / "__main__.py"), run_name="__main__")
    assert "needs Python 3.11 or newer" in str(stopped.value) and "Python 3.9" in str(stopped.value)


def test_an_unknown_command_shows_the_known_ones():
    run = subprocess.run([sys.executable, "-m", "course", "opne"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2
    assert all(f"python3 -m course {name}" in run.stdout for name in ("open", "test", "build"))


def test_a_python_without_venv_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(setup_env, "PYTHON", tmp_path / "missing")
    monkeypatch.setattr(setup_env.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        setup_env.make_venv()


@pytest.fixture
def installer(monkeypatch, tmp_path):
    """setup_env with a .venv in a temporary folder, and pip replaced by a list of what it was asked."""
    calls, codes = [], []
    monkeypatch.setattr(setup_env, "VENV", tmp_path)
    monkeypatch.setattr(setup_env, "make_venv", lambda: None)
    monkeypatch.setattr(
        setup_env, "run", lambda *command: calls.append(command) or (codes.pop() if codes else 0)
    )
    return calls, codes


def test_installing_is_done_once_and_again_when_the_list_changed(installer, monkeypatch):
    calls, _ = installer
    for _ in range(2):
        setup_env.set_up("open")
    assert len(calls) == 1 and calls[0][-2:] == ("-r", "requirements.txt")
    monkeypatch.setitem(setup_env.WANTED, "open", ["-r", "requirements.txt", "more"])
    setup_env.set_up("open")
    assert len(calls) == 2


def test_installing_the_tests_is_enough_to_open(installer):
    calls, _ = installer
    setup_env.set_up("torch")
    setup_env.set_up("test")
    setup_env.set_up("open")
    assert len(calls) == 1


def test_a_failed_installation_is_tried_again(installer):
    calls, codes = installer
    codes.append(1)
    with pytest.raises(SystemExit, match="pip could not install"):
        setup_env.set_up("open")
    setup_env.set_up("open")
    assert len(calls) == 2


def test_what_we_start_uses_one_blas_thread_and_our_environment(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    env = setup_env.environment()
    assert env["OMP_NUM_THREADS"] == "1" and env["OPENBLAS_NUM_THREADS"] == "2"
    assert env["PATH"].startswith(str(setup_env.PYTHON.parent))


def test_settings_that_are_there_are_kept(tmp_path):
    settings = tmp_path / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"theirs": {"a": 1}}', "utf-8")
    setup_env.keep_news_quiet(tmp_path)
    known = json.loads(settings.read_text("utf-8"))
    assert known.pop("theirs") == {"a": 1}
    assert known == {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
    }


@pytest.mark.parametrize(("ci", "chromium"), [("", None), ("", "x"), ("true", None)])
def test_browser_tests_run_where_a_browser_is_and_always_in_ci(monkeypatch, capfd, ci, chromium):
    calls, profiles = [], []
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(setup_env, "find_chromium", lambda: chromium)
    monkeypatch.setattr(setup_env, "set_up", lambda profile: profiles.append(profile) or "python")
    monkeypatch.setattr(setup_env, "run", lambda *command: calls.append(command) or 3)
    assert setup_env.run_tests(["-k", "xor"]) == 3
    parts = setup_env.WITH_BROWSER if ci or chromium else setup_env.PARTS
    assert calls == [("python", "-m", "pytest", *part, "-k", "xor") for part in parts]
    assert profiles == ["torch" if ci else "test"]
    assert ("apt install chromium" in capfd.readouterr().out) == (chromium is None)


@pytest.mark.parametrize("parts", ["PARTS", "WITH_BROWSER"])
@pytest.mark.parametrize(
    "marks", [(), ("browser",), ("timed",), ("browser", "timed"), ("grading",), ("hub",)]
)
def test_every_test_is_in_one_part(marks, parts):
    """Only the hub's are in none: they need root and npm. Without a browser, neither are the browser's."""
    names = {name: name in marks for name in ("browser", "timed", "grading", "hub")}
    chosen = [eval(part[part.index("-m") + 1], names) for part in getattr(setup_env, parts)]
    none = "hub" in marks or ("browser" in marks and parts == "PARTS")
    assert chosen.count(True) == (not none)


@pytest.mark.parametrize(
    ("codes", "code"),
    [([0] * 3, 0), ([5, 0, 5], 0), ([0, 0, 5], 0), ([5] * 3, 5), ([0, 1, 0], 1), ([2, 0, 0], 2)],
)
def test_several_runs_of_pytest_give_one_exit_code(monkeypatch, codes, code):
    given = iter(codes)
    monkeypatch.setenv("CI", "")
    monkeypatch.setattr(setup_env, "find_chromium", lambda: "x")
    monkeypatch.setattr(setup_env, "set_up", lambda profile: "python")
    monkeypatch.setattr(setup_env, "run", lambda *command: next(given))
    assert setup_env.run_tests([]) == code


def test_a_marker_of_the_callers_own_makes_one_run(monkeypatch):
    calls = []
    monkeypatch.setattr(setup_env, "find_chromium", lambda: "x")
    monkeypatch.setattr(setup_env, "set_up", lambda profile: "python")
    monkeypatch.setattr(setup_env, "run", lambda *command: calls.append(command) or 0)
    assert setup_env.run_tests(["-m", "not browser"]) == 0
    assert calls == [("python", "-m", "pytest", "-m", "not browser")]


# --- imports --------------------------------------------------------------------------------------------


def test_importing_costs_little_beyond_numpy():
    # Processor time, so that a busy machine does not count; new interpreters; the median of seven.
    code = (
        "import time, numpy; start = time.process_time(); import backprop_lib; "
        "print((time.process_time() - start) * 1e3)"
    )
    milliseconds = [float(python(code)) for _ in range(7)]
    assert statistics.median(milliseconds) <= 15, milliseconds


def test_the_engine_too_costs_little_beyond_numpy():
    code = (
        "import time, numpy; start = time.process_time(); "
        "from backprop_lib import Scalar, Tensor, trace, gradcheck; "
        "print((time.process_time() - start) * 1e3)"
    )
    milliseconds = [float(python(code)) for _ in range(7)]
    assert statistics.median(milliseconds) <= 150, milliseconds  # matplotlib alone would be 1,000


HEAVY = ("numpy", "matplotlib", "ipywidgets", "anywidget", "IPython", "torch", "sklearn", "tqdm")


@pytest.mark.parametrize(
    ("names", "allowed"),
    [
        ("", []),
        ("Scalar, trace", []),
        ("Tensor, gradcheck, ops, no_grad, op", ["numpy"]),
        ("data", []),
        ("nn, losses, optim, data; nn.MLP, losses.mse, optim.Adam, data.digits, data.moons", ["numpy"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(names, allowed):
    code = f"import sys, backprop_lib\n{names and 'from backprop_lib import ' + names}\n"
    loaded = python(f"{code}print(*[name for name in {HEAVY} if name in sys.modules])").split()
    assert loaded == allowed


def test_scalar_trace_and_stepper_run_without_numpy():
    said = python("""
import sys

class NoNumpy:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("numpy", "matplotlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoNumpy())
from backprop_lib import Scalar, trace, viz

a, b = Scalar(2, "a"), Scalar(-3, "b")
root = a * b + a.tanh()
stepper = viz.Stepper(root)
print(len(trace(root).to_dict()["steps"]), len(stepper.trace["steps"]), "numpy" in sys.modules)
""")
    steps, drawn, numpy = said.split()
    assert int(steps) == int(drawn) > 5 and numpy == "False"


def test_every_public_name_loads():
    said = python(
        "import backprop_lib; print(*[getattr(backprop_lib, n) is not None for n in dir(backprop_lib)])"
    )
    assert set(said.split()) == {"True"}


def test_an_unknown_name_is_answered_with_the_known_ones():
    import backprop_lib

    with pytest.raises(AttributeError, match="Scalar"):
        _ = backprop_lib.Scaler


# --- the wheel ------------------------------------------------------------------------------------------


def test_a_wheel_holds_every_file_of_the_package_and_nothing_else(tmp_path):
    copy = copytree(
        ROOT, tmp_path / "copy", ignore=ignore_patterns(".git", ".venv", "__pycache__", "*.egg-info")
    )
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        tmp_path,
        copy,
    ]
    run = subprocess.run(build, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = [path for path in (copy / "backprop_lib").rglob("*") if path.is_file()]
    assert held == {path.relative_to(copy).as_posix() for path in package}
    assert {Path(name).suffix for name in held} >= {".py", ".js", ".css", ".npz", ".md"}
