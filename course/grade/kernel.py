"""The kernelspec `backprop-sandbox`: ipykernel in bubblewrap, for a notebook's own run.

    install(folder)                             writes folder/kernels/backprop-sandbox/kernel.json
    c.Execute.kernel_name = "backprop-sandbox"  lets nbgrader use it, with c.KernelManager.transport = "ipc"

The kernel has no network and no folder that it shares with the machine. The launcher (this module, run
outside) makes the five listening Unix sockets where the client will look for them, and the kernel inherits
them (libzmq's ZMQ_USE_FD): so nothing of the machine's disk is writable in the sandbox, not even a folder
for the sockets. Then the launcher becomes bubblewrap, and the kernel ends when its client does.

In there: `backprop_lib` with its checks as learners have it, read-only; nothing of course/, tests/ or
notebooks/; the working folder is empty and not on the import path; no IPython profile and no startup files.
"""

import argparse
import json
import os
import socket
import sys
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path

from . import guard, sandbox, seccomp
from .sandbox import ROOT, Limits, SandboxMissing

NAME = "backprop-sandbox"
CHILD = ROOT / "course" / "grade" / "kernel_child.py"
LIMITS = Limits(seconds=600.0, processor=600, disk=192 * 2**20)  # of a kernel that nobody gave other ones
OWN_CHECKS = "/course/own_checks"  # a teacher's, in the sandbox; kernel_child.py knows it, too
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_NO_TCP = (
    "The kernel backprop-sandbox has no network, and its client asked for the transport {transport!r}. "
    'Say c.KernelManager.transport = "ipc" in nbgrader_config.py (or in jupyter_config.py).'
)


class KernelError(Exception):
    """The kernel cannot be started as it was asked for. The message says what to do."""


def spec(limits=None, checks=None, info=None):
    """The content of kernel.json. `limits`: a `sandbox.Limits`; `seconds` in it is the client's business.
    `checks`: a folder with a teacher's own checks, which the kernel then sees.
    `info`: a file's path, to which bubblewrap writes of its first process (init.py).
    """
    argv = [sys.executable, "-P", "-m", "course.grade.kernel", "{connection_file}"]
    if fonts() is not None:
        argv += ["--fonts", str(fonts())]
    if checks is not None:
        argv += ["--checks", str(checks)]
    if info is not None:
        argv += ["--info", str(info)]
    if limits is not None:  # as one word that jupyter_client's {…} does not touch
        argv += ["--limits", json.dumps(asdict(limits))]
    return {
        "argv": argv,
        "display_name": "Python 3 (sandboxed, for marking)",
        "language": "python",
        "interrupt_mode": "message",
        "env": {"PYTHONPATH": str(ROOT)},
        "metadata": {"debugger": False},
    }


def install(folder, limits=None, checks=None, info=None):
    """Write the kernelspec into a Jupyter data folder (a venv's share/jupyter, or one on JUPYTER_PATH).

    Returns the path of kernel.json.
    """
    path = Path(folder) / "kernels" / NAME / "kernel.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(spec(limits, checks, info), indent=1) + "\n", encoding="utf-8")
    return path


@cache
def fonts():
    """Matplotlib's list of this machine's fonts, a file: made here once, it takes seconds in each kernel."""
    import matplotlib
    from matplotlib import font_manager

    path = Path(matplotlib.get_cachedir(), f"fontlist-v{font_manager.FontManager.__version__}.json")
    return path if path.is_file() else None


def main(arguments=None):
    """The launcher. Does not return if the kernel starts; otherwise the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m course.grade.kernel", description="The launcher.")
    parser.add_argument("connection_file")
    parser.add_argument("--limits", type=json.loads)
    parser.add_argument("--fonts")
    parser.add_argument("--checks")
    parser.add_argument("--info")
    options, _ = parser.parse_known_args(arguments)  # clients may add arguments for an ordinary ipykernel
    try:
        limits = LIMITS if options.limits is None else Limits(**options.limits)
        connection = json.loads(Path(options.connection_file).read_text("utf-8"))
        _become_kernel(connection, limits, options)
    except (KernelError, SandboxMissing, OSError, ValueError) as error:
        print(error, file=sys.stderr, flush=True)
    return 1


def _become_kernel(connection, limits, options):
    if connection.get("transport") != "ipc":
        raise KernelError(_NO_TCP.format(transport=connection.get("transport")))
    sandbox.require()
    inherited = {connection[f"{name}_port"]: _listen(connection, name) for name in CHANNELS}
    data = [(_inherited(json.dumps(connection).encode()), "/course/connection.json")]
    if options.fonts and Path(options.fonts).is_file():
        data.append((_inherited(Path(options.fonts).read_bytes()), f"/course/{Path(options.fonts).name}"))
    binds = [(ROOT / "backprop_lib", "/course/backprop_lib")]
    if options.checks:
        binds.append((options.checks, OWN_CHECKS))
    filter_, tell = _inherited(seccomp.program()), None
    if options.info:
        tell = os.open(options.info, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.set_inheritable(tell, True)
    command = sandbox.command(CHILD, [json.dumps(inherited)], filter_, binds, limits, data, tell)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.chdir("/")
    guard.post(os.getppid())
    os.execve(command[0], command, {})


def _listen(connection, channel):
    """A listening socket where the client will connect, as a descriptor that is inherited."""
    path = Path(f"{connection['ip']}-{connection[f'{channel}_port']}")
    if not path.is_absolute():  # to the client's folder, which need not be the kernel's
        path = Path(os.readlink(f"/proc/{os.getppid()}/cwd")) / path
    os.chdir(path.parent)  # a socket's name may have 107 characters, with its folder
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path.name)
    os.chmod(path.name, 0o600)
    listening.listen(100)
    listening.set_inheritable(True)
    return listening.detach()


def _inherited(content):
    """A descriptor from which bubblewrap will read this."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        descriptor = os.dup(file.fileno())
    os.set_inheritable(descriptor, True)
    return descriptor


if __name__ == "__main__":
    sys.exit(main())
