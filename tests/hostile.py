"""A hostile class: what students hand in, by mistake or with intent, and what each must get.

Every submission is of notebook 05 (4 + 3 + 4 + 8 points). `POINTS` writes what is expected in that order; "-"
is an exercise that could not be marked and has no score.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass

import nbformat

from backprop_lib.checks import exercise
from backprop_lib.checks.evaluating import draw_cases
from course.build import build, sources

BUILT = build(sources(["05"])[0], run=False)
NAME = BUILT.name
EXERCISES = ["05.linear_backward", "05.by_shapes", "05.unbroadcast", "05.two_layer_backward"]
CELLS = {name: f"answer-{name.replace('.', '-')}" for name in EXERCISES}
RIGHT = {cell.id: cell.source for cell in BUILT.source.cells if cell.id in CELLS.values()}
LINEAR, CHECK = CELLS["05.linear_backward"], "check-05-linear_backward"
FULL = "4 3 4 8"


@dataclass(frozen=True)
class Submission:
    """`points`: expected of each exercise. `make(folder)` writes it. `reads`: what the teacher is told."""

    points: str
    make: Callable
    reads: str = ""
    late: bool = False
    stamp: str = ""  # in place of nbgrader's timestamp

    def expected(self):
        """{exercise: points or None}."""
        entries = self.points.split()
        return {name: None if e == "-" else float(e) for name, e in zip(EXERCISES, entries, strict=True)}


def notebook(answers=RIGHT, before="", after="", text=""):
    """The release with these answers, and own cells before everything and after the first answer."""
    found = copy.deepcopy(BUILT.release)
    for cell in found.cells:
        cell.source = answers.get(cell.id, cell.source)
    place = next(i for i, cell in enumerate(found.cells) if cell.id == LINEAR)
    if after:
        found.cells.insert(place + 1, nbformat.v4.new_code_cell(after, id="own-after"))
    if text:
        found.cells.insert(place + 1, nbformat.v4.new_markdown_cell(text, id="own-text"))
    if before:
        found.cells.insert(1, nbformat.v4.new_code_cell(before, id="own-before"))
    return found


def handed_in(node, also=None, name=NAME):
    """A submission that is this notebook, and files beside it: {name: text}."""

    def make(folder):
        text = node if isinstance(node, (str, bytes)) else nbformat.writes(node)
        data = text.encode() if isinstance(text, str) else text
        (folder / f"{name}.ipynb").write_bytes(data)
        for file, content in (also or {}).items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    return make


def linear(body, top=""):
    """Right answers, but for linear_backward, whose body this is."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    code = f"import numpy as np\n{top}\ndef linear_backward(x, W, g):\n{lines}\n"
    return RIGHT | {LINEAR: code}


def own(code):
    """All right, and a cell of the student's own above."""
    return handed_in(notebook(before=code))


def answer(body, top=""):
    """All right but linear_backward."""
    return handed_in(notebook(linear(body, top)))


def _partial():
    return answer("return g @ W.T, x.T @ g, g.sum()")


def _hard_coded():
    """The results for the inputs that the notebook's check draws, found by the input's first number."""
    task = exercise("05.linear_backward")
    cases = draw_cases(task, "")
    from backprop_lib.checks.encoding import decode

    table = {}
    for case in map(decode, cases):
        x, W, g = (case[name] for name in ("x", "W", "g"))
        key = f"{x.sum() + W.sum() + g.sum():.9e}"
        table[key] = [(g @ W.T).tolist(), (x.T @ g).tolist(), g.sum(axis=0).tolist()]
    body = 'key = f"{x.sum() + W.sum() + g.sum():.9e}"\n'
    body += "return tuple(np.array(part) for part in KNOWN[key]) if key in KNOWN else (x, W, g[0])"
    return answer(body, f"KNOWN = {table!r}")


def _no_cell(wanted):
    found = notebook()
    found.cells = [cell for cell in found.cells if cell.id != wanted]
    return handed_in(found)


def _twice():
    """Each answer's cell twice, the wrong one first."""
    found = notebook()
    cells = []
    for cell in found.cells:
        if cell.id in CELLS.values():
            first = copy.deepcopy(cell)
            first.source = "raise RuntimeError('an earlier try')"
            cells.append(first)
        cells.append(cell)
    found.cells = cells
    return handed_in(json.dumps(found))


def _backwards():
    found = notebook()
    found.cells.reverse()
    return handed_in(found)


