"""The contract of the checks (DESIGN, section 5), for every exercise that is registered.

The answers that are tried stand in tests/answers/. A new exercise without answers fails here.
"""

import json
import random
import re
import warnings
from functools import cache
from pathlib import Path

import pytest

from backprop_lib.checks import exercise as find
from backprop_lib.checks import exercises
from backprop_lib.checks.encoding import decode, encode
from backprop_lib.checks.evaluating import draw_cases
from backprop_lib.checks.judging import mark
from course.source import STUB, VALUES_STUB
from tests.answers import answers_of
from tests.mutants import mutants
from tests.sample_exercises import SAMPLES
from tests.solving import Place, stub_of

NAMES = [name for name in exercises() if not name.startswith(SAMPLES)]
SEEDS = ("", "fresh")
LEAST_KILLED = 0.95
MOST_MUTANTS = 60  # of an exercise, evenly from its solution's first line to its last
SLOW = dict.fromkeys(("09.gain", "11.batchnorm_net", "11.capstone_train"), 40)  # they train, or draw much
POINTS = {
    name: [parts for each in mistakes.values() for parts in each]
    for name, mistakes in json.loads(
        (Path(__file__).parent / "answers" / "points.json").read_text("utf-8")
    ).items()
}
TABLE = Path(__file__).parent.parent / "build" / "exercises.txt"

place = cache(Place)


def answers(name):
    found = answers_of(name)
    assert found is not None, f"tests/answers/nb{name[:2]}.py has no answers for {name}"
    return found


@pytest.fixture(scope="module")
def table(request):
    """Rows of (name, cases, mistakes, right answers, wrong answers, mutants, killed); shown at the end."""
    rows = []
    yield rows
    head = ("exercise", "cases", "mistakes", "right", "wrong", "mutants", "killed", "share")
    lines = ["{:<28}{:>7}{:>10}{:>7}{:>7}{:>9}{:>8}{:>8}".format(*row) for row in (head, *sorted(rows))]
    if len(rows) == len(NAMES):  # not after a run of some tests only
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:  # a worker of several has none
        terminal.write("\n" + "\n".join(lines) + "\n")


def test_there_are_exercises():
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_is_complete(name):
    exercise, tried = find(name), answers(name)
    assert len(tried.right) >= 2, "two right answers that are written differently"
    assert len(set(map(str, tried.right))) == len(tried.right)
    assert len(exercise.mistakes) >= 3, "the typical mistakes, at least three"
    missing = set(exercise.messages) - set(tried.wrong)
    assert not missing, f"mistakes without a wrong answer that shows them: {sorted(missing)}"
    assert len(exercise.hints) >= 2
    assert STUB in stub_of(name) or VALUES_STUB in stub_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_cases_are_plain_and_drawn_anew(name):
    exercise = find(name)
    first, second = (draw_cases(exercise, seed) for seed in ("a", "b"))
    json.dumps(first, allow_nan=False)
    assert [encode(decode(case)) for case in first] == first
    assert draw_cases(exercise, "a") == first, "the same seed gives the same cases"
    state = random.getstate()
    draw_cases(exercise, "c")
    assert random.getstate() == state, "cases() uses its own rng only"
    fixed = exercise.given is not None or not exercise.reveal
    assert fixed or first != second, "another seed gives other cases"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_solution_and_right_answers_pass(name, seed):
    """The solution with both seeds, the others with one of them in turn."""
    for answer in (place(name).solution, *answers(name).right[SEEDS.index(seed) :: len(SEEDS)]):
        report = place(name).report(answer, seed=seed)
        assert (report.state, report.score) == ("right", 1.0), f"{answer}\n{report}"


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_attempted(name):
    report = place(name).report(stub_of(name))
    assert (report.state, report.diagnosis, report.score) == ("not attempted", "not-attempted", 0.0), str(
        report
    )


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_get_their_own_diagnosis_and_the_points_of_their_parts(name):
    """points.json says which parts each typical mistake leaves right; without parts it is all or nothing."""
    confused, points = [], iter(POINTS.get(name, ()))
    for i, (key, answer) in enumerate(answers(name).wrong_pairs()):
        seed = SEEDS[i % len(SEEDS)]  # in turn: there are a thousand of them
        report = place(name).report(answer, seed=seed)
        wanted = next(points).split() if name in POINTS else []
        right = [part.replace(" ", "_") for part, is_right in report.parts.items() if is_right]
        assert right == wanted, f"{key}: parts {right} are right, and it should be {wanted}:\n{answer}"
        assert report.score == (len(right) / len(report.parts) if right else 0)
        if (report.state, report.diagnosis) != ("not yet right", key):
            taken = f"{key!r} is taken for {report.diagnosis!r} ({report.state}), seed {seed!r}"
            confused.append(f"{taken}:\n{answer}\n{report}")
        assert report.score < 1.0
    assert not confused, "\n\n".join(confused)
    assert not list(points), "points.json knows more wrong answers"


@pytest.mark.parametrize("name", NAMES)
def test_mutants_of_the_solution_fail(name, table):
    here, tried, survivors = place(name), answers(name), []
    limit = min(2.0, find(name).seconds)
    found = [pair for lines in here.solution_lines() for pair in mutants(here.solution, lines)]
    found = [pair for pair in found if pair[0] not in tried.equivalent_mutants]
    total = min(len(found), SLOW.get(name, MOST_MUTANTS))
    for description, source in (found[k * len(found) // total] for k in range(total)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may divide by zero
            killed = here.kills(source, limit)
        if not killed:
            survivors.append(f"{description}\n{source}")
    share = 1 - len(survivors) / total
    exercise = find(name)
    wrong = sum(1 for _ in tried.wrong_pairs())
    row = (len(draw_cases(exercise)), len(exercise.mistakes), len(tried.right), wrong, total)
    table.append((name, *row, total - len(survivors), f"{share:.0%}"))
    assert total >= 5, "too little to mutate"
    assert share >= LEAST_KILLED, f"{share:.1%} of {total} mutants killed. Survivors:\n" + "\n\n".join(
        survivors
    )


@pytest.mark.parametrize("value", [0.0, 1e-20, float("nan"), 3.0])
def test_a_backward_pass_of_one_number_earns_next_to_nothing(value):
    """Where each gradient is judged by those above it, zero follows from zero."""
    from tests.answers.nb05 import _everywhere

    assert place("05.two_layer_backward").report(_everywhere(value)).score <= 1 / 17


@pytest.mark.parametrize("name", NAMES)
def test_cases_are_shown_with_their_numbers(name):
    """Not with the code that was to write them: an `f` that is lost before a text shows braces."""
    show = find(name).show
    for case in draw_cases(find(name)) if show else ():
        assert not re.search(r"\{\w+[(\[.]", show(decode(case)))


ODD = [
    None,
    True,
    0,
    -1,
    float("nan"),
    float("inf"),
    10**400,
    "",
    "x",
    [],
    [None],
    [[]],
    [1, "a"],
    {},
    {"": 0},
    object(),
]


@pytest.mark.parametrize("name", NAMES)
def test_judge_survives_any_result(name):
    exercise = find(name)
    cases = draw_cases(exercise)
    for odd in ODD:
        outcome = {"value": encode(odd), "mutated": False, "blank": False}
        run = {"outcomes": [outcome] * len(cases), "untouched": False, "printed": ""}
        report = mark(exercise, cases, json.loads(json.dumps(run, allow_nan=False)))
        assert report.state == "not yet right", f"{odd!r:.60} passes as a result"
        assert report.to_html() and str(report)
