"""What the caller says about nodes: which belong to one group, which are images."""

import re


def group_marks(trace, groups):
    """{node id: group} for `groups`, a dict from a group's name to its nodes, its labels, or a
    regular expression that the labels match; or a function of a node that returns a name or None.

    Raises ValueError for a group that matches nothing, TypeError for anything else.
    """
    if groups is None:
        return {node.id: node.group for node in trace.nodes if node.group is not None}
    if callable(groups):
        named = {i: groups(node) for i, node in enumerate(trace.objects)}
        return {i: str(name) for i, name in named.items() if name is not None}
    if not isinstance(groups, dict):
        raise TypeError(f"groups must be a dict from names to nodes or labels, got {type(groups).__name__}")
    marks = {}
    for name, members in groups.items():
        found = _members(trace, members)
        if not found:
            raise ValueError(f"groups[{name!r}] matches no node of this graph")
        marks.update(dict.fromkeys(found, str(name)))
    return marks


def _members(trace, members):
    if isinstance(members, str):
        pattern = re.compile(members)
        return [node.id for node in trace.nodes if node.label and pattern.fullmatch(node.label)]
    members = list(members) if isinstance(members, (list, tuple, set)) else [members]
    labels = {m for m in members if isinstance(m, str)}
    objects = {id(m) for m in members}
    return [node.id for node, made in zip(trace.nodes, trace.objects, strict=True)
            if node.label in labels or id(made) in objects]


def image_marks(trace, images):
    """{node id: (rows, columns)} for `images`, a dict from labels to (rows, columns).

    Raises ValueError for a label that is not there or an array that has another number of entries.
    """
    marks = {}
    for label, (rows, cols) in (images or {}).items():
        found = [node for node in trace.nodes if node.label == label]
        if not found:
            raise ValueError(f"images[{label!r}] matches no label of this graph")
        for node in found:
            if node.shape is None or node.value.size != rows * cols:
                raise ValueError(f"{label} has shape {node.shape}, which is no {rows}×{cols} image")
            marks[node.id] = (rows, cols)
    return marks


def apply_marks(trace, drawn, groups, images):
    """Write the marks into the trace dict `drawn`; the heatmaps of images get their rows back."""
    for i, node in enumerate(drawn["nodes"]):
        node["group"] = groups.get(i)
    if not images:
        return
    from ..tracing.format import heat

    for i, side in images.items():
        node, source = drawn["nodes"][i], trace.nodes[i]
        node["image"] = list(side)
        node["heat"] = heat(source.value.reshape(side))
        node["grad_heat"] = None if source.grad is None else heat(source.grad.reshape(side))
    for step in drawn["steps"]:
        if step.get("parent") in images:
            step["heat"] = None  # made from the array as it was, not from the image
