"""A class's folder, and the release of assignments to it with the teacher's overlay."""

import json
import shutil
import stat

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course.__main__ import main as course
from course.build import SOURCES, text
from course.class_release import due_date, release_assignment
from course.class_release import main as release
from course.grade.classroom import ClassError, open_class
from course.grade.marking import mark_exercise
from course.new_class import main as new
from course.new_class import new_class
from course.overlay import load_checks, overlay_of
from course.source import grade_id
from tests.own_class import CHECKS, HEAD, OWN, make_class, own_exercises
from tests.submitting import FIVE, RELEASE

# nbgrader's own `add_submission` does what SQLAlchemy warns of
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

LINEAR = grade_id("check", "05.linear_backward")
ROSTER = "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,7\nzoë o'b,Zoë,,,\n"


@pytest.fixture(autouse=True)
def _forget_own():
    with own_exercises():
        yield


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A class with an overlay, points of its own and a released notebook. Copied for each test."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "students.csv").write_text(ROSTER, "utf-8")
    with own_exercises():
        classroom = make_class(folder / "calculus 1", roster=folder / "students.csv")
        assert release(["05", "--due", "2027-01-31T18:00+01:00", "--class", str(classroom.folder)]) == 0
    return classroom


@pytest.fixture
def klass(once, tmp_path):
    return open_class(shutil.copytree(once.folder, tmp_path / "class"))


def released(classroom, name=FIVE, step="release"):
    return nbformat.read(classroom.folder / step / name / f"{name}.ipynb", as_version=4)


def gradebook(classroom):
    return Gradebook(classroom.db_url, classroom.course_id)


def overlay(classroom, name, content):
    (classroom.folder / "overlay" / name).write_text(content, "utf-8")
    return open_class(classroom.folder)


# A new class


def test_a_new_class_has_settings_a_key_and_students(once):
    folder = once.folder
    assert once.course_id == "calculus-1" and once.key is not None and not once.has_variants
    assert once.settings["keep"] == "last" and once.settings["late"]["grace_hours"] == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("key", "nbgrader_config.py")} == {0o600}
    assert "20_own.md" in (folder / "overlay" / "README.md").read_text("utf-8")
    with gradebook(once) as found:
        students = {student.id: (student.first_name, student.lms_user_id) for student in found.students}
    assert students == {"ada": ("Ada", "7"), "zoë o'b": ("Zoë", None)}


def test_the_command_says_what_it_made_and_what_comes_next(tmp_path, capsys):
    folder, exchange = tmp_path / "c", tmp_path / "srv" / "exchange"
    settings = ["--name", "bp-27", "--exchange", str(exchange), "--variants"]
    assert course(["new", str(folder), *settings]) == 0
    said = capsys.readouterr().out
    assert "nbgrader_config.py" in said and "0 students" in said and "python3 -m course release 05" in said
    classroom = open_class(folder)
    assert classroom.course_id == "bp-27" and classroom.has_variants
    assert classroom.config.Exchange.root == str(exchange) and stat.S_IMODE(exchange.stat().st_mode) == 0o1777


