"""The layered layout: nothing overlaps, no edge runs through a node, and the same in, the same out."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lib.viz.layout import CROWD, DUMMY, assign_layers, layered
from tests.stepper_graphs import curve, network

SIZES = [(66, 15, 50), (66, 39, 54), (26, 15, 15), (140, 39, 104)]


@st.composite
def graphs(draw):
    """(count, edges, sizes) of a random directed acyclic graph with shuffled numbers."""
    count = draw(st.integers(1, 24))
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    names = draw(st.permutations(range(count)))
    found = {(names[min(p)], names[max(p)]) for p in draw(st.lists(pairs, max_size=50)) if p[0] != p[1]}
    edges = draw(st.permutations(sorted(found)))
    return count, edges, [draw(st.sampled_from(SIZES)) for _ in range(count)]


def assert_clean(count, edges, sizes, found):
    """Everything that a layout promises, computed from the picture and not from the algorithm."""
    for parent, child in edges:
        assert found["layer"][parent] < found["layer"][child]
    blocks = [block(found, sizes, i) for i in range(count)]
    for i in range(count):
        for k in range(i):
            assert not overlap(blocks[i], blocks[k]), f"nodes {k} and {i} overlap"
        left, right = found["columns"][found["layer"][i]]
        assert left - 0.1 <= blocks[i][0] and blocks[i][2] <= right + 0.1
        assert blocks[i][1] >= -0.1 and blocks[i][3] <= found["height"] + 0.1
    for edge in edges:
        for x, y in curve(found, sizes, edge):
            for i in set(range(count)) - set(edge):
                left, top, right, bottom = blocks[i]
                assert not (left < x < right and top < y < bottom), f"edge {edge} runs through node {i}"


def block(found, sizes, i):
    width, up, down = sizes[i]
    x, y = found["x"][i], found["y"][i]
    return (x - width / 2, y - up, x + width / 2, y + down)


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] - 0.1 and b[1] < a[3] - 0.1


@given(graphs())
def test_nothing_overlaps_and_no_edge_runs_through_a_node(graph):
    assert_clean(*graph, layered(*graph))


@given(graphs())
def test_the_same_graph_gives_the_same_layout(graph):
    count, edges, sizes = graph
    assert layered(*graph) == layered(count, list(edges), list(sizes))


@given(graphs())
def test_counted_crossings_are_those_of_the_picture(graph):
    found = layered(*graph)
    steps = set()
    for parent, child in graph[1]:
        rows = [found["y"][parent], *found["routes"][parent, child], found["y"][child]]
        first = found["layer"][parent]
        steps |= {(first + i, a, b) for i, (a, b) in enumerate(pairwise(rows))}
    steps = sorted(steps)
    pairs = ((s, t) for k, s in enumerate(steps) for t in steps[:k])
    crossing = sum(s[0] == t[0] and (s[1] - t[1]) * (s[2] - t[2]) < 0 for s, t in pairs)
    assert found["crossings"] == crossing


def test_a_leaf_stands_next_to_its_consumer():
    chain = [(i, i + 1) for i in range(6)]
    layer = assign_layers(9, [*chain, (7, 6), (8, 2), (8, 6)])
    assert layer[7] == layer[6] - 1
    assert layer[8] == layer[2] - 1


def test_a_tree_has_no_crossings():
    rng = random.Random(1)
    for count in (5, 40, 200):
        edges = [(child, rng.randrange(max(0, child - 9), child)) for child in range(1, count)]
        edges = [(count - 1 - a, count - 1 - b) for a, b in edges]
        assert layered(count, edges, [SIZES[0]] * count)["crossings"] == 0


@pytest.mark.parametrize(("shape", "most_crossings", "most_seconds"), [
    ((1, 1), 0, 0.5), ((2, 2, 1), 6, 0.5), ((2, 5, 1), 32, 1.0), ((3, 10, 5, 1), 420, 10.0)])  # fmt: skip
def test_networks_of_5_to_300_nodes(shape, most_crossings, most_seconds):
    count, edges = network(*shape)
    sizes = [SIZES[0]] * count
    started = time.process_time()
    found = layered(count, edges, sizes)
    assert time.process_time() - started < most_seconds
    assert_clean(count, edges, sizes, found)
    assert found["crossings"] <= most_crossings


def test_a_crowded_column_is_spread_out():
    count, edges = network(3, 10, 5, 1)
    columns = assign_layers(count, edges)
    crowd = max(columns.count(c) for c in set(columns))
    assert count > 250 and crowd < 2 * CROWD  # 50 products and 50 weights would stand side by side


def test_a_long_edge_keeps_clear_of_the_nodes_it_passes():
    count, edges = 12, [(i, i + 1) for i in range(11)] + [(0, 11)]
    found = layered(count, edges, [(66, 39, 54)] * count)
    rows = found["routes"][0, 11]
    assert len(rows) == 10
    for i, row in enumerate(rows, start=1):
        y = found["y"][i]
        assert row <= y - 39 - DUMMY[2] or row >= y + 54 + DUMMY[1]
    assert max(rows[2:-2]) - min(rows[2:-2]) < 2, "a long edge should run straight"


def test_nothing_and_one_node():
    assert layered(0, [], [])["height"] == 0
    assert layered(1, [], [(66, 15, 50)])["x"] == [33.0]


@pytest.mark.parametrize(("count", "edges", "complaint"), [
    (2, [(0, 1), (1, 0)], "cycle"), (3, [(0, 0)], "cycle"),
    (2, [(0, 5)], "outside"), (2, [(-1, 0)], "outside")])  # fmt: skip
def test_what_is_no_graph_is_refused(count, edges, complaint):
    with pytest.raises(ValueError, match=complaint):
        layered(count, edges, [SIZES[0]] * count)
