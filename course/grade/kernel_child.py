"""What runs in the sandbox as the kernel: ipykernel on the sockets that the launcher made.

Called by `kernel`, through `sandbox`, as `kernel_child.py SOCKETS`: {port: descriptor} as JSON. What it cuts
of the output here is a courtesy that keeps the client's work small: the student's code shares this process
and can undo it. The client has limits of its own (safe.py).
"""

import glob
import json
import os
import shutil
import sys

FOLDER, WORK, OWN_CHECKS = "/course", "/tmp/work", "/course/own_checks"
MOST_MESSAGES, MOST_BYTES = 1000, 2_000_000  # of one cell's output
MOST_TEXT = 500_000  # characters of any text in one message


def main():
    sockets = {int(port): descriptor for port, descriptor in json.loads(sys.argv[1]).items()}
    sys.argv = [""]
    sys.path.insert(0, FOLDER)
    os.mkdir(WORK)
    os.chdir(WORK)
    os.environ.pop("MPLBACKEND", None)  # ipykernel's own: pictures in the notebook
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    if os.path.isdir(OWN_CHECKS):
        os.environ["BACKPROP_CHECKS"] = OWN_CHECKS
    _take_fonts()
    application = _application(sockets)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)  # where the launcher's error messages went: not for the student's code
    os.close(nothing)
    application.launch_instance(
        [
            *("-f", f"{FOLDER}/connection.json", "--log-level=CRITICAL"),
            *("--IPKernelApp.ignore_cwd=True", "--IPKernelApp.exec_PYTHONSTARTUP=False"),
            "--HistoryManager.hist_file=:memory:",
        ]
    )


def _take_fonts():
    for path in glob.glob(f"{FOLDER}/fontlist-*.json"):
        folder = os.path.expanduser("~/.cache/matplotlib")
        os.makedirs(folder)
        shutil.copyfile(path, os.path.join(folder, os.path.basename(path)))


def _application(sockets):
    import zmq
    from ipykernel import kernelapp
    from jupyter_client.session import Session

    def bind(socket, port):
        socket.setsockopt(zmq.USE_FD, sockets[port])
        socket.bind(f"ipc://{FOLDER}/{port}")  # a name only: the socket listens already

    class Heartbeat(kernelapp.Heartbeat):
        def _try_bind_socket(self):
            bind(self.socket, self.port)

    class Short(Session):
        """Sends of one cell's output so much and no more."""

        cell, messages, size = None, 0, 0

        def send(self, stream, msg_or_type, content=None, parent=None, ident=None, buffers=None, **more):
            message = msg_or_type
            if isinstance(message, str):
                rest = {key: more.pop(key, None) for key in ("header", "metadata")}
                message = self.msg(message, content=content, parent=parent, **rest)
            buffers = buffers or message.get("buffers", [])
            message["content"], size = _cut(message["content"])
            if not self._may_go(message, size + sum(memoryview(buffer).nbytes for buffer in buffers)):
                return message
            return super().send(stream, message, ident=ident, buffers=buffers, **more)

        def _may_go(self, message, size):
            if message["header"]["msg_type"] not in ("stream", "display_data", "update_display_data",
                                                     "clear_output", "comm_open", "comm_msg"):  # fmt: skip
                return True
            cell = message["parent_header"].get("msg_id")
            if cell != self.cell:
                self.cell, self.messages, self.size = cell, 0, 0
            if self.messages >= MOST_MESSAGES or self.size >= MOST_BYTES:
                return False
            self.messages += 1
            self.size += size
            return True

    class Kernel(kernelapp.IPKernelApp):
        def _session_default(self):
            return Short(parent=self)

        def _try_bind_socket(self, s, port):
            bind(s, port)
            return port

        def write_connection_file(self, **kwargs):
            """It is there, and read-only."""

        def cleanup_connection_file(self):
            """It is the launcher's."""

    kernelapp.Heartbeat = Heartbeat
    return Kernel


def _cut(thing, depth=4):
    """(The message's content with its texts cut, how many characters are left)."""
    if isinstance(thing, str):
        return thing[:MOST_TEXT], min(len(thing), MOST_TEXT)
    if isinstance(thing, dict) and depth:
        parts = {key: _cut(entry, depth - 1) for key, entry in thing.items()}
        return {key: part for key, (part, _) in parts.items()}, sum(size for _, size in parts.values())
    if isinstance(thing, list) and depth:
        parts = [_cut(entry, depth - 1) for entry in thing]
        return [part for part, _ in parts], sum(size for _, size in parts)
    return thing, 8


if __name__ == "__main__":
    main()