def test_a_folder_that_is_there_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    assert new([str(tmp_path)]) == 1
    assert "is there already and is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("roster", "part"),
    [
        ("name\nada\n", "column 'name'"),
        ("email\na@example.org\n", "no column 'id'"),
        ("", "no column 'id'"),
        ("id,email\nada,a,b\n", "line 2: there are more or fewer entries"),
        ("id,email\nada\n", "line 2: there are more or fewer entries"),
        ("id\nada\nada\n", "line 3: the id 'ada' stands there twice"),
        ("id,email\n,x\n", "line 2: the id None"),
        ("id\n../x\n", "cannot be the name of a student's folder"),
        ("id\n..\n", "cannot be the name of a student's folder"),
        (b"id,first_name\nzoe,Zo\xeb\n", "not written in UTF-8: (.|\n)*CSV UTF-8"),
        ("id;email\nada;a@example.org\n", "semicolons between its entries. Save it with commas"),
        (None, "cannot be read as CSV"),
    ],
)
def test_a_bad_roster_makes_no_class(tmp_path, roster, part):
    path = tmp_path / "s.csv"
    if roster is not None:
        path.write_bytes(roster if isinstance(roster, bytes) else roster.encode())
    with pytest.raises(ClassError, match=part):
        new_class(tmp_path / "class", roster=path)
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"name": "a/b"}, "Take letters"),
        ({"db": "nonsense"}, "is no URL of a database"),
        ({"db": "postgresql+nodriver://h/x"}, "is no URL of a database"),
        ({"db": "postgresql+psycopg://me:secret@127.0.0.1:1/x"}, r"me:\*\*\*@127.0.0.1:1/x cannot be used"),
    ],
)
def test_bad_settings_make_no_class(tmp_path, settings, part):
    with pytest.raises(ClassError, match=part):
        new_class(tmp_path / "class", **settings)
    assert not (tmp_path / "class").exists()


def test_a_databases_url_is_kept(tmp_path):
    url = f"sqlite:///{tmp_path / 'other.db'}"
    new_class(tmp_path / "class", db=url)
    assert open_class(tmp_path / "class").db_url == url and (tmp_path / "other.db").exists()


# Releasing


def test_the_release_is_the_public_notebook_without_outputs(once):
    assert text(released(once)) == text(RELEASE)
    assert "BEGIN SOLUTION" in text(released(once, step="source"))
    assert once.assignment("5") == FIVE


def test_the_gradebook_has_points_and_the_due_date_in_utc(once):
    points = {
        cell.id: cell.metadata.nbgrader.points for cell in RELEASE.cells if "points" in str(cell.metadata)
    }
    with gradebook(once) as found:
        assignment = found.find_assignment(FIVE)
        assert {cell.name: cell.max_score for cell in assignment.notebooks[0].grade_cells} == points
        assert assignment.max_score == sum(points.values()) > 10
        assert assignment.duedate.isoformat() == "2027-01-31T17:00:00"


def api_of(classroom):
    config = Config(classroom.config)
    coursedir = CourseDirectory(config=config)
    return NbGraderAPI(coursedir=coursedir, config=config)


def test_the_formgraders_button_makes_the_same_release(klass):
    before = text(released(klass))
    done = api_of(klass).generate_assignment(FIVE)
    assert done["success"], done
    assert text(released(klass)) == before


@pytest.mark.parametrize(
    ("given", "utc"),
    [("2027-01-31T18:00+01:00", "2027-01-31T17:00"), ("2027-01-31T18:00Z", "2027-01-31T18:00")],
)
def test_a_due_date_with_a_zone(given, utc):
    assert due_date(given).timestamp() == due_date(utc + "+00:00").timestamp()


def test_a_due_date_alone_is_the_end_of_the_day_here():
    assert due_date("2027-01-31").isoformat()[:19] == "2027-01-31T23:59:59"
    assert due_date("2027-01-31").tzinfo is not None
    assert due_date("2027-01-31T00:00").isoformat()[:19] == "2027-01-31T00:00:00"


def test_a_due_date_in_the_past_is_said(klass, capsys):
    assert release(["05", "--due", "2020-01-31", "--class", str(klass.folder)]) == 0
    said = capsys.readouterr()
    assert "due 2020-01-31 23:59:59" in said.out
    assert said.err == "--due 2020-01-31 is past: whatever is handed in from now on is late.\n"


@pytest.mark.parametrize(
    ("number", "way"),
    [
        ("6", "Release it: python3 -m course release 6"),
        ("20", "Release it"),
        ("99", "The notebooks are 00, "),
    ],
)
def test_what_is_not_released_and_what_is_nowhere(klass, number, way):
    klass = overlay(klass, "notebooks/20_own.md", OWN)
    with pytest.raises(ClassError, match=f"No assignment '{number}' is released in .*{way}"):
        klass.assignment(number)


