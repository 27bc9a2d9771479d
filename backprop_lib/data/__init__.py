"""Data for the notebooks, shipped with the package: nothing is fetched. Sources and licences: SOURCES.md.

Toy sets are computed (`toy.py`), real ones are stored (`stored.py`), and there is a story (`text.py`).
All but the story are `Examples`: `.inputs`, `.labels`, `len()`, rows by `[...]`, and `.split(seed)` into
(train, validation, test).
"""

from backprop_lib.data.examples import Examples, GroupedExamples, Measurements
from backprop_lib.data.stored import BreastCancer, Digits, breast_cancer, digits
from backprop_lib.data.text import Characters, characters, split_text, story
from backprop_lib.data.toy import and_, blobs, circles, moons, or_, sine, spirals, two_groups, xor

__all__ = [
    "BreastCancer",
    "Characters",
    "Digits",
    "Examples",
    "GroupedExamples",
    "Measurements",
    "and_",
    "blobs",
    "breast_cancer",
    "characters",
    "circles",
    "digits",
    "moons",
    "or_",
    "sine",
    "spirals",
    "split_text",
    "story",
    "two_groups",
    "xor",
]
