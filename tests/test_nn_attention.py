"""Attention and the transformer block without PyTorch: formulas, numerical gradients, what a mask hides."""

from functools import partial

import numpy as np
import pytest

from backprop_lib import Tensor, gradcheck, nn, ops
from tests.op_contract import check_op
from tests.referee import assert_agree

N = np.random.default_rng(0).normal
CAUSAL = np.tri(3, 5, 1, dtype=bool)
KEEP = (np.random.default_rng(1).random((2, 3, 5)) < 0.7) / 0.7


def numpy_attention(q, k, v, mask=None, keep=1.0):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    e = np.exp(scores if mask is None else np.where(mask, scores, -np.inf))
    return (e / e.sum(axis=-1, keepdims=True) * keep) @ v


def numpy_self_attention(qkv, n_heads, mask=None, keep=None):
    """One head after the other, by slices."""
    d = qkv.shape[2] // 3 // n_heads
    heads = []
    for i in range(n_heads):
        q, k, v = (qkv[:, :, (part * n_heads + i) * d :][:, :, :d] for part in range(3))
        heads.append(numpy_attention(q, k, v, mask, 1.0 if keep is None else keep[:, i]))
    return np.concatenate(heads, axis=2)


@pytest.mark.parametrize(
    "options",
    [{}, {"mask": CAUSAL}, {"mask": CAUSAL[1]}, {"keep": KEEP}, {"mask": CAUSAL, "keep": KEEP}],
    ids=["plain", "mask", "one row of mask", "dropout", "both"],
)
def test_attention(options):
    inputs = N(size=(2, 3, 4)), N(size=(2, 5, 4)), N(size=(2, 5, 6))
    check_op(partial(ops.attention, **options), partial(numpy_attention, **options), inputs)


@pytest.mark.parametrize(
    "shapes",
    [((3, 4), (5, 4), (5, 2)), ((2, 6, 3, 4), (2, 6, 5, 4), (2, 6, 5, 2)), ((6, 3, 4), (5, 4), (2, 1, 5, 2))],
    ids=["no batch", "batch and heads", "broadcast"],
)
def test_attention_of_other_shapes(shapes):
    inputs = [N(size=shape) for shape in shapes]
    f = ops.attention
    np.testing.assert_allclose(f(*map(Tensor, inputs)).data, numpy_attention(*inputs), rtol=1e-12)
    assert (check := gradcheck(f, *inputs)), check


@pytest.mark.parametrize("n_heads", [1, 2, 3])
def test_self_attention(n_heads):
    options = {"n_heads": n_heads, "mask": np.tri(4, dtype=bool)}
    qkv = N(size=(2, 4, 18))
    check_op(partial(ops.self_attention, **options), partial(numpy_self_attention, **options), (qkv,))
    options["keep"] = (N(size=(2, n_heads, 4, 4)) > -0.5) * 1.5
    check_op(partial(ops.self_attention, **options), partial(numpy_self_attention, **options), (qkv,))


def test_self_attention_of_an_array_in_another_memory_order():
    qkv = N(size=(2, 12, 4))
    leaf, turned = Tensor(qkv.swapaxes(1, 2).copy()), Tensor(qkv)
    g = N(size=(2, 4, 4))
    ops.self_attention(leaf, n_heads=2).backward(g)
    ops.self_attention(turned.transpose(0, 2, 1), n_heads=2).backward(g)
    np.testing.assert_allclose(turned.grad.swapaxes(1, 2), leaf.grad, rtol=1e-12, atol=1e-15)


def test_large_scores_do_not_overflow():
    q, k, v = (Tensor(1e4 * N(size=(3, 4))) for _ in range(3))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = ops.attention(q, k, v, mask=np.tri(3, dtype=bool))
        y.sum().backward()
    assert np.isfinite(y.data).all() and np.isfinite(q.grad).all()


def test_a_masked_key_gets_exactly_no_gradient():
    q, k, v = (Tensor(N(size=(4, 3))) for _ in range(3))
    mask = np.ones((4, 4), bool)
    mask[:, 2] = False
    ops.attention(q, k, v, mask=mask).backward(N(size=(4, 3)))
    assert (k.grad[2] == 0).all() and (v.grad[2] == 0).all() and (k.grad[[0, 1, 3]] != 0).all()


