"""nbgrader's `Execute`, one cell at a time, with a sandboxed kernel and with limits on what it receives."""

import asyncio
import logging
import signal
import subprocess
from contextlib import suppress

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionComplete, DeadKernelError
from nbgrader.preprocessors import Execute
from traitlets import default

from . import init, kernel
from .sandbox import SandboxMissing

# A larger part of a message (bytes) ends the connection, and another begins.
MOST_MESSAGE = 4 * 2**20
MOST_WAITING = 64  # messages that were received and not yet looked at
GRACE = 2  # seconds, for a cell that was told to stop, and for output that comes after the reply
STARTUP = 60  # seconds: the machine may be busy


_LOG = logging.getLogger(__name__)  # what is worth saying is said in remarks
_LOG.propagate = False
_LOG.addHandler(logging.NullHandler())


def _limited_context():
    context = zmq.asyncio.Context()
    context.maxmsgsize, context.rcvhwm = MOST_MESSAGE, MOST_WAITING
    return context


class Channels(AsyncKernelClient):
    """The sockets to a kernel, with limits on what they receive."""

    @default("context")
    def _own_context(self):
        self._created_context = True
        return _limited_context()


class Manager(AsyncKernelManager):
    """Starts the kernel, and has a socket to it with the same limits."""

    @default("context")
    def _own_context(self):
        self._created_context = True
        return _limited_context()

    @default("client_factory")
    def _own_clients(self):
        return Channels


class Client(Execute):
    """Runs cells in a kernel of its own. `outputs`: where the next cell's outputs go (`safe.Outputs`)."""

    def __init__(self, notebook, folder, limits, watch, checks=None):
        super().__init__()
        self.nb, self.log = notebook, _LOG
        self.timeout_func = lambda cell: self.seconds
        self.iopub_timeout, self.startup_timeout = GRACE, STARTUP
        self.raise_on_iopub_timeout, self.record_timing = False, False
        self.shutdown_kernel = "immediate"
        self.seconds, self.outputs, self.watch = STARTUP, None, watch
        self.stopped = self.idle = False
        self.folder, self.limits, self.first = folder, limits, None
        kernel.install(folder, limits, checks, self.info)

    @property
    def info(self):
        """The file in which bubblewrap tells of its first process."""
        return self.folder / "info.json"

    def kill(self):
        """End the kernel and all that it started, now. Any thread may call it."""
        self.process.kill()
        if self.first is not None:
            self.first.kill()

    async def begin(self):
        """Start the kernel. Raises SandboxMissing if it does not."""
        self.km = Manager(
            kernel_name=kernel.NAME,
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(self.folder / "kernels")]),
            transport="ipc",
            log=_LOG,
            connection_file=str(self.folder / "k.json"),
        )
        said = self.folder / "said"
        with open(said, "wb") as file:
            try:
                await self.async_start_new_kernel(stdout=subprocess.DEVNULL, stderr=file)
                self.process = self.km.provisioner.process
                self.watch.kill = self.kill
                await self.async_start_new_kernel_client()  # from now on bubblewrap has told
                self.first = init.of(self.info.read_bytes(), self.limits)
            except Exception as error:
                why = said.read_bytes()[-2000:].decode("utf-8", "replace").strip() or error
                raise SandboxMissing(f"The sandboxed kernel did not start: {why}") from error

    async def end(self):
        """End the kernel and all that it started."""
        self.watch.kill = None
        if self.km is not None:
            with suppress(Exception):  # of a kernel that is gone, or half started
                await self._async_cleanup_kernel()
        if self.first is not None:
            self.first.close()

    async def run_cell(self, cell, index, seconds):
        """Run a cell: "done"; "stopped" after its time; "stubborn": it was told to stop and did not;
        "unheard": it ended, but the end of its output did not arrive.

        Raises DeadKernelError, and anything else for a message that is none. Then the kernel must be ended.
        """
        self.seconds, self.stopped, self.idle = seconds, False, False
        self.watch.until(seconds + 3 * GRACE)
        try:
            await self.async_execute_cell(cell, index)
        finally:
            self.watch.until(None)
            cell.metadata.pop("execution", None)
        if self.stopped:
            return "stopped" if self.idle else "stubborn"
        return "done" if self.idle or not cell.source.strip() else "unheard"

    def how_it_died(self):
        """ "killed" or "exit", by the exit code of the sandbox."""
        code = self.process.poll()
        return "killed" if code in (-signal.SIGKILL, 128 + signal.SIGKILL) else "exit"

    def on_cell_executed(self, cell, cell_index, execute_reply):
        """As nbgrader has it: an error that the reply has and the output has not is an error all the same."""
        content = execute_reply["content"]
        if content["status"] == "error" and not self.stopped and not self.outputs.failed:
            self.outputs.take("error", content)

    async def _async_handle_timeout(self, timeout, cell=None):
        self.stopped = True
        return await super()._async_handle_timeout(timeout, cell)

    async def _async_poll_kernel_alive(self):
        while self.process.poll() is None:
            await asyncio.sleep(0.1)
        self.task_poll_for_reply.cancel()

    async def _async_check_alive(self):
        if self.process.poll() is not None:
            raise DeadKernelError("Kernel died")

    def process_message(self, msg, cell, cell_index):
        """Take a message of the kernel, which may be anything. Widgets and other channels are not served."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "status" and content.get("execution_state") == "idle":
            self.idle = True
            raise CellExecutionComplete()
        if kind == "clear_output":
            self.outputs.clear()
        else:
            self.outputs.take(kind, content)
