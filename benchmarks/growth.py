"""How cost grows: a backward pass with the nodes of its graph, a step of an MLP with width and batch.

    python -m benchmarks.growth

prints one table and draws benchmarks/growth.png.
"""

import argparse
import random
import time
import tracemalloc
from pathlib import Path

from tqdm import tqdm

from backprop_lib import Scalar, Tensor
from benchmarks.__main__ import positive
from benchmarks.engines import ready
from benchmarks.engines_numpy import Limit, Textbook
from benchmarks.engines_ours import Eager, Replayed
from benchmarks.growth_picture import draw
from benchmarks.growth_table import Panel, table_of
from benchmarks.memory import chain
from benchmarks.problems import MLPProblem
from benchmarks.tables import machine
from benchmarks.timing import Clock

NODES = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
WIDTHS = [16, 32, 64, 128, 256, 512, 1024, 2048]
BATCHES = [1, 4, 16, 64, 256, 1024]


def random_graph(kind, n):
    """n results: each mean is of the last one and of any before it, so that all lead to the last.

    A mean of two passes half of its gradient to each, so neither values nor gradients grow or vanish.
    """
    pick, half = random.Random(0).randrange, kind(0.5)
    means = [kind(1.0), kind(-1.0)]
    for _ in range(n // 2):
        means.append((means[-1] + means[pick(len(means))]) * half)
    return means[-1]


GRAPHS = {
    f"{kind.__name__}, {name}": (lambda n, make=make, kind=kind: make(kind, n))
    for kind in (Scalar, Tensor)
    for name, make in (("chain", chain), ("random graph", random_graph))
}


def backward_seconds(make):
    root = make()
    start = time.perf_counter()
    root.backward()
    return time.perf_counter() - start


def peak_bytes(make):
    """Of graph and backward pass together."""
    tracemalloc.start()
    make().backward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def graphs(clock, seconds, memory):
    """Fill two panels, point by point."""
    for n in seconds.wanted:
        turns = {
            name: lambda n=n, make=make: backward_seconds(lambda: make(n)) for name, make in GRAPHS.items()
        }
        times = clock.sample(turns, f"{n:,} nodes")
        peaks = {}
        for name, make in tqdm(GRAPHS.items(), f"{n:,} nodes, memory", leave=False, disable=None):
            peaks[name] = peak_bytes(lambda n=n, make=make: make(n))
        seconds.add(n, {name: times.median(name) for name in GRAPHS})
        memory.add(n, peaks)


def mlp(clock, panel, problem_of):
    """Fill a panel with the step of each engine. problem_of: a function of x."""
    for x in panel.wanted:
        steps = ready([Limit(), Textbook(), Eager(), Replayed()], problem_of(x))
        times = clock.measure(steps, f"{panel.title}, {x}")
        panel.add(x, {name: times.median(name) for name in steps})


def panels_of(quick):
    nodes, widths, batches = (NODES[:3], [4, 8, 16], [1, 2, 4]) if quick else (NODES, WIDTHS, BATCHES)
    return [
        Panel("Backward pass", "results in the graph", "seconds", nodes),
        Panel("Graph and backward pass", "results in the graph", "bytes", nodes),
        Panel("MLP step 64-w-w-10, batch 64", "width w", "seconds", widths),
        Panel("MLP step 64-128-128-10, batch n", "batch n", "seconds", batches),
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--markdown", action="store_true", help="the table in Markdown")
    parser.add_argument(
        "--picture", type=Path, default=Path(__file__).with_name("growth.png"), metavar="FILE"
    )
    options = parser.parse_args(arguments)
    clock, panels = Clock(options.rounds, quick=options.quick), panels_of(options.quick)
    seconds, memory, by_width, by_batch = panels
    try:
        graphs(clock, seconds, memory)
        mlp(clock, by_width, lambda w: MLPProblem((64, w, w, 10), 64, "float64"))
        mlp(clock, by_batch, lambda n: MLPProblem((64, 128, 128, 10), n, "float64"))
        draw(panels, options.picture)
    except KeyboardInterrupt:
        print("Interrupted: what stands here was measured before; no picture is drawn.\n")
    print("\n".join(table_of(panels).lines(options.markdown)), machine(), sep="\n")


if __name__ == "__main__":
    main()
