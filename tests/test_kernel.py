"""The kernelspec `backprop-sandbox`: what a kernel cannot see and reach, and that nbgrader starts it."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from course.grade import kernel, sandbox
from course.grade.client import Client
from course.grade.first import first_marking

WORK = str(Path("/tmp", "work"))
TRIED = """
def tried(work):
    try:
        return work()
    except BaseException as error:
        return type(error).__name__
"""


def shown(*sources, limits=None, seconds=10.0):
    """What the last cell's value is, as text, after these cells in one kernel."""
    cells = [new_code_cell(source) for source in ("import json, os, sys" + TRIED, *sources)]
    first = first_marking(new_notebook(cells=cells), seconds, 60.0, limits)
    [output] = [o for o in first.notebook.cells[-1].outputs if o.output_type in ("execute_result", "error")]
    return output["data"]["text/plain"] if "data" in output else output["evalue"]


def test_nothing_of_the_machine_is_seen_or_written(tmp_path):
    """course/, the tests, the notebooks, a gradebook, home, the users; and no network."""
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("points")
    folders = [sandbox.ROOT / name for name in ("course", "tests", "notebooks", "class", ".git", "README.md")]
    places = [str(place) for place in (gradebook, *folders, Path.home() / ".ssh", Path.home() / ".bashrc")]
    places += ["/etc/passwd", "/etc/shadow", "/home", "/var", "/sys", "/course/course", "/run"]
    writable = ["/", "/course", "/course/backprop_lib/checks", "/usr", sys.prefix, str(tmp_path), "/dev"]
    found = shown(
        "import socket, backprop_lib.checks.nb05\n"
        "write = lambda folder: open(folder + '/x', 'w').write('x')\n"
        f"places, writable = {places}, {writable}\n"
        "json.dumps([[place for place in places if os.path.exists(place)],\n"
        "    [folder for folder in writable if tried(lambda: write(folder)) == 1],\n"
        "    tried(lambda: socket.create_connection(('1.1.1.1', 53), 2)),\n"
        "    tried(lambda: socket.create_connection(('127.0.0.1', 22), 2)),\n"
        "    os.getcwd(), os.listdir(), '' in sys.path or os.getcwd() in sys.path, os.getuid() != 0,\n"
        "    'CapEff:\\t0000000000000000' in open('/proc/self/status').read(),\n"
        "    sorted(name for name in os.environ if name.startswith(('PYTHON', 'JUPYTER', 'JPY')))])"
    )
    assert json.loads(found.strip("'").replace("\\\\", "\\")) == [
        *([], [], "OSError", "ConnectionRefusedError", WORK),
        *([], False, True, True, []),
    ]
    assert gradebook.read_text() == "points"


def test_no_processes_no_large_files_no_large_memory():
    """A fork bomb, a gigabyte in one file and in many, 30 GB of memory: the kernel goes on."""
    found = shown(
        "import subprocess\n"
        "def large(path, size):\n"
        "    with open(path, 'wb') as file:\n"
        "        for _ in range(size // 2**20):\n"
        "            file.write(bytes(2**20))\n"
        "def many():\n"
        "    for i in range(40):\n"
        "        large(f'/tmp/{i}', 50 * 2**20)\n"
        "[tried(os.fork), tried(lambda: subprocess.run(['/bin/true'])), tried(lambda: large('one', 2**30)),\n"
        " tried(many), tried(lambda: bytearray(30 * 2**30))]"
    )
    assert found == "['PermissionError', 'PermissionError', 'OSError', 'OSError', 'MemoryError']"


def test_files_written_beside_the_notebook_shadow_nothing():
    found = shown(
        "for name in ('numpy', 'fractions', 'ipykernel', 'sitecustomize', 'backprop_lib'):\n"
        "    open(name + '.py', 'w').write('raise SystemExit')",
        "import numpy, fractions, backprop_lib\n"
        "os.getcwd() in {os.path.dirname(m.__file__) for m in (numpy, fractions, backprop_lib)}",
    )
    assert found == "False"


