"""11.capstone_train: trained on three splits of the digits, judged on the images that were held back.

What comes back are the parameters of a net with batch norm, and what it needs in use; the judge computes with
them itself. So nothing but such a net can pass. It is not given the images that it is judged on; in every
split the pixels are reordered and the classes renamed, so that digits learned from elsewhere are of no use.
The images come sorted by class.
"""

from .arrays06 import as_array
from .exercise import Exercise, Mistake, Wrong, register
from .net11 import PARAMETERS

BAR, HELD_BACK, CLASSES = 0.96, 360, 10
MOST_OFF = 0.25  # running means of the last batches lag behind: so many units may differ
NOISE = 0.07  # of σ: running means of batches of 16 to 64 have 0.01 to 0.065, one batch of 32 about 0.1
STATISTICS = ("mu1", "sigma1", "mu2", "sigma2")
_EPS = 1e-5


def _cases(rng):
    return [{"splits": [rng.randrange(2**31) for _ in range(3)]}]


def split(seed):
    """{"known": (pixels, labels), "held": …, "plain": held as the data set has them}, by this seed."""
    import numpy as np

    from ..data import digits

    everything, draw = digits(), np.random.RandomState(seed)
    order, pixels, names = (draw.permutation(n) for n in (len(everything), 64, CLASSES))
    labels = names[everything.labels]
    held, known = order[:HELD_BACK], order[HELD_BACK:]
    known = known[np.argsort(labels[known], kind="stable")]
    x = everything.pixels[:, pixels]
    return {
        "known": (x[known], labels[known]), "held": (x[held], labels[held]),
        "plain": (everything.pixels[held], everything.labels[held]),
    }  # fmt: skip


def _probe(train, case):
    import numpy as np

    found = []
    for seed in case["splits"]:
        pixels, labels = split(seed)["known"]
        with np.errstate(all="ignore"):  # a training that explodes is judged by what comes out of it
            net = train(pixels, labels)
        if net is None or net is ...:
            return net
        if not isinstance(net, dict):
            return type(net).__name__
        kept = [name for name in (*PARAMETERS, *STATISTICS) if name in net]
        found.append({name: as_array(net[name]) for name in kept})
    return found


def _arrays(net):
    """The arrays of a net in their right shapes, or a `Wrong`."""
    import numpy as np

    names = (*PARAMETERS, *STATISTICS)
    missing = [name for name in names if name not in net]
    if missing:
        kind = "no-statistics" if set(missing) <= set(STATISTICS) else "missing"
        return Wrong(kind, f"Missing in what your function returns: {', '.join(missing)}.")
    odd = [name for name in names if getattr(getattr(net[name], "dtype", None), "kind", "") != "f"]
    if odd:
        return Wrong("wrong-type", f"{odd[0]} is no array of real numbers.")
    if any(net[name].ndim != 2 for name in ("W1", "W2", "W3")):
        return Wrong("wrong-shape", "W1, W2 and W3 are matrices.")
    sizes = [64, net["W1"].shape[1], net["W2"].shape[1], CLASSES]
    shapes = {f"W{i}": (sizes[i - 1], sizes[i]) for i in (1, 2, 3)} | {"b3": (CLASSES,)}
    shapes |= {f"{name}{i}": (sizes[i],) for i in (1, 2) for name in ("gamma", "beta", "mu", "sigma")}
    found = {}
    for name, shape in shapes.items():
        if net[name].size != np.prod(shape):
            return Wrong("wrong-shape", f"{name} has the shape {net[name].shape}; it should be {shape}.")
        found[name] = net[name].reshape(shape)
    if not all(np.isfinite(array).all() for array in found.values()):
        return Wrong("not-finite")
    return found


def in_use(x, net, own=None):
    """The logits, with the fixed statistics of the net; with `own`, those of these images instead."""
    import numpy as np

    h, from_images = x, own
    for i in "12":
        z = h @ net["W" + i]
        mu, sigma = net["mu" + i], net["sigma" + i]
        if from_images is not None:
            from_images = from_images @ net["W" + i]
            mu, sigma = from_images.mean(axis=0), np.sqrt(from_images.var(axis=0) + _EPS)
            from_images = np.maximum(net["gamma" + i] * (from_images - mu) / sigma + net["beta" + i], 0)
        h = np.maximum(net["gamma" + i] * (z - mu) / sigma + net["beta" + i], 0)
    return h @ net["W3"] + net["b3"]


