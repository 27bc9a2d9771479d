"""Run the probe of an exercise on its cases. Whatever the learner's code does, plain JSON comes out.

This is the part that runs in the sandbox of the graded run. It gives
`{"outcomes": […], "untouched": bool, "printed": str}`, one outcome a case as far as it came:
`{"value": encoded, "mutated": bool, "blank": bool}` or `{"failure": fields of Failure}`.
"""

import functools
import linecache
import sys
from dataclasses import asdict
from pathlib import Path
from types import FunctionType

from .capture import captured
from .encoding import TooLarge, decode, encode
from .exercise import Failure
from .limit import TimeUp, run_limited
from .stubs import is_untouched

_STANDARD = str(Path(functools.__file__).parent)
_NOT_THEIRS = (str(Path(__file__).parent.parent), _STANDARD, "<frozen")  # this package, Python's library


def run(exercise, answer, encoded_cases, seconds=None):
    """Probe `answer` on the encoded cases, within `seconds` for all of them."""
    untouched = is_untouched(answer)
    outcomes = []
    if answer is None or answer is ...:
        return {"outcomes": outcomes, "untouched": True, "printed": ""}
    recorded = _Recorder(answer)
    seconds = exercise.seconds if seconds is None else seconds

    def work():
        for case in encoded_cases:
            outcomes.append(_outcome(exercise, recorded, case))

    recursion_limit = sys.getrecursionlimit()
    try:
        with captured() as sink:
            ended, frame = run_limited(work, seconds)
    finally:
        sys.setrecursionlimit(recursion_limit)
    outcomes = list(outcomes)  # a stubborn worker may still append
    if ended != "done":
        line, number = _their_line(_frames_of(frame))
        message = f"{seconds:g}"
        outcomes.append({"failure": asdict(Failure("Timeout", message, ended, line, number))})
    return {"outcomes": outcomes, "untouched": untouched, "printed": sink.text()}


class _Recorder:
    """Wraps the functions of an answer so that we know whether they returned, and whether nothing."""

    def __init__(self, answer):
        self.returned = self.nothing = 0  # how often one returned, and how often None or `...`
        self.original, self.answer = answer, self._recorded(answer)

    def _recorded(self, answer):
        if type(answer) in (tuple, list):
            return type(answer)(map(self._recorded, answer))
        if type(answer) is dict:
            return {key: self._recorded(entry) for key, entry in answer.items()}
        if type(answer) is not FunctionType:
            return answer

        @functools.wraps(answer)
        def recorded(*args, **kwargs):
            result = answer(*args, **kwargs)
            self.returned += 1
            self.nothing += result is None or result is ...
            return result

        return recorded

    def gave_nothing(self):
        return 0 < self.returned == self.nothing


def _outcome(exercise, recorded, encoded_case):
    case = decode(encoded_case)
    recorded.returned = recorded.nothing = 0
    try:
        value = exercise.probe(recorded.answer, case)
        encoded = encode(value)
        mutated = not exercise.mutates and encode(case) != encoded_case
        return {"value": encoded, "mutated": mutated, "blank": recorded.gave_nothing()}
    except TimeUp:
        raise
    except TooLarge as error:
        failure = Failure("TooLarge", str(error), "too-large")
    except BaseException as error:
        failure = _describe(error, recorded, exercise.probe)
    return {"failure": asdict(failure)}


def _describe(error, recorded, probe):
    frames = _frames_of_traceback(error.__traceback__)
    line, number = _their_line([pair for pair in frames if pair[0].f_code is not probe.__code__])
    name, message = type(error).__name__[:80], _message(error)
    return Failure(name, message, _kind(error, recorded, theirs=bool(number)), line, number)


def _kind(error, recorded, theirs):
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        return "exit"
    if isinstance(error, RecursionError):
        return "recursion"
    if isinstance(error, NotImplementedError):
        return "blank"
    if theirs:
        return "raised"
    # The probe itself stumbled: over what the answer is, or over what it returned.
    if recorded.gave_nothing():
        return "blank"
    if recorded.returned:
        return "unreadable"
    if not callable(recorded.original):
        missing = isinstance(error, (LookupError, AttributeError))
        return "missing" if missing else "not-callable"
    is_function = type(recorded.original) is FunctionType
    return "arguments" if isinstance(error, TypeError) and is_function else "raised"


def _message(error):
    try:
        return str(error)[:400]
    except Exception:  # the learner's own exception class may do anything
        return ""


def _frames_of_traceback(traceback):
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames[-2000:]


def _frames_of(frame):
    frames = []
    while frame is not None and len(frames) < 2000:
        frames.append((frame, frame.f_lineno))
        frame = frame.f_back
    return frames[::-1]


def _their_line(frames):
    """The innermost line of the learner's own code: (text, number), or ("", 0)."""
    for frame, number in reversed(frames):
        file = frame.f_code.co_filename
        if not file.startswith(_NOT_THEIRS) and "site-packages" not in file:
            return linecache.getline(file, number, frame.f_globals).strip()[:200], number
    return "", 0
