"""The optimizers against their textbook formulas, the buffer behind them, schedules and clipping."""

import copy
import math
import pickle

import numpy as np
import pytest

from backprop_lib import Tensor, no_grad, op, ops, optim
from backprop_lib.optim import optimizer as base
from tests.referee import assert_agree

SHAPES = [(4, 5), (5,), (5, 3), ()]
LARGE = [(150, 200), (200,), (200, 60)]  # 42,200 entries: more than one block


def parameters_of(shapes=SHAPES, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.normal(size=shape).astype(dtype)) for shape in shapes]


def one(*values, lr=1.0, make=optim.SGD):
    w = Tensor(list(values), "w")
    return w, make([w], lr)


# Each formula, written for one parameter as a textbook has it, with no array changed in place


def sgd(w, g, t, lr, weight_decay=0.0):
    return w - lr * (g + weight_decay * w)


def momentum(w, g, t, lr, v=0.0, weight_decay=0.0):
    v = 0.9 * v + g + weight_decay * w
    return w - lr * v, v


def nesterov(w, g, t, lr, v=0.0, weight_decay=0.0):
    g = g + weight_decay * w
    v = 0.9 * v + g
    return w - lr * (g + 0.9 * v), v


def adagrad(w, g, t, lr, s=0.0):
    s = s + g**2
    return w - lr * g / (np.sqrt(s) + 1e-10), s


def rmsprop(w, g, t, lr, v=0.0):
    v = 0.99 * v + 0.01 * g**2
    return w - lr * g / (np.sqrt(v) + 1e-8), v


def adam(w, g, t, lr, m=0.0, v=0.0, weight_decay=0.0):
    g = g + weight_decay * w
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), m, v


def adamw(w, g, t, lr, m=0.0, v=0.0, weight_decay=0.01):
    return adam(w - lr * weight_decay * w, g, t, lr, m, v)


def lion(w, g, t, lr, m=0.0, weight_decay=0.1):
    c = np.sign(0.9 * m + 0.1 * g)
    return w - lr * (c + weight_decay * w), 0.99 * m + 0.01 * g


class Lion(optim.Optimizer):
    """Chen et al. (2023), algorithm 2: written from the docstring of `optimizer.py` alone."""

    state = ("m",)

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.1):
        super().__init__(parameters, lr)
        self.betas, self.weight_decay = betas, weight_decay

    def update(self, w, g, m):
        b1, b2 = self.betas
        c = np.sign(b1 * m + (1 - b1) * g)
        w -= self.lr * (c + self.weight_decay * w)
        m *= b2
        m += (1 - b2) * g


TEXTBOOK = {
    "SGD": (optim.SGD, sgd, {}),
    "SGD, decay": (optim.SGD, sgd, {"weight_decay": 0.3}),
    "Momentum": (optim.Momentum, momentum, {}),
    "Momentum, decay": (optim.Momentum, momentum, {"weight_decay": 0.3}),
    "Nesterov": (optim.Nesterov, nesterov, {}),
    "Nesterov, decay": (optim.Nesterov, nesterov, {"weight_decay": 0.3}),
    "Adagrad": (optim.Adagrad, adagrad, {}),
    "RMSprop": (optim.RMSprop, rmsprop, {}),
    "Adam": (optim.Adam, adam, {}),
    "Adam, decay": (optim.Adam, adam, {"weight_decay": 0.3}),
    "AdamW": (optim.AdamW, adamw, {}),
    "AdamW, decay": (optim.AdamW, adamw, {"weight_decay": 0.3}),
    "Lion": (Lion, lion, {}),
}
ALL = pytest.mark.parametrize("name", TEXTBOOK)


def run(name, shapes, steps=50, gaps=False):
    """(our parameters, the textbook's arrays) after so many steps on the same random gradients."""
    make, formula, options = TEXTBOOK[name]
    ours = parameters_of(shapes)
    mine = make(ours, lr=0.05, **options)
    theirs, states = [p.data for p in ours], [() for _ in ours]
    rng = np.random.default_rng(1)
    for t in range(1, steps + 1):
        mine.lr = 0.05 if t < 20 else 0.01
        for i, p in enumerate(ours):
            g = p.grad = rng.normal(size=p.shape)
            if gaps and i == 1 and t % 3:
                p.grad = None
                continue
            names = dict(zip(make.state, states[i], strict=False))
            result = formula(theirs[i], g, t, mine.lr, **names, **options)
            theirs[i], *states[i] = result if make.state else (result,)
        mine.step()
    return ours, theirs


