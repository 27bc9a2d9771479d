"""Embedding, recurrent cells and sequences without PyTorch: formulas, numerical gradients, messages."""

import gc
import weakref
from functools import partial

import numpy as np
import pytest

from backprop_lib import Tensor, nn, ops
from tests.op_contract import check_op
from tests.referee import assert_agree

N = np.random.default_rng(0).normal
n_seq, T, D, H = 2, 5, 3, 4


# The formulas, gate by gate


def sigma(z):
    return 1 / (1 + np.exp(-z))


def numpy_rnn_cell(x, h, W, U, b):
    return np.tanh(x @ W + h @ U + b)


def numpy_lstm_cell(x, h, c, W, U, b):
    zi, zf, zg, zo = ((x @ W + h @ U + b)[:, k * H : (k + 1) * H] for k in range(4))
    c = sigma(zf) * c + sigma(zi) * np.tanh(zg)
    return np.stack([sigma(zo) * np.tanh(c), c])


def numpy_gru_cell(x, h, W, U, b, c):
    (ar, az, an), (ur, uz, un) = (
        [a[:, k * H : (k + 1) * H] for k in range(3)] for a in (x @ W + b, h @ U + c)
    )
    r, z = sigma(ar + ur), sigma(az + uz)
    return (1 - z) * np.tanh(an + r * un) + z * h


def over_time(cell, n_states):
    """The same for sequences: every state, one after the other."""

    def run(x, *rest):
        states, parameters, found = rest[:n_states], rest[n_states:], []
        for t in range(x.shape[1]):
            y = cell(x[:, t], *states, *parameters)
            states = tuple(y) if n_states == 2 else (y,)
            found.append(y)
        return np.stack(found, axis=-2)

    return run


def inputs(kind, *shape):
    k, n_states, n_biases = {"rnn": (1, 1, 1), "lstm": (4, 2, 1), "gru": (3, 1, 2)}[kind]
    states = [N(size=(n_seq, H)) for _ in range(n_states)]
    return N(size=shape), *states, N(size=(D, k * H)), N(size=(H, k * H)), *N(size=(n_biases, k * H))


CELLS = {"rnn": numpy_rnn_cell, "lstm": numpy_lstm_cell, "gru": numpy_gru_cell}


@pytest.mark.parametrize("kind", CELLS)
def test_cells(kind):
    check_op(getattr(ops, f"{kind}_cell"), CELLS[kind], inputs(kind, n_seq, D))


@pytest.mark.parametrize("length", [1, T])
@pytest.mark.parametrize("kind", CELLS)
def test_sequences(kind, length):
    reference = over_time(CELLS[kind], 2 if kind == "lstm" else 1)
    check_op(getattr(ops, kind), reference, inputs(kind, n_seq, length, D))


@pytest.mark.parametrize("kind", CELLS)
def test_nothing_overflows(kind):
    x, *rest = inputs(kind, n_seq, T, D)
    leaves = [Tensor(a) for a in (1e4 * x, *rest)]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = getattr(ops, kind)(*leaves)
        y.sum().backward()
    assert np.isfinite(y.data).all() and all(np.isfinite(leaf.grad).all() for leaf in leaves)


LAYERS = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}


def run(layer, x, state, upstreams):
    """Every array that a layer gives, forward and backward."""
    x, state = Tensor(x), tuple(map(Tensor, state))
    hs, last = layer(x, state if len(state) == 2 else state[0])
    last = last if isinstance(last, tuple) else (last,)
    loss = (hs * upstreams[0]).sum()
    for y, g in zip(last, upstreams[1:], strict=True):
        loss = loss + (y * g).sum()
    layer.zero_grad()
    loss.backward()
    found = {"hs": hs.data, **{f"last {i}": y.data for i, y in enumerate(last)}, "dx": x.grad}
    found |= {f"d state {i}": s.grad for i, s in enumerate(state)}
    return found | {f"d{name}": p.grad.copy() for name, p in layer.named_parameters()}


@pytest.mark.parametrize("name", LAYERS)
def test_one_node_and_a_node_a_step_agree(name):
    fused, unrolled = (LAYERS[name](D, H, rng=7, unrolled=way) for way in (False, True))
    for p, q in zip(fused.parameters(), unrolled.parameters(), strict=True):
        p.data = N(size=p.shape)
        q.data = p.data
    n_states = 2 if name == "LSTM" else 1
    x, state = N(size=(n_seq, T, D)), N(size=(n_states, n_seq, H))
    upstreams = [N(size=(n_seq, T, H)), *N(size=(n_states, n_seq, H))]
    ours, theirs = (run(layer, x, state, upstreams) for layer in (fused, unrolled))
    assert_agree(name, {part: (ours[part], theirs[part]) for part in theirs})


