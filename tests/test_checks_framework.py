"""The checks themselves: whatever a learner's code does, the report is clear, and nothing hangs or dies."""

import functools
import json
import math
import os
import re
import sys
import threading
import time

import numpy as np
import pytest

from backprop_lib import checks
from backprop_lib.checks import UnknownExercise, check, evaluate, given, hint
from backprop_lib.checks.comparing import compare
from backprop_lib.checks.encoding import MOST_ENTRIES, Other, TooLarge, decode, encode
from backprop_lib.checks.evaluating import draw_cases
from backprop_lib.checks.exercise import REGISTRY, Exercise, Mistake, Wrong, register
from backprop_lib.checks.judging import mark
from backprop_lib.checks.library import exercise as find
from backprop_lib.checks.limit import run_limited
from backprop_lib.checks.running import run
from tests import sample_exercises  # noqa: F401  (registers)

RIGHT, WRONG, BLANK = "right", "not yet right", "not attempted"


def good(x, y, upstream):
    return upstream * y, upstream * x


def diagnosis(answer, name="98.vjp", **options):
    report = evaluate(name, answer, **options)
    assert report.state == (
        RIGHT if report.diagnosis == "" else BLANK if report.diagnosis == "not-attempted" else WRONG
    )
    assert "Traceback" not in str(report)
    return report.diagnosis, report.message


def assert_no_worker_is_left():
    deadline = time.monotonic() + 2  # a thread that has done its work takes a moment to end
    while any(thread.name == "exercise check" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


# States


def test_right():
    report = evaluate("98.vjp", good)
    assert (report.state, report.score, report.diagnosis) == (RIGHT, 1.0, "")
    assert str(report).startswith("✓ 98.vjp right")


def stub_with_docstring(x, y, upstream):
    """Return two gradients."""
    ...  # your code here


def stub_with_given_lines(x, y, upstream):
    ...  # your code here
    return result  # noqa: F821


class StubbedValue:
    def __init__(self, data):
        self.data = data

    def __mul__(self, other): ...  # your code here


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("98.vjp", ...),
        ("98.vjp", None),
        ("98.vjp", stub_with_docstring),
        ("98.vjp", stub_with_given_lines),
        ("98.vjp", lambda x, y, upstream: ...),
        ("98.rates", {"a": ..., "b": ..., "c": ...}),
        ("98.engine", StubbedValue),
    ],
)
def test_not_attempted(name, answer):
    report = evaluate(name, answer)
    assert (report.state, report.score) == (BLANK, 0.0), str(report)
    assert "not attempted" in str(report)


def test_begun_is_not_untouched():
    def forgot_return(x, y, upstream):
        upstream * y, upstream * x

    def with_the_dots_left_in(x, y, upstream):
        ...  # your code here
        return upstream * y, upstream * x

    def dots_left_in_and_wrong(x, y, upstream):
        ...  # your code here
        return y, x

    assert diagnosis(forgot_return) == ("no-return", "Your function returns None. Is a `return` missing?")
    assert diagnosis(with_the_dots_left_in)[0] == ""
    assert diagnosis(dots_left_in_and_wrong)[0] == "no-upstream"


# Diagnoses


def test_mistakes_are_named_with_the_smallest_failing_case():
    report = evaluate("98.vjp", lambda x, y, upstream: (y, x))
    assert (report.diagnosis, report.message) == ("no-upstream", "The upstream gradient is missing.")
    assert report.table[0] == ("smallest failing case", "x = 2, y = −3, upstream = 1.5")
    assert dict(report.table)["expected"] == "[−4.5, 3]"
    assert dict(report.table)["got"] == "[−3, 2]"


