"""The backward pass of a `Tensor` graph as steps: one vector-Jacobian product per edge."""

import numpy as np

from backprop_lib.backward import unbroadcast
from backprop_lib.tracing.format import is_array, plain


def tensor_backward(graph, names, writer, fresh):
    """(steps, gradients, notes); the Tensors themselves are left as they are."""
    nodes, root = graph.nodes, graph.nodes[-1]
    grads = [None if fresh or node._parents or node.grad is None else node.grad.copy() for node in nodes]
    if not root.requires_grad:
        note = "nothing here requires a gradient: the trace shows the forward pass only"
        return [], [None] * len(nodes), [note]
    notes = []
    if root.size != 1:
        loss = names.loss
        notes.append(
            f"the result has shape {root.shape}: the trace starts from ∂{loss}/∂{loss} = 1 for every entry, "
            f"so that {loss} stands for their sum"
        )
    _add(grads, graph.root, np.ones_like(root._data))
    steps = [writer.seed(1.0 if root.size != 1 else plain(grads[-1].reshape(())))]
    for child in reversed(range(len(nodes))):
        if grads[child] is not None:
            _through(graph, names, writer, child, grads, steps)
    return steps, [_shown(g) for g in grads], notes


def _through(graph, names, writer, child, grads, steps):
    """The steps from one result to its inputs."""
    node, upstream = graph.nodes[child], grads[child]
    for edge, vjp in enumerate(node._vjps):
        parent = graph.parents[child][edge]
        target = graph.nodes[parent]
        if not target.requires_grad:
            continue
        part = np.asarray(unbroadcast(vjp(upstream), target.shape, node._op))
        before = grads[parent]
        _add(grads, parent, part)
        after = grads[parent]
        if parent in names.constants:
            continue
        if is_array(upstream) or is_array(part) or not writer.scalar[child]:
            steps.append(writer.backward_arrays(child, edge, part, before, after))
            continue
        local = plain(np.asarray(unbroadcast(vjp(np.ones_like(upstream)), target.shape, node._op)))
        steps.append(writer.backward(child, edge, plain(upstream), local, plain(before) or 0.0, plain(after),
                                     product=plain(part)))  # fmt: skip


def _add(grads, i, part):
    grads[i] = part if grads[i] is None else grads[i] + part


def _shown(gradient):
    return gradient if gradient is None or is_array(gradient) else plain(gradient)
