"""How cost grows: a backward pass with the nodes of its graph, a step of an MLP with width and batch.

    python -m benchmarks.growth

prints one table and draws benchmarks/growth.png.
"""

import argparse
import random
import time
import tracemalloc
from pathlib import Path

from backprop_lib import Scalar, Tensor
from benchmarks.engines import ready
from benchmarks.engines_numpy import Limit, Textbook
from benchmarks.engines_ours import Eager, Replayed
from benchmarks.growth_picture import draw
from benchmarks.growth_table import table_of
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


def graphs(clock, sizes):
    """({name: seconds at each size}, {name: bytes at each size})"""
    seconds, memory = ({name: [] for name in GRAPHS} for _ in range(2))
    for n in sizes:
        turns = {
            name: lambda n=n, make=make: backward_seconds(lambda: make(n)) for name, make in GRAPHS.items()
        }
        times = clock.sample(turns, f"{n:,} nodes")
        for name, make in GRAPHS.items():
            seconds[name].append(times.median(name))
            memory[name].append(peak_bytes(lambda n=n, make=make: make(n)))
    return seconds, memory


def mlp(clock, problems):
    """{engine: seconds of a step for each problem}"""
    seconds = {}
    for problem in problems:
        times = clock.measure(ready([Limit(), Textbook(), Eager(), Replayed()], problem), str(problem.sizes))
        for name in times.seconds:
            seconds.setdefault(name, []).append(times.median(name))
    return seconds


def measure(clock):
    """All four panels: {title: (name of x, name of y, values of x, {series: values of y})}."""
    nodes, widths, batches = (NODES[:3], [4, 8, 16], [1, 2, 4]) if clock.quick else (NODES, WIDTHS, BATCHES)
    seconds, memory = graphs(clock, nodes)
    by_width = mlp(clock, [MLPProblem((64, w, w, 10), 64, "float64") for w in widths])
    by_batch = mlp(clock, [MLPProblem((64, 128, 128, 10), n, "float64") for n in batches])
    return {
        "Backward pass": ("results in the graph", "seconds", nodes, seconds),
        "Graph and backward pass": ("results in the graph", "bytes", nodes, memory),
        "MLP step 64-w-w-10, batch 64": ("width w", "seconds", widths, by_width),
        "MLP step 64-128-128-10, batch n": ("batch n", "seconds", batches, by_batch),
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--markdown", action="store_true", help="the table in Markdown")
    parser.add_argument(
        "--picture", type=Path, default=Path(__file__).with_name("growth.png"), metavar="FILE"
    )
    options = parser.parse_args(arguments)
    panels = measure(Clock(options.rounds, quick=options.quick))
    print("\n".join(table_of(panels).lines(options.markdown)), machine(), sep="\n")
    draw(panels, options.picture)


if __name__ == "__main__":
    main()
