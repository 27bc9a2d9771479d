"""Our optimizers, schedules and clipping against PyTorch float64."""

import numpy as np
import pytest
import torch

from backprop_lib import Tensor, ops, optim
from tests.referee import assert_agree

SMALL = [(4, 5), (5,), (5, 3), (3,), ()]
LARGE = [(150, 200), (200,), (200, 60), (60,)]  # 42,260 entries: more than one block
PAIRS = {
    "SGD": (lambda p: optim.SGD(p, 0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "SGD, decay": (
        lambda p: optim.SGD(p, 0.1, weight_decay=0.3),
        lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.3),
    ),
    "Momentum": (lambda p: optim.Momentum(p, 0.1), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "Momentum, decay": (
        lambda p: optim.Momentum(p, 0.1, 0.7, weight_decay=0.3),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.7, weight_decay=0.3),
    ),
    "Nesterov": (
        lambda p: optim.Nesterov(p, 0.1),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
    ),
    "Nesterov, decay": (
        lambda p: optim.Nesterov(p, 0.1, 0.7, weight_decay=0.3),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.7, nesterov=True, weight_decay=0.3),
    ),
    "Adagrad": (optim.Adagrad, torch.optim.Adagrad),
    "RMSprop": (optim.RMSprop, torch.optim.RMSprop),
    "RMSprop, options": (
        lambda p: optim.RMSprop(p, 0.02, 0.9, eps=1e-3),
        lambda p: torch.optim.RMSprop(p, 0.02, 0.9, eps=1e-3),
    ),
    "Adam": (optim.Adam, torch.optim.Adam),
    "Adam, options": (
        lambda p: optim.Adam(p, 0.02, (0.8, 0.95), eps=1e-3, weight_decay=0.3),
        lambda p: torch.optim.Adam(p, 0.02, (0.8, 0.95), eps=1e-3, weight_decay=0.3),
    ),
    "AdamW": (optim.AdamW, torch.optim.AdamW),
    "AdamW, options": (
        lambda p: optim.AdamW(p, 0.02, (0.8, 0.95), eps=1e-3, weight_decay=0.3),
        lambda p: torch.optim.AdamW(p, 0.02, (0.8, 0.95), eps=1e-3, weight_decay=0.3),
    ),
}


