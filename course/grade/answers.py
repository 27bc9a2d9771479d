"""Read what comes out of the sandbox. It may be anything: every size, depth and type is looked at first."""

import json
import re

from backprop_lib.checks.encoding import DEEPEST, MOST_ENTRIES, MOST_TEXT

_FAILURE = {"type": str, "message": str, "kind": str, "line": str, "number": int}
_MOST_BITS = 1023
_ODD = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")  # half a character, or NUL: no file or database holds them
_MOST = 5 * MOST_ENTRIES  # entries of one message
_MOST_LINES = 5000  # the last of them are read, and the first


class Unreadable(ValueError):
    """Not what the child writes."""


def messages(answer):
    """(the last word or None, the index of the cell that was running or None, how far it came: "", "started"
    or "stubborn", if that cell could not be stopped)."""
    last, cell, came = None, None, ""
    lines = list(filter(None, bytes(answer).split(b"\n")))
    for line in [*lines[:1], *lines[1:][-_MOST_LINES:]]:
        message = _json(line)
        if type(message) is not dict:
            continue
        if message.get("started") is True:
            came = came or "started"
        elif "cell" in message or "stubborn" in message:
            came = "stubborn" if "stubborn" in message else came
            index = message.get("cell", message.get("stubborn"))
            cell = index if type(index) is int else None
        elif "run" in message or "data" in message or "undefined" in message:
            last = _checked(message)
    return last, cell, came


def _json(line):
    if line.count(b",") > _MOST:  # before memory is spent on it
        return None
    try:
        text = line.decode("utf-8")  # json's own decoding lets halves of characters pass
        found = json.loads(text, parse_constant=_refuse)
        bounded(found)
        return _readable(found) if _ODD.search(text) else found
    except (ValueError, RecursionError, MemoryError):
        return None


def _readable(data):
    """The data with texts that any file, page and database can hold."""
    if type(data) is str:
        return data.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
    if type(data) is list:
        return [_readable(entry) for entry in data]
    if type(data) is dict:
        return {_readable(key): _readable(entry) for key, entry in data.items()}
    return data


def _refuse(name):
    raise ValueError(f"{name} is not JSON")


def bounded(data, most=_MOST):
    """Raises Unreadable for what is too deep, too many, too long. Without recursion."""
    waiting = [(data, 0)]
    while waiting:
        thing, depth = waiting.pop()
        most -= 1
        if most < 0 or depth > 2 * DEEPEST:
            raise Unreadable("too large or too deep")
        kind = type(thing)
        if kind is str and len(thing) > MOST_TEXT:
            raise Unreadable("a text that is too long")
        if kind is int and thing.bit_length() > _MOST_BITS:
            raise Unreadable("an integer that is too large")
        if kind is float and not -1.8e308 < thing < 1.8e308:
            raise Unreadable("a number that is too large")
        if kind is list:
            waiting += [(entry, depth + 1) for entry in thing]
        elif kind is dict:
            waiting += [(entry, depth + 1) for entry in thing.values()]


def _checked(message):
    errors = message.get("errors")
    fits = type(errors) is list and len(errors) <= 1000 and all(map(_is_error, errors))
    if not fits or ("undefined" in message and type(message["undefined"]) is not str):
        return None
    return message


def _is_error(entry):
    return type(entry) is list and list(map(type, entry)) == [int, str, bool]


def outcomes_of(run, cases):
    """The run as `judging.mark` wants it. Raises Unreadable."""
    if type(run) is not dict or type(run.get("outcomes")) is not list:
        raise Unreadable("there are no outcomes")
    if type(run.get("untouched")) is not bool or type(run.get("printed")) is not str:
        raise Unreadable("what it says of the run is of the wrong type")
    if len(run["outcomes"]) > cases + 1:  # one more for the case that was running when time was up
        raise Unreadable("more outcomes than cases")
    outcomes = [_outcome(outcome) for outcome in run["outcomes"]]
    return {"outcomes": outcomes, "untouched": run["untouched"], "printed": run["printed"]}


def _outcome(outcome):
    if type(outcome) is not dict:
        raise Unreadable("an outcome is not a dict")
    if "failure" in outcome:
        failure = outcome["failure"]
        if type(failure) is not dict or {key: type(entry) for key, entry in failure.items()} != _FAILURE:
            raise Unreadable("a failure of another form")
        return {"failure": {key: entry[:500] if key != "number" else entry for key, entry in failure.items()}}
    if type(outcome.get("mutated")) is not bool or type(outcome.get("blank")) is not bool:
        raise Unreadable("an outcome of another form")
    if "value" not in outcome:
        raise Unreadable("an outcome without a value")
    bounded(outcome["value"], 4 * MOST_ENTRIES)
    return {key: outcome[key] for key in ("value", "mutated", "blank")}
