"""The patients of notebook 11: training programmes with one fault each, and their healthy twins."""

import textwrap
from functools import lru_cache

import numpy as np

from backprop_lib.lab import recorder11
from backprop_lib.lab.recorder11 import BrokenProgram, Record

__all__ = ["DISEASES", "PATIENTS", "TWINS", "BrokenProgram", "Record", "mended", "program", "record",
           "record_of_twin", "show", "signs", "twin"]  # fmt: skip

_NET = """\
start = init.{init}
model = nn.Sequential(nn.Linear(64, 48, rng=rng, init=start, activation="{phi}"),{drop}
                      nn.Linear(48, 48, rng=rng, init=start, activation="{phi}"),{drop}
                      nn.Linear(48, 10, rng=rng, init=start))
"""
_TRAINING = """\
x, y = train.pixels, train.labels
def right(examples):
    model.eval()
    answers = model(examples.pixels).data.argmax(axis=1)
    model.train()
    return (answers == examples.labels).mean()
for epoch in range(25):
    order = rng.permutation(len(x))
    for rows in order.reshape(-1, 32):
        z = model(x[rows])
        log_p = z - ops.logsumexp(z, axis=1, keepdims=True)
        L = -log_p[range(32), y[rows]].mean()
        model.zero_grad()
        L.backward()
        for p in model.parameters():
            p.data -= {lr} * p.grad
        watch(model, L, right, train, validation)
"""
_SPLIT = "train, validation = digits[:384], digits[384:784]\n"

TWINS = {
    "tanh": _SPLIT
    + _NET.format(init="lecun_normal", phi="tanh", drop="")
    + _TRAINING.format(lr=0.2),
    "relu": _SPLIT
    + "labels = np.append(train.labels[:256], train.labels[256:])  # they come in two files\n"
    + "train = data.Digits(train.images, labels)\n"
    + _NET.format(init="he_normal", phi="relu", drop="")
    + "model.layers[0].b.data += 0.1\n"
    + _TRAINING.format(lr=0.1),
    "dropout": _SPLIT
    + "train = train[train.labels.argsort()]  # they come in ten folders, one a digit\n"
    + _NET.format(init="he_normal", phi="relu", drop=" nn.Dropout(0.5, rng=rng),")
    + _TRAINING.format(lr=0.2),
}

DISEASES = {
    "dead relu": "ReLU neurons are dead: they give 0 for every image",
    "labels": "many training labels are wrong",
    "rate": "the learning rate is far too large",
    "axis": "the softmax is taken over the wrong axis: over the batch, not over the classes",
    "sign": "the update has the wrong sign",
    "no shuffle": "the examples are not shuffled: they come sorted by class",
    "eval": "the accuracy is measured in training mode",
    "saturated": "the initial weights are so large that tanh is saturated from the start",
    "leak": "images that the net was trained on are among those that test it",
    "zero_grad": "the gradients are not zeroed between the steps",
    "loss": "the wrong loss: the softmax is applied twice",
}

# patient: (twin, disease, line of the twin, what stands there instead)
_CHARTS = {
    "0": ("tanh", "sign", "p.data -= 0.2 * p.grad", "p.data += 0.2 * p.grad"),
    "A": ("dropout", "no shuffle", "rng.permutation(len(x))", "np.arange(len(x))"),
    "B": ("tanh", "loss", "z = model(x[rows])", "z = ops.softmax(model(x[rows]))"),
    "C": ("dropout", "eval", "model.eval()", "model.train()"),
    "D": ("tanh", "rate", "p.data -= 0.2 * p.grad", "p.data -= 2 * p.grad"),
    "E": ("relu", "zero_grad", "model.zero_grad()", "model.zero_grad"),
    "F": ("relu", "labels", "train.labels[256:]", "train.labels[255:-1]"),
    "G": ("tanh", "leak", "digits[384:784]", "digits[:400]"),
    "H": ("tanh", "axis", "axis=1, keepdims", "axis=0, keepdims"),
    "I": ("relu", "dead relu", "b.data += 0.1", "b.data -= 10"),
    "J": ("tanh", "saturated", "init.lecun_normal", "init.normal"),
}
# Lines that do the same, to the last bit, and which patients have them as they stand on the right: so a
# comparison with the twin, or with another patient, shows more than the fault.
_SAME = (
    ("digits[:384], digits[384:784]", "digits[:-1056], digits[384:-656]", "ABCDEHJ"),
    ("rng.permutation(len(x))", "rng.permutation(x.shape[0])", "CDFGIJ"),
    ("axis=1, keepdims=True", "axis=-1, keepdims=True", "ABEGJ"),
    ("p.data -= {lr} * p.grad", "p.data += -{lr} * p.grad", "ABCFGHI"),
    ("model.zero_grad()", "[p.zero_grad() for p in model.parameters()]", "BCDFJ"),
    ("model(x[rows])", "model(x.take(rows, axis=0))", "ADHI"),
    ("argmax(axis=1)", "argmax(axis=-1)", "GH"),
    ("train.labels[:256], train.labels[256:]", "train.labels[:-128], train.labels[-128:]", "EI"),
    ("b.data += 0.1", "b.data -= -0.1", "EF"),
)
PATIENTS = tuple(name for name in _CHARTS if name != "0")


