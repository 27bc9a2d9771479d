"""Whose code takes more from the library than the notebook does."""

import json

import nbformat
import pytest

from course.grade.borrowed import CODE, borrowed
from course.grade.sanitise import sanitise
from course.source import exercise_of
from tests.answers import answers_of
from tests.built import NAMES
from tests.hostile import BUILT, CELLS, NAME, RIGHT, notebook
from tests.solving import notebook as solved
from tests.solving import released

LINEAR = CELLS["05.linear_backward"]


def found(answer, *own):
    """The remarks on a submission with this answer and these cells of the student's own."""
    handed_in = notebook({LINEAR: answer})
    for i, text in enumerate(own):
        handed_in.cells.insert(3, nbformat.v4.new_code_cell(text, id=f"mine-{i}"))
    rebuilt = sanitise(json.dumps(handed_in).encode(), BUILT.release, NAME)
    return borrowed(rebuilt.notebook, BUILT.release)


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("from backprop_lib.scalar import Scalar", "backprop_lib.scalar.Scalar"),
        ("import backprop_lib.optim as o", "backprop_lib.optim"),
        ("m = __import__('backprop_lib.numerical')", "backprop_lib.numerical"),
        ("f = use('09.batchnorm_graph', None)", 'use("09.batchnorm_graph")'),
        ("%time 1\nimport backprop_lib", "backprop_lib"),
    ],
)
def test_what_is_taken_is_named(code, taken):
    in_answer, in_own = found(f"{code}\n{RIGHT[LINEAR]}"), found(RIGHT[LINEAR], code)
    assert [(remark.code, remark.cell) for remark in in_answer] == [(CODE, LINEAR)]
    assert taken in in_answer[0].sentence and in_answer[0].sentence.startswith("05.linear_backward takes")
    assert len(in_own) == 1 and taken in in_own[0].sentence and "student's own" in in_own[0].sentence


@pytest.mark.parametrize(
    "code",
    ["import numpy as np", "from backprop_lib.checks import check", "print('backprop_lib is great')",
     "def f(:", "x = '\0'", "use", "from . import x"],
)  # fmt: skip
def test_what_the_notebook_takes_itself_and_other_things_are_not_named(code):
    assert found(RIGHT[LINEAR], code) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_right_answer_of_ours_is_named(name):
    release = released(name[:2])
    texts = {}
    for cell in solved(name[:2]).cells:
        kind, exercise = exercise_of(cell)
        if kind == "answer":
            right = [text for text in answers_of(exercise).right if isinstance(text, str)]
            texts[cell.id] = [cell.source, *right]
    for number in range(max(map(len, texts.values()), default=0)):
        handed_in = released(name[:2])
        for cell in handed_in.cells:
            if len(texts.get(cell.get("id"), ())) > number:
                cell.source = texts[cell.id][number]
        assert borrowed(handed_in, release) == []
