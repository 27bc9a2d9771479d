"""What notebook 07 says of numbers, with more runs than fit into it."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from backprop_lib import accuracy, data, evaluate, fit, losses, nn, optim


def parts():
    digits = data.digits()
    order = np.random.RandomState(0).permutation(len(digits))
    return digits[order[450:]], digits[order[:450]]


def test_the_split_is_that_of_scikit_learn():
    pixels, labels = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(pixels / 16, labels, test_size=0.25, random_state=0)
    rest, held_back = parts()
    assert np.array_equal(rest.pixels, x) and np.array_equal(rest.labels, y)
    assert np.array_equal(held_back.pixels, x_test) and np.array_equal(held_back.labels, y_test)


def test_ten_seeds_reach_what_this_network_is_known_to_reach():
    """64-128-64-10 on this split: 97.8 % is the mean of ten seeds of scikit-learn's classifier."""
    rest, held_back = parts()
    scores = []
    for seed in range(10):
        model = nn.MLP([64, 128, 64, 10], rng=seed)
        optimizer = optim.Adam(model.parameters())
        fit(model, (rest.pixels, rest.labels), losses.cross_entropy, optimizer,
            epochs=30, batch_size=32, rng=seed, progress=False)  # fmt: skip
        measured = evaluate(model, (held_back.pixels, held_back.labels), losses.cross_entropy, accuracy)
        scores.append(100 * measured.metric)
    print(f"mean {np.mean(scores):.2f} %, standard deviation {np.std(scores, ddof=1):.2f}")
    assert abs(np.mean(scores) - 97.8) < 2 * np.std(scores, ddof=1)
    assert abs(np.mean(scores) - 97.8) < 0.6


def test_one_step_of_decay_shrinks_by_rate_times_lambda():
    """"Weight decay shrinks every weight by the share (rate · λ)": with a gradient of 0, exactly that."""
    from backprop_lib import Tensor

    w = Tensor(np.array([2.0, -3.0]))
    optimizer = optim.AdamW([w], lr=0.1, weight_decay=0.5)
    w.grad = np.zeros(2)
    optimizer.step()
    assert np.allclose(w.data, np.array([2.0, -3.0]) * (1 - 0.1 * 0.5), rtol=1e-12)
