"""Folding: nodes of one group drawn as one box, and a layout ready for each state of the boxes.

All layouts are made ahead, so that a box opens in the browser without a kernel. An item of a layout
is a node (its id) or a closed group (-1 for the first, -2 for the second, …).
"""

from itertools import combinations

from .layout import assign_layers, layered
from .shapes import group_size, size

EVERY_STATE = 3  # up to so many groups each combination of open boxes has a layout of its own


def group_names(nodes):
    """The groups that can be folded, in order of first appearance.

    A group of one node gains nothing. A group that data leave and come back to would make a cycle
    when drawn as one box; it stays open.
    """
    members = {}
    for node in nodes:
        if node["group"] is not None:
            members.setdefault(node["group"], []).append(node["id"])
    kept = []
    for name, ids in members.items():
        if len(ids) > 1 and _is_acyclic(nodes, [*kept, name]):
            kept.append(name)
    return kept


def _is_acyclic(nodes, names):
    items, edges = quotient(nodes, names, opened=())
    try:
        assign_layers(len(items), edges)
    except ValueError:
        return False
    return True


def layouts(nodes, names):
    """{state: layout}, a state being the open groups' indices joined by commas ("" = all closed)."""
    everything = range(len(names))
    if len(names) <= EVERY_STATE:
        states = [c for n in range(len(names) + 1) for c in combinations(everything, n)]
    else:
        states = [(), *((i,) for i in everything), tuple(everything)]
    return {",".join(map(str, state)): arrange(nodes, names, state) for state in states}


def arrange(nodes, names, opened):
    """The layout with the groups of these indices open: plain lists, ready for JSON."""
    items, edges = quotient(nodes, names, opened)
    sizes = [size(nodes[i]) if i >= 0 else group_size(names[-1 - i]) for i in items]
    found = layered(len(items), edges, [s[:3] for s in sizes])
    return {
        "items": items,
        "x": [int(x) if x == int(x) else x for x in found["x"]],
        "y": found["y"],
        "column": found["layer"],
        "columns": found["columns"],
        "edges": [[p, c, *rows] for (p, c), rows in found["routes"].items()],
        "width": found["width"],
        "height": found["height"],
    }


def quotient(nodes, names, opened):
    """What is seen when all groups but the open ones are boxes: (items, edges between their places)."""
    closed = {name: -1 - i for i, name in enumerate(names) if i not in opened}
    item_of = [closed.get(node["group"], node["id"]) for node in nodes]
    items = list(dict.fromkeys(item_of))
    place = {item: i for i, item in enumerate(items)}
    ends = [place[item] for item in item_of]
    pairs = {(ends[parent], ends[node["id"]]): None for node in nodes for parent in node["parents"]}
    return items, [pair for pair in pairs if pair[0] != pair[1]]
