"""One exercise, marked for real: what the tests of the marking share."""

from course.grade.marking import Times, mark_exercise

SHORT = Times(cell=0.6, again=0.2, run=4.0, slack=1.0)
NAME, EXPRESSION = "05.linear_backward", "linear_backward"
IMPORT = "import numpy as np\n"
RIGHT = IMPORT + "def linear_backward(x, W, g):\n    return g @ W.T, x.T @ g, g.sum(axis=0)\n"
WRONG = IMPORT + "def linear_backward(x, W, g):\n    return x, W, g\n"
HOSTILE = IMPORT + "def linear_backward(x, W, g):\n    {}\n"


def tried(answer, *before, times=SHORT, quick=False, **options):
    """The marking of an answer's cell, after other cells, all of which are run if nothing else is said."""
    cells = [{"index": i, "source": text, "answers": None} for i, text in enumerate(before)]
    cells.append({"index": len(before), "source": answer, "answers": NAME})
    return mark_exercise(cells, NAME, EXPRESSION, "a secret", times=times, quick=quick, **options)
