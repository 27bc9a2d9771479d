"""What holds for the repository as a whole: style, sizes, licences, requirements, the README."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOT_OURS = re.compile(
    r"(?:^|/)(?:\.git|\.venv|build|__pycache__|\.ipynb_checkpoints|\.hypothesis|\.\w+_cache|[\w.]+\.egg-info)/"
)
TEXT = {".py", ".md", ".js", ".css", ".ipynb", ".toml", ".txt", ".yml", ".yaml", ".json", ""}


def our_files(*folders):
    """Every file of the repository in these folders, build products and caches left out."""
    for folder in folders or (".",):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not NOT_OURS.search(path.relative_to(ROOT).as_posix()):
                yield path


def test_ruff_finds_nothing():
    run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("folder", ["backprop_lib", "course"])
def test_no_file_is_longer_than_300_lines(folder):
    code = [path for path in our_files(folder) if path.suffix in {".py", ".js", ".css"}]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in code}
    assert code and {path: n for path, n in lengths.items() if n > 300} == {}


def test_nothing_tells_of_the_machine_it_was_made_on():
    # Tracebacks and reprs in stored outputs are where such paths come from.
    machine = re.compile(
        r"(?<![\w.$}~])/(?:root|work|home/\w+|Users/\w+|tmp/[\w.]+)/[\w.]|[A-Z]:\\\\?Users\\"
    )
    found = {}
    for path in our_files():
        if path.suffix in TEXT and path != Path(__file__):
            hits = machine.findall(path.read_text("utf-8"))
            if hits:
                found[path.relative_to(ROOT).as_posix()] = hits[:3]
    assert found == {}


def test_requirements_and_project_agree_and_are_bounded():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted[-1] == "-e ."
    course = PROJECT["project"]["optional-dependencies"]["course"]
    jupyterlab = [entry for entry in course if entry.startswith("jupyterlab")]
    assert sorted(wanted[:-1]) == sorted(PROJECT["project"]["dependencies"] + jupyterlab)
    assert [entry for entry in wanted[:-1] if not re.fullmatch(r"[a-z]+>=[\d.]+,<[\d.]+", entry)] == []


def test_binder_installs_what_a_learner_installs():
    binder = ROOT / "binder"
    assert (binder / "runtime.txt").read_text("utf-8").strip() == "python-3.11"
    assert (binder / "requirements.txt").read_text("utf-8").split("\n") == [
        "-r ../requirements.txt",
        "-e .",
        "",
    ]
    assert sorted(path.name for path in binder.iterdir()) == ["postBuild", "requirements.txt", "runtime.txt"]


def test_the_licences_are_there():
    assert "MIT License" in (ROOT / "LICENSE").read_text("utf-8")
    text = (ROOT / "LICENSE-text").read_text("utf-8")
    assert "Attribution 4.0 International" in text and "Section 8 – Interpretation." in text
    assert PROJECT["project"]["license-files"] == ["LICENSE", "LICENSE-text"]


@pytest.mark.parametrize("name", ["__main__.py", "setup_env.py"])
def test_what_runs_first_parses_under_an_old_python_and_needs_no_library(name):
    tree = ast.parse((ROOT / "course" / name).read_text("utf-8"), feature_version=(3, 7))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = [alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in imports if isinstance(node, ast.ImportFrom)]
    assert {module.split(".")[0] for module in modules} <= sys.stdlib_module_names


README = (ROOT / "README.md").read_text("utf-8")


def test_the_readmes_map_is_the_notebooks():
    rows = re.findall(r"^\| \[(\d\d) (.+?)\]\((.+?)\) \| .+ \| (\d+) \|$", README, re.M)
    told = {(number, title, Path(path).stem, int(minutes)) for number, title, path, minutes in rows}
    sources = {path.stem: path.read_text("utf-8") for path in (ROOT / "course" / "notebooks").glob("*.md")}
    known = {
        (name[:2], *re.search(r"^# (?:\d\d · )?(.+)$", text, re.M).groups(), name,
         int(re.search(r"minutes: (\d+)", text)[1]))
        for name, text in sources.items()
    }  # fmt: skip
    assert told == known and len(told) >= 4


def test_the_readmes_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\((.+?)\)", README) if not link.startswith("http")]
    assert len(links) >= 7 and [link for link in links if not (ROOT / link).exists()] == []


def test_the_readmes_python_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, {"__name__": "readme"})
    assert capsys.readouterr().out.strip()
