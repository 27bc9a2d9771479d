"""Section "scalar": engines of single numbers: time, memory, and chains that are too long to recurse."""

import tracemalloc
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

from backprop_lib import Scalar
from backprop_lib.unrolled import unroll
from benchmarks.engines import TIMED_LR, Engine, installed, ready
from benchmarks.micrograd_demo import DemoProblem, demo_loss
from benchmarks.tables import Seconds
from benchmarks.timing import Clock

CHAIN = 100_000


class Graph(Engine):
    """A step that builds its graph anew, as both classes are used. number: the class of its nodes."""

    def prepare(self, problem):
        self.problem = problem
        self.w = [self.number(w.item()) for w in problem.parameters]

    def step(self):
        for w in self.w:
            w.grad = 0.0
        loss = demo_loss(self.w, self.problem)
        loss.backward()
        for w in self.w:
            w.data -= self.problem.lr * w.grad
        return loss.data

    def parameters(self):
        return [w.data for w in self.w]

    def chain(self, n):
        """A function that differentiates x + x + … + x, n additions, and returns the gradient of x."""

        def step():
            x = y = self.number(1.0)
            for _ in range(n):
                y = y + x
            y.backward()
            return x.grad

        return step

    def bytes_a_node(self, problem):
        """Of the graph alone: what is alive after the forward pass, for each node of it."""
        self.prepare(problem)
        demo_loss(self.w, problem)
        tracemalloc.start()
        loss = demo_loss(self.w, problem)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size / (count_nodes(loss) - len(self.w))


class Ours(Graph):
    name, number = "ours, Scalar", Scalar


class Micrograd(Graph):
    name, needs = "micrograd", "micrograd"

    @property
    def number(self):
        return import_module("micrograd.engine").Value


class Unrolled(Engine):
    """The same graph, once turned into straight-line Python."""

    name = "ours, Scalar unrolled"

    def prepare(self, problem):
        self.w, self.lr = [w.item() for w in problem.parameters], problem.lr
        leaves = [Scalar(w) for w in self.w]
        self.program = unroll(demo_loss(leaves, problem), leaves)

    def step(self):
        loss, gradients = self.program(self.w)
        self.w = [w - self.lr * g for w, g in zip(self.w, gradients, strict=True)]
        return loss

    def parameters(self):
        return self.w

    def chain(self, n):
        x = y = Scalar(1.0)
        for _ in range(n):
            y = y + x
        program = unroll(y, [x])
        return lambda: program([1.0])[1][0]

    def bytes_a_node(self, problem):
        """Of the numbers that one run of the program holds at its peak."""
        self.prepare(problem)
        n = self.program.source.count("\n    v")
        self.step()
        tracemalloc.start()
        self.step()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak / n


def count_nodes(root):
    """How many nodes root is made of, itself and leaves included; for Scalar and micrograd's Value."""
    found, open_nodes = {root}, [root]
    while open_nodes:
        node = open_nodes.pop()
        new = set(node._parents if isinstance(node, Scalar) else node._prev) - found
        found |= new
        open_nodes += new
    return len(found)


def run(clock, report):
    problem = DemoProblem((2, 4, 4, 1), 5) if clock.quick else DemoProblem()
    engines = [Ours(), Unrolled(), Micrograd()]
    table = report.table(
        f"Scalars: step of micrograd's demo, {'-'.join(map(str, problem.sizes))}, {problem.n_points} points",
        "Garbage collection is on, as it is for a user. Bytes a node: the graph after the forward pass; of the "
        "unrolled program all that a run holds.",
    )
    times = clock.measure(ready(engines, problem), "scalars")
    report.keep("scalars", times)
    base = Micrograd.name if installed(engines[2]) else Ours.name
    chains = _chains(engines, 1_000 if clock.quick else CHAIN, clock)
    for engine in engines:
        if not installed(engine):
            table.put(engine.name, step="not installed")
            continue
        table.put(engine.name, step=Seconds(times.median(engine.name)))
        table.put(engine.name, **{f"{base} ÷ it": times.ratio(base, engine.name)})
        table.put(engine.name, **{"bytes a node": engine.bytes_a_node(replace(problem, lr=TIMED_LR))})
        table.put(engine.name, **{f"chain of {len(chains):,}": chains[engine.name]})


class Chains(dict):
    """Results by engine; its length is that of the chain."""

    n = 0

    def __len__(self):
        return self.n


def _chains(engines, n, clock):
    chains, slow = Chains(), Clock(min(clock.rounds, 5), clock.turn)
    chains.n = n
    for engine in filter(installed, engines):
        try:
            step = engine.chain(n)
            if step() != n + 1:
                raise ValueError(f"{engine.name}: the gradient of a chain of {n:,} additions is not {n + 1:,}")
            chains[engine.name] = Seconds(slow.measure({"": step}).median(""))
        except RecursionError:
            chains[engine.name] = "RecursionError"
    return chains


__all__ = ["find_spec", "run"]
