"""A trace as it travels to the browser and as it is saved in the notebook: small, and strict JSON.

The rows of nodes and steps become columns; a column that holds nothing is left out; numbers keep
eight significant digits, more than anybody sees.
"""

import base64
from math import isfinite


def pack(trace):
    """The wire form of a trace dict; `unpack` in stepper_model.js is its inverse."""
    packed = {key: value for key, value in trace.items() if key not in ("nodes", "steps")}
    for table in ("nodes", "steps"):
        if table in trace:
            packed[table] = {"count": len(trace[table]), **_columns(trace[table])}
    return packed


def _columns(rows):
    keys = dict.fromkeys(key for row in rows for key in row)
    columns = {key: [_shorten(row.get(key)) for row in rows] for key in keys}
    return {key: column for key, column in columns.items() if any(_holds(v) for v in column)}


def _holds(value):
    return value is not None and value is not False and value != ""


def _shorten(value):
    if isinstance(value, float):
        return float(f"{value:.8g}") if isfinite(value) else repr(value)
    return _picture(value) if isinstance(value, dict) else value


def _picture(heat):
    """A heatmap as one byte a cell: 1 … 255 for -scale … scale, 0 for NaN. The eye sees no more."""
    scale = heat["scale"] if isinstance(heat["scale"], (int, float)) and heat["scale"] > 0 else 1.0
    cells = base64.b64encode(bytes(_byte(x, scale) for x in heat["data"])).decode()
    return {"rows": heat["rows"], "cols": heat["cols"], "scale": _shorten(heat["scale"]), "cells": cells}


def _byte(x, scale):
    x = float(x)  # "nan", "inf" and "-inf" are strings in a trace
    return 0 if x != x else 128 + round(127 * max(-1.0, min(1.0, x / scale)))
