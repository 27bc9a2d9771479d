"""The clinic of notebook 11: every patient shows its own signs, its twin none; what the recorder notes."""

import re

import numpy as np
import pytest

from backprop_lib.lab import clinic11
from backprop_lib.lab.clinic11 import DISEASES, PATIENTS, TWINS, BrokenProgram, mended, record, signs

SEEDS = (0, 1, 2, 3)
LN10, LN32 = np.log(10), np.log(32)
FLOOR = np.log(np.e + 9) - 1  # the least that cross-entropy can be if its logits are probabilities

# What tells a disease from all others: a condition on the signs of one run.
TELLS = {
    "sign": lambda s: s["last_loss"] > 1000,
    "no shuffle": lambda s: s["wobble"] > 0.04 and s["train"] < 0.9,
    "loss": lambda s: FLOOR < s["last_loss"] < 1.9 and s["ratio"] < 0.006 and s["train"] > 0.7,
    "eval": lambda s: s["fresh"] - s["validation"] > 0.12,
    "rate": lambda s: s["ratio"] > 0.3,
    "zero_grad": lambda s: s["gradient"] > 10 * s["gradient_start"] and s["gradient"] > 15,
    "labels": lambda s: s["validation"] - s["train"] > 0.08,
    "leak": lambda s: s["validation"] - s["fresh"] > 0.02 and s["validation"] > 0.98,
    "axis": lambda s: abs(s["first_loss"] - LN32) < 0.15 and s["last_loss"] > 1.2 and s["validation"] > 0.9,
    "dead relu": lambda s: s["silent_start"] == 1 and s["gradient"] == 0,
    "saturated": lambda s: s["flat_start"] > 0.6 and s["first_loss"] > 8,
}


def test_every_disease_has_one_patient_and_the_names_tell_nothing():
    assert len(PATIENTS) == 10 and list(PATIENTS) == sorted(PATIENTS)
    assert {clinic11._truth(name)[0] for name in ("0", *PATIENTS)} == set(DISEASES) == set(TELLS)
    assert clinic11._truth("0")[0] == "sign"
    order = [clinic11._truth(name)[0] for name in PATIENTS]
    listed = [disease for disease in DISEASES if disease != "sign"]
    assert sum(a == b for a, b in zip(order, listed, strict=True)) <= 1, "the list is in another order"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["0", *PATIENTS, *TWINS])
def test_a_patient_shows_its_own_signs_only_and_a_twin_none(name, seed):
    found = signs(record(name, seed))
    shown = {disease for disease, tells in TELLS.items() if tells(found)}
    assert shown == (set() if name in TWINS else {clinic11._truth(name)[0]}), found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TWINS)
def test_a_twin_is_healthy(name, seed):
    found = signs(record(name, seed))
    assert found["fresh"] > 0.87 and found["train"] > 0.93
    assert abs(found["fresh"] - found["validation"]) < 0.06
    assert 0.005 < found["ratio"] < 0.03 and found["gradient"] < 3 and found["silent"] < 0.5
    assert LN10 - 0.05 < found["first_loss"] < 1.6 * LN10


def different(one, other):
    pairs = zip(clinic11.program(one).splitlines(), clinic11.program(other).splitlines(), strict=True)
    return [number for number, (left, right) in enumerate(pairs, 1) if left != right]


@pytest.mark.parametrize("name", ["0", *PATIENTS])
def test_one_line_is_sick_and_the_twins_line_mends_it_to_the_last_bit(name):
    number = clinic11._truth(name)[1]
    well = clinic11.program(clinic11.twin(name)).splitlines()
    cured, healthy = record(mended(name, number, well[number - 1])), record(clinic11.twin(name))
    for each in ("loss", "fresh", "validation", "gradient"):
        assert np.array_equal(getattr(cured, each), getattr(healthy, each)), each
    assert cured.evidence == healthy.evidence
    assert len(well) <= 26 and max(map(len, clinic11.program(name).splitlines())) <= 110