@pytest.mark.parametrize("name", LAYERS)
def test_a_sequence_can_be_cut(name):
    layer = LAYERS[name](D, H, rng=7)
    x = N(size=(n_seq, T, D))
    whole, last = layer(x)
    first, state = layer(x[:, :2])
    second, state = layer(x[:, 2:], state)
    np.testing.assert_allclose(np.concatenate([first.data, second.data], 1), whole.data, rtol=1e-13)
    for one, other in zip(*[s if isinstance(s, tuple) else (s,) for s in (state, last)], strict=True):
        np.testing.assert_allclose(one.data, other.data, rtol=1e-13)


@pytest.mark.parametrize("unrolled", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_the_state_starts_at_zero(name, unrolled):
    layer = LAYERS[name](D, H, rng=7, unrolled=unrolled)
    x, zeros = N(size=(n_seq, T, D)), np.zeros((n_seq, H))
    given = layer(x, (zeros, zeros) if name == "LSTM" else zeros)[0]
    np.testing.assert_array_equal(layer(x)[0].data, given.data)
    h = layer.cell(x[:, 0])
    np.testing.assert_allclose((h[0] if name == "LSTM" else h).data, given.data[:, 0], rtol=1e-13)


@pytest.mark.parametrize("unrolled", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_keep_float32(name, unrolled):
    layer = LAYERS[name](D, H, rng=7, unrolled=unrolled, dtype=np.float32)
    hs, _ = layer(N(size=(n_seq, T, D)))
    hs.sum().backward()
    assert hs.dtype == np.float32 and all(p.grad.dtype == np.float32 for p in layer.parameters())


def test_what_the_parameters_start_at():
    cell = nn.LSTMCell(30, 40, rng=0)
    assert cell.b.data.tolist() == [0] * 40 + [1] * 40 + [0] * 80
    for gate in np.split(cell.U.data, 4, axis=1):
        np.testing.assert_allclose(gate.T @ gate, np.eye(40), atol=1e-12)
    assert abs(cell.W.data.var() * (30 + 40) / 2 - 1) < 0.05
    assert nn.LSTMCell(3, 2, rng=0, forget_bias=0).b.data.tolist() == [0] * 8
    assert [name for name, _ in nn.GRUCell(3, 2, rng=0).named_parameters()] == ["W", "U", "b", "c"]
    for bare in (nn.RNN, nn.GRU, nn.LSTM):
        layer = bare(3, 2, rng=0, bias=False)
        assert list(layer.state_dict()) == ["cell.W", "cell.U"]
        layer(N(size=(1, 2, 3)))[0].sum().backward()


def test_the_forget_gate_carries_the_cell_over_many_steps():
    """With f near 1 and the other gates shut, c and its gradient pass 200 steps unchanged."""
    cell = nn.LSTMCell(D, H, rng=0)
    cell.W.data, cell.U.data = np.zeros_like(cell.W.data), np.zeros_like(cell.U.data)
    cell.b.data = np.repeat([-50.0, 50.0, 0.0, -50.0], H)
    c0 = Tensor(N(size=(n_seq, H)))
    state = (np.zeros((n_seq, H)), c0)
    for _ in range(200):
        state = cell(np.zeros((n_seq, D)), state)
    g = N(size=(n_seq, H))
    state[1].backward(g)
    np.testing.assert_allclose(state[1].data, c0.data, rtol=1e-12)
    np.testing.assert_allclose(c0.grad, g, rtol=1e-12)


@pytest.mark.parametrize("unrolled", [True, False])
def test_a_finished_sequence_is_freed_at_once(unrolled):
    layer, x = nn.LSTM(D, H, rng=0, unrolled=unrolled), Tensor(N(size=(n_seq, T, D)))
    gc.disable()
    try:
        hs, (h, c) = layer(x)
        (hs.sum() + h.sum() + c.sum()).backward()
        freed = weakref.ref(hs._data)
        del hs, h, c
        assert freed() is None
    finally:
        gc.enable()


# Embedding


@pytest.mark.parametrize("tokens", [[0, 2, 2, 5], [[1, 1], [4, 0], [1, 1]], 3, np.uint8([5])])
def test_embedding(tokens):
    check_op(partial(ops.embedding, tokens=tokens), lambda W: W[np.array(tokens)], (N(size=(6, 3)),))


def test_embedding_adds_the_gradients_of_equal_tokens():
    layer = nn.Embedding(5, 3, rng=0)
    tokens, g = np.random.default_rng(1).integers(0, 5, (4, 6)), N(size=(4, 6, 3))
    layer(tokens).backward(g)
    expected = np.zeros((5, 3))
    np.add.at(expected, tokens, g)
    np.testing.assert_allclose(layer.W.grad, expected, rtol=1e-13, atol=1e-14)


def test_tokens_that_are_changed_later_do_no_harm():
    W, tokens = Tensor(N(size=(4, 2))), np.array([0, 1])
    y = ops.embedding(W, tokens)
    tokens[:] = 3
    y.sum().backward()
    assert W.grad.tolist() == [[1, 1], [1, 1], [0, 0], [0, 0]]


# Basic indices give the same gradient by assignment as by np.add.at


@pytest.mark.parametrize(
    "index",
    [1, -1, np.int64(2), slice(None, None, -2), ..., None, (), (1, ..., None, 2), (slice(1, 1), 0),
     (0, True), False, (slice(None), [0, 0]), np.array([2, 2])],
)  # fmt: skip
def test_gradient_of_an_index(index):
    x = N(size=(3, 4, 5))
    leaf = Tensor(x)
    y = leaf[index]
    g = N(size=y.shape)
    y.backward(g)
    expected = np.zeros_like(x)
    np.add.at(expected, index, g)
    np.testing.assert_allclose(leaf.grad, expected, rtol=1e-14)


# Messages

X = np.zeros((2, 5, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.RNN(3, 4, rng=0)(X[:, 0]), ValueError, r"RNN needs .* \(N, T, D\) .* got \(2, 3\)"),
        (lambda: nn.GRU(3, 4, rng=0)(X[:, :0]), ValueError, "GRU needs .* at least 1"),
        (lambda: nn.LSTM(3, 4, rng=0, unrolled=True)(X[:, :0]), ValueError, "LSTM needs .* at least 1"),
        (lambda: nn.LSTM(3, 4, rng=0)(X[:0]), ValueError, "LSTM needs .* at least 1"),
        (lambda: nn.LSTM(2, 4, rng=0)(X), ValueError, r"LSTMCell\(2, 4\) needs .* got \(2, 5, 3\)"),
        (lambda: nn.LSTM(2, 4, rng=0)(X, (np.zeros((2, 4)),) * 2), ValueError, r"LSTMCell\(2, 4\) needs"),
        (lambda: nn.RNNCell(3, 4, rng=0)(X[0, 0]), ValueError, r"RNNCell\(3, 4\) needs .* got \(3,\)"),
        (lambda: nn.GRU(3, 4, rng=0)(X, np.zeros((2, 3))), ValueError, r"state must .*2, 4\), got \(2, 3\)"),
        (lambda: nn.LSTM(3, 4, rng=0)(X, np.zeros((2, 4))), TypeError, r"pair \(h, c\), got ndarray"),
        (lambda: nn.LSTMCell(3, 4, rng=0)(X[:, 0], (0, 0, 0)), TypeError, r"pair \(h, c\)"),
        (lambda: nn.RNN(3, 4), TypeError, "rng"),
        (lambda: nn.RNN(3, 4, rng=None), TypeError, "rng"),
        (lambda: nn.GRUCell(3, 0, rng=0), ValueError, "n_hidden"),
        (lambda: nn.LSTM(3.5, 4, rng=0), TypeError, "n_in"),
        (lambda: ops.rnn(X[0], X[0, :, :2], np.eye(3), np.eye(2), 0.0), ValueError, r"T, D\), got \(5, 3\)"),
        (lambda: ops.lstm(X, np.ones((2, 4)), np.ones((2, 4)), np.ones((3, 8)), np.ones((4, 8)), 0.0),
         ValueError, r"W must be \(D, 4·H\)"),
        (lambda: ops.gru_cell(X[:, 0], np.ones((2, 4)), np.ones((2, 12)), np.ones((4, 12)), 0.0, 0.0),
         ValueError, r"got \(2, 3\) and \(2, 12\)"),
        (lambda: nn.Embedding(5, 3, rng=0)([0, 5]), ValueError, "tokens must be 0 to 4"),
        (lambda: nn.Embedding(5, 3, rng=0)([-1]), ValueError, "tokens must be 0 to 4"),
        (lambda: nn.Embedding(5, 3, rng=0)([]), TypeError, "tokens must be integers"),
        (lambda: nn.Embedding(5, 3, rng=0)(np.zeros((0, 2), int)), ValueError, "at least one"),
        (lambda: nn.Embedding(5, 3, rng=0)([1.0]), TypeError, "tokens must be integers, got float64"),
        (lambda: nn.Embedding(5, 3, rng=0)("hello"), TypeError, "tokens must be integers"),
        (lambda: nn.Embedding(5, 3, rng=0)([True]), TypeError, "tokens must be integers"),
        (lambda: nn.Embedding(5, 3, rng=0)(Tensor([1.0])), TypeError, "tokens must .* not a Tensor"),
        (lambda: nn.Embedding(0, 3, rng=0), ValueError, "n_tokens"),
        (lambda: nn.Embedding(5, 3), TypeError, "rng"),
        (lambda: ops.embedding(np.ones(3), [0]), ValueError, "W must be a matrix"),
    ],
)  # fmt: skip
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_learns_to_remember_the_first_step(name):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(30, 6, 1))
    layer, out = LAYERS[name](1, 8, rng=1), nn.Linear(8, 1, rng=2)
    parameters = [*layer.parameters(), *out.parameters()]
    losses = []
    for _ in range(200):
        last = layer(x)[1]
        error = out(last[0] if name == "LSTM" else last) - x[:, 0]
        loss = (error * error).mean()
        losses.append(loss.item())
        for p in parameters:
            p.zero_grad()
        loss.backward()
        for p in parameters:
            p.data = p.data - 0.2 * p.grad
    assert losses[-1] < 0.2 * losses[0]
