"""Similar answers: copies stand above independent answers, short answers flag nobody, no verdicts."""

import ast
import csv
import io
import random
import time

import nbformat
import pytest

from course.grade.alike import LEAST, OWN, alike
from course.grade.copied import as_published
from course.grade.normalising import structure
from course.grade.records import MARKED, Record
from course.grade.similar import compare, main, report
from course.source import exercise_of
from tests.answers import answers_of
from tests.graded import FIVE, HOSTILE, make_class
from tests.solving import notebook, released, stub_of
from tests.test_feedback import Page

EXERCISES = ("05.linear_backward", "05.by_shapes", "05.unbroadcast", "05.two_layer_backward")
COMMON = [cell.source for cell in notebook("05").cells if exercise_of(cell)[0] == "answer"]
SOLVED = COMMON[-1]
COMMON += [stub_of(name) for name in EXERCISES]

HELPERS = '''
def rows_of(table):
    """Every row."""
    found = []
    for row in table:
        found.append(sum(row))  # add up
    return found

def widest(shape, other):
    while len(shape) < len(other):
        shape = (1, *shape)
    return [n for n, m in zip(shape, other) if n != m]

def unbroadcast(g, shape):
    axes = widest(shape, g.shape)
    total = g.sum() if not axes else rows_of(g)
    return total
'''


def independent(number, seed):
    """A class in which everybody chose among the known answers: right ones and typical wrong ones."""
    chance, students = random.Random(seed), [{} for _ in range(number)]
    for name in EXERCISES:
        known = answers_of(name)
        texts = [text for text in [*known.right, *(text for _, text in known.wrong_pairs())]]
        texts, dealt = sorted({text for text in texts if isinstance(text, str)}), []
        while len(dealt) < number:
            chance.shuffle(texts)
            dealt += texts
        for student, text in zip(students, dealt, strict=False):
            student[name] = text
    return {f"s{i:03d}": answers for i, answers in enumerate(students)}