def test_a_comparison_of_programmes_shows_more_than_the_fault():
    """With the twin and with any other patient of the same twin: then somebody has to read."""
    assert different("0", "tanh") == [21], "this one is worked through in the text"
    for name in PATIENTS:
        relatives = [other for other in PATIENTS if clinic11.twin(other) == clinic11.twin(name) != other]
        for other in {clinic11.twin(name), *relatives} - {name}:
            assert len(different(name, other)) >= 4, (name, other, different(name, other))
    assert not hasattr(clinic11, "truth"), "the answers are no public name"


@pytest.mark.parametrize(
    ("name", "line", "text", "disease"),
    [
        ("E", "model.zero_grad", "for q in model.parameters():\n    q.grad = None", "zero_grad"),
        ("E", "p.data -=", "p.data -= 0.1 * p.grad\np.zero_grad()", "zero_grad"),
        ("I", "b.data -= 10", "", "dead relu"),
        ("B", "z = ops", "z = model(x[rows])", "loss"),
        ("H", "log_p =", "log_p = ops.log(ops.softmax(z))", "axis"),
        ("D", "p.data", "p.data = p.data - 0.1 * p.grad", "rate"),
    ],
)
def test_other_right_mends_cure_too(name, line, text, disease):
    number = next(n for n, old in enumerate(clinic11.program(name).splitlines(), 1) if line in old)
    found = signs(record(mended(name, number, text)))
    assert not TELLS[disease](found) and found["fresh"] > 0.87


def test_many_sick_runs_have_a_falling_loss():
    """The misconception that the notebook refutes: a falling training loss shows that all is well."""
    fall = {}
    for name in PATIENTS:
        found = signs(record(name))
        fall[name] = found["last_loss"] < 0.8 * found["first_loss"]
    assert sorted(name for name, falls in fall.items() if falls) == list("ABCFGHJ")


def test_the_record_has_the_shapes_that_it_promises():
    chart = record("tanh")
    n, k, layers = 300, 61, 3
    assert chart.loss.shape == (n,) and chart.steps.tolist() == [1, *range(5, 301, 5)]
    for name in ("train", "validation", "fresh", "checked"):
        assert getattr(chart, name).shape == (k,), name
    for name in ("gradient", "ratio", "mean", "std", "zeros", "silent", "flat", "low", "high"):
        assert getattr(chart, name).shape == (k, layers), name
    assert chart.counts.shape == (k, layers, 24) and chart.counts.dtype == np.uint8
    assert chart.kinds == ("tanh", "tanh", "") and (chart.counts.max(axis=2) == 255).all()
    assert np.isnan(chart.ratio[0]).all() and np.isfinite(chart.ratio[1:]).all()


def test_the_record_is_that_of_the_run_itself():
    """The same programme without a recorder, step by step."""
    seed, noted, weights = 3, [], [[]]

    def watch(model, L, right, train, validation):
        layers = model.layers
        before, after = weights[-1], [layer.W.data.copy() for layer in layers]
        weights.append(after)
        ratio = [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=False)]
        noted.append((L.item(), [np.linalg.norm(layer.W.grad) for layer in layers], ratio,
                      right(train), right(validation)))  # fmt: skip

    from backprop_lib import data, init, nn, ops

    digits = data.digits()[np.random.RandomState(seed).permutation(1797)][:1440]
    names = {"np": np, "data": data, "init": init, "nn": nn, "ops": ops, "digits": digits, "watch": watch}
    exec(TWINS["tanh"], names | {"rng": np.random.default_rng(seed)})
    chart = record("tanh", seed)
    assert np.array_equal(chart.loss, [one[0] for one in noted])
    looks = [noted[step - 1] for step in chart.steps]
    assert np.allclose(chart.gradient, [one[1] for one in looks], rtol=1e-12)
    assert np.allclose(chart.ratio[1:], [one[2] for one in looks[1:]], rtol=1e-12)
    assert np.array_equal(chart.train, [one[3] for one in looks])
    assert np.array_equal(chart.validation, [one[4] for one in looks])
    assert np.array_equal(chart.validation, chart.checked), "the twin measures rightly"


def test_outputs_are_described_after_the_activation():
    chart = record("relu")
    assert (chart.low[:, :2] > 0).all() and (chart.zeros[:, :2] > 0.1).all() and (chart.low[:, 2] < 0).all()
    assert (chart.silent <= chart.zeros).all() and (chart.flat[:, :2].mean() > 0)
    dead = record("I")
    assert (dead.zeros[:, :2] == 1).all() and (dead.std[:, 0] == 0).all() and (dead.counts[:, :2] == 0).all()


