"""Exports: what stands in which cell, late penalties, best-of, and cells that are no formulas."""

import csv
import io
import shutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from course.grade import by_hand as by_hand_copy
from course.grade import export, records
from course.grade.attempts import as_today
from course.grade.classroom import ClassError
from course.grade.csvcells import is_harmless, safe, table
from course.grade.export import main
from course.grade.lateness import DAY, HOUR, Late, chosen, keep_policy, late_policy
from course.grade.records import ABSENT, Record
from course.grade.results import BY_HAND, results
from tests.graded import FIVE, IDS, WRITTEN, ada, by_hand, enter, make_class

CHECK = "check-05-linear_backward"
FORMULA = "=cmd|'/c calc'!A1"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    settings = "[late]\npenalty_percent_per_day = 10\n"
    absent = Record(FIVE, "di", "", ABSENT, reason="There is no submission.")
    made = [ada(), by_hand("bo", None), by_hand("cy", 3.0, late=30.0 * HOUR), absent]
    made[2].submitted = "2026-03-02T18:00:00+00:00"
    made[2].exercises[0].differs = "The notebook showed 4 of 4, the marking gives 3."
    return make_class(tmp_path_factory.mktemp("class"), made, settings)


def exported(classroom, capsys, *arguments):
    """(rows, what was said on stderr, the file's bytes)."""
    out = classroom.folder / "out.csv"
    assert main([*arguments, "--class", str(classroom.folder), "--out", str(out)]) == 0
    data = out.read_bytes()
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))), capsys.readouterr().err, data


# -- late penalties --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "days", "share"),
    [(0, 0, 0), (1, 1, 0.1), (DAY, 1, 0.1), (DAY + 1, 2, 0.2), (4.5 * DAY, 5, 0.5), (99 * DAY, 99, 0.5)],
)
def test_days_that_were_begun_count_whole(seconds, days, share):
    late = Late(penalty_percent_per_day=10, most_percent=50)
    assert (late.days(seconds), late.share(seconds)) == (days, share)


@pytest.mark.parametrize(("seconds", "days"), [(2 * HOUR, 0), (2 * HOUR + 1, 1), (2 * HOUR + DAY + 1, 2)])
def test_days_are_counted_from_the_end_of_the_grace(seconds, days):
    assert Late(grace_hours=2, penalty_percent_per_day=10).days(seconds) == days


def test_without_a_policy_being_late_costs_nothing():
    assert late_policy({}) == Late() and Late().share(1000 * DAY) == 0 and keep_policy({}) == "last"


@pytest.mark.parametrize(
    "late", [{"grace_hours": -1}, {"most_percent": 101}, {"penalty_percent_per_day": "10"}, {"grace": 1},
             {"grace_hours": True}, {"most_percent": float("nan")}, 3]
)  # fmt: skip
def test_a_wrong_policy_is_refused(late):
    with pytest.raises(ClassError, match="late"):
        late_policy({"late": late})


def test_a_wrong_keep_is_refused():
    with pytest.raises(ClassError, match='"last" or "best"'):
        keep_policy({"keep": "first"})


# -- last or best ----------------------------------------------------------------------------------


def test_best_of_is_after_the_penalty_and_last_is_last():
    early, late = by_hand("x", 3.0), by_hand("x", 4.0, late=30.0 * HOUR)
    assert chosen([early, late], "last") is late
    assert chosen([early, late], "best", Late()) is late
    assert chosen([early, late], "best", Late(penalty_percent_per_day=10)) is late  # 3.2
    assert chosen([early, late], "best", Late(penalty_percent_per_day=20)) is early  # 2.4


def test_of_equal_attempts_the_later_one_counts():
    attempts = [by_hand("x", 3.0), by_hand("x", 3.0), by_hand("x", 1.0)]
    assert chosen(attempts, "best") is attempts[1]


def test_an_attempt_that_failed_is_chosen_only_if_there_is_no_other():
    good, failed = by_hand("x", 1.0), by_hand("x", None)
    assert chosen([good, failed], "best") is good and chosen([good, failed], "last") is failed
    assert chosen([failed], "best") is failed


def _attempt(classroom, record):
    place = records.path_of(classroom.folder, FIVE, record.student, "")
    path = place.parent / "attempts" / place.name / f"{record.fingerprint}.json"
    text = (classroom.folder / "marking" / FIVE / f"{record.student}.json").read_text("utf-8")
    records.store(classroom.folder, record)
    made = (classroom.folder / "marking" / FIVE / f"{record.student}.json").read_text("utf-8")
    records.write_whole(path, made)
    records.write_whole(classroom.folder / "marking" / FIVE / f"{record.student}.json", text)


