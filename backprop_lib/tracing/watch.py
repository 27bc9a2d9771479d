"""Watch a backward pass that somebody else wrote: who writes which gradient, and on whose behalf.

Each node's class is swapped for a subclass whose `grad` is a property that records reads and
writes; `root.backward()` runs as it is; then classes and gradients are put back, whatever happened.
"""

import inspect
import sys
from dataclasses import dataclass

from backprop_lib.tracing.adapter import is_filled, own_function
from backprop_lib.tracing.swap import (
    copied,
    difference,
    is_zero,
    load,
    order_sets,
    put_back,
    recording_class,
    storage_of,
    swap,
)


class _Stop(BaseException):
    """Ends a backward pass that does not end by itself. Not an Exception: `except Exception` in the
    watched code must not catch it."""


@dataclass(slots=True)
class Write:
    """One assignment to a node's grad."""

    node: int
    child: int | None  # the consumer on whose behalf it was written, if it can be told
    upstream: object  # the consumer's gradient as the code saw it
    before: object
    after: object
    was_read: bool  # the old value was read since the last write, as += does
    path: bool  # the gradient came down as an argument: one visit for each path
    zeroing: bool


class Watch:
    """One run of `backward()` on a graph of foreign nodes: `writes`, final `grads`, `notes`, and
    whether it `finished`. `initial` are the gradients to start from. Raises CannotWatch."""

    def __init__(self, graph, initial):
        self.graph = graph
        self.writes = []
        self.grads = []
        self.notes = []
        self.finished = False
        self._consumers = graph.consumers()
        self._owners = _closure_owners(graph)
        self._mirror = [copied(g) for g in initial]  # the value after the last write
        self._last_read = {}  # node -> (time, value)
        self._last_write = {}  # node -> time
        self._last_part = {}  # node -> what the last write added
        self._time = 0
        self._begun = False  # True once a gradient has flowed
        self._looked = False  # True if a gradient was read since the last write
        edges = sum(map(len, graph.parents))
        self._max_writes = 50 * edges + 1000
        self._calls_left = min(1000 * (edges + len(graph.nodes)) + 100_000, 20_000_000)
        self._stopped = False
        self._top = None
        self.active = True
        self._run(initial)

    def _run(self, initial):
        nodes = self.graph.nodes
        classes = [type(node) for node in nodes]
        recording = {cls: recording_class(cls, self) for cls in set(classes)}
        stored = {cls: storage_of(cls) for cls in recording}
        found = [load(stored[cls].own, node) for cls, node in zip(classes, nodes, strict=True)]
        found_sets = order_sets(self.graph)
        try:
            for node, cls, value in zip(nodes, classes, initial, strict=True):
                stored[cls].store(node, value)
                swap(node, recording[cls])
            self._call_backward(nodes[-1])
        finally:
            self.active = False
            for node, cls, value in zip(nodes, classes, found, strict=True):
                if type(node) is not cls:
                    node.__class__ = cls
                self.grads.append(copied(load(stored[cls].load, node)))
                put_back(stored[cls], node, value)
            for node, attribute, value in found_sets:
                object.__setattr__(node, attribute, value)

    def _call_backward(self, root):
        previous = sys.getprofile()
        self._top = sys._getframe()
        if previous is None:  # a profiler that is running keeps its place; then only writes are counted
            sys.setprofile(self._count_call)
        try:
            root.backward(*_backward_arguments(root))
            self.finished = True
        except _Stop as stop:
            self.notes.append(str(stop))
        except RecursionError:
            self.notes.append(
                "your backward() went deeper than Python's recursion limit "
                f"({sys.getrecursionlimit()} calls); the steps up to there are shown"
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # exit() too: whatever the watched code does, the trace goes on
            self.notes.append(f"your backward() raised {type(error).__name__}: {error}".rstrip(": "))
        finally:
            if previous is None:
                sys.setprofile(None)
            self._top = None

    def _count_call(self, frame, event, argument):
        if event == "call":
            self._calls_left -= 1
            if self._calls_left < 0 and self._top is not None:
                self._stop("your backward() was stopped: it calls functions over and over, and does not end")

    def _stop(self, message):
        self._stopped = True
        raise _Stop(message)

    # What the recording property reports

    def on_read(self, node, value):
        if self._stopped:
            raise _Stop("your backward() was stopped")
        i = self.graph.ids.get(id(node))
        if i is not None:
            self._time += 1
            self._looked = True
            self._last_read[i] = (self._time, copied(value))

    def on_write(self, node, value, frame):
        if self._stopped:
            raise _Stop("your backward() was stopped")
        i = self.graph.ids.get(id(node))
        if i is None:
            return
        before, after = self._mirror[i], copied(value)
        written = self._last_write.get(i, 0)
        was_read = self._last_read.get(i, (0, None))[0] > written
        quiet, self._looked = not self._looked, False
        if was_read:  # the read belongs to this +=, it was not a look at an upstream gradient
            del self._last_read[i]
        zeroing = value is None or (not self._begun and quiet and is_zero(after))
        child, upstream, path = (None, None, False) if zeroing else self._attribute(i, frame)
        self._begun = self._begun or child is not None
        self._time += 1
        self._last_write[i] = self._time
        self._last_part[i] = difference(after, before)
        self._mirror[i] = after
        self.writes.append(Write(i, child, upstream, before, after, was_read, path, zeroing))
        if len(self.writes) > self._max_writes:
            self._stop("your backward() was stopped: it writes gradients over and over, "
                       f"{self._max_writes} times for {sum(map(len, self.graph.parents))} edges")  # fmt: skip

    # On whose behalf is it written?

    def _attribute(self, i, frame):
        """(child, upstream, path). The child is a consumer of node i that the writing code has in
        its hands: in a variable of the function that writes, else of one that called it."""
        consumers = self._consumers[i]
        child, depth = None, 0
        while consumers and frame is not None and frame is not self._top and depth < 8:
            owners = consumers.intersection(self._owners.get(_closure_key(frame), ()))
            child = self._choose(owners or self._in_hand(frame, consumers, depth))
            if child is not None:
                break
            frame, depth = frame.f_back, depth + 1
        if child is None:
            child, depth = self._choose([c for c in consumers if c in self._last_read]), 0
        if child is None:
            return None, None, False
        if child in self._last_read:
            return child, self._last_read[child][1], False
        return child, self._last_part.get(child) if depth else self._mirror[child], bool(depth)

    def _in_hand(self, frame, consumers, depth):
        ids, root = self.graph.ids, self.graph.root
        found = set()
        for name, value in list(frame.f_locals.items()):
            i = ids.get(id(value))
            if i not in consumers:
                continue
            # `self` of root.backward() is always there: it tells something only if it was looked at
            if i != root or name != "self" or depth or root in self._last_read:
                found.add(i)
        return found

    def _choose(self, candidates):
        """The one whose gradient was read last; of those never read the latest in the graph."""
        return max(candidates, key=lambda c: (self._last_read.get(c, (0, None))[0], c), default=None)


def _closure_owners(graph):
    """(code, captured objects) of each node's own function -> the nodes it belongs to. This tells
    whose function is running even if it does not mention its own node."""
    owners = {}
    for i, node in enumerate(graph.nodes):
        function = own_function(node)
        if function is not None and graph.parents[i]:
            cells = function.__closure__
            captured = tuple(id(cell.cell_contents) if is_filled(cell) else None for cell in cells)
            owners.setdefault((function.__code__, captured), set()).add(i)
    return owners


def _closure_key(frame):
    code = frame.f_code
    if not code.co_freevars:
        return None
    local = frame.f_locals
    return code, tuple(id(local[name]) if name in local else None for name in code.co_freevars)


def _backward_arguments(root):
    """(1.0,) for a backward() that must be given the upstream gradient, else nothing."""
    try:
        parameters = inspect.signature(root.backward).parameters.values()
    except (TypeError, ValueError):
        return ()
    needed = [p for p in parameters if p.default is p.empty
              and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]  # fmt: skip
    return (1.0,) if len(needed) == 1 else ()
