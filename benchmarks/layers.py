"""Section "layers": forward and backward pass of layers at the sizes of the course, ours and PyTorch's."""

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from backprop_lib import Tensor, nn
from benchmarks import layers_numpy
from benchmarks.tables import Seconds

OURS, TORCH = "ours", "torch"


@dataclass
class LayerProblem:
    """make: a function of dtype that gives our layer. kind: the name of its forms in PyTorch and by hand."""

    name: str
    kind: str
    shape: tuple
    make: object
    dtype: str = "float64"
    values: dict = field(init=False, repr=False)
    g: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        rng = np.random.default_rng(0)
        named = self.make(self.dtype).named_parameters()
        shapes = {"x": self.shape, **{name: p.shape for name, p in named if p.requires_grad}}
        scales = {
            name: np.prod(shape[:-1]) ** -0.5 if name[-1] in "WU" else 1 for name, shape in shapes.items()
        }
        values = {name: rng.normal(size=shape) * scales[name] for name, shape in shapes.items()}
        self.values = {name: value.astype(self.dtype) for name, value in values.items()}
        self.g = rng.normal(size=self.forward(self.values).shape).astype(self.dtype)

    def forward(self, values):
        return getattr(layers_numpy, self.kind)(values["x"], values)


class Ours:
    def __init__(self, problem):
        self.layer, self.g = problem.make(problem.dtype), problem.g
        self.x = Tensor(problem.values["x"])
        self.p = {name: p for name, p in self.layer.named_parameters() if p.requires_grad}
        for name, p in self.p.items():
            p.data = problem.values[name]

    def step(self):
        self.x.grad = None
        self.layer.zero_grad()
        y = self.layer(self.x)
        self.y = y[0] if isinstance(y, tuple) else y
        self.y.backward(self.g)

    def found(self):
        return {"y": self.y.data, "x": self.x.grad, **{name: p.grad for name, p in self.p.items()}}


def run(clock, report):
    table = report.table(
        "Layers: forward and backward with a random upstream gradient",
        "Gradients of x and of all parameters. PyTorch's LSTM has a second bias, always zero here.",
    )
    for problem in problems(clock.quick):
        for dtype in clock.each(("float64", "float32")):
            _compare(
                clock,
                report,
                table,
                LayerProblem(problem.name, problem.kind, problem.shape, problem.make, dtype),
            )


def _compare(clock, report, table, problem):
    engines = {OURS: Ours(problem)}
    if find_spec("torch"):
        engines[TORCH] = import_module("benchmarks.layers_torch").TorchLayer(problem)
    for name, engine in engines.items():
        for _ in range(2):  # the second time with gradients to forget
            engine.step()
        what = f"{name}, {problem.name}, {problem.dtype}"
        forward = getattr(layers_numpy, problem.kind)
        layers_numpy.check(what, forward, problem.values, problem.g, engine.found(), problem.dtype)
    label, dtype = f"{problem.name}, {problem.dtype}", problem.dtype
    times = clock.measure({name: engine.step for name, engine in engines.items()}, label)
    report.keep(label, times)
    table.put(problem.name, **{f"{OURS}, {dtype}": Seconds(times.median(OURS))})
    if TORCH not in engines:
        table.put(problem.name, **{f"{TORCH}, {dtype}": "not installed"})
        return
    ratio = times.ratio(OURS, TORCH)
    table.put(problem.name, **{f"{TORCH}, {dtype}": Seconds(times.median(TORCH)), f"÷ torch, {dtype}": ratio})
    report.goal(f"ours ÷ torch, {label}", ratio.median, at_most=1.5)


def problems(quick):
    """The layers at the sizes of the course; quick: tiny ones."""
    N, C, C_out, S, B, D, T, H, d = (
        (2, 3, 2, 5, 6, 4, 3, 5, 8) if quick else (32, 8, 16, 8, 64, 128, 16, 64, 64)
    )
    rows, D_in = (7, 3) if quick else (512, 32)
    attention_N, attention_T = (2, 3) if quick else (16, 32)

    def problem(name, kind, shape, make):
        return LayerProblem(f"{name} {'×'.join(map(str, shape))}", kind, shape, make)

    return [
        problem(f"conv to {C_out}, 3×3", "conv", (N, C, S, S), 
                lambda t: nn.Conv2d(C, C_out, 3, padding=1, rng=0, dtype=t)),
        problem("batch norm", "batch_norm", (B, D), lambda t: nn.BatchNorm(D, dtype=t)),
        problem("batch norm", "batch_norm", (N, 2 * C, S, S), lambda t: nn.BatchNorm(2 * C, dtype=t)),
        problem("layer norm", "layer_norm", (rows, d), lambda t: nn.LayerNorm(d, dtype=t)),
        problem(f"LSTM to {H}", "lstm", (N, T, D_in), lambda t: nn.LSTM(D_in, H, rng=0, dtype=t)),
        problem(f"GRU to {H}", "gru", (N, T, D_in), lambda t: nn.GRU(D_in, H, rng=0, dtype=t)),
        problem("attention, 4 heads", "attention", (attention_N, attention_T, d),
                lambda t: nn.MultiHeadAttention(d, 4, rng=0, causal=True, dtype=t)),
        problem("transformer block", "block", (attention_N, attention_T, d),
                lambda t: nn.TransformerBlock(d, 4, rng=0, causal=True, dtype=t)),
    ]  # fmt: skip
