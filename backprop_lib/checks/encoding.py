"""Plain data to strict JSON and back. Nothing else crosses from the learner's side to the judge.

None, bool, int, float, str, list and dict are themselves. What JSON lacks is a dict with one "$" key:
`{"$float": "nan"}`, `{"$array": …, "shape": …, "dtype": …}`, and `{"$other": "Value", "repr": …}` for
any object that is not plain data. Types are looked at, methods of foreign objects are not called
(but for `repr`, which only makes text): an object that equals everything is an "other" here.
"""

import math
import re
import sys
from dataclasses import dataclass

MOST_ENTRIES = 200_000
MOST_TEXT = 20_000
DEEPEST = 30
_DTYPE = re.compile(r"bool|(u?int|float)(8|16|32|64)|complex(64|128)")


_NAMED = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class TooLarge(ValueError):
    """A result with more entries than the judge wants to read, or nested without end."""


@dataclass(frozen=True)
class Other:
    """What the judge sees of an object that is not plain data: the name of its type and its repr."""

    type: str
    repr: str


def encode(value):
    """Plain data as JSON-able data. Raises TooLarge."""
    return _Encoder().encode(value, 0)


def decode(data):
    """The plain data that `encode` encoded. Raises ValueError for what `encode` never writes."""
    try:
        return _decode(data)
    except (LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"not encoded data: {error!r:.80}") from None


def _decode(data):
    kind = type(data)
    if data is None or kind in (bool, int, float, str):
        return data
    if kind is list:
        return [_decode(entry) for entry in data]
    if kind is not dict:
        raise ValueError(f"not encoded data: {kind.__name__}")
    if "$float" in data:
        return _NAMED[data["$float"]]
    if "$array" in data:
        return _decode_array(data)
    if "$other" in data:
        return Other(str(data["$other"]), str(data.get("repr", "")))
    return {key: _decode(entry) for key, entry in data.items()}


class _Encoder:
    def __init__(self):
        self.left = MOST_ENTRIES

    def encode(self, value, depth):
        self.left -= 1
        if self.left < 0:
            raise TooLarge(f"more than {MOST_ENTRIES:,} entries")
        if depth > DEEPEST:
            raise TooLarge(f"nested more than {DEEPEST} levels deep")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if issubclass(kind, int):
            return self.integer(value)
        if issubclass(kind, float):
            return _finite_or_named(float.__pos__(value))
        if issubclass(kind, str):
            return self.text(value)
        if issubclass(kind, list):
            return [self.encode(entry, depth + 1) for entry in list.__iter__(value)]
        if issubclass(kind, tuple):
            return [self.encode(entry, depth + 1) for entry in tuple.__iter__(value)]
        if issubclass(kind, dict):
            return self.dict(value, depth)
        return self.from_numpy(value, kind)

    def integer(self, value):
        value = int.__pos__(value)
        if value.bit_length() > 1023:  # no float is that large, and printing it could take minutes
            return {"$other": "int", "repr": f"an integer of {value.bit_length():,} bits"}
        return value

    def text(self, value):
        value = str.__getitem__(value, slice(MOST_TEXT + 1))
        if len(value) > MOST_TEXT:
            raise TooLarge(f"a text of more than {MOST_TEXT:,} characters")
        return value.encode("utf-8", "replace").decode()  # JSON has no half surrogates

    def dict(self, value, depth):
        items = list(dict.items(value))
        if any(type(key) is not str or key.startswith("$") for key, _ in items):
            return _other(value)
        return {self.text(key): self.encode(entry, depth + 1) for key, entry in items}

    def from_numpy(self, value, kind):
        numpy = sys.modules.get("numpy")  # where numpy was not imported, nothing is an array
        if numpy is None or not issubclass(kind, (numpy.ndarray, numpy.generic)):
            return _other(value)
        array = numpy.asarray(value)
        if not _DTYPE.fullmatch(array.dtype.name):
            return _other(value)
        if issubclass(kind, numpy.generic) and array.dtype.kind != "c":  # a numpy number is a number
            return self.encode(array.item(), 0)
        self.left -= array.size
        if self.left < 0:
            raise TooLarge(f"an array of {array.size:,} entries")
        entries = array.ravel()
        if array.dtype.kind == "c":
            entries = numpy.stack([entries.real, entries.imag], axis=-1).ravel()
        values = [_finite_or_named(x) if type(x) is float else x for x in entries.tolist()]
        return {"$array": values, "shape": list(array.shape), "dtype": array.dtype.name}


def _finite_or_named(x):
    if math.isfinite(x):
        return x
    return {"$float": "nan" if x != x else "inf" if x > 0 else "-inf"}


def _other(value):
    try:
        text = repr(value)
        text = str.__getitem__(text, slice(200))
    except Exception as error:  # a repr may do anything; it is only shown
        text = f"(its repr raises {type(error).__name__})"
    return {"$other": type(value).__name__[:80], "repr": text.encode("utf-8", "replace").decode()}


def _decode_array(data):
    import numpy

    if not _DTYPE.fullmatch(str(data["dtype"])):
        raise ValueError(f"no dtype for results: {data['dtype']!r:.40}")
    dtype = numpy.dtype(data["dtype"])
    values = [_decode(x) for x in data["$array"]]
    if dtype.kind == "c":
        pairs = numpy.array(values, dtype=float).reshape(-1, 2)
        flat = (pairs[:, 0] + 1j * pairs[:, 1]).astype(dtype)
    else:
        flat = numpy.array(values, dtype=dtype)
    return flat.reshape([int(n) for n in data["shape"]])