def test_best_of_takes_points_by_hand_from_the_submission_they_were_given_for(tmp_path, capsys):
    written = [{"name": "05.why", "cell": WRITTEN, "points": 3.0, "answered": True}]
    last = by_hand("cy", 1.0, "2026-03-02T18:00:00+00:00", 30.0 * HOUR, written=written)
    settings = 'keep = "best"\n[late]\npenalty_percent_per_day = 25\n'
    classroom = make_class(tmp_path, [last], settings)
    enter(classroom, "cy", WRITTEN, manual_score=2.0, needs_manual_grade=False)
    enter(classroom, "cy", CHECK, extra_credit=4.0)  # of the last, not of the best
    _attempt(classroom, by_hand("cy", 3.0, "2026-02-27T10:00:00+00:00"))
    stale = by_hand("cy", 4.0, "2026-03-02T18:00:00+00:00", 0.0)  # the last one, as it was marked before
    stale.fingerprint = "before"
    _attempt(classroom, stale)
    found = results(classroom, FIVE)["cy"]
    assert (found.counted.submitted[:10], found.score, found.lost, found.final) == ("2026-02-27", 5, 1, 4)
    failed = by_hand("cy", None, "2026-03-02T18:00:00+00:00", 30.0 * HOUR)
    records.store(classroom.folder, failed)
    rows, said, _ = exported(classroom, capsys, "5", "--csv")
    assert rows[IDS.index("cy") + 1][4:10] == ["marked", "3", "26", "0", "0", "3"]
    assert "1 whose last attempt failed, an earlier one counts: cy" in said


# -- the files -------------------------------------------------------------------------------------


def test_plain_has_a_row_a_student_with_the_status_in_words(classroom, capsys):
    rows, said, data = exported(classroom, capsys, "5", "--csv")
    of = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert sorted(of) == sorted(IDS) and data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
    assert [of[name]["status"] for name in ("ada", "bo", "cy", "di")] == [BY_HAND, "failed", "marked", ABSENT]
    assert (of["ada"]["score"], of["ada"]["final"], of["ada"]["reason"]) == ("", "", "05.why")
    assert (of["bo"]["final"], of["bo"]["reason"]) == ("", "05.linear_backward: Too long.")
    cells = [of["cy"][name] for name in ("score", "late seconds", "penalty", "final", "own score differs")]
    assert cells == ["3", "108000", "0.6", "2.4", "yes"]
    assert {row["max"] for row in of.values()} == {
        "26"
    }  # of the release: a second written answer is in no record here
    assert "2 without a score, left empty: ada (needs manual grading), bo (failed)" in said
    assert "4 absent, left empty: di" in said


def test_canvas_has_its_columns_and_empty_cells(classroom, capsys):
    rows, said, data = exported(classroom, capsys, "5", "--canvas")
    assert rows[:2] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", FIVE],
        ["    Points Possible", "", "", "", "", "26"],
    ]
    of = {row[3]: row for row in rows[2:]}
    assert of["cy"] == ["Example, Cy", "19", "", "cy", "", "2.4"]
    assert [of[name][5] for name in ("ada", "bo", "di")] == ["", "", ""] and "left empty" in said
    assert not data.startswith(b"\xef\xbb\xbf")


def test_absent_is_0_only_if_asked_for(classroom, capsys):
    rows, said, _ = exported(classroom, capsys, "5", "--canvas", "--absent-zero")
    of = {row[3]: row[5] for row in rows[2:]}
    assert (of["di"], of["bo"], of["ada"]) == ("0", "", "") and "0 (--absent-zero)" in said


def test_moodle_has_points_and_feedback_together(classroom, capsys):
    rows, _, _ = exported(classroom, capsys, "5", "--moodle")
    assert rows[0] == ["Username", "First name", "Last name", f"{FIVE} (Real)", f"{FIVE} (Feedback)"]
    of = {row[0]: row[3:] for row in rows[1:]}
    assert (of["cy"], of["bo"], of["di"]) == (["2.4", "2.4 of 26 points"], ["", ""], ["", ""])


def test_moodle_gets_no_row_without_the_id_it_looks_for(classroom, capsys):
    rows, said, _ = exported(classroom, capsys, "5", "--moodle", "--identify", "email")
    assert len(rows) == 1 and f"{len(IDS)} not in the file" in said and "no Email address" in said