def test_releasing_again_without_submissions_takes_the_new_points(klass, capsys):
    klass = overlay(klass, "points.toml", '"05.linear_backward" = 6.5\n')
    assert release(["05", "--class", str(klass.folder)]) == 0
    assert "05_matrix_backprop: " in capsys.readouterr().out
    cell = next(cell for cell in released(klass).cells if cell.id == LINEAR)
    assert cell.metadata.nbgrader.points == 6.5 and cell.source.endswith(", points=6.5)")
    with gradebook(klass) as found:
        assert found.find_grade_cell(LINEAR, FIVE, FIVE).max_score == 6.5
        assert found.find_assignment(FIVE).duedate is not None  # kept


# Under submissions


GONE, STAYS = grade_id("check", "20.area"), grade_id("written", "20.why")


@pytest.fixture
def handed_in(klass):
    """The own notebook, released, with a submission that was marked and commented."""
    with own_exercises():  # each test may have others
        release_assignment(klass, overlay_of(klass).own["20_own"])
    with gradebook(klass) as found:
        found.add_submission("20_own", "ada")
        for cell, score in ((GONE, 2.0), (STAYS, 1.5)):
            grade = found.find_grade(cell, "20_own", "20_own", "ada")
            grade.manual_score, grade.extra_credit = score, 0.5
        for cell, words in (("answer-20-area", "Neat."), (STAYS, "Why not?")):
            found.find_comment(cell, "20_own", "20_own", "ada").manual_comment = words
        found.db.commit()
    return klass


def state(classroom):
    with gradebook(classroom) as found:
        submitted = found.find_submission_notebook("20_own", "20_own", "ada")
        grades = {grade.name: (grade.manual_score, grade.extra_credit) for grade in submitted.grades}
        comments = {comment.name: comment.manual_comment for comment in submitted.comments}
    return grades, comments, text(released(classroom, "20_own"))


def test_releasing_the_same_again_changes_nothing(handed_in):
    before = state(handed_in)
    assert release_assignment(handed_in, overlay_of(handed_in).own["20_own"]) == []
    assert state(handed_in) == before


def test_other_points_under_submissions_are_said_and_refused(handed_in, capsys):
    before = state(handed_in)
    klass = overlay(handed_in, "points.toml", '"20.area" = 5\n')
    assert release(["20", "--class", str(klass.folder)]) == 1
    said = capsys.readouterr().err
    assert "1 students have handed in" in said and "check-20-area has 5 points, until now 2 points" in said
    assert "--force" in said and state(klass) == before


def test_a_submission_that_is_only_collected_counts_as_well(klass):
    (klass.folder / "submitted" / "ada" / FIVE).mkdir(parents=True)
    klass = overlay(klass, "points.toml", '"05.linear_backward" = 6\n')
    with pytest.raises(ClassError, match="1 students have handed in"):
        release_assignment(klass, overlay_of(klass).sources[FIVE])


def test_forced_other_points_keep_all_scores(handed_in):
    grades, comments, _ = state(handed_in)
    klass = overlay(handed_in, "points.toml", '"20.area" = 5\n')
    said = release_assignment(klass, overlay_of(klass).own["20_own"], force=True)
    assert said[0] == "check-20-area has 5 points, until now 2 points"
    assert state(klass)[:2] == (grades, comments)
    with gradebook(klass) as found:
        assert found.find_grade_cell(GONE, "20_own", "20_own").max_score == 5
    assert list(klass.folder.glob("removed/*")) == []


