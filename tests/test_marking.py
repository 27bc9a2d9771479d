"""The second marking: right answers get their points, and the harm that a cell does stays in it."""

import copy
import json
import time
from dataclasses import replace

import pytest

from backprop_lib.checks import exercise as find
from backprop_lib.checks import exercises
from course.grade import marking, probes
from course.grade.marking import FAILED, MARKED, mark_exercise, mark_notebook
from course.grade.slicing import needed
from tests.marking import EXPRESSION, IMPORT, NAME, RIGHT, SHORT, WRONG, tried
from tests.sample_exercises import SAMPLES
from tests.solving import notebook, stub_of

NAMES = [name for name in exercises() if not name.startswith(SAMPLES)]


# -- right, wrong and blank ------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["03", "05"])
def test_solved_source_gets_full_marks(number):
    found = list(mark_notebook(notebook(number), "a secret"))
    assert len(found) >= 4
    assert [(each.name, each.status, each.score) for each in found] == [(m.name, MARKED, 1.0) for m in found]
    assert not any(each.cells or each.left_out for each in found)


def test_release_gets_nothing_and_is_not_attempted():
    released = copy.deepcopy(notebook("05"))
    for cell in released.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = stub_of("05." + cell.metadata.nbgrader.grade_id[10:])
    found = list(mark_notebook(released, "a secret"))
    assert len(found) == 4
    assert {(each.status, each.score, each.report.state) for each in found} == {
        (MARKED, 0.0, "not attempted")
    }


def test_partial_credit_is_the_share_of_the_parts():
    found = tried(RIGHT.replace("g.sum(axis=0)", "g.sum()"))
    assert (found.status, found.score) == (MARKED, pytest.approx(2 / 3))
    assert found.report.diagnosis


def test_another_seed_draws_other_inputs_and_marks_the_same():
    assert tried(WRONG).report.table != mark_exercise([], NAME, EXPRESSION, "other").report.table
    by_name = mark_exercise({"first": IMPORT, "second": RIGHT}, NAME, EXPRESSION, "other")
    assert (by_name.status, by_name.score) == (MARKED, 1.0)


def test_a_result_is_plain_data():
    found = tried(WRONG)
    assert json.loads(json.dumps(found.to_dict()))["score"] == 0.0


def test_stories_go_on_with_the_librarys_version_of_an_earlier_exercise_only():
    cells = [{"index": 0, "source": "def linear_backward(*_): ...", "answers": "05.two_layer_backward"}]
    cells += [{"index": 1, "source": "from backprop_lib.checks.versions import use", "answers": None}]
    use = "use('{0}', None) is not None"
    shown = f"print([{use.format('05.two_layer_backward')}, {use.format(NAME)}])"
    cells += [{"index": 2, "source": shown, "answers": None}, {"index": 3, "source": RIGHT, "answers": NAME}]
    found = mark_exercise(cells, NAME, EXPRESSION, "a secret", quick=False)
    assert (found.score, found.printed.strip()) == (1.0, "[True, False]")


# -- cells that fail -------------------------------------------------------------------------------

HARMFUL = {
    "raises": "1 / 0",
    "is no Python": "def f(:",
    "leaves": "raise SystemExit",
    "loops": "while True: pass",
    "cannot be stopped": "sum(range(10**13))",
    "exits": "import os; os._exit(0)",
    "kills": "import os; os.kill(os.getpid(), 9)",
    "kills its parent": "import os; os.kill(os.getppid(), 9); os._exit(1)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "takes 30 GB": "x = bytearray(30 * 2**30)",
    "writes 1 GB": "open('/tmp/x', 'wb').write(bytes(2**30))",
    "NUL": "x = '\0'",
}


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_harmful_cell_costs_the_next_exercise_nothing(harm):
    found = tried(RIGHT, HARMFUL[harm])
    assert (found.status, found.score) == (MARKED, 1.0), found.sentence
    assert [index for index, _ in found.cells] == [0] or found.left_out == [0]


