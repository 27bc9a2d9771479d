"""Typical wrong sums over paths for 02.sum_over_paths: what each of them gives for a case."""

from .comparing import compare
from .graphs02 import paths


def is_one_of(simulate):
    """`when` of a mistake that is made in several ways: the result is one that `simulate(case)` lists."""
    return lambda case, result: any(compare(guess, result) is None for guess in simulate(case))


def direct_edges(case):
    """The edges straight from start to end, with and without the empty path."""
    edges = sum(d for parent, d in case["graph"][case["end"]] if parent == case["start"])
    return [edges, 1.0 if case["start"] == case["end"] else edges]


def added_edges(case):
    """Local derivatives added along the paths, or at each call of a function that calls itself."""
    return [sum(map(sum, paths(case))), _added(case, case["end"], 0.0), _added(case, case["end"], 1.0)]


def _added(case, node, empty):
    if node == case["start"]:
        return empty
    return sum(d + _added(case, parent, empty) for parent, d in case["graph"][node])


def last_edge(case):
    """At each node only the last edge is followed."""
    return _one_edge(case, case["end"], -1)


def first_edge(case):
    """At each node only the first edge is followed."""
    return _one_edge(case, case["end"], 0)


def _one_edge(case, node, which):
    if node == case["start"]:
        return 1.0
    if not case["graph"][node]:
        return 0.0
    parent, d = case["graph"][node][which]
    return d * _one_edge(case, parent, which)
