"""Right and wrong answers to the exercises of notebook 08 (08.spectral's in chain08.py)."""

from tests.answers import Answers
from tests.answers.chain08 import CHAIN


def _ratios(forward="gain * rms(phi(z)) / rms(z)", backward="gain * rms(slope(z))", end="forward, backward"):
    return (
        "def ratios(phi, slope, gain, z):\n    def rms(a):\n        return np.sqrt(np.mean(a**2))\n"
        f"    forward = {forward}\n    backward = {backward}\n    return {end}\n"
    )


RATIOS_BY_NORMS = """
def ratios(phi, slope, gain, z):
    n = np.size(z)
    return [gain * np.linalg.norm(phi(z)) / np.linalg.norm(z), gain * np.linalg.norm(slope(z)) / n**0.5]
"""

RATIOS_BY_LOOP = """
def ratios(phi, slope, gain, z):
    before, after, slopes = 0.0, 0.0, 0.0
    for v in z.ravel():
        before, after, slopes = before + v * v, after + float(phi(v)) ** 2, slopes + float(slope(v)) ** 2
    return gain * (after / before) ** 0.5, gain * (slopes / z.size) ** 0.5
"""


def _dead(mask="(x @ W + b <= 0).all(axis=0)", result="np.flatnonzero(mask)"):
    return f"def dead_units(x, W, b):\n    mask = {mask}\n    return {result}\n"


DEAD_BY_LOOP = """
def dead_units(x, W, b):
    h = np.maximum(0, x @ W + b)
    dead = []
    for unit in range(len(b)):
        if h[:, unit].sum() == 0:
            dead.append(unit)
    return dead
"""


def _clip(
    norm="np.sqrt(sum((g**2).sum() for g in gradients))",
    factor="limit / norm if norm > limit else 1.0",
    each="factor * g",
    end="norm",
):
    return (
        f"def clip_norm(gradients, limit):\n    norm = {norm}\n    factor = {factor}\n"
        f"    return [{each} for g in gradients], {end}\n"
    )


CLIP_BY_COPIES = """
def clip_norm(gradients, limit):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    new = [g.copy() for g in gradients]
    if norm > limit:
        for g in new:
            g *= limit / norm
    return tuple(new), float(norm)
"""

CLIP_BY_MIN = """
def clip_norm(gradients, limit):
    total = 0.0
    for g in gradients:
        total += np.vdot(g, g)
    norm = total ** 0.5
    return [(g * min(1, limit / max(norm, 1e-300))).tolist() for g in gradients], norm
"""

