"""The folder that students get: complete, in working order, and without solutions."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course.build import LEARNER, SOURCES, sources
from course.class_release import main as release
from course.grade.classroom import VARIABLE, ClassError, open_class
from course.outputs import ROOT
from course.publish import MANIFEST, main, publish
from course.published import CHECKS, files, leaks, regions_of
from tests.own_class import make_class, own_exercises
from tests.submitting import FIVE

PATHS = sources()


@pytest.fixture(autouse=True)
def _no_class(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with own_exercises():
        yield


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The public course, published."""
    folder = tmp_path_factory.mktemp("public") / "students"
    with own_exercises(), pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        assert main([str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def of_class(tmp_path_factory):
    """(class, folder): a class with an overlay that has released two notebooks, and what it published."""
    folder = tmp_path_factory.mktemp("of class")
    with own_exercises():
        classroom = make_class(folder / "class")
        (classroom.folder / "overlay" / "points.toml").write_text('"05.linear_backward" = 6\n', "utf-8")
        (classroom.folder / "overlay" / "notebooks" / "images").mkdir()
        (classroom.folder / "overlay" / "notebooks" / "images" / "own.png").write_bytes(b"\x89PNG\0")
        assert release(["20", "05", "--class", str(classroom.folder)]) == 0
        assert main([str(folder / "students"), "--released", "--class", str(classroom.folder)]) == 0
    return open_class(classroom.folder), folder / "students"


def inside(folder):
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in found if "__pycache__" not in name}


# What is in it


def test_it_has_all_that_students_need_and_nothing_of_course(public):
    names = inside(public)
    assert {name.split("/")[0] for name in names} == {
        *("notebooks", "backprop_lib", "binder", "README.md", "requirements.txt", "pyproject.toml"),
        *("LICENSE", "LICENSE-text", ".gitignore", MANIFEST),
    }
    assert {f"notebooks/{path.stem}.ipynb" for path in PATHS} < names
    package = {f"backprop_lib/{name}" for name in inside(ROOT / "backprop_lib")}
    assert {name for name in names if name.startswith("backprop_lib/")} == package
    for path in PATHS:
        notebook = f"{path.stem}.ipynb"
        assert (public / "notebooks" / notebook).read_bytes() == (LEARNER / notebook).read_bytes()


def test_nothing_in_it_needs_course(public):
    for name in inside(public) - {MANIFEST}:
        if name.endswith((".py", ".ipynb", ".toml", ".txt")) or name.startswith("binder/"):
            pattern = r"(from|import) course\b" if name.endswith(".py") else r"import course\b|-m course\b"
            found = re.search(pattern, (public / name).read_text("utf-8"))
            assert found is None, f"{name}: {found}"


def test_the_installations_advice_names_the_readme(public):
    code = "from backprop_lib.installation import _START; print(_START)"
    said = {}
    for folder in (ROOT, public):
        env = os.environ | {"PYTHONPATH": str(folder)}
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True
        )
        said[folder] = run.stdout
    assert "python3 -m course open" in said[ROOT] and said[public] == "the README's commands\n"


def test_no_solution_is_in_it(public):
    content = {name: (public / name).read_bytes() for name in inside(public)}
    assert leaks(content, PATHS) == [] and sum(len(regions_of(path)) for path in PATHS) > 40


@pytest.mark.parametrize("name", ["README.md", f"notebooks/{FIVE}.ipynb", "backprop_lib/ops.py"])
def test_each_solution_would_be_found(name):
    data = (LEARNER / f"{FIVE}.ipynb").read_bytes()
    for region in regions_of(SOURCES / f"{FIVE}.md"):
        solution = region.replace(" ", "\n    ")
        if name.endswith(".ipynb"):
            notebook = nbformat.reads(data.decode(), as_version=4)
            notebook.cells[3].source += solution
            text = nbformat.writes(notebook)
        else:
            text = f"text\n{solution}\nmore"
        (said, *_) = leaks({name: text.encode()}, PATHS)
        assert name in said and f"{FIVE}.md" in said and region in said


def test_a_solution_stops_the_publishing(tmp_path, monkeypatch, capsys):
    region = regions_of(SOURCES / f"{FIVE}.md")[0]
    monkeypatch.setattr("course.publish.files", lambda paths, overlay: {"README.md": region.encode()})
    assert main([str(tmp_path / "students")]) == 1
    said = capsys.readouterr().err
    assert "Nothing was published" in said and region in said and not (tmp_path / "students").exists()


