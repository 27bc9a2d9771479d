"""What notebook 11 says beyond what its cells print, and its checks over more seeds than a learner sees."""

import math
from functools import cache
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest

from backprop_lib import data, losses, ops
from backprop_lib.checks import capstone11, evaluate, net11
from backprop_lib.checks.diagnose11 import CEILING, FLOOR, signs, speaks_against
from backprop_lib.checks.mend11 import sick_signs, vital_signs
from backprop_lib.checks.versions11 import VERSIONS
from backprop_lib.lab import clinic11
from tests.answers.clinic11 import CURES
from tests.answers.net11 import everywhere
from tests.solving import Place

SEEDS = (2, 57, 640)


@cache
def place():
    return Place("11.capstone_train")


@pytest.mark.parametrize("name", VERSIONS)
def test_the_versions_of_the_library_pass(name):
    report = evaluate(name, VERSIONS[name])
    assert report.state == "right", str(report)


def test_the_forward_pass_of_the_check_is_that_of_the_notebook():
    """So that what passes the check also works in the notebook: the same names, the same numbers."""
    case = net11.cases(Random(1))[0]
    p = {name: case[name] for name in net11.PARAMETERS}
    theirs = place().namespace["forward"](case["x"], case["y"], p)
    ours = net11.forward(case)
    assert set(vars(theirs)) == set(ours)
    assert all(np.allclose(ours[name], value, rtol=1e-13) for name, value in vars(theirs).items())


def test_a_gradient_that_does_not_follow_is_said_in_numbers():
    solution = place().namespace["net_backward"]

    def with_change(line):
        def net_backward(v):
            d = solution(v)
            exec(line, {"d": d})
            return d

        return evaluate("11.batchnorm_net", net_backward)

    twice = with_change("d['z2'] = 2 * d['z2']").message
    turned = with_change("d['W3'] = d['W3'].T").message
    assert "d['z2'] does not follow from what stands above it: it is 2 times" in twice
    assert "d['W3'] has the shape (3, 5), W3 has (5, 3)" in turned
    single = with_change("for name in d: d[name] = d[name].astype('float16')")
    assert single.state == "not yet right", "and no warning about numbers too large for float16"


@pytest.mark.parametrize("value", [0.0, 1e-20, float("nan"), 3.0])
def test_a_backward_pass_of_one_number_earns_nothing(value):
    """Where each gradient is judged by those above it, zero follows from zero."""
    report = Place("11.batchnorm_net").report(everywhere(value))
    assert report.score == 0 and report.state == "not yet right"


def test_gradients_of_the_whole_net_are_numerically_right():
    """By differences through the forward pass: no backward pass takes part."""
    case = net11.cases(Random(4))[0]
    found = net11.right_gradients(case)
    forward = place().namespace["forward"]
    p = {name: case[name] for name in net11.PARAMETERS}
    for name in p:
        entry = (0,) * p[name].ndim
        two = []
        for step in (1e-5, -1e-5):
            moved = p | {name: p[name].copy()}
            moved[name][entry] += step
            two.append(forward(case["x"], case["y"], moved).L)
        assert (two[0] - two[1]) / 2e-5 == pytest.approx(found[name][entry], rel=1e-4, abs=1e-8)


def test_a_bias_before_batch_norm_would_do_nothing():
    case = net11.cases(Random(2))[0]
    v = net11.forward(case)
    shifted = v["z1"] + np.arange(v["z1"].shape[1])
    moved = ops.batch_norm(shifted, case["gamma1"], case["beta1"], eps=net11.EPS)
    assert np.allclose(moved.data, v["a1"], atol=1e-9)


@pytest.mark.parametrize("patient", clinic11.PATIENTS)
def test_something_speaks_against_every_wrong_name_and_nothing_against_the_right_one(patient):
    right, _ = clinic11._truth(patient)
    for disease in clinic11.DISEASES:
        said = speaks_against(disease, patient)
        assert (said is None) == (disease == right), f"{patient} has {right}; against {disease}: {said}"
        assert said is None or clinic11.DISEASES[right] not in said


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("patient", ("0", *clinic11.PATIENTS))
def test_no_argument_would_speak_against_the_right_name_in_another_run(patient, seed):
    """A sentence that fits a run with the disease would be no argument against it."""
    assert speaks_against(clinic11._truth(patient)[0], patient, seed) is None