ANSWERS = {
    "08.predict_ratio": Answers(
        right=[RATIOS_BY_NORMS, RATIOS_BY_LOOP, _ratios()],
        wrong={
            "no-gain": _ratios("rms(phi(z)) / rms(z)", "rms(slope(z))"),
            "gain-alone": _ratios("gain", "gain"),
            "not-divided": _ratios("gain * rms(phi(z))"),
            "std": [_ratios("gain * np.std(phi(z)) / np.std(z)"),
                    _ratios("gain * np.std(phi(z)) / np.std(z)", "gain * np.std(slope(z))")],
            "means-for-rms": _ratios(backward="gain * np.mean(slope(z))"),
            "squares": _ratios("(gain * rms(phi(z)) / rms(z)) ** 2", "(gain * rms(slope(z))) ** 2"),
            "no-root": [_ratios(backward="gain * np.mean(slope(z) ** 2)"),
                        _ratios("gain * np.mean(phi(z) ** 2) / np.mean(z**2)",
                                "gain * np.mean(slope(z) ** 2)")],
            "sum-for-mean": _ratios(backward="gain * np.linalg.norm(slope(z))"),
            "largest-slope": _ratios(backward="gain * slope(z).max()"),
            "slope-at-mean": [_ratios(backward="gain * slope(z.mean())"),
                              _ratios(backward="gain * slope(rms(z))")],
            "slope-at-output": _ratios(backward="gain * rms(slope(phi(z)))"),
            "phi-for-slope": _ratios(backward="gain * rms(phi(z))"),
            "upside-down": _ratios("rms(z) / (gain * rms(phi(z)))", "1 / (gain * rms(slope(z)))"),
            "swapped": _ratios(end="backward, forward"),
            "forward-twice": _ratios(end="forward, forward"),
            "backward-twice": _ratios(end="backward, backward"),
            "gain-inside": [_ratios("rms(phi(gain * z)) / rms(z)", "rms(slope(gain * z))"),
                            _ratios("gain * rms(phi(gain * z)) / rms(z)", "gain * rms(slope(gain * z))"),
                            _ratios("rms(phi(gain * z)) / rms(gain * z)")],
            "gain-over-root-n": _ratios("gain / np.sqrt(z.size) * rms(phi(z)) / rms(z)",
                                        "gain / np.sqrt(z.size) * rms(slope(z))"),
            "float32": [_ratios(end="np.float32(forward), np.float32(backward)"),
                        "import numpy as np\ndef ratios(phi, slope, gain, z):\n    z = z.astype(np.float32)\n"
                        "    return tuple(gain * np.sqrt(np.mean(a**2)) for a in "
                        "(phi(z) / np.sqrt(np.mean(z**2)), slope(z)))\n"],
        },
    ),
    "08.spectral": CHAIN,
    "08.dead_units": Answers(
        right=[DEAD_BY_LOOP, _dead(), _dead("~(x @ W + b > 0).any(0)", "tuple(np.nonzero(mask)[0])")],
        wrong={
            "any-for-all": _dead("(x @ W + b <= 0).any(axis=0)"),
            "examples": _dead("(x @ W + b <= 0).all(axis=1)"),
            "alive": _dead("(x @ W + b > 0).any(axis=0)"),
            "no-bias": _dead("(x @ W <= 0).all(axis=0)"),
            "zero-is-on": _dead("(x @ W + b < 0).all(axis=0)"),
            "on-average": [_dead("(x @ W + b).mean(axis=0) <= 0"), _dead("(x @ W + b).sum(axis=0) <= 0")],
            "one-example": _dead("x[0] @ W + b <= 0"),
            "last-example": _dead("x[-1] @ W + b <= 0"),
            "mask": [_dead(result="mask"), _dead(result="list(mask)")],
            "count": _dead(result="mask.sum()"),
            "wrapped": [_dead(result="np.where(mask)"), _dead(result="np.argwhere(mask)")],
            "nobody": "def dead_units(x, W, b):\n    return []\n",
            "nearly-dead": [_dead("(x @ W + b <= 0).mean(axis=0) > 0.5"),
                            _dead("(x @ W + b <= 0).mean(axis=0) > 0.9"),
                            _dead("(x @ W + b <= 0).mean(axis=0) > 0.95"),
                            _dead("(x @ W + b <= 0.01).all(axis=0)"),
                            _dead("np.maximum(x @ W + b, 0).mean(axis=0).round(3) == 0")],
            "order": _dead(result="np.flatnonzero(mask)[::-1]"),
        },
    ),
    "08.clip_norm": Answers(
        right=[CLIP_BY_COPIES, CLIP_BY_MIN, _clip()],
        wrong={
            "each-alone": _clip(each="g * min(1, limit / max(np.linalg.norm(g), 1e-300))"),
            "by-value": _clip(each="np.clip(g, -limit, limit)"),
            "always-scaled": _clip(factor="limit / max(norm, 1e-300)"),
            "upside-down": _clip(factor="norm / limit if norm > limit else 1.0"),
            "to-length-one": _clip(factor="1 / norm if norm > limit else 1.0"),
            "factor-squared": _clip(factor="limit / norm**2 if norm**2 > limit else 1.0"),
            "not-clipped": _clip(factor="1.0"),
            "norm-after": _clip(end="min(norm, limit)"),
            "squared": _clip("sum((g**2).sum() for g in gradients)"),
            "norms-added": _clip("sum(np.linalg.norm(g) for g in gradients)"),
            "largest-norm": _clip("max(np.linalg.norm(g) for g in gradients)"),
            "zero-norm": [_clip(each="g / norm * min(norm, limit)"),
                          _clip("float(np.sqrt(sum((g**2).sum() for g in gradients)))",
                                "min(1.0, limit / norm)")],
            "same-arrays": _clip(each="factor * g if norm > limit else g"),
            "in-place": [CLIP_BY_COPIES.replace("[g.copy() for g in gradients]", "gradients"),
                         _clip(each="np.multiply(g, factor, out=g)")],
            "mutated-input": """
def clip_norm(gradients, limit):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    for k, g in enumerate(gradients):
        gradients[k] = g * min(1, limit / max(norm, 1e-300))
    return gradients, norm
""",
            "sizes-added": _clip("sum(np.abs(g).sum() for g in gradients)"),
            "largest-entry": _clip("max(np.abs(g).max() for g in gradients)"),
            "rms": _clip("np.sqrt(np.mean(np.concatenate([g.ravel() for g in gradients]) ** 2))"),
            "epsilon": [_clip(factor="min(1.0, limit / (norm + 1e-6))"),
                        _clip(factor="limit / (norm + 1e-6) if norm > limit else 1.0")],
            "float32": [_clip(end="np.float32(norm)"),
                        _clip("np.sqrt(sum((g.astype(np.float32)**2).sum() for g in gradients))"),
                        _clip(each="factor * g.astype(np.float32)")],
            "wrong-side": _clip(factor="limit / norm if 0 < norm < limit else 1.0"),
            "swapped": "def clip_norm(gradients, limit):\n    norm = np.sqrt(sum((g**2).sum() for g in "
            "gradients))\n    return norm, [g * min(1, limit / max(norm, 1e-300)) for g in gradients]\n",
        },
    ),
}  # fmt: skip
