"""Runs a training programme of the clinic and writes its chart: what the engine knows of every step."""

import traceback
from dataclasses import dataclass

import numpy as np

from backprop_lib import data, init, losses, nn, ops, optim
from backprop_lib.lab.evidence11 import Evidence
from backprop_lib.tensor import Tensor, no_grad

GIVEN = 1440  # of the 1,797 digits; the others are the fresh ones, which no programme gets
EVERY = 5  # steps from look to look, after that at the first step
BINS = 24  # of a histogram
FLAT = 0.97  # beyond it tanh has less than 6 % of its slope at 0


class BrokenProgram(RuntimeError):
    """A programme that does not run: `line` is the number of the line that failed, or None."""

    def __init__(self, message, line=None):
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, eq=False)
class Record:
    """The chart of one run of N steps with K looks: the first step and every fifth, counted from 1.

    loss (N,): of each batch, before its step. steps (K,): when it was looked. All else is of these steps:
    train, validation (K,): the share of right answers that the programme measured; fresh (K,): that on 357
    images which the programme never got, measured by the clinic, with the net in its mode for use.
    gradient, ratio (K, L): for each of L linear layers ‖∂L/∂W‖ and ‖ΔW‖ / ‖W‖ of the step (NaN at the first).
    mean, std, zeros, silent, flat (K, L): of the layer's output after its activation, for the batch: mean and
    standard deviation; the share of numbers that are 0; of neurons that are 0 for the whole batch; of
    numbers beyond ±0.97. counts (K, L, 24): the histogram of those that are not 0, from low to high (K, L),
    255 for the fullest bin. kinds: the activation of each layer, "" for none.

    For who judges a programme, not on the chart: `checked` (K,) is the accuracy on the programme's
    validation images measured by the clinic, `evidence` what Evidence found.
    """

    program: str
    seed: int
    kinds: tuple
    loss: np.ndarray
    steps: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    fresh: np.ndarray
    checked: np.ndarray
    gradient: np.ndarray
    ratio: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    zeros: np.ndarray
    silent: np.ndarray
    flat: np.ndarray
    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray
    evidence: dict


def run(program, seed=0):
    """Run the text `program` in a namespace of its own and return its `Record`.

    It finds np, data, init, losses, nn, ops, optim and Tensor; `digits`, 1,440 of them in an order drawn by
    the seed; `rng`, a Generator of that seed; and `watch(model, L, right, train, validation)`, which it
    calls after each step. Raises BrokenProgram, naming the line, if it stops with an error or never calls
    `watch`.
    """
    digits = data.digits()[np.random.RandomState(seed).permutation(1797)]
    watcher = _Watcher(digits[GIVEN:])
    names = {module.__name__.split(".")[-1]: module for module in (data, init, losses, nn, ops, optim)}
    names |= {"np": np, "Tensor": Tensor, "digits": digits[:GIVEN], "rng": np.random.default_rng(seed),
              "watch": watcher.watch, "__name__": "clinic"}  # fmt: skip
    try:
        with np.errstate(all="ignore"):  # sick runs overflow: that belongs on the chart
            exec(compile(program, "<programme>", "exec"), names)
    except Exception as error:
        raise _explained(error, program) from error
    if not watcher.losses:
        raise BrokenProgram("the programme ends without a step: it never comes to watch(…)")
    return watcher.record(program, seed)


def _explained(error, program):
    """Which line of the programme failed, and how."""
    lines = program.splitlines()
    number = error.lineno if isinstance(error, SyntaxError) else None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == "<programme>":
            number = frame.lineno
    words = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
    if number is None or not 1 <= number <= len(lines):
        return BrokenProgram(words)
    return BrokenProgram(f"line {number}, `{lines[number - 1].strip()}`: {words}", number)