def test_canvas_by_its_own_gradebook(classroom, capsys, tmp_path):
    roster = tmp_path / "canvas.csv"
    heading = f"Student,ID,SIS User ID,SIS Login ID,Section,{FIVE} (4711),Final Score\r\n"
    body = "    Points Possible,,,,,26,(read only)\r\n"
    body += '"=Cy, A",907,S-0019,cy,"Mo, 10:00",,\r\n"Bo B",908,S0018,bo,Tu,,\r\n'
    roster.write_bytes(("\ufeff" + heading + body).encode())
    rows, said, _ = exported(classroom, capsys, "5", "--canvas", "--roster", str(roster))
    assert rows[0][5] == f"{FIVE} (4711)"
    assert rows[2:] == [["Bo B", "908", "S0018", "bo", "Tu", ""],
                        ["'=Cy, A", "907", "S-0019", "cy", "Mo, 10:00", "2.4"]]  # fmt: skip
    assert "ada: not in the gradebook that was exported from Canvas" in said
    roster.write_text("id,name\n", "utf-8")
    arguments = ["5", "--canvas", "--roster", str(roster), "--class", str(classroom.folder)]
    assert main(arguments) == 1 and "no gradebook exported from Canvas" in capsys.readouterr().err


def test_canvas_names_from_the_settings_and_ids_that_are_not_certain(tmp_path, capsys):
    from nbgrader.api import Gradebook

    settings = f'[canvas]\n{FIVE} = "Matrix backprop (12)"\n'
    classroom = make_class(tmp_path, [by_hand("ada")], settings, ("ada", "bo", "cy", "di", FORMULA, "-7"))
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        gradebook.update_or_create_student("ada", lms_user_id="17abc")  # Canvas would read 17
        gradebook.update_or_create_student("di", lms_user_id="19")  # Cy's
    rows, said, _ = exported(classroom, capsys, "5", "--canvas")
    assert rows[0][5] == "Matrix backprop (12)"
    assert [row[1:5] for row in rows[2:]] == [["", "17abc", "ada", ""], ["18", "", "bo", ""]]
    assert "4 not in the file" in said and said.count("take the id for a formula") == 2
    assert said.count("has the same id") == 2
    rows, _, _ = exported(classroom, capsys, "5", "--csv")
    assert {row[0] for row in rows[1:]} >= {"'" + FORMULA, "'-7", "ada"}


# -- what a teacher enters by hand -----------------------------------------------------------------


def test_points_of_a_teachers_count_until_the_submission_is_another(tmp_path):
    classroom = make_class(tmp_path, [by_hand("bo", None), by_hand("cy", 1.0)])
    enter(classroom, "bo", CHECK, manual_score=2.5, needs_manual_grade=False)
    enter(classroom, "cy", CHECK, manual_score=3.0, needs_manual_grade=False, extra_credit=0.5)
    found = results(classroom, FIVE)
    assert (found["bo"].status, found["bo"].final) == ("marked", 2.5)
    assert (found["cy"].status, found["cy"].final) == ("marked", 3.5)
    enter(classroom, "cy", CHECK, needs_manual_grade=True)
    cy = results(classroom, FIVE)["cy"]
    assert (cy.status, cy.score, cy.final) == (BY_HAND, None, None)


def test_an_extension_counts_without_a_new_marking(tmp_path):
    from nbgrader.api import Gradebook

    record = by_hand("cy", 4.0, "2026-03-02T18:00:00+00:00", 30.0 * HOUR)
    classroom = make_class(tmp_path, [record], "[late]\npenalty_percent_per_day = 50\n")
    assert results(classroom, FIVE)["cy"].final == 0
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        gradebook.grant_extension(FIVE, "cy", days=1)
    assert results(classroom, FIVE)["cy"].final == 2


def test_a_submission_without_a_readable_record_is_not_absent(tmp_path, capsys):
    classroom = make_class(tmp_path, [by_hand("ada"), by_hand("bo"), Record(FIVE, "cy", "", ABSENT)])
    (classroom.folder / "marking" / FIVE / "bo.json").write_text("{", "utf-8")
    classroom.submitted("cy", FIVE).mkdir(parents=True)
    rows, _, _ = exported(classroom, capsys, "5", "--csv", "--absent-zero")
    assert [row[4] for row in rows[1:5]] == ["marked", "not marked", "not marked", ABSENT]
    assert [row[9] for row in rows[1:5]] == ["4", "", "", "0"]


def test_reading_makes_no_gradebook(tmp_path):
    classroom = make_class(tmp_path, [by_hand("ada")])
    book = classroom.folder / "gradebook.db"
    before = book.read_bytes()
    results(classroom, FIVE)
    assert book.read_bytes() == before
    book.unlink()
    assert results(classroom, FIVE)["ada"].final == 4 and not book.exists()