def test_forced_other_cells_keep_the_scores_of_all_others(handed_in, capsys):
    text_of_it = OWN.replace("20.area", "20.surface")
    klass = overlay(handed_in, "notebooks/20_own.md", text_of_it)
    klass = overlay(klass, "checks/own20.py", CHECKS.replace('"20.area"', '"20.surface"'))
    assert release(["20", "--class", str(klass.folder)]) == 1
    said = capsys.readouterr().err
    assert "check-20-area is gone (2 points)" in said and "check-20-surface is new (2 points)" in said
    assert release(["20", "--class", str(klass.folder), "--force"]) == 0
    grades, comments, _ = state(klass)
    assert grades == {STAYS: (1.5, 0.5), grade_id("check", "20.surface"): (None, None)}
    assert comments == {STAYS: "Why not?", "answer-20-surface": None}
    (file,) = (klass.folder / "removed").glob("20_own-*.json")
    kept = {(entry["student"], entry["cell"]): entry for entry in json.loads(file.read_text("utf-8"))}
    assert kept["ada", GONE]["manual_score"] == 2.0 and kept["ada", GONE]["extra_credit"] == 0.5
    assert kept["ada", "answer-20-area"]["manual_comment"] == "Neat."
    assert str(file) in capsys.readouterr().out


# nbgrader's own marking


def test_autograde_and_feedback_refuse_before_they_touch_anything(handed_in):
    made = [("autograded", "ipynb"), ("feedback", "html")]
    files = [handed_in.folder / step / "ada" / "20_own" / f"20_own.{ending}" for step, ending in made]
    submitted = handed_in.folder / "submitted" / "ada" / "20_own" / "20_own.ipynb"
    for path in (*files, submitted):
        path.parent.mkdir(parents=True)
        path.write_text(text(released(handed_in, "20_own")), "utf-8")
    (submitted.parent / "timestamp.txt").write_text("2027-01-01 00:00:00 UTC", "utf-8")
    before, bytes_before = state(handed_in), [path.read_bytes() for path in files]
    api = api_of(handed_in)
    for done, command in (
        (api.autograde("20_own", "ada"), "python3 -m course grade 20"),
        (api.generate_feedback("20_own", "ada"), "python3 -m course feedback 20"),
    ):
        assert not done["success"] and command in done["log"] and "NbGraderException" in done["error"]
    assert state(handed_in) == before and [path.read_bytes() for path in files] == bytes_before
    with gradebook(handed_in) as found:
        assert found.find_submission("20_own", "ada").timestamp is None


# The overlay


def test_own_exercises_are_marked_in_the_sandbox_with_the_modules_beside_them(klass):
    load_checks(klass.folder)
    answers = {"right": "a * b", "sum": "a + b"}
    marked = {
        name: mark_exercise({"it": f"def area(a, b):\n    return {body}"}, "20.area", "area", seed="s")
        for name, body in answers.items()
    }
    assert [(each.status, each.score) for each in marked.values()] == [("marked", 1.0), ("marked", 0.0)]
    assert marked["sum"].report.diagnosis == "sum"


def test_a_notebook_in_place_of_the_courses(klass):
    source = SOURCES / f"{FIVE}.md"
    before = source.read_bytes()
    head, *rest = before.decode().split("## 2. ")
    klass = overlay(klass, f"notebooks/{FIVE}.md", f"{head}## 2. {rest[-1][:0]}Mine\n")
    assert overlay_of(klass).sources[FIVE].parent == klass.folder / "overlay" / "notebooks"
    release_assignment(klass, overlay_of(klass).sources[FIVE])
    assert released(klass).cells[-1].source == "## 2. Mine" and source.read_bytes() == before
    with gradebook(klass) as found:
        assert found.find_assignment(FIVE).max_score == 0