def test_the_readmes_links_and_commands_are_of_this_folder(public):
    readme = (public / "README.md").read_text("utf-8")
    links = [link for link in re.findall(r"\]\((.+?)\)", readme) if not link.startswith("http")]
    assert len(links) >= len(PATHS) + 3 and [link for link in links if not (public / link).exists()] == []
    assert "pip install -r requirements.txt" in readme and "notebooks/00_start_here.ipynb" in readme
    assert (
        "$" not in readme and "| [05 Matrix backprop](notebooks/05_matrix_backprop.ipynb) | 105 |" in readme
    )


def test_binders_last_step_works_without_course(public, tmp_path):
    step = public / "binder" / "postBuild"
    assert os.access(step, os.X_OK)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\necho {tmp_path}\n")
    python.chmod(0o755)
    path = f"{python.parent}:{os.environ['PATH']}"
    subprocess.run([step], cwd=public, env={"PATH": path}, check=True)
    settings = tmp_path / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    (shown,) = json.loads(settings.read_text("utf-8")).values()
    assert shown == {"fetchNews": "false", "checkForUpdates": False}


# A class's


def test_released_notebooks_with_the_classs_points_and_own_checks(of_class):
    classroom, folder = of_class
    names = inside(folder)
    notebooks = {name for name in names if name.endswith(".ipynb")}
    assert notebooks == {"notebooks/20_own.ipynb", f"notebooks/{FIVE}.ipynb"}
    assert {f"{CHECKS}/{name}.py" for name in ("own20", "shapes", "corners20")} < names
    assert "notebooks/images/own.png" in names
    shown = nbformat.read(folder / "notebooks" / f"{FIVE}.ipynb", as_version=4)
    known = nbformat.read(LEARNER / f"{FIVE}.ipynb", as_version=4)
    other = [(a, b) for a, b in zip(shown.cells, known.cells, strict=True) if a != b]
    assert [a.source.endswith("points=6)") for a, _ in other] == [True]
    assert any(cell.get("outputs") for cell in shown.cells)
    region = "product = a * b return product"
    assert region in regions_of(classroom.folder / "overlay" / "notebooks" / "20_own.md")
    content = {name: (folder / name).read_bytes() for name in names}
    assert leaks(content, [classroom.folder / "overlay" / "notebooks" / "20_own.md"]) == []


def run(folder, name, answers):
    """Execute a published notebook with these answers, as a student who has nothing but this folder."""
    notebook = nbformat.read(folder / "notebooks" / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    notebook.cells.append(nbformat.v4.new_code_cell("import backprop_lib; print(backprop_lib.__file__)"))
    env = {key: value for key, value in os.environ.items() if key != "BACKPROP_CHECKS"}
    place = {"metadata": {"path": str(folder / "notebooks")}}
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources=place)
    client.execute(env=env | {"PYTHONPATH": str(folder), "IPYTHONDIR": str(folder.parent / "ipython")})
    assert Path(notebook.cells.pop().outputs[0].text.strip()).is_relative_to(folder)
    shown = {cell.id: str([o.get("data", o) for o in cell.get("outputs", [])]) for cell in notebook.cells}
    return {name: text for name, text in shown.items() if name.startswith("check-")}


def test_check_works_there(of_class):
    _, folder = of_class
    right = run(folder, "20_own", {"answer-20-area": "area = lambda a, b: a * b"})
    wrong = run(folder, "20_own", {"answer-20-area": "area = lambda a, b: a + b"})
    assert "You add the sides." in wrong["check-20-area"]
    assert "right" in right["check-20-area"] and "You add" not in right["check-20-area"]


# Again, and into a repository


CONTENT = {"README.md": b"one", "notebooks/05.ipynb": b"{}", "binder/postBuild": b"#!/bin/sh\n"}


@pytest.fixture
def repository(tmp_path):
    """A git repository with a file of the teacher's, into which something was published."""
    folder = tmp_path / "repository"
    (folder / "notebooks").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / "SYLLABUS.md").write_text("mine", "utf-8")
    (folder / "notebooks" / "mine.ipynb").write_text("mine", "utf-8")
    publish(folder, CONTENT)
    return folder


