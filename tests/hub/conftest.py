"""Fixtures of the hub's tests: a class of three on a real hub, with system accounts that are removed after."""

import os
from types import SimpleNamespace

import pytest

from tests.hub import classroom
from tests.hub.accounts import Accounts
from tests.hub.running import Hub, free_ports

STUDENTS = ("ada", "ben", "cleo")


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
    """The hub of a class: accounts (teacher, ada, ben, cleo, and eve who is in no class), folders, hub."""
    teacher = accounts.add("teacher")
    students = {role: accounts.add(role, student=True) for role in STUDENTS}
    folder, exchange = accounts.home(teacher) / "class", accounts.folder / "exchange"
    classroom.make_class(accounts, teacher, folder, exchange)
    (port,) = free_ports(1)
    state = accounts.folder / "state"
    path = write_settings(
        accounts.folder / "hub.toml",
        **{"course": classroom.COURSE, "class": folder, "owner": teacher, "teachers": [teacher]},
        **{"students_group": accounts.group, "exchange": exchange, "state": state, "port": port},
    )
    with Hub("jupyterhub_config.py", accounts.folder, port, {"BACKPROP_HUB": str(path)}) as hub:
        yield SimpleNamespace(
            **{"hub": hub, "accounts": accounts, "teacher": teacher, "state": state, "exchange": exchange},
            **{"folder": folder, "students": students, "outsider": accounts.add("eve")},
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
