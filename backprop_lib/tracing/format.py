"""How a trace writes numbers and shrinks arrays: text for people, strict JSON for the page."""

import math

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SIDE = 16  # a heat map has at most this many rows and columns


def number(x, *, parens=False):
    """A number with four significant digits and a real minus sign: −2.363, 12345, 1.2e−5, nan.

    With `parens=True` negative numbers come in parentheses, as operands of × and + need them.
    What is not a number is written by its `repr`, cut at 20 characters.
    """
    try:
        x = float(x)
    except (TypeError, ValueError):
        return f"{x!r:.20}"
    text = _digits(abs(x))
    if x < 0 and text != "0":
        return f"(−{text})" if parens else f"−{text}"
    return text


def _digits(x):
    if 1e-4 <= x < 1e6:
        if x == int(x):
            return str(int(x))
        decimals = max(0, 3 - math.floor(math.log10(x)))
        text = f"{x:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, e, exponent = f"{x:.4g}".partition("e")  # 0, 1.2e-05, inf, nan
    return f"{mantissa}e{int(exponent)}".replace("-", "−") if e else mantissa


def superscript(n):
    """An integer as an exponent: 2 -> ², −1 -> ⁻¹."""
    return str(n).translate(_SUPERSCRIPT)


def shape_text(shape):
    """(8, 16) -> 8×16; a 0-d array is one number: 1."""
    return "×".join(map(str, shape)) or "1"


def plain(x):
    """A float if `x` is one real number, None if it is None or something else (an array, say)."""
    if type(x) is float:
        return x
    if x is None or getattr(x, "shape", ()) != ():
        return None
    try:
        return float(x)
    except (TypeError, ValueError):
        return None


def is_array(x):
    """True for what has a shape of one dimension or more (numpy is not imported to find out)."""
    return bool(getattr(x, "shape", ()))


def same(x, y, scale=0.0):
    """Equal up to rounding; NaN equals NaN, and inf equals inf of the same sign."""
    if x is None or y is None:
        return x is y
    if x == y or (x != x and y != y):
        return True
    if not (math.isfinite(x) and math.isfinite(y)):
        return False
    scale = abs(scale) if math.isfinite(scale) else 0.0
    return abs(x - y) <= 1e-6 * max(abs(x), abs(y)) + 1e-9 * min(scale, 1e9) + 1e-300


def jsonable(x):
    """A number as strict JSON has it: NaN and the infinities become strings, arrays become None."""
    x = plain(x)
    if x is None or math.isfinite(x):
        return x
    return "nan" if x != x else "inf" if x > 0 else "-inf"


def summary(array):
    """One line on an array: '8×16, mean 0.03, −1.2 … 1.4'. Empty text for a single number."""
    if not is_array(array):
        return ""
    shape = shape_text(array.shape)
    if not array.size:
        return f"{shape}, empty"
    low, high = float(array.min()), float(array.max())
    mean = float(array.mean())
    if abs(mean) < 1e-12 * max(abs(low), abs(high)):  # rounding of a sum that is 0
        mean = 0.0
    return f"{shape}, mean {number(mean)}, {number(low)} … {number(high)}"


def heat(array):
    """An array shrunk to at most 16×16 block means, for a small picture; None for a single number.

    A vector is one row; with more than two axes all but the last become rows. `scale` is the
    largest finite absolute entry of what is shown.
    """
    if not is_array(array) or not array.size:
        return None
    table = _shrink(_shrink(array.reshape(-1, array.shape[-1]).astype(float)).T).T
    entries = [float(x) for row in table.tolist() for x in row]
    scale = max((abs(x) for x in entries if math.isfinite(x)), default=0.0)
    rows, cols = table.shape
    rounded = [jsonable(float(f"{x:.4g}")) for x in entries]
    return {"rows": rows, "cols": cols, "data": rounded, "scale": float(f"{scale:.4g}")}


def _shrink(table):
    """Means over blocks of rows, so that at most 16 rows are left."""
    n = len(table)
    if n <= _SIDE:
        return table
    import numpy as np  # only here: the caller has an array, so numpy is there

    starts = np.arange(_SIDE) * n // _SIDE
    sizes = np.diff([*starts, n])
    return np.add.reduceat(table, starts, axis=0) / sizes[:, None]
