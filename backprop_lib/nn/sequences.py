"""Layers for sequences: embedding of tokens, recurrent cells, and the layers that run a cell.

x of one step is (N, D), a whole sequence (N, T, D), a state (N, H). Weights of a cell with k gates:
W (D, k·H) for the input and U (H, k·H) for the state, H columns a gate.
"""

import numpy as np

from backprop_lib import ops
from backprop_lib.init import as_generator, as_size, glorot_uniform, normal, orthogonal
from backprop_lib.nn.module import Module
from backprop_lib.ops import Tensor


class Embedding(Module):
    """A vector for each token: tokens (...) to (..., n_features), rows of W (n_tokens, n_features).

    tokens: integers from 0 to n_tokens - 1, in an array or lists. rng: a numpy Generator or a seed.
    init: a function of `init` for W; by default normal with standard deviation 1, as in PyTorch.
    Raises TypeError for tokens that are no integers, ValueError for tokens out of range.
    """

    def __init__(self, n_tokens, n_features, *, rng, init=normal, dtype=np.float64):
        shape = as_size("n_tokens", n_tokens), as_size("n_features", n_features)
        self.W = Tensor(init(shape, rng=as_generator(rng), dtype=dtype))

    def forward(self, tokens):
        return ops.embedding(self.W, tokens)


class _Cell(Module):
    """The parameters of a cell.

    rng: a numpy Generator or a seed. init: a function of `init` for each gate's part of W; the parts
    of U are orthogonal, which keeps the length of a state (Saxe et al., 2014). Biases start at zero;
    bias=False for none.
    """

    n_gates = 1

    def __init__(self, n_in, n_hidden, *, rng, bias=True, init=glorot_uniform, dtype=np.float64):
        D, H, rng = as_size("n_in", n_in), as_size("n_hidden", n_hidden), as_generator(rng)
        self.W = self._for_each_gate(init, (D, H), rng, dtype)
        self.U = self._for_each_gate(orthogonal, (H, H), rng, dtype)
        self.b = self._zeros(bias)

    def _for_each_gate(self, init, shape, rng, dtype):
        return Tensor(np.hstack([init(shape, rng=rng, dtype=dtype) for _ in range(self.n_gates)]))

    def _zeros(self, bias):
        zeros = np.zeros(self.W.shape[1], self.W.dtype)
        return Tensor(zeros) if bias else zeros

    def zero_state(self, x):
        """Zeros (N, H) for the N rows or sequences x. Raises ValueError if this cell cannot take x."""
        given, D, H = np.shape(x), len(self.W), len(self.U)
        if len(given) not in (2, 3) or given[-1] != D:
            raise ValueError(
                f"{type(self).__name__}({D}, {H}) needs x of shape (N, {D}) for one step "
                f"or (N, T, {D}) for a sequence, got {given}"
            )
        return np.zeros((given[0], H), self.W.dtype)


class RNNCell(_Cell):
    """One step of the plain recurrent network, h' = tanh(x W + h U + b); Elman (1990).

    cell(x) or cell(x, h): x (N, n_in), h (N, n_hidden), zeros if not given; returns h'.
    """

    def forward(self, x, h=None):
        h = self.zero_state(x) if h is None else h
        return ops.rnn_cell(x, h, self.W, self.U, self.b)


class GRUCell(_Cell):
    """One step of the gated recurrent unit, h' = (1 - z) ⊙ n + z ⊙ h; Cho et al. (2014), PyTorch's variant.

    cell(x) or cell(x, h), as RNNCell. The gates r, z, n stand in this order; b goes with W, c with U.
    """

    n_gates = 3

    def __init__(self, n_in, n_hidden, *, rng, bias=True, **options):
        super().__init__(n_in, n_hidden, rng=rng, bias=bias, **options)
        self.c = self._zeros(bias)

    def forward(self, x, h=None):
        h = self.zero_state(x) if h is None else h
        return ops.gru_cell(x, h, self.W, self.U, self.b, self.c)


