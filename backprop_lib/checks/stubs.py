"""Has the learner begun? Recognise an answer that is still the stub of the notebook."""

import dis
import inspect
import re
from types import FunctionType

_STUB_LINE = re.compile(r"^\s*(\.\.\.|raise NotImplementedError(\(\))?)\s*(#.*)?$", re.MULTILINE)
_PASSIVE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "LOAD_COMMON_CONSTANT"}


def is_untouched(answer):
    """True if the answer is `...` or None, a collection of these, or code with the stub still in it.

    Code that still has the stub line may be right all the same: ask this only when nothing came back.
    """
    if answer is None or answer is ...:
        return True
    if type(answer) is dict:
        answer = list(answer.values())
    if type(answer) in (list, tuple):
        return bool(answer) and all(is_untouched(entry) for entry in answer)
    if isinstance(answer, type):
        own = [part for part in vars(answer).values() if type(part) is FunctionType]
        return not own or any(map(_is_stub, own))  # a class without a function of its own is a stub, too
    return type(answer) is FunctionType and _is_stub(answer)


def _is_stub(function):
    if all(_does_nothing(step) for step in dis.get_instructions(function)):
        return True
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):  # typed at a prompt that keeps no source
        return False
    return _STUB_LINE.search(source) is not None


def _does_nothing(step):
    """An instruction of a body that is `...`, `pass` or only a docstring."""
    is_constant = "CONST" in step.opname
    return step.opname in _PASSIVE and (not is_constant or step.argval is None or step.argval is ...)
