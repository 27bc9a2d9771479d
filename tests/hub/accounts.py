"""Temporary system accounts, and programs run as them."""

import grp
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path


class Accounts:
    """Makes accounts with homes in one folder; `close` ends their processes and removes all of it."""

    def __init__(self, group):
        self.group = group
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.folder.chmod(0o755)
        self.passwords = {}
        _system("groupadd", self.group)

    def add(self, role, student=False):
        """An account with a password and a home that is its own. Returns its name."""
        name = f"{role}-{secrets.token_hex(3)}"
        groups = ["--groups", self.group] if student else []
        home = self.folder / name
        _system("useradd", "--create-home", "--home-dir", home, "--shell", "/bin/bash", *groups, name)
        home.chmod(0o750)
        self.passwords[name] = secrets.token_urlsafe(12)
        _system("chpasswd", text=f"{name}:{self.passwords[name]}\n")
        return name

    def home(self, name):
        return self.folder / name

    def run(self, name, *command, cwd=None, check=True, **variables):
        """Run a program as an account, with nothing of our environment but PATH."""
        entry = pwd.getpwnam(name)
        groups = [each.gr_gid for each in grp.getgrall() if name in each.gr_mem]
        run = subprocess.run(
            [str(part) for part in command],
            cwd=cwd or self.home(name),
            env={"PATH": os.environ["PATH"], "HOME": entry.pw_dir, "LANG": "C.UTF-8", **variables},
            **{"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert not check or run.returncode == 0, f"{command} as {name}:\n{run.stdout}\n{run.stderr}"
        return run

    def close(self):
        uids = {pwd.getpwnam(name).pw_uid for name in self.passwords}
        for _ in range(50):
            left = [entry.name for entry in os.scandir("/proc") if _owned(entry, uids)]
            for number in left:
                _kill(int(number))
            if not left:
                break
            time.sleep(0.1)
        for name in self.passwords:
            _system("userdel", "--force", name)
        _system("groupdel", self.group)
        shutil.rmtree(self.folder, ignore_errors=True)


def _owned(entry, uids):
    try:
        return entry.name.isdigit() and entry.stat().st_uid in uids and _alive(entry.name)
    except OSError:
        return False


def _alive(number):
    return Path("/proc", number, "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _kill(number):
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def _system(*command, text=None):
    command = [str(part) for part in command]
    run = subprocess.run(command, input=text, capture_output=True, text=True)
    assert run.returncode == 0, f"{command}: {run.stderr}"