def test_only_the_leak_is_trained_on_what_it_is_tested_on_and_only_c_measures_wrongly():
    for name in ("0", *PATIENTS, *TWINS):
        chart = record(name)
        assert chart.evidence["known_images"] == (384 if name == "G" else 0), name
        assert np.array_equal(chart.checked, chart.validation) == (name != "C"), name


def test_a_record_is_made_once_and_is_always_the_same():
    text = clinic11.program("H")
    assert record("H") is record(text) and record("H") is not record("H", 2)
    clinic11._recorded.cache_clear()
    again, first = record("H"), clinic11.recorder11.run(text, 1)
    assert all(np.array_equal(getattr(again, name), getattr(first, name), equal_nan=name == "ratio")
               for name in ("loss", "fresh", "ratio", "counts", "mean"))  # fmt: skip
    assert clinic11.record_of_twin("H") is record("tanh")


def test_clearing_gradients_after_the_step_changes_nothing_on_the_chart():
    number = TWINS["tanh"].splitlines().index("            p.data -= 0.2 * p.grad") + 1
    late = clinic11.recorder11.run("\n".join(
        line + "\n            p.grad = None" * (n == number)
        for n, line in enumerate(TWINS["tanh"].splitlines(), 1)), 1)  # fmt: skip
    assert np.allclose(late.gradient, record("tanh").gradient, rtol=1e-12)
    assert np.array_equal(late.loss, record("tanh").loss)


def test_show_prints_numbered_lines(capsys):
    clinic11.show("0", only=[1, 21])
    out = capsys.readouterr().out.splitlines()
    assert out[0] == " 1  train, validation = digits[:384], digits[384:784]"
    assert out[1].startswith("21  ") and len(out) == 2
    clinic11.show("0")
    assert len(capsys.readouterr().out.splitlines()) == len(clinic11.program("0").splitlines())


@pytest.mark.parametrize(
    ("arguments", "error", "part"),
    [
        (("K", 1, ""), ValueError, "there is no patient 'K'; there are 0, A, B"),
        ((3, 1, ""), ValueError, "there is no patient 3"),
        (("A", 99, ""), ValueError, "line must be from 1 to"),
        (("A", 0, ""), ValueError, "line must be from 1 to"),
        (("A", "3", ""), TypeError, "line must be a line number, got str"),
        (("A", True, ""), TypeError, "line must be a line number, got bool"),
        (("A", 3, None), TypeError, "text must be the new line, a str, got NoneType"),
        (("0", 22, "pass"), ValueError, "line 22 writes the chart"),
    ],
)
def test_mended_says_what_is_wrong_with_its_arguments(arguments, error, part):
    with pytest.raises(error, match=re.escape(part)):
        mended(*arguments)


def test_a_line_keeps_its_indentation():
    lines = mended("0", 21, "        if True:\n            p.data -= p.grad").splitlines()
    assert lines[20:22] == ["            if True:", "                p.data -= p.grad"]
    assert mended("0", 21, "").splitlines()[20] == "            pass"


@pytest.mark.parametrize(
    ("line", "text", "number", "part"),
    [
        (15, "z = modell(x[rows])", 15, "line 15, `z = modell(x[rows])`: NameError"),
        (15, "z = (", None, "SyntaxError"),
        (12, "for epoch in range(0):", None, "never comes to watch"),
        (17, "L = -log_p[range(32), y[rows]].mean().item()", 19, "AttributeError: 'float' object has no"),
        (15, "z = Tensor(np.ones((32, 10)))", 21, "unsupported operand type(s) for *"),
        (21, "p.grad = None; L = Tensor(1.0)", 22, "was not computed by this model"),
        (17, "L = -log_p[range(32), y[rows]]", 19, "backward() starts from a single number"),
    ],
)
def test_a_programme_that_does_not_run_names_its_line(line, text, number, part):
    with pytest.raises(BrokenProgram, match=re.escape(part)) as caught:
        record(mended("0", line, text))
    if number:
        assert caught.value.line == number
