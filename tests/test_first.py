"""The first marking: a notebook's own run, in the real sandbox. Hostile cells, outputs, and what is shown."""

import copy
import json
import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.build import build, sources
from course.grade import safe
from course.grade.first import first_marking
from course.grade.sanitise import sanitise
from course.source import exercise_of
from tests.submitting import FIVE, LINEAR, RELEASE, at, cell_of, data_of, release_of

SMALL = 200_000  # bytes of an executed notebook beyond its text
MB = 2**20


def run(*sources, seconds=1.0, total=25.0):
    """The first marking of these cells."""
    first = first_marking(new_notebook(cells=list(map(new_code_cell, sources))), seconds, total)
    nbformat.validate(first.notebook)
    text = nbformat.writes(first.notebook)
    text.encode("utf-8")
    assert len(text.encode()) < SMALL + sum(map(len, sources))
    return first


def value(first, index=-1):
    return first.notebook.cells[index].outputs[-1]["data"]["text/plain"]


def codes(first):
    return [remark.code for remark in first.remarks]


def printed(first, index=-1):
    return "".join(o.get("text", "") for o in first.notebook.cells[index].outputs)


@pytest.fixture(scope="module")
def five():
    [path] = sources(["05"])
    return build(path, run=False)


def points(notebook):
    marked = (cell for cell in notebook.cells if exercise_of(cell)[0] == "check")
    return {exercise_of(cell)[1]: cell.metadata.nbgrader.points for cell in marked}


def test_a_solved_notebook_shows_its_points_and_a_release_none(five):
    solved, released = first_marking(five.source), first_marking(five.release)
    assert solved.own == points(five.source) and sum(solved.own.values()) > 0
    assert released.own == dict.fromkeys(points(five.release), 0.0)
    assert solved.remarks == released.remarks == []
    for first, notebook in ((solved, five.source), (released, five.release)):
        assert [cell.source for cell in first.notebook.cells] == [cell.source for cell in notebook.cells]
        assert any(
            "image/png" in o.get("data", {}) for c in first.notebook.cells for o in c.get("outputs", [])
        )
        nbformat.validate(first.notebook)
        assert len(nbformat.writes(first.notebook)) - len(nbformat.writes(notebook)) < SMALL
    assert not any(cell.get("outputs") for cell in five.source.cells)  # the given one is not changed


def check_with(answer, *more):
    """A notebook of one exercise: the answer's cell, other cells, and the check of the release."""
    check = copy.deepcopy(next(c for c in RELEASE.cells if exercise_of(c) == ("check", "05.linear_backward")))
    cells = [new_code_cell("import numpy as np\nfrom backprop_lib import check\n"), new_code_cell(answer)]
    return new_notebook(cells=[*cells, *map(new_code_cell, more), check], metadata=RELEASE.metadata)


RIGHT = "def linear_backward(x, W, g):\n    return g @ W.T, x.T @ g, g.sum(axis=0)\n"
MOST = float(points(RELEASE)["05.linear_backward"])


def test_a_warning_costs_no_points():
    warns = RIGHT.replace("return", "import warnings; warnings.warn('odd'); return")
    after = (
        "import sys, atexit\nget_ipython().events.register('post_run_cell', lambda _: sys.stderr.write('x'))"
    )
    assert first_marking(check_with(warns)).own == {"05.linear_backward": MOST}
    assert first_marking(check_with(RIGHT, after)).own == {"05.linear_backward": MOST}


@pytest.mark.parametrize(
    ("more", "own"),
    [
        ("del linear_backward", 0.0),
        ("import os\nlinear_backward = lambda *a: os._exit(0)", None),
        ("get_ipython().input_transformers_cleanup.append(lambda lines: ['3.0'])", 3.0),
        (
            "import sys\nclass Hook:\n    def find_spec(self, *rest):\n        raise RuntimeError('hooked')\n"
            "sys.meta_path.insert(0, Hook())\nsys.modules.pop('backprop_lib.checks.nb05', None)",
            "any",
        ),
    ],
)
def test_what_students_do_to_the_run_is_only_shown(more, own):
    """The points here are what nbgrader would give, true or not: the second marking's count."""
    first = first_marking(check_with(RIGHT, more), 10.0, 60.0)
    assert own == "any" or first.own == {"05.linear_backward": own}
    nbformat.validate(first.notebook)


def test_a_killed_kernel_costs_its_cell_only():
    """What came before is run again in a new kernel, without the cell that ended the last one."""
    first = run(
        "a = 1",
        "import os; b = 2; os.kill(os.getpid(), 9)",
        "a",
        "import os; os._exit(4)",
        "[a, 'b' in dir()]",
    )
    assert codes(first) == ["kernel-died", "kernel-died"]
    assert (value(first, 2), value(first)) == ("1", "[1, False]")
    assert "killed" in first.remarks[0].sentence and "cell 2" in first.remarks[0].sentence
    assert first.notebook.cells[1].outputs[-1].output_type == "error"


def test_kernels_are_not_started_for_ever():
    first = run(*["import os; os._exit(0)"] * 6)
    assert codes(first) == ["kernel-died"] * 4 + ["not-run"]
    assert "Cells 5 to 6 were not run" in first.remarks[-1].sentence


