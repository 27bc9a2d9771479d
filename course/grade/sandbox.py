"""Run one Python script in bubblewrap: no network, no files but Python's own, everything limited.

What it may see: Python with its libraries, the system's libraries, and what the caller binds; all read-only.
It has a /tmp of its own and no home. It reads its input from stdin and answers on a descriptor whose
number is its argument. The limits are set in the sandbox (by restrict.py) before the script begins.
Where bubblewrap cannot run, `require` says why and what to do.
"""

import json
import os
import secrets
import selectors
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from . import init, seccomp
from .guard import guarded

ROOT = Path(__file__).resolve().parent.parent.parent
RESTRICT = ROOT / "course" / "grade" / "restrict.py"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/fonts")
_MB = 2**20


class SandboxMissing(RuntimeError):
    """Bubblewrap cannot run here. The message says why, and the way out."""


@dataclass(frozen=True)
class Limits:
    """What one run may use. Seconds by the clock and of the processor; bytes; threads; open files."""

    seconds: float = 120.0
    processor: int = 120
    memory: int = 3072 * _MB
    file: int = 64 * _MB
    disk: int = 128 * _MB
    threads: int = 64
    open_files: int = 256
    answer: int = 8 * _MB
    printed: int = 20_000  # of which so many are kept
    most_printed: int = 1024 * _MB  # and after so many the run is ended


@dataclass(frozen=True)
class Ended:
    """How a run ended. `reason` is "" if it ended by itself with exit code 0."""

    reason: str
    answer: bytes
    printed: str
    code: int
    seconds: float


def require():
    """Return bubblewrap's path. Raises SandboxMissing."""
    fault = _fault()
    if fault:
        raise SandboxMissing(fault)
    return shutil.which("bwrap")


@cache
def _fault():
    if not sys.platform.startswith("linux"):
        return (
            "Marking needs bubblewrap, which exists on Linux only. Mark on a Linux machine, in WSL 2, or in "
            "a virtual machine."
        )
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "Marking needs bubblewrap (bwrap), which is not installed: sudo apt install bubblewrap"
    try:
        seccomp.program()
    except NotImplementedError as error:
        return f"Marking cannot be made safe here: {error}. Mark on a machine with x86_64 or aarch64."
    command = [bwrap, *_namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if tried.returncode == 0:
        return ""
    return (
        f"Bubblewrap is installed but cannot run here: {tried.stderr.strip() or tried.returncode}\n"
        "In a container: start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        "--security-opt systempaths=unconfined --cap-add SYS_ADMIN, or mark outside of it.\n"
        "On Ubuntu 24.04 and later: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0\n"
        "On older Debian: sudo sysctl kernel.unprivileged_userns_clone=1"
    )


def run(script, data, binds=(), limits=None):
    """Run `script` (a file's path) with `data` (bytes) on its stdin. `binds`: (from, to), read-only.

    Raises SandboxMissing. Whatever the script does, an `Ended` comes back.
    """
    require()
    limits = limits or Limits()
    started = time.monotonic()
    with tempfile.TemporaryFile() as filter_:
        filter_.write(seccomp.program())
        filter_.seek(0)
        (ours, theirs), (told, tell) = os.pipe(), os.pipe()
        try:
            bubblewrap = command(script, [str(theirs)], filter_.fileno(), binds, limits, tell=tell)
            process = subprocess.Popen(
                guarded(os.getpid(), bubblewrap),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs, tell, filter_.fileno()),
                start_new_session=True,
                cwd="/",
                env={},
            )
        except BaseException:
            os.close(ours)
            os.close(told)
            raise
        finally:
            os.close(theirs)
            os.close(tell)
    with os.fdopen(ours, "rb", buffering=0) as answer, os.fdopen(told, "rb") as info, process:
        first = None
        try:
            first = init.told(info.fileno(), limits)  # before the script is fed: nothing of a student's ran
            talk = _Talk(process, answer, data, limits)
            reason = talk.until(started + limits.seconds)
        finally:
            process.kill()
            if first is not None:
                first.close()  # what is left in there dies with it
    reason = reason or _reason(process.returncode)
    return Ended(reason, bytes(talk.given), talk.text(), process.returncode, time.monotonic() - started)


def command(script, arguments, filter_, binds=(), limits=None, data=(), tell=None):
    """bubblewrap's command line for a script: what `run` starts, and the kernel (kernel.py).

    filter_: a descriptor of a file with `seccomp.program()`. binds: (from, to), read-only.
    data: (descriptor, to), of which read-only files are made. tell: a descriptor to which bubblewrap writes
    of its first process (init.py). Raises SandboxMissing.
    """
    limits, inside = limits or Limits(), "/course/script.py"
    own = json.dumps(asdict(limits) | {"user": _other_user()})
    binds = [*binds, (RESTRICT, "/course/restrict.py"), (script, inside)]
    return [
        *(require(), *_namespaces(), "--seccomp", str(filter_)),
        *(() if tell is None else ("--info-fd", str(tell))),
        *_view(binds, limits, data),
        *("--", sys.executable, "-I", "-B", "/course/restrict.py", own, inside, *arguments),
    ]


