"""course/grade/submissions.py and reading.py: files and folders in any state, notebooks with any damage."""

import copy
import json
import math
import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v3

from course.build import text
from course.grade import reading, scanning, submissions
from course.grade.sanitise import sanitise
from course.grade.scanning import Scanner
from tests.submitting import (
    ANSWER,
    CELLS,
    EXERCISES,
    FIVE,
    LINEAR,
    RELEASE,
    answer_to,
    at,
    cell_of,
    codes,
    data_of,
    solved,
    sound,
)

SOLVED = solved()
DATA = text(SOLVED).encode()
ANSWERS = {name: answer_to(cell_of(RELEASE, CELLS[name])) for name in EXERCISES}


# The bytes of a file


def old_format():
    return v3.writes_json(nbformat.convert(copy.deepcopy(SOLVED), 3)).encode()


WHOLE = {  # bytes -> the codes of the remarks; all answers are there
    "as Jupyter writes it": (DATA, []),
    "with a byte order mark": (b"\xef\xbb\xbf" + DATA, []),
    "UTF-16 with a mark": (DATA.decode().encode("utf-16"), []),
    "UTF-16 without a mark": (DATA.decode().encode("utf-16-be"), []),
    "Windows line ends": (DATA.replace(b"\n", b"\r\n"), []),
    "not all UTF-8": (DATA.replace(b"# 05", b"# \xff\xfe05"), ["encoding", "changed-cell"]),
    "in pretty small": (data_of(SOLVED), []),
    "format 3": (old_format(), ["nbformat"]),
    "two bytes of another encoding's mark before it": (b"\xfe\xff" + DATA, ["encoding", "damaged"]),
    "the start of an archive before it": (b"PK\x03\x04" + DATA, ["damaged"]),
    "a web page before it": (b"<!DOCTYPE html>" + DATA, ["damaged"]),
    "a comma too many": (DATA.replace(b'"cells": [', b'"cells": [,'), ["damaged"]),
    "text after the end": (DATA + b"}]\nand more", ["damaged"]),
    "text before the start": (b'<<<<<<< HEAD\n"' + DATA, ["damaged"]),
    "as the contents API gives it": (b'{"type": "notebook", "content": ' + DATA + b"}", ["damaged"]),
    "a list of cells": (json.dumps(SOLVED.cells).encode(), ["damaged"]),
    "keys twice": (DATA.replace(b'"cells"', b'"cells": [], "cells"'), []),
    "a bomb of depth beside the cells": (b'{"x": ' + b"[" * 10**5 + b"]" * 10**5 + b"," + DATA[1:], []),
    "a number of many digits": (DATA.replace(b'"nbformat": 4', b'"nbformat": ' + b"9" * 10**5), []),
    "bombs in metadata": (
        DATA.replace(b'"scrolled": true', b'"scrolled": ' + b'{"a":' * 500 + b"1e999" + b"}" * 500),
        [],
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_can_be_read_gives_all_answers(name):
    data, said = WHOLE[name]
    result = sound(sanitise(data, RELEASE))
    assert result.found and result.answers == ANSWERS, result.remarks
    assert codes(result) == said, result.remarks


NONE = {
    "nothing": (b"", "empty-file"),
    "white space": (b" \n\n", "empty-file"),
    "NUL bytes": (bytes(10**5), "empty-file"),
    "a web page": (b"\n<!DOCTYPE html><html>Log in", "not-a-notebook"),
    "a zip archive": (b"PK\x03\x04" + bytes(99), "not-a-notebook"),
    "a PDF": (b"%PDF-1.7", "not-a-notebook"),
    "a Python file": (b"import numpy as np\nprint({'cells': []})\n", "not-a-notebook"),
    "a number": (b"5", "not-a-notebook"),
    "a list": (b"[1, 2]", "not-a-notebook"),
    "JSON of something else": (b'{"cells": 5, "nbformat": 4}', "not-a-notebook"),
    "depth": (b"[" * 10**6, "not-a-notebook"),
    "depth in objects": (b'{"cells":' * 10**5, "not-a-notebook"),
    "many lists": (b"[" + b"[]," * 10**5, "not-a-notebook"),
    "quotes": (b'"\\' * 10**6, "not-a-notebook"),
    "random bytes": (bytes(range(256)) * 999, "not-a-notebook"),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_notebook_is_said_and_is_not_an_empty_one(name):
    data, code = NONE[name]
    result = sound(sanitise(data, RELEASE))
    assert not result.found and code in codes(result) and result.attempted == set()
    assert result.notebook == RELEASE and set(result.answers) == set(EXERCISES)


def test_another_notebook_is_said_once():
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    result = sound(sanitise(data_of(other), RELEASE))
    assert result.found and codes(result) == ["another-notebook"]
    assert codes(sanitise(b'{"cells": [], "nbformat": 4}', RELEASE)) == ["another-notebook"]


def test_merge_markers_leave_both_versions_and_all_other_answers():
    first = json.dumps(ANSWER.splitlines(True)[1])
    assert first in DATA.decode()
    data = DATA.decode().replace(first, f'{first}\n<<<<<<< HEAD\n,"#1\\n",\n=======\n"#2\\n"\n>>>>>>> theirs')
    result = sound(sanitise(data.encode(), RELEASE))
    assert codes(result)[0] == "damaged" and ("damaged", LINEAR) in [(r.code, r.cell) for r in result.remarks]
    assert result.answers == ANSWERS | {"05.linear_backward": f"{ANSWER}#1\n#2\n"}


def test_wherever_a_file_is_cut_off_the_whole_cells_before_it_are_kept():
    ends = {
        name: DATA.index(json.dumps(answer.splitlines(True)[-1]).encode()) for name, answer in ANSWERS.items()
    }
    ends = {name: DATA.index(b"]", end) for name, end in ends.items()}
    for length in [*range(1, len(DATA), 997), *ends.values(), *[end + 1 for end in ends.values()]]:
        result = sound(sanitise(DATA[:length], RELEASE))
        whole = {name for name, end in ends.items() if end < length}
        assert {name for name in EXERCISES if result.answers[name] == ANSWERS[name]} >= whole, length
        assert {"damaged", "not-a-notebook"} & set(codes(result)), length


def test_a_cut_within_an_answer_keeps_what_is_left_of_it():
    end = DATA.index(b"g.sum(axis=0)")
    result = sound(sanitise(DATA[:end], RELEASE))
    assert result.answers["05.linear_backward"] == ANSWER[: ANSWER.index("g.sum(axis=0)")]
    assert ("damaged", LINEAR) in [(remark.code, remark.cell) for remark in result.remarks]


def test_bombs_of_cells_and_values_are_bounded(monkeypatch):
    monkeypatch.setattr(scanning, "MAX_VALUES", 20_000)
    monkeypatch.setattr(scanning, "MAX_SKIPPED", 20_000)
    for bomb in (
        b'{"cells": [' + b'{"cell_type": "code", "source": "x"},' * 20_000 + b'{}], "nbformat": 4}',
        b'{"cells": [{"cell_type": "code", "source": [' + b'"a",' * 10**6 + b'"a"]}], "nbformat": 4}',
        b'{"cells": [' + b"{}," * 10**6 + b'{}], "nbformat": 4}',
    ):
        loose = reading.read(bomb)
        assert loose.found and "too-many-cells" in [remark.code for remark in loose.remarks]
        assert len(loose.cells) <= max(reading.MAX_CELLS, scanning.MAX_VALUES)
        sound(sanitise(bomb, RELEASE))


def test_a_string_of_wrong_escapes_is_read_and_bounded(monkeypatch):
    monkeypatch.setattr(scanning, "MAX_MENDED", 50)
    for mended in (r"\x", r"\\" + r"\u12", r"\u00e9" + r"\q"):
        for blanks in range(8):
            (cell,) = reading.read(
                b'[{"cell_type": "code", "source": "%s"}]' % (" " * blanks + mended * 40).encode()
            ).cells
            assert cell.text.startswith(" " * blanks) and "\\" in cell.text and 10 < len(cell.text) <= 60
            assert cell.faults == {"damaged"}


# Any damage at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def equal(one, other):
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(equal, one.values(), other.values()))
    return type(one) is type(other) and one == other


@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_json_is_read_as_python_reads_it(value, indent, ascii_only):
    written = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    scanner = Scanner(written)
    read = scanner.value()
    scanner.finish()
    assert equal(read, json.loads(written)) and not (scanner.damage or scanner.cut or scanner.full)


@given(st.text(alphabet='[]{}:,"\\ \nab1-.tnul', max_size=60))
def test_what_python_refuses_is_damaged(written):
    try:
        wanted, valid = json.loads(written, strict=False), "\n" not in "".join(written.split('"')[1::2])
    except ValueError:
        wanted, valid = None, False
    scanner = Scanner(written)
    read = scanner.value()
    scanner.finish()
    assert scanner.damage is not valid
    assert not valid or equal(read, wanted)


@given(st.binary(max_size=300), st.integers(0, len(DATA)), st.integers(0, 300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_in_place_of_any_bytes(new, start, length):
    result = sound(sanitise(DATA[:start] + new + DATA[start + length :], RELEASE))
    assert result.found and len(result.attempted) >= len(EXERCISES) - 1
    for name in EXERCISES:  # those that were not touched are there, word for word
        place = DATA.index(f'"id": "{CELLS[name]}"'.encode())
        first = DATA.rindex(b'"cell_type"', 0, place) - 100
        last = (
            DATA.index(b'  {\n   "cell_type"', place) if b'  {\n   "cell_type"' in DATA[place:] else len(DATA)
        )
        if b'"cell_type"' not in new and not (first < start + length and start < last):
            assert result.answers[name] == ANSWERS[name]


WRONG = st.one_of(JSON, st.just("\ud800\0"), st.just(10**30), st.just({"nbgrader": {"grade_id": LINEAR}}))


CHANGE = st.tuples(
    st.sampled_from(["drop", "move", "copy", "key", "tag", "metadata", "own"]),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(["cell_type", "source", "id", "metadata", "outputs", "attachments"]),
    WRONG,
)


def changed(changes):
    """(the solved notebook with these changes, the answers whose cells were not changed)."""
    notebook, kept = json.loads(json.dumps(SOLVED)), set(ANSWERS)
    cells = notebook["cells"]
    for what, i, j, key, given_value in changes:
        value = copy.deepcopy(given_value)  # may be one object in several changes
        i, j = i % len(cells), j % len(cells)
        if what == "move":
            cells.insert(j, cells.pop(i))
        elif what == "copy":
            cells.insert(j, copy.deepcopy(cells[i]))
        elif what == "own":
            cells.insert(i, {"cell_type": value, "source": "1"})
        elif what == "metadata":
            notebook["metadata"] = value
        elif (
            what == "tag"
            and isinstance(cells[i].get("metadata"), dict)
            and "nbgrader" in cells[i]["metadata"]
        ):
            cells[i]["metadata"]["nbgrader"] = {"grade_id": cells[i].get("id"), "points": value, key: value}
        else:
            kept -= {name for name, id in CELLS.items() if id == cells[i].get("id")}
            if what == "drop" and len(cells) > 1:
                del cells[i]
            else:
                cells[i][key] = value
    return notebook, {name: ANSWERS[name] for name in kept}


@given(st.lists(CHANGE, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_change_to_cells_gives_the_release_with_the_answers_that_are_left(changes):
    notebook, kept = changed(changes)
    result = sound(sanitise(json.dumps(notebook).encode(), RELEASE))
    assert result.found and {name: result.answers[name] for name in kept} == kept


# Folders


def put(folder, place, data=DATA):
    path = Path(folder, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def of_folder(folder):
    return sound(sanitise(folder, RELEASE, FIVE))


def test_the_one_notebook_of_a_folder_is_taken(tmp_path):
    put(tmp_path, f"{FIVE}.ipynb")
    put(tmp_path, "timestamp.txt", b"2026-01-01 12:00:00 UTC")
    result = of_folder(tmp_path)
    assert result.remarks == [] and result.answers == ANSWERS and result.place == f"{FIVE}.ipynb"
    assert sanitise(str(tmp_path / f"{FIVE}.ipynb"), RELEASE).answers == ANSWERS


def test_files_that_would_stand_before_modules_are_named_and_left_out(tmp_path):
    put(tmp_path, f"{FIVE}.ipynb")
    names = ["numpy.py", "backprop_lib/__init__.py", "ipykernel_launcher.py", "sitecustomize.py", "json.py"]
    for name in names:
        put(tmp_path, name, b"raise SystemExit")
    put(tmp_path, "notes.txt", b"")
    result = of_folder(tmp_path)
    assert codes(result) == ["shadows-module", "other-files"] and result.answers == ANSWERS
    assert all(name.split("/")[0] in result.remarks[0].sentence for name in names)
    assert "notes.txt" in result.remarks[1].sentence


def test_links_are_not_followed(tmp_path):
    secret = put(tmp_path, "other/student.ipynb")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / f"{FIVE}.ipynb").symlink_to(secret)
    (folder / "deep").symlink_to(secret.parent)
    result = of_folder(folder)
    assert not result.found and codes(result) == ["symlink"] and result.attempted == set()
    for link, target in (("to-folder", secret.parent), ("to-file", secret), ("to-nothing", "nowhere")):
        (tmp_path / link).symlink_to(target)
        result = of_folder(tmp_path / link)
        assert not result.found and codes(result) == ["symlink"]


def test_a_file_that_becomes_a_link_while_it_is_looked_at_is_not_followed(tmp_path, monkeypatch):
    secret, place = put(tmp_path, "secret.ipynb"), put(tmp_path, f"folder/{FIVE}.ipynb")
    look = submissions._Entries.remarks

    def swap(self):
        place.unlink()
        place.symlink_to(secret)
        return look(self)

    monkeypatch.setattr(submissions._Entries, "remarks", swap)
    result = of_folder(place.parent)
    assert not result.found and codes(result) == ["unreadable"]


def test_pipes_sockets_and_folders_with_its_name_are_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    for kind in ("pipe", "socket", "folder"):
        place = Path(kind, f"{FIVE}.ipynb")
        place.parent.mkdir()
        if kind == "pipe":
            os.mkfifo(place)
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(place))
        else:
            place.mkdir()
        result = of_folder(place.parent)
        assert not result.found and "no-notebook" in codes(result)
        assert ("not-a-file" in codes(result)) is (kind != "folder")
    assert codes(of_folder(Path("pipe", f"{FIVE}.ipynb"))) == ["not-a-file"]


def test_an_empty_folder_and_none_at_all(tmp_path):
    result = of_folder(tmp_path)
    assert not result.found and result.remarks[0].sentence == "The folder is empty."
    for nothing in (tmp_path / "nowhere", None, "a\0b"):
        result = of_folder(nothing)
        assert not result.found and codes(result) == ["no-submission"]


@pytest.mark.parametrize(
    "name",
    [
        "05 (1).ipynb",
        "a\"b'c;$(x).ipynb",
        "Ünïcode\n\u202e.IPYNB",
        os.fsdecode(b"\xff\xfe.ipynb"),
        "x" * 249 + ".ipynb",
    ],
)
def test_another_name_is_found_and_said_in_printable_words(tmp_path, name):
    put(tmp_path, name)
    result = of_folder(tmp_path)
    assert result.answers == ANSWERS and codes(result) == ["renamed-file"]
    assert result.place.isprintable() and len(result.place) <= 60


def test_the_notebook_with_answers_is_taken_of_several(tmp_path):
    put(tmp_path, f"{FIVE}.ipynb", data_of(RELEASE))
    put(tmp_path, f"{FIVE}-Copy1.ipynb")
    put(tmp_path, ".ipynb_checkpoints/05_matrix_backprop-checkpoint.ipynb", b"{")
    result = of_folder(tmp_path)
    assert result.answers == ANSWERS and result.place == f"{FIVE}-Copy1.ipynb"
    assert codes(result) == ["other-notebook", "other-notebooks"]
    put(tmp_path, f"{FIVE}.ipynb")
    result = of_folder(tmp_path)
    assert codes(result) == ["other-notebooks"] and result.place == f"{FIVE}.ipynb"


def test_jupyters_backup_is_taken_only_where_nothing_else_can_be_read(tmp_path):
    backup = f".ipynb_checkpoints/{FIVE}-checkpoint.ipynb"
    put(tmp_path, backup)
    put(tmp_path, f"{FIVE}.ipynb", b"")
    result = of_folder(tmp_path)
    assert result.answers == ANSWERS and codes(result) == ["empty-file", "other-notebook", "other-notebooks"]
    put(tmp_path, f"{FIVE}.ipynb", data_of(RELEASE))  # on purpose without answers
    result = of_folder(tmp_path)
    assert result.attempted == set() and result.remarks == []


def test_a_notebook_in_a_folder_of_the_folder_is_found(tmp_path):
    put(tmp_path, f"download/{FIVE}/{FIVE}.ipynb")
    put(tmp_path, f".ipynb_checkpoints/{FIVE}-checkpoint.ipynb", data_of(RELEASE))
    result = of_folder(tmp_path)
    assert result.answers == ANSWERS and codes(result) == ["renamed-file"]


def test_folders_of_any_depth_and_number_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_ENTRIES", 30)
    put(tmp_path, "/".join(["a"] * 50 + ["x.ipynb"]).lstrip("/"))
    assert not of_folder(tmp_path).found
    for i in range(40):
        put(tmp_path, f"{i}.txt", b"")
    result = of_folder(tmp_path)
    assert "too-many-files" in codes(result) and all(len(r.sentence) < 600 for r in result.remarks)


def test_of_a_file_that_is_too_large_both_ends_are_read(tmp_path, monkeypatch):
    filler = 'print("' + "x" * 70 + '")\\n'
    first = at(SOLVED, "answer-05-two_layer_backward") - 1
    submission = copy.deepcopy(SOLVED)
    submission.cells[first].outputs = [nbformat.v4.new_output("stream", text=filler * 30_000)]
    put(tmp_path, f"{FIVE}.ipynb", text(submission).encode())
    monkeypatch.setattr(submissions, "MAX_FILE", 2**20)
    monkeypatch.setattr(reading, "MAX_FILE", 2**20)
    for given_ in (tmp_path, text(submission).encode()):
        result = of_folder(given_)
        assert "too-large" in codes(result) and result.answers == ANSWERS


def test_a_file_of_a_gigabyte_is_not_read_as_a_whole(tmp_path):
    path = put(tmp_path, f"{FIVE}.ipynb", b"")
    os.truncate(path, 2**30)
    result = of_folder(tmp_path)
    assert not result.found and codes(result) == ["too-large", "empty-file"]


def test_a_file_without_permission_is_said(tmp_path, monkeypatch):
    put(tmp_path, f"{FIVE}.ipynb")
    really = os.open

    def refuse(name, *arguments, **more):  # root may read everything
        if str(name).endswith(".ipynb"):
            raise PermissionError(13, "Permission denied")
        return really(name, *arguments, **more)

    monkeypatch.setattr(submissions.os, "open", refuse)
    result = of_folder(tmp_path)
    assert codes(result) == ["unreadable"] and "Permission denied" in result.remarks[0].sentence
    put(tmp_path, f"locked.ipynb/{FIVE}.ipynb")  # a folder, in spite of its name
    result = of_folder(tmp_path)
    assert codes(result) == ["unreadable", "unreadable"] and "locked.ipynb/" in result.remarks[0].sentence


def test_nbgrader_is_not_loaded_for_it():
    code = "import sys, course.grade.sanitise; sys.exit('nbgrader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1]).returncode == 0
