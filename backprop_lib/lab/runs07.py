"""Recorded training runs for the training console of notebook 07."""

import numpy as np

from backprop_lib import accuracy, fit, losses, nn, optim
from backprop_lib.tensor import no_grad

GRID = 24  # the plane is looked at on GRID × GRID points
EVERY = 8  # an epoch in EVERY is kept
WINDOW = ((-2.0, 3.0), (-1.5, 2.0))


def record(train, validation, *, widths, decays, epochs=161, lr=0.03, seed=0):
    """Train a 2-width-width-2 network for each width and weight decay λ; keep what the console shows.

    train, validation: `Examples` in the plane with labels 0 and 1. Returns a dict: "runs", one a pair
    (width, λ) with "loss", "validation_loss", "accuracy" (of validation), "norm" (of all weights), "fields"
    (probability of label 1 over the plane, 0 … 255), one entry a kept epoch; "epochs", their numbers.
    """
    kept = [*range(1, epochs + 1, EVERY)]
    if kept[-1] != epochs:
        kept.append(epochs)
    runs = [
        _run(train, validation, width, decay, epochs, lr, seed, set(kept)) | {"width": width, "decay": decay}
        for width in widths
        for decay in decays
    ]
    points = {"inputs": train.inputs, "labels": train.labels}
    return {"runs": runs, "epochs": kept, "train": points, "window": WINDOW, "grid": GRID}


def plane():
    """The points (GRID², 2) at which the field is taken, row by row from the top."""
    (left, right), (bottom, top) = WINDOW
    x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(top, bottom, GRID))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _run(train, validation, width, decay, epochs, lr, seed, kept):
    model = nn.MLP([2, width, width, 2], rng=seed, activation="tanh")
    points, found = plane(), {"norm": [], "fields": []}

    def look(state):
        if state.epoch in kept:
            with no_grad():
                logits = model(points).data
            found["fields"].append(np.rint(255 / (1 + np.exp(logits[:, 0] - logits[:, 1]))).astype(np.uint8))
            weights = [p.data for p in model.parameters() if p.ndim == 2]
            found["norm"].append(float(np.sqrt(sum((w * w).sum() for w in weights))))

    history = fit(
        model,
        (train.inputs, train.labels),
        losses.cross_entropy,
        optim.AdamW(model.parameters(), lr=lr, weight_decay=decay),
        epochs=epochs,
        batch_size=len(train),
        rng=seed,
        validation=(validation.inputs, validation.labels),
        metric=accuracy,
        on_epoch=look,
        progress=False,
    )
    rows = [epoch - 1 for epoch in sorted(kept)]
    for name, values in (("loss", history.loss), ("validation_loss", history.validation_loss),
                         ("accuracy", history.validation_metric)):  # fmt: skip
        found[name] = [values[row] for row in rows]
    return found
