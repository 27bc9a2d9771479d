"""Section "imports": what importing backprop_lib costs beyond numpy, each time in a fresh process."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.tables import Seconds

ROOT = Path(__file__).resolve().parent.parent
WANTED = {
    "the package": "import backprop_lib",
    "what a notebook uses": "from backprop_lib import Tensor, nn, losses, optim",
}
CHILD = """
import time
import numpy
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""


def seconds(statement, cache):
    """Seconds for one statement after `import numpy`, in its own process. cache: a folder for bytecode."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # only the very first import compiles
    command = [sys.executable, "-c", CHILD.format(statement=statement)]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(run.stdout)


def run(clock, report):
    table = report.table("Import beyond numpy, in a fresh process")
    with tempfile.TemporaryDirectory() as cache:
        first = {name: seconds(statement, cache) for name, statement in WANTED.items()}
        turns = {name: lambda s=statement: seconds(s, cache) for name, statement in WANTED.items()}
        times = clock.sample(turns, "imports")
    report.keep("imports", times)
    for name, statement in WANTED.items():
        median = times.median(name)
        table.put(
            f"{name}: {statement}", **{"first, compiled": Seconds(first[name]), "then": Seconds(median)}
        )
        report.goal(f"import of {name}, ms", median * 1e3, at_most=10)
