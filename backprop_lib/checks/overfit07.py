"""07.overfit20: a network that knows twenty digits by heart, and is a network."""

from .exercise import Exercise, Mistake, Wrong, register

BELOW, CHANCE = 0.01, 0.1


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
    labels = case["labels"]
    top, chosen = known.max(axis=1), known[np.arange(len(labels)), labels]
    loss = np.mean(top + np.log(np.exp(known - top[:, None]).sum(axis=1)) - chosen)
    if loss < BELOW:
        right = np.mean(others.argmax(axis=1) == case["other_labels"])
        return None if right > 2 * CHANCE else Wrong("no-network", _REASONS["no-network"])
    said = f"the loss on the 20 images is {loss:.3g}"
    if (known >= 0).all() and np.allclose(known.sum(axis=1), 1, rtol=0, atol=1e-6):
        return Wrong("probabilities", _REASONS["probabilities"], f"below {BELOW}", said)
    right = np.mean(known.argmax(axis=1) == labels)
    kind = "too-sure" if loss > 2.5 else "not-trained" if right < 0.5 else "too-short"
    return Wrong(kind, f"{_REASONS[kind]} (Here {said}.)", f"below {BELOW}", said)


_REASONS = {
    "not-trained": "The network reads few of the 20: is it trained, and on these images? Is the rate large "
    "enough?",
    "too-short": "Most of the 20 are right, but the loss is not below 0.01 yet: go on, or take a larger "
    "rate.",
    "probabilities": "Your model returns probabilities. The loss takes logits and has its own softmax.",
    "too-sure": "The loss is above chance: the network is sure of wrong answers. The rate may be too large.",
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
        "Adam with a rate of 0.01 needs about a hundred epochs; without Adam a rate of 0.5 does it too.",
        "Do not forget to return the model.",
    ],
    seconds=20.0,
    seeds=2,
))  # fmt: skip