@pytest.mark.parametrize(("said", "shown"), [("It is 3 too much.", "It is 3 too much."), ("", "Too much.")])
def test_a_judge_may_say_more_of_the_case_than_its_mistake(said, shown):
    exercise = Exercise(
        "98.unregistered", "", cases=lambda rng: [1.0], probe=lambda answer, case: answer(case),
        judge=lambda case, result: Wrong("large", said), mistakes=[Mistake("large", "Too much.")],
    )  # fmt: skip
    outcome = {"value": 4.0, "mutated": False, "blank": False}
    report = mark(exercise, [1.0], {"outcomes": [outcome], "untouched": False, "printed": ""})
    assert (report.diagnosis, report.message) == ("large", shown)


def test_a_mistake_must_explain_at_least_half():
    def often_wrong(x, y, upstream):
        return (y, x) if x == 2.0 else (0.25, 0.25)  # only the first case looks like "no-upstream"

    assert diagnosis(often_wrong)[0] == "wrong"


def test_a_passing_case_contradicts_a_mistake():
    def sometimes(x, y, upstream):
        return (y, x) if x == 2.0 else good(x, y, upstream)

    assert diagnosis(sometimes)[0] == "wrong"


def test_mistakes_may_be_failures_and_judges_may_name_their_own():
    def deep(x, y, upstream):
        return deep(x, y, upstream)

    assert diagnosis(deep)[0] == "recursive"
    assert diagnosis(lambda nodes: nodes, "98.order") == ("unsorted", "The judge itself names this one.")
    assert diagnosis(lambda nodes: nodes[::-1], "98.order")[0] == ""
    assert diagnosis(lambda nodes: 7, "98.order")[0] == "wrong-type"


def test_parts_give_partial_credit_and_hide_the_answer():
    numbers = given("98.rates")["numbers"]
    right = dict(zip("abc", (2 * x for x in numbers), strict=True))
    report = evaluate("98.rates", right | {"b": numbers[1]})
    assert (report.state, report.score, report.diagnosis) == (WRONG, pytest.approx(2 / 3), "halved")
    assert report.parts == {"a": True, "b": False, "c": True}
    assert "expected" not in dict(report.table) and "difference" not in dict(report.table)
    assert evaluate("98.rates", right).state == RIGHT
    assert evaluate("98.rates", right | {"c": ...}).diagnosis == "missing"
    assert evaluate("98.rates", {"a": right["a"]}).score == pytest.approx(1 / 3)
    assert given("98.rates", "student 1") != given("98.rates", "student 2")
    assert evaluate("98.rates", right, variant="student 1").score < 1


# What learners' code does


def loops(x, y, upstream):
    while True:
        x = x + 1


def loops_and_catches(x, y, upstream):
    while True:
        try:  # noqa: SIM105
            x = x + 1
        except:  # noqa: E722
            pass


@pytest.mark.parametrize("answer", [loops, loops_and_catches])
def test_a_loop_is_stopped(answer):
    before = time.monotonic()
    key, message = diagnosis(answer)
    assert key == "timeout" and "Does a loop never end?" in message
    assert re.search(r"in line \d+: `", message), message
    assert time.monotonic() - before < 4
    assert_no_worker_is_left()