def _share(examples, net, own=None):
    x, labels = examples
    return float((in_use(x, net, own).argmax(axis=1) == labels).mean())


def _loss(examples, net):
    import numpy as np

    x, labels = examples
    logits = in_use(x, net, own=x)
    top = logits.max(axis=1)
    sums = np.exp(logits - top[:, None]).sum(axis=1)
    return float(np.mean(top + np.log(sums) - logits[np.arange(len(labels)), labels]))


def _judge(case, result):
    import numpy as np

    if type(result) is not list or len(result) != 3 or any(type(net) is not dict for net in result):
        return Wrong("wrong-type", "Return one dictionary: the parameters, and mu1, sigma1, mu2, sigma2.")
    nets = [_arrays(net) for net in result]
    for net in nets:
        if isinstance(net, Wrong):
            return net
    splits = [split(seed) for seed in case["splits"]]
    pairs = list(zip(splits, nets, strict=True))
    with np.errstate(all="ignore"):
        read = float(np.mean([_share(each["held"], net) for each, net in pairs]))
        if read >= BAR and _mean(pairs, _off) < MOST_OFF and _mean(pairs, _noise) < NOISE:
            return None
        kind, said = _why(pairs)
    said = f"{read:.1%} of the images that were held back, as a mean over three splits{said}"
    return Wrong(kind, f"{_REASONS[kind]} (Your nets read {said}.)", f"at least {BAR:.0%}", said)


def _mean(pairs, function, *more):
    return sum(function(each, net, *more) for each, net in pairs) / len(pairs)


def _why(pairs):
    """What the nets show: a diagnosis, and more to say about it."""
    import numpy as np

    if _mean(pairs, lambda each, net: _share(each["plain"], net)) > 0.8:
        return "other-images", ""
    off = _mean(pairs, _off)
    if off > MOST_OFF and all(np.ptp(net[name]) == 0 for _, net in pairs for name in STATISTICS):
        return "statistics-untouched", ""
    if off > MOST_OFF and any(_mean(pairs, _off, scale) < MOST_OFF / 2 for scale in (None, *_SCALES)):
        return "scaled", ""
    if off > MOST_OFF and _mean(pairs, lambda each, net: _off(each, _rooted(net))) < MOST_OFF / 2:
        return "variance", ""
    known, held = (_mean(pairs, lambda each, net, part=part: _share(each[part], net, each["known"][0]))
                   for part in ("known", "held"))  # fmt: skip
    if (off > MOST_OFF or _mean(pairs, _noise) > NOISE) and held >= BAR - 0.02:
        return "statistics", ""
    if all((net[name] == 1).all() and np.ptp(net["b3"]) > 0
           for _, net in pairs for name in ("gamma1", "gamma2")):  # fmt: skip
        return "batches-of-one", ""
    said = f"; of those they were trained on, {known:.1%}"
    if _mean(pairs, lambda each, net: _loss(each["known"], net)) > 2 * np.log(CLASSES):
        return "uphill", said
    if known < 0.8 and _mean(pairs, _leaning) > 0.5:
        return "not-shuffled", ""
    if known < 0.5:
        return "not-trained", said
    return ("too-short" if known < 0.99 else "by-heart"), said


def _leaning(each, net):
    """How much more often the last three classes, which end the training set, are read than the first."""
    found = in_use(each["held"][0], net, each["known"][0]).argmax(axis=1)
    return float((found >= CLASSES - 3).mean() - (found < 3).mean())


def _off(each, net, scale=lambda x, known: x):
    """The share of units in which mu and sigma are not those of the training images, by a third of σ.

    scale: what was done to the pixels before; None for the a·x + b that explains most.
    """
    import numpy as np

    scale = scale or _affine(each, net)
    h, found = scale(each["known"][0], each["known"][0]), []
    for i in "12":
        z = h @ net["W" + i]
        mu, sigma = z.mean(axis=0), np.sqrt(z.var(axis=0) + _EPS)
        h = np.maximum(net["gamma" + i] * (z - mu) / sigma + net["beta" + i], 0)
        ratio = net["sigma" + i] / sigma
        found += [(abs(net["mu" + i] - mu) > sigma / 3) | ~((ratio > 0.75) & (ratio < 4 / 3))]
    return float(np.concatenate(found).mean())


