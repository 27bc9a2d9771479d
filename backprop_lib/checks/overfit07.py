"""07.overfit20: a network that knows twenty digits by heart, and is a network."""

from .exercise import Exercise, Mistake, Wrong, register

BELOW, CHANCE, HUGE = 0.01, 0.1, 100


def _cases(rng):
    import numpy as np

    from ..data import digits

    everything = digits()
    order = np.random.RandomState(rng.randrange(2**32)).permutation(len(everything))
    rows = [row for label in range(10) for row in [r for r in order if everything.labels[r] == label][:2]]
    others = [row for row in order if row not in set(rows)][:100]
    return [{
        "pixels": everything.pixels[rows], "labels": everything.labels[rows],
        "other_pixels": everything.pixels[others], "other_labels": everything.labels[others],
    }]  # fmt: skip


def _probe(overfit, case):
    from ..nn import Module
    from ..tensor import Tensor

    model = overfit(case["pixels"], case["labels"])
    if model is None or model is ...:
        return model
    if isinstance(model, Module):
        model.eval()
    found = []
    for pixels in (case["pixels"], case["other_pixels"]):
        logits = model(pixels)
        found.append(logits.data.copy() if isinstance(logits, Tensor) else logits)
    return found


def _judge(case, result):
    import numpy as np

    shapes = [(len(case["labels"]), 10), (len(case["other_labels"]), 10)]
    if type(result) is not list or [getattr(logits, "shape", None) for logits in result] != shapes:
        return Wrong("wrong-type", "Return a model: called with pixels (N, 64) it must give logits (N, 10).")
    known, others = (logits.astype(float) for logits in result)
    if not (np.isfinite(known).all() and np.isfinite(others).all()):
        return Wrong("not-finite", "The logits are NaN or infinite: training exploded. Try a smaller rate.")
    labels, rows = case["labels"], np.arange(len(case["labels"]))
    scores = known - known.max(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss, others_right = -log_p[rows, labels].mean(), np.mean(others.argmax(axis=1) == case["other_labels"])
    if loss < BELOW:
        said = f"{_REASONS['no-network']} (Of them, {others_right:.0%} are read.)"
        if others_right <= 2 * CHANCE:
            return Wrong("no-network", said)
        looked_up = len(np.unique(others, axis=0)) < len(others) / 2
        return Wrong("looked-up", _REASONS["looked-up"]) if looked_up else None
    right, surest = known.argmax(axis=1) == labels, np.exp(log_p.max(axis=1))
    kind = _kind(known, right, surest)
    said = f"Loss on the 20 images: {loss:.3g}, right: {right.sum()}."
    return Wrong(kind, f"{_REASONS[kind]} ({said})")


def _kind(known, right, surest):
    """What is the matter with logits of which the loss is too high?"""
    import numpy as np

    if (known >= 0).all() and np.allclose(known.sum(axis=1), 1, rtol=0, atol=1e-6):
        return "probabilities"
    distinct = np.unique(known.round(9 - int(np.log10(1 + np.abs(known).max()))), axis=0)
    if len(known) - len(distinct) >= 2:
        return "all-alike"
    if right.mean() > 0.9 and known.min() > -0.6 and known.max() < 1.6:
        return "squeezed"
    if np.sum(~right & (surest > 0.5)) >= 2:
        return "exploded" if np.ptp(known) > HUGE else "too-sure"
    return "not-trained" if right.mean() < 0.5 else "too-short"


_REASONS = {
    "not-trained": "The network reads few of the 20 and is rarely sure. Is it trained, long enough and at a "
    "rate that is large enough, and is the trained one returned?",
    "too-short": "Most of the 20 are right, but the loss is not below 0.01 yet: train longer. If the loss "
    "falls no more, look for a bug (does `cross_entropy` get the logits themselves?), or try another rate or "
    "more hidden units.",
    "probabilities": "Your model returns probabilities. The loss takes logits and has its own softmax.",
    "all-alike": "Some of the 20 images have exactly the same logits: what tells them apart is lost on the "
    "way. A rate so large that hidden units are 0 for every image does that. Weights that all start at 0 do "
    "it, too.",
    "squeezed": "The classes are right, but all logits lie near 0 to 1, and so the loss cannot come down. Is "
    "the last layer linear, and is the loss `cross_entropy` of the logits?",
    "too-sure": "The network is sure of a wrong class for several of the 20. Was it trained on all of them, "
    "each with its own label?",
    "exploded": "The logits are huge, and the network is sure of a wrong class for several of the 20. Either "
    "the rate is far too large, or the steps go uphill.",
    "looked-up": "The 20 images are right, but many other digits share exactly the same logits. Was anything "
    "trained, or are answers looked up?",
    "no-network": "The 20 images are right, but other digits come out as by chance: this has not learned "
    "to read.",
}

register(Exercise(
    "07.overfit20",
    "Twenty images by heart",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=lambda case: f"20 images, labels {case['labels'].tolist()}",
    reveal=False,
    mistakes=[Mistake(name, message) for name, message in _REASONS.items()],
    hints=[
        "The cells above show how a model is made and how `fit` is called. Take all 20 images as one batch.",
        "Adam with a rate of 0.01 needs about a hundred epochs, plain gradient descent with 0.5 about 200.",
        "Do not forget to return the model.",
    ],
    seconds=20.0,
    seeds=2,
))  # fmt: skip
