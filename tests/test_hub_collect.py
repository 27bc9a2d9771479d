"""Collecting from an exchange into which everybody may write: only one's own, and nobody stops the others."""

import logging
import os
import pwd
import stat
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course.jupyterhub.exchange import CollectOwned, hashed_uid

ME = pwd.getpwuid(os.getuid()).pw_name
OTHER = next(entry.pw_name for entry in pwd.getpwall() if entry.pw_uid != os.getuid())
NAME = "05_matrix_backprop"


@pytest.fixture
def inbound(tmp_path):
    folder = tmp_path / "exchange" / "backprop" / "inbound"
    folder.mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """An empty gradebook's URL; making one takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('class') / 'gradebook.db'}"


@pytest.fixture
def collect(tmp_path, inbound, caplog, gradebook):
    """Collect; returns what was logged as an error or a warning."""

    def run(**options):
        config = Config()
        config.CourseDirectory.root = str(tmp_path / "class")
        config.CourseDirectory.course_id = "backprop"
        config.CourseDirectory.assignment_id = NAME
        config.CourseDirectory.db_url = gradebook
        config.Exchange.root = str(tmp_path / "exchange")
        config.CollectOwned.update(options)
        log = logging.getLogger("course.tests.collect")
        with caplog.at_level(logging.WARNING, log.name):
            CollectOwned(coursedir=CourseDirectory(config=config), config=config, log=log).start()
        return caplog.messages

    (tmp_path / "class").mkdir()
    return run


def hand_in(inbound, student=ME, when=None, notebook="{}"):
    """A submission in the inbound folder, as nbgrader's submit makes it."""
    stamp = f"{when or datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
    folder = inbound / f"{student}+{NAME}+{stamp}+r4nd0m"
    folder.mkdir()
    folder.chmod(0o777)  # nbgrader's submit does that
    (folder / "timestamp.txt").write_text(stamp)
    if notebook is not None:
        (folder / f"{NAME}.ipynb").write_text(notebook)
    return folder


def submitted(tmp_path, student=ME):
    return tmp_path / "class" / "submitted" / student / NAME


def test_the_newest_of_ones_own_is_collected(tmp_path, inbound, collect):
    now = datetime.now(UTC)
    for minutes, text in ((5, "older"), (1, "newest"), (9, "oldest")):
        hand_in(inbound, when=now - timedelta(minutes=minutes), notebook=text)
    assert collect() == []
    assert (submitted(tmp_path) / f"{NAME}.ipynb").read_text() == "newest"
    assert (submitted(tmp_path) / "timestamp.txt").exists()
    assert stat.S_IMODE(submitted(tmp_path).stat().st_mode) == 0o755


def test_what_claims_to_be_anothers_stays(tmp_path, inbound, collect):
    hand_in(inbound, OTHER)
    hand_in(inbound, "no-such-account")
    hand_in(inbound)
    said = collect()
    assert len(said) == 2 and all(line.startswith("NOT COLLECTED") for line in said)
    assert f"is named as work of '{OTHER}' and is" in "".join(said) and f": {ME} put it there." in said[0]
    assert [path.name for path in (tmp_path / "class" / "submitted").iterdir()] == [ME]


def test_links_and_pipes_are_left_out(tmp_path, inbound, collect):
    secret = tmp_path / "class" / "solution.ipynb"
    folder = hand_in(inbound, notebook=None)
    secret.write_text("the solution")
    (folder / f"{NAME}.ipynb").symlink_to(secret)
    (folder / "more").symlink_to(tmp_path / "class")
    os.mkfifo(folder / "pipe")
    said = collect()
    assert sorted(path.name for path in submitted(tmp_path).rglob("*")) == ["timestamp.txt"]
    assert len(said) == 3 and secret.read_text() == "the solution"


def test_a_link_for_a_submission_stays(tmp_path, inbound, collect):
    (tmp_path / "class" / "source").mkdir()
    stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
    (inbound / f"{ME}+{NAME}+{stamp}+x").symlink_to(tmp_path / "class" / "source")
    assert "is no folder of that account" in collect()[0]
    assert not submitted(tmp_path).exists()


@pytest.mark.parametrize("name", [f"x+{NAME}+yesterday+r", f"x+{NAME}+", f"{ME}+{NAME}+\udcff+\n+r"])
def test_a_name_that_is_none_stops_nobody(tmp_path, inbound, collect, name):
    os.mkdir(inbound / name)
    hand_in(inbound)
    said = collect()
    assert len(said) == 1 and said[0].startswith("NOT COLLECTED") and said[0].isprintable()
    assert submitted(tmp_path).is_dir()


def test_too_much_stops_nobody(tmp_path, inbound, collect):
    with (hand_in(inbound) / "film.bin").open("wb") as file:
        file.truncate(200 * 2**20)
    (said,) = collect()
    assert "is larger than 100 MB" in said and not submitted(tmp_path).exists()


def test_a_time_that_was_made_up_is_told(tmp_path, inbound, collect):
    hand_in(inbound, when=datetime.now(UTC) - timedelta(days=2))
    (said,) = collect()
    assert "says that it was submitted at" in said and "was last changed at" in said
    assert submitted(tmp_path).is_dir()


def test_without_accounts_a_student_is_a_number(tmp_path, inbound, collect):
    folder = hand_in(inbound, "ada")
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            os.chown(path, hashed_uid("ada"), -1)
    hand_in(inbound, ME)
    said = collect(accounts="hashed")
    assert submitted(tmp_path, "ada").exists() == (os.geteuid() == 0)
    assert not submitted(tmp_path).exists() and said
