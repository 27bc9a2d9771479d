"""The diagnoses that every exercise has, in words."""

import re
from typing import NamedTuple

from .formatting import short

_GENERAL = {
    "wrong": "The result is not right.",
    "no-return": "Your function returns None. Is a `return` missing?",
    "missing": "A part is missing.",
    "mutated-input": "The result is right, but your code changes its input. Work on a copy.",
    "not-finite": "Your result is not finite.",
    "wrong-type": "Your result is of another type than expected.",
    "wrong-shape": "Your result has another shape than expected.",
    "incomplete": "The check ended before all cases were tried.",
}


class Diagnosis(NamedTuple):
    """A key for the machine and a sentence for the learner."""

    key: str
    text: str


def general_message(key):
    """One sentence for a general diagnosis."""
    return _GENERAL.get(key, _GENERAL["wrong"])


def describe_failure(failure):
    """What went wrong in a run that gave no result: a `Diagnosis`."""
    where = f" in line {failure.number}: `{failure.line}`" if failure.line else ""
    if failure.number and not failure.line:
        where = f" in line {failure.number}"
    seconds = f"{failure.message} second{'s' * (failure.message != '1')}"
    what = f"{failure.type}: {short(failure.message)}" if failure.message else failure.type
    if failure.kind == "raised" and (misfit := _misfit(failure)):
        key, text = misfit
        return Diagnosis(key, f"{text[0]}{where}: {text[1]}")
    return {
        "raised": Diagnosis("error", f"Your code raised {what}{where}."),
        "recursion": Diagnosis(
            "recursion", f"Your code calls itself too deep (RecursionError){where}. Use a loop with a list."
        ),
        "exit": Diagnosis("exit", f"Your code tried to leave the program ({what}){where}."),
        "timeout": Diagnosis(
            "timeout", f"Your code was stopped after {seconds}{where}. Does a loop never end?"
        ),
        "stubborn": Diagnosis(
            "stubborn",
            f"Your code ran for more than {seconds} and could not be stopped{where}. Does it "
            "catch every exception in a loop, or sleep? Restart the kernel before you go on.",
        ),
        "arguments": Diagnosis("arguments", f"Your function cannot be called as the task says ({what})."),
        "not-callable": Diagnosis("not-callable", f"This is not what the task asks for ({what})."),
        "unreadable": Diagnosis("wrong-type", f"{_GENERAL['wrong-type']} ({what})"),
        "missing": Diagnosis("missing", f"A part is missing ({what})."),
        "blank": Diagnosis("no-return", general_message("no-return")),
        "too-large": Diagnosis("too-large", f"Your result is too large to be checked: {failure.message}."),
    }.get(failure.kind) or Diagnosis("error", f"Your code failed ({what}){where}.")


_PRODUCTS = (  # what `@` says, and what `dot` says, with the lengths (left, right) in them
    r"matmul: .* mismatch in its core dimension .*\(size (?P<right>\d+) is different from (?P<left>\d+)\)",
    r"not aligned: (?P<left>\d+) \(dim \d+\) != (?P<right>\d+) \(dim \d+\)",
)


def _misfit(failure):
    """Arrays that do not fit, in the learner's words, not numpy's: (key, (what, why)), or None."""
    if failure.type == "AxisError":
        return _no_such_axis(failure.message)
    if failure.type != "ValueError":
        return None
    for words in _PRODUCTS:
        if found := re.search(words, failure.message):
            why = f"the left one ends with the length {found['left']}, the right one begins with "
            why += f"{found['right']}. These must be equal: write down the shapes, then transpose or swap."
            return "product-does-not-fit", ("Two matrices of a product do not fit", why)
    found = re.search(r"could not be broadcast together with shapes ([(\d,) ]+)", failure.message)
    if not found:
        return None
    shapes = " and ".join(shape.replace(",", ", ").replace(", )", ",)") for shape in found[1].split())
    why = f"the shapes {shapes} cannot be stretched to one, as `+` and `*` need it, entry by entry."
    return "entries-do-not-fit", ("Arrays do not fit", why)


def _no_such_axis(message):
    found = re.search(r"axis (-?\d+) is out of bounds for array of dimension (\d+)", message)
    if not found:
        return None
    axis, n = found[1], int(found[2])
    axes = f"{n} axes, {', '.join(map(str, range(n)))}" if n > 1 else "one axis, 0" if n else "no axes"
    return "no-such-axis", (f"There is no axis {axis}", f"the array has {axes}.")
