"""Where the first value that is not finite came from: training that fails should say where.

The batch is run again, with a note of which module of the model made which part of the graph. The
culprit of the forward pass is the oldest result that is not finite, of those which led to the loss.
That of the backward pass is an operation whose vjp makes NaN or infinity of a finite gradient.
"""

from contextlib import contextmanager
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from backprop_lib.tensor import next_birth
from backprop_lib.training.arguments import as_batch


class Diverged(FloatingPointError):
    """Training met NaN or infinity. The message says where it began.

    history: the `History` up to the step before. origin: the `Origin` of those values.
    """

    def __init__(self, message, history, origin):
        super().__init__(message)
        self.history, self.origin = history, origin


class Origin(NamedTuple):
    """Where values that are not finite began.

    direction: "forward" or "backward". place: the name of the module, as `model.named_modules()` has
    it; None if it was none of them. words: the place, as the end of a sentence.
    """

    direction: str
    place: str | None
    words: str


def find_origin(model, loss, x, y):
    """The `Origin` in loss(model(x), y) and its backward pass. Changes gradients and running means."""
    with np.errstate(all="ignore"):
        with _spans(model) as spans:
            prediction = model(as_batch(x))
        L = loss(prediction, y)
        if not np.isfinite(L._data).all():
            return _forward_origin(model, L, spans)
        model.zero_grad()
        L.backward()
        return _backward_origin(model, L, spans)


def _forward_origin(model, L, spans):
    bad = _reached(L, lambda tensor: not np.isfinite(tensor._data).all())
    leaves = [tensor for tensor in bad if not tensor._parents]
    if leaves:
        name = _name_of(model, leaves[0])
        if name is None:
            return Origin("forward", None, "were in the batch or in a constant: look at data and augment")
        return Origin("forward", _owner(model, name), f"were in the parameter {name!r} itself")
    first = min(bad, key=attrgetter("_birth"))
    place, words = _place(first, spans)
    given = _largest(parent._data for parent in first._parents)
    words = f"came out of the operation {first._op!r}, given values up to {given:.3g}, in {words}"
    return Origin("forward", place, words)


def _backward_origin(model, L, spans):
    for node in _reached(L, lambda tensor: tensor._parents):
        if not np.isfinite(node.grad).all():
            continue  # it passes on what came to it
        for i, (parent, vjp) in enumerate(zip(node._parents, node._vjps, strict=True), 1):
            if parent.requires_grad and not np.isfinite(vjp(node.grad)).all():
                place, words = _place(node, spans)
                name = _name_of(model, parent)
                what = f"input {i}" if name is None else f"the parameter {name!r}"
                given = f"given a gradient up to {_largest([node.grad]):.3g}"
                words = f"came out of the vjp of {node._op!r} for {what}, {given}, in {words}"
                return Origin("backward", place, words)
    words = "came from adding up finite ones, or from numbers that dropout drew otherwise this time"
    return Origin("backward", None, words)


class _Span(NamedTuple):
    """The results with birth numbers between these two were made in a call of this module."""

    name: str
    module: object
    first: int
    last: int


@contextmanager
def _spans(model):
    """Within: a list that gets a `_Span` for every call, those of inner modules first.

    What notes them stands before `forward` on the modules themselves: other models are not touched.
    """
    spans = []
    own = [(name, module, vars(module).get("forward")) for name, module in model.named_modules()]
    for name, module, _ in own:
        module.forward = _noting(spans, name, module, module.forward)
    try:
        yield spans
    finally:
        for _, module, forward in own:
            del module.forward
            if forward is not None:
                module.forward = forward


def _noting(spans, name, module, forward):
    def noted(*inputs, **options):
        first = next_birth()
        outputs = forward(*inputs, **options)
        spans.append(_Span(name, module, first, next_birth()))
        return outputs

    return noted


def _place(node, spans):
    """(name, words) of the innermost module that made node; of the loss function if none did."""
    for name, module, first, last in spans:
        if first < node._birth < last:
            kind = " ".join(repr(module).partition("\n")[0].partition("  [")[0].split())
            return name, f"layer {name!r}, {kind}" if name else f"the model itself, {kind}"
    return None, "the loss function"


def _reached(root, wanted):
    """root and all that is reached from it through wanted Tensors alone."""
    found, seen = [root], {root}
    for node in found:  # grows while it is walked
        for parent in node._parents:
            if parent not in seen and wanted(parent):
                seen.add(parent)
                found.append(parent)
    return found


def _largest(arrays):
    """The largest absolute value."""
    return max(float(np.abs(array).max(initial=0)) for array in arrays)


def _name_of(model, tensor):
    return next((name for name, p in model.named_parameters() if p is tensor), None)


def _owner(model, name):
    """The module that holds the parameter of this name: the longest that it starts with."""
    places = [place for place, _ in model.named_modules()]
    return max((place for place in places if not place or name.startswith(f"{place}.")), key=len)
