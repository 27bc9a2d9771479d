"""The sandbox: what hostile code cannot see, cannot reach and cannot use up. In the real bubblewrap."""

import json
import platform
import shutil
import struct
import time
from pathlib import Path

import pytest

from course.grade import probes, sandbox, seccomp
from course.grade.sandbox import Limits

CHILD = Path(sandbox.__file__).with_name("probe_child.py")
MB = 2**20
PRELUDE = """
import os, sys, json
sys.path.insert(0, "/course")
def tell(what):
    os.write(int(sys.argv[1]), str(what).encode())
def tried(work):
    try:
        return work()
    except BaseException as error:
        return type(error).__name__
"""


@pytest.fixture
def run(tmp_path):
    """Run a script's text in the sandbox, under the limits of a marking."""

    def run_(text, data=b"", **limits):
        script = tmp_path / "script.py"
        script.write_text(PRELUDE + text)
        return sandbox.run(script, data, probes.binds(), Limits(**{"seconds": 20.0, **limits}))

    return run_


def test_answers_and_prints_are_kept_apart(run):
    ended = run('print("hello"); sys.stderr.write("oops"); tell(sys.stdin.read())', b"x" * 300_000)
    assert (ended.reason, ended.code, ended.answer) == ("", 0, b"x" * 300_000)
    assert "hello" in ended.printed and "oops" in ended.printed


