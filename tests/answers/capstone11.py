"""Right and wrong answers to 11.capstone_train."""

from tests.answers import Answers

STATISTICS = "{name: getattr(v, name) for name in ('mu1', 'sigma1', 'mu2', 'sigma2')}"


def _train(step="p[name] = p[name] - 0.3 * d[name]", begin="start(rng)", order="rng.permutation(len(labels))",
           end=f"p | {STATISTICS}", epochs=15, last="forward(pixels, labels, p)", first=""):  # fmt: skip
    return f"""
def train(pixels, labels):
    rng = np.random.default_rng(3)
    {first}
    p = {begin}
    for epoch in range({epochs}):
        order = {order}
        for rows in np.array_split(order, max(1, len(order) // 32)):
            v = forward(pixels[rows], labels[rows], p)
            d = backward(v)
            for name in p:
                {step}
    v = {last}
    return {end}
"""


MOMENTUM_AND_RUNNING_MEANS = """
def train(pixels, labels):
    n, generator = len(labels), np.random.RandomState(5)
    p = start(np.random.default_rng(8))
    speed, kept = {name: np.zeros_like(w) for name, w in p.items()}, {}
    for epoch in range(14):
        order = generator.permutation(n)
        for begin in range(0, n - 39, 40):
            rows = order[begin : begin + 40]
            v = forward(pixels[rows], labels[rows], p)
            gradients = backward(v)
            for name, w in p.items():
                speed[name] = 0.9 * speed[name] + gradients[name]
                w -= (0.05 if epoch < 10 else 0.01) * speed[name]
            for name in ("mu1", "mu2", "sigma1", "sigma2"):
                kept[name] = 0.97 * kept.get(name, getattr(v, name)) + 0.03 * getattr(v, name)
    return {**p, **kept}
"""

ADAM_IN_LISTS = """
def train(pixels, labels):
    rng = np.random.default_rng(1)
    p, t = start(rng, (64, 40, 30, 10)), 0
    m, s = ({name: 0 * w for name, w in p.items()} for _ in range(2))
    for epoch in range(12):
        order = rng.permutation(len(labels))
        for rows in np.array_split(order, len(order) // 32):
            t += 1
            for name, g in backward(forward(pixels[rows], labels[rows], p)).items():
                if name in p:
                    m[name] = 0.9 * m[name] + 0.1 * g
                    s[name] = 0.99 * s[name] + 0.01 * g**2
                    step = m[name] / (1 - 0.9**t) / (np.sqrt(s[name] / (1 - 0.99**t)) + 1e-8)
                    p[name] = p[name] - 0.005 * step
    p.update((name, value) for name, value in vars(forward(pixels, labels, p)).items()
             if name[:-1] in ("mu", "sigma"))
    return {name: value.tolist() for name, value in p.items()}
"""

SCALED = "pixels = (pixels - pixels.mean()) / pixels.std()"
OWN_DIGITS = "mine = data.digits(); pixels, labels = mine.pixels, mine.labels"
HUGE_START = "{name: w * (1000 if name in ('W1', 'W2') else 1) for name, w in start(rng).items()}"
ONES_AND_ZEROS = """{name + i: value + 0 * p['gamma' + i]
                     for i in '12' for name, value in (('mu', 0), ('sigma', 1))}"""

CAPSTONE = Answers(
    right=[_train(), MOMENTUM_AND_RUNNING_MEANS, ADAM_IN_LISTS],
    wrong={
        "no-statistics": _train(end="p"),
        "missing": _train(end=f"{{'W1': p['W1']}} | {STATISTICS}"),
        "statistics": [_train(last="forward(pixels[:100], labels[:100], p)"),
                       _train(last="forward(pixels, labels, start(rng))"),
                       *(_train(f"p[name] = p[name] - {rate} * d[name]", last="v") for rate in (0.1, 0.3)),
                       _train(last="forward(pixels[rows], labels[rows], p)")],
        "statistics-untouched": _train(end=f"p | {ONES_AND_ZEROS}"),
        "variance": _train(last="forward(pixels, labels, p); v.sigma1, v.sigma2 = v.sigma1**2, v.sigma2**2"),
        "scaled": [_train(first=SCALED), _train(first="pixels = pixels - pixels.mean(axis=0)"),
                   *(_train(first=f"pixels = {new}") for new in (
                       "pixels * 16", "pixels / 16", "pixels - 0.5", "1 - pixels", "pixels * 255"))],
        "other-images": _train(first=OWN_DIGITS),
        "not-shuffled": _train(order="np.arange(len(labels))"),
        "uphill": [_train("p[name] = p[name] + 0.1 * d[name]", epochs=1),
                   _train("p[name] = p[name] - 60 * d[name]")],
        "not-trained": [_train(epochs=0), _train("p[name] = p[name] - 1e-6 * d[name]"),
                        _train("p[name] - d[name]")],
        "batches-of-one": _train(order="np.repeat(rng.permutation(len(labels)), 32)", epochs=1),
        "too-short": [_train("p[name] = p[name] - 0.01 * d[name]", epochs=3),
                      _train(order="rng.permutation(len(labels))[:60]", epochs=3)],
        "by-heart": _train(begin=HUGE_START, epochs=60),
        "not-finite": [_train("p[name] = p[name] * 1e30"), _train("p[name] = p[name] + 0.3 * d[name]")],
        "wrong-type": [_train(end="list(p.values())"), _train(end="lambda x: x")],
        "wrong-shape": _train(end=f"p | {STATISTICS} | {{'W1': p['W1'].T[:, :3]}}"),
        "no-return": _train(end="None"),
    },
    equivalent_mutants=dict.fromkeys(
        ("L4: 0 → 1", "L6: 20 → 21", "L6: 20 → 19", "L7: 45 → 46", "L7: 45 → 44", "L10: 0.3 → 1.3",
         "L10: 0.3 * d[name] → d[name]"),
        "another seed, length, size of batch or rate with which the nets read more than 96 % as well",
    ) | dict.fromkeys(
        ("L6: for epoch in range(20): for rows in np.array_spli… → "
         "for epoch in reversed(list(range(20))): for rows …",
         "L7: for rows in np.array_split(rng.permutation(len(la… → "
         "for rows in reversed(list(np.array_split(rng.perm…",
         "L9: for name in p: p[name] = p[name] - 0.3 * d[name] → "
         "for name in reversed(list(p)): p[name] = p[name] …"),
        "another order of the epochs, of random batches or of the parameters",
    ),
)  # fmt: skip
