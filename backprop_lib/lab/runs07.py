"""Recorded training runs for the training console of notebook 07."""

import numpy as np

from backprop_lib import fit, losses, nn, optim
from backprop_lib.tensor import no_grad

GRID = 28  # the plane is looked at on GRID × GRID points
FRAMES = 20  # so often a run is looked at, and once before it begins
WINDOW = ((-2.0, 3.0), (-1.5, 2.0))


def record(train, validation, *, widths, decays, epochs=160, lr=0.03, seed=0):
    """Train a 2-width-width-2 network for each width and weight decay λ; keep what the console shows.

    train, validation: `Examples` in the plane with labels 0 and 1. All training points are one batch, the
    optimizer is AdamW. Returns a dict: "runs", one a pair (width, λ), with one entry for each of the kept
    "epochs" (0 is before training) in "loss" and "right" (of the training points), "validation_loss" and
    "validation_right", "norm" (of all weights) and "fields" (probability of label 1 over the plane,
    0 … 255). "right" has a True for every point that is read rightly.
    """
    kept = kept_epochs(epochs)
    runs = [
        {"width": width, "decay": decay} | _run(train, validation, width, decay, kept, lr, seed)
        for width in widths
        for decay in decays
    ]
    return {"runs": runs, "epochs": kept, "train": train, "validation": validation, "window": WINDOW,
            "grid": GRID}  # fmt: skip


def kept_epochs(epochs):
    """0 … epochs, at most FRAMES + 1 of them, closer together at the beginning, where more happens."""
    return sorted({round(epochs * (k / FRAMES) ** 1.5) for k in range(FRAMES + 1)})


def plane():
    """The points (GRID², 2) at which the field is taken, row by row from the top."""
    (left, right), (bottom, top) = WINDOW
    x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(top, bottom, GRID))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _run(train, validation, width, decay, kept, lr, seed):
    model = nn.MLP([2, width, width, 2], rng=seed, activation="tanh")
    found = {name: [] for name in ("loss", "right", "validation_loss", "validation_right", "norm", "fields")}
    points = plane()

    def look():
        with no_grad():
            for prefix, part in (("", train), ("validation_", validation)):
                logits = model(part.inputs)
                found[f"{prefix}loss"].append(losses.cross_entropy(logits, part.labels).item())
                found[f"{prefix}right"].append(logits.data.argmax(axis=1) == part.labels)
            z = model(points).data
        found["fields"].append(np.rint(255 / (1 + np.exp(z[:, 0] - z[:, 1]))).astype(np.uint8))
        weights = [p.data for p in model.parameters() if p.ndim == 2]
        found["norm"].append(float(np.sqrt(sum((w * w).sum() for w in weights))))

    look()
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=decay)
    fit(model, (train.inputs, train.labels), losses.cross_entropy, optimizer, epochs=kept[-1],
        batch_size=len(train), rng=seed, progress=False,
        on_epoch=lambda state: look() if state.epoch in kept else None)  # fmt: skip
    return found