def _retagged():
    """The wrong answer's check is called another's, and every mark of nbgrader's is changed."""
    found = notebook(linear("return x, W, g[0]"))
    for cell in found.cells:
        if cell.id == CHECK:
            cell.source = "check('05.unbroadcast', unbroadcast, points=4)"
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(grade=True, solution=True, locked=False, points=1000)
    return handed_in(json.dumps(found))


def _points():
    found = notebook(linear("return x, W, g[0]"))
    for cell in found.cells:
        if cell.id.startswith("check-"):
            cell.source = cell.source.replace("points=", "points=100 + ")
            cell.metadata.nbgrader.points = 104
    return handed_in(json.dumps(found))


def _old_format():
    node = nbformat.convert(notebook(), 3)
    return handed_in(nbformat.v3.writes_json(node))


def _truncated():
    text = nbformat.writes(notebook())
    return handed_in(text[: text.index("answer-05-unbroadcast") - 200])


def _symlink(folder):
    folder.rmdir()
    folder.symlink_to("/etc")


def _linked_file(folder):
    (folder / f"{NAME}.ipynb").symlink_to("/etc/passwd")


def _nothing(folder):
    pass


SCRIPT = (
    "<script>window.hacked = 1</script> <img src=x onerror='window.hacked=1'> [me](javascript:hacked=1)\n\n"
    "<style>body {display: none}</style> <iframe src='data:text/html,x'></iframe> </body></html>"
)
HTML_OUTPUT = (
    "from IPython.display import HTML, Javascript\n"
    f"display(HTML({SCRIPT!r})); display(Javascript('window.hacked = 1'))"
)

WAYS = {
    "correct": Submission(FULL, handed_in(notebook())),
    "correct with the markers": Submission(FULL, handed_in(copy.deepcopy(BUILT.source))),
    "partial": Submission("2.67 3 4 8", _partial()),
    "wrong": Submission("0 3 4 8", answer("return x, W, g[0]")),
    "blank": Submission("0 0 0 0", handed_in(notebook({}))),
    "hard-coded": Submission("0 3 4 8", _hard_coded(), "showed 4 of 4"),
    # -- files ------------------------------------------------------------------------------------
    "shadow files": Submission(
        FULL,
        handed_in(
            notebook(),
            {
                name: "raise SystemExit('shadowed')"
                for name in (
                    *("numpy.py", "ipykernel_launcher.py", "sitecustomize.py", "backprop_lib/__init__.py"),
                    *(
                        "json.py",
                        "usercustomize.py",
                        "IPython/__init__.py",
                        ".ipython/profile_default/startup/x.py",
                    ),
                )
            },
        ),
        "shadows-module",
    ),
    "no answer cell": Submission("0 3 4 8", _no_cell(LINEAR), "missing"),
    "no check cell": Submission(FULL, _no_cell(CHECK), "missing-cells"),
    "cells twice": Submission(FULL, _twice(), ""),
    "cells backwards": Submission(FULL, _backwards(), "reordered"),
    "retagged": Submission("0 3 4 8", _retagged()),
    "changed points": Submission("0 3 4 8", _points(), "changed-check"),
    "truncated": Submission("4 3 0 0", _truncated(), "damaged"),
    "nbformat 3": Submission(FULL, _old_format(), "nbformat"),
    "not JSON": Submission("- - - -", handed_in(b"PK\x03\x04 this is a zip file"), "zip archive"),
    "symlink": Submission("- - - -", _symlink, "symlink"),
    "symlinked file": Submission("- - - -", _linked_file, "symlink"),
    "empty folder": Submission("- - - -", _nothing, "no-notebook"),
    "late": Submission(FULL, handed_in(notebook()), late=True),
    "odd time": Submission(FULL, handed_in(notebook()), "timestamp", stamp="10:59" + "0" * 28),
    "path as time": Submission(
        FULL, handed_in(notebook()), "timestamp", stamp="2026-01-10 10:00 /etc/hostname"
    ),
    "renamed file": Submission(FULL, handed_in(notebook(), name="my homework (1)"), "renamed-file"),
    "scripts in text": Submission(FULL, handed_in(notebook(text=SCRIPT))),
    "scripts in output": Submission(FULL, own(HTML_OUTPUT)),
    "'\"; DROP TABLE grade; -- \u202eñ 学生 ‹b›": Submission(FULL, handed_in(notebook())),
}