def test_faults_are_said_without_a_traceback(tmp_path, capsys):
    assert main(["--csv", "--class", str(tmp_path / "none")]) == 1
    assert "is no class" in capsys.readouterr().err
    classroom = make_class(tmp_path / "class")
    assert main(["5", "--csv", "--class", str(classroom.folder)]) == 1
    assert "there are no records" in capsys.readouterr().err
    config = classroom.folder / "nbgrader_config.py"
    url = "postgresql+psycopg://teacher:secret@127.0.0.1:1/none"
    config.write_text(config.read_text("utf-8") + f"c.CourseDirectory.db_url = {url!r}\n", "utf-8")
    assert main(["5", "--csv", "--class", str(classroom.folder)]) == 1
    said = capsys.readouterr().err
    assert "cannot be opened" in said and "secret" not in said


# -- cells -----------------------------------------------------------------------------------------


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_the_text_comes_back(text):
    cell = safe(text)
    [[back]] = csv.reader(io.StringIO(table([[cell]]), newline="")) if cell else [[""]]
    assert back == cell
    assert cell.startswith("'") or cell.lstrip(' "')[:1] not in set("=+-@|%")
    if is_harmless(text):
        assert cell == text
    elif text.isprintable():
        assert cell == "'" + text


FORMULAS = [FORMULA, "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1", "'a", '"=1', "\x1b=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_may_run_gets_an_apostrophe(text):
    assert safe(text).startswith("'") and not is_harmless(text)


# -- what is not of today --------------------------------------------------------------------------


def test_an_earlier_attempt_counts_by_todays_extension_and_release(tmp_path):
    late = by_hand("cy", 4.0, "2026-03-02T10:00:00+00:00", 22.0 * HOUR)
    last = by_hand("cy", 1.0, "2026-03-02T18:00:00+00:00", 30.0 * HOUR)
    classroom = make_class(tmp_path, [last], 'keep = "best"\n[late]\npenalty_percent_per_day = 25\n')
    _attempt(classroom, late)
    assert results(classroom, FIVE)["cy"].final == 3.0
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        gradebook.grant_extension(FIVE, "cy", days=3)
    assert results(classroom, FIVE)["cy"].final == 4.0
    gone, dearer = replace(late.exercises[0], cell="check-gone"), replace(last.exercises[0], points=8.0)
    _attempt(classroom, replace(late, exercises=[*late.exercises, gone]))
    records.store(classroom.folder, replace(last, exercises=[dearer]))
    found = results(classroom, FIVE)["cy"]
    assert (found.final, [part.points for part in found.parts]) == (8.0, [8.0])


def test_an_attempt_that_lacks_an_exercise_of_today_is_not_compared():
    attempt, record = by_hand("x", 4.0), by_hand("x", 1.0)
    record.exercises.append(replace(record.exercises[0], cell="check-new"))
    assert as_today(attempt, record, None) is None


def test_earlier_attempts_are_told_apart_without_a_time(tmp_path):
    first, last = by_hand("cy", 4.0, None, content="a"), by_hand("cy", 1.0, None, content="b")
    first.fingerprint, last.fingerprint = "a", "b"
    classroom = make_class(tmp_path, [last], 'keep = "best"\n')
    _attempt(classroom, first)
    _attempt(classroom, last)
    assert results(classroom, FIVE)["cy"].score == 4.0


def test_who_left_is_in_no_file_and_is_said(tmp_path, capsys):
    classroom = make_class(tmp_path, [by_hand("ada"), by_hand("cy")])
    with Gradebook(classroom.db_url, "backprop") as gradebook:
        gradebook.remove_student("cy")
    shutil.rmtree(classroom.folder / "submitted" / "cy")
    rows, said, _ = exported(classroom, capsys, "5", "--csv")
    assert "cy" not in [row[0] for row in rows]
    assert "1 with a record, and not in the class any more, left out: cy" in said


def test_what_a_marking_would_change_is_said(tmp_path, capsys):
    classroom = make_class(tmp_path, [by_hand("ada", content="another submission")])
    _, said, _ = exported(classroom, capsys, "5", "--csv")
    assert "1 marked under another release, with other points: ada. Mark: python3 -m course grade 05" in said
    assert "1 handed in again after they were marked: ada. Mark: python3 -m course grade 05" in said


def test_a_full_disk_is_said_without_a_traceback(tmp_path, capsys, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    classroom = make_class(tmp_path, [by_hand("ada")])
    with monkeypatch.context() as patched:
        patched.setattr(by_hand_copy, "write_whole", full)
        assert main(["5", "--csv", "--class", str(classroom.folder)]) == 1
    assert "cannot be copied" in capsys.readouterr().err
    monkeypatch.setattr(export, "write_whole", full)
    assert main(["5", "--csv", "--class", str(classroom.folder)]) == 1
    assert "No space left" in capsys.readouterr().err
