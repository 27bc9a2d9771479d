"""The backward pass of a class of the learner's own: its steps, and what is wrong with them.

`watch` records what the code did; here each write becomes a step along an edge and is
compared with the chain rule. Where the final gradients are right nothing is complained about.
"""

import math

from backprop_lib.tracing.diagnosis import Diagnosis, chain_rule
from backprop_lib.tracing.format import is_array, number, plain, same
from backprop_lib.tracing.swap import CannotWatch, is_zero
from backprop_lib.tracing.watch import Watch


def foreign_backward(graph, names, writer, fresh):
    """(steps, gradients, notes) of the watched `backward()` of the root."""
    nothing = [None] * len(graph.nodes)
    if not callable(getattr(graph.nodes[-1], "backward", None)):
        kind = type(graph.nodes[-1]).__name__
        return [], nothing, [f"{kind} has no backward() method: the trace shows the forward pass only"]
    initial = _initial(graph, fresh)
    notes = []
    try:
        watch = Watch(graph, initial)
        if watch.finished and not _seeds(graph, watch) and is_zero(watch.grads[-1]):
            initial[-1] = 1.0
            watch = Watch(graph, initial)
            notes.append(f"your backward() does not set ∂{names.loss}/∂{names.loss} = 1 itself; "
                         "the trace did it before it called backward()")  # fmt: skip
    except CannotWatch as error:
        return [], nothing, [f"{error}: the trace shows the forward pass only"]
    reading = Reading(graph, names, writer, watch, initial, fresh)
    steps = reading.steps()
    return steps, reading.gradients(), notes + reading.notes


def _initial(graph, fresh):
    """The gradients to start from: those that are there, or what the class itself starts with."""
    present = [getattr(node, "grad", None) for node in graph.nodes]
    if not fresh:
        return [g.copy() if is_array(g) else g for g in present]
    if any(is_array(g) for g in present):
        return [g * 0.0 if is_array(g) else None if g is None else 0.0 for g in present]
    if None not in present and all(plain(g) != 0.0 for g in present):
        leaf = graph.nodes[0]
        try:  # after a backward pass only a new node tells how a gradient starts
            present = [type(leaf)(leaf.data).grad]
        except Exception:  # a constructor that wants more than data
            return [0.0] * len(graph.nodes)
    return [None if None in present else 0.0] * len(graph.nodes)


def _seeds(graph, watch):
    return any(write.node == graph.root and not is_zero(write.after) for write in watch.writes)