def test_nothing_of_the_machine_is_seen(run, tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("points")
    places = [secret, sandbox.ROOT / "course", sandbox.ROOT / "README.md", sandbox.ROOT / "tests", "/home"]
    places += ["/etc/passwd", "/etc/shadow", "/var", "/sys", Path.home() / ".ssh", Path.home() / ".bashrc"]
    ended = run(
        f"tell([place for place in {[str(place) for place in places]} if os.path.exists(place)])\n"
        "print(os.environ, os.getpid(), [p for p in os.listdir('/proc') if p.isdigit()])"
    )
    assert ended.answer == b"[]"
    assert "HOME': '/tmp'" in ended.printed and "PYTHONPATH" not in ended.printed
    assert "['1', '2']" in ended.printed  # bubblewrap's own and the script: no process of the machine


def test_no_file_of_the_checks_holds_answers(run):
    ended = run(
        "import backprop_lib, pkgutil, site\n"
        "from backprop_lib import checks\n"
        "found = [m.name for m in pkgutil.iter_modules(checks.__path__) if m.name[-2:].isdigit()]\n"
        "found += [f for d in site.getsitepackages() for f in os.listdir(d) if f == 'backprop_lib'\n"
        "          and os.listdir(os.path.join(d, f))]\n"
        "tell([found, backprop_lib.__file__])"
    )
    assert ended.answer == b"[[], '/course/backprop_lib/__init__.py']"


def test_only_its_own_tmp_can_be_written(run):
    ended = run(
        "def write(folder):\n"
        "    open(folder + '/x', 'w').write('x')\n"
        "    return 'written'\n"
        f"places = ['/', '/course', '/course/backprop_lib', '/dev', '/usr', {sandbox.sys.prefix!r}, '/tmp']\n"
        "tell([tried(lambda: write(place)) for place in places])"
    )
    assert ended.answer.decode() == str([*["OSError"] * 6, "written"])
    assert not Path("/tmp/x").exists()


def test_what_is_bound_may_lie_in_the_machines_tmp(tmp_path):
    """A clone, and with it Python, may lie there."""
    bound, script, seen = tmp_path / "bound.txt", tmp_path / "script.py", str(Path("/tmp", "deep", "file"))
    bound.write_text("seen")
    script.write_text(f"import os, sys\nos.write(int(sys.argv[1]), open({seen!r}, 'rb').read())")
    ended = sandbox.run(script, b"", [(bound, seen)], Limits(seconds=20.0))
    assert (ended.reason, ended.answer) == ("", b"seen")


def test_no_network(run):
    ended = run(
        "import socket\n"
        "tell([tried(lambda: socket.create_connection(('1.1.1.1', 53), 2)),\n"
        "      tried(lambda: socket.create_connection(('127.0.0.1', 22), 2)),\n"
        "      [name for _, name in socket.if_nameindex()]])"
    )
    assert ended.answer == b"['OSError', 'ConnectionRefusedError', ['lo']]"


def test_no_privileges_and_no_way_out(run):
    ended = run(
        "import ctypes\n"
        "libc = ctypes.CDLL(None)\n"
        "status = open('/proc/self/status').read()\n"
        "tell([libc.unshare(0x10000000), libc.ptrace(16, 1, 0, 0),\n"
        "      libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0), libc.memfd_create(b'x', 0),\n"
        "      libc.shmget(0, 1000, 0o1600), 'CapEff:\\t0000000000000000' in status,\n"
        "      'NoNewPrivs:\\t1' in status, os.getuid() != 0, tried(lambda: os.setuid(0))])"
    )
    assert ended.answer == b"[-1, -1, -1, -1, -1, True, True, True, 'PermissionError']"


def test_a_fork_bomb_does_not_start(run):
    ended = run(
        "import subprocess, multiprocessing\n"
        "tell([tried(os.fork), tried(lambda: os.posix_spawn('/bin/true', ['true'], {})),\n"
        "      tried(lambda: subprocess.run(['/bin/true'])), os.system('true') != 0])"
    )
    assert ended.answer == b"['PermissionError', 'PermissionError', 'PermissionError', True]"


def test_threads_are_limited(run):
    ended = run(
        "import threading, time\n"
        "count = 0\n"
        "def start():\n"
        "    global count\n"
        "    while count < 1000:\n"
        "        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
        "        count += 1\n"
        "said = tried(start)\n"
        "tell([said, 3 < count < 64])\n"
        "os._exit(0)"
    )
    assert ended.answer == b"['RuntimeError', True]"


def test_memory_is_limited(run):
    ended = run("tell([tried(lambda: bytearray(30 * 2**30)), tried(lambda: [0] * 10**10)])")
    assert ended.answer == b"['MemoryError', 'MemoryError']"


def test_files_are_limited(run):
    """One file of 1 GB, many of 50 MB, and the memory that looks like files."""
    ended = run(
        "def write(name, size):\n"
        "    with open(name, 'wb') as file:\n"
        "        for _ in range(size // 2**20):\n"
        "            file.write(bytes(2**20))\n"
        "def many(folder):\n"
        "    for i in range(40):\n"
        "        write(f'{folder}/{i}', 50 * 2**20)\n"
        "tell([tried(lambda: write('/tmp/large', 2**30)), os.path.getsize('/tmp/large') // 2**20,\n"
        "      tried(lambda: many('/tmp')), tried(lambda: many('/dev/shm'))])"
    )
    assert ended.answer == b"['OSError', 64, 'OSError', 'OSError']"


def test_an_endless_loop_that_ignores_signals_is_ended(run):
    started = time.monotonic()
    ended = run(
        "import signal\n"
        "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True: pass",
        seconds=1.0,
    )
    assert ended.reason == "timeout"
    assert time.monotonic() - started < 5


def test_processor_time_is_limited(run):
    ended = run("while True: pass", processor=1)
    assert (ended.reason, ended.answer) == ("timeout", b"")


def test_closing_everything_does_not_hide_a_sleeper(run):
    ended = run("import time\nos.closerange(0, 255)\ntime.sleep(60)", seconds=1.0)
    assert ended.reason == "timeout"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os._exit(0)", ""),
        ("os._exit(3)", "child gone"),
        ("os.kill(os.getpid(), 9)", "killed"),
        ("import ctypes; ctypes.string_at(0)", "child gone"),
    ],
)
def test_how_it_ended_is_said(run, code, reason):
    assert run(code).reason == reason


def test_its_parent_and_all_others_survive_it(run):
    ended = run("tried(lambda: os.kill(os.getppid(), 9)); tried(lambda: os.kill(-1, 9)); tell('still here')")
    assert (ended.reason, ended.answer) == ("", b"still here")