def test_arguments_by_accuracies_give_numbers_that_differ():
    """What is said of labels, mode and leak is no argument where both numbers are the same."""
    for patient in clinic11.PATIENTS:
        said = speaks_against("labels", patient)
        s = signs(patient)
        assert patient == "F" or "better" not in said or s["train"] > s["validation"] + 0.02
        said = speaks_against("leak", patient)
        assert patient == "G" or "chance" in said or s["validation"] < s["fresh"]


def test_what_is_open_or_under_another_key_is_said_in_words():
    for name in ("11.diagnose", "11.mend"):
        right = {"A": "no shuffle"} if name == "11.diagnose" else {"A": CURES["A"]}
        report = evaluate(name, right)
        assert (report.message, report.score) == ("Patient B is still open.", 0.1)
        assert evaluate(name, dict.fromkeys(clinic11.PATIENTS) | right).message == report.message
        report = evaluate(name, {"patient A": right["A"]})
        assert report.diagnosis == "keys" and "Yours has 'patient A'." in report.message
        assert evaluate(name, [right["A"]] * 10).diagnosis == "not-a-dict"


def test_a_wrong_answer_is_spoken_of_while_others_are_open():
    """One patient after another: what is still `...` must not hide what was found of the others."""
    report = evaluate("11.diagnose", dict.fromkeys(clinic11.PATIENTS, ...) | {"D": "saturated", "H": "axis"})
    assert report.diagnosis == "not saturated" and "Patient D" in report.message and report.score == 0.1
    mends = dict.fromkeys(clinic11.PATIENTS, ...) | {"A": (14, "order = range(384)"), "C": CURES["C"]}
    report = evaluate("11.mend", mends)
    assert report.diagnosis == "does-not-run" and "line 15" in report.message and report.score == 0.1
    report = evaluate("11.mend", mends | {"A": (22, "p.data -= 0.1 * p.grad")})
    assert report.diagnosis == "still-sick" and "of its training images" in report.message


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("patient", clinic11.PATIENTS)
def test_patients_are_sick_and_cured_by_their_line_whatever_the_seed(patient, seed):
    healthy = vital_signs(clinic11.record_of_twin(patient, seed))
    cured = clinic11.mended(patient, *CURES[patient])
    assert sick_signs(vital_signs(clinic11.record(patient, seed)), healthy)
    assert not sick_signs(vital_signs(clinic11.record(cured, seed)), healthy)
    assert CURES[patient][0] == clinic11._truth(patient)[1]


def test_the_first_loss_tells_the_axis_in_a_net_with_dropout_too():
    """What is said against "axis": its twin's first loss would be another."""
    other = clinic11.program("dropout").replace("axis=1, keepdims", "axis=0, keepdims")
    assert abs(clinic11.record(other).loss[0] - clinic11.record("dropout").loss[0]) > 0.1


def test_a_softmax_on_a_softmax_stays_between_its_floor_and_its_ceiling():
    z = np.random.RandomState(0).randn(200, 10) * 10.0 ** np.random.RandomState(1).uniform(-2, 3, (200, 1))
    labels = np.random.RandomState(2).randint(0, 10, 200)
    found = [losses.cross_entropy(ops.softmax(row[None]), [label]).item()
             for row, label in zip(z, labels, strict=True)]  # fmt: skip
    assert min(found) >= FLOOR - 1e-9 and max(found) <= CEILING + 1e-9
    assert pytest.approx(1.46, abs=0.005) == FLOOR and pytest.approx(2.46, abs=0.005) == CEILING
    assert max(found) - min(found) > 0.99


def test_the_ranges_of_the_table_are_those_of_the_healthy():
    for name in clinic11.TWINS:
        for seed in (1, *SEEDS):
            s = SimpleNamespace(**clinic11.signs(clinic11.record(name, seed)))
            ratios = np.median(clinic11.record(name, seed).ratio[1:], axis=0)
            assert ratios.min() > 0.001 and ratios.max() < 0.03
            assert -0.1 < s.first_loss - math.log(10) < (1.6 if name == "dropout" else 0.6)
            assert s.train > s.validation
    for patient in set(clinic11.PATIENTS) - {"D"}:
        assert signs(patient)["ratio"] < 0.05, "and a right rate is not taken for one ten times too large"
    assert signs("D")["ratio"] > 0.3


