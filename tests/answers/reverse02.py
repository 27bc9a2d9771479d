"""Sources of right and wrong answers to 02.reverse_mode."""

REVERSE_BY_CHILDREN = """
def reverse_mode(graph, end):
    children = {node: [] for node in graph}
    for child, edges in graph.items():
        for parent, local in edges:
            children[parent].append((child, local))
    gradient = {}
    for node in list(graph)[::-1]:
        gradient[node] = sum(gradient[child] * local for child, local in children[node])
        if node == end:
            gradient[node] = 1.0
    return gradient
"""

REVERSE_MEMORY = """
from functools import lru_cache
def reverse_mode(graph, end):
    children = {node: [] for node in graph}
    for child in graph:
        for parent, local in graph[child]:
            children[parent] += [(child, local)]
    @lru_cache(maxsize=None)
    def gradient(node):
        return 1.0 if node == end else sum((local * gradient(child) for child, local in children[node]), 0.0)
    return {node: gradient(node) for node in reversed(list(graph))}
"""


ADD = "+= gradient[child] * local"


def reverse(seed="1.0", others="0.0", start="end", order="reversed(graph)", update=ADD):
    return f"""
def reverse_mode(graph, end):
    gradient = {{node: {others} for node in graph}}
    gradient[{start}] = {seed}
    for child in {order}:
        for parent, local in graph[child]:
            gradient[parent] {update}
    return gradient
"""


WALK = """
def reverse_mode(graph, end):
    gradient = dict.fromkeys(graph, 0.0)
    gradient[end] = 1.0
    waiting, sent = [end], set()
    while waiting:
        child = waiting.pop({take})
        if child in sent:
            continue
        {mark}
        for parent, local in graph[child]:
            gradient[parent] += gradient[child] * local
            waiting.append(parent)
    return gradient
"""

QUEUE = """
def reverse_mode(graph, end):
    gradient = {node: 0.0 for node in graph}
    gradient[end] = 1.0
    queue, seen = [end], {end}
    for child in queue:
        for parent, local in graph[child]:
            gradient[parent] += gradient[child] * local
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    return gradient
"""

DEPTH_FIRST = """
def reverse_mode(graph, end):
    gradient = dict.fromkeys(graph, 0.0)
    gradient[end] = 1.0
    sent = set()
    def send(node):
        if node in sent:
            return
        {mark}
        for parent, local in graph[node]:
            gradient[parent] += gradient[node] * local
            send(parent)
    send(end)
    return gradient
"""

EVERY_PATH = """
def reverse_mode(graph, end):
    gradient = dict.fromkeys(graph, 0.0)
    def send(node, upstream):
        gradient[node] += upstream
        for parent, local in graph[node]:
            send(parent, upstream * local)
    send(end, 1.0)
    return gradient
"""

SWEEP_A_NODE = """
def reverse_mode(graph, end):
    gradient = {}
    for start in graph:
        tangent = {}
        for node, edges in graph.items():
            tangent[node] = 1.0 if node == start else sum((tangent[p] * local for p, local in edges), 0.0)
        gradient[start] = tangent[end]
    return gradient
"""
