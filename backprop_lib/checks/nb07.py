"""The exercises of notebook 07: the loop, 20 images, choosing λ (in choosing07.py), dropout."""

from . import choosing07, overfit07  # noqa: F401  (register 07.choose_lambda and 07.overfit20)
from .comparing import compare
from .exercise import Exercise, Mistake, register


def _generator(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    return np.random.RandomState(rng.randrange(2**32))


# The loop: a linear model with squared error, so that every wrong loop can be computed in plain numpy


def _loop_cases(rng):
    cases = []
    for steps, stale in ((1, False), (2, False), (3, True), (4, True)):
        draw = _generator(rng)
        batches = [[draw.randn(n, 3), draw.randn(n, 2)] for n in [2, 5, 3, 4][:steps]]
        cases.append({
            "W": draw.randn(3, 2), "b": draw.randn(2), "batches": batches,
            "rate": float(draw.uniform(0.05, 0.2)),
            "stale": [draw.randn(3, 2), draw.randn(2)] if stale else [],
        })  # fmt: skip
    return cases


def _loop_probe(train_loop, case):
    from .. import losses
    from ..ops import Tensor

    parameters = [Tensor(case["W"], "W"), Tensor(case["b"], "b")]
    for p, old in zip(parameters, case["stale"], strict=False):
        p.grad = old.copy()

    def loss_of(batch):
        x, y = batch
        return losses.mse(Tensor(x, requires_grad=False) @ parameters[0] + parameters[1], y)

    found = train_loop(parameters, loss_of, case["batches"], case["rate"])
    if found is None or found is ...:
        return found
    return {"losses": _as_floats(found), "W": parameters[0].data.copy(), "b": parameters[1].data.copy()}


def _as_floats(found):
    """An array of losses, also as a column, and arrays of one number in a list, are losses, too."""
    if hasattr(found, "tolist"):
        return found.ravel().tolist() if found.ndim else found.item()
    if type(found) not in (list, tuple):
        return found
    return [loss.item() if type(loss).__name__ == "ndarray" and loss.size == 1 else loss for loss in found]


def _loop(case, *, sign=1, adds=False, late=False, once=False, after=False, first_only=False, rate=True,
          averaged=False, moves=True, only=None):  # fmt: skip
    """What a loop gives, by formulas; the switches make it err."""
    W, b, found = case["W"].copy(), case["b"].copy(), []
    none = [0 * W, 0 * b]
    old = list(case["stale"]) if case["stale"] and not once else none
    for x, y in case["batches"]:
        d = x @ W + b - y
        found.append(float((d * d).mean()))
        gradients = [x.T @ (2 * d / d.size), (2 * d / d.size).sum(axis=0)]
        if adds or late or once:
            gradients = [g + kept for g, kept in zip(gradients, old, strict=True)]
            old = none if late else gradients
        step = sign * (case["rate"] if rate else 1.0) / (len(x) if averaged else 1)
        if moves:
            W, b = (p if only not in (None, k) else p - step * gradients[k] for k, p in enumerate((W, b)))
        if after:
            d = x @ W + b - y
            found[-1] = float((d * d).mean())
        if first_only:
            break
    return {"losses": found, "W": W, "b": b}


def _looped(**how):
    return lambda case: _loop(case, **how)


def _holds_tensors(case, got):
    entries = got["losses"] if type(got["losses"]) is list else []
    return any(getattr(entry, "type", "") == "Tensor" for entry in entries)


def _agrees(expected, got, names="Wb"):
    return all(compare(expected[name], got[name]) is None for name in names)


def _is_one_loss(case, got):
    """Trained as it should be, but only one number came back."""
    found = got["losses"]
    return _agrees(_loop(case), got) and (type(found) is float or (type(found) is list and len(found) == 1))


register(Exercise(
    "07.training_loop",
    "The training loop",
    cases=_loop_cases,
    probe=_loop_probe,
    reference=_loop,
    rtol=1e-9,
    show=lambda case: f"{len(case['batches'])} batch(es), rate {case['rate']:.3f}"
    + (", parameters with an old gradient" if case["stale"] else ""),
    mistakes=[
        Mistake("no-zero-grad",
                "The gradients of earlier batches are still there and are added: zero_grad is missing.",
                _looped(adds=True)),
        Mistake("zeroed-once",
                "zero_grad ran once, before the loop: from the second batch on, gradients are added.",
                _looped(once=True)),
        Mistake("zeroed-late",
                "The first step still has the old gradient in it: zero_grad comes too late, after the step.",
                _looped(late=True)),
        Mistake("uphill", "You add the gradient: that is uphill. Descent goes against it.", _looped(sign=-1)),
        Mistake("no-rate", "Each step is the whole gradient; the rate is missing.", _looped(rate=False)),
        Mistake("first-batch-only", "Only the first batch was used. Is the `return` inside the loop?",
                _looped(first_only=True)),
        Mistake("loss-after",
                "Your losses are those after the step. Asked are those before it.", _looped(after=True)),
        Mistake("divided-again", "You divide by the size of the batch; the loss is a mean already.",
                _looped(averaged=True)),
        Mistake("not-moved",
                "The losses are there, but the parameters have not moved. `p.data -= …` changes them.",
                _looped(moves=False)),
        Mistake("one-moved",
                "Only one of the parameters was moved. The step is for every `p` in `parameters`.",
                when=lambda case, got: any(_agrees(_loop(case, only=k), got) for k in (0, 1))),
        Mistake("one-loss", "There is one loss. Asked is a list, with the loss of every batch.",
                when=_is_one_loss),
        Mistake("tensors", "The losses are Tensors, each with its whole graph. `L.item()` is the number.",
                when=_holds_tensors),
        Mistake("grad-is-none",
                "A gradient is None when the step needs it: zero_grad, then backward, then the step.",
                when=lambda case, got: getattr(got, "type", "") == "TypeError" and "None" in got.message),
    ],
    hints=[
        "Four things for each batch: the loss, zero_grad for every parameter, backward, the step.",
        "A parameter moves by −rate · gradient: `p.data -= rate * p.grad`.",
        "The loss of a batch as a plain number is `L.item()`.",
    ],
))  # fmt: skip


# Dropout

_PARTS = ("forward", "backward", "in use")


def _dropout_cases(rng):
    cases = []
    for shape, p in (((2, 3), 0.5), ((4, 3), 0.2), ((5,), 0.7)):
        draw = _generator(rng)
        for part in _PARTS:
            u = draw.rand(*shape)
            u.flat[draw.permutation(u.size)[:3]] = p, p / 2, (1 + p) / 2  # on the edge, and on both sides
            cases.append({"part": part, "x": draw.randn(*shape), "p": p, "u": u})
    return cases


def _dropout_probe(answer, case):
    from inspect import unwrap

    from .stubs import is_untouched

    forward, backward = answer
    training = case["part"] != "in use"
    function = backward if case["part"] == "backward" else forward
    result = function(case["x"], case["p"], case["u"], training)
    if case["part"] == "in use" and result is not None:
        return [_as_array(result), _as_array(backward(case["x"], case["p"], case["u"], False))]
    return ... if result is None and is_untouched(unwrap(function)) else _as_array(result)


def _as_array(result):
    """Lists of numbers are arrays, too."""
    import numpy as np

    return np.array(result, dtype=float) if type(result) in (list, tuple) else result


def _dropped(case, formula=lambda x, keep, p: x * keep / (1 - p), use=lambda x, p: x):
    import numpy as np

    x, p, keep = case["x"], case["p"], np.where(case["u"] < case["p"], 0.0, 1.0)
    if case["part"] == "in use":
        return [use(x, p), use(x, p)]
    return formula(x, keep, p)


def _is_masked(case, got):
    """Every entry is 0 or what a kept one becomes, and some are 0."""
    import numpy as np

    if case["part"] == "in use" or getattr(got, "shape", None) != case["x"].shape:
        return False
    kept = np.isclose(got, case["x"] / (1 - case["p"]), rtol=1e-9, atol=0)
    return bool(np.all(kept | (got == 0)) and not kept.all())


def _at_the_edge(case):
    """u > p in place of u >= p: what lies on the edge goes, as if it lay below."""
    return _dropped(case | {"u": case["u"] - (case["u"] == case["p"])})


def _slip(formula, part=None, use=lambda x, p: x):
    return lambda case: _dropped(case, formula, use) if part in (None, case["part"]) else None


register(Exercise(
    "07.dropout",
    "Dropout, forward and backward",
    cases=_dropout_cases,
    probe=_dropout_probe,
    reference=_dropped,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']}, p = {case['p']}, shape {case['x'].shape}",
    mistakes=[
        Mistake("not-scaled", "What is kept must be divided by 1 − p, or the mean shrinks.",
                _slip(lambda x, keep, p: x * keep)),
        Mistake("at-the-edge", "An entry with u equal to p is kept, too: `u >= p`.", _at_the_edge),
        Mistake("wrong-way", "You keep what should go: an entry is kept where u >= p.",
                _slip(lambda x, keep, p: x * (1 - keep) / (1 - p))),
        Mistake("scaled-by-p", "You divide by p. The share that is kept is 1 − p.",
                _slip(lambda x, keep, p: x * keep / p)),
        Mistake("multiplied", "You multiply by 1 − p: that shrinks what is kept once more.",
                _slip(lambda x, keep, p: x * keep * (1 - p))),
        Mistake("scaled-in-use", "In use nothing happens: the division in training has seen to the mean.",
                lambda case: [case["x"] * (1 - case["p"])] * 2 if case["part"] == "in use" else None),
        Mistake("drops-in-use", "In use nothing is dropped: look at `training`.",
                when=lambda case, got: case["part"] == "in use" and _drops(case, got)),
        Mistake("mask-forgotten", "What was dropped had no effect on L: its gradient is 0.",
                _slip(lambda x, keep, p: x / (1 - p), "backward")),
        Mistake("no-upstream", "That is the local derivative alone: the upstream gradient g is missing.",
                _slip(lambda x, keep, p: keep / (1 - p), "backward")),
        Mistake("passes-through", "The gradient must go through the same mask and the same factor.",
                _slip(lambda x, keep, p: x, "backward")),
        Mistake("other-mask",
                "Entries are dropped and the rest is divided rightly, but not those that `u` says: keep "
                "where u >= p, and draw nothing yourself.", when=_is_masked),
    ],
    hints=[
        "u >= p is an array of True and False; multiplied with numbers, True is 1 and False is 0.",
        "In training the output is x times a fixed array. What is the vjp of that?",
        "In use, both functions return what they get.",
    ],
))  # fmt: skip


def _drops(case, got):
    import numpy as np

    same = [part for part in got if getattr(part, "shape", None) == case["x"].shape]
    return any(bool(np.any((part == 0) & (case["x"] != 0))) for part in same)
