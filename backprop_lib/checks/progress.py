"""Which exercises were tried and solved: a few lines in a file beside the notebooks.

The file, `progress.jsonl`, has one line a change and is only ever added to, so that two notebooks that are
open at once, a crash or a damaged line lose nothing else. It stays on this machine; delete it to begin anew.
It is written only where the course's first notebook lies (not where single assignments are marked) and never
if the environment variable BACKPROP_PROGRESS is "off". What is solved once stays solved.
"""

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .report import NOT_ATTEMPTED, RIGHT

FILE = "progress.jsonl"
_BESIDE = "00_start_here.ipynb"
SOLVED, TRIED = "solved", "tried"


@dataclass(frozen=True)
class Progress:
    """Names of exercises: `solved` were right at least once, `tried` never yet. `file` is None where
    nothing is kept."""

    solved: frozenset
    tried: frozenset
    file: Path | None


def progress_file(folder=None):
    """Where progress is kept for the notebooks in `folder` (default: where the kernel runs), or None."""
    folder = Path(folder or ".").resolve()
    if os.environ.get("BACKPROP_PROGRESS", "").lower() == "off" or not (folder / _BESIDE).is_file():
        return None
    return folder / FILE


def read_progress(folder=None):
    """The `Progress` kept in a folder. Damaged lines are passed over."""
    file = progress_file(folder)
    states = {}
    for name, state in _lines(file):
        if states.get(name) != SOLVED:
            states[name] = state
    solved = frozenset(name for name, state in states.items() if state == SOLVED)
    return Progress(solved, frozenset(states) - solved, file)


def note(report, folder=None):
    """Remember what a check found, if that is news. Never raises: a full disk must not stop a check."""
    if report.state == NOT_ATTEMPTED:
        return
    state = SOLVED if report.state == RIGHT else TRIED
    known = read_progress(folder)
    if known.file is None or report.name in known.solved or (state == TRIED and report.name in known.tried):
        return
    line = {"exercise": report.name, "state": state, "when": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        with known.file.open("a", encoding="utf-8") as file:
            if file.tell() and not known.file.read_bytes().endswith(b"\n"):
                file.write("\n")  # the last line was cut off: keep it apart from ours
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        print(f"Your progress could not be kept in {known.file.name}: {error.strerror}", file=sys.stdout)


def _lines(file):
    """(exercise, state) of every line that can be read."""
    if file is None:
        return
    try:
        text = file.read_text("utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            name, state = entry["exercise"], entry["state"]
        except (ValueError, LookupError, TypeError):
            continue
        if isinstance(name, str) and state in (SOLVED, TRIED):
            yield name, state
