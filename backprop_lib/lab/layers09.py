"""A deep net with switches and a look into all its layers, for the histograms and race of notebook 09."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from backprop_lib import init, losses, nn, ops, optim

INITS = {
    "zero": lambda shape, **how: init.zeros(shape, dtype=how["dtype"]),
    "standard": lambda shape, **how: init.he_uniform(shape, gain=3**-0.5, **how),  # from −1/√n to 1/√n
    "Glorot": init.glorot_normal,
    "He": init.he_normal,
    "large": lambda shape, **how: init.he_normal(shape, gain=2, **how),  # std twice that of Glorot
}
NORMS = {"none": None, "batch": nn.BatchNorm, "layer": nn.LayerNorm}
ACTIVATIONS = ("tanh", "relu")
BIN = 0.2  # decades of a bin of a histogram
LOWEST = -24.0  # where the first bin begins, as a power of ten
BINS = 20  # of a histogram, counted down from its largest value
SHOWN = 10  # so many layers are looked at


@dataclass(frozen=True)
class Setup:
    """How a net is set up: a key of INITS, one of ACTIVATIONS, a key of NORMS, with or without the skip."""

    init: str = "He"
    activation: str = "relu"
    norm: str = "none"
    skip: bool = False


class DeepNet(nn.Module):
    """64 inputs, `depth` hidden layers of `width` neurons, 10 logits; `init` is that of the hidden layers."""

    def __init__(self, setup, depth=30, width=48, *, rng):
        rng = init.as_generator(rng)
        self.skip, self.phi = setup.skip, getattr(ops, setup.activation)
        self.first = nn.Linear(64, width, rng=rng, init=init.lecun_normal)
        self.hidden = [nn.Linear(width, width, rng=rng, init=INITS[setup.init]) for _ in range(depth)]
        norm = NORMS[setup.norm]
        self.norms = [norm(width) if norm else nn.Sequential() for _ in range(depth)]
        self.last = nn.Linear(width, 10, rng=rng, init=init.lecun_normal)

    def forward(self, x):
        return self.last(self.phi(self.layers(x)[-1]))

    def layers(self, x):
        """h₀ to h of the last hidden layer: what comes out of each linear layer, before the activation."""
        h = [self.first(x)]
        for linear, norm in zip(self.hidden, self.norms, strict=True):
            f = linear(self.phi(norm(h[-1])))
            h.append(h[-1] + f if self.skip else f)
        return h


def look(net, x, y, shown):
    """Values and gradients of the layers `shown` for one batch, in training mode.

    Returns {"values": …, "gradients": …}, each as `histograms` gives it.
    """
    h = net.layers(x)
    losses.cross_entropy(net.last(net.phi(h[-1])), y).backward()
    for p in net.parameters():
        p.grad = None
    return {
        "values": histograms([h[k].data for k in shown]),
        "gradients": histograms([h[k].grad for k in shown]),
    }


def histograms(arrays):
    """How the sizes |v| of the entries of each array are spread, on a logarithmic axis.

    Returns a dict: "rms" (n,); "top" (n,), the number of the highest bin that holds something; "counts"
    (n, BINS), from that bin downwards, 255 for the fullest. Bin k holds LOWEST + k · BIN ≤ log₁₀ |v| <
    LOWEST + (k + 1) · BIN. Zeros and what is smaller than all bins count for the rms only.
    """
    found = {"rms": [], "top": [], "counts": []}
    for array in arrays:
        sizes = np.abs(array[array != 0])
        bins = np.floor((np.log10(sizes) - LOWEST) / BIN).astype(int)
        counts = np.bincount(bins[bins >= 0], minlength=1)
        top = len(counts) - 1
        counts = np.concatenate([np.zeros(BINS), counts])[::-1][:BINS]
        found["rms"].append(float(np.sqrt(np.mean(array * array))))
        found["top"].append(top)
        found["counts"].append(np.rint(255 * counts / max(counts.max(), 1)).astype(np.uint8))
    return {name: np.array(entries) for name, entries in found.items()}


def shown_layers(depth):
    """Numbers of the layers that are looked at: the first, the last and some between."""
    return sorted({round(k) for k in np.linspace(1, depth, min(SHOWN, depth))})


def record(x, y, *, depth=30, width=48, seed=0):
    """Look into a new net of every set-up: a dict with "setups", "looks", one a set-up, and "shown"."""
    shown = shown_layers(depth)
    setups = [Setup(*keys) for keys in product(INITS, ACTIVATIONS, NORMS, (False, True))]
    nets = (DeepNet(setup, depth, width, rng=seed) for setup in setups)
    return {"setups": setups, "looks": [look(net, x, y, shown) for net in nets], "shown": shown}


def race(x, y, setups, *, steps=150, lr=0.01, batch_size=64, every=15, depth=30, width=48, seed=0):
    """Train a net of each set-up with SGD and momentum 0.9, on the same batches, from the same `seed`.

    Returns a dict: "setups", "losses", one list a set-up with the loss of every step; "looks", one list a
    set-up with a look before every `every` steps and at the end, always at the first `batch_size` examples;
    "steps", when these looks were.
    """
    kept, shown = list(range(0, steps + 1, every)), shown_layers(depth)
    found = {"setups": list(setups), "losses": [], "looks": [], "steps": kept}
    for setup in found["setups"]:
        net = DeepNet(setup, depth, width, rng=seed)
        optimizer = optim.Momentum(net.parameters(), lr=lr)
        order, losses_, looks = np.random.RandomState(seed), [], []
        for step in range(steps + 1):
            if step in kept:
                looks.append(look(net, x[:batch_size], y[:batch_size], shown))
            if step < steps:
                rows = order.randint(0, len(x), batch_size)
                L = losses.cross_entropy(net(x[rows]), y[rows])
                optimizer.zero_grad()
                L.backward()
                optimizer.step()
                losses_.append(L.item())
        found["losses"].append(losses_)
        found["looks"].append(looks)
    return found
