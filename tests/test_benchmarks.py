"""The benchmarks: engines are judged before they are timed, ratios are right, and every section runs."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import growth, growth_table, layers, layers_numpy, scalar
from benchmarks.__main__ import SECTIONS, main
from benchmarks.adam import Flat
from benchmarks.adam import Ours as OurAdam
from benchmarks.adam import Textbook as TextbookAdam
from benchmarks.engines import check, ready
from benchmarks.engines_folded import Folded
from benchmarks.engines_numpy import Limit, Textbook
from benchmarks.engines_ours import Eager, Replayed
from benchmarks.micrograd_demo import DemoProblem, demo_gradient
from benchmarks.problems import AdamProblem, MLPProblem, mlp_loss
from benchmarks.tables import Report, Seconds, Table
from benchmarks.timing import Clock, Ratio, Times

PEERS = ("torch", "jax", "autograd", "micrograd")
DTYPES = ("float64", "float32")
SIZES = ((2, 6, 5, 1), (7, 6, 5, 3))


@pytest.fixture
def no_peers(monkeypatch):
    for name in PEERS:
        monkeypatch.setitem(sys.modules, name, None)  # now as if it were not installed


# The judges: each against central differences


def slopes(f, arrays, h=1e-5):
    """The numerical gradient of f() by each entry of the arrays."""
    gradients = []
    for a in arrays:
        gradients.append(np.empty_like(a))
        for i in np.ndindex(a.shape):
            old, values = a[i], []
            for a[i] in (old + h, old - h):
                values.append(f())
            a[i] = old
            gradients[-1][i] = (values[0] - values[1]) / (2 * h)
    return gradients


@pytest.mark.parametrize("sizes", SIZES)
def test_the_reference_of_the_mlp_is_its_numerical_gradient(sizes):
    problem = MLPProblem(sizes, 4, "float64")
    p, x, t = problem.parameters, problem.x, problem.t
    _, gradients = mlp_loss(p, x, t)
    for found, expected in zip(gradients, slopes(lambda: mlp_loss(p, x, t)[0], p), strict=True):
        assert np.abs(found - expected).max() < 1e-8


def test_the_reference_of_the_demo_is_its_numerical_gradient():
    problem = DemoProblem((2, 4, 3, 1), 6)
    w, x, t = np.array(problem.parameters), np.array(problem.points), np.array(problem.labels)
    _, gradient = demo_gradient(w, problem.sizes, x, t)
    [expected] = slopes(lambda: demo_gradient(w, problem.sizes, x, t)[0], [w])
    assert np.abs(gradient - expected).max() < 1e-8


def test_the_reference_of_adam_starts_with_steps_of_lr():
    problem = AdamProblem(((3, 2), (4,)), "float64", lr=0.01)
    judge = problem.judge()
    _, first = judge(problem.parameters)
    _, second = judge(first)
    for p, g, after, later in zip(problem.parameters, problem.gradients, first, second, strict=True):
        assert np.allclose(after - p, -0.01 * np.sign(g), rtol=1e-6)  # with g constant, m̂ = g and v̂ = g²
        assert np.allclose(later - p, -0.02 * np.sign(g), rtol=1e-6)


# Right engines pass, wrong ones do not


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("engine", [Limit, Folded, Textbook, Eager, Replayed])
def test_right_mlps_pass(engine, sizes, dtype):
    check(engine(), MLPProblem(sizes, 8, dtype), steps=3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", [OurAdam, TextbookAdam, Flat])
def test_right_adams_pass(engine, dtype):
    check(engine(), AdamProblem(((5, 3), (3,), (3, 2)), dtype), steps=4)


@pytest.mark.parametrize("engine", [scalar.Ours, scalar.Unrolled, scalar.Micrograd])
def test_right_scalars_pass(engine):
    check(engine(), DemoProblem((2, 4, 3, 1), 6), steps=3)


class WrongLoss(Textbook):
    def step(self):
        return super().step() * (1 + 3e-2)


class NoUpdate(Textbook):
    def step(self):
        p, self.p = self.p, [p.copy() for p in self.p]
        loss = super().step()
        self.p = p
        return loss


class OneBiasForgotten(Textbook):
    def step(self):
        b1 = self.p[1].copy()
        loss = super().step()
        self.p[1] = b1
        return loss


class OneEntryOff(Textbook):
    def step(self):
        W1 = self.p[0].copy()
        loss = super().step()
        self.p[0][1, 2] += 0.03 * np.abs(self.p[0] - W1).max()
        return loss


class WrongBatch(Textbook):
    def prepare(self, problem):
        super().prepare(replace(problem, batch=problem.batch - 1))
        self.lr = problem.lr


class Accumulates(Eager):
    def prepare(self, problem):
        super().prepare(problem)
        self.optimizer.zero_grad = lambda: None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "engine", [WrongLoss, NoUpdate, OneBiasForgotten, OneEntryOff, WrongBatch, Accumulates]
)
def test_wrong_engines_do_not_pass(engine, dtype):
    with pytest.raises(ValueError, match=engine.name):
        ready([engine()], MLPProblem((7, 6, 5, 3), 8, dtype))


class NotFinite(Textbook):
    def step(self):
        return super().step() * math.nan


def test_nan_does_not_pass():
    with pytest.raises(ValueError, match="loss of step 0 is nan"):
        check(NotFinite(), MLPProblem((7, 6, 5, 3), 8, "float64"))


class WrongAdam(Flat):
    def step(self):
        super().step()
        self.t = 0  # the correction of the start is never taken back


def test_a_wrong_adam_does_not_pass():
    with pytest.raises(ValueError, match="step 1, parameter 0"):
        check(WrongAdam(), AdamProblem(((3, 2),), "float64"))


def test_timed_engines_keep_their_values():
    problem = MLPProblem((7, 6, 5, 3), 8, "float64")
    engine = Textbook()
    step = ready([engine], problem)[engine.name]
    for _ in range(100):
        step()
    change = [np.abs(p - q).max() for p, q in zip(engine.parameters(), problem.parameters, strict=True)]
    assert 0 < max(change) < 1e-6


@pytest.mark.parametrize("problem", layers.problems(quick=True), ids=lambda problem: problem.name)
def test_layers_are_judged(problem):
    engine = layers.Ours(problem)
    engine.step()
    found, forward = engine.found(), getattr(layers_numpy, problem.kind)

    def judge(found):
        layers_numpy.check(problem.name, forward, problem.values, problem.g, found, problem.dtype)

    judge(found)
    assert set(found) == {"y", *problem.values}
    for part, value in found.items():
        worse = value.copy()
        worse.flat[-1] += 1e-3 * np.abs(value).max()
        with pytest.raises(
            ValueError, match=r"output differs" if part == "y" else f"gradient of {part} is off"
        ):
            judge({**found, part: worse})


# Times and ratios


def made_up(**seconds):
    times = Times(seconds)
    times.seconds = {name: list(values) for name, values in seconds.items()}
    return times


def test_ratios_are_medians_of_rounds_and_not_ratios_of_medians():
    times = made_up(a=[1, 2, 30, 4, 50], b=[1, 1, 10, 4, 5])
    assert times.ratio("a", "b") == Ratio(1.0, 2.0, 3.0)  # of 1, 2, 3, 1 and 10
    assert times.median("a") / times.median("b") == 1.0
    assert times.ratio("b", "b") == Ratio(1.0, 1.0, 1.0)


def test_the_clock_measures_a_longer_step_as_longer():
    clock = Clock(rounds=5, turn=0.002)
    times = clock.measure({"short": lambda: sum(range(100)), "long": lambda: sum(range(10_000))})
    assert times.rounds == 5 and times.ratio("long", "short").median > 10


def test_every_round_holds_every_engine():
    order = []
    turns = {name: lambda name=name: order.append(name) or 1.0 for name in "abc"}
    Clock(rounds=6).sample(turns)
    rounds = [tuple(order[i : i + 3]) for i in range(0, 18, 3)]
    assert all(sorted(names) == ["a", "b", "c"] for names in rounds) and len(set(rounds)) > 1


def stops_after(n):
    """A turn that is interrupted, as by Ctrl-C, when it was called n times."""
    calls = iter(range(n))

    def turn():
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return 1.0

    return turn


def test_an_interrupt_keeps_the_whole_rounds_and_stops_what_follows():
    clock = Clock(rounds=9)
    times = clock.sample({"a": lambda: 1.0, "b": stops_after(3)})
    assert times.rounds == len(times.seconds["a"]) == 3 and clock.interrupted
    with pytest.raises(KeyboardInterrupt):
        clock.sample({"a": lambda: 1.0})
    with pytest.raises(KeyboardInterrupt):  # not a single whole round
        Clock().sample({"a": stops_after(0)})


def test_an_interrupted_run_prints_what_is_there(monkeypatch, capsys):
    sample = Clock.sample

    def sample_once(clock, turns, label=""):
        times = sample(clock, turns, label)
        clock.interrupted = True
        return times

    monkeypatch.setattr(Clock, "sample", sample_once)
    assert main(["--quick", "--only", "imports,adam"]) == 130
    out = capsys.readouterr().out
    assert "Import beyond numpy" in out and "Interrupted" in out and "Adam" not in out


def test_numbers_are_legible():
    assert [str(Seconds(x)) for x in (2.5, 0.0123, 1.234e-6)] == ["2.50 s", "12.3 ms", "1.23 µs"]
    table = Table("T", "note")
    table.put("a", time=Seconds(0.5), ratio=Ratio(0.5, 1.0, 1234.0))
    table.put("b", time="not installed")
    assert table.lines(markdown=True) == [
        "### T", "",
        "|   |          time |               ratio |",
        "| - | ------------: | ------------------: |",
        "| a |        500 ms | 1.00 [0.500, 1,234] |",
        "| b | not installed |                   – |",
        "", "note", "",
    ]  # fmt: skip


def test_goals_are_met_or_not():
    report = Report()
    report.goal("a", 1.05, at_most=1.05)
    report.goal("b", 1.06, at_most=1.05)
    report.goal("c", 5.9, at_least=6)
    report.goal("d", math.nan, at_most=1)
    assert [row["met"] for row in report.goals_table().cells.values()] == ["yes", "NO", "NO", "NO"]


# Every section runs


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_runs_without_its_peers(section, no_peers, capsys, tmp_path):
    path = tmp_path / "out.json"
    assert main(["--quick", "--only", section, "--json", str(path)]) == 0
    out = capsys.readouterr().out
    measured = out.split("\n", 1)[1]  # the first line tells the versions
    assert ("not installed" in measured) == (section in ("scalar", "mlp", "adam", "layers"))
    content = json.loads(path.read_text("utf-8"))
    assert content["tables"] and all(content["tables"].values()) and "numpy" in content["machine"]


def test_one_thread_is_set_before_numpy_is_imported():
    code = "import benchmarks, os, sys; print('numpy' in sys.modules, os.environ['OPENBLAS_NUM_THREADS'])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "1"]


@pytest.mark.parametrize("arguments", [["--only", "mpl"], ["--rounds", "0"], ["--rounds", "x"]])
def test_wrong_arguments_are_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert repr(arguments[-1]) in capsys.readouterr().err


# Growth


def test_exponents_are_fitted():
    x = [1, 10, 100, 1000]
    exponent, r2 = growth_table.fit(x, [3 * n**1.5 for n in x])
    assert abs(exponent - 1.5) < 1e-12 and abs(r2 - 1) < 1e-12
    assert growth_table.fit(x, [1, 10, 100, 10])[1] < 0.6
    assert abs(growth_table.reaches([1, 2, 4, 8], [5, 5, 20, 80], 2) - 2 * 2**0.5) < 1e-12
    assert math.isnan(growth_table.reaches([1, 2], [5, 6], 2))


@pytest.mark.parametrize("name", growth.GRAPHS)
def test_graphs_have_the_size_they_say(name):
    root = growth.GRAPHS[name](100)
    nodes, open_nodes = {root}, [root]
    while open_nodes:
        new = set(open_nodes.pop()._parents) - nodes
        nodes |= new
        open_nodes += new
    assert sum(bool(node._parents) for node in nodes) == 100


def test_growth_runs_and_draws(tmp_path, capsys):
    path = tmp_path / "growth.png"
    growth.main(["--quick", "--picture", str(path)])
    assert "Backward pass: Tensor, random graph" in capsys.readouterr().out
    assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size < 150_000
