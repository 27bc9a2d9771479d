"""A class on a real JupyterHub: fetch, solve, validate, submit, collect, mark, feedback; and what must fail.

The tests of this file are one story, in this order. ada and ben work through the API, cleo in a browser,
mallory against the others.
"""

import pytest

from tests.hub import classroom
from tests.hub.classroom import ASSIGNMENT, COURSE
from tests.hub.running import User

pytestmark = pytest.mark.hub
NOTEBOOK = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
PLAN = {"ada": (), "ben": ("unbroadcast",)}  # who works through the API -> what they leave out


@pytest.fixture(scope="module")
def people(school):
    """The teacher and two students, each with their own server running."""
    names = {"teacher": school.teacher, **{role: school.students[role] for role in PLAN}}
    return {role: school.hub.user(name, school.accounts.passwords[name]) for role, name in names.items()}


@pytest.fixture(scope="module")
def cleo(school, page_of):
    """cleo's page in Chromium."""
    return page_of(school.students["cleo"])


def test_only_the_class_may_log_in(school):
    for name, password in (
        (school.students["ada"], "wrong"),
        (school.outsider, school.accounts.passwords[school.outsider]),
        ("root", ""),
    ):
        stranger = User(school.hub, name)
        assert stranger.log_in(password).status_code == 403
        assert stranger.hub_api("GET", "user").status_code == 403


def test_each_role_has_its_extensions(people):
    student, teacher = people["ada"], people["teacher"]
    assert student.call("GET", "formgrader/api/status").status_code == 404
    assert student.call("GET", "formgraders").status_code == 404
    assert teacher.get("formgrader/api/status") == {"status": True}
    assert [course["course_id"] for course in teacher.get("formgraders")["value"]] == [COURSE]
    assert teacher.call("GET", f"assignments?course_id={COURSE}").status_code == 404


def test_the_teacher_releases_in_the_formgrader(people):
    said = people["teacher"].post(f"formgrader/api/assignment/{ASSIGNMENT}/release")
    assert said["success"], said
    listed = people["ada"].get(f"assignments?course_id={COURSE}")
    assert [(each["assignment_id"], each["status"]) for each in listed["value"]] == [(ASSIGNMENT, "released")]


@pytest.mark.parametrize("role", PLAN)
def test_a_student_fetches_solves_validates_and_submits(people, role):
    student = people[role]
    fetched = student.post("assignments/fetch", course_id=COURSE, assignment_id=ASSIGNMENT)["value"]
    assert [each["status"] for each in fetched] == ["fetched"]
    contents = student.get(f"api/contents/{NOTEBOOK}")
    solved = classroom.solve(classroom.read(contents["content"]), PLAN[role])
    student.put(f"api/contents/{NOTEBOOK}", type="notebook", content=solved)
    validated = student.post("assignments/validate", path=NOTEBOOK)
    assert validated["success"], validated
    failed = [each["source"] for each in validated["value"].get("failed", [])]
    assert failed == [f'check("05.{name}", {name}, points=4)' for name in PLAN[role]]
    submitted = student.post("assignments/submit", course_id=COURSE, assignment_id=ASSIGNMENT)["value"]
    assert [each["student_id"] for each in submitted if each["status"] == "submitted"] == [student.name]


def test_a_student_does_all_that_in_a_browser(cleo):
    assert [entry.strip() for entry in cleo.nbgrader_menu().all_inner_texts()] == ["Assignment List"]
    cleo.page.keyboard.press("Escape")
    cleo.choose("Assignment List")
    cleo.assignments("released").get_by_role("button", name="Fetch").click()
    cleo.open_notebook(ASSIGNMENT)
    for name, answer in classroom.solutions().items():
        cleo.replace_cell(classroom.stub(name), answer)
    cleo.replace_cell("Your answer here", classroom.WRITTEN)
    cleo.run_all("same gradient: True")
    cleo.shot("solved")
    assert cleo.validate() == "Success! Your notebook passes all the tests."
    cleo.show_tab("Assignments")
    cleo.assignments("fetched").get_by_role("button", name="Submit").click()
    cleo.assignments("submitted").get_by_text(ASSIGNMENT).first.wait_for()
    cleo.shot("submitted")