def test_what_was_slow_is_not_waited_for_again():
    memory = {}
    found = tried(RIGHT, HARMFUL["loops"], memory=memory)
    assert (found.score, memory[0]) == (1.0, SHORT.again)
    assert found.cells == [(0, "stopped after 0.6 seconds")]
    assert tried(RIGHT, HARMFUL["loops"], memory=memory).cells == [(0, "stopped after 0.2 seconds")]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("exits", "child gone"),
        ("kills", "killed"),
        ("crashes", "child gone"),
        ("cannot be stopped", "timeout"),
    ],
)
def test_in_its_own_cell_the_exercise_failed_and_has_no_score(harm, reason):
    found = tried(RIGHT + HARMFUL[harm])
    assert (found.status, found.score, found.report, found.reason) == (FAILED, None, None, reason)
    assert "in cell 1" in found.sentence


def test_where_nobody_says_which_cell_holds_the_answer_it_failed_all_the_same():
    for cells in (
        {"a": RIGHT + HARMFUL["kills"]},
        {"a": IMPORT + f"{EXPRESSION} = ...", "b": "import os; os.kill(os.getpid(), 9)"},
    ):
        found = mark_exercise(cells, NAME, EXPRESSION, "a secret", times=SHORT)
        assert (found.status, found.score, found.report, found.reason) == (FAILED, None, None, "killed")


def test_many_harmful_cells_are_not_tried_for_ever():
    found = tried(RIGHT, *[HARMFUL["exits"]] * 9)
    assert (found.status, found.reason) == (FAILED, "child gone")
    assert len(found.left_out) == marking.MOST_RUNS - 1


def test_an_answer_that_blames_another_cell_is_not_tried_for_ever():
    blame = "import os; os.write(200, b'\\n{\"cell\": 0}\\n'); os._exit(0)"
    found = tried(f"def {EXPRESSION}(x, W, g):\n    {blame}", "x = 1")
    assert (found.status, found.score, found.reason) == (FAILED, None, "child gone")


def test_half_surrogates_reach_no_report():
    found = tried(
        "def linear_backward(x, W, g):\n    print('\ud800')\n    raise ValueError('\ud800')", "'\ud800'"
    )
    assert found.score == 0.0 and found.report.diagnosis
    json.dumps(found.to_dict(), ensure_ascii=False).encode()


def test_an_exercise_of_the_teachers_own_is_marked():
    answer = "def scale(xs):\n    return [x / sum(xs) for x in xs]\n"
    found = mark_exercise({"answer": answer}, "98.scale", "scale", "a secret")
    assert (found.status, found.score) == (MARKED, 1.0)


def test_an_answer_before_an_endless_loop_counts():
    found = tried(RIGHT + "while True: pass")
    assert (found.status, found.score) == (MARKED, 1.0)
    assert "stopped after" in found.cells[0][1]


def test_an_answer_that_is_not_there_is_wrong_and_says_why():
    for answer, words in (
        ("", "is not defined"),
        ("1 / 0\n" + RIGHT, "ZeroDivisionError"),
        ("x = (", "SyntaxError"),
    ):
        found = tried(answer)
        assert (found.status, found.score, found.report.diagnosis) == (MARKED, 0.0, "not-defined")
        assert words in found.report.message


def test_what_only_ipython_understands_stops_no_answer():
    magic = [
        "%matplotlib inline\n!pip install x\nx = 3",
        "%%time\n" + RIGHT,
        "%time y = x",
        "await __import__('asyncio').sleep(0)",
    ]
    found = tried("assert (x, y) == (3, 3)\ndisplay(x)\nget_ipython().run_line_magic('pylab', '')", *magic)
    assert (found.score, found.cells) == (1.0, [])


def test_prints_are_kept_short_and_earn_nothing():
    forged = json.dumps({"run": {"outcomes": [], "untouched": False, "printed": ""}, "errors": []})
    found = tried(WRONG, f"print({forged!r})\nimport sys\nsys.stdout.write('x' * 10**8)")
    assert (found.status, found.score) == (MARKED, 0.0)
    assert len(found.printed) < 21_000