def test_the_order_is_the_classs(klass):
    path = klass.folder / "class.toml"
    path.write_text('order = ["02", "20"]\n' + path.read_text("utf-8"), "utf-8")
    found = [each.stem[:2] for each in overlay_of(open_class(klass.folder)).choose(["all"])]
    assert found[:4] == ["02", "20", "00", "01"] and sorted(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("files", "arguments", "part"),
    [
        ({}, ["77"], "There is no notebook '77'. There are 00"),
        ({}, ["05", "--due", "soon"], "is no ISO date"),
        ({"../class.toml": "late = ["}, ["05"], "class.toml is no TOML"),
        ({"../class.toml": "order = [5]"}, ["05"], "must be a list of numbers in quotes"),
        ({"../class.toml": 'order = ["05", "05"]'}, ["05"], "names a notebook twice"),
        ({"../class.toml": 'order = ["55"]'}, ["05"], "`order` in class.toml names '55'"),
        ({"points.toml": "= 3"}, ["05"], "points.toml cannot be read"),
        ({"points.toml": '"05.linear_backwards" = 3'}, ["05"], "Did you mean 05.linear_backward"),
        ({"points.toml": '"05.linear_backward" = -1'}, ["05"], "points must be a number above 0"),
        ({"points.toml": '"05.linear_backward" = 0'}, ["05"], "points must be a number above 0"),
        ({"points.toml": '"05.linear_backward" = nan'}, ["05"], "points must be a number above 0"),
        ({"points.toml": '"05.linear_backward" = inf'}, ["05"], "points must be a number above 0"),
        ({"points.toml": '"05.linear_backward" = true'}, ["05"], "points must be a number above 0"),
        ({"points.toml": '"05.linear_backward" = "6"'}, ["05"], "points must be a number above 0"),
        ({"points.toml": "05.linear_backward = 6"}, ["05"], "write the exercise's name in quotes"),
        (
            {"notebooks/05_mine.md": HEAD},
            ["05"],
            "05 is taken by the course's 05_matrix_backprop.md",
        ),
        ({"notebooks/20_two.md": HEAD}, ["05"], "the number 20 is taken by 20_own.md beside it"),
        ({"notebooks/own.md": HEAD}, ["05"], "must be called like 20_own.md"),
        (
            {"notebooks/20_own.md": OWN.replace("20.area", "20.nothing")},
            ["20"],
            "unknown exercise '20.nothing'",
        ),
        ({"checks/own20.py": "1 / 0"}, ["20"], "own20.py cannot be used: ZeroDivisionError"),
        (
            {"checks/own05.py": CHECKS.replace('"20.area"', '"05.linear_backward"')},
            ["20"],
            "own05.py cannot be used: ValueError: two exercises are called '05.linear_backward'",
        ),
        (
            {"checks/own20.py": CHECKS.replace('"20.area"', '"21.area"')},
            ["20"],
            "own20.py registers '21.area'",
        ),
        ({"checks/report.py": ""}, ["20"], "the course's checks have a file of this name"),
        ({"checks/nb20.py": ""}, ["20"], "a file of exercises is called own20.py"),
    ],
)
def test_what_is_wrong_is_said(klass, capsys, files, arguments, part):
    before = {path: path.read_bytes() for path in klass.folder.rglob("*.ipynb")}
    for name, content in files.items():
        (klass.folder / "overlay" / name).write_text(content, "utf-8")
    assert release([*arguments, "--class", str(klass.folder)]) == 1
    assert part in capsys.readouterr().err
    assert {path: path.read_bytes() for path in klass.folder.rglob("*.ipynb")} == before


def test_no_class_there(tmp_path, capsys):
    assert release(["05", "--class", str(tmp_path)]) == 1
    assert "python3 -m course new" in capsys.readouterr().err


def test_the_readmes_example_of_an_exercise_works(klass, tmp_path):
    readme = (klass.folder / "overlay" / "README.md").read_text("utf-8")
    code = readme.split("```python\n")[1].split("```")[0]
    cells = readme.split("````markdown\n")[1].split("````")[0]
    klass = overlay(klass, "checks/own20.py", code)
    klass = overlay(klass, "checks/shapes20.py", "def area(a, b):\n    return a * b\n")
    klass = overlay(klass, "notebooks/20_own.md", HEAD + cells)
    release_assignment(klass, overlay_of(klass).own["20_own"])
    solution = {"it": "area = lambda a, b: a * b"}
    assert mark_exercise(solution, "20.area", "area", seed="s").score == 1.0
