"""The library's version of an exercise of notebook 05, for `use`."""

from .layers05 import right_gradients

_GIVEN = ("x", "y", "W1", "b1", "W2", "b2")

VERSIONS = {"05.two_layer_backward": lambda v: right_gradients({name: getattr(v, name) for name in _GIVEN})}
