"""Section "scalar": engines of single numbers: time, memory, and chains that are too long to recurse."""

import tracemalloc
from dataclasses import replace
from importlib import import_module

from backprop_lib import Scalar
from backprop_lib.unrolled import unroll
from benchmarks.engines import TIMED_LR, Engine, installed, ready
from benchmarks.micrograd_demo import DemoProblem, demo_loss
from benchmarks.tables import Seconds

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
    n = 1_000 if clock.quick else CHAIN
    engines = [Ours(), Unrolled(), Micrograd()]
    sizes = "-".join(map(str, problem.sizes))
    table = report.table(
        f"Scalars: a step of micrograd's demo, {sizes}, {problem.n_points} points",
        "Garbage collection is on, as it is for a user. Bytes a node: what the graph takes after the forward "
        "pass; for the unrolled program all that a run of it holds.",
    )
    times = clock.measure(ready(engines, problem), "scalars")
    report.keep("scalars", times)
    base = Micrograd.name if Micrograd.name in times.seconds else Ours.name
    for engine in engines:
        name = engine.name
        if not installed(engine):
            table.put(name, step="not installed")
            continue
        table.put(name, step=Seconds(times.median(name)), **{f"{base} ÷ it": times.ratio(base, name)})
        table.put(name, **{"bytes a node": engine.bytes_a_node(replace(problem, lr=TIMED_LR))})
        table.put(name, **{f"chain of {n:,}": chain_time(engine, n, clock)})


def chain_time(engine, n, clock):
    """Seconds for a chain of n additions, forward and backward, or that it cannot."""
    try:
        step = engine.chain(n)
        found = step()
    except RecursionError:
        return "RecursionError"
    if found != n + 1:
        raise ValueError(f"{engine.name}: the gradient of {n:,} additions is {found}, expected {n + 1}")
    return Seconds(clock.measure({engine.name: step}, f"chain, {engine.name}").median(engine.name))
