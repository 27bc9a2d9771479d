"""`Flat`: many parameters in one array, so that an optimizer's step is a few operations in all,
not a few for each parameter."""

import numpy as np

from backprop_lib.tensor import Tensor, next_birth


class Flat:
    """One buffer `data` for the values of the parameters and one, `grad`, for their gradients.

    Each parameter has a home in both: from now on its array and its gradient are views into the
    buffers. parameters: leaf Tensors that require a gradient, of one dtype. Raises TypeError for
    what is no Tensor; ValueError for a result or a constant, for none at all, for one given twice
    and for unequal dtypes.
    """

    def __init__(self, parameters):
        self.parameters = _checked(_listed(parameters))
        dtype = self.parameters[0].dtype
        ends = np.cumsum([0] + [p.size for p in self.parameters]).tolist()
        self.size = ends[-1]
        self.data = np.empty(self.size, dtype)
        self.grad = np.zeros(self.size, dtype)
        self.spans = [slice(*ends[i : i + 2]) for i in range(len(self.parameters))]
        self.homes = []
        for p, span in zip(self.parameters, self.spans, strict=True):
            self.homes.append((p, self.data[span].reshape(p.shape), self.grad[span].reshape(p.shape)))
        for p, data, grad in self.homes:
            self._bring_home(p, data)
            p._grad_home = grad

    def __reduce__(self):
        # A copy of the buffers would no longer be what the copied parameters are views of.
        return Flat, (self.parameters,)

    def gather(self):
        """Bring here what the user or another optimizer has put elsewhere: `p.data = …`, `p.grad = …`.

        Returns the spans of the parameters that have a gradient; None stands for all of them.
        Raises ValueError for a gradient that has not the shape of its parameter.
        """
        if all([p.grad is grad and p._data is data for p, data, grad in self.homes]):
            return None
        strays = [(p, grad) for p, _, grad in self.homes if p.grad is not grad and p.grad is not None]
        if strays:
            self._copy_gradients(strays)
        for p, data, _ in self.homes:
            if p._data is not data:
                if not np.array_equal(data, p._data):  # a graph may still hold what is written over
                    p._birth = next_birth()
                self._bring_home(p, data)
        if all(p.grad is not None for p in self.parameters):
            return None
        return [span for p, span in zip(self.parameters, self.spans, strict=True) if p.grad is not None]

    def changing(self):
        """To be called before `data` is changed: graphs that used the old values are then out of date.

        A parameter with a gradient is born again, so that it is younger than such a graph, which
        `backward()` notices. Before, not after, so that it holds for a step that was interrupted.
        """
        birth = next_birth()
        for p in self.parameters:
            if p.grad is not None:
                p._birth = birth

    def _copy_gradients(self, strays):
        # All are copied before one is written: p.grad may be the place of another parameter.
        for (p, home), value in zip(strays, [_gradient(p) for p, _ in strays], strict=True):
            home[...] = value
            p._grad_home = home
            if getattr(p.grad, "base", None) is self.grad:
                p.grad = home

    def _bring_home(self, p, home):
        home.setflags(write=True)
        home[...] = p._data
        p._data.setflags(write=False)  # who still holds the old array must not write into the void
        p._data, p._lent = home, False  # p.data gives a copy, as for any leaf that a graph may have used


def _gradient(p):
    value = np.array(p.grad)
    if value.shape != p.shape:
        raise ValueError(f"grad of {p.label or 'a parameter'} has shape {value.shape}, its data {p.shape}")
    return value


def _listed(parameters):
    if isinstance(parameters, Tensor):
        raise TypeError("parameters must be a list of Tensors, got one Tensor: write [w] for a single one")
    try:
        return list(parameters)
    except TypeError as error:
        given = type(parameters).__name__
        model = hasattr(parameters, "parameters") or callable(parameters)
        hint = ": give model.parameters()" if model else ""
        raise TypeError(f"parameters must be a list of Tensors, got {given}{hint}") from error


def _checked(parameters):
    if not parameters:
        raise ValueError(
            "parameters is empty: give at least one, e.g. model.parameters(); a generator works only once"
        )
    for i, p in enumerate(parameters):
        if not isinstance(p, Tensor):
            raise TypeError(f"parameters[{i}] must be a Tensor, got {type(p).__name__}")
        if p._parents or not p.requires_grad:
            why = f"the result of {p._op!r}" if p._parents else "a constant, requires_grad=False"
            raise ValueError(f"parameters[{i}] must be a leaf that requires a gradient, this is {why}")
    if len(set(parameters)) < len(parameters):
        i, p = next((i, p) for i, p in enumerate(parameters) if p in set(parameters[:i]))
        name = f" {p.label}" if p.label else ""
        raise ValueError(f"parameters[{i}]{name} was given before: each parameter once")
    kinds = {str(p.dtype) for p in parameters}
    if len(kinds) > 1:
        raise ValueError(f"parameters must have one dtype, got {' and '.join(sorted(kinds))}")
    return parameters
