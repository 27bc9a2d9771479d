"""`Module`: what it finds in its attributes, what it keeps in a file."""

import os

import numpy as np
import pytest

from backprop_lib import Tensor
from backprop_lib.nn import MLP, BatchNorm, Linear, Module, Sequential, Tanh
from backprop_lib.nn import saving as saving_module


class Inner(Module):
    def __init__(self):
        self.w = Tensor(np.ones((2, 3)))
        self.count = Tensor([0.0], requires_grad=False)
        self.p = 0.5


class Outer(Module):
    def __init__(self):
        self.first = Tensor([1.0])
        self.inner = Inner()
        self.many = [Inner(), (Inner(), Tensor([2.0])), {"key": Inner()}]
        self.again = self.inner
        self.last = Tensor(3.0)
        self.array = np.ones(3)

    def forward(self, x):
        return self.last * x


def test_names_follow_the_order_of_definition():
    names = [name for name, _ in Outer().named_parameters()]
    assert names == ["first", "inner.w", "many.0.w", "many.1.0.w", "many.1.1", "many.2.key.w", "last"]
    assert list(Outer().state_dict()) == [
        *("first", "inner.w", "inner.count", "many.0.w", "many.0.count", "many.1.0.w", "many.1.0.count"),
        *("many.1.1", "many.2.key.w", "many.2.key.count", "last"),
    ]
    modules = [name for name, _ in Outer().named_modules()]
    assert modules == ["", "inner", "many.0", "many.1.0", "many.2.key"]


def test_what_is_shared_counts_once():
    outer = Outer()
    assert outer.n_parameters == 4 * 6 + 3
    outer.many.append(outer.first)
    assert outer.n_parameters == 4 * 6 + 3
    assert len(outer.modules()) == len({id(module) for module in outer.modules()}) == 5
    outer.inner.parent = outer  # a loop ends too
    assert outer.n_parameters == 4 * 6 + 3
    assert "inner: Outer, the same one" not in repr(outer)
    assert "parent: Outer, the same one as above" in repr(outer)


def test_shared_weights_add_up_their_gradients():
    layer = Linear(3, 3, rng=0)
    twice, x = Sequential(layer, Tanh(), layer), np.arange(6.0).reshape(2, 3) / 6
    twice(x).sum().backward()
    W1, W2 = Tensor(layer.W.data), Tensor(layer.W.data)
    ((x @ W1).tanh() @ W2).sum().backward()
    np.testing.assert_allclose(layer.W.grad, W1.grad + W2.grad, rtol=1e-14)
    assert len(twice.parameters()) == 2


def test_a_result_kept_as_an_attribute_is_no_parameter():
    outer = Outer()
    n = outer.n_parameters
    outer.result = outer(2.0)
    assert outer.n_parameters == n and "result" not in outer.state_dict()


def test_a_frozen_parameter_is_saved_but_not_trained():
    inner = Inner()
    inner.w.requires_grad = False
    assert inner.parameters() == [] and list(inner.state_dict()) == ["w", "count"]


def test_train_and_eval_reach_everything_and_return_the_module():
    outer = Outer()
    assert all(module.training for module in outer.modules())
    assert outer.eval() is outer
    assert not any(module.training for module in outer.modules())
    assert outer.train() is outer
    assert all(module.training for module in outer.modules())
    assert Outer().training  # no state in the class


def test_zero_grad():
    outer = Outer()
    outer(2.0).backward()
    assert outer.last.grad == 2.0
    outer.zero_grad()
    assert outer.last.grad is None


def test_repr_is_a_tree():
    net = Sequential(Linear(2, 3, rng=0, activation="relu"), Sequential(BatchNorm(3), Tanh()))
    assert repr(net).splitlines() == [
        "Sequential  [15 parameters]",
        "  layers.0: Linear(activation='relu')  W (2, 3)  b (3,)  [9 parameters]",
        "  layers.1: Sequential  [6 parameters]",
        "    layers.0: BatchNorm(momentum=0.1, eps=1e-05)  gamma (3,)  beta (3,)  running_mean (3,)  "
        "running_var (3,)  [6 parameters]",
        "    layers.1: Tanh",
    ]


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Inner needs a method forward"):
        Inner()(1.0)


def test_state_dict_is_a_copy():
    layer = Linear(2, 3, rng=0)
    before = layer.W.data.copy()
    state = layer.state_dict()
    state["W"][:] = 7
    np.testing.assert_array_equal(layer.W.data, before)
    layer.load_state_dict(state)
    state["W"][:] = 8
    assert (layer.W.data == 7).all()