def renamed(text):
    """Every name that the code gives is another, but the functions'; comments and formatting are gone."""
    tree = ast.parse(text)
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    given |= {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    other = {name: f"q{i}" for i, name in enumerate(sorted(given))}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg = other.get(node.arg, node.arg)
        elif isinstance(node, ast.Name):
            node.id = other.get(node.id, node.id)
    return ast.unparse(tree)


def reordered(text):
    """The definitions of the code in the opposite order."""
    tree = ast.parse(text)
    tree.body.reverse()
    return ast.unparse(tree)


# -- structure -------------------------------------------------------------------------------------


def prints(text):
    return set(structure(text).prints)


def test_names_comments_formatting_and_order_of_definitions_do_not_count():
    assert len(prints(HELPERS)) >= 20
    for other in (renamed(HELPERS), reordered(HELPERS), HELPERS.replace("\n\n", "\n# a comment\n\n\n")):
        assert prints(other) == prints(HELPERS)
    assert prints("def f(a: int) -> int:\n    'doc'\n    b = a * 1.50\n    return b + 0x10") == prints(
        "def g(x):\n    y = (x) * 1.5\n    return y + 16"
    )


def test_other_statements_order_and_library_calls_count():
    one = "def f(a, b):\n    c = a @ b\n    d = c.sum()\n    return c, d"
    for other in (one.replace("sum", "mean"), one.replace("a @ b", "b @ a"), one.replace("@", "*"),
                  "def f(a, b):\n    d = a.sum()\n    c = a @ b\n    return c, d"):  # fmt: skip
        assert prints(one) != prints(other)


@pytest.mark.parametrize(
    "text", ["", "def f(:", "x = '\0'", "%time x = 1\n!ls", "(" * 5000, HOSTILE, "x = 1\n" * 9000,
             "\ud800 = 1", "lambda: (yield)", "f'{x!r:{y}}'", "match x:\n    case [1, *_]:\n        pass"]
)  # fmt: skip
def test_any_text_has_a_structure(text):
    found = structure(text)
    assert all(isinstance(number, int) for number in found.prints)


def test_code_that_is_no_python_is_still_compared():
    broken = "def f(a, b):\n    c = a @ b\n    for i in range(3:\n        c += a[i] * b[i]\n    return c"
    assert prints(broken) and prints(broken) == prints(broken.replace("c", "other").replace("other =", "t ="))


# -- pairs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_copies_stand_above_thirty_independent_submissions(seed):
    answers = independent(30, seed)
    answers["s011"]["05.unbroadcast"] = HELPERS
    answers["renamed"] = {name: renamed(text) for name, text in answers["s007"].items()}
    answers["reordered"] = {name: reordered(renamed(text)) for name, text in answers["s011"].items()}
    pairs = alike(answers, COMMON)
    assert {pair.students for pair in pairs[:2]} == {("renamed", "s007"), ("reordered", "s011")}
    assert all(pair.share > 0.95 for pair in pairs[:2]) and len(pairs) < 8
    assert all(pair.share < 0.5 for pair in pairs[2:])


def test_a_copy_of_one_long_answer_is_found():
    answers = independent(30, 1)
    answers["s003"]["05.unbroadcast"] = HELPERS
    answers["s020"]["05.unbroadcast"] = reordered(renamed(HELPERS))
    [pair] = [pair for pair in alike(answers, COMMON) if pair.students == ("s003", "s020")]
    assert next(iter(pair.exercises)) == "05.unbroadcast" and pair.bits > LEAST
    assert len(pair.lines["05.unbroadcast"][0]) > 8


def test_a_copy_in_a_cell_of_ones_own_is_found():
    answers = independent(30, 1)
    answers["s003"] |= {"05.unbroadcast": "unbroadcast = helper", OWN: HELPERS}
    answers["s020"]["05.unbroadcast"] = reordered(renamed(HELPERS))
    answers["s021"] |= {"05.unbroadcast": "unbroadcast = mine", OWN: renamed(HELPERS)}
    pairs = {pair.students: pair for pair in alike(answers, COMMON)}
    for pair in (("s003", "s020"), ("s003", "s021"), ("s020", "s021")):
        assert OWN in pairs[pair].exercises and pairs[pair].bits > LEAST


def test_a_copy_behind_pages_of_comment_is_found():
    comment = "# nothing that anybody else would write here, line {}\n"
    answers = independent(30, 1)
    for student, start in (("s003", 0), ("s020", 10**6)):
        text = "".join(comment.format(start + i) for i in range(1000))
        answers[student]["05.unbroadcast"] = text + HELPERS
    assert ("s003", "s020") in {pair.students for pair in alike(answers, COMMON)}


def test_short_answers_flag_nobody():
    ways = ["g @ W.T, x.T @ g, g.sum(axis=0)", "g.dot(W.T), x.T.dot(g), g.sum(0)",
            "np.matmul(g, W.T), np.matmul(x.T, g), np.sum(g, axis=0)",
            "g @ W.T, (g.T @ x).T, sum(g)"]  # fmt: skip
    chance = random.Random(0)
    answers = {f"s{i}": {"05.a": f"def f(x, W, g):\n    return {chance.choice(ways)}\n"} for i in range(60)}
    assert alike(answers) == []


def test_the_same_answer_of_everybody_counts_nothing():
    assert alike({f"s{i}": {"05.a": HELPERS} for i in range(30)}) == []


def test_what_is_given_counts_nothing():
    answers = independent(30, 2)
    answers["s003"]["05.unbroadcast"] = answers["s020"]["05.unbroadcast"] = HELPERS
    assert not [pair for pair in alike(answers, [*COMMON, HELPERS]) if pair.students == ("s003", "s020")]


def test_the_same_unusual_words_count():
    answers = independent(30, 3)
    for student, code in (("s003", "y = x * 2"), ("s020", "z = 2 * x + 1")):
        comment = "# my cat walked over the keyboard here, sorry"
        answers[student]["05.a"] = f"{comment}\ntotal_of_ducks = 'a rather unusual message'\n{code}"
    [pair] = [pair for pair in alike(answers, COMMON) if pair.students == ("s003", "s020")]
    assert {kind for kind, _ in pair.words} == {"comment", "text", "name"}
    outputs = {"s001": ["debug: shapes are (3, 4) !!"], "s002": ["debug: shapes are (3, 4) !!"]}
    found = alike(answers, COMMON, outputs, top=1000, least=0)
    assert ("output", outputs["s001"][0]) in next(p for p in found if p.students == ("s001", "s002")).words


def test_two_hundred_students_take_seconds():
    started = time.process_time()
    pairs = alike(independent(200, 0), COMMON)
    assert time.process_time() - started < 10 and len(pairs) == 20


def test_a_long_answer_that_is_the_published_solution_is_found_and_no_other_right_answer():
    found = 0
    for number in ("01", "03", "04", "05", "09", "10", "11"):
        source, stubs = notebook(number), released(number)
        for cell in source.cells:
            kind, name = exercise_of(cell)
            if kind != "answer":
                continue
            answers = {"copy": {name: renamed(cell.source)}, "stub": {name: stub_of(name)}}
            answers["own"] = {name: f"f = {name[3:]}_mine", OWN: "# mine\n" * 9000 + renamed(cell.source)}
            others = [text for text in answers_of(name).right if isinstance(text, str)]
            answers |= {f"other {i}": {name: text} for i, text in enumerate(others)}
            said = as_published(answers, stubs, source)
            assert said in ({}, {"copy": [name], "own": [name]}), name
            found += len(said)
    assert found >= 8


# -- the command -----------------------------------------------------------------------------------


@pytest.fixture
def classroom(tmp_path):
    answers = independent(12, 0)
    answers["s003"]["05.unbroadcast"] = HELPERS
    answers["=s, 2"] = {name: renamed(text) for name, text in answers["s003"].items()}
    for student in ("eve", "mallory"):
        answers[student] = {"05.unbroadcast": HOSTILE + "\n" + HELPERS, "05.why": HOSTILE}
    answers["bo"] = {"05.two_layer_backward": SOLVED}
    made = [Record(FIVE, name, "", MARKED, answers=texts) for name, texts in answers.items()]
    classroom = make_class(tmp_path, made, ids=())
    nbformat.write(notebook("05"), classroom.folder / "source" / FIVE / f"{FIVE}.ipynb")
    return classroom


def test_the_command_writes_a_page_and_a_table(classroom, capsys):
    assert main(["5", "--class", str(classroom.folder), "--top", "5"]) == 0
    said = capsys.readouterr().out
    assert "of 120 pairs to look at" in said
    assert "1 with a long answer that is the published solution: bo" in said
    html = (classroom.folder / "exports" / f"similar-{FIVE}.html").read_text("utf-8")
    found = Page(html)
    assert "A list to look at, not a verdict" in found.text and "=s, 2 and s003" in found.text
    assert "bo: 05.two_layer_backward" in found.text
    assert "script" not in found.tags and "img" not in found.tags and "\u202e" not in html
    assert not set("\0\x1b") & set(html) and "│ " in html and len(html) < 200_000
    table = (classroom.folder / "exports" / f"similar-{FIVE}.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert ["'=s, 2", "s003"] in [row[1:3] for row in rows[1:]] and len(rows) <= 7
    assert rows[-1] == ["", "bo", "the published solution", "", "", "05.two_layer_backward", ""]
    for word in ("cheat", "plagia", "guilt", "fraud"):
        assert word not in found.text.lower()


def test_a_class_without_pairs_says_so(classroom, capsys):
    pairs, answers, number = compare(classroom, FIVE, least=10_000)
    assert pairs == [] and "No pair has enough in common" in report(pairs, answers, number, FIVE)
    for path in (classroom.folder / "marking" / FIVE).iterdir():
        path.unlink()
    assert main(["5", "--class", str(classroom.folder)]) == 1
    assert "two are needed" in capsys.readouterr().err