def test_healthy_runs_differ_by_as_much_as_the_text_says():
    for seed in range(1, 13):
        for name in clinic11.TWINS:
            s = signs(name, seed)
            assert abs(s["fresh"] - s["validation"]) < 0.06
        s = signs("relu", seed)
        assert 2.3 < s["first_loss"] < 3.2 and 0.06 <= s["silent_start"] < 0.275


def test_wrong_labels_lower_the_training_accuracy_until_they_are_learned_by_heart():
    short = clinic11.signs(clinic11.record("F"))
    longer = clinic11.signs(clinic11.record(clinic11.mended("F", 15, "for epoch in range(150):")))
    assert short["train"] < short["validation"] - 0.05 and longer["train"] > longer["validation"] + 0.05


def test_where_patient_and_twin_part():
    """At step 1 both are alike, at step 5 the loss has gone up, whatever the seed."""
    for seed in (1, *SEEDS):
        sick, twin = clinic11.record("0", seed), clinic11.record_of_twin("0", seed)
        assert sick.loss[0] == twin.loss[0] and np.array_equal(sick.gradient[0], twin.gradient[0])
        assert sick.loss[4] > sick.loss[0]
        assert sick.flat[0].max() < 0.05 < 0.5 < sick.flat[-1].max()


def test_shuffled_labels_show_a_leak_whatever_the_seed():
    shuffled = "digits = data.Digits(digits.images, rng.permutation(digits.labels))\n"
    leaky = clinic11.mended("tanh", 1, "train, validation = digits[:384], digits[50:450]")
    for seed in (1, *SEEDS):
        leak = clinic11.record(shuffled + leaky, seed)
        honest = clinic11.record(shuffled + clinic11.program("tanh"), seed)
        assert leak.validation[-1] > 0.2 > 0.16 > honest.validation[-1]
        assert 0.24 < honest.train[-1] < 0.31, "a quarter of the training images or a little more"


def test_only_some_losses_go_to_zero_on_one_batch():
    """The images of a class share one probability of 1: k of them have a loss of ln k each, on average."""
    labels = data.digits().labels[:32]
    counts = np.bincount(labels)
    assert np.mean(np.log(counts[labels])) == pytest.approx(1.17, abs=0.01)


def test_what_was_misunderstood():
    """Where the loss falls by a fifth and where validation is high: both in sick runs."""
    for seed in SEEDS:
        found = {name: signs(name, seed) for name in clinic11.PATIENTS}
        falls = {name for name, s in found.items() if s["last_loss"] < 0.8 * s["first_loss"]}
        high = {name for name, s in found.items() if s["validation"] > 0.9}
        assert falls == set("ABCFGHJ") and high >= set("GH") and not high & set("ABCDEFIJ")
        g, healthy = clinic11.record("G", seed), clinic11.record_of_twin("G", seed)
        assert np.array_equal(g.loss, healthy.loss)


def test_the_check_of_the_capstone_gives_no_image_away():
    """No image that is held back is among those that are given, and digits from elsewhere differ."""
    each = capstone11.split(3)
    known, held = (each[part][0] for part in ("known", "held"))
    rows = {row.tobytes() for row in known}
    assert len(known) == 1437 and len(held) == 360
    assert sum(row.tobytes() in rows for row in held) <= 1, "two digits of the data set may be equal"
    assert (np.diff(each["known"][1]) >= 0).all(), "sorted by class"
    assert not np.array_equal(held, each["plain"][0])


@pytest.mark.parametrize("first", (0, 3, 6, 9))
def test_the_bar_of_the_capstone_is_safe(first):
    """A good net is well above it on average over three splits; a single one is now and then below."""
    shares = []
    for seed in range(first, first + 3):
        each = capstone11.split(seed)
        net = VERSIONS["11.capstone_train"](*each["known"])
        shares.append((capstone11.in_use(each["held"][0], net).argmax(axis=1) == each["held"][1]).mean())
    assert float(np.mean(shares)) > capstone11.BAR + 0.007