def _noise(each, net):
    """How far the sigmas are from those of all training images: the root of the mean square of log(σ/σ)."""
    import numpy as np

    h, found = each["known"][0], []
    for i in "12":
        z = h @ net["W" + i]
        mu, sigma = z.mean(axis=0), np.sqrt(z.var(axis=0) + _EPS)
        h = np.maximum(net["gamma" + i] * (z - mu) / sigma + net["beta" + i], 0)
        found += [np.log(np.maximum(net["sigma" + i], 1e-9) / sigma)]
    return float(np.sqrt((np.concatenate(found) ** 2).mean()))


def _affine(each, net):
    """The a·x + b, one for all pixels, that leads to mu1 and sigma1, if any does."""
    import numpy as np

    z, sums = each["known"][0] @ net["W1"], net["W1"].sum(axis=0)
    a = np.median(net["sigma1"] / np.sqrt(z.var(axis=0) + _EPS))
    both = [(sign * a, (net["mu1"] - sign * a * z.mean(axis=0)) @ sums / (sums @ sums)) for sign in (1, -1)]
    a, b = min(both, key=lambda ab: abs(ab[0] * z.mean(axis=0) + ab[1] * sums - net["mu1"]).sum())
    return lambda x, known: a * x + b


def _rooted(net):
    return {**net, **{name: abs(net[name]) ** 0.5 for name in ("sigma1", "sigma2")}}


_SCALES = (
    lambda x, known: (x - known.mean(axis=0)) / (known.std(axis=0) + 1e-8),
    lambda x, known: x - known.mean(axis=0),
)
_REASONS = {
    "no-statistics": "Batch norm in use needs mu1, sigma1, mu2 and sigma2.",
    "statistics": "The weights are good, but mu and sigma are not those of all training images. Are they of "
    "one batch, or of few, or from an early stage of training?",
    "statistics-untouched": "The weights are good, but mu and sigma are still constants. In use they must be "
    "the mean and σ of z over the training images.",
    "variance": "The weights are good, but sigma holds the variance. σ is its root.",
    "scaled": "The nets read images whose pixels you have shifted or scaled. They are used on pixels as they "
    "come.",
    "other-images": "The nets read the digits of the data set, not those that your function is given: there "
    "the pixels are reordered. Train on `pixels` and `labels`.",
    "not-shuffled": "The nets read the last classes and hardly the first. The images come sorted by class: "
    "draw a new order in every epoch.",
    "uphill": "The loss on the training images is far above chance. Is the sign of the step right, and the "
    "rate not too large?",
    "not-trained": "The nets hardly read their own training images. Do the parameters move, and far enough?",
    "batches-of-one": "gamma1 and gamma2 are still 1, b3 has moved. In a batch of one image z is its own "
    "mean: z_hat is 0, and nothing gets through. How many images has a batch?",
    "too-short": "The nets do not yet read all their training images. Go on, or take a larger rate; and do "
    "all images take part?",
    "by-heart": "The training images are known, the others not well enough. Does the start or the rate leave "
    "the first layer as it was?",
    "not-finite": "Some numbers are NaN or infinite: training exploded. Is the sign of the step right, "
    "and the rate not too large?",
}

register(Exercise(
    "11.capstone_train",
    "Digits, with a backward pass of your own",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=lambda case: f"three splits of the digits, {HELD_BACK} images held back in each",
    mistakes=[Mistake(name, message) for name, message in _REASONS.items()],
    hints=[
        "One step: `d = backward(forward(pixels[rows], labels[rows], p))`, then every parameter moves "
        "against its d.",
        "`rng.permutation(len(labels))` is a new order; np.array_split cuts it into batches of about 32.",
        "At the end, one `forward` of all training images has mu1, sigma1, mu2 and sigma2.",
        "A rate of 0.3 and 20 epochs are enough.",
    ],
    seconds=30.0,
    seeds=1,
))  # fmt: skip
