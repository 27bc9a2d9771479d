"""Section "memory": what one step of an MLP allocates, and what a node of a graph takes. By tracemalloc."""

import tracemalloc

import numpy as np

from backprop_lib import Scalar, Tensor
from benchmarks.engines import TIMED_LR, check
from benchmarks.engines_numpy import Limit, Textbook
from benchmarks.engines_ours import Eager, Replayed
from benchmarks.problems import MLPProblem


def step_memory(engine, problem):
    """(bytes held between steps, bytes that a step takes more than that at its peak)."""
    tracemalloc.start()
    engine.prepare(problem)
    engine.step()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    engine.step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held, peak - held


def graph_memory(make):
    """Bytes that stay allocated while what make() returns is alive."""
    make()
    tracemalloc.start()
    result = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return size


def chain(kind, n):
    """y = x + x + … + x, n additions."""
    x = y = kind(1.0)
    for _ in range(n):
        y = y + x
    return y


def run(clock, report):
    sizes, batch = ((6, 5, 4, 3), 7) if clock.quick else ((784, 256, 128, 10), 128)
    table = report.table(
        f"Memory of an MLP step {'-'.join(map(str, sizes))}, batch {batch}, in KiB",
        "Held: what stays between steps, parameters, gradients and buffers, without the given data. "
        "Step: what a step takes more at its peak.",
    )
    for dtype in ("float64", "float32"):
        problem, peaks = MLPProblem(sizes, batch, dtype, lr=TIMED_LR), {}
        for engine in (Limit(), Textbook(), Eager(), Replayed()):
            check(engine, problem)
            held, peaks[engine.name] = step_memory(engine, problem)
            table.put(
                engine.name, **{f"held, {dtype}": held / 1024, f"step, {dtype}": peaks[engine.name] / 1024}
            )
        for name, peak in peaks.items():
            table.put(name, **{f"step ÷ textbook, {dtype}": peak / peaks[Textbook.name]})
    n = 1_000 if clock.quick else 100_000
    nodes = report.table(f"Memory of a graph of {n:,} results, bytes a node")
    nodes.put("Scalar", **{"bytes a node": graph_memory(lambda: chain(Scalar, n)) / n})
    nodes.put("Tensor, one number each", **{"bytes a node": graph_memory(lambda: chain(Tensor, n)) / n})
    array = np.ones((32, 16))
    more = graph_memory(lambda: chain(lambda _: Tensor(array), n // 100)) / (n // 100)
    nodes.put("Tensor, 32×16 (4,096 of them the array)", **{"bytes a node": more})
