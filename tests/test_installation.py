"""`check_installation()`: it sees what is missing or too old, says what to do, and never raises."""

import platform
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from backprop_lib import installation
from backprop_lib.installation import ACTION, NOTE, OK, check_installation, satisfies

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LIBRARIES = [re.match(r"[\w.-]+", need)[0] for need in PROJECT["dependencies"]]


def line(name):
    (found,) = [line for line in check_installation().lines if line.name == name]
    return found


@pytest.fixture
def versions(monkeypatch):
    """A dict in which a test puts other versions of distributions; None is "not installed"."""
    changed, real = {}, metadata.version

    def version(name):
        found = changed.get(name, "real")
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return real(name) if found == "real" else found

    monkeypatch.setattr(metadata, "version", version)
    return changed


def test_here_everything_is_all_right():
    found = check_installation()
    assert found
    assert [line.state for line in found.lines if line.name in ("Python", *LIBRARIES)] == [OK] * (
        1 + len(LIBRARIES)
    )
    assert line("the data").found.startswith("1,797")
    assert "gradients agree" in line("the engine").found


@pytest.mark.parametrize(
    ("version", "spec", "right"),
    [
        ("2.4.6", ">=2.0,<3", True),
        ("2.0", ">=2.0,<3", True),
        ("1.26.4", ">=2.0,<3", False),
        ("3.0.0rc1", ">=2.0,<3", False),
        ("10.0", ">=9.1", True),
        ("0.11.0", ">=0.9.13,<0.12", True),
        ("0.12.0", ">=0.9.13, <0.12", False),
        ("0.9.12", ">=0.9.13,<0.12", False),
        ("3.11", ">=3.11", True),
        ("3.9.18", ">=3.11", False),
        ("3", "==3.0", True),
        ("4.1", "!=4.1", False),
        ("4.1", "<=4.1", True),
        ("4.1", ">4.1", False),
        ("1.0", "", True),
    ],
)
def test_versions_are_compared_as_numbers(version, spec, right):
    assert satisfies(version, spec) is right


@pytest.mark.parametrize("version", [None, "0.0.1"])
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_missing_or_old_library_needs_action_and_says_which(name, version, versions):
    versions[name] = version
    found = line(name)
    wanted = next(need for need in PROJECT["dependencies"] if need.startswith(name))
    assert found.state == ACTION and f'%pip install "{wanted}"' in found.todo
    assert found.found == "not installed" if version is None else version in found.found
    report = check_installation()
    assert not report and report.headline() == f"\u2717 1 of {len(report.lines)} needs action"


def test_an_old_python_needs_action(monkeypatch):
    monkeypatch.setattr(platform, "python_version", lambda: "3.10.14")
    assert line("Python").state == ACTION
    assert "3.10.14" in line("Python").found and PROJECT["requires-python"] in line("Python").found


def test_what_is_asked_for_comes_from_the_metadata_or_from_the_folder(monkeypatch, tmp_path):
    folder = [line for line in check_installation().lines if line.name in LIBRARIES]
    info = "".join(f"Requires-Dist: {need}\n" for need in PROJECT["dependencies"])
    (tmp_path / "PKG-INFO").write_text(
        f"Metadata-Version: 2.4\nName: x\nVersion: 9.8\nRequires-Python: {PROJECT['requires-python']}\n{info}"
        'Requires-Dist: torch==2.13.0; extra == "bench"\n'
    )
    monkeypatch.setattr(metadata, "metadata", lambda name: metadata.PathDistribution(tmp_path).metadata)
    assert [line for line in check_installation().lines if line.name in LIBRARIES] == folder
    assert line("the course").found == "version 9.8"
    assert not [line for line in check_installation().lines if line.name == "torch"]


def test_jupyterlab_may_live_elsewhere(versions):
    wanted = next(text for text in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
                  if text.startswith("jupyterlab"))  # fmt: skip
    assert wanted == f"jupyterlab{installation.JUPYTERLAB}"
    for version, state in ((None, NOTE), ("3.6.1", NOTE), ("4.5.0", OK)):
        versions["jupyterlab"] = version
        assert line("JupyterLab").state == state
    assert check_installation()


@pytest.mark.parametrize(("value", "state"), [("1", OK), ("4", NOTE), ("", NOTE)])
def test_the_number_of_threads_is_told(monkeypatch, value, state):
    for name in installation.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    found = line("linear algebra")
    assert found.state == state and (value or "any number") in found.found.replace("one", "1")


@pytest.mark.parametrize("part", ["gradcheck", "ops"])
def test_a_broken_engine_needs_action_and_does_not_raise(monkeypatch, part):
    import backprop_lib

    monkeypatch.setitem(vars(backprop_lib), part, None)
    assert line("the engine").state == ACTION
    assert "TypeError" in line("the engine").found or "AttributeError" in line("the engine").found
    assert line("the data").state == OK


def test_a_wrong_gradient_is_seen(monkeypatch):
    from backprop_lib import ops

    right = ops.tanh
    monkeypatch.setattr(ops, "tanh", lambda x: right(x) + ops.Tensor(x.data))  # a path without gradient
    assert line("the engine").state == ACTION and "WRONG" in line("the engine").found


def test_a_lost_list_of_libraries_needs_action(monkeypatch, tmp_path):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", missing)
    monkeypatch.setattr(installation, "__file__", str(tmp_path / "backprop_lib" / "installation.py"))
    assert line("the course").state == ACTION and not check_installation()


def test_it_works_without_any_library():
    code = (
        "import sys\n"
        "for name in ('numpy', 'matplotlib', 'anywidget', 'ipywidgets'): sys.modules[name] = None\n"
        "from backprop_lib.installation import check_installation\n"
        "print(check_installation())"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("\u2717 3 of") and "the engine: ModuleNotFoundError" in run.stdout


def test_the_table_has_every_line_and_escapes(versions):
    versions["tqdm"] = "1 <script>"
    html, text = check_installation()._repr_html_(), repr(check_installation())
    assert "<script>" not in html and "1 &lt;script&gt;" in html
    assert html.count("<tr>") == len(check_installation().lines)
    for line in check_installation().lines:
        assert line.name in text and line.state in text and f">{line.name}</th>" in html