@pytest.mark.parametrize("code", ["os._exit(0)", "os.kill(os.getpid(), 9)", "while True: pass", "1"])
def test_nothing_is_left_running(code):
    """All processes of a kernel have its limits on their command line."""
    limits = replace(kernel.LIMITS, memory=kernel.LIMITS.memory + 4096 * (os.getpid() % 50_000))
    running = []

    cells = [new_code_cell("import os"), new_code_cell(code)]

    class Looking(Client):
        async def run_cell(self, cell, index, seconds):
            running.append(_running(limits.memory))
            return await super().run_cell(cell, index, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course.grade.first.Client", Looking)
        first_marking(new_notebook(cells=cells), 0.5, 20.0, limits)
    assert running[0] >= 2 and _running(limits.memory) == 0


def _running(memory):
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += f'"memory": {memory},'.encode() in path.read_bytes()
        except OSError:
            continue
    return count


def test_it_ends_when_its_client_is_killed(tmp_path):
    limits = replace(kernel.LIMITS, memory=kernel.LIMITS.memory + 4096 * (os.getpid() % 50_000) + 1)
    code = (
        "import sys, os, signal\n"
        "from dataclasses import replace\n"
        "from nbformat.v4 import new_code_cell, new_notebook\n"
        "from course.grade import first, client\n"
        "from course.grade.sandbox import Limits\n"
        "class Dying(client.Client):\n"
        "    async def run_cell(self, *rest):\n"
        "        print('runs', flush=True)\n"
        "        sys.stdin.read()\n"
        "first.Client = Dying\n"
        f"first.first_marking(new_notebook(cells=[new_code_cell('1')]), limits=Limits(**{asdict(limits)}))\n"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", code],
        **dict.fromkeys(("stdin", "stdout"), subprocess.PIPE),
        cwd=sandbox.ROOT,
        env=os.environ | {"PYTHONPATH": str(sandbox.ROOT), "TMPDIR": str(tmp_path)},
    )
    with client:
        assert client.stdout.readline() == b"runs\n"
        assert _running(limits.memory) >= 2
        client.kill()
    deadline = 100
    while _running(limits.memory) and deadline:
        deadline -= 1
        subprocess.run(["sleep", "0.05"], check=True)
    assert _running(limits.memory) == 0


def nbgraders(tmp_path, monkeypatch, transport):
    """nbgrader's own Execute with an installed kernelspec and a setting of nbgrader_config.py; the client's
    folder is not the kernel's."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    kernel.install(tmp_path / "data")
    here, there = tmp_path / "client", tmp_path / "submission"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    config = Config()
    config.Execute.kernel_name = kernel.NAME
    config.Execute.startup_timeout = 60
    if transport:
        config.KernelManager.transport = transport
    notebook = new_notebook(cells=[new_code_cell("import os\nos.getcwd(), os.listdir()")])
    Execute(config=config).preprocess(notebook, {"metadata": {"path": str(there)}})
    return notebook.cells[0].outputs[0]["data"]["text/plain"]


def test_nbgrader_runs_notebooks_in_it(tmp_path, monkeypatch):
    assert nbgraders(tmp_path, monkeypatch, "ipc") == f"({WORK!r}, [])"
    assert os.listdir() == []  # the sockets are gone


def test_over_tcp_it_refuses_and_says_what_to_set(tmp_path, monkeypatch, capfd):
    with pytest.raises(RuntimeError, match="Kernel died"):
        nbgraders(tmp_path, monkeypatch, "")
    said = capfd.readouterr().err
    assert "asked for the transport 'tcp'" in said and 'c.KernelManager.transport = "ipc"' in said


def test_the_kernelspec_is_what_jupyter_expects(tmp_path):
    path = kernel.install(tmp_path)
    assert path == tmp_path / "kernels" / "backprop-sandbox" / "kernel.json"
    spec = json.loads(path.read_text())
    assert spec["interrupt_mode"] == "message" and spec["argv"][0] == sys.executable
    assert spec["argv"][1] == "-P"  # a folder `course` beside a submission is not ours


def test_without_bubblewrap_it_refuses(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    sandbox._fault.cache_clear()
    try:
        with pytest.raises(sandbox.SandboxMissing, match="sudo apt install bubblewrap"):
            first_marking(new_notebook())
        connection = {"transport": "ipc", "ip": str(tmp_path / "k")}
        file = tmp_path / "k.json"
        file.write_text(json.dumps(connection | {f"{name}_port": 1 for name in kernel.CHANNELS}))
        assert kernel.main([str(file)]) == 1
        assert "sudo apt install bubblewrap" in capsys.readouterr().err
    finally:
        sandbox._fault.cache_clear()