def state(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_again_writes_nothing(repository):
    before = state(repository)
    assert publish(repository, CONTENT) == ([], [])
    assert state(repository) == before


def test_an_update_takes_away_what_is_gone_and_nothing_else(repository):
    before = state(repository)
    now = {"README.md": b"two", "new/a.txt": b"a"}
    written, removed = publish(repository, now)
    assert (written, removed) == (["README.md", "new/a.txt"], ["binder/postBuild", "notebooks/05.ipynb"])
    assert not (repository / "binder").exists() and (repository / "notebooks" / "mine.ipynb").exists()
    assert (repository / "README.md").read_text("utf-8") == "two"
    kept = {path for path in before if path.relative_to(repository).as_posix() not in (*CONTENT, MANIFEST)}
    assert len(kept) > 5 and all(path.read_bytes() == before[path] for path in kept)


@pytest.mark.parametrize(
    ("changed", "now"),
    [
        ("README.md", CONTENT | {"README.md": b"two"}),
        ("README.md", {"notebooks/05.ipynb": b"{}"}),
        ("SYLLABUS.md", CONTENT | {"SYLLABUS.md": b"theirs"}),
    ],
)
def test_what_the_teacher_wrote_is_not_overwritten_unasked(repository, changed, now):
    (repository / changed).write_text("the teacher's", "utf-8")
    before = state(repository)
    with pytest.raises(ClassError, match=rf"(?s)would be lost:\n    {changed}\nNothing was changed.*--force"):
        publish(repository, now)
    assert state(repository) == before
    publish(repository, now, force=True)
    assert {name: (repository / name).read_bytes() for name in now} == now


def test_a_file_that_was_changed_to_what_is_published_is_no_conflict(repository):
    (repository / "README.md").write_text("two", "utf-8")
    assert publish(repository, CONTENT | {"README.md": b"two"}) == ([], [])


def test_after_a_crash_the_next_one_finishes(repository, monkeypatch):
    now = {"README.md": b"two", "new/a.txt": b"a", "new/b.txt": b"b"}
    with monkeypatch.context() as patch:
        patch.setattr("course.publish._remove", lambda folder, name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(repository, now)
    publish(repository, now)
    assert not (repository / "binder").exists() and (repository / "new" / "b.txt").exists()
    assert set(json.loads((repository / MANIFEST).read_text("utf-8"))["files"]) == set(now)


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", ".git/config", "."])
def test_a_manifest_that_names_other_places_is_refused(repository, name):
    outside = repository.parent / "outside.txt"
    outside.write_text("mine", "utf-8")
    known = json.dumps({"files": {name: hashlib.sha256(b"mine").hexdigest()}})
    (repository / MANIFEST).write_text(known, "utf-8")
    with pytest.raises(ClassError, match="is not in this folder"):
        publish(repository, CONTENT)
    assert outside.exists() and (repository / ".git" / "config").exists()


def test_a_manifest_that_cannot_be_read_is_said(repository):
    (repository / MANIFEST).write_text("{", "utf-8")
    with pytest.raises(ClassError, match="cannot be read"):
        publish(repository, CONTENT)


def test_a_link_is_not_followed(repository):
    shutil.rmtree(repository / "binder")
    outside = repository.parent / "outside"
    outside.mkdir()
    (repository / "binder").symlink_to(outside)
    with pytest.raises(ClassError, match="is a link"):
        publish(repository, CONTENT)
    assert list(outside.iterdir()) == []


def test_places_where_nothing_is_published(of_class, tmp_path, capsys):
    classroom, _ = of_class
    copy = tmp_path / "copy"
    (copy / "course").mkdir(parents=True)
    (copy / "course" / "source.py").touch()
    for folder in (ROOT, ROOT.parent, ROOT / "course" / "x", classroom.folder, classroom.folder / "x", copy):
        before = sorted(inside(folder)) if folder in (classroom.folder, copy) else []
        assert main([str(folder), "--class", str(classroom.folder)]) == 1
        assert "another folder" in capsys.readouterr().err
        assert not before or sorted(inside(folder)) == before


def test_nothing_released_yet(tmp_path, capsys):
    classroom = make_class(tmp_path / "class")
    assert main([str(tmp_path / "s"), "--released", "--class", str(classroom.folder)]) == 1
    assert "Nothing is released yet" in capsys.readouterr().err and not (tmp_path / "s").exists()


def test_the_command_runs_as_a_module(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "course", "publish", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0 and "--released" in run.stdout


def test_a_notebook_of_ones_own_has_a_row_without_a_heading(tmp_path):
    path = tmp_path / "21_plain.md"
    path.write_text("Text only.\n", "utf-8")
    assert "| [21 plain](notebooks/21_plain.ipynb) |  |" in files([path])["README.md"].decode()
