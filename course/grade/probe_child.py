"""What runs in the sandbox: the student's cells, then the exercise's probe on the given cases.

Called by `marking`, through `sandbox`, as `probe_child.py DESCRIPTOR`. From stdin it reads one JSON object,
on the descriptor it writes lines of JSON: `{"started": true}`, `{"cell": i}` before each cell,
`{"stubborn": i}` for one that cannot be stopped, and at the end `{"run": …, "errors": […]}`. Nothing here is
secret and nothing here is trusted: the student's code shares this process, and the parent judges.
"""

import json
import os
import sys

FOLDER = "/course"  # where the package is
GRACE = 2.0  # seconds, between telling a cell to stop and ending the process


def main():
    descriptor = int(sys.argv[1])
    sys.argv = [""]
    task = json.loads(sys.stdin.buffer.read())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    channel = _Channel(descriptor)
    sys.path.insert(0, FOLDER)
    channel.say({"started": True})
    channel.say(_work(task, channel))
    sys.stdout.flush()
    os._exit(0)  # threads of the student's, or what they left to be done at exit, have no say any more


class _Channel:
    """The way back. On a high number, so that no slip with 1, 2 or 3 reaches it."""

    def __init__(self, descriptor):
        import fcntl

        self.descriptor = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200)
        os.close(descriptor)

    def say(self, message):
        data = memoryview(json.dumps(message, allow_nan=False).encode() + b"\n")
        while data:
            data = data[os.write(self.descriptor, data) :]


def _work(task, channel):
    import base64

    import cloudpickle
    import numpy  # noqa: F401  (before the student's code can put another one in its place)

    from backprop_lib.checks import versions
    from backprop_lib.checks.encoding import decode, encode
    from backprop_lib.checks.exercise import Exercise
    from backprop_lib.checks.running import run

    probe, library = (cloudpickle.loads(base64.b64decode(task[key])) for key in ("probe", "versions"))
    versions.LIBRARY.update(library)
    settings = {"mutates": task["mutates"], "seconds": task["seconds"]}
    exercise = Exercise(task["name"], "", cases=list, probe=probe, judge=_no_judge, **settings)
    if "data" in task:
        _alarm(task["seconds"])
        return {"run": run(exercise, _with_gaps(decode(task["data"])), task["cases"]), "errors": []}
    namespace, errors = _run_cells(task["cells"], channel)
    channel.say({"cell": None})
    _alarm(task["seconds"])
    try:
        answer = eval(compile(task["expression"], "<check>", "eval"), namespace)
    except BaseException as error:
        return {"undefined": _said(error), "errors": errors}
    if task["only_data"]:
        return {"data": encode(answer), "errors": errors}
    return {"run": run(exercise, answer, task["cases"]), "errors": errors}


def _no_judge(case, result):
    raise NotImplementedError("the judge is not here")


def _with_gaps(data):
    """The data with `...` again where it stood: it says that something was not attempted."""
    if isinstance(data, dict):
        return {key: _with_gaps(entry) for key, entry in data.items()}
    if isinstance(data, list):
        return [_with_gaps(entry) for entry in data]
    return ... if getattr(data, "type", "") == "ellipsis" else data


def _run_cells(cells, channel):
    """Run the cells one after another. A cell that fails stops no other. (namespace, errors by cell)."""
    import warnings
    from types import ModuleType

    from backprop_lib.checks.limit import run_limited

    sys.modules["__main__"] = main_module = ModuleType("__main__")
    namespace, errors = vars(main_module), []
    namespace["display"] = lambda *things, **options: None
    namespace["get_ipython"] = lambda: _Shell(namespace)
    warnings.simplefilter("ignore")
    for cell in cells:
        channel.say({"cell": cell["index"]})
        _alarm(cell["seconds"])
        try:
            ended, _ = run_limited(lambda cell=cell: _run_cell(cell, namespace), cell["seconds"])
            error = "" if ended == "done" else f"stopped after {cell['seconds']:g} seconds"
        except BaseException as raised:
            ended, error = "done", _said(raised)
        if ended == "stubborn":
            channel.say({"stubborn": cell["index"]})
            os._exit(0)
        if error:
            errors.append([cell["index"], error, ended == "timeout"])
    return namespace, errors


def _alarm(seconds):
    """End the process, by the kernel, if it is still at it well after that: a long call into C holds Python's
    lock, and then nothing in Python can stop it."""
    import signal

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)


def _run_cell(cell, namespace):
    import ast
    import linecache

    file = f"<cell {cell['index'] + 1}>"
    code = as_python(cell["source"])
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)  # for inspect.getsource
    compiled = compile(code, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    found = eval(compiled, namespace)
    if found is not None:  # the cell awaits something
        import asyncio

        asyncio.run(found)


def as_python(source):
    """The cell without what only IPython understands. A timed cell is run as it is."""
    import ast
    import re

    source = re.sub(r"\A\s*%%(time|timeit|capture|prun)\b.*", "", source)
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        source = TransformerManager().transform_cell(source)
    return source


class _Shell:
    """In place of IPython's: `%time` runs its line, every other magic does nothing."""

    def __init__(self, namespace):
        self._namespace = namespace

    def run_line_magic(self, name, line, *more):
        if name in ("time", "timeit", "prun"):
            exec(line, self._namespace)

    def __getattr__(self, name):
        return lambda *args, **options: None


def _said(error):
    try:
        return f"{type(error).__name__}: {error}"[:300].encode("utf-8", "replace").decode()
    except Exception:  # the student's own exception class may do anything
        return type(error).__name__[:80]


if __name__ == "__main__":
    main()