def test_dropout_that_is_changed_later_does_no_harm():
    leaves, again = ([Tensor(a) for a in INPUTS] for _ in range(2))
    keep, g = KEEP.copy(), N(size=(2, 3, 6))
    y = ops.attention(*leaves, keep=keep)
    keep[:] = 0
    y.backward(g)
    ops.attention(*again, keep=KEEP).backward(g)
    for one, other in zip(leaves, again, strict=True):
        np.testing.assert_array_equal(one.grad, other.grad)


INPUTS = N(size=(2, 3, 4)), N(size=(2, 5, 4)), N(size=(2, 5, 6))


# Layers


def composed(layer, x):
    """MultiHeadAttention of elementary operations."""
    (Nb, T, D), h = x.shape, layer.n_heads
    qkv = (x @ layer.qkv.W + layer.qkv.b).reshape(Nb, T, 3, h, D // h).transpose(2, 0, 3, 1, 4)
    q, k, v = qkv[0], qkv[1], qkv[2]
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(D // h)
    if layer.causal:
        scores = ops.where(np.tri(T, dtype=bool), scores, -np.inf)
    y = (scores.softmax(axis=-1) @ v).transpose(0, 2, 1, 3).reshape(Nb, T, D)
    return y @ layer.out.W + layer.out.b


@pytest.mark.parametrize("causal", [True, False])
def test_multi_head_attention_agrees_with_elementary_operations(causal):
    layer = nn.MultiHeadAttention(6, 3, rng=0, causal=causal)
    for p in layer.parameters():
        p.data = N(size=p.shape)
    x, g, found = N(size=(2, 4, 6)), N(size=(2, 4, 6)), []
    for f in (layer, partial(composed, layer)):
        leaf = Tensor(x)
        layer.zero_grad()
        y = f(leaf)
        y.backward(g)
        found.append({"y": y.data, "x": leaf.grad} | {n: p.grad.copy() for n, p in layer.named_parameters()})
    ours, theirs = found
    # The bias of the keys adds the same to all scores of a query: its gradient is 0 but for rounding.
    assert abs(ours["qkv.b"][6:12]).max() < 1e-14 * abs(ours["qkv.b"]).max()
    assert_agree(f"causal={causal}", {part: (ours[part], theirs[part]) for part in theirs})


def test_gradients_of_a_transformer_block():
    block = nn.TransformerBlock(6, 2, rng=0, causal=True)
    assert (check := gradcheck(block, N(size=(2, 3, 6)))), check
    x, p = N(size=(2, 3, 6)), block.attention.qkv.W

    def of_weights(W):
        block.attention.qkv.W = W
        return block(x)

    assert (check := gradcheck(of_weights, p.data)), check


@pytest.mark.parametrize("make", [nn.MultiHeadAttention, nn.TransformerBlock])
def test_causal_means_that_the_future_changes_nothing(make):
    x = N(size=(1, 5, 4))
    changed = x.copy()
    changed[:, 3:] += N(size=(1, 2, 4))
    for causal in (True, False):
        layer = make(4, 2, rng=0, causal=causal)
        same = layer(x).data[:, :3] == layer(changed).data[:, :3]
        assert same.all() if causal else not same.any()


def test_without_a_mask_the_order_does_not_matter():
    layer, x, order = nn.MultiHeadAttention(4, 2, rng=0), N(size=(1, 5, 4)), [3, 0, 4, 1, 2]
    np.testing.assert_allclose(layer(x[:, order]).data, layer(x).data[:, order], rtol=1e-12)


def test_a_transformer_block_is_its_formula():
    block = nn.TransformerBlock(4, 2, rng=0)
    for p in block.parameters():
        p.data = N(size=p.shape)
    x = Tensor(N(size=(2, 3, 4)))
    h = x + block.attention(block.norm1(x))
    first, second = block.mlp
    y = h + ops.gelu(block.norm2(h) @ first.W + first.b) @ second.W + second.b
    np.testing.assert_allclose(block(x).data, y.data, rtol=1e-12)
    assert first.W.shape == (4, 16)


def test_dropout_only_in_training():
    block, x = nn.TransformerBlock(8, 2, rng=0, dropout=0.5), N(size=(2, 3, 8))
    one, other = block(x).data, block(x).data
    assert (one != other).any()
    block.eval()
    plain = nn.TransformerBlock(8, 2, rng=0)
    plain.load_state_dict(block.state_dict())
    np.testing.assert_array_equal(block(x).data, plain(x).data)
    np.testing.assert_array_equal(block(x).data, block(x).data)


def test_dropout_of_attention_keeps_the_mean():
    layer, x = nn.MultiHeadAttention(4, 2, rng=0, dropout=0.3), N(size=(1, 6, 4))
    mean = np.mean([layer(x).data for _ in range(4000)], axis=0)
    np.testing.assert_allclose(mean, layer.eval()(x).data, atol=0.06)


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_float32_all_the_way(dropout):
    block = nn.TransformerBlock(8, 2, rng=0, causal=True, dropout=dropout, dtype=np.float32)
    y = block(Tensor(N(size=(2, 3, 8)), dtype=np.float32))
    y.sum().backward()
    assert y.dtype == np.float32 and all(p.grad.dtype == np.float32 for p in block.parameters())


@pytest.mark.parametrize("make", [nn.MultiHeadAttention, nn.TransformerBlock])
def test_seeds(make):
    one, same, other = (make(4, 2, rng=seed).state_dict() for seed in (0, 0, 1))
    assert all((one[name] == same[name]).all() for name in one)
    assert any((one[name] != other[name]).any() for name in one)


X = np.zeros((2, 5, 6))
Q = np.ones((2, 3, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.MultiHeadAttention(6, 4, rng=0), ValueError, "multiple .* got d_model=6, n_heads=4"),
        (lambda: nn.MultiHeadAttention(6, 0, rng=0), ValueError, "n_heads"),
        (lambda: nn.MultiHeadAttention(6, 2), TypeError, "rng"),
        (lambda: nn.MultiHeadAttention(6, 2, rng=0, dropout=1.0), ValueError, "below 1"),
        (lambda: nn.MultiHeadAttention(8, 2, rng=0)(X), ValueError, r"\(8, 2\) needs .* got \(2, 5, 6\)"),
        (lambda: nn.MultiHeadAttention(6, 2, rng=0)(X[0]), ValueError, r"got \(5, 6\)"),
        (lambda: nn.MultiHeadAttention(6, 2, rng=0)(X[:, :0]), ValueError, "at least 1"),
        (lambda: nn.TransformerBlock(6, 4, rng=0), ValueError, "multiple of n_heads"),
        (lambda: nn.TransformerBlock(8, 2, rng=0)(X), ValueError, r"needs .* got \(2, 5, 6\)"),
        (lambda: nn.TransformerBlock(8, 2, rng=None), TypeError, "rng"),
        (lambda: ops.attention(Q, Q[:, :, :3], Q), ValueError, r"k \(..., S, d\)"),
        (lambda: ops.attention(Q, Q, Q[:, :2]), ValueError, r"v \(..., S, e\)"),
        (lambda: ops.attention(Q, Q[:, :0], Q[:, :0]), ValueError, "at least one key"),
        (lambda: ops.attention(Q, Q, Q, mask=np.ones((3, 3))), ValueError, "mask must be booleans"),
        (lambda: ops.attention(Q, Q, Q, mask=np.eye(3, k=1) > 0), ValueError, "row without True"),
        (lambda: ops.attention(Q, Q, Q, mask=np.ones((3, 4), bool)), ValueError, "attention of shapes"),
        (lambda: ops.self_attention(Q, n_heads=2), ValueError, "n_heads = 2"),
    ],
)  # fmt: skip
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_block_learns_to_copy_what_came_before():
    """The answer at each position is the token before it: only attention to the past can give it."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (16, 6))
    embed, place = nn.Embedding(4, 8, rng=rng), nn.Embedding(6, 8, rng=rng)
    block, out = nn.TransformerBlock(8, 2, rng=rng, causal=True), nn.Linear(8, 4, rng=rng)
    parameters = [p for part in (embed, place, block, out) for p in part.parameters()]
    for _ in range(150):
        logits = out(block(embed(tokens) + place(np.arange(6))))[:, 1:].reshape(-1, 4)
        loss = ops.softmax_cross_entropy(logits, tokens[:, :-1].ravel())
        for p in parameters:
            p.zero_grad()
        loss.backward()
        for p in parameters:
            p.data = p.data - 0.3 * p.grad
    assert loss.item() < 0.1
