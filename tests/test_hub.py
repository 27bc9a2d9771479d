"""The hub's configuration as far as it can be tested without a hub (tests/hub/ has one)."""

import ast
import grp
import os
import pwd
import re
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from course.jupyterhub import settings
from course.jupyterhub.servers import configure, environment, role_of
from course.jupyterhub.settings import HERE, HubError, Settings, read_settings

ME = pwd.getpwuid(os.getuid())
GROUP = grp.getgrgid(ME.pw_gid).gr_name


@pytest.fixture
def hub(tmp_path):
    """Settings whose owner is the one who runs the tests."""
    return Settings(
        **{"course": "backprop", "folder": tmp_path / "class", "owner": ME.pw_name},
        **{"teachers": (ME.pw_name,), "students_group": GROUP},
        **{"exchange": tmp_path / "exchange", "state": tmp_path / "state"},
    )


def written(path, text, *changes):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return path


EXAMPLE = (HERE / "hub.toml").read_text("utf-8")
KNOWN = ("~anna/", "/srv/")  # there need be no anna here


def test_the_example_settings_are_all_settings(tmp_path):
    found = read_settings(
        written(tmp_path / "hub.toml", re.sub("^# (ssl_)", r"\1", EXAMPLE, flags=re.M), KNOWN)
    )
    assert found.owner == "anna" and found.teachers == ("anna",) and not found.shared
    assert set(vars(found)) == {
        *re.findall(r"^(?:# )?(\w+) = ", EXAMPLE.replace("class =", "folder ="), re.M)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("port = 8000", "prot = 8000", "settings that do not exist: prot"),
        ('owner = "anna" ', "", "lacks settings: owner"),
        ('class = "~anna/', 'class = "', "must be an absolute path, not 'backprop'"),
        ('class = "~anna/', 'class = "~no-such-account/', "not '~no-such-account/backprop'"),
        ('teachers = ["anna"]', "teachers = []", "must be a list of accounts"),
        ('course = "backprop"', 'course = "back+prop"', "without spaces, '+', '/' and '*'"),
        ("port = 8000", "port = ", "cannot be read"),
    ],
)
def test_wrong_settings_say_what_to_do(tmp_path, old, new, says):
    changes = [(old, new)] if old.startswith("class") else [KNOWN, (old, new)]
    path = written(tmp_path / "hub.toml", EXAMPLE, *changes)
    with pytest.raises(HubError, match=re.escape(says)) as raised:
        read_settings(path)
    assert str(path) in str(raised.value)


def test_missing_settings_say_where_the_example_is(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKPROP_HUB", str(tmp_path / "none.toml"))
    with pytest.raises(HubError, match=r"There is no .*none\.toml. Copy .*hub\.toml there"):
        read_settings()


def test_accounts_that_are_missing_are_named(hub, monkeypatch):
    def checked(**changes):
        settings.check_accounts(Settings(**vars(hub) | changes))

    home = SimpleNamespace(pw_dir=str(hub.folder.parent), pw_gid=ME.pw_gid)
    known = pwd.getpwnam
    monkeypatch.setattr(pwd, "getpwnam", lambda name: home if name == ME.pw_name else known(name))
    checked()
    with pytest.raises(HubError, match="There is no account 'no-such-teacher'"):
        checked(teachers=("no-such-teacher",))
    with pytest.raises(HubError, match="There is no group 'no-such-group'"):
        checked(students_group="no-such-group")
    with pytest.raises(HubError, match="must lie below its owner's home"):
        checked(folder=Path("/srv/class"))


def test_a_python_that_users_cannot_run_is_refused(tmp_path):
    program = tmp_path / "closed" / "python"
    program.parent.mkdir(mode=0o700)
    program.touch(mode=0o755)
    with pytest.raises(HubError, match="other accounts may not enter"):
        settings.check_python(program)
    settings.check_python("/usr/bin/env")


def test_a_class_that_everybody_can_read_is_told(hub, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    (tmp_path / "course" / "notebooks").mkdir(parents=True)
    (tmp_path / "course").chmod(0o750)
    assert settings.openings(hub) == []
    hub.folder.mkdir()
    monkeypatch.setattr(Path, "stat", _open_way(tmp_path, Path.stat))
    hub.folder.chmod(0o755)
    assert settings.openings(hub) == [
        f"Everybody on this machine can read the class. Close it: chmod o-rwx {hub.folder}"
    ]
    hub.folder.chmod(0o750)
    assert settings.openings(hub) == []


def _open_way(folder, real):
    """Path.stat as if everything above `folder` were open to all: pytest's folders are not."""

    def look(path, **options):
        found = real(path, **options)
        if path == folder or path in folder.parents:
            return SimpleNamespace(st_mode=stat.S_IFDIR | 0o755)
        return found

    return look


def test_folders_have_the_modes_that_nbgrader_asks_for(hub):
    for _ in range(2):  # the second start changes nothing
        settings.make_folders(hub, hub.owner)
    modes = {
        path.relative_to(hub.exchange).as_posix(): oct(stat.S_IMODE(path.stat().st_mode))
        for path in (hub.exchange, *hub.exchange.rglob("*"))
    }
    assert modes == {
        ".": "0o1777",
        "backprop": "0o755",
        "backprop/outbound": "0o755",
        "backprop/inbound": "0o3733",
        "backprop/feedback": "0o711",
    }
    assert stat.S_IMODE(hub.private.stat().st_mode) == 0o700
    assert sorted(path.name for path in hub.roles.iterdir()) == ["owner", "student", "teacher"]
    assert (hub.roles / "student" / "labconfig" / "page_config.json").stat().st_mode & 0o777 == 0o644


def test_what_a_student_is_given_leads_nowhere(hub):
    assert [role_of(hub, name) for name in (hub.owner, "ada")] == ["owner", "student"]
    given = environment(hub, "ada")
    assert given["JUPYTER_CONFIG_PATH"].endswith("/roles/student") and given["PYTHONPATH"] == ""
    assert not any(str(hub.folder) in value or str(settings.ROOT) in value for value in given.values())
    assert environment(hub, hub.owner)["BACKPROP_CLASS"] == str(hub.folder)


def test_several_teachers_share_a_service(hub, monkeypatch):
    monkeypatch.setattr("course.jupyterhub.servers.keep_news_quiet", lambda prefix: None)
    alone, shared = Config(), Config()
    configure(alone, hub)
    assert alone.JupyterHub.services == []
    configure(shared, Settings(**vars(hub) | {"teachers": ("anna", "otto")}))
    (service,) = shared.JupyterHub.services
    assert (service["name"], service["user"]) == ("backprop", hub.owner)
    assert service["url"].startswith("http://127.0.0.1:")
    assert shared.JupyterHub.load_groups == {"formgrade-backprop": {"users": ["anna", "otto"]}}
    assert shared.JupyterHub.load_roles[0]["scopes"][0] == "access:services!service=backprop"
    spawner = SimpleNamespace(environment={}, user=SimpleNamespace(name="otto"))
    shared.Spawner.pre_spawn_hook(spawner)
    assert spawner.environment["JUPYTER_CONFIG_PATH"].endswith("/roles/teacher")


def test_the_configurations_are_python():
    found = sorted(HERE.rglob("*_config.py"))
    assert len(found) == 6
    for path in found:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
