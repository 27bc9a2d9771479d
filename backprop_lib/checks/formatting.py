"""Numbers, cases and results as short text for a report."""

from .encoding import Other

MINUS = "\u2212"
LONGEST = 160


def number(x, digits=6):
    """A number as text: `digits` significant digits, a real minus sign, no trailing zeros."""
    if type(x) is bool:
        return str(x)
    text = str(x) if type(x) is int and abs(x) < 10**12 else f"{float(x):.{digits}g}"
    return text.replace("-", MINUS)


def short(text, longest=LONGEST):
    """The text, with its middle cut out where it is too long."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]} … {text[-half:]}"


def value(x, digits=6):
    """Plain data as short text: `{a: 2, b: −3}` without braces at the top, arrays with their shape."""
    if type(x) is dict:
        return short(", ".join(f"{key} = {_inner(entry, digits)}" for key, entry in x.items()))
    return short(_inner(x, digits))


def _inner(x, digits):
    if x is ...:
        return "..."
    if type(x) in (int, float):
        return number(x, digits)
    if type(x) is str:
        return f'"{short(x)}"'
    if type(x) is list:
        return "[" + _some([_inner(entry, digits) for entry in x[:8]], len(x)) + "]"
    if type(x) is dict:
        return "{" + ", ".join(f"{key}: {_inner(entry, digits)}" for key, entry in list(x.items())[:8]) + "}"
    if type(x) is Other:
        return short(x.repr or f"a {x.type}")
    if hasattr(x, "shape"):
        return _array(x, digits)
    return repr(x)


def _array(x, digits):
    entries = _inner(x.tolist(), digits) if x.size <= 12 else "…"
    return f"{entries} (array of shape {x.shape}, {x.dtype})"


def _some(parts, total):
    return ", ".join(parts) + (f", … ({total} entries)" if total > len(parts) else "")


def noun(x):
    """What kind of thing it is, for "you returned …"."""
    names = {bool: "True or False", int: "a number", float: "a number", str: "a text", dict: "a dict"}
    if x is None:
        return "None"
    if type(x) is list:
        return f"a list of {len(x)}"
    if type(x) is Other:
        return "..." if x.type == "ellipsis" else f"{_article(x.type)} {x.type}"
    if hasattr(x, "shape"):
        return f"an array of shape {x.shape} ({x.dtype})"
    return names.get(type(x), type(x).__name__)


def _article(word):
    return "an" if word[:1].lower() in "aeiou" else "a"
