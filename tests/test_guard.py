"""The guard of a sandbox: whoever dies and whenever, nothing of it lives on."""

import os
import subprocess
import sys

import psutil
import pytest

from course.grade import sandbox
from course.grade.guard import guarded
from tests.waiting import until

OWNER = """
import os, subprocess, sys
from course.grade.guard import guarded
command = guarded(os.getpid(), sys.argv[1:])
started = subprocess.Popen(command, start_new_session=True, close_fds=False)
print(started.pid, flush=True)
started.wait()
"""


@pytest.fixture
def owned():
    """Start a command with its guard, by an owner that can be killed: (owner, the number of the group)."""
    groups = []

    def start(*command, **options):
        words = [sys.executable, "-c", OWNER, *command]
        owner = subprocess.Popen(words, cwd=sandbox.ROOT, stdout=subprocess.PIPE, text=True, **options)
        groups.append((owner, int(owner.stdout.readline())))
        return groups[-1]

    yield start
    for owner, group in groups:
        owner.kill()
        owner.wait()
        owner.stdout.close()
        for process in living(group):
            process.kill()


def living(group):
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            pass
    return found


def test_a_command_and_what_it_started_die_with_the_owner(owned):
    owner, group = owned("/bin/sh", "-c", "sleep 600 & sleep 600 & wait")
    until(lambda: len(living(group)) == 4)  # the guard, too
    owner.kill()
    until(lambda: not living(group))


def test_what_a_command_left_dies_with_the_command(owned):
    owner, group = owned("/bin/sh", "-c", "sleep 600 & sleep 600 & wait")
    until(lambda: len(living(group)) == 4)
    os.kill(group, 9)
    until(lambda: not living(group))
    assert owner.wait(20) == 0


def test_a_sandbox_that_is_just_starting_dies_with_the_owner(owned, tmp_path):
    """At the moment that bubblewrap itself misses: its first process waits to be told to go on."""
    hold, release = os.pipe()
    script = tmp_path / "script.py"
    script.write_text("import time; time.sleep(600)")
    bwrap, *arguments = sandbox.command(script, [], 0)
    at = arguments.index("--seccomp")
    del arguments[at : at + 2]
    try:
        owner, group = owned(bwrap, "--block-fd", str(hold), *arguments, pass_fds=[hold])
        until(lambda: sum(process.name() == "bwrap" for process in living(group)) == 2)
        owner.kill()
        until(lambda: not living(group))
    finally:
        os.close(hold)
        os.close(release)


def test_the_guard_holds_no_pipe_and_gives_the_exit_code():
    command = guarded(os.getpid(), ["/bin/sh", "-c", "echo said; exit 7"])
    done = subprocess.run(command, capture_output=True, start_new_session=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"said\n", b"")


def test_without_its_owner_nothing_starts():
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    for owner in (ended.pid, 1):
        done = subprocess.run(guarded(owner, ["/bin/echo", "said"]), capture_output=True, timeout=20)
        assert (done.returncode, done.stdout) == (1, b"")


def test_the_group_of_who_starts_it_is_not_touched():
    """The guard's command is not a leader of a group here: it makes one before it may kill any."""
    code = (
        "import os, subprocess, sys, time\n"
        "from course.grade.guard import guarded\n"
        "print(subprocess.run(guarded(os.getpid(), ['/bin/sh', '-c', 'exit 3'])).returncode)\n"
        "time.sleep(0.5)\n"  # the guard has done its work by then
        "print('alive')"
    )
    options = {"capture_output": True, "text": True, "start_new_session": True, "timeout": 20}
    done = subprocess.run([sys.executable, "-c", code], cwd=sandbox.ROOT, **options)
    assert (done.returncode, done.stdout) == (0, "3\nalive\n")
