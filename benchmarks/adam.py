"""Section "adam": a step of Adam alone, 17 thousand parameters in 10 arrays, and 1.9 million in 6."""

from importlib import import_module
from importlib.util import find_spec

import numpy as np

from backprop_lib import Tensor, optim
from benchmarks.engines import Engine, ready
from benchmarks.engines_numpy import laid_out
from benchmarks.problems import AdamProblem
from benchmarks.tables import Seconds

SMALL = ((64, 80), (80,), (80, 64), (64,), (64, 64), (64,), (64, 32), (32,), (32, 10), (10,))
LARGE = ((784, 1024), (1024,), (1024, 1024), (1024,), (1024, 10), (10,))
TORCH = {
    "torch, for loop": {"foreach": False},
    "torch, foreach": {"foreach": True},
    "torch, fused": {"fused": True},
}


class Ours(Engine):
    name = "ours"

    def prepare(self, problem):
        self.p = [Tensor(p) for p in problem.parameters]
        self.step = optim.Adam(self.p, problem.lr, problem.betas, eps=problem.eps).step
        for p, g in zip(self.p, problem.gradients, strict=True):
            (p * g).sum().backward()  # as in training: a gradient that backward() has put in its place

    def parameters(self):
        return [p.data for p in self.p]


class Textbook(Engine):
    """The formula, for one array after the other."""

    name = "textbook numpy"

    def prepare(self, problem):
        self.p, self.gradients = [p.copy() for p in problem.parameters], problem.gradients
        self.m, self.v = ([np.zeros_like(p) for p in self.p] for _ in range(2))
        self.t, self.lr, self.betas, self.eps = 0, problem.lr, problem.betas, problem.eps

    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for i, g in enumerate(self.gradients):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g**2
            m_hat = self.m[i] / (1 - b1**self.t)
            v_hat = self.v[i] / (1 - b2**self.t)
            self.p[i] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)

    def parameters(self):
        return self.p


class Flat(Engine):
    """All parameters in one array, and no array allocated."""

    name = "flat, in place"

    def prepare(self, problem):
        self.w, self.p = laid_out(problem.parameters)
        self.g, _ = laid_out(problem.gradients)
        self.m, self.v, self.s = np.zeros_like(self.w), np.zeros_like(self.w), np.empty_like(self.w)
        self.t, self.lr, self.betas, self.eps = 0, problem.lr, problem.betas, problem.eps

    def step(self):
        self.t += 1
        w, g, m, v, s, (b1, b2) = self.w, self.g, self.m, self.v, self.s, self.betas
        root = (1 - b2**self.t) ** 0.5
        np.multiply(m, b1, m)  # m ← β₁m + (1 − β₁)g
        np.multiply(g, 1 - b1, s)
        np.add(m, s, m)
        np.multiply(v, b2, v)  # v ← β₂v + (1 − β₂)g²
        np.multiply(g, g, s)
        np.multiply(s, 1 - b2, s)
        np.add(v, s, v)
        np.sqrt(v, s)  # w ← w − lr·m̂ / (√v̂ + ε), both corrections in the scalars
        np.add(s, self.eps * root, s)
        np.divide(m, s, s)
        np.multiply(s, self.lr * root / (1 - b1**self.t), s)
        np.subtract(w, s, w)

    def parameters(self):
        return self.p


class Torch(Engine):
    needs = "torch"

    def __init__(self, name):
        self.name = name

    def prepare(self, problem):
        torch = import_module("torch")
        torch.set_num_threads(1)
        self.p = [torch.tensor(p, requires_grad=True) for p in problem.parameters]
        for p, g in zip(self.p, problem.gradients, strict=True):
            p.grad = torch.tensor(g)
        options = {"lr": problem.lr, "betas": problem.betas, "eps": problem.eps, **TORCH[self.name]}
        self.step = torch.optim.Adam(self.p, **options).step

    def parameters(self):
        return [p.detach().numpy() for p in self.p]


def run(clock, report):
    work = {"17k in 10 arrays": SMALL, "1.86M in 6 arrays": LARGE}
    if clock.quick:
        work = {"small": ((3, 2), (2,))}
    for place, (name, shapes) in enumerate(work.items()):
        table = report.table(f"Adam step alone, {name}")
        for dtype in clock.each(("float64", "float32")):
            engines = [Ours(), Flat(), Textbook(), *map(Torch, TORCH)]
            label = f"Adam {name} {dtype}"
            times = clock.measure(ready(engines, AdamProblem(shapes, dtype)), label)
            report.keep(label, times)
            for engine in times.seconds:
                table.put(
                    engine,
                    **{
                        dtype: Seconds(times.median(engine)),
                        f"{dtype} ÷ ours": times.ratio(engine, Ours.name),
                    },
                )
            if not find_spec("torch"):
                table.put("torch", **{dtype: "not installed"})
            elif place == 0:
                reached = times.ratio("torch, foreach", Ours.name).median
                report.goal(f"Adam, {name}: torch foreach ÷ ours, {dtype}", reached, at_least=6)