def test_a_student_reads_and_changes_nothing_of_others(school):
    home, others = school.accounts.home, school.students["ben"]
    closed = [
        *(school.folder, school.folder / "key", school.folder / "gradebook.db"),
        school.folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb",
        *(home(others), home(others) / NOTEBOOK, home(school.teacher)),
        *(school.exchange / COURSE / "inbound", school.exchange / COURSE / "feedback"),
        *(school.private, school.private / "jupyterhub.sqlite", school.private / "cookie_secret"),
    ]
    assert [path for path in closed if not path.exists()] == []
    read = """if True:
        import os, sys
        for path in sys.argv[1:]:
            try:
                os.listdir(path) if os.path.isdir(path) else open(path, "rb").read()
            except PermissionError:
                continue
            print(path)
    """
    assert _python(school, "ada", read, *closed) == ""

    (theirs,) = (school.exchange / COURSE / "inbound").glob(f"{others}+*")
    move = (
        "import os, sys\ntry: os.rename(sys.argv[1], sys.argv[1] + 'x')\nexcept PermissionError: print('no')"
    )
    for path in (theirs, school.exchange / COURSE, school.exchange / COURSE / "outbound" / ASSIGNMENT):
        assert _python(school, "ada", move, path) == "no\n"
    for path in (home(others), school.folder):  # through their own JupyterLab, too: it runs as them
        place = path.relative_to(school.accounts.folder)
        user = User(school.hub, school.students["ada"])
        user.log_in(school.accounts.passwords[user.name])
        assert user.call("GET", f"api/contents/../{place}").status_code in (403, 404)


def test_a_student_cannot_enter_anothers_server(school, people):
    ada, ben = people["ada"], people["ben"]
    for place in (f"/user/{ben.name}", f"/user/{school.teacher}"):
        assert ada.call("GET", "api/contents", place=place).status_code == 403
    for path in ("users", f"users/{ben.name}", "services", "proxy"):
        assert ada.hub_api("GET", path).status_code in (403, 404)


def test_only_ones_own_work_is_collected(school, people):
    forge = """if True:
        import os, shutil, sys
        inbound, source, mine, ben, assignment = sys.argv[1:]
        late = "2099-01-01 00:00:00.000000 UTC"
        def folder(name, notebook=None):
            path = f"{inbound}/{name}"
            os.mkdir(path)
            open(f"{path}/timestamp.txt", "w").write(late)
            open(f"{path}/submission_secret.txt", "w").write("0" * 128)
            os.chmod(path, 0o777)
            return path
        path = folder(f"{mine}+{assignment}+{late}+a")
        os.symlink(source, f"{path}/{assignment}.ipynb")
        os.mkdir(f"{path}/closed", 0)
        open(folder(f"{ben}+{assignment}+{late}+b") + f"/{assignment}.ipynb", "w").write("{}")
        folder(f"{mine}+{assignment}+yesterday+c")
    """
    source = school.folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    inbound, mallory = school.exchange / COURSE / "inbound", school.students["mallory"]
    _python(school, "mallory", forge, inbound, source, mallory, school.students["ben"], ASSIGNMENT)

    said = people["teacher"].post(f"formgrader/api/assignment/{ASSIGNMENT}/collect")
    assert said["success"], said
    submitted = school.folder / "submitted"
    assert sorted(path.name for path in submitted.iterdir()) == sorted(school.students.values())
    taken = {path.name for path in (submitted / mallory / ASSIGNMENT).iterdir()}
    assert taken - {"closed"} == {"timestamp.txt", "submission_secret.txt"}
    for role, answers in (("ada", 4), ("ben", 3), ("cleo", 4)):
        notebook = submitted / school.students[role] / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        assert classroom.answered(notebook) == answers, role


def test_the_formgrader_shows_the_class(school, page_of):
    teacher = page_of(school.teacher)
    entries = [entry.strip() for entry in teacher.nbgrader_menu().all_inner_texts()]
    assert entries == ["Course List", "Formgrader", "Create assignment"]
    teacher.page.keyboard.press("Escape")
    teacher.choose("Formgrader")
    row = teacher.page.frame_locator("#formgrader-iframe iframe").locator("tr").filter(has_text=ASSIGNMENT)
    row.get_by_role("link", name="4", exact=True).wait_for()
    teacher.shot("formgrader")


def test_feedback_comes_to_whom_it_belongs(school, people, cleo):
    classroom.mark(school.accounts, school.teacher, school.folder, ASSIGNMENT)
    for role in PLAN:
        student = people[role]
        student.post("assignments/fetch_feedback", course_id=COURSE, assignment_id=ASSIGNMENT)
        pages = sorted((school.accounts.home(student.name) / ASSIGNMENT / "feedback").rglob("*.html"))
        assert [student.name in page.read_text("utf-8") for page in pages] == [True]
    cleo.page.locator("#refresh_assignments_list").click()
    cleo.assignments("submitted").get_by_role("button", name="Fetch Feedback").click()
    cleo.assignments("submitted").get_by_text("view feedback").first.wait_for()
    cleo.shot("feedback")


def _python(school, role, code, *arguments):
    """What Python code printed that ran as a student."""
    return school.accounts.run(school.students[role], "/usr/bin/python3", "-c", code, *arguments).stdout