def compute(seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_stopping_what_is_just_ending_leaves_no_trace(monkeypatch, capfd):
    """The deadline and the end of the work fall together: no exception may escape from the thread."""
    escaped = []
    monkeypatch.setattr(threading, "excepthook", escaped.append)
    monkeypatch.setattr(sys, "unraisablehook", escaped.append)
    interval, ends = sys.getswitchinterval(), set()
    sys.setswitchinterval(1e-5)  # let the two threads take turns as often as they can
    try:
        for i in range(400):
            ends.add(run_limited(functools.partial(compute, 0.001 + i % 40 * 5e-5), 0.002)[0])
    finally:
        sys.setswitchinterval(interval)
    assert_no_worker_is_left()
    assert ends == {"done", "timeout"}
    assert (escaped, capfd.readouterr()) == ([], ("", ""))


def deep(levels):
    junk = [[] for _ in range(50)]
    if levels:
        return deep(levels - 1)
    while junk:
        pass


def test_stopping_a_deep_recursion_leaves_no_trace(monkeypatch, capfd):
    """Its frames take long to free: another TimeUp arrives meanwhile, and finds the thread all the same."""
    escaped = []
    monkeypatch.setattr(threading, "excepthook", escaped.append)
    monkeypatch.setattr(sys, "unraisablehook", escaped.append)
    limit, ends = sys.getrecursionlimit(), set()
    sys.setrecursionlimit(20_000)
    try:
        for _ in range(30):
            ends.add(run_limited(functools.partial(deep, 9000), 0.03)[0])
    finally:
        sys.setrecursionlimit(limit)
    assert_no_worker_is_left()
    assert ends == {"timeout"}
    assert (escaped, capfd.readouterr()) == ([], ("", ""))


def test_a_stop_that_is_lost_where_nothing_can_be_raised_is_not_talked_about(monkeypatch, capfd):
    escaped = []
    monkeypatch.setattr(sys, "unraisablehook", escaped.append)

    class Lossy:
        def __del__(self):
            compute(0.05)

    def work():
        while True:
            Lossy()
            compute(0.2)

    assert run_limited(work, 0.01)[0] == "timeout"
    assert (escaped, capfd.readouterr()) == ([], ("", ""))


def test_what_cannot_be_stopped_is_said():
    release = threading.Event()

    def sleeps(x, y, upstream):
        while not release.is_set():
            try:
                release.wait(30)
            except BaseException:
                continue

    key, message = diagnosis(sleeps, seconds=0.2)
    release.set()
    assert key == "stubborn" and "could not be stopped" in message and "Restart the kernel" in message


def test_exits_and_interrupts_are_caught():
    def exits(x, y, upstream):
        sys.exit(3)

    def interrupts(x, y, upstream):
        raise KeyboardInterrupt

    assert diagnosis(exits) == (
        "exit",
        "Your code tried to leave the program (SystemExit: 3) in line "
        + f"{exits.__code__.co_firstlineno + 1}: `sys.exit(3)`.",
    )
    assert diagnosis(interrupts)[0] == "exit"


def test_exceptions_show_type_message_and_their_line():
    def divides(x, y, upstream):
        zero = 0
        return upstream / zero, 1

    key, message = diagnosis(divides)
    line = divides.__code__.co_firstlineno + 2
    assert (key, message) == (
        "error",
        f"Your code raised ZeroDivisionError: float division by zero in line {line}: "
        "`return upstream / zero, 1`.",
    )

    class Nasty(Exception):
        def __str__(self):
            raise ValueError("no text")

    def nasty(x, y, upstream):
        raise Nasty

    assert diagnosis(nasty)[1].startswith("Your code raised Nasty in line")


def test_recursion_is_reported():
    def deep(nodes):
        return deep(nodes)

    key, message = diagnosis(deep, "98.order")
    assert key == "recursion" and "calls itself too deep" in message


def test_a_raised_recursion_limit_is_put_back():
    before = sys.getrecursionlimit()

    def deeper(nodes):
        sys.setrecursionlimit(20_000)

        def down(n):
            return n and down(n - 1)

        down(15_000)
        return nodes[::-1]

    assert diagnosis(deeper, "98.order")[0] == ""
    assert sys.getrecursionlimit() == before


def test_prints_and_noise_below_python_are_kept_and_shortened(capfd):
    def noisy(x, y, upstream):
        print("step", x)
        print("to stderr", file=sys.stderr)
        os.write(1, b"from below\n")
        os.write(2, b"from below to stderr\n")
        print("x" * 1_000_000)
        return upstream * y, upstream * x

    report = evaluate("98.vjp", noisy)
    assert report.state == RIGHT
    assert "step 2.0" in report.printed and "to stderr" in report.printed
    assert "more characters" in report.printed and len(report.printed) < 5_000
    assert len(str(report)) < 2_000
    assert capfd.readouterr() == ("", "")


def test_noise_alone_is_shown():
    report = evaluate("98.order", lambda nodes: os.write(2, b"from below\n") and nodes)
    assert "from below" in report.printed and "from below" in str(report)


def test_a_changed_input_is_noticed():
    def scale(xs):
        total = sum(xs)
        for i in range(len(xs)):
            xs[i] /= total
        return xs

    key, message = diagnosis(scale, "98.scale")
    assert key == "mutated-input" and "changes its input" in message
    assert diagnosis(lambda xs: [x / sum(xs) for x in xs], "98.scale")[0] == ""


class EqualsEverything:
    def __eq__(self, other):
        return True

    __hash__ = None

    def __float__(self):
        return 1.0

    def __array__(self, *args, **kwargs):
        return np.ones(2)

    def __array_ufunc__(self, *args, **kwargs):
        return True

    def __bool__(self):
        return True

    def __abs__(self):
        return 0.0

    __sub__ = __rsub__ = __le__ = __lt__ = __ge__ = __gt__ = __eq__
    shape, dtype = (2,), np.dtype(float)


class BadRepr(EqualsEverything):
    def __repr__(self):
        raise SystemExit("repr")


class LyingFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __sub__(self, other):
        return 0.0


class LyingClass:
    __class__ = float


@pytest.mark.parametrize(
    "thing",
    [EqualsEverything(), LyingClass(), "3", True, None, 1j, b"3", {1, 2}, object],
    ids=lambda thing: type(thing).__name__,
)
def test_only_numbers_are_numbers(thing):
    for answer in (lambda x, y, upstream: thing, lambda x, y, upstream: (thing, thing)):
        report = evaluate("98.vjp", answer)
        assert report.state != RIGHT and report.score == 0.0
        assert report.diagnosis in ("wrong-type", "wrong-shape", "no-return", "wrong", "not-attempted"), str(
            report
        )


def test_hostile_objects():
    assert evaluate("98.vjp", lambda x, y, upstream: (BadRepr(), BadRepr())).score == 0.0
    assert diagnosis(lambda x, y, upstream: (LyingFloat(7), LyingFloat(7)))[0] == "wrong"
    assert diagnosis(lambda x, y, upstream: (LyingFloat(upstream * y), upstream * x))[0] == ""
    assert diagnosis(EqualsEverything())[0] == "not-callable"


def test_numpy_numbers_are_numbers():
    assert diagnosis(lambda x, y, upstream: np.array([upstream * y, upstream * x]))[0] == ""
    assert diagnosis(lambda x, y, upstream: (np.float64(upstream * y), np.float64(upstream * x)))[0] == ""


def test_nan_and_infinity():
    key, message = diagnosis(lambda x, y, upstream: (math.nan, math.inf))
    assert key == "not-finite" and "not finite" in message
    assert diagnosis(lambda x, y, upstream: (10**400, 1))[0] in ("wrong", "wrong-type")


def test_results_that_are_too_large():
    def huge(xs):
        return [1.0] * (MOST_ENTRIES + 1)

    def nested(xs):
        xs = []
        xs.append(xs)
        return xs

    assert diagnosis(huge, "98.scale")[0] == "too-large"
    assert diagnosis(nested, "98.scale")[0] == "too-large"
    assert diagnosis(lambda xs: "x" * 10**7, "98.scale")[0] == "too-large"
    assert diagnosis(lambda xs: [10**100_000], "98.scale")[0] == "wrong-shape"


def test_functions_that_return_nothing_on_purpose():
    def double(xs):
        xs[:] = [2 * x for x in xs]

    def halve(xs):
        xs[:] = [x / 2 for x in xs]

    assert diagnosis(double, "98.in_place")[0] == ""
    assert diagnosis(halve, "98.in_place")[0] == "wrong"
    assert diagnosis(lambda xs: None, "98.in_place")[0] == "not-attempted"


def test_wrong_shapes_and_arguments():
    assert diagnosis(lambda xs: [*xs, 0.0], "98.scale")[1] == (
        "Your result has another shape than expected: 3 entries where 2 are expected."
    )
    key, message = diagnosis(lambda x: x)
    assert key == "arguments" and "takes 1 positional argument but 3 were given" in message
    assert diagnosis(3)[0] == "not-callable"
    assert diagnosis({}, "98.rates")[0] == "missing"


def test_a_patched_numpy_or_builtin_stops_nothing(monkeypatch):
    def patches(x, y, upstream):
        np.asarray = np.isfinite = math.isfinite = lambda *args, **kwargs: 1 / 0
        return y, x

    with monkeypatch.context() as patch:
        for module, name in ((np, "asarray"), (np, "isfinite"), (math, "isfinite")):
            patch.setattr(module, name, getattr(module, name))
        key, message = diagnosis(patches)
    assert key in ("no-upstream", "check-failed", "error"), message
    if key == "check-failed":
        assert "restart the kernel" in message


def test_a_broken_check_says_so():
    name = "98.vjp"
    exercise = find(name)
    broken = Exercise(
        "98.broken", "", cases=exercise.cases, probe=exercise.probe, reference=lambda case: 1 / 0
    )
    REGISTRY["98.broken"] = broken
    try:
        assert diagnosis(good, "98.broken")[0] == "check-failed"
    finally:
        del REGISTRY["98.broken"]


def test_interrupting_the_kernel_stops_a_check():
    import _thread

    timer = threading.Timer(0.4, _thread.interrupt_main)
    timer.start()
    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        evaluate("98.vjp", loops, seconds=30)
    assert time.monotonic() - before < 5
    assert_no_worker_is_left()


# What is shown


def test_points_are_what_nbgrader_reads(capsys):
    full = check("98.vjp", good, points=3)
    assert (repr(full), float(full)) == ("3", 3.0)
    assert "3 of 3 points" in full._repr_html_()
    assert repr(check("98.vjp", ..., points=3)) == "0"
    numbers = given("98.rates")["numbers"]
    assert float(repr(check("98.rates", {"a": 2 * numbers[0]}, points=2))) == pytest.approx(2 / 3, abs=0.01)
    assert repr(check("98.vjp", good)) == ""
    assert capsys.readouterr().err == ""


def test_html_is_escaped_and_says_the_state_in_words():
    report = evaluate("98.vjp", lambda x, y, upstream: ("<script>alert(1)</script>", "</div>"))
    html = report.to_html()
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert html.count("<div") == html.count("</div>")
    for answer, words in ((good, "right"), (..., "not attempted"), (3, "not yet right")):
        assert words in evaluate("98.vjp", answer).to_html()
    assert "var(--jp-" in html
    json.dumps(report.to_dict(), allow_nan=False)


def test_hints_come_one_at_a_time(capsys):
    checks.showing._hints_shown.clear()
    texts = []
    for _ in range(3):
        assert repr(hint("98.vjp")) == ""
        texts.append(capsys.readouterr().out)
    assert texts[0].startswith("Hint 1 of 2") and "second" not in texts[0]
    assert texts[1].startswith("Hint 2 of 2")
    assert texts[2].startswith("No more hints")
    hint("98.order")
    assert "no hints" in capsys.readouterr().out


def test_unknown_names_are_answered_with_near_ones():
    with pytest.raises(UnknownExercise, match=r"no exercise '98\.vpj'\. Did you mean '98\.vjp'"):
        check("98.vpj", good)
    with pytest.raises(UnknownExercise, match="needs the name of an exercise first"):
        check(good, "98.vjp")
    with pytest.raises(UnknownExercise):
        hint("77.nothing")


# Plain data


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -0.5,
        "text",
        [1, [2.5]],
        {"a": {"b": [None]}},
        np.arange(6.0).reshape(2, 3),
        np.array(3, dtype=np.int64),
        np.array([1 + 2j]),
        np.zeros((0, 3), dtype=np.float32),
        np.array([True]),
    ],
)
def test_plain_data_survives_json(value):
    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert compare(value, back) is None
    assert type(back) is type(value)


