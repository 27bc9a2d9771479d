"""Data for the notebooks, shipped with the package: nothing is fetched. Sources and licences: SOURCES.md.

Toy sets are computed (`toy.py`), real ones are stored (`stored.py`), and there is a story (`text.py`).
All but the story are `Examples`: `.inputs`, `.labels`, `len()`, rows by `[...]`, and `.split(seed)` into
(train, validation, test).
"""

from backprop_lib.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "examples": ["Examples", "GroupedExamples", "Measurements"],
        "stored": ["BreastCancer", "Digits", "breast_cancer", "digits"],
        "text": ["Characters", "characters", "split_text", "story"],
        "toy": ["and_", "blobs", "circles", "moons", "or_", "sine", "spirals", "two_groups", "xor"],
    },
)
