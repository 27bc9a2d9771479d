"""The patient's chart on the Python side: what is sent, what is refused, the picture and the sentence."""

import base64
import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from backprop_lib import viz
from backprop_lib.lab import clinic11
from backprop_lib.viz.chart import _ARRAYS, PatientChart


@cache
def runs():
    return {f"patient {name}": clinic11.record(name) for name in ("0", "E", "I", "D")}


@cache
def twins():
    return {f"patient {name}": clinic11.record_of_twin(name) for name in ("0", "E", "I", "D")}


def unpacked(packed):
    kind = np.dtype(packed["dtype"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(packed["data"]), kind).reshape(packed["shape"])


def test_all_of_a_record_is_sent_once_and_a_twin_only_once():
    shown = PatientChart(runs(), beside=twins())
    state = json.loads(json.dumps(shown.state))
    assert [(run["name"], run["chart"], run["beside"]) for run in state["runs"]] == [
        ("patient 0", 0, 1), ("patient E", 2, 3), ("patient I", 4, 3), ("patient D", 5, 1)
    ]  # fmt: skip
    assert len(state["charts"]) == 6
    for name, place in (("patient 0", 0), ("patient I", 4)):
        record, sent = runs()[name], state["charts"][place]
        assert sent["kinds"] == list(record.kinds) and sent["steps"] == record.steps.tolist()
        assert set(sent) == {"kinds", "steps", *_ARRAYS}
        for key in _ARRAYS:
            assert np.allclose(unpacked(sent[key]), getattr(record, key), rtol=1e-6, equal_nan=True), key


def test_what_only_a_judge_knows_is_not_sent():
    sent = json.dumps(PatientChart(runs()["patient 0"]).state)
    assert not any(word in sent for word in ("overlap", "checked", "program", "sign"))


def test_the_state_is_small():
    one = PatientChart(runs()["patient 0"], beside=twins()["patient 0"])
    assert len(json.dumps(one.state)) < 40_000
    ten = {name: clinic11.record(name) for name in clinic11.PATIENTS}
    others = {name: clinic11.record_of_twin(name) for name in clinic11.PATIENTS}
    assert len(json.dumps(PatientChart(ten, beside=others).state)) < 260_000


def test_the_sentence_tells_the_numbers_of_the_step_and_no_diagnosis():
    record, twin = runs()["patient 0"], twins()["patient 0"]
    shown = PatientChart(record, beside=twin, step=27)
    k = list(record.steps).index(25)
    words = shown.summary()
    assert words.startswith("Chart of a training run, at step 25 of 300: ")
    assert f"loss {record.loss[24]:.3g}, right train {record.train[k]:.0%}" in words
    assert f"beside it: loss {twin.loss[24]:.3g}" in words
    assert f"gradient norms by layer {record.gradient[k, 0]:.2g}, " in words
    named = PatientChart(runs(), beside={"patient I": twins()["patient I"]})
    assert named.summary().startswith("Chart of a training run, patient 0, at step 300 of 300")
    assert "beside it" not in named.summary()
    said = " ".join(PatientChart({name: clinic11.record(name)}).summary() for name in clinic11.PATIENTS)
    assert not any(word in said for word in ("dead", "leak", "shuffle", "saturated", "axis", "sick"))


@pytest.mark.parametrize(("step", "look"), [(1, 0), (4, 0), (5, 1), (299, 59), (300, 60), (None, 60)])
def test_the_first_step_shown_is_the_last_look_not_after_it(step, look):
    assert PatientChart(runs()["patient 0"], step=step).look == look


RECORD = clinic11.record("tanh")


@pytest.mark.parametrize(
    ("arguments", "error", "part"),
    [
        ((3,), TypeError, "a chart needs Records, as clinic11.record(name) makes; got 3"),
        (("A",), TypeError, "a chart needs Records"),
        (({"A": None},), TypeError, "got None for 'A'"),
        (({},), ValueError, "records has no run to show"),
        ((RECORD, "twin"), TypeError, "a chart needs Records"),
        (({"A": RECORD}, RECORD), TypeError, "beside must be a dict with keys of records"),
        (({"A": RECORD}, {"B": RECORD}), ValueError, "beside has 'B', records has not"),
        (({"A": RECORD, "B": replace(RECORD, kinds=("tanh", ""))},), ValueError, "need equally many layers"),
        ((RECORD, None, 0), ValueError, "step must be from 1 to 300, got 0"),
        ((RECORD, None, 301), ValueError, "step must be from 1 to 300, got 301"),
        ((RECORD, None, True), ValueError, "step must be from 1 to 300, got True"),
    ],
)
def test_anything_else_is_refused(arguments, error, part):
    with pytest.raises(error, match=re.escape(part)):
        PatientChart(*arguments)


PICTURES = {
    "with twin": lambda: PatientChart(runs()["patient 0"], beside=twins()["patient 0"], step=150),
    "alone": lambda: PatientChart(runs()["patient I"]),
    "many": lambda: PatientChart(runs(), beside=twins()),
    "not finite": lambda: PatientChart(not_finite()),
}


def not_finite():
    """A run whose numbers overflow after the third look."""
    record = runs()["patient 0"]
    values = {name: getattr(record, name).copy() for name in ("loss", "gradient", "ratio", "mean", "std")}
    values["loss"][12:] = np.nan
    values["gradient"][3:], values["ratio"][3:] = np.inf, np.nan
    return replace(record, **values)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small_reproducible_and_have_an_alternative(name):
    picture, again = PICTURES[name]().picture(), PICTURES[name]().picture()
    assert picture.png == again.png
    assert len(picture.png) < 120_000 and len(picture.alt) > 80


def test_another_step_is_another_picture():
    assert PICTURES["with twin"]().picture().png != PatientChart(runs()["patient 0"]).picture().png


def test_it_is_one_of_the_interactives():
    assert viz.PatientChart is PatientChart and "PatientChart" in dir(viz)