# -- what goes in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_probe_takes_no_reference_along(name):
    exercise = find(name)
    secret = [exercise.cases, exercise.reference, exercise.show, exercise.part]
    secret += [function for mistake in exercise.mistakes for function in (mistake.result, mistake.when)]
    secret += [exercise.judge] if exercise.reference is None else []
    codes = {function.__code__ for function in secret if hasattr(function, "__code__")}
    found = {thing.__code__ for thing in probes.functions_of(exercise.probe)}
    assert found and not found & codes
    used = probes.used_by(exercise.probe)
    assert not [name for _, name in used if "reference" in name or name == "right_gradients"]


def test_the_folder_of_the_framework_names_no_exercise():
    files = {file.stem for file in probes.framework().glob("*.py")}
    assert {"running", "encoding", "stubs", "limit"} <= files
    assert not [stem for stem in files if stem[-2:].isdigit()]


# -- only the cells that are needed ----------------------------------------------------------------


def test_a_right_answer_is_marked_without_the_cells_that_it_does_not_need():
    found = tried(RIGHT, "import os; os._exit(0)", "print('a demonstration')", quick=True)
    assert (found.status, found.score, found.printed, found.left_out) == (MARKED, 1.0, "", [])


def test_an_answer_that_needs_what_its_names_do_not_show_is_marked_with_all_cells():
    hidden = "import builtins\nsetattr(builtins, 'swap' + 'ped', lambda a: a.T)"
    answer = RIGHT.replace("g @ W.T", "g @ swapped(W)")
    assert tried(answer, hidden, quick=True).score == 1.0
    assert tried(answer, quick=True).score == 0.0


def test_which_cells_an_answer_needs():
    sources = ["import numpy as np", "y = 1", "def helper(a):\n    return np.sum(a * scale)", "scale = 2"]
    sources += ["scale[0] = 3", "%%timeit\nhelper(1)", "def f(:", "f = lambda a: helper(a)", "print(f(1))"]
    cells = [{"source": text, "answers": "05.x" if "lambda" in text else None} for text in sources]
    assert [cells.index(cell) for cell in needed(cells, "05.x", "f")] == [0, 2, 3, 4, 7]


def test_no_cell_is_looked_at_for_minutes_outside_of_the_sandbox():
    """IPython rewrites a cell once for each magic in it, and gives up after 500."""
    many, long = "%time 1\n" * 499 + "x = 1 + 2 * 3\n" * 6900, "%time 1\n" * 600 + "x = 1"
    started = time.process_time()
    assert needed([{"source": text, "answers": None} for text in (many, long)], "05.x", "x") == []
    assert time.process_time() - started < 5
    brings = {"source": "%time 1\nx = !ls\n" * 20, "answers": None}
    assert needed([brings], "05.x", "x") == [brings]


def test_a_cell_with_too_many_magics_costs_the_exercises_nothing():
    found = tried(RIGHT, "%time 1\n" * 600, quick=True)
    assert (found.status, found.score) == (MARKED, 1.0)


def test_all_runs_of_a_notebook_have_an_end_together():
    stops = [f"import os, signal; os.kill(os.getpid(), signal.SIGSTOP)  # {i}" for i in range(20)]
    times, memory, started = replace(SHORT, run=1.0, notebook=3.0), {}, time.monotonic()
    for _ in range(3):
        found = tried(RIGHT, *stops, times=times, memory=memory)
        assert (found.status, found.score, found.reason) == (FAILED, None, "timeout")
    assert time.monotonic() - started < 30 and memory["seconds"] > 3


def test_a_stub_beside_own_cells_is_marked_with_all_of_them():
    """One of them might have put the answer there."""
    sneaky = "globals().update(linear_backward=lambda x, W, g: (g @ W.T, x.T @ g, g.sum(axis=0)))"
    cells = [{"index": 0, "source": IMPORT + "def linear_backward(*a): ...", "answers": NAME}]
    cells.append({"index": 1, "source": sneaky, "answers": None, "own": True})
    assert mark_exercise(cells, NAME, EXPRESSION, "a secret").score == 1.0