def test_nan_survives_and_foreign_objects_become_names():
    back = decode(
        json.loads(json.dumps(encode([math.nan, -math.inf, np.array([math.nan])]), allow_nan=False))
    )
    assert math.isnan(back[0]) and back[1] == -math.inf and np.isnan(back[2]).all()
    assert decode(encode(EqualsEverything())).type == "EqualsEverything"
    assert type(decode(encode({1: 2}))) is Other and type(decode(encode({"$array": []}))) is Other
    with pytest.raises(TooLarge):
        encode(np.zeros(MOST_ENTRIES + 1))


@pytest.mark.parametrize(
    "forged",
    [
        {"$array": [1], "shape": [2], "dtype": "float64"},
        {"$array": [1], "shape": [1], "dtype": "object"},
        {"$float": "one"},
        {"$float": []},
        {"$array": 3},
        ({},),
    ],
)
def test_forged_encodings_are_refused(forged):
    with pytest.raises(ValueError):
        decode(forged)


def test_compare_has_a_relative_and_an_absolute_tolerance():
    assert compare(1e6, 1e6 * (1 + 1e-10)) is None
    assert compare(1e6, 1e6 * (1 + 1e-8)).kind == "wrong"
    assert compare([1e6, 1e-9], [1e6, 2e-9]) is None, "small entries are measured by the largest"
    assert compare(0.0, 1e-11).kind == "wrong"
    assert compare(1, True).kind == "wrong-type" and compare(True, 1).kind == "wrong-type"
    assert compare(math.nan, math.nan) is None and compare(math.nan, 1.0) is not None
    assert compare(math.inf, math.inf) is None and compare(math.inf, -math.inf) is not None
    assert compare(np.zeros(3), np.zeros((3, 1))).kind == "wrong-shape"
    assert compare(np.zeros(3), np.zeros(3, dtype=np.float32)).kind == "wrong-type"
    assert compare(np.zeros(3), [0.0, 0.0, 0.0]).kind == "wrong-type"
    assert compare(np.ones(3), np.array([1.0, math.nan, 1.0])).kind == "not-finite"
    assert "at (1,)" in compare(np.ones(3), np.array([1.0, 3.0, 1.0])).text