def program(name):
    """The text of a patient, "0" or one of PATIENTS, or of a twin, one of TWINS."""
    if name in TWINS:
        return TWINS[name]
    healthy, _, line, sick = _CHARTS[_known(name)]
    text = TWINS[healthy].replace(line, sick)
    for one, other, patients in _SAME:
        if name in patients:
            text = _replaced(text, one, other)
    return text


def _replaced(text, one, other):
    """`one` in the text replaced by `other`, which must be there; {lr} stands for the rate of either."""
    for lr in ("0.1", "0.2"):
        if (found := one.replace("{lr}", lr)) in text:
            return text.replace(found, other.replace("{lr}", lr))
    raise ValueError(f"no {one!r} in the programme")


def show(name, only=None):
    """Print the programme of a patient or a twin with line numbers; `only`: a line, or some lines, of it."""
    wanted = None if only is None else np.atleast_1d(only).tolist()
    for number, line in enumerate(program(name).splitlines(), 1):
        if wanted is None or number in wanted:
            print(f"{number:2}  {line}")


def twin(name):
    """The name of the healthy twin of a patient: one of TWINS."""
    return name if name in TWINS else _CHARTS[_known(name)][0]


def _truth(name):
    """(disease, line number) of a patient: what the checks know."""
    healthy, disease, line, _ = _CHARTS[_known(name)]
    numbers = [n for n, text in enumerate(TWINS[healthy].splitlines(), 1) if line in text]
    return disease, numbers[0]


def mended(name, line, text):
    """The programme of a patient with line number `line` replaced by `text`, indented as that line was.

    text may be several lines, or "" for none. Raises TypeError or ValueError that names the argument, also
    for the line that calls `watch`: without it there is no chart.
    """
    lines = program(name).splitlines()
    if isinstance(line, bool) or not isinstance(line, int | np.integer):
        raise TypeError(f"line must be a line number, got {type(line).__name__}: {line!r:.60}")
    if not 1 <= line <= len(lines):
        raise ValueError(f"line must be from 1 to {len(lines)}, got {line}")
    if not isinstance(text, str):
        raise TypeError(f"text must be the new line, a str, got {type(text).__name__}: {text!r:.60}")
    old = lines[line - 1]
    if old.lstrip().startswith("watch("):
        raise ValueError(f"line {line} writes the chart; the fault is elsewhere")
    indent = old[: len(old) - len(old.lstrip())]
    new = textwrap.indent(textwrap.dedent(text).strip() or "pass", indent)
    return "\n".join([*lines[: line - 1], new, *lines[line:]]) + "\n"


def record(name, seed=1):
    """The `Record` of a patient or twin, by its name, or of a programme, as `mended` returns it.

    Recorded once a programme and seed. Raises BrokenProgram if it does not run.
    """
    text = name if isinstance(name, str) and "\n" in name else program(name)
    return _recorded(text, seed)


def record_of_twin(name, seed=1):
    """The `Record` of a patient's healthy twin."""
    return record(twin(name), seed)


@lru_cache(maxsize=64)
def _recorded(text, seed):
    return recorder11.run(text, seed)


def _known(name):
    if not isinstance(name, str) or name not in _CHARTS:
        raise ValueError(f"there is no patient {name!r:.40}; there are {', '.join(_CHARTS)}")
    return name


def signs(chart):
    """The vital signs of a `Record`, as a dict of numbers.

    first_loss; last_loss: mean of the last 24 steps; train, validation, fresh: means of the last ten looks;
    wobble: how far validation moves from look to look, on average over the second half; gradient_start,
    gradient: the largest norm of a layer, at step 1 and in the second half; ratio: that of the layer with the
    largest median; silent_start, silent, flat_start, flat: the worst hidden layer, at step 1 and at the end.
    """
    late, hidden = slice(len(chart.steps) // 2, None), slice(None, -1)
    with np.errstate(all="ignore"):  # a sick run may hold zeros, infinities and NaN
        found = {
            "first_loss": chart.loss[0],
            "last_loss": chart.loss[-24:].mean(),
            "train": chart.train[-10:].mean(),
            "validation": chart.validation[-10:].mean(),
            "fresh": chart.fresh[-10:].mean(),
            "wobble": abs(np.diff(chart.validation[late])).mean(),
            "gradient_start": chart.gradient[0].max(),
            "gradient": chart.gradient[late].max(),
            "ratio": np.median(chart.ratio[1:], axis=0).max(),
            "silent_start": chart.silent[0, hidden].max(),
            "silent": chart.silent[-1, hidden].max(),
            "flat_start": chart.flat[0, hidden].max(),
            "flat": chart.flat[-1, hidden].max(),
        }
    return {name: float(value) for name, value in found.items()}
