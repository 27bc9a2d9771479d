"""PyTorch's layers with the weights of ours."""

import numpy as np
import torch
from torch.nn import functional as F

torch.set_num_threads(1)

NORM = {"gamma": "weight", "beta": "bias"}
RECURRENT = {
    "cell.W": "weight_ih_l0",
    "cell.U": "weight_hh_l0",
    "cell.b": "bias_ih_l0",
    "cell.c": "bias_hh_l0",
}
ATTENTION = {
    "qkv.W": "in_proj_weight",
    "qkv.b": "in_proj_bias",
    "out.W": "out_proj.weight",
    "out.b": "out_proj.bias",
}
NAMES = {  # our name of a parameter -> PyTorch's
    "conv": {"W": "weight", "b": "bias"},
    "batch_norm": NORM,
    "layer_norm": NORM,
    "lstm": RECURRENT,
    "gru": RECURRENT,
    "attention": ATTENTION,
    "block": {f"attention.{ours}": f"self_attn.{theirs}" for ours, theirs in ATTENTION.items()}
    | {f"norm{i}.{ours}": f"norm{i}.{theirs}" for i in (1, 2) for ours, theirs in NORM.items()}
    | {f"mlp.layers.{i}.W": f"linear{i + 1}.weight" for i in (0, 1)}
    | {f"mlp.layers.{i}.b": f"linear{i + 1}.bias" for i in (0, 1)},
}


class TorchLayer:
    def __init__(self, problem):
        dtype = getattr(torch, problem.dtype)
        self.module, self.call = MAKERS[problem.kind](problem, dtype)
        own = dict(self.module.named_parameters())
        self.p = {ours: own[NAMES[problem.kind][ours]] for ours in problem.values if ours != "x"}
        for ours, p in self.p.items():
            value = problem.values[ours]  # of two axes: a matrix of ours is PyTorch's transposed
            p.data = torch.tensor(np.ascontiguousarray(value.T) if value.ndim == 2 else value)
        if problem.kind == "lstm":
            self.module.bias_hh_l0.data.zero_()
        self.x = torch.tensor(problem.values["x"], requires_grad=True)
        self.g = torch.tensor(problem.g)

    def step(self):
        self.x.grad = None
        self.module.zero_grad()
        self.y = self.call(self.x)
        self.y.backward(self.g)

    def found(self):
        gradients = {ours: p.grad.numpy() for ours, p in self.p.items()}
        gradients = {ours: g.T if g.ndim == 2 else g for ours, g in gradients.items()}
        return {"y": self.y.detach().numpy(), "x": self.x.grad.numpy(), **gradients}


def conv(problem, dtype):
    n_out, n_in, *size = problem.values["W"].shape
    module = torch.nn.Conv2d(n_in, n_out, size, padding=1, dtype=dtype)
    return module, module


def batch_norm(problem, dtype):
    kind = torch.nn.BatchNorm1d if len(problem.shape) == 2 else torch.nn.BatchNorm2d
    module = kind(problem.shape[1], dtype=dtype)
    return module, module


def layer_norm(problem, dtype):
    module = torch.nn.LayerNorm(problem.shape[-1], dtype=dtype)
    return module, module


def recurrent(problem, dtype):
    kind = getattr(torch.nn, problem.kind.upper())
    module = kind(problem.shape[-1], len(problem.values["cell.U"]), batch_first=True, dtype=dtype)
    return module, lambda x: module(x)[0]


def attention(problem, dtype):
    _, T, d = problem.shape
    module = torch.nn.MultiheadAttention(d, 4, batch_first=True, dtype=dtype)
    hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
    return module, lambda x: module(x, x, x, attn_mask=hidden, is_causal=True, need_weights=False)[0]


def block(problem, dtype):
    _, T, d = problem.shape
    module = torch.nn.TransformerEncoderLayer(
        d, 4, 4 * d, dropout=0.0, activation=lambda z: F.gelu(z, approximate="tanh"),
        batch_first=True, norm_first=True, dtype=dtype,
    )  # fmt: skip
    hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
    return module, lambda x: module(x, src_mask=hidden, is_causal=True)


MAKERS = {
    "conv": conv,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "lstm": recurrent,
    "gru": recurrent,
    "attention": attention,
    "block": block,
}
