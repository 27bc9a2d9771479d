"""The demonstration: everybody is let in, from this machine only, and it says so."""

import pwd
import subprocess
import sys

import pytest

from tests.hub import classroom
from tests.hub.classroom import ASSIGNMENT
from tests.hub.running import CONFIGS, Hub, User, free_ports

pytestmark = pytest.mark.hub


@pytest.fixture(scope="module")
def demo(accounts):
    name = accounts.add("demo")
    home = accounts.home(name)
    folder = home / "backprop-demo"
    teacher = folder / "homes" / "teacher"
    teacher.mkdir(parents=True)
    classroom.give(folder, home)
    classroom.make_class(accounts, name, teacher / "class", folder / "exchange", course="demo")
    (port,) = free_ports(1)
    entry = pwd.getpwnam(name)
    options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    variables = {"HOME": str(home), "BACKPROP_DEMO": str(folder)}
    arguments = [f"--JupyterHub.bind_url=http://0.0.0.0:{port}"]  # what must not be done
    with Hub("demo_config.py", home, port, variables, arguments, **options) as hub:
        yield hub


def test_it_says_what_it_is(demo):
    page = User(demo, "anybody").log_in_page()
    assert "THIS IS A DEMONSTRATION" in page and "must not be reached from a network" in page
    assert "THIS IS A DEMONSTRATION" in demo.text()


def test_anybody_is_a_student_and_teacher_is_the_teacher(demo):
    teacher, student, other = (demo.user(name, "any") for name in ("teacher", "ada", "ben"))
    assert teacher.post(f"formgrader/api/assignment/{ASSIGNMENT}/release")["success"]
    for user in (student, other):
        assert user.call("GET", "formgrader/api/status").status_code == 404
        user.post("assignments/fetch", course_id="demo", assignment_id=ASSIGNMENT)
        done = user.post("assignments/submit", course_id="demo", assignment_id=ASSIGNMENT)["value"]
        assert [each["student_id"] for each in done if each["status"] == "submitted"] == [user.name]
    assert teacher.post(f"formgrader/api/assignment/{ASSIGNMENT}/collect")["success"]
    listed = teacher.get("formgrader/api/assignments")
    assert [each["num_submissions"] for each in listed] == [2]


@pytest.mark.parametrize("name", ["../ada", "ada/..", "Ada Lovelace", ""])
def test_a_name_that_is_no_folder_is_turned_away(demo, name):
    assert User(demo, name).log_in("any").status_code == 403


def test_another_machine_is_turned_away(demo):
    from_elsewhere = User(demo, "ada")
    from_elsewhere.hub = Elsewhere(demo)
    assert from_elsewhere.log_in("any").status_code == 403
    assert "the demonstration is for this machine" in demo.text()


def test_it_does_not_run_as_root():
    run = subprocess.run(
        [sys.executable, "-m", "jupyterhub", "-f", str(CONFIGS / "demo_config.py")],
        **{"capture_output": True, "text": True, "timeout": 60},
    )
    assert run.returncode != 0 and "does not run as root" in run.stderr + run.stdout


class Elsewhere:
    """The same hub, by the machine's own address in its network instead of 127.0.0.1."""

    def __init__(self, hub):
        own = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout.split()[0]
        self.address = hub.address.replace("127.0.0.1", own)
