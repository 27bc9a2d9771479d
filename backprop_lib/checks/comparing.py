"""Compare a result with the expected one: types, shapes, then numbers with a tolerance."""

from dataclasses import dataclass
from math import inf, isfinite

from .encoding import Other
from .formatting import noun, number
from .messages import general_message
from .outcomes import Wrong

_NUMBERS = (int, float)  # by exact type: a bool is not a number


@dataclass(frozen=True)
class Difference:
    """Where and how a result differs. `kind` is a diagnosis, `text` one sentence."""

    kind: str
    text: str
    size: float = inf


def compare(expected, got, rtol=1e-9, atol=1e-12):
    """None if `got` agrees with `expected`, else a `Difference`.

    Numbers agree if |got − expected| ≤ atol + rtol·scale, where scale is the largest entry of
    the list of numbers or array that they stand in (or |expected| for a number alone).
    """
    return _compare(expected, got, "", rtol, atol, 0.0)


def judge_by_reference(exercise):
    """The judge of an exercise that has a reference."""
    reference = _once_a_case(exercise.reference)

    def judge(case, result):
        expected = reference(case)
        difference = compare(expected, result, exercise.rtol, exercise.atol)
        if difference is None:
            return None
        general = general_message(difference.kind).rstrip(".")
        message = "" if difference.kind == "wrong" else f"{general}: {difference.text}."
        return Wrong(difference.kind, message, expected, difference.text)

    return judge


def _once_a_case(reference):
    """Remember what was expected: the same case is judged again with what each mistake gives."""
    known = {}

    def remembered(case):
        entry = known.get(id(case))
        if entry is None or entry[0] is not case:
            if len(known) >= 100:
                known.clear()
            entry = known[id(case)] = (case, plain(reference(case)))
        return entry[1]

    return remembered


def plain(x):
    """The value as it looks after JSON: tuples are lists."""
    if type(x) in (list, tuple):
        return [plain(entry) for entry in x]
    return {key: plain(entry) for key, entry in x.items()} if type(x) is dict else x


def _compare(expected, got, place, rtol, atol, scale):
    if hasattr(expected, "shape") and type(expected) not in _NUMBERS:
        return _compare_arrays(expected, got, place, rtol, atol)
    if _is_number(expected):
        return _compare_numbers(expected, got, place, rtol, atol, scale)
    if type(expected) is not type(got):
        return _wrong_type(expected, got, place)
    if type(expected) is list:
        return _compareplain(expected, got, place, rtol, atol)
    if type(expected) is dict:
        return _compare_dicts(expected, got, place, rtol, atol)
    if expected != got:
        return Difference("wrong", _at(place, "it is not the same"))
    return None


def _compare_numbers(expected, got, place, rtol, atol, scale):
    if not _is_number(got):
        return _wrong_type(expected, got, place)
    if expected == got or (expected != expected and got != got):
        return None
    if isfinite(expected) and not isfinite(got):
        return Difference("not-finite", _at(place, f"it is {number(got)}"))
    if not isfinite(expected):
        return Difference("wrong", _at(place, f"it is {number(got)}, expected is {number(expected)}"))
    size = abs(got - expected)
    if size <= atol + rtol * max(scale, abs(expected)):
        return None
    return Difference("wrong", _at(place, f"off by {number(got - expected, 4)}"), size)


def _compareplain(expected, got, place, rtol, atol):
    if len(expected) != len(got):
        return Difference("wrong-shape", _at(place, f"{len(got)} entries where {len(expected)} are expected"))
    finite = [abs(x) for x in expected if _is_number(x) and isfinite(x)]
    scale = max(finite, default=0.0) if len(finite) == len(expected) else 0.0
    return _worst(
        _compare(e, g, f"{place}[{i}]", rtol, atol, scale)
        for i, (e, g) in enumerate(zip(expected, got, strict=True))
    )


def _compare_dicts(expected, got, place, rtol, atol):
    missing = [key for key in expected if key not in got]
    if missing:
        return Difference("missing", _at(place, f"{missing[0]!r} is missing"))
    extra = [key for key in got if key not in expected]
    if extra:
        return Difference("wrong-shape", _at(place, f"{extra[0]!r} is not expected"))
    return _worst(
        _compare(expected[key], got[key], f"{place}[{key}]" if place else key, rtol, atol, 0.0)
        for key in expected
    )


def _compare_arrays(expected, got, place, rtol, atol):
    import numpy as np

    if not hasattr(got, "shape"):
        return _wrong_type(expected, got, place)
    if expected.shape != got.shape:
        text = f"its shape is {got.shape}, expected is {expected.shape}"
        return Difference("wrong-shape", _at(place, text))
    if expected.dtype != got.dtype:
        text = f"its dtype is {got.dtype}, expected is {expected.dtype}"
        return Difference("wrong-type", _at(place, text))
    same = (expected == got) | ((expected != expected) & (got != got))
    if same.all():
        return None
    if np.isfinite(expected).all() and not np.isfinite(got).all():
        return Difference("not-finite", _at(place, "some entries are NaN or infinite"))
    with np.errstate(invalid="ignore"):
        size = np.where(same, 0.0, np.abs(np.subtract(got, expected, dtype=np.result_type(got, 1.0))))
    size = np.where(np.isnan(size), inf, size)
    finite = np.abs(expected[np.isfinite(expected)])
    if (size <= atol + rtol * (finite.max() if finite.size else 0.0)).all():
        return None
    worst = tuple(int(i) for i in np.unravel_index(size.argmax(), size.shape))
    off = int((size > atol).sum())
    text = (
        f"{off} of {size.size} entries differ, the largest difference is {number(size.max(), 4)} at {worst}"
    )
    return Difference("wrong", _at(place, text), float(size.max()))


def _worst(differences):
    """A wrong type or shape comes first, then the largest difference."""
    found = [difference for difference in differences if difference is not None]
    return max(found, key=lambda difference: (difference.kind != "wrong", difference.size), default=None)


def _wrong_type(expected, got, place):
    if type(got) is Other and got.type == "ellipsis":
        return Difference("missing", _at(place, "not filled in yet"))
    return Difference("wrong-type", _at(place, f"it is {noun(got)}, expected is {noun(expected)}"))


def _is_number(x):
    return type(x) in _NUMBERS


def _at(place, text):
    return f"{place}: {text}" if place else text
