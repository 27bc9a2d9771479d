"""How well the library learns handwritten digits of 8×8 pixels, and how long that takes.

    python -m benchmarks.digits --model mlp|cnn [--seeds 10] [--validate]

The data are scikit-learn's copy, of which `train_test_split(test_size=0.25, random_state=0)` keeps
450 of 1,797 for the test; the seed draws the weights, the order, the dropout and the shifts. The
settings were chosen by --validate, which cuts the training part into four folds and leaves the test
part alone. Set OMP_NUM_THREADS=1: the seconds are those of one core (CPU time of the process).
"""

import argparse
import statistics
import time
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, train_test_split
from tqdm import tqdm

from backprop_lib import fit, losses, nn, optim
from backprop_lib.training import accuracy, evaluate

BATCH_SIZE = 64


def mlp(rng):
    return nn.Sequential(nn.Flatten(), nn.MLP([64, 256, 256, 10], dropout=0.3, rng=rng, dtype=np.float32))


def cnn(rng):
    options = {"rng": rng, "dtype": np.float32}
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, **options),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1, **options),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.4, rng=rng),
        nn.Linear(64 * 4 * 4, 128, activation="relu", **options),
        nn.Dropout(0.4, rng=rng),
        nn.Linear(128, 10, **options),
    )


class Recipe(NamedTuple):
    """How a model is trained: `make(rng)` gives it; cosine schedule from `lr`, after a warm-up."""

    make: object
    epochs: int
    lr: float


RECIPES = {"mlp": Recipe(mlp, epochs=300, lr=0.002), "cnn": Recipe(cnn, epochs=60, lr=0.002)}


def shifted(images, rng):
    """Each image (N, 1, 8, 8) moved by -1, 0 or 1 pixel across and down; what comes in is paper, 0."""
    framed = np.pad(images[:, 0], ((0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(framed, (8, 8), axis=(1, 2))
    down, across = rng.integers(0, 3, (2, len(images)))
    return windows[np.arange(len(images)), down, across][:, None]


def smoothed_cross_entropy(logits, labels):
    return losses.cross_entropy(logits, labels, smoothing=0.1)


def train_and_measure(recipe, train, test, seed):
    """(accuracy on test in percent, CPU seconds of the training)."""
    rng = np.random.default_rng(seed)
    model = recipe.make(rng)
    n_steps = recipe.epochs * -(-len(train[0]) // BATCH_SIZE)
    start = time.process_time()
    fit(
        model,
        train,
        smoothed_cross_entropy,
        optim.Adam(model.parameters()),
        epochs=recipe.epochs,
        batch_size=BATCH_SIZE,
        schedule=optim.cosine(recipe.lr, n_steps, warmup=50),
        augment=shifted,
        rng=rng,
        progress=False,
    )
    seconds = time.process_time() - start
    return 100 * evaluate(model, test, losses.cross_entropy, accuracy).metric, seconds


def splits(seeds, validate):
    """Yield (seed, train, test), each part a pair (x, y)."""
    pixels, labels = load_digits(return_X_y=True)
    images = (pixels / 16).reshape(-1, 1, 8, 8)
    x, x_test, y, y_test = train_test_split(images, labels, test_size=0.25, random_state=0)
    for seed in range(seeds):
        if not validate:
            yield seed, (x, y), (x_test, y_test)
            continue
        for rows, held_out in StratifiedKFold(4, shuffle=True, random_state=seed).split(x, y):
            yield seed, (x[rows], y[rows]), (x[held_out], y[held_out])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", choices=RECIPES, required=True)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--validate", action="store_true", help="four folds of the training part, no test")
    options = parser.parse_args()
    runs = list(splits(options.seeds, options.validate))
    results = []
    with tqdm(runs, desc=options.model, unit="run") as bar:
        for seed, train, test in bar:
            results.append(train_and_measure(RECIPES[options.model], train, test, seed))
            bar.set_postfix_str(f"accuracy {results[-1][0]:.2f} %")
    show(options, *zip(*results, strict=True))


def show(options, accuracies, seconds):
    part = "validation" if options.validate else "test"
    spread = statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0
    print(f"| model | runs | {part} accuracy % | std | min | max | CPU seconds a run |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print(
        f"| {options.model} | {len(accuracies)} | {statistics.mean(accuracies):.2f} | {spread:.2f} "
        f"| {min(accuracies):.2f} | {max(accuracies):.2f} | {statistics.mean(seconds):.1f} |"
    )


if __name__ == "__main__":
    main()