def test_only_json_passes_from_the_learners_side_to_the_judge():
    """What the graded run does: probe there, judge here."""
    exercise = find("98.vjp")
    cases = draw_cases(exercise, seed="secret")
    assert cases != draw_cases(exercise, seed="other")
    sent = json.loads(json.dumps(cases, allow_nan=False))
    answered = json.loads(json.dumps(run(exercise, lambda x, y, u: (y, x), sent), allow_nan=False))
    assert mark(exercise, cases, answered).diagnosis == "no-upstream"
    answered["outcomes"] = answered["outcomes"][:1]
    assert mark(exercise, cases, answered).score == 0.0
    right = json.loads(json.dumps(run(exercise, good, sent)))
    assert mark(exercise, cases, right).score == 1.0
    right["outcomes"] = right["outcomes"][:-1]
    report = mark(exercise, cases, right)
    assert (report.state, report.score, report.diagnosis) == (WRONG, 0.0, "incomplete")


def test_exercises_that_make_no_sense_are_refused():
    fine = {"cases": list, "probe": len, "reference": len}
    with pytest.raises(ValueError, match=r"called like '03\.mul'"):
        Exercise("mul", "", **fine)
    with pytest.raises(ValueError, match="either reference= or judge="):
        Exercise("98.x", "", cases=list, probe=len)
    with pytest.raises(ValueError, match="the same name"):
        Exercise("98.x", "", **fine, mistakes=[Mistake("a", "A."), Mistake("a", "B.")])
    with pytest.raises(ValueError, match="two exercises are called"):
        register(find("98.vjp"))