class Reading:
    """Turns the writes of a `Watch` into steps with warnings."""

    def __init__(self, graph, names, writer, watch, initial, fresh):
        self.graph, self.names, self.writer, self.watch = graph, names, writer, watch
        self.initial = initial
        self.notes = list(watch.notes)
        self.diagnosis = Diagnosis(graph, names)
        emptied = {write.node for write in watch.writes if write.zeroing}
        start = [0.0 if fresh or i in emptied else g for i, g in enumerate(initial)]
        self.expected, self._sizes = chain_rule(graph, start)
        self._seen = {}  # (child, parent) -> writes so far
        self._unexplained = False

    def gradients(self):
        grads = [plain(g) if not is_array(g) else g for g in self.watch.grads]
        touched = {write.node for write in self.watch.writes}
        return [None if i in self.names.constants and i not in touched else g for i, g in enumerate(grads)]

    def steps(self):
        steps, writes = self._read()
        wrong = self._first_wrong()
        if self.watch.finished and wrong is None:
            return self._when_right(steps, writes)
        if not self.watch.finished:
            limit = 2 * sum(map(len, self.graph.parents)) + 100
            if len(steps) > limit:
                self.notes.append(f"the first {limit} of {len(steps)} steps are shown")
            return self._with_warnings(steps, writes)[:limit]
        self.notes.append(self._wrong_note(wrong))
        if not any(step.phase == "backward" for step in steps):
            self.notes.append(
                "your backward() keeps its sums elsewhere and writes grad at the end; the steps shown are "
                "those of the chain rule"
            )
            return self._computed(wrong)
        return self._with_warnings(steps, writes) + self._missing(steps)

    # From writes to steps

    def _read(self):
        """Steps in the order of the writes, and for each the write that it came from."""
        steps, writes = [], []
        if not _seeds(self.graph, self.watch) and not is_zero(self.initial[-1]):
            steps.append(self.writer.seed(self.initial[-1]))
            writes.append(None)
        for write in self.watch.writes:
            step = self._step(write)
            if step is not None:
                steps.append(step)
                writes.append(write)
        return steps, writes

    def _step(self, write):
        if write.zeroing:
            return None
        if write.node == self.graph.root:
            return None if is_zero(write.after) or (write.node, None) in self._seen else self._seed(write)
        if write.child is None:
            self._unexplained = self._unexplained or not is_zero(write.after)
            return None
        inputs = self.graph.parents[write.child]
        edges = [k for k, parent in enumerate(inputs) if parent == write.node]
        visit = self._seen.get((write.child, write.node), 0)
        self._seen[write.child, write.node] = visit + 1
        edge = edges[visit % len(edges)]
        if any(is_array(self.graph.values[k]) for k in (write.child, write.node)):
            return self._array_step(write, edge)
        return self._number_step(write, edge)

    def _seed(self, write):
        self._seen[write.node, None] = 1
        return self.writer.seed(write.after)

    def _number_step(self, write, edge):
        slope = self.graph.slope(write.child, edge)
        before, after, upstream = plain(write.before), plain(write.after), plain(write.upstream)
        overwrites = self.diagnosis.overwrites(before, after, upstream, slope, write.was_read)
        product = after if overwrites or not before else after - before
        if self._adds_up(before, after, upstream, slope) and not overwrites:
            product = upstream * slope  # after − before has lost digits where before is large
        local = slope
        if upstream is None or slope is None or not same(product, upstream * slope, upstream):
            observable = upstream and math.isfinite(upstream) and not same(product, slope)
            local = product / upstream if observable else None
        return self.writer.backward(write.child, edge, upstream, local, before, after,
                                    product=product, overwrites=overwrites)  # fmt: skip

    def _adds_up(self, before, after, upstream, slope):
        if None in (after, upstream, slope):
            return False
        before, part = before or 0.0, upstream * slope
        return same(after, before + part, max(abs(before), abs(part)))

    def _array_step(self, write, edge):
        before, after = write.before, write.after
        overwrites = not is_zero(before) and not write.was_read
        part = after if overwrites or before is None else after - before
        return self.writer.backward_arrays(write.child, edge, part, before, after)

    # Right or wrong?

    def _first_wrong(self):
        """The first node whose gradient is not what the chain rule gives: results from the root
        down, then leaves."""
        cleared = {write.node for write in self.watch.writes if write.zeroing or is_zero(write.after)}
        for i in sorted(range(len(self.graph.nodes)), key=lambda i: (not self.graph.parents[i], -i)):
            want, got = self.expected[i], plain(self.watch.grads[i])
            inner = self.graph.parents[i]
            if want is None or not math.isfinite(want) or i in self.names.constants:
                continue
            if inner and i in cleared and is_zero(self.watch.grads[i]):
                continue  # results in between may be forgotten once they are used
            if not getattr(self.graph.nodes[i], "requires_grad", True):
                continue
            if not same(got or 0.0, want, self._sizes[i]):
                return i
        return None

    def _wrong_note(self, i):
        got, d = plain(self.watch.grads[i]), self.names.derivative(i)
        got = "is not set" if got is None else f"is {number(got)}"
        return (f"{d} {got} after your backward(); the chain rule gives {number(self.expected[i])}. "
                "From the root down this is the first gradient that is wrong.")  # fmt: skip

    def _when_right(self, steps, writes):
        """Nothing is wrong. If the writes do not read as one step per edge, the usual steps are shown."""
        if None in self.expected:  # not all of it could be judged: what can be seen is said
            return self._with_warnings(steps, writes)
        handled = {(s.node, s.edge) for s in steps if s.phase == "backward"}
        clean = not self._unexplained and not self._unvisited(handled)
        clean = clean and all(self._consistent(s, w) for s, w in zip(steps, writes, strict=True))
        if clean:
            if any(write is not None and write.path for write in writes) and self._repeats(steps):
                self.notes.append(f"your backward() walks every path on its own: {len(steps) - 1} steps "
                                  f"for {len(handled)} edges")  # fmt: skip
            return steps
        self.notes.append(
            "your backward() gets the right gradients in a way of its own; the steps shown are those of "
            "the chain rule, one per edge"
        )
        return self._computed(None)

    def _consistent(self, step, write):
        if step.phase != "backward" or step.product is None:
            return True
        slope = self.graph.slope(step.node, step.edge)
        if slope is None or step.upstream is None:
            return True
        return same(step.product, step.upstream * slope, step.upstream)

    def _repeats(self, steps):
        edges = [(step.node, step.edge) for step in steps if step.phase == "backward"]
        return len(edges) > len(set(edges))

    def _unvisited(self, handled):
        """Edges through which a gradient should have flowed and did not."""
        found = []
        for child in reversed(range(len(self.graph.nodes))):
            upstream = plain(self.watch.grads[child])
            for edge, parent in enumerate(self.graph.parents[child]):
                slope = self.graph.slope(child, edge)
                idle = not upstream or slope == 0.0 or parent in self.names.constants
                wants = getattr(self.graph.nodes[parent], "requires_grad", True)
                if (child, edge) not in handled and not idle and wants:
                    found.append((child, edge))
        return found

    def _with_warnings(self, steps, writes):
        self.diagnosis.warn(steps, writes, self.initial, self.watch.grads)
        return steps

    def _missing(self, steps):
        """A step for each edge that the backward pass left out; it adds nothing."""
        handled = {(s.node, s.edge) for s in steps if s.phase == "backward"}
        pairs = {(s.node, s.parent): s.warning for s in steps if s.phase == "backward"}
        out = []
        for child, edge in self._unvisited(handled):
            parent = self.graph.parents[child][edge]
            after = plain(self.watch.grads[parent])
            if (child, parent) in pairs and self.diagnosis.sums_up(child, parent, steps):
                continue
            step = self.writer.backward(child, edge, plain(self.watch.grads[child]),
                                        self.graph.slope(child, edge), after, after, product=0.0)  # fmt: skip
            step.numbers, step.result, step.product = "", f"= {number(after or 0.0)}, nothing is added", None
            step.warning = (
                f"The backward pass never goes from {self.names.n[child]} to {self.names.n[parent]}: "
                f"this part of {self.names.derivative(parent)} is missing."
            )
            out.append(step)
        return out

    def _computed(self, wrong):
        """One step per edge by the chain rule, for a backward pass that cannot be followed."""
        grads = [0.0] * len(self.graph.nodes)
        for i, inputs in enumerate(self.graph.parents):
            grads[i] = plain(self.initial[i]) or 0.0 if not inputs else 0.0
        grads[-1] = 1.0
        steps = [self.writer.seed()]
        for child in reversed(range(len(self.graph.nodes))):
            for edge, parent in enumerate(self.graph.parents[child]):
                slope, before = self.graph.slope(child, edge), grads[parent]
                if slope is None or parent in self.names.constants:
                    continue
                grads[parent] = before + grads[child] * slope
                steps.append(self.writer.backward(child, edge, grads[child], slope, before, grads[parent]))
        for step in reversed(steps):
            if step.phase == "backward" and step.parent == wrong:
                step.warning = self._wrong_note(wrong)
                break
        return steps
