"""The backward pass through a graph of Tensors: from the result to the leaves, every edge once.

It needs of a Tensor its array `_data`, its `_parents`, one function of the upstream gradient for
each of them, `_vjps`, and its birth number: results are born after what they were computed from,
so going from the youngest to the oldest meets every result after all that depends on it.
"""

from operator import attrgetter

import numpy as np

_birth_of = attrgetter("_birth")
_TAKES_OUT = {"out": None}  # what marks a vjp `lambda g, *, out=None: …`: it can write into an array


def backpropagate(root, upstream):
    """Set or add to `grad` of all that root was computed from; upstream is dL/d(root), an array."""
    if not root._parents:
        _add_to_leaf(root, lambda g: g, upstream, root)
        return
    nodes = _newest_first(root)
    root.grad = upstream
    for node in nodes:
        g = node.grad
        for parent, vjp in zip(node._parents, node._vjps):  # noqa: B905  strict=True doubles its cost
            if not parent.requires_grad:
                continue
            if not parent._parents:
                _add_to_leaf(parent, vjp, g, node)
                continue
            gradient = _fitted(vjp(g), parent._data, node)
            # A first gradient is taken over, a second one added out of place: arrays may be shared.
            first = parent.grad is None
            parent.grad = gradient if first else np.asanyarray(parent.grad + gradient)


def _newest_first(root):
    """Every result once, children before parents, their old gradients forgotten.

    Raises RuntimeError, before any gradient of a leaf has changed, if a leaf is younger than what was
    computed from it: an optimizer's step has changed it in place, so the vjps would use new values.
    """
    root.grad = None
    found, seen = [root], {root}
    for node in found:  # grows while it is walked
        for parent in node._parents:
            if not parent._parents:
                if parent._birth > node._birth:
                    raise _out_of_date(parent, node)
            elif parent not in seen:
                parent.grad = None
                seen.add(parent)
                found.append(parent)
    found.sort(key=_birth_of, reverse=True)
    return found


def _add_to_leaf(leaf, vjp, g, node):
    """leaf.grad += vjp(g). A leaf's gradient is its own, as the user may change it in place.

    An optimizer keeps the gradients of its parameters in one buffer: `_grad_home` is this leaf's place
    in it, and the gradient is written right there.
    """
    home, first = leaf._grad_home, leaf.grad is None
    takes_out = first and home is not None and g.dtype is home.dtype
    if takes_out and getattr(vjp, "__kwdefaults__", None) == _TAKES_OUT:
        gradient = vjp(g, out=home)
    else:
        gradient = vjp(g)
    if gradient is not home:
        gradient = _fitted(gradient, leaf._data, node)
        if not first:
            gradient = np.asanyarray(leaf.grad + gradient)  # numpy's sum of two single numbers is no array
        elif home is None:
            gradient = gradient.copy()
        if home is not None:
            home[...] = gradient
            gradient = home
    leaf.grad = gradient


def _out_of_date(leaf, node):
    return RuntimeError(
        f"an optimizer's step has changed {leaf.label or 'a parameter'} since {node._op!r} was computed "
        "from it: compute the loss again before backward()"
    )


def _fitted(gradient, data, node):
    """What a vjp of node gave, as an array of the shape and type of its input's data."""
    if isinstance(gradient, np.ndarray) and gradient.dtype is data.dtype and gradient.shape == data.shape:
        return gradient
    return np.asanyarray(unbroadcast(np.asanyarray(gradient), data.shape, node._op), data.dtype)


def unbroadcast(gradient, shape, op):
    """Sum a gradient over the axes along which an input of this shape was broadcast."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    if extra < 0:
        raise ValueError(f"a vjp of {op!r} gave shape {gradient.shape} for an input of shape {shape}")
    stretched = [i for i, n in enumerate(shape, extra) if n == 1 and gradient.shape[i] != 1]
    summed = gradient.sum(axis=(*range(extra), *stretched), keepdims=True)
    if summed.shape[extra:] != shape:
        raise ValueError(f"a vjp of {op!r} gave shape {gradient.shape} for an input of shape {shape}")
    return summed.reshape(shape)
