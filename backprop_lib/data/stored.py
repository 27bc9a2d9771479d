"""Real data sets, stored beside this file. Sources and licences: SOURCES.md."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backprop_lib.data.examples import Examples

_MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


@dataclass(frozen=True)
class Digits(Examples):
    """Handwritten digits: `images` (n, 8, 8), float64 from 0 (paper) to 1 (ink), and `labels` 0…9 (n,)."""

    @property
    def images(self):
        return self.inputs

    @property
    def pixels(self):
        """The images as rows: (n, 64)."""
        return self.inputs.reshape(len(self), 64)


def digits():
    """1,797 handwritten digits of 8×8 pixels (Alpaydin and Kaynak, 1998): a `Digits`, new on every call."""
    stored = _load("digits.npz")
    return Digits(stored["images"] / 16.0, stored["labels"].astype(np.int64))


@dataclass(frozen=True)
class BreastCancer(Examples):
    """Cell nuclei of breast tumours: `inputs` (n, 30) as named in `feature_names`; `labels` (n,) say
    which of `class_names` the tumour is: 0 malignant, 1 benign."""

    feature_names = (
        *(f"mean {measure}" for measure in _MEASURES),
        *(f"{measure} error" for measure in _MEASURES),
        *(f"worst {measure}" for measure in _MEASURES),
    )
    class_names = ("malignant", "benign")


def breast_cancer():
    """569 tumours with 30 measurements each (Wolberg, Street and Mangasarian, 1995): a `BreastCancer`.

    Ten measures of the cell nuclei in one image, each as its mean, its standard error and its worst value
    (the mean of the three largest). The columns differ in size a thousandfold: standardise them with the
    mean and the standard deviation of the training examples.
    """
    stored = _load("breast_cancer.npz")
    return BreastCancer(stored["inputs"], stored["labels"].astype(np.int64))


def _load(name):
    with np.load(Path(__file__).parent / name) as stored:
        return dict(stored)