def test_loading_keeps_tensors_and_dtypes():
    layer = Linear(2, 3, rng=0, dtype=np.float32)
    W = layer.W
    layer.load_state_dict({"W": np.ones((2, 3)), "b": [1, 2, 3]})
    assert layer.W is W and W.dtype == np.float32 and layer.b.dtype == np.float32
    assert layer.b.data.tolist() == [1, 2, 3]


def test_misfits_are_all_listed_and_change_nothing():
    layer = Sequential(Linear(2, 3, rng=0), BatchNorm(3))
    before = layer.state_dict()
    state = {**before, "layers.0.W": np.ones((3, 2)), "layers.7.W": np.ones(1), "layers.0.b": np.ones(3)}
    del state["layers.1.running_var"]
    with pytest.raises(ValueError) as caught:
        layer.load_state_dict(state)
    assert str(caught.value).splitlines() == [
        "state does not fit this Sequential:",
        "  missing: layers.1.running_var, of shape (3,)",
        "  layers.0.W has shape (3, 2), expected (2, 3)",
        "  unexpected: layers.7.W",
    ]
    for wrong in ("text", 1j * np.ones((2, 3)), [[None] * 3] * 2):
        with pytest.raises(TypeError, match=r"state\['layers.0.W'\] needs real numbers"):
            layer.load_state_dict({"layers.0.b": np.ones(3), **before, "layers.0.W": wrong})
    assert_same(layer.state_dict(), before)


def assert_same(state, expected):
    assert list(state) == list(expected)
    for name, array in state.items():
        np.testing.assert_array_equal(array, expected[name])


@pytest.fixture
def net():
    net = Sequential(MLP([3, 5, 2], rng=0, dtype=np.float32), BatchNorm(2))
    net(np.arange(12.0).reshape(4, 3))
    return net


def test_save_and_load(net, tmp_path):
    path = tmp_path / "net.npz"
    net.save(path)
    other = Sequential(MLP([3, 5, 2], rng=1, dtype=np.float32), BatchNorm(2))
    assert other.load(path) is other
    assert_same(other.state_dict(), net.state_dict())
    assert other.state_dict()["layers.0.layers.0.W"].dtype == np.float32
    with pytest.raises(ValueError, match=r"layers\.0\.layers\.0\.W has shape \(3, 5\), expected \(3, 4\)"):
        Sequential(MLP([3, 4, 2], rng=1), BatchNorm(2)).load(str(path))
    with pytest.raises(FileNotFoundError):
        net.load(tmp_path / "none.npz")


def test_a_damaged_file_is_refused_and_changes_nothing(net, tmp_path):
    path = tmp_path / "net.npz"
    net.save(path)
    whole, before = path.read_bytes(), net.state_dict()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"net\.npz is damaged or no \.npz file"):
            net.load(path)
    weights = whole.index(net.layers[0][0].W.data.tobytes())
    path.write_bytes(whole[:weights] + b"\xff" + whole[weights + 1 :])
    with pytest.raises(ValueError, match="damaged"):
        net.load(path)
    assert_same(net.state_dict(), before)


def test_a_foreign_file_is_refused(net, tmp_path):
    np.save(tmp_path / "array.npy", np.ones(3))
    np.savez(tmp_path / "objects.npz", W=np.array([None, {}], dtype=object))
    (tmp_path / "notes.txt").write_text("no weights here")
    for name in ("array.npy", "objects.npz", "notes.txt"):
        with pytest.raises(ValueError, match=f"{name} is damaged or no .npz file"):
            net.load(tmp_path / name)


def test_whatever_bytes_change_a_file_is_loaded_or_refused_with_a_clear_error(tmp_path):
    path, rng = tmp_path / "layer.npz", np.random.default_rng(0)
    layer = Linear(3, 2, rng=0)
    layer.save(path)
    whole, before = path.read_bytes(), layer.state_dict()
    for _ in range(500):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            layer.load(path)
        except ValueError as error:
            assert "is damaged" in str(error) or "does not fit" in str(error)
        assert_same(layer.state_dict(), before)


@pytest.mark.parametrize("where", ["savez", "fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file(net, tmp_path, monkeypatch, where):
    path = tmp_path / "net.npz"
    net.save(path)
    before = path.read_bytes()

    def interrupt(file, *arguments, **arrays):
        if where == "savez":
            file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np if where == "savez" else os, where, interrupt)
    net.layers[0][0].W.data[:] = 0
    with pytest.raises(KeyboardInterrupt):
        net.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["net.npz"]


def test_a_saved_file_can_be_read_by_those_who_could_read_any_new_file(net, tmp_path):
    (tmp_path / "plain").touch()
    net.save(tmp_path / "net.npz")
    assert (tmp_path / "net.npz").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_saving_is_plain_numpy(net, tmp_path):
    saving_module.save_arrays(tmp_path / "a.npz", {"x": np.arange(3)})
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["x"].tolist() == [0, 1, 2]