def both(name, shapes, seed=0):
    """Our parameters and optimizer, and PyTorch's, from the same start."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=shape) for shape in shapes]
    ours = [Tensor(value) for value in values]
    theirs = [torch.tensor(value, requires_grad=True) for value in values]
    make_ours, make_theirs = PAIRS[name]
    return ours, make_ours(ours), theirs, make_theirs(theirs)


def set_lr(ours, theirs, lr):
    ours.lr = theirs.param_groups[0]["lr"] = lr


def compare(name, ours, theirs):
    pairs = zip(ours, theirs, strict=True)
    assert_agree(name, {str(i): (p.data, q.detach().numpy()) for i, (p, q) in enumerate(pairs)})


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("shapes", [SMALL, LARGE], ids=["small", "large"])
def test_50_steps_on_random_gradients(name, shapes):
    ours, mine, theirs, reference = both(name, shapes)
    rng = np.random.default_rng(1)
    for t in range(50):
        set_lr(mine, reference, mine.lr * (0.5 if t == 20 else 1))
        for p, q in zip(ours, theirs, strict=True):
            p.grad = rng.normal(size=p.shape)
            q.grad = torch.tensor(p.grad)
        mine.step()
        reference.step()
    compare(name, ours, theirs)


@pytest.mark.parametrize("name", PAIRS)
def test_50_steps_on_a_loss(name):
    ours, mine, theirs, reference = both(name, SMALL[:4])
    rng = np.random.default_rng(2)
    for _ in range(50):
        x, labels = rng.normal(size=(7, 4)), rng.integers(0, 3, 7)
        W, b, V, c = ours
        mine.zero_grad()
        ops.softmax_cross_entropy(ops.tanh(x @ W + b) @ V + c, labels).backward()
        mine.step()
        W, b, V, c = theirs
        reference.zero_grad()
        logits = torch.tanh(torch.tensor(x) @ W + b) @ V + c
        torch.nn.functional.cross_entropy(logits, torch.tensor(labels)).backward()
        reference.step()
    compare(name, ours, theirs)


@pytest.mark.parametrize("name", [name for name in PAIRS if not name.startswith("Adam")])
def test_a_parameter_that_has_no_gradient_in_some_steps(name):
    ours, mine, theirs, reference = both(name, SMALL)
    steps_with_gaps(ours, mine, theirs, reference)
    compare(name, ours, theirs)


@pytest.mark.parametrize("name", ["Adam", "Adam, options", "AdamW", "AdamW, options"])
def test_adam_counts_t_for_all_parameters_together(name):
    # PyTorch counts for each parameter the steps in which it had a gradient
    ours, mine, theirs, reference = both(name, SMALL)
    steps_with_gaps(ours, mine, theirs, reference)
    compare(name, ours[:1] + ours[2:], theirs[:1] + theirs[2:])
    assert abs(ours[1].data - theirs[1].detach().numpy()).max() > 1e-6
    ours, mine, theirs, reference = both(name, SMALL)
    steps_with_gaps(ours, mine, theirs, reference, one_t=True)
    compare(name, ours, theirs)


def steps_with_gaps(ours, mine, theirs, reference, one_t=False):
    """50 steps, of which the second parameter takes part in every third but the first."""
    rng = np.random.default_rng(3)
    for t in range(1, 51):
        for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            gone = i == 1 and t % 3
            p.grad = None if gone else rng.normal(size=p.shape)
            q.grad = None if gone else torch.tensor(p.grad)
            if one_t and "step" in reference.state[q]:
                reference.state[q]["step"].fill_(t - 1)
            elif one_t and not gone and t > 1:
                zeros = {name: torch.zeros_like(q) for name in ("exp_avg", "exp_avg_sq")}
                reference.state[q].update(step=torch.tensor(t - 1.0), **zeros)
        mine.step()
        reference.step()


def lrs_of_torch(schedulers_of, steps, lr=0.3):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr)
    scheduler, found = schedulers_of(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(found)


def warmed_up(after, warmup):
    def make(optimizer):
        first = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / (warmup + 1), total_iters=warmup)
        return torch.optim.lr_scheduler.SequentialLR(optimizer, [first, after(optimizer)], [warmup])

    return make


@pytest.mark.filterwarnings("ignore:The epoch parameter")  # SequentialLR itself calls it so
@pytest.mark.parametrize("warmup", [0, 1, 7])
def test_schedules(warmup):
    scheduler = torch.optim.lr_scheduler
    cases = {
        "constant": (optim.constant(0.3, warmup=warmup), lambda o: scheduler.ConstantLR(o, 1)),
        "step decay": (
            optim.step_decay(0.3, 10, 0.5, warmup=warmup),
            lambda o: scheduler.StepLR(o, 10, 0.5),
        ),
        "cosine": (
            optim.cosine(0.3, 40, warmup=warmup, final=0.02),
            lambda o: scheduler.CosineAnnealingLR(o, 40 - warmup, 0.02),
        ),
    }
    for name, (ours, theirs) in cases.items():
        expected = lrs_of_torch(warmed_up(theirs, warmup) if warmup else theirs, 40)
        assert_agree(name, {f"warmup {warmup}": (np.array([ours(t) for t in range(40)]), expected)})


def with_gradients(scale):
    rng = np.random.default_rng(4)
    ours = [Tensor(np.zeros(shape)) for shape in SMALL]
    theirs = [torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in SMALL]
    for p, q in zip(ours[1:], theirs[1:], strict=True):
        p.grad = scale * rng.normal(size=p.shape)
        q.grad = torch.tensor(p.grad)
    return ours, theirs


def compare_gradients(name, ours, theirs):
    pairs = zip(ours[1:], theirs[1:], strict=True)
    assert_agree(name, {str(i): (p.grad, q.grad.numpy()) for i, (p, q) in enumerate(pairs)})


@pytest.mark.parametrize("limit", [3.0, 1e12])
def test_clip_norm(limit):
    ours, theirs = with_gradients(1e8)  # large, since PyTorch adds 1e-6 to the norm
    norm = optim.clip_norm(ours, limit)
    expected = torch.nn.utils.clip_grad_norm_(theirs, limit)
    assert_agree("clip_norm", {"norm": (norm, expected.numpy())})
    compare_gradients("clip_norm", ours, theirs)


def test_clip_value():
    ours, theirs = with_gradients(1.0)
    optim.clip_value(ours, 0.4)
    torch.nn.utils.clip_grad_value_(theirs, 0.4)
    compare_gradients("clip_value", ours, theirs)
