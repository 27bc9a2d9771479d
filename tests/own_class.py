"""A class with an overlay, for the tests of releasing and publishing."""

import sys
from contextlib import contextmanager

from backprop_lib import checks
from backprop_lib.checks import exercises
from backprop_lib.checks.exercise import REGISTRY
from course.grade import probes
from course.grade.classroom import open_class
from course.new_class import new_class

HEAD = "---\ncourse: {minutes: 5, requires: []}\n---\n\n"
OWN = (
    HEAD
    + """# 20 · Areas

```{code-cell} ipython3
from backprop_lib import check

6 * 7
```

```{code-cell} ipython3
:exercise: 20.area

def area(a, b):
    ### BEGIN SOLUTION
    product = a * b
    return product
    ### END SOLUTION
```

```{code-cell} ipython3
:check: 20.area
:answer: area
:points: 2
```

+++ {"written": "20.why", "points": 3}

Why?

### BEGIN SOLUTION
Because it is so, and not otherwise.
### END SOLUTION
"""
)
CHECKS = """from . import corners20
from .exercise import Exercise, Mistake, register
from .shapes import Rectangle, area


def _probe(answer, case):
    corners20.looked_at.append(1)
    return [answer(case["a"], case["b"]), answer(*corners20.unit()), Rectangle(2.0, 3.0).measured_by(answer)]


register(Exercise(
    "20.area",
    "The area of a rectangle",
    cases=lambda rng: [{"a": rng.uniform(2, 9), "b": rng.uniform(2, 9)} for _ in range(3)],
    probe=_probe,
    reference=lambda case: [area(case["a"], case["b"]), 1.0, 6.0],
    mistakes=[Mistake("sum", "You add the sides.", lambda case: [case["a"] + case["b"], 2.0, 5.0])],
    hints=["How many unit squares are in a row?"],
))
"""
SHAPES = """from .corners20 import SIDE

SECRET = "how it is judged"


def area(a, b):
    return a * b


class Rectangle:
    def __init__(self, a, b):
        self.a, self.b = a * SIDE, b

    def measured_by(self, answer):
        return answer(self.a, self.b)
"""
CORNERS = """SIDE = 1.0
looked_at = []


def unit():
    return SIDE, 1.0
"""
FILES = {
    "notebooks/20_own.md": OWN,
    "checks/own20.py": CHECKS,
    "checks/shapes.py": SHAPES,
    "checks/corners20.py": CORNERS,
}


def make_class(folder, files=FILES, **settings):
    """A class with these files in its overlay."""
    new_class(folder, **settings)
    for name, text in files.items():
        path = folder / "overlay" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return open_class(folder)


@contextmanager
def own_exercises():
    """Afterwards this process knows no exercises but the course's again."""
    exercises()
    modules, folders, known = set(sys.modules), list(checks.__path__), dict(REGISTRY)
    try:
        yield
    finally:
        checks.__path__[:] = folders
        for name in set(sys.modules) - modules:
            if name.startswith(f"{checks.__name__}."):
                del sys.modules[name]
                delattr(checks, name.rpartition(".")[2])
        REGISTRY.clear()
        REGISTRY.update(known)
        probes.probe.cache_clear()
