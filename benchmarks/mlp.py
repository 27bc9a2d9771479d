"""Section "mlp": one step (forward, backward, SGD) of a multilayer perceptron, by all engines."""

from importlib import import_module
from importlib.util import find_spec

from benchmarks.engines import ready
from benchmarks.engines_folded import Folded
from benchmarks.engines_numpy import Limit, Textbook
from benchmarks.engines_ours import Eager, Replayed
from benchmarks.problems import MLPProblem
from benchmarks.tables import Seconds

LIMIT, TEXTBOOK, EAGER, REPLAYED = Limit.name, Textbook.name, Eager.name, Replayed.name
LEANEST = "torch, leanest form"
PEERS = [
    ("torch nn + SGD", "torch", "TorchModule"),
    (LEANEST, "torch", "TorchLean"),
    ("JAX, jit", "jax", "Jax"),
    ("HIPS autograd", "autograd", "Autograd"),
]
WORK = [
    ((2, 16, 16, 1), 32),
    ((64, 128, 128, 10), 64),
    ((784, 256, 128, 10), 128),
    ((784, 1024, 1024, 10), 256),
]
QUICK_WORK = [((2, 4, 3, 1), 5), ((6, 5, 4, 3), 7)]
MOST_OF_TEXTBOOK = (0.75, 1.0, 1.05, 1.05)  # the goals for eager, one for each size


def engines():
    """One of each that is installed, and the names of those that are not."""
    peers = [(name, getattr(import_module(f"benchmarks.engines_{module}"), kind))
             for name, module, kind in PEERS if find_spec(module)]  # fmt: skip
    missing = [name for name, module, _ in PEERS if not find_spec(module)]
    return [Limit(), Folded(), Textbook(), Eager(), Replayed(), *(kind() for _, kind in peers)], missing


def run(clock, report):
    for place, (sizes, batch) in enumerate(QUICK_WORK if clock.quick else WORK):
        name = f"{'-'.join(map(str, sizes))}, batch {batch}"
        table = report.table(
            f"MLP step {name}", "÷: median over the rounds of the ratio of times [quartiles]."
        )
        for dtype in clock.each(("float64", "float32")):
            running, missing = engines()
            steps = ready(running, MLPProblem(sizes, batch, dtype))
            times = clock.measure(steps, f"MLP {name} {dtype}")
            report.keep(f"MLP {name} {dtype}", times)
            for engine in steps:
                table.put(engine, **_cells(times, engine, dtype))
            for engine in missing:
                table.put(engine, **{dtype: "not installed"})
            _goals(report, times, place, f"at {name}, {dtype}")


def _cells(times, engine, dtype):
    return {
        dtype: Seconds(times.median(engine)),
        f"{dtype} ÷ LIMIT": times.ratio(engine, LIMIT),
        f"{dtype} ÷ textbook": times.ratio(engine, TEXTBOOK),
    }


def _goals(report, times, place, where):
    eager = times.ratio(EAGER, TEXTBOOK).median
    report.goal(f"eager ÷ textbook {where}", eager, at_most=MOST_OF_TEXTBOOK[place])
    report.goal(f"replayed ÷ LIMIT {where}", times.ratio(REPLAYED, LIMIT).median, at_most=1.05)
    if LEANEST not in times.seconds:
        return
    if place == 0:
        report.goal(f"leanest torch ÷ eager {where}", times.ratio(LEANEST, EAGER).median, at_least=5)
    if place == len(WORK) - 1:
        report.goal(f"eager ÷ leanest torch {where}", times.ratio(EAGER, LEANEST).median, at_most=1.4)
