"""A trace as it travels to the browser and as it is saved in the notebook: small, and strict JSON.

The rows of nodes and steps become columns; a column that holds nothing is left out; numbers keep
eight significant digits, more than anybody sees.
"""

import base64
from math import isclose, isfinite

_KNOWN_THERE = ("id", "op")  # the row's number, and what only Python asks for


def pack(trace):
    """The wire form of a trace dict; `unpack` in stepper_model.js is its inverse."""
    if "nodes" not in trace:
        return trace
    labels = [node["label"] for node in trace["nodes"]]
    steps = [_abridged(step, labels, labels[trace["root"]]) for step in trace["steps"]]
    tables = {"nodes": trace["nodes"], "steps": steps}
    return {**trace, **{name: {"count": len(rows), **_columns(rows)} for name, rows in tables.items()}}


def _abridged(step, labels, root):
    """A backward step without the chain rule's own words, where its rule is exactly these."""
    if step["pass"] != "backward":
        return step
    child, parent = labels[step["node"]], labels[step["parent"]]
    rule, local = step["rule"], step["local_rule"]
    if rule == f"∂{root}/∂{parent} += ∂{root}/∂{child} · ∂{child}/∂{parent}":
        rule = ""
    return {**step, "rule": rule, "local_rule": local.removeprefix(f"∂{child}/∂{parent} = ")}


def _columns(rows):
    keys = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in _KNOWN_THERE]
    columns = {key: [_shorten(row.get(key)) for row in rows] for key in keys}
    if all(_follows(row) for row in rows):
        columns = {key: column for key, column in columns.items() if key not in ("product", "after")}
    return {key: _pick(column) for key, column in columns.items() if any(_holds(v) for v in column)}


def _holds(value):
    return value is not None and value is not False and value != ""


def _follows(step):
    """True where the browser finds product and sum by itself: product = upstream · local, …"""
    values = [step.get(key) for key in ("upstream", "local", "product", "before", "after")]
    if not all(isinstance(v, (int, float)) for v in values):
        return all(v is None for v in values)
    upstream, local, product, before, after = values
    return isclose(product, upstream * local) and isclose(after, before + product)


def _pick(column):
    """A column of few different texts or flags: these once, and one digit a row."""
    if len(column) < 12 or not all(isinstance(v, (str, bool, int, type(None))) for v in column):
        return column
    kinds = list(dict.fromkeys(column))
    if len(kinds) > 10:
        return column
    return {"each": kinds, "pick": "".join(str(kinds.index(v)) for v in column)}


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
