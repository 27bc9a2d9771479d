"""How far our numbers are from a referee's: relative to the largest entry, as tiny entries differ
between any two correct engines."""

import numpy as np

LIMIT = 1e-12


def relative_error(ours, theirs):
    """The largest difference, in units of the referee's largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"shape {ours.shape}, but the referee has {theirs.shape}"
    if not ours.size:
        return 0.0
    scale = np.abs(theirs).max()
    return float(np.abs(ours - theirs).max() / (scale if scale > 0 else 1.0))


def assert_agree(name, pairs, limit=LIMIT):
    """Compare each part (output, gradient of x, …) with the referee's and print the errors.

    pairs: {part: (ours, theirs)}, arrays. `pytest -s` shows the lines, one a call.
    """
    errors = {part: relative_error(ours, theirs) for part, (ours, theirs) in pairs.items()}
    print(f"{name:32s} " + "  ".join(f"{part} {error:.1e}" for part, error in errors.items()))
    wrong = {part: error for part, error in errors.items() if not error <= limit}
    assert not wrong, f"{name}: {wrong} beyond {limit:g} of the largest entry"
