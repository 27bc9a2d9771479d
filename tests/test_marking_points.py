"""A typical wrong answer to each exercise, marked in the sandbox, earns what its parts are worth."""

import json
from pathlib import Path

import pytest

from course.grade.marking import MARKED, mark_exercise
from course.grade.slicing import needed
from course.source import answer_expression, exercise_of
from tests.answers import answers_of
from tests.solving import notebook
from tests.test_exercise_contract import NAMES

POINTS = json.loads((Path(__file__).parent / "answers" / "points.json").read_text("utf-8"))


def typical(name):
    """(answer, its right parts): of the wrong answers the one that has the most of them right."""
    wrong = [answer for _, answer in answers_of(name).wrong_pairs()]
    right = [parts.split() for each in POINTS.get(name, {}).values() for parts in each] or [[]] * len(wrong)
    written = [pair for pair in zip(wrong, right, strict=True) if type(pair[0]) in (str, dict)]
    return max(written, key=lambda pair: len(pair[1]))


@pytest.mark.parametrize("name", NAMES)
def test_a_typical_wrong_answer_earns_its_parts_in_the_sandbox(name):
    answer, right = typical(name)
    given = [cell for cell in notebook(name[:2]).cells if cell.cell_type == "code"]
    at = next(i for i, cell in enumerate(given) if exercise_of(cell) == ("check", name))
    expression, cells = answer_expression(given[at]), []
    text = answer if type(answer) is str else f"{expression} = {answer!r}"
    for index, cell in enumerate(given[:at]):
        kind, exercise = exercise_of(cell)
        if kind != "check":
            source = text if exercise == name else cell.source
            cells.append({"index": index, "source": source, "answers": exercise})
    found = mark_exercise(needed(cells, name, expression), name, expression, "a secret")
    assert found.status == MARKED, found.sentence
    assert [part.replace(" ", "_") for part, good in found.report.parts.items() if good] == right
    assert found.score == (len(right) / len(found.report.parts) if right else 0)