def test_an_endless_loop_is_stopped_and_the_rest_runs_in_the_same_kernel():
    first = run("a = []", "a.append(1)\nwhile True: pass", "a")
    assert (codes(first), value(first)) == (["stopped"], "[1]")
    assert first.remarks[0].sentence == "Cell 2 was stopped after 1 seconds."


@pytest.mark.parametrize(
    "code",
    [
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "sum(range(10**12))",
    ],
)
def test_a_cell_that_cannot_be_stopped_costs_itself_only(code, monkeypatch):
    monkeypatch.setattr("course.grade.client.GRACE", 1)
    first = run("a = 1", code, "a + 1")
    assert (codes(first), value(first)) == (["stubborn"], "2")


def test_the_whole_time_is_bounded():
    first = run(*["import time; time.sleep(5)"] * 5, seconds=5.0, total=1.5)
    assert first.seconds < 7 and codes(first)[-1] == "not-run"


def test_output_is_cut_and_the_notebook_stays_small():
    """100 MB on many lines and on one, without end, a million outputs, large pictures that are none."""
    loud = [
        "for _ in range(10**6): print('y' * 99)",
        "print('x' * 100 * 2**20)",
        "while True: print('spam' * 1000)",
        "for i in range(10**6): display(i)",
        "from IPython.display import Image\nfor i in range(3000): display(Image(bytes(9999), format='png'))",
    ]
    before = memory()
    first = run(*loud, "1 + 1", seconds=0.8)
    cut = [remark.cell for remark in first.remarks if remark.code == "output-cut"]
    assert cut == [cell.id for cell in first.notebook.cells[:-1]] and value(first) == "2"
    assert all("The output was cut: at least" in printed(first, i) for i in range(4))
    assert "pictures were too large or none" in printed(first, 4)
    assert memory() - before < 300 * MB


def test_that_the_courses_own_pictures_are_too_many_is_no_remark(monkeypatch):
    monkeypatch.setattr(safe, "MOST_NOTEBOOK", 3000)
    cells = [new_code_cell(f"print('{name[0]}' * 2000)", id=name) for name in ("a", "b", "own-1")]
    first = first_marking(new_notebook(cells=cells))
    assert "a" * 2000 in printed(first, 0) and "larger than may be kept" in printed(first, 1)
    assert [(remark.code, remark.cell) for remark in first.remarks] == [("output-cut", "own-1")]


SESSION = (
    "from jupyter_client.session import Session\nkernel = get_ipython().kernel\nnow = kernel.get_parent()\n"
)
SEND = "Session.send(kernel.session, kernel.iopub_thread, {}, {}, parent=now)\n"


FLOOD = SEND.format("'stream'", "{'name': 'stdout', 'text': 'q' * 3_000_000}")
NONE = "get_ipython().kernel.iopub_thread.send_multipart([b'<IDS|MSG>', b'no', b'{', b'{}', b'{}', b'{}'])"


def test_messages_may_be_anything():
    strange = [
        "class A:\n    def __repr__(self):\n        return 'z' * 50_000_000\nA()",
        "raise ValueError('e' * 50_000_000)",
        SESSION + SEND.format("'error'", "{'ename': 1, 'evalue': {}, 'traceback': [3, '\\ud800']}"),
        SESSION + SEND.format("'execute_result'", "{}") + SEND.format("'display_data'", "{'data': 'text'}"),
        "print('\\ud800 \\x00 \\x1b[31mred')",
        f"{SESSION}while True: {FLOOD}",
        NONE,
    ]
    before = memory()
    first = run(*strange, "1 + 1")
    assert value(first) == "2" and codes(first)[-1] == "kernel-died"
    assert "it sent messages that are none" in first.remarks[-1].sentence
    assert memory() - before < 300 * MB


def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_what_is_left_out_of_a_check_cells_outputs_gives_no_points():
    """Where the output did not arrive, nbgrader would read a check without any: full points."""
    lost = RIGHT.replace("return", "get_ipython().kernel.iopub_thread.socket.send(bytes(30 * 2**20)); return")
    assert first_marking(check_with(lost), 10.0, 60.0).own == {"05.linear_backward": None}


def test_a_sanitised_submission_runs_with_what_the_student_added():
    """Own cells and written text are made safe, the course's own text is not touched."""
    submission = copy.deepcopy(release_of(FIVE))
    cell_of(submission, LINEAR).source = RIGHT
    own = new_markdown_cell("<script>alert(1)</script>")
    submission.cells.insert(at(submission, LINEAR) + 1, own)
    first = first_marking(sanitise(data_of(submission), RELEASE).notebook)
    assert first.own["05.linear_backward"] == MOST and sum(first.own.values()) == MOST
    texts = [cell.source for cell in first.notebook.cells if cell.cell_type == "markdown"]
    assert "< script>alert(1)< /script>" in texts
    assert {cell.source for cell in RELEASE.cells} <= {cell.source for cell in first.notebook.cells} | {
        cell_of(RELEASE, LINEAR).source
    }
    assert json.dumps(first.notebook.metadata) == json.dumps(RELEASE.metadata)