class _Watcher:
    """Notes what `watch` is given, from the graph of the loss: nothing is computed a second time."""

    def __init__(self, fresh):
        self.fresh, self.losses, self.looks = fresh, [], []
        self.weights, self.evidence, self.given = None, Evidence(), None

    def watch(self, model, L, right, train, validation):
        """Write one step on the chart; to be called when its parameters were changed."""
        if not isinstance(L, Tensor) or L.size != 1:
            raise TypeError("watch needs the loss L as a Tensor of one number")
        layers = [part for part in model.modules() if isinstance(part, nn.Linear)]
        entered, left = _through(L, layers)
        weights = [layer.W._data.copy() for layer in layers]
        self.losses.append(L.item())
        self.evidence.note(model, L, entered, left[-1])
        step = len(self.losses)
        if step == 1 or step % EVERY == 0:
            look = {"steps": step, "train": right(train), "validation": right(validation),
                    "fresh": _accuracy(model, self.fresh), "checked": _accuracy(model, validation),
                    "gradient": _norms(_gradients(L, layers)),
                    "ratio": self._ratios(weights)} | _outputs(left)  # fmt: skip
            self.looks.append(look)
            self.evidence.note_step(
                L, model.parameters(), self._changes(weights), [layer.W for layer in layers]
            )
        self.weights, self.given = weights, (model, train, validation)
        self.kinds = tuple(layer.activation or "" for layer in layers)

    def _changes(self, weights):
        """What the step has changed; None for the first, before which nobody looked."""
        if self.weights is None:
            return None
        return [new - old for new, old in zip(weights, self.weights, strict=True)]

    def _ratios(self, weights):
        changes = self._changes(weights)
        if changes is None:
            return [np.nan] * len(weights)
        return list(np.divide(_norms(changes), _norms(self.weights)))

    def record(self, program, seed):
        evidence = self.evidence.found(*self.given)
        arrays = {name: np.array([look[name] for look in self.looks]) for name in self.looks[0]}
        return Record(program, seed, self.kinds, np.array(self.losses), **arrays, evidence=evidence)


def _through(L, layers):
    """What went into the first layer, and what came out of each, in the graph that led to the loss L."""
    nodes, waiting, seen = {}, [L], set()
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting.extend(node._parents)
            if len(node._parents) == 3:  # x, W, b
                nodes[id(node._parents[1])] = node
    found = [nodes.get(id(layer.W)) for layer in layers]
    if not found or any(node is None for node in found):
        raise ValueError("the loss L was not computed by this model, or backward() has let its graph go")
    return found[0]._parents[0]._data, [node._data for node in found]


def _gradients(L, layers):
    """∂L/∂W of each layer as the step used it; computed again where the programme has cleared it."""
    if all(layer.W.grad is not None for layer in layers):
        return [layer.W.grad for layer in layers]
    kept = [(p, p.grad) for layer in layers for p in (layer.W, layer.b)]
    for p, _ in kept:
        p.grad = None
    L.backward()
    found = [layer.W.grad.copy() for layer in layers]
    for p, grad in kept:
        p.grad = grad
    return found


def _norms(arrays):
    return [float(np.linalg.norm(array)) for array in arrays]


def _accuracy(model, examples):
    """The share of right answers with the net in its mode for use, whatever mode it is in."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    with no_grad():
        answers = model(examples.pixels).data.argmax(axis=1)
    for part, training in modes:
        part.training = training
    return float((answers == examples.labels).mean())


def _outputs(arrays):
    found = {name: [] for name in ("mean", "std", "zeros", "silent", "flat", "low", "high", "counts")}
    for array in arrays:
        some = array[array != 0]
        known = some.size and np.isfinite(some).all()
        low, high = (float(some.min()), float(some.max())) if known else (0.0, 1.0)
        low, high = (low, high) if high > low else (low, low + 1.0)
        counts = np.histogram(some, BINS, (low, high))[0] if known else np.zeros(BINS, int)
        values = {"mean": array.mean(), "std": array.std(), "zeros": (array == 0).mean(),
                  "silent": (array == 0).all(axis=0).mean(), "flat": (abs(array) > FLAT).mean(),
                  "low": low, "high": high,
                  "counts": np.rint(255 * counts / max(counts.max(), 1)).astype(np.uint8)}  # fmt: skip
        for name, value in values.items():
            found[name].append(value)
    return found
