"""The exercises of notebook 07: the loop; 20 images, choosing λ and dropout have files of their own."""

from . import choosing07, dropout07, overfit07  # noqa: F401  (register the other three)
from .comparing import compare
from .exercise import Exercise, Mistake, register
from .precision import MESSAGE, only_single


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


def _loop(case, *, sign=1, adds=False, late=False, once=False, after=False, first_only=False, rate=None,
          share=None, moves=True, only=None):  # fmt: skip
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
        step = sign * (case["rate"] if rate is None else rate) / (share(x) if share else 1)
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


_OWN_RATES = (0.5, 0.1, 0.05, 0.01, 0.001)


def _is_divided(case, got):
    by = (len, lambda x: 2, lambda x: len(case["batches"]))  # images, (x, y), batches
    return any(_agrees(_loop(case, share=share), got) for share in by)


def _in_one_step(case, last):
    """All gradients where it began, then one step: with the last of them, or with their sum."""
    starts = [_loop(case | {"batches": [batch], "stale": []}) for batch in case["batches"]]
    used = starts[-1:] if last else starts
    return {name: case[name] + sum(start[name] - case[name] for start in used) for name in "Wb"}


def _is_single(case, got):
    """Is all that is wrong right to the digits of float32?"""
    expected = _loop(case)
    wrong = [name for name in expected if compare(expected[name], got[name], rtol=1e-9) is not None]
    return bool(wrong) and all(only_single(got[name], expected[name]) for name in wrong)


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
        Mistake("no-rate", "Each step is the whole gradient; the rate is missing.", _looped(rate=1.0)),
        Mistake("first-batch-only", "Only the first batch was used. Is the `return` inside the loop?",
                _looped(first_only=True)),
        Mistake("loss-after",
                "Your losses are those after the step. Asked are those before it.", _looped(after=True)),
        Mistake("own-rate", "Your step has a rate of its own. It is given: `rate`.",
                when=lambda case, got: any(_agrees(_loop(case, rate=r), got) for r in _OWN_RATES)),
        Mistake("divided-again", "You divide the step by a size or a number; the loss is a mean already.",
                when=_is_divided),
        Mistake("one-step",
                "There is one step, after all batches. Asked is one step for each batch, inside the loop.",
                when=lambda case, got: any(_agrees(_in_one_step(case, last), got) for last in (True, False))),
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
        Mistake("float32", MESSAGE, when=_is_single),
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
