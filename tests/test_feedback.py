"""Feedback pages: what a student reads, that no submission writes HTML, that nbgrader hands them out."""

import logging
import re
from html.parser import HTMLParser

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchFeedback, ExchangeReleaseFeedback
from traitlets.config import Config

from backprop_lib.checks import exercise as find
from course.grade import feedback
from course.grade.feedback import Places, main, page
from course.grade.lateness import HOUR, Late
from course.grade.pagetext import one_line, plain_text, points, with_code
from course.grade.records import FAILED, Marks, Record
from course.grade.results import Entry, result
from course.grade.wording import duration
from tests.graded import FIVE, HOSTILE, WRITTEN, ada, bo, by_hand, enter, hostile, make_class, release

PLACES = Places(release(), FIVE)
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """A page taken apart: tags, attributes, and the text of the body; tags must be closed in order."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def shown(record, entries=None, late=None, before=(), keep="last"):
    """The page of a record, taken apart."""
    late = late or Late()
    return Page(page(result(record, entries or {}, late, keep, before), PLACES, late))


# -- what a student reads --------------------------------------------------------------------------


def test_each_exercise_has_its_state_points_diagnosis_case_hint_and_place():
    record = ada()
    text = shown(record).text
    for words in (
        "Feedback for ada", "So far 4 of 22", "1 of 5 parts has no points yet (3 of 22 are still open).",
        "A linear layer, backward 4 of 4 points ✓ right", "✗ not yet right", "○ not attempted",
        "the factor 1/√d is missing", "✗ dK: not yet right", "Where to read: Exercise: attention scores in",
        find("05.by_shapes").hints[0], "return g @ K, g.T @ Q", "… your teacher has not marked this yet",
        "Because <i>every</i> example adds its share.", "Your code printed <b>x</b>",
    ):  # fmt: skip
        assert words in text, words
    table = next(m.report["table"] for m in record.exercises if m.name == "05.by_shapes")
    assert len(table) >= 3 and all(heading in text and one_line(said) in text for heading, said in table)
    assert find("05.by_shapes").hints[1] not in text and find("05.linear_backward").hints[0] not in text


def test_a_written_answer_has_the_teachers_points_and_comment():
    entry = Entry(2.0, extra=0.5, comment="Nice. <b>Say</b> why it is a sum.")
    text = shown(ada(), {WRITTEN: entry}).text
    assert "Your points 6.5 of 22" in text and "◐ marked by your teacher" in text
    assert "Your teacher writes Nice. <b>Say</b> why it is a sum." in text
    assert "Your teacher gives 0.5 extra points for this." in text
    assert "✓ marked by your teacher" in shown(ada(), {WRITTEN: Entry(3.0)}).text
    assert "✗ marked by your teacher" in shown(ada(), {WRITTEN: Entry(0.0)}).text


def test_a_run_that_failed_is_no_0_and_says_what_to_do():
    text = shown(bo()).text
    assert "Could not be marked" in text and "This is not 0 points: it has no score yet." in text
    assert "The program ended before there was a result" in text and "It was cell 8." in text
    assert "Restart the kernel" in text and "hand in again" in text
    assert "0 of 4" not in text and "0 of 7" not in text and "… of 4 points" in text


def test_what_is_no_notebook_is_said_once_and_not_for_each_exercise():
    record = ada()
    for marks in record.exercises:
        marks.status, marks.score, marks.reason, marks.report = FAILED, None, "no notebook", None
    text = shown(record).text
    assert text.count("could not be marked") >= len(record.exercises) > 1
    assert text.count("There was no notebook that could be opened") == 1
    assert text.count("This is not 0 points") == text.count("hand in again") == 1


@pytest.mark.parametrize(
    "reason", ["timeout", "killed", "out of memory", "no answer", "no notebook", "grader"]
)
def test_every_reason_of_a_failure_has_words(reason):
    record = by_hand("x", None)
    record.exercises[0].reason = reason
    text = shown(record).text
    assert "could not be marked" in text and "no score yet" in text and "This was in cell" not in text


def test_a_teachers_points_are_said_to_be_the_teachers():
    cell = "check-05-linear_backward"
    text = shown(by_hand("x", 1.0), {cell: Entry(3.0, comment="Good idea.")}).text
    assert "Your points 3 of 4" in text and "Your teacher set the points" in text and "Good idea." in text
    text = shown(by_hand("x", 1.0), {cell: Entry(3.0, waits=True)}).text
    assert "Not marked yet" in text and "… your teacher looks at this again" in text
    assert "Your points 3 of 4" in shown(by_hand("x", None), {cell: Entry(3.0)}).text


def test_lateness_and_an_earlier_attempt_are_said():
    late = by_hand("x", 3.0, late=30.0 * HOUR)
    text = shown(late, late=Late(penalty_percent_per_day=10)).text
    assert "Your points 2.4 of 4" in text and "came 1 day and 6 hours after the due date" in text
    assert "0.6 points (20 %) of those reached are taken off" in text
    assert "No points are taken off" in shown(late).text
    text = shown(late, before=[by_hand("x", 4.0)], keep="best").text
    assert "Your points 4 of 4" in text and "an earlier attempt of yours" in text


def test_remarks_blame_nobody():
    record = by_hand("x")
    codes = ["changed-points", "shadows-module", "retagged", "unknown-grade-id", "changed-check"]
    record.remarks = [{"code": code, "sentence": "TEACHER'S", "cell": None} for code in codes]
    record.remarks.append(
        {"code": "duplicate", "sentence": "It is there twice.", "cell": "answer-05-linear_backward"}
    )
    record.exercises[0].cells, record.exercises[0].left_out = [[2, "ZeroDivisionError"]], [4]
    text = shown(record).text
    assert "TEACHER'S" not in text and "A linear layer, backward: It is there twice." in text
    assert "Cell 3 of your notebook: ZeroDivisionError" in text
    assert "Cell 5 of your notebook ended the program" in text
    assert not re.search("cheat|fraud|forg|suspic|manipul|tried to", text, re.I)


def test_an_answer_whose_exercise_nobody_knows_has_its_page():
    record = by_hand("x")
    record.exercises = [Marks("77.of_my_own", "check-77-of_my_own", 2.0, "marked", 0.0)]
    assert "Of my own 0 of 2 points" in shown(record).text


def test_an_exercise_that_does_not_reveal_shows_what_its_report_has():
    record = by_hand("x", 0.0)
    record.exercises[0].report["table"] = [["smallest failing case", "a = 2"], ["got", "3"]]
    found = shown(record)
    assert found.tags.count("tr") == 2 and "expected" not in found.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 minute"), (60, "1 minute"), (3601, "1 hour and 1 minute"), (86_400, "1 day"),
     (180_000, "2 days and 2 hours")],
)  # fmt: skip
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_points_have_two_digits_at_most():
    assert [points(x) for x in (0.0, -0.0, 1 / 3, 4.0, -0.5)] == ["0", "0", "0.33", "4", "−0.5"]


# -- hostile text ----------------------------------------------------------------------------------


def test_nothing_of_a_submission_is_html():
    quiet, loud = shown(by_hand("eve", 1.0)), shown(hostile(), {WRITTEN: Entry(None, True, 0.0, HOSTILE)})
    assert set(loud.tags) - set(quiet.tags) <= {"section", "table", "caption", "tr", "th", "td", "pre",
                                                "blockquote", "code"}  # fmt: skip
    assert "script" not in loud.tags and "img" not in loud.tags and loud.tags.count("style") == 1
    assert not [name for _, name, _ in loud.attributes if name.startswith("on") or name == "src"]
    links = [value for _, name, value in loud.attributes if name == "href"]
    assert links and all(re.match(r"#part-\d+$|\.\./\.\./05_", link) for link in links)
    assert "<script>alert(1)</script>" in loud.text and "{{ 7 * 7 }}" in loud.text


def test_a_hostile_page_has_no_hidden_character_and_is_small():
    html = page(result(hostile(), {}, Late()), PLACES)
    html.encode("utf-8")
    assert len(html) < 40_000 and max(map(len, html.split("\n"))) < 5_000
    assert all(c.isprintable() or c == "\n" for c in html)
    assert "⟨U+202E⟩" in html and "⟨U+0000⟩" in html and "[31m" not in html


def test_a_page_loads_nothing_and_runs_nothing():
    found = shown(ada())
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("meta", "content", policy) in found.attributes
    assert not {"script", "link", "img", "iframe", "form"} & set(found.tags)
    assert "url(" not in page(result(ada(), {}, Late()), PLACES)


@given(st.text(st.characters(), max_size=300))
def test_any_text_becomes_printable(text):
    for made in (plain_text(text), one_line(text), str(with_code(text))):
        assert all(c.isprintable() or c in "\n\u200c\u200d\ufe0e\ufe0f" for c in made)
        made.encode("utf-8")
    assert "\n" not in one_line(text) and "<" not in with_code(text).replace("<code>", "").replace(
        "</code>", ""
    )


def test_long_texts_are_cut_and_say_so():
    assert "more characters" in plain_text("x" * 100_000) and len(plain_text("x" * 100_000)) < 600
    assert plain_text("x\n" * 1000).endswith("… (the rest is not shown here)")
    assert (
        plain_text("a\n\tb") == "a\n    b"
        and plain_text("Zo\u0308e, 你好, ∂L/∂W") == "Zo\u0308e, 你好, ∂L/∂W"
    )
    assert plain_text("e" + "\u0301" * 50) == "e" + "\u0301" * 4


# -- files, and nbgrader ---------------------------------------------------------------------------


def test_the_command_writes_a_page_for_everybody_who_handed_in(tmp_path, capsys):
    odd = by_hand('o"neil, <b>')
    odd.place = "05_copy (1).ipynb"
    classroom = make_class(tmp_path, [by_hand("ada"), bo(), hostile(), odd])
    classroom.submitted("fo", FIVE).mkdir(parents=True)
    enter(classroom, "eve", WRITTEN, "Well <done>.", manual_score=1.0, needs_manual_grade=False)
    assert main(["5", "--class", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "4 pages" in said.out and "1 not marked, no page: fo" in said.err and "absent, no page" in said.err
    pages = {
        path.relative_to(tmp_path / "feedback").as_posix() for path in tmp_path.glob("feedback/**/*.html")
    }
    names = ("ada", "bo", "eve", 'o"neil, <b>')
    assert pages == {f"{name}/{FIVE}/{FIVE}.html" for name in names} | {f"{names[3]}/{FIVE}/05_copy (1).html"}
    eve = Page((tmp_path / "feedback" / "eve" / FIVE / f"{FIVE}.html").read_text("utf-8"))
    assert "Feedback for Eve Example" in eve.text and "Well <done>." in eve.text
    assert main(["5", "--student", "nobody", "--class", str(tmp_path)]) == 1
    assert "There is no student 'nobody'" in capsys.readouterr().err


def test_a_name_that_is_a_path_writes_nowhere(tmp_path, capsys):
    classroom = make_class(tmp_path / "class", [by_hand("ada")])
    record = by_hand("../../../evil")
    found = result(record, {}, Late())
    assert "no folder can have this name" in feedback.write_page(classroom, found, PLACES)
    assert list(tmp_path.rglob("*.html")) == []


def test_a_secret_is_read_from_the_submission_alone(tmp_path):
    classroom = make_class(tmp_path, [by_hand("ada")])
    other = tmp_path / "other"
    other.mkdir()
    (other / "submission_secret.txt").write_text("ab" * 64, "ascii")
    mine = classroom.submitted("ada", FIVE)
    assert feedback._secret_of(other) == "ab" * 64
    (mine / "submission_secret.txt").symlink_to(other / "submission_secret.txt")
    assert feedback._secret_of(mine) == ""
    (mine / "submission_secret.txt").unlink()
    mine.rmdir()
    mine.symlink_to(other)
    assert feedback._secret_of(mine) == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nbgrader leaves files open
def test_nbgrader_releases_the_page_and_the_student_fetches_it(tmp_path, monkeypatch, capsys):
    classroom = make_class(tmp_path / "class", [by_hand("ada"), by_hand("bo")])
    time, secret = "2026-03-01 10:00:00.000000 UTC", "5e" * 64
    cache = tmp_path / "cache" / "backprop" / f"ada+{FIVE}+{time}"
    cache.mkdir(parents=True)
    nbformat.write(release(), cache / f"{FIVE}.ipynb")
    for folder in (cache, classroom.submitted("ada", FIVE)):
        (folder / "submission_secret.txt").write_text(secret, "ascii")
        (folder / "timestamp.txt").write_text(time, "ascii")
    assert main(["5", "--class", str(classroom.folder)]) == 0
    said = capsys.readouterr().out
    assert f"Hand them out: nbgrader release_feedback {FIVE}" in said
    assert f"1 handed in outside of the exchange, send them STUDENT/{FIVE}/{FIVE}.html yourself: bo" in said
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    config = Config()
    config.CourseDirectory.root, config.CourseDirectory.course_id = str(classroom.folder), "backprop"
    config.CourseDirectory.assignment_id = FIVE
    config.Exchange.root, config.Exchange.cache = str(exchange), str(tmp_path / "cache")
    config.Exchange.assignment_dir = str(tmp_path / "home")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    for kind in (ExchangeReleaseFeedback, ExchangeFetchFeedback):
        kind(
            coursedir=CourseDirectory(config=config), config=config, log=logging.getLogger("exchange")
        ).start()
    fetched = list((tmp_path / "home").rglob("*.html"))
    assert [path.relative_to(tmp_path / "home").as_posix() for path in fetched] == [
        f"{FIVE}/feedback/{time}/{FIVE}.html"
    ]
    assert "Feedback for Ada Example" in fetched[0].read_text("utf-8")
    place = PLACES.of("05.linear_backward")["link"].partition("#")[0]
    assert (fetched[0].parent / place).resolve() == (tmp_path / "home" / FIVE / f"{FIVE}.ipynb").resolve()


def test_a_record_without_any_exercise_has_a_page():
    record = Record(FIVE, "x", "", FAILED, reason="Nothing.")
    found = result(record, {}, Late())
    text = Page(page(found, PLACES)).text
    assert (found.status, found.final) == (FAILED, None)
    assert "0 of 0" not in text and "Could not be marked" in text