def test_100_mb_of_prints_are_drained_and_cut(run):
    for text in ("print('x' * 99 * 2**20)", "for _ in range(2**20): print('y' * 99)"):
        ended = run(text + "\ntell('there')")
        assert (ended.reason, ended.answer) == ("", b"there")
        assert len(ended.printed) < 21_000 and "more bytes" in ended.printed


def test_too_much_of_an_answer_or_of_prints_ends_it(run):
    assert run("while True: tell('x' * 2**16)", answer=MB).reason == "too much output"
    assert run("while True: print('x' * 2**16)", most_printed=9 * MB).reason == "too much output"


def test_without_bubblewrap_it_refuses_and_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    sandbox._fault.cache_clear()
    try:
        with pytest.raises(sandbox.SandboxMissing, match="sudo apt install bubblewrap"):
            sandbox.run(CHILD, b"")
    finally:
        sandbox._fault.cache_clear()


def test_where_bubblewrap_cannot_run_its_reason_and_the_way_out_are_said(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    sandbox._fault.cache_clear()
    try:
        with pytest.raises(sandbox.SandboxMissing, match=r"(?s)uid map.*container.*sysctl"):
            sandbox.require()
    finally:
        sandbox._fault.cache_clear()


def test_bubblewrap_is_here():
    """The other tests need it: without it they fail, and are not skipped."""
    assert sandbox.require() == shutil.which("bwrap")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_what_it_says(machine):
    """By a small interpreter of the filter's instructions, with the numbers of both processors."""
    clone, architecture = {"x86_64": (56, 0xC000003E), "aarch64": (220, 0xC00000B7)}[machine]
    column = ["x86_64", "aarch64"].index(machine)
    allow, denied, absent = 0x7FFF0000, 0x50001, 0x50026
    for name, numbers in seccomp._FORBIDDEN.items():
        if numbers[column] is not None:
            assert _verdict(machine, architecture, numbers[column]) == denied, name
    assert _verdict(machine, architecture, clone, 0x11) == denied
    assert _verdict(machine, architecture, clone, 0x3D0F00) == allow  # a thread, as glibc makes them
    assert _verdict(machine, architecture, 435) == absent
    assert _verdict(machine, architecture, 0x40000000 + 57) == absent
    assert _verdict(machine, 0x40000003, 1) == 0x80000000
    assert _verdict(machine, architecture, 63) == allow
    with pytest.raises(NotImplementedError, match="riscv64"):
        seccomp.program("riscv64")


def _verdict(machine, architecture, number, argument=0):
    steps = list(struct.iter_unpack("=HBBI", seccomp.program(machine)))
    data, at, register = {0: number, 4: architecture, 16: argument}, 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            register = data[value]
        else:
            holds = {0x15: register == value, 0x35: register >= value, 0x45: bool(register & value)}[code]
            at += yes if holds else no


def test_this_processor_has_a_filter():
    assert len(seccomp.program(platform.machine())) % 8 == 0


def test_limits_are_plain_data():
    assert json.loads(json.dumps(sandbox.asdict(Limits())))["threads"] == 64


def test_the_first_process_has_the_limits_too(run):
    """Where the script has its user, it could make that process do its work."""
    ended = run("sys.stdin.read(); tell(json.dumps([open(f'/proc/{p}/limits').read() for p in (1, 'self')]))")
    first, own = json.loads(ended.answer)
    for kind in (
        "Max cpu time",
        "Max address space",
        "Max file size",
        "Max open files",
        "Max core file size",
    ):
        found = [next(line for line in text.splitlines() if line.startswith(kind)) for text in (first, own)]
        assert found[0] == found[1]


def test_nothing_outlives_a_sandbox_whose_first_process_would_stay(run, monkeypatch):
    """It is killed itself: that it dies with bubblewrap is what a script may have taken back."""
    monkeypatch.setattr(sandbox.subprocess.Popen, "kill", lambda self: None)
    started = time.monotonic()
    ended = run("tell('here'); time.sleep(300)".replace("time", "__import__('time')"), seconds=2.0)
    assert (ended.reason, ended.answer) == ("timeout", b"here") and time.monotonic() - started < 20
