"""Graphs for the tests of the stepper, small and large, and the way of an edge as the page draws it."""

import random

from backprop_lib import Scalar


def product_and_sum():
    """L = a·b + a: five nodes would be four, one of them used twice."""
    a, b = Scalar(2.0, "a"), Scalar(-3.0, "b")
    c = a * b
    c.label = "c"
    L = c + a
    L.label = "L"
    return L


def neuron():
    """The neuron of micrograd's introduction, 13 nodes."""
    values = (("x1", 2.0), ("x2", 0.0), ("w1", -3.0), ("w2", 1.0), ("b", 6.8813735870195432))
    x1, x2, w1, w2, b = (Scalar(value, name) for name, value in values)
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    L = (o - 1) ** 2
    L.label = "L"
    return L


def mlp(*sizes, seed=0):
    """(root, {"layer 1": nodes, …}) of a multilayer perceptron of Scalars on one random input."""
    rng = random.Random(seed)
    outputs, layers = [Scalar(round(rng.uniform(-1, 1), 2), f"x{i + 1}") for i in range(sizes[0])], {}
    for number, width in enumerate(sizes[1:], start=1):
        inputs, outputs, members = outputs, [], []
        for j in range(width):
            total = Scalar(0.1, f"b{number}.{j + 1}")
            members.append(total)
            for i, x in enumerate(inputs):
                w = Scalar(round(rng.uniform(-1, 1), 2), f"w{number}.{j + 1}{i + 1}")
                product = w * x
                total = total + product
                members += [w, product, total]
            outputs.append(total.tanh())
            members.append(outputs[-1])
        layers[f"layer {number}"] = members
    L = (outputs[0] - 1) ** 2
    L.label = "L"
    return L, layers


def network(*sizes):
    """(number of nodes, edges without repeats) of the same network."""
    from backprop_lib import trace

    nodes = trace(mlp(*sizes)[0]).nodes
    return len(nodes), list(dict.fromkeys((p, node.id) for node in nodes for p in node.parents))


def curve(found, sizes, edge, points=24):
    """Points along an edge as the page draws it: level inside columns, bent in the channels."""
    parent, child = edge
    column = found["layer"][parent]
    x, y = found["x"][parent] + sizes[parent][0] / 2, found["y"][parent]
    goal = (found["columns"][found["layer"][child]][0], found["y"][child])
    stops = [(found["columns"][column + i], row) for i, row in enumerate(found["routes"][edge], start=1)]
    x = found["columns"][column][1]
    for (left, right), row in [*stops, (goal[:1] * 2, goal[1])]:
        for i in range(points + 1):
            t = i / points
            yield (x + (left - x) * (1.5 * t * (1 - t) + t**3), y + (row - y) * t * t * (3 - 2 * t))
        x, y = right, row
        yield (x, y)
