"""What comes out of the sandbox may be anything: it is refused or judged, and raises nothing."""

import json
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.grade import answers, sandbox
from course.grade.marking import FAILED
from tests.marking import RIGHT, tried

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WORDS = [
    "run",
    "errors",
    "data",
    "undefined",
    "outcomes",
    "untouched",
    "printed",
    "value",
    "mutated",
    "blank",
]
KEYS = st.sampled_from([*WORDS, "failure", "$array", "$float", "$other", "shape", "dtype"])
FORGED = st.recursive(
    JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=5) | st.lists(inner, max_size=3)
)


class _Ended:
    reason, printed, code, seconds = "", "", 0, 0.0

    def __init__(self, answer):
        self.answer = b'{"started": true}\n' + answer


def _marked(monkeypatch, answer):
    monkeypatch.setattr(sandbox, "run", lambda *args: _Ended(answer))
    return tried(RIGHT)


@settings(max_examples=80)
@given(value=FORGED)
def test_forged_results_never_raise_and_never_earn(value):
    outcome = {"value": value, "mutated": False, "blank": False}
    for said in (
        {"run": {"outcomes": [outcome] * 24, "untouched": False, "printed": ""}, "errors": []},
        {"run": value, "errors": []},
        {"run": {"outcomes": [value], "untouched": False, "printed": ""}, "errors": []},
        value,
    ):
        with pytest.MonkeyPatch.context() as monkeypatch:
            found = _marked(monkeypatch, json.dumps(said).encode())
        assert not found.score
        assert (found.status == FAILED) == (found.score is None)


@settings(max_examples=50)
@given(st.binary(max_size=60))
def test_bytes_that_are_no_answer_are_none(noise):
    with pytest.MonkeyPatch.context() as monkeypatch:
        found = _marked(monkeypatch, noise)
    assert (found.status, found.score) == (FAILED, None)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10**6,
        '{"a":' * 10**5,
        "1" * 10**6,
        "NaN",
        "1e999",
        "-Infinity",
        '"' + "x" * 30_000 + '"',
        "[" + "[]," * 2_000_000 + "[]]",
        '{"run": {"outcomes": ' + "[" * 200 + "]" * 200 + "}}",
        str(2**1500),
    ],
)
def test_json_bombs_are_refused(text):
    line = '{"run": {"outcomes": [{"value": %s, "mutated": false, "blank": false}], '
    line = line % text + '"untouched": false, "printed": ""}, "errors": []}'
    last, _, _ = answers.messages(line.encode())
    with pytest.raises(answers.Unreadable):
        answers.outcomes_of((last or {}).get("run"), 3)


def test_texts_are_such_as_files_and_databases_hold():
    odd = rb'{"undefined": "a\u0000b \ud800 \\u0000", "errors": []}'
    last, _, _ = answers.messages(odd)
    assert last["undefined"] == "a\N{REPLACEMENT CHARACTER}b ? \\u0000"
    raw = (
        b'{"undefined": "a \xed\xa0\x80", "errors": []}'  # half a character as bytes: no UTF-8, so no answer
    )
    assert answers.messages(raw) == (None, None, "")


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"[" * 40 + b"]" * 40 + b"\n", b'{"cell":"\\ud800"}\n'])
def test_a_flood_of_lines_is_read_in_no_time(line):
    said = b'{"started": true}\n' + line * (8 * 2**20 // len(line)) + b'{"run": {}, "errors": []}\n'
    started = time.process_time()
    assert answers.messages(said) == ({"run": {}, "errors": []}, None, "started")
    assert time.process_time() - started < 5


def test_bounds_let_every_right_answer_through():
    answers.bounded([[0.0, -1, "x" * 20_000, None, True, {"a": [math.pi]}, 2**1000]] * 1000)
