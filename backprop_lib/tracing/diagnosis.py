"""What is wrong with a watched backward step, in one sentence that names the nodes and numbers."""

import math
from collections import Counter

from backprop_lib.tracing.format import number, plain, same


def chain_rule(graph, initial):
    """(gradients, sizes) by the rules of the operations; None where one is not known.

    The size of a gradient is the sum of the absolute values along all paths: what rounding is to be
    compared with where paths cancel.
    """
    grads = [plain(initial[i]) or 0.0 if not inputs else 0.0 for i, inputs in enumerate(graph.parents)]
    grads[graph.root] += 1.0
    sizes = [abs(g) for g in grads]
    for child in reversed(range(len(graph.nodes))):
        for edge, parent in enumerate(graph.parents[child]):
            slope = graph.slope(child, edge)
            if slope is None or grads[child] is None or grads[parent] is None:
                grads[parent] = None
                continue
            grads[parent] += grads[child] * slope
            sizes[parent] += sizes[child] * abs(slope)
    return grads, sizes


class Diagnosis:
    """Compares steps with the chain rule."""

    def __init__(self, graph, names):
        self.graph, self.names = graph, names

    def overwrites(self, before, after, upstream, slope, was_read):
        """True if the value that was there is lost: `=` stands where `+=` should."""
        if not before or after is None:
            return False
        if upstream is not None and slope is not None:
            part = upstream * slope
            if same(after, before + part, max(abs(before), abs(part))):
                return False
            if same(after, part, upstream):
                return True
        return not was_read

    def sums_up(self, child, parent, steps):
        """True if the steps from child to parent add up to what all edges between them should."""
        edges = [k for k, p in enumerate(self.graph.parents[child]) if p == parent]
        slopes = [self.graph.slope(child, k) for k in edges]
        found = [s for s in steps if s.phase == "backward" and (s.node, s.parent) == (child, parent)]
        if None in slopes or any(s.product is None or s.upstream is None for s in found):
            return False
        return same(sum(s.product for s in found), found[0].upstream * sum(slopes), found[0].upstream)

    def warn(self, steps, writes, initial, final):
        """Put its warning on every step that has one."""
        last = {step.parent: k for k, step in enumerate(steps) if step.phase == "backward" and step.product}
        wrong = [self._mistakes(step, steps) for step in steps]
        # Numbers coincide (1 · 1, −1 · 1): of several possible mistakes the one that explains most steps
        often = Counter(kind for kinds in wrong for kind in kinds)
        visits, started = Counter(), set()
        for k, (step, write, kinds) in enumerate(zip(steps, writes, wrong, strict=True)):
            if step.phase == "seed":
                step.warning = self._seed(write, initial)
                continue
            visits[step.node, step.edge] += 1
            visit = visits[step.node, step.edge]
            found = [
                self._overwritten(step, initial, step.parent not in started),
                self._repeated(step, visit, write)
                or self._early(step, last.get(step.node, -1) > k, steps, last, final, write),
                kinds[max(kinds, key=often.get)] if kinds else None,
            ]
            started.add(step.parent)
            step.warning = " ".join([text for text in found if text][:2]) or None

    def _seed(self, write, initial):
        loss, value = self.names.loss, plain(write.after) if write else plain(initial[-1])
        left = plain(initial[-1])
        if write and left and value == left + 1.0:
            return f"∂{loss}/∂{loss} starts from {number(left)}, left over from an earlier backward()."
        return None if value == 1.0 else f"∂{loss}/∂{loss} is 1, and here it is set to {number(value)}."

    def _overwritten(self, step, initial, first):
        d = self.names.derivative(step.parent)
        if step.before and step.rule.partition(" ")[2].startswith("= "):
            return (f"{d}: overwrote {number(step.before)} with {number(step.after)}: "
                    "here = stands where += should.")  # fmt: skip
        left = plain(initial[step.parent])
        if first and left and step.before == left and self.graph.parents[step.parent]:
            return (
                f"{d} starts from {number(left)}, left over from an earlier backward(): it must start from 0."
            )
        return None

    def _repeated(self, step, visit, write):
        if visit == 1 or write.path:
            return None
        child, parent = self.names.n[step.node], self.names.n[step.parent]
        again = f"The edge from {child} to {parent} is handled again (time {visit})"
        return f"{again}, so its part counts {visit} times."

    def _early(self, step, more_to_come, steps, last, final, write):
        if not more_to_come or step.upstream is None or write.path:
            return None
        after = plain(final[step.node])
        if same(step.upstream, after, after or 0.0):
            return None
        late, d = steps[last[step.node]], self.names.derivative(step.node)
        return (f"Wrong order: {d} = {number(step.upstream)} is used before it is complete; "
                f"{self.names.n[late.node]} adds to it later.")  # fmt: skip

    def _mistakes(self, step, steps):
        """What may have gone wrong with the product of a step, {kind: sentence}; empty if nothing did."""
        if step.phase != "backward" or None in (step.upstream, step.product):
            return {}
        slope, upstream, product = self.graph.slope(step.node, step.edge), step.upstream, step.product
        if slope is None or not math.isfinite(upstream) or same(product, upstream * slope, upstream):
            return {}
        if self.sums_up(step.node, step.parent, steps):
            return {}
        d, added = self.names.derivative(step.node), number(product)
        right = f"{number(upstream, parens=True)} × {number(slope, parens=True)}"
        instead = f"added {added} instead of {right} = {number(upstream * slope)}"
        others = [self.graph.slope(step.node, k) for k in range(len(self.graph.parents[step.node]))]
        found = {}
        if same(product, slope):
            found["upstream"] = f"The upstream gradient {d} = {number(upstream)} is missing: {instead}."
        if any(other is not None and same(product, upstream * other, upstream) for other in others):
            found["other"] = f"This is the local derivative of the other input: {instead}."
        if same(product, -upstream * slope):
            found["sign"] = f"Wrong sign: {instead}."
        if same(product, upstream):
            found["local"] = f"The local derivative is missing: {instead}."
        if same(product, upstream + slope):
            found["sum"] = f"Upstream and local derivative are added, not multiplied: {instead}."
        return found or {"value": f"Wrong local derivative: {instead}."}
