"""Right and wrong answers to the exercises of notebook 08."""

from tests.answers import Answers


def _back(step="g = (g * slope(z)) @ W.T", pairs="zip(weights[::-1], zs[::-1])", result="norms",
          start="[np.linalg.norm(g)]", norm="np.linalg.norm(g)"):
    return (
        f"def send_back(g, weights, zs, slope):\n    norms = {start}\n    for W, z in {pairs}:\n"
        f"        {step}\n        norms.append({norm})\n    return {result}\n"
    )


BACK_BY_INDEX = """
def send_back(g, weights, zs, slope):
    found = [float(np.sqrt((g * g).sum()))]
    for l in range(len(weights) - 1, -1, -1):
        g = np.einsum("nj,ij->ni", g * slope(zs[l]), weights[l])
        found.append(float(np.sqrt((g * g).sum())))
    return np.array(found)
"""


def _ratio(body):
    return f"def predict_ratio(slope, gain, z):\n    return {body}\n"


def _dead(body):
    return f"def dead_units(x, W, b):\n    z = x @ W + b\n    return {body}\n"


DEAD_BY_LOOPS = """
def dead_units(x, W, b):
    found = []
    for unit in range(len(b)):
        alive = False
        for row in x:
            if row @ W[:, unit] + b[unit] > 0:
                alive = True
        if not alive:
            found.append(unit)
    return found
"""


def _clip(
    factor="limit / norm if norm > limit else 1.0", clipped="[g * factor for g in gradients]", norm="norm"
):
    return (
        "def clip_norm(gradients, limit):\n    norm = np.sqrt(sum((g**2).sum() for g in gradients))\n"
        f"    factor = {factor}\n    return {clipped}, {norm}\n"
    )


CLIP_BY_CONCATENATION = """
def clip_norm(gradients, limit):
    norm = float(np.linalg.norm(np.concatenate([g.ravel() for g in gradients])))
    if norm <= limit:
        return [g.copy() for g in gradients], norm
    return tuple(limit * g / norm for g in gradients), norm
"""

ANSWERS = {
    "08.send_back": Answers(
        right=[BACK_BY_INDEX, _back(),
               _back(result="tuple(norms)", pairs="reversed(list(zip(weights, zs)))")],
        wrong={
            "no-slope": _back("g = g @ W.T"),
            "not-transposed": _back("g = (g * slope(z)) @ W"),
            "forward-order": _back(pairs="zip(weights, zs)"),
            "slope-after": _back("g = (g @ W.T) * slope(z)"),
            "without-g": _back(start="[]"),
            "reversed": _back(result="norms[::-1]"),
            "last-only": _back(result="norms[-1]"),
            "squared": _back(start="[(g * g).sum()]", norm="(g * g).sum()"),
        },
    ),
    "08.predict_ratio": Answers(
        right=[_ratio("gain * np.sqrt((slope(z) ** 2).mean())"),
               _ratio("gain * np.linalg.norm(slope(z)) / z.size ** 0.5")],
        wrong={
            "no-root": _ratio("gain * np.mean(slope(z) ** 2)"),
            "squared": _ratio("gain**2 * np.mean(slope(z) ** 2)"),
            "mean-slope": _ratio("gain * np.mean(slope(z))"),
            "slope-of-mean": _ratio("gain * slope(np.mean(z))"),
            "no-gain": _ratio("np.sqrt(np.mean(slope(z) ** 2))"),
            "no-slope": _ratio("gain"),
            "sum": _ratio("gain * np.sqrt(np.sum(slope(z) ** 2))"),
        },
    ),
    "08.dead_units": Answers(
        right=[DEAD_BY_LOOPS, _dead("np.flatnonzero(z.max(axis=0) <= 0)"),
               _dead("np.where(np.maximum(z, 0).sum(axis=0) == 0)[0].tolist()")],
        wrong={
            "any-for-all": _dead("np.flatnonzero((z <= 0).any(axis=0))"),
            "examples": _dead("np.flatnonzero((z <= 0).all(axis=1))"),
            "alive": _dead("np.flatnonzero((z > 0).any(axis=0))"),
            "no-bias": _dead("np.flatnonzero((x @ W <= 0).all(axis=0))"),
            "zero-is-on": _dead("np.flatnonzero((z < 0).all(axis=0))"),
            "on-average": _dead("np.flatnonzero(z.mean(axis=0) <= 0)"),
            "mask": _dead("(z <= 0).all(axis=0)"),
        },
    ),
    "08.clip_norm": Answers(
        right=[CLIP_BY_CONCATENATION, _clip()],
        wrong={
            "each-alone": _clip(clipped="[g * min(1, limit / max(np.linalg.norm(g), 1e-300)) for g in "
            "gradients]"),
            "by-value": _clip(clipped="[np.clip(g, -limit, limit) for g in gradients]"),
            "always-scaled": _clip(factor="limit / max(norm, 1e-300)"),
            "upside-down": _clip(factor="norm / limit if norm > limit else 1.0"),
            "to-length-one": _clip(factor="1 / norm if norm > limit else 1.0"),
            "norm-after": _clip(norm="min(norm, limit)"),
            "squared-norm": _clip(norm="norm**2"),
            "zero-norm": _clip(clipped="[g / norm * min(norm, limit) for g in gradients]").replace(
                "    norm = np", "    np.seterr(all='ignore')\n    norm = np"
            ),
        },
    ),
}  # fmt: skip
