"""What a check says of one case: a `Wrong` result, or a `Failure` to give one."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wrong:
    """What `judge` returns for a wrong result. `diagnosis` is a key: the name of one of the exercise's
    mistakes, or "wrong". An empty `message` means the message of that mistake."""

    diagnosis: str = "wrong"
    message: str = ""
    expected: Any = None
    difference: str = ""


@dataclass(frozen=True)
class Failure:
    """A probe that gave no result. `kind` is "raised", "exit", "timeout", "recursion", "arguments", …;
    for an exception `type` is the name of its class. Mistakes see this in place of a result."""

    type: str
    message: str = ""
    kind: str = "raised"
    line: str = ""
    number: int = 0
