"""The same random programs (random_graphs.py) for several engines: name of the op -> function."""

from backprop_lib import Scalar, ops

SCALAR = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: x**y,
    "square": lambda x: x**2,
    "power": lambda x: x**-1.5,
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "tanh": lambda x: x.tanh(),
    "relu": lambda x: x.relu(),
    "sigmoid": lambda x: x.sigmoid(),
}


def scalar_leaves(program):
    return [Scalar(leaf) for leaf in program.leaves]


TENSOR = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul_tanh": lambda x, y: (x * y).tanh(),
    "div": lambda x, y: x / (y.softplus() + 1),
    "pow": lambda x, y: x.sigmoid() ** y.tanh(),
    "maximum": ops.maximum,
    "neg": lambda x: -x,
    "tanh": ops.tanh,
    "relu": ops.relu,
    "sigmoid": ops.sigmoid,
    "softplus": ops.softplus,
    "exp_tanh": lambda x: x.tanh().exp(),
    "log_softplus": lambda x: x.softplus().log().tanh(),
    "cube_tanh": lambda x: x.tanh() ** 3,
    "turn": lambda x: x.transpose(2, 0, 1).reshape(2, 3, 4),
    "matmul": lambda x, y: ((x @ y.transpose(0, 2, 1)) @ y).tanh(),
    "linear": lambda x, y: ops.linear(x, y.reshape(6, 4)[:4], y[1, 2]).tanh(),
    "join": lambda x, y: ops.concatenate([x, y, x], axis=0)[1:3],
    "stacked": lambda x, y: ops.stack([x, y], axis=1).mean(axis=1),
    "where": lambda x, y, condition: ops.where(condition, x, y),
    "take": lambda x, rows: x[rows],
    "softmax": lambda x: x.softmax(axis=-1),
    "sum": lambda x, axis: x.sum(axis=axis, keepdims=True),
    "mean": lambda x, axis: x.mean(axis=axis, keepdims=True),
    "max": lambda x, axis: x.max(axis=axis, keepdims=True),
    "logsumexp": lambda x, axis: x.logsumexp(axis=axis, keepdims=True),
}


def torch_engine():
    import torch
    from torch.nn import functional as F

    return SCALAR | {
        "mul_tanh": lambda x, y: (x * y).tanh(),
        "div": lambda x, y: x / y,
        "maximum": torch.maximum,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "softplus": _torch_softplus,
        "exp_tanh": lambda x: x.tanh().exp(),
        "log_softplus": lambda x: _torch_softplus(x).log().tanh(),
        "cube_tanh": lambda x: x.tanh() ** 3,
        "turn": lambda x: x.permute(2, 0, 1).reshape(2, 3, 4),
        "matmul": lambda x, y: ((x @ y.permute(0, 2, 1)) @ y).tanh(),
        "linear": lambda x, y: F.linear(x, y.reshape(6, 4)[:4].T, y[1, 2]).tanh(),
        "join": lambda x, y: torch.cat([x, y, x], dim=0)[1:3],
        "stacked": lambda x, y: torch.stack([x, y], dim=1).mean(dim=1),
        "where": lambda x, y, condition: torch.where(torch.tensor(condition), x, y),
        "take": lambda x, rows: x[torch.tensor(rows)],
        "softmax": lambda x: torch.softmax(x, -1),
        "sum": lambda x, axis: x.sum(dim=axis, keepdim=True),
        "mean": lambda x, axis: x.mean(dim=axis, keepdim=True),
        "max": lambda x, axis: x.amax(dim=axis, keepdim=True),
        "logsumexp": lambda x, axis: torch.logsumexp(x, dim=axis, keepdim=True),
    }


def torch_tensor_engine():
    """As torch_engine, for programs of arrays: division and power are kept away from their poles."""
    return torch_engine() | {
        "div": lambda x, y: x / (_torch_softplus(y) + 1),
        "pow": lambda x, y: x.sigmoid() ** y.tanh(),
    }


def _torch_softplus(x):
    from torch.nn import functional as F

    return F.softplus(x, threshold=1e9)  # its default replaces softplus(x) by x above 20
