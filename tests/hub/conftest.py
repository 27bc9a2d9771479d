"""Fixtures of the hub's tests: a class on a real hub, with system accounts that are removed after."""

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace

import pytest

from course.setup_env import CHROMIUM_MISSING, find_chromium
from tests.hub import classroom
from tests.hub.accounts import Accounts
from tests.hub.running import Hub, free_ports
from tests.hub.user_page import UserPage

STUDENTS = ("ada", "ben", "cleo", "mallory")


@pytest.fixture(scope="session")
def accounts():
    assert os.geteuid() == 0, "These tests make system accounts, so they must run as root."
    made = Accounts("hub-students")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def school(accounts):
    """The hub of a class with one teacher, who owns it."""
    teacher = accounts.add("teacher")
    with open_school(accounts, teacher, [teacher]) as school:
        yield school


@contextmanager
def open_school(accounts, owner, teachers):
    """The hub of a class: accounts (the teachers, STUDENTS, and eve who is in no class), folders, hub."""
    students = {role: accounts.add(role, student=True) for role in STUDENTS}
    place = Path(mkdtemp(dir=accounts.folder))
    place.chmod(0o755)
    folder, exchange, state = accounts.home(owner) / "class", place / "exchange", place / "state"
    classroom.make_class(accounts, owner, folder, exchange)
    (port,) = free_ports(1)
    path = write_settings(
        place / "hub.toml",
        **{"course": classroom.COURSE, "class": folder, "owner": owner, "teachers": teachers},
        **{"students_group": accounts.group, "exchange": exchange, "state": state, "port": port},
    )
    with Hub("jupyterhub_config.py", place, port, {"BACKPROP_HUB": str(path)}) as hub:
        yield SimpleNamespace(
            **{"hub": hub, "accounts": accounts, "teacher": owner, "private": state / "private"},
            **{"folder": folder, "exchange": exchange, "students": students, "outsider": accounts.add("eve")},
        )


def write_settings(path, **values):
    """hub.toml with these values."""
    lines = (f"{name} = {_toml(value)}" for name, value in values.items())
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value):
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"'


@pytest.fixture(scope="module")
def browser():
    """Playwright's browser object, driving the Chromium of this machine. No Chromium is a failure."""
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    assert program, CHROMIUM_MISSING
    with sync_playwright() as playwright:  # Chromium's own sandbox does not work for root
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_of(school, browser, request):
    """page_of(account) -> a `UserPage` with a JupyterLab, logged in through the login page."""
    folder = request.config.getoption("--shots")
    shots = Path(folder).absolute() if folder else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    opened = []

    def log_in(name):
        opened.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        page = UserPage(opened[-1].new_page(), school.hub.address, shots)
        page.log_in(name, school.accounts.passwords[name])
        return page

    yield log_in
    for context in opened:
        context.close()
