"""Swap the classes of nodes for recording ones, and put everything back."""

import inspect
import sys
from dataclasses import dataclass

from backprop_lib.tracing.format import is_array, plain


class CannotWatch(Exception):
    """The nodes' class cannot be swapped for a recording one."""


@dataclass(slots=True)
class Storage:
    """Where a class keeps `grad`: in a slot or property, or in the instance's dictionary."""

    load: object
    store: object
    delete: object
    own: object  # as load, without the default of the class


MISSING = object()


def storage_of(cls):
    static = inspect.getattr_static(cls, "grad", None)
    if hasattr(type(static), "__set__"):

        def from_descriptor(node):
            return static.__get__(node, cls)

        return Storage(from_descriptor, static.__set__, static.__delete__, from_descriptor)

    def from_dict(node):
        values = node.__dict__
        return values["grad"] if "grad" in values or static is None else static

    return Storage(
        from_dict,
        lambda node, value: node.__dict__.__setitem__("grad", value),
        lambda node: node.__dict__.pop("grad", None),
        lambda node: node.__dict__["grad"],
    )


def load(read, node):
    """A gradient, or MISSING where the node has none. `read` is one of a Storage's functions."""
    try:
        return read(node)
    except (AttributeError, KeyError):
        return MISSING


def put_back(storage, node, value):
    if value is not MISSING:
        storage.store(node, value)
    elif load(storage.own, node) is not MISSING:
        storage.delete(node)


def recording_class(cls, watch):
    """A subclass of the same layout whose `grad` reports to the watch. Raises CannotWatch."""
    storage = storage_of(cls)

    def read(self):
        try:
            value = storage.load(self)
        except KeyError:
            raise AttributeError("grad") from None
        if watch.active:
            watch.on_read(self, value)
        return value

    def write(self, value):
        if watch.active:
            watch.on_write(self, value, sys._getframe(1))
        storage.store(self, value)

    names = {"__slots__": (), "grad": property(read, write), "__module__": cls.__module__}
    try:
        return type(cls)(cls.__name__, (cls,), names)
    except Exception as error:  # a final class, or __init_subclass__ and metaclasses that object
        raise CannotWatch(f"{cls.__name__} cannot be watched: {error}") from error


def swap(node, cls):
    try:
        node.__class__ = cls
    except TypeError as error:
        raise CannotWatch(f"{type(node).__name__} cannot be watched: {error}") from error


class _OrderedSet(set):
    """A set that is walked in the order of the trace. A plain set of nodes has the order of their
    addresses, so that the same backward pass would take another way at every run."""

    def __init__(self, items):
        super().__init__(items)
        self.order = items

    def __iter__(self):
        return iter([item for item in self.order if item in self])


def order_sets(graph):
    """Give each set of parents an order; returns what is to be put back."""
    found = []
    for node, parents in zip(graph.nodes, graph.parents, strict=True):
        inputs = [graph.nodes[k] for k in dict.fromkeys(parents)]
        for attribute in graph.parent_names:
            members = getattr(node, attribute, None)
            if len(inputs) > 1 and type(members) is set and len(members) == len(inputs):
                try:
                    object.__setattr__(node, attribute, _OrderedSet(inputs))
                except AttributeError:  # a property without a setter: the set keeps its own order
                    continue
                found.append((node, attribute, members))
    return found


# Gradients are numbers, arrays or None


def copied(value):
    return value.copy() if is_array(value) else value


def is_zero(value):
    return value is None or (not value.any() if is_array(value) else plain(value) == 0.0)


def difference(after, before):
    if is_array(after) or is_array(before):
        return after if before is None else after - before if after is not None else None
    a, b = plain(after), plain(before)
    return a if b is None or a is None else a - b