@ALL
@pytest.mark.parametrize("shapes", [SHAPES, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("gaps", [False, True], ids=["all", "some without gradient"])
def test_it_is_the_textbook_formula(name, shapes, gaps):
    ours, theirs = run(name, shapes, gaps=gaps)
    pairs = zip(ours, theirs, strict=True)
    assert_agree(name, {str(i): (p.data, value) for i, (p, value) in enumerate(pairs)})


def test_the_large_case_has_more_than_one_block():
    assert sum(p.size for p in parameters_of(LARGE)) > base.BLOCK


@ALL
def test_gradients_are_not_changed(name):
    make, _, options = TEXTBOOK[name]
    ours = parameters_of()
    mine = make(ours, lr=0.1, **options)
    sum_of_squares(ours).backward()
    before = [p.grad.copy() for p in ours]
    mine.step()
    assert all(np.array_equal(p.grad, g) for p, g in zip(ours, before, strict=True))


@ALL
def test_float32_stays_float32(name):
    make, _, options = TEXTBOOK[name]
    options = {key: np.float64(value) for key, value in options.items()}
    ours = parameters_of(dtype=np.float32)
    mine = make(ours, lr=np.float64(0.1), **options)
    seen = []
    update = mine.update
    mine.update = lambda *arrays: (update(*arrays), seen.extend(a.dtype for a in arrays))
    sum_of_squares(ours).backward()
    mine.step()
    assert {p.data.dtype for p in ours} | {p.grad.dtype for p in ours} | set(seen) == {np.dtype(np.float32)}
    values = [v for v in vars(mine).values() if isinstance(v, np.generic)]
    assert values == []  # a numpy float64 in a formula would compute in float64


@ALL
def test_it_minimises(name):
    make, _, options = TEXTBOOK[name]
    w = Tensor([3.0, -2.0])
    mine = make([w], lr=0.1 if make is not optim.Adagrad else 1.0, **options)
    for t in range(400):
        mine.lr = mine.lr * (0.99 if t > 200 else 1)
        mine.zero_grad()
        ((w - np.array([1.0, 0.5])) ** 2).sum().backward()
        mine.step()
    assert np.abs(w.data - [1.0, 0.5]).max() < 0.5  # decay moves the minimum


def sum_of_squares(tensors):
    return sum((p * p).sum() for p in tensors)


# What the user and other optimizers do between steps


def test_setting_data_is_seen():
    w, mine = one(1.0, 2.0)
    w.data = [10.0, 20.0]
    w.grad = np.ones(2)
    mine.step()
    assert w.data.tolist() == [9.0, 19.0]
    w.data[...] = 5.0
    w.data[0] += 1
    mine.step()
    assert w.data.tolist() == [5.0, 4.0]


def test_the_array_that_was_set_stays_the_users():
    w, mine = one(1.0, 2.0)
    mine_too = np.array([10.0, 20.0])
    w.data = mine_too
    y = (w * w).sum()
    mine_too[...] = 7.0
    y.backward()
    assert w.grad.tolist() == [20.0, 40.0]
    mine.step()
    mine_too[...] = 8.0
    assert w.data.tolist() == [-10.0, -20.0]


def test_two_parameters_never_share_an_array():
    (a, first), (b, _) = one(1.0), one(2.0)
    a.data = b.data
    a.data[0] = 9.0
    a.grad = np.ones(1)
    first.step()
    assert (a.item(), b.item()) == (8.0, 2.0)


def test_an_old_array_of_data_is_read_only():
    w, mine = one(1.0, 2.0)
    kept = w.data
    kept[0] = 3.0  # still the Tensor's own
    w.grad = np.ones(2)
    mine.step()
    assert w.data.tolist() == [2.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 5.0
    assert kept.tolist() == [3.0, 2.0]


def test_an_array_from_before_the_optimizer_is_read_only():
    w = Tensor([1.0, 2.0])
    kept = w.data
    optim.SGD([w], 1.0)
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 5.0


def test_a_gradient_of_the_users_own_is_seen_each_time_it_changes():
    w, mine = one(0.0)
    own = np.array([1.0])
    w.grad = own
    mine.step()
    own[0] = 10.0
    mine.step()
    assert w.item() == -11.0
    (w * 5.0).sum().backward()  # adds to it, elsewhere
    assert (w.grad.item(), own.item()) == (15.0, 10.0)


def test_a_gradient_may_be_a_list_or_a_number():
    w, v = Tensor([1.0, 2.0]), Tensor(3.0)
    mine = optim.SGD([w, v], 1.0)
    w.grad, v.grad = [1.0, 1.0], 2.0
    mine.step()
    assert (w.data.tolist(), v.item()) == ([0.0, 1.0], 1.0)


def test_gradients_may_be_exchanged():
    a, b = Tensor([0.0]), Tensor([0.0])
    mine = optim.SGD([a, b], 1.0)
    (a * 1.0 + b * 10.0).sum().backward()
    a.grad, b.grad = b.grad, a.grad
    for _ in range(2):
        mine.step()
    assert (a.item(), b.item()) == (-20.0, -2.0)
    assert (a.grad.item(), b.grad.item()) == (10.0, 1.0)


def test_a_gradient_of_the_wrong_shape_changes_nothing():
    a, b = Tensor([1.0]), Tensor([1.0, 2.0], "b")
    mine = optim.SGD([a, b], 1.0)
    a.grad, b.grad = np.ones(1), np.ones(1)
    with pytest.raises(ValueError, match=r"grad of b has shape \(1,\), its data \(2,\)"):
        mine.step()
    assert (a.item(), b.data.tolist(), mine.t) == (1.0, [1.0, 2.0], 0)


def test_gradients_add_up_until_zero_grad():
    w, mine = one(1.0)
    for _ in range(2):
        (w * 3.0).sum().backward()
    assert w.grad.tolist() == [6.0]
    mine.zero_grad()
    assert w.grad is None
    (w * 3.0 + w * 2.0).sum().backward()
    assert w.grad.tolist() == [5.0]


def test_a_step_without_any_gradient_is_an_error():
    w, mine = one(1.0)
    (w * w).sum().backward()
    mine.zero_grad()
    with pytest.raises(RuntimeError, match=r"no parameter has a gradient: call backward\(\)"):
        mine.step()
    assert (w.item(), mine.t) == (1.0, 0)


def test_two_optimizers_for_one_parameter():
    w = Tensor([1.0])
    first, second = optim.SGD([w], 0.1), optim.Momentum([w], 1.0)
    expected, v = 1.0, 0.0
    for t in range(6):
        (first if t % 2 else second).zero_grad()
        (w * w).sum().backward()
        g = 2 * expected
        assert abs(w.grad.item() - g) < 1e-12
        if t % 2:
            first.step()
            expected -= 0.1 * g
        else:
            second.step()
            v = 0.9 * v + g
            expected -= v
        assert abs(w.item() - expected) < 1e-12


def test_both_of_two_optimizers_use_one_gradient():
    w = Tensor([1.0])
    first, second = optim.SGD([w], 0.1), optim.SGD([w], 0.01)
    (w * 3.0).sum().backward()
    first.step()
    second.step()
    assert abs(w.item() - (1 - 0.33)) < 1e-15


def test_a_parameter_outlives_its_optimizer():
    w, mine = one(1.0, 2.0)
    (w * w).sum().backward()
    mine.step()
    del mine
    w.zero_grad()
    (w * w).sum().backward()
    assert (w.data.tolist(), w.grad.tolist()) == ([-1.0, -2.0], [-2.0, -4.0])
    w.data[0] = 7.0
    assert w.data.tolist() == [7.0, -2.0]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_has_parameters_and_state_of_its_own(duplicate):
    w, mine = one(1.0, lr=0.1, make=optim.Momentum)
    for _ in range(2):
        w.grad = np.ones(1)
        mine.step()
    twin, twins = duplicate((w, mine))
    for _ in range(3):
        for p, optimizer in ((w, mine), (twin, twins)):
            optimizer.zero_grad()
            (p * 2.0).sum().backward()
            optimizer.step()
        assert twin.item() == w.item()
    twins.step()
    assert twin.item() < w.item()


# Graphs that wait: a step changes their arrays in place


OLD = "an optimizer's step has changed w since '.+' was computed from it: compute the loss again before"


def stale(use):
    """use(w, x) before a step of w, backward after it."""
    w, mine = one(1.0, 2.0)
    x = Tensor([1.0, 1.0])
    y = use(w, x)
    w.grad = np.ones(2)
    mine.step()
    with pytest.raises(RuntimeError, match=OLD):
        y.backward()
    assert x.grad is None  # none of the new numbers got through
    assert w.grad.tolist() == [1.0, 1.0]


def test_a_graph_from_before_a_step_is_out_of_date():
    stale(lambda w, x: (x * w).sum())
    stale(lambda w, x: (x * 2.0 * w[:]).sum())
    stale(lambda w, x: ops.tanh(x * w).sum() + x.sum())


def test_a_view_from_before_a_step_is_out_of_date():
    w, mine = one(1.0, 2.0)
    part = w[:1]
    w.grad = np.ones(2)
    mine.step()
    with pytest.raises(RuntimeError, match=OLD):
        (part * part).sum().backward()


def test_a_frozen_parameter_makes_a_graph_out_of_date_too():
    w, mine = one(1.0, 2.0)
    (w * w).sum().backward()
    w.requires_grad = False
    x = Tensor([1.0, 1.0])
    y = (x * w).sum()
    mine.step()
    with pytest.raises(RuntimeError, match=OLD):
        y.backward()


def test_a_view_taken_without_a_graph_keeps_its_values():
    w, mine = one(1.0, 2.0)
    with no_grad():
        views = [w[:], w.reshape(2, 1).reshape(2), ops.transpose(w)]
    x = Tensor([1.0, 1.0])
    y = sum((x * view).sum() for view in views)
    w.grad = np.ones(2)
    mine.step()
    y.backward()
    assert [view.data.tolist() for view in views] == [[1.0, 2.0]] * 3
    assert x.grad.tolist() == [3.0, 6.0]


def test_an_interrupted_step_makes_a_graph_out_of_date_too():
    class Interrupted(optim.SGD):
        def update(self, w, g):
            super().update(w, g)
            raise KeyboardInterrupt

    w, mine = one(1.0, 2.0, make=Interrupted)
    x = Tensor([1.0, 1.0])
    y = (x * w).sum()
    w.grad = np.ones(2)
    with pytest.raises(KeyboardInterrupt):
        mine.step()
    with pytest.raises(RuntimeError, match=OLD):
        y.backward()


def test_bringing_data_back_makes_a_graph_out_of_date_too():
    w, mine = one(1.0, 2.0)
    x = Tensor([1.0, 1.0])
    y = (x * w).sum()
    w.data = [5.0, 5.0]
    w.grad = np.zeros(2)
    mine._flat.gather()
    with pytest.raises(RuntimeError, match=OLD):
        y.backward()


def test_a_parameter_that_did_not_change_makes_none_out_of_date():
    a, b = Tensor([1.0]), Tensor([3.0])
    mine = optim.SGD([a, b], 1.0)
    first, second = (a * a).sum(), (b * b).sum()
    first.backward()
    mine.step()
    second.backward()
    assert (a.item(), b.item(), b.grad.item()) == (-1.0, 3.0, 6.0)


def test_changing_data_between_forward_and_backward_is_harmless():
    w, mine = one(1.0, 2.0)
    y = (w * w).sum()
    w.data[0] = 100.0
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0]
    mine.step()
    assert w.data.tolist() == [98.0, -2.0]


def test_a_vjp_with_a_default_argument_of_its_own_is_left_alone():
    @op
    def scaled_in_a_test(x, *, k):
        return k * x, lambda g, k=k: k * g

    w, _ = one(1.0, 2.0)
    scaled_in_a_test(w, k=3.0).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]


def test_a_weight_gradient_is_written_into_the_buffer():
    x, W, b = np.ones((3, 2)), Tensor(np.ones((2, 4))), Tensor(np.zeros(4))
    mine = optim.SGD([W, b], 1.0)
    for _ in range(2):  # the second one is added
        ops.linear(x, W, b).sum().backward()
    assert W.grad.base is b.grad.base is mine._flat.grad
    assert (W.grad == 6).all() and (b.grad == 6).all()


def test_a_number_as_parameter_has_an_array_as_gradient():
    w = Tensor(2.0)
    for times in (1, 2):
        (w * w).backward()
        assert isinstance(w.grad, np.ndarray) and w.grad.tolist() == 4.0 * times


# Going on after a restart


@ALL
def test_training_goes_on_after_a_restart(name, tmp_path):
    make, _, options = TEXTBOOK[name]
    rng = np.random.default_rng(5)
    steps = [[rng.normal(size=shape) for shape in SHAPES] for _ in range(6)]

    def train(parameters, optimizer, gradients):
        for step in gradients:
            for p, g in zip(parameters, step, strict=True):
                p.grad = g
            optimizer.step()

    whole, halved = parameters_of(), parameters_of()
    train(whole, make(whole, lr=0.1, **options), steps[:3])
    first = make(halved, lr=0.1, **options)
    train(halved, first, steps[:3])
    first.lr = 0.02
    np.savez(tmp_path / "state.npz", **first.state_dict())
    loaded = [Tensor(p.data) for p in halved]
    second = make(loaded, lr=0.5, **options)
    with np.load(tmp_path / "state.npz") as state:
        second.load_state_dict(state)
    assert (second.t, second.lr) == (3, 0.02)
    train(halved, first, steps[3:])
    train(loaded, second, steps[3:])
    assert all(np.array_equal(p.data, q.data) for p, q in zip(halved, loaded, strict=True))


def test_state_dict_holds_copies():
    w, mine = one(1.0, make=optim.Momentum)
    state = mine.state_dict()
    w.grad = np.ones(1)
    mine.step()
    assert (state["v.0"].tolist(), int(state["t"])) == ([0.0], 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "Nesterov"}, "state is that of Nesterov, this is Momentum"),
        ({"v.1": np.ones(1)}, r"missing or unexpected \['v.1'\]"),
        ({"v.0": None}, r"missing or unexpected \['v.0'\]"),
        ({"v.0": np.ones((2, 1))}, r"v.0 has shape \(2, 1\), expected \(2,\)"),
        ({"v.0": np.array(["a", "b"])}, "could not convert"),
        ({"lr": math.nan}, "lr must be a finite number"),
    ],
)
def test_state_that_does_not_fit_changes_nothing(change, message):
    _, mine = one(1.0, 2.0, lr=0.1, make=optim.Momentum)
    state = {**mine.state_dict(), "t": 5, "v.0": np.ones(2), **change}
    state = {name: value for name, value in state.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        mine.load_state_dict(state)
    assert (mine.t, mine.lr, mine.state_dict()["v.0"].tolist()) == (0, 0.1, [0.0, 0.0])


# Bad input


@pytest.mark.parametrize(
    ("lr", "error"),
    [
        (0, ValueError),
        (-0.1, ValueError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        ("0.1", TypeError),
        (True, TypeError),
        (np.True_, TypeError),
        (None, TypeError),
        (1j, TypeError),
        (np.array([0.1]), TypeError),
    ],
)
def test_a_bad_learning_rate(lr, error):
    w = Tensor([1.0])
    kept = w.data
    with pytest.raises(error, match=r"lr must be a .*number > 0, got"):
        optim.SGD([w], lr)
    kept[0] = 2.0  # the parameter was left alone
    assert w.item() == 2.0


def test_a_learning_rate_can_be_changed_even_to_zero():
    w, mine = one(1.0)
    w.grad = np.ones(1)
    mine.lr = 0
    mine.step()
    assert w.item() == 1.0
    for wrong in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="lr must be a finite number ≥ 0, got"):
            mine.lr = wrong
    with pytest.raises(TypeError, match="lr must be a number ≥ 0, got str: '1'"):
        mine.lr = "1"
    assert mine.lr == 0


def test_bad_parameters():
    w, v = Tensor([1.0], "w"), Tensor([2.0])
    generator = (p for p in [w])
    optim.SGD(generator, 0.1)

    class Model:
        def parameters(self):
            return [w]

    cases = [
        ([], ValueError, "parameters is empty: give at least one"),
        (generator, ValueError, "parameters is empty.*a generator works only once"),
        ([v, w, v, w], ValueError, r"parameters\[2\].* was given before"),
        ([v, w * 2], ValueError, r"parameters\[1\] must be a leaf .* this is the result of 'mul'"),
        (
            [Tensor([1.0], requires_grad=False)],
            ValueError,
            r"parameters\[0\] .* a constant, requires_grad=False",
        ),
        ([w, 3], TypeError, r"parameters\[1\] must be a Tensor, got int"),
        ([np.ones(2)], TypeError, r"parameters\[0\] must be a Tensor, got ndarray"),
        (
            [w, Tensor(np.ones(2, np.float32))],
            ValueError,
            "parameters must have one dtype, got float32 and float64",
        ),
        (w, TypeError, r"must be a list of Tensors, got one Tensor: write \[w\]"),
        (Model(), TypeError, r"must be a list of Tensors, got Model: give model.parameters\(\)"),
        (None, TypeError, "must be a list of Tensors, got NoneType$"),
    ]
    for parameters, error, message in cases:
        with pytest.raises(error, match=message):
            optim.SGD(parameters, 0.1)


@pytest.mark.parametrize(
    ("make", "options", "error", "message"),
    [
        (optim.SGD, {"weight_decay": -1}, ValueError, "weight_decay must be a finite number ≥ 0, got -1"),
        (optim.Momentum, {"beta": 1}, ValueError, "beta must be a finite number ≥ 0 and < 1, got 1"),
        (optim.Nesterov, {"beta": "0.9"}, TypeError, "beta must be a number ≥ 0 and < 1, got str: '0.9'"),
        (optim.Adagrad, {"eps": 0}, ValueError, "eps must be a finite number > 0, got 0"),
        (optim.RMSprop, {"alpha": -0.1}, ValueError, "alpha must be"),
        (optim.RMSprop, {"eps": math.nan}, ValueError, "eps must be"),
        (optim.Adam, {"betas": (0.9, 1.0)}, ValueError, r"betas\[1\] must be"),
        (optim.Adam, {"betas": (-0.1, 0.9)}, ValueError, r"betas\[0\] must be"),
        (optim.Adam, {"betas": 0.9}, TypeError, "betas must be two numbers.* got 0.9"),
        (optim.Adam, {"betas": (0.9, 0.99, 0.999)}, TypeError, "betas must be two numbers"),
        (optim.AdamW, {"eps": -1}, ValueError, "eps must be"),
        (optim.AdamW, {"weight_decay": math.inf}, ValueError, "weight_decay must be"),
    ],
)
def test_bad_options(make, options, error, message):
    with pytest.raises(error, match=message):
        make([Tensor([1.0])], lr=0.1, **options)


def test_an_optimizer_without_a_formula():
    w, mine = one(1.0, make=optim.Optimizer)
    w.grad = np.ones(1)
    with pytest.raises(NotImplementedError, match=r"Optimizer must define update\(self, w, g, \*state\)"):
        mine.step()


# Schedules


def test_schedules_at_known_points():
    step = optim.step_decay(1.0, 10, 0.5)
    assert [step(t) for t in (0, 9, 10, 29, 30)] == [1.0, 1.0, 0.5, 0.25, 0.125]
    cosine = optim.cosine(1.0, 100, final=0.2)
    assert np.allclose([cosine(t) for t in (0, 50, 100, 1000)], [1.0, 0.6, 0.2, 0.2], rtol=0, atol=1e-15)
    assert optim.cosine(1.0, 100)(100) == 0.0
    assert {optim.constant(0.3)(t) for t in range(9)} == {0.3}


def test_warmup_rises_in_a_line_and_the_rest_counts_from_there():
    rise = [0.25, 0.5, 0.75]
    for schedule, after in [
        (optim.constant(1.0, warmup=3), optim.constant(1.0)),
        (optim.step_decay(1.0, 4, warmup=3), optim.step_decay(1.0, 4)),
        (optim.cosine(1.0, 23, warmup=3), optim.cosine(1.0, 20)),
    ]:
        assert [schedule(t) for t in range(3)] == rise
        assert [schedule(t + 3) for t in range(25)] == [after(t) for t in range(25)]


def test_a_schedule_in_the_training_loop():
    w, mine = one(0.0, make=optim.SGD)
    schedule = optim.cosine(1.0, 10, warmup=2)
    for _ in range(11):
        w.grad = np.ones(1)
        mine.lr = schedule(mine.t)
        mine.step()
    assert abs(w.item() + sum(schedule(t) for t in range(11))) < 1e-12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.constant(0), "lr must be"),
        (lambda: optim.constant(1.0, warmup=-1), "warmup must be"),
        (lambda: optim.constant(1.0, warmup=2.5), "warmup must be a whole number ≥ 0, got 2.5"),
        (lambda: optim.step_decay(1.0, 0), "every must be a whole number ≥ 1, got 0"),
        (lambda: optim.step_decay(1.0, 5, 0), "factor must be"),
        (lambda: optim.cosine(1.0, 0), "steps must be"),
        (lambda: optim.cosine(1.0, 10, warmup=10), "warmup must be less than the 10 steps, got 10"),
        (lambda: optim.cosine(1.0, 10, final=-1), "final must be"),
        (lambda: optim.cosine(1.0, 10)(-1), "t must be"),
    ],
)
def test_bad_schedules(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# Clipping


def three(*gradients, dtype=np.float64):
    """Tensors with these gradients, None for none."""
    tensors = [Tensor(np.zeros(np.shape(g) if g is not None else 2), dtype=dtype) for g in gradients]
    for p, g in zip(tensors, gradients, strict=True):
        p.grad = None if g is None else np.array(g, dtype)
    return tensors


def test_clip_norm_scales_all_gradients_together():
    tensors = three([3.0, 0.0], None, [[4.0]])
    arrays = [p.grad for p in tensors]
    assert optim.clip_norm(tensors, 1.0) == 5.0
    assert np.allclose(tensors[0].grad, [0.6, 0.0]) and np.allclose(tensors[2].grad, 0.8)
    assert [p.grad for p in tensors] == arrays and tensors[1].grad is None
    assert abs(optim.clip_norm(iter(tensors), 10.0) - 1.0) < 1e-15
    assert np.allclose(tensors[0].grad, [0.6, 0.0])


def test_clipping_in_the_optimizers_buffer():
    w, mine = one(1.0, 1.0)
    (w * np.array([3.0, 4.0])).sum().backward()
    assert optim.clip_norm(mine.parameters, 2.5) == 5.0
    mine.step()
    assert np.allclose(w.data, [-0.5, -1.0])


def test_clip_value_cuts_each_entry():
    tensors = three([3.0, -0.2], None, [[-4.0]])
    optim.clip_value(tensors, 0.5)
    assert (tensors[0].grad.tolist(), tensors[2].grad.tolist()) == ([0.5, -0.2], [[-0.5]])
    tensors = three([math.nan, math.inf, -1.0])
    optim.clip_value(tensors, 0.5)
    assert np.array_equal(tensors[0].grad, [math.nan, 0.5, -0.5], equal_nan=True)


def test_a_gradient_that_is_a_plain_number_is_clipped():
    for clip in (optim.clip_norm, optim.clip_value):
        w = Tensor(0.0)
        w.grad = 8.0
        clip([w], 2.0)
        assert w.grad == 2.0


@pytest.mark.parametrize("bad", [[math.nan, 1.0], [1.0, math.inf], [math.nan, math.inf], [-math.inf, 1.0]])
@pytest.mark.parametrize("order", [1, -1])
def test_a_norm_that_is_no_number_changes_nothing(bad, order):
    tensors = three(*[bad, [2.0, 3.0]][::order])
    assert not math.isfinite(optim.clip_norm(tensors, 1.0))
    found = [p.grad for p in tensors][::order]
    assert np.array_equal(found[0], bad, equal_nan=True)
    assert found[1].tolist() == [2.0, 3.0]


@pytest.mark.parametrize(("dtype", "large"), [(np.float64, 1e200), (np.float32, 1e30)])
def test_the_norm_of_numbers_whose_squares_overflow(dtype, large):
    tensors = three([3 * large], [4 * large], dtype=dtype)
    assert abs(optim.clip_norm(tensors, 1.0) / large - 5) < 1e-6
    assert np.allclose([p.grad[0] for p in tensors], [0.6, 0.8])
    assert tensors[0].grad.dtype == dtype


def test_clipping_nothing():
    assert optim.clip_norm([], 1.0) == optim.clip_norm(three(None), 1.0) == 0.0
    optim.clip_value(three(None), 1.0)
    for clip in (optim.clip_norm, optim.clip_value):
        with pytest.raises(ValueError, match="limit must be a finite number > 0, got 0"):
            clip([], 0)