class _Talk:
    """Feeds stdin and reads the answer and the prints, until all are closed."""

    def __init__(self, process, answer, data, limits):
        self.process, self.limits = process, limits
        self.data, self.given, self.kept, self.printed = memoryview(data), bytearray(), bytearray(), 0
        self.selector = selectors.DefaultSelector()
        for file, event, act in (
            (process.stdin, selectors.EVENT_WRITE, self._feed),
            (answer, selectors.EVENT_READ, self._take),
            (process.stdout, selectors.EVENT_READ, self._hear),
        ):
            os.set_blocking(file.fileno(), False)
            self.selector.register(file, event, act)

    def until(self, deadline):
        """Returns why it must be ended, or "" if it ended by itself."""
        with self.selector:
            while self.selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return "timeout"
                for key, _ in self.selector.select(min(left, 1.0)):
                    if not key.data(key.fileobj):
                        self.selector.unregister(key.fileobj)
                if len(self.given) > self.limits.answer or self.printed > self.limits.most_printed:
                    return "too much output"
        try:
            self.process.wait(max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return "timeout"
        return ""

    def text(self):
        more = self.printed - len(self.kept)
        return self.kept.decode("utf-8", "replace") + (f"\n… and {more:,} more bytes" if more else "")

    def _feed(self, stdin):
        try:
            self.data = self.data[os.write(stdin.fileno(), self.data[:_MB]) :]
        except BrokenPipeError:
            self.data = self.data[:0]
        if not self.data:
            stdin.close()
        return bool(self.data)

    def _take(self, answer):
        read = os.read(answer.fileno(), _MB)
        self.given += read
        return read

    def _hear(self, stdout):
        read = os.read(stdout.fileno(), _MB)
        self.printed += len(read)
        self.kept += read[: max(0, self.limits.printed - len(self.kept))]
        return read


def _reason(code):
    if code == 0:
        return ""
    timeouts = dict.fromkeys((128 + signal.SIGXCPU, 128 + signal.SIGALRM), "timeout")
    return (timeouts | {128 + signal.SIGKILL: "killed"}).get(code, "child gone")


def _namespaces():
    """As root no namespace of users: there the limit of processes would not hold. The script becomes another
    user instead, before it does anything else."""
    own = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    own += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    if os.geteuid() != 0:
        return [*own, "--unshare-user", "--disable-userns"]
    return [*own, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _other_user():
    """A user that nobody is, so that the limit of threads counts this run's only. 0 where we are not root."""
    return 0 if os.geteuid() else 0x60000000 + secrets.randbelow(0x10000000)


def _view(binds, limits, data=()):
    """bwrap's arguments for what there is to see."""
    python = sorted({sys.base_prefix, sys.prefix})
    shown = [path for path in python if not Path(path).is_relative_to("/usr")]
    # /tmp first: Python, or what is bound, may lie in the machine's /tmp
    view = ["--size", str(limits.disk), "--perms", "1777", "--tmpfs", "/tmp"]
    view += _folders([*_SYSTEM, *shown, *(target for _, target in binds)])
    for path in _SYSTEM:
        if os.path.islink(path):
            view += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            view += ["--ro-bind", path, path]
    for path in shown:
        view += ["--ro-bind", path, path]
    for path in _packages():  # an installed copy of the package has the references in it
        view += ["--tmpfs", path]
    if any(ROOT.is_relative_to(path) for path in ("/usr", *shown)):
        view += ["--tmpfs", str(ROOT)]
        inside = [path for path in shown if Path(path).is_relative_to(ROOT)]
        view += [part for path in inside for part in ("--ro-bind", path, path)]
    for source, target in binds:
        view += ["--ro-bind", str(source), str(target)]
    for descriptor, target in data:
        view += ["--perms", "0444", "--ro-bind-data", str(descriptor), target]
    view += ["--proc", "/proc", "--dev", "/dev", "--size", str(16 * _MB), "--perms", "1777"]
    view += ["--tmpfs", "/dev/shm"]
    view += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    variables = {
        "HOME": "/tmp",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "BACKPROP_PROGRESS": "off",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    return view + [part for name, value in variables.items() for part in ("--setenv", name, value)]


def _folders(paths):
    """The folders above these paths, open to the user that the script becomes: bwrap's own are not."""
    above = {str(folder) for path in paths for folder in Path(path).parents} - {"/", "/tmp"}
    return [part for folder in sorted(above) for part in ("--perms", "0755", "--dir", folder)]


def _packages():
    """Folders of an installed `backprop_lib` in Python's library folders."""
    folders = map(Path, site.getsitepackages())
    return [str(folder / "backprop_lib") for folder in folders if (folder / "backprop_lib").is_dir()]