class LSTMCell(_Cell):
    """One step of the long short-term memory, c' = f ⊙ c + i ⊙ g and h' = o ⊙ tanh(c'); Hochreiter and
    Schmidhuber (1997), with the forget gate f of Gers, Schmidhuber and Cummins (2000).

    cell(x) or cell(x, (h, c)): x (N, n_in), h and c (N, n_hidden), zeros if not given; returns (h', c').
    The gates i, f, g, o stand in this order. forget_bias: what the bias of f starts at; 1 lets the
    cell remember at first (Jozefowicz, Zaremba and Sutskever, 2015).
    """

    n_gates = 4

    def __init__(self, n_in, n_hidden, *, rng, bias=True, forget_bias=1.0, **options):
        super().__init__(n_in, n_hidden, rng=rng, bias=bias, **options)
        if bias:
            self.b.data[n_hidden : 2 * n_hidden] = forget_bias

    def zero_state(self, x):
        """The pair (h, c) of zeros (N, H)."""
        return (super().zero_state(x),) * 2

    def forward(self, x, state=None):
        h, c = self.zero_state(x) if state is None else _pair(state)
        hc = ops.lstm_cell(x, h, c, self.W, self.U, self.b)
        return hc[0], hc[1]


def _pair(state):
    if not isinstance(state, tuple | list) or len(state) != 2:
        raise TypeError(f"the state of an LSTM is a pair (h, c), got {type(state).__name__}")
    return state


class _Recurrent(Module):
    """A cell that is run over sequences. See `RNN`."""

    cell_type = None

    def __init__(self, n_in, n_hidden, *, rng, unrolled=False, **options):
        self.cell = self.cell_type(n_in, n_hidden, rng=rng, **options)
        self.unrolled = unrolled

    def forward(self, x, state=None):
        given, name = np.shape(x), type(self).__name__
        if len(given) != 3 or 0 in given[:2]:
            raise ValueError(f"{name} needs x of shape (N, T, D) with N and T at least 1, got {given}")
        zero = self.cell.zero_state(x)
        state = zero if state is None else state
        return self._unrolled(x, state) if self.unrolled else self._fused(x, state)

    def _unrolled(self, x, state):
        x, hs = x if isinstance(x, Tensor) else np.asarray(x), []
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
            hs.append(state[0] if isinstance(state, tuple) else state)
        return ops.stack(hs, axis=1), state


class RNN(_Recurrent):
    """An RNNCell over sequences: rnn(x) or rnn(x, h) returns (hs, h), every state and the last one.

    x: (N, T, n_in), hs: (N, T, n_hidden), h: (N, n_hidden), at the start zeros if not given.
    unrolled: False for one node of the graph, the fast way; True for a node a step, which shows how
    the gradient goes back through time. The other arguments are those of the cell.
    Raises ValueError for another number of features or no steps.
    """

    cell_type = RNNCell

    def _fused(self, x, h):
        hs = ops.rnn(x, h, self.cell.W, self.cell.U, self.cell.b)
        return hs, hs[:, -1]


class GRU(_Recurrent):
    """A GRUCell over sequences: gru(x) or gru(x, h) returns (hs, h). Otherwise as RNN."""

    cell_type = GRUCell

    def _fused(self, x, h):
        hs = ops.gru(x, h, self.cell.W, self.cell.U, self.cell.b, self.cell.c)
        return hs, hs[:, -1]


class LSTM(_Recurrent):
    """An LSTMCell over sequences: lstm(x) or lstm(x, (h, c)) returns (hs, (h, c)). Otherwise as RNN."""

    cell_type = LSTMCell

    def _fused(self, x, state):
        hc = ops.lstm(x, *_pair(state), self.cell.W, self.cell.U, self.cell.b)
        return hc[0], (hc[0, :, -1], hc[1, :, -1])
