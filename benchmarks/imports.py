"""Section "imports": what importing backprop_lib costs beyond numpy, each time in a fresh process."""

import os
import subprocess
import sys
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


def seconds(statement):
    """Seconds for one statement after `import numpy`, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD.format(statement=statement)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(run.stdout)


def run(clock, report):
    table = report.table("Import beyond numpy, in a fresh process")
    times = clock.sample({name: lambda s=statement: seconds(s) for name, statement in WANTED.items()}, "imports")
    report.keep("imports", times)
    for name, statement in WANTED.items():
        table.put(f"{name}: {statement}", time=Seconds(times.median(name)))
        report.goal(f"import of {name}, ms", times.median(name) * 1e3, at_most=10)
