"""The parts of a trace, and how a step is written: the rule, the same with numbers, the result."""

from dataclasses import dataclass

from backprop_lib.tracing.arrays import array_backward, array_formula, array_forward
from backprop_lib.tracing.format import heat, is_array, jsonable, number, plain, summary


@dataclass(slots=True)
class Node:
    """One number or array of the computation. `value` and `grad` are floats, arrays or None."""

    id: int
    label: str
    kind: str  # "leaf", "const" or "op"
    op: str
    symbol: str
    parents: tuple
    value: object
    shape: tuple | None
    summary: str
    heat: dict | None
    grad: object
    grad_heat: dict | None
    formula: str
    group: str | None
    editable: bool

    def to_dict(self):
        fields = {name: getattr(self, name) for name in self.__slots__}
        shape = None if self.shape is None else list(self.shape)
        value, grad = jsonable(self.value), jsonable(self.grad)
        return {**fields, "parents": list(self.parents), "shape": shape, "value": value, "grad": grad}


@dataclass(slots=True)
class Step:
    """One thing that happens: a value is computed, the root is seeded, or a gradient grows.

    `node` is the result whose operation it belongs to; backward steps go along one edge from
    `node` to its input `parent`, which is number `edge` of the node's inputs.
    """

    phase: str  # "forward", "seed" or "backward"; the key "pass" in the dict
    node: int
    rule: str
    numbers: str
    result: str
    parent: int | None = None
    edge: int | None = None
    upstream: float | None = None
    local: float | None = None
    product: float | None = None
    before: float | None = None
    after: float | None = None
    local_rule: str = ""
    heat: dict | None = None
    warning: str | None = None

    def to_dict(self):
        out = {"pass": self.phase, "node": self.node}
        if self.phase == "backward":
            out |= {"parent": self.parent, "edge": self.edge}
        out |= {"rule": self.rule, "numbers": self.numbers, "result": self.result}
        if self.phase == "backward":
            for name in ("upstream", "local", "product", "before", "after"):
                out[name] = jsonable(getattr(self, name))
            out["local_rule"] = self.local_rule
        return {**out, "heat": self.heat, "warning": self.warning}


class Writer:
    """Writes the nodes and steps of one graph, in the names of its nodes."""

    def __init__(self, graph, names):
        self.graph = graph
        self.names = names
        numeric = [not is_array(v) for v in graph.values]
        self.scalar = [numeric[i] and all(numeric[k] for k in p) for i, p in enumerate(graph.parents)]
        self._raw = [number(v) if ok else "" for v, ok in zip(graph.values, numeric, strict=True)]
        self._signed = [f"({s})" if s.startswith("−") else s for s in self._raw]

    def node(self, i, grad, group):
        graph, names = self.graph, self.names
        value, inputs, rule = graph.values[i], graph.parents[i], graph.rules[i]
        symbol = rule.symbol if rule else array_formula(graph, names, i)[0] if inputs else ""
        kind = "op" if inputs else "const" if i in names.constants else "leaf"
        array = is_array(value)
        number_leaf = not array and not inputs and plain(value) is not None
        return Node(
            id=i, label=names.labels[i], kind=kind, op=graph.ops[i], symbol=symbol, parents=inputs,
            value=value, shape=tuple(value.shape) if array else None, summary=summary(value),
            heat=heat(value), grad=grad, grad_heat=heat(grad), formula=self.formula(i), group=group,
            editable=number_leaf,
        )  # fmt: skip

    def formula(self, i):
        """'d = a · b'; empty for leaves."""
        if not self.graph.parents[i]:
            return ""
        return f"{self.names.n[i]} = {self._right(i)}"

    def _right(self, i):
        inputs, rule = self.graph.parents[i], self.graph.rules[i]
        n, p = self.names.n, self.names.p
        if rule:
            return rule.formula.format(n=[n[k] for k in inputs], p=[p[k] for k in inputs])
        return array_formula(self.graph, self.names, i)[1]

    def forward(self, i):
        """The step that computes node i."""
        inputs, rule = self.graph.parents[i], self.graph.rules[i]
        rule_text = f"{self.names.n[i]} = {self._right(i)}"
        if not self.scalar[i]:
            return Step(
                "forward", i, rule_text, *array_forward(self.graph, i), heat=heat(self.graph.values[i])
            )
        n, p = [self._raw[k] for k in inputs], [self._signed[k] for k in inputs]
        if rule:
            numbers = rule.formula.format(n=n, p=p, y=self._raw[i]).replace("·", "×")
        else:
            numbers = f"{self.graph.ops[i] or 'f'}({', '.join(n)})"
        step = Step("forward", i, rule_text, numbers, f"= {self._raw[i]}")
        if i in self.graph.stale:
            now = number(rule.compute([self.graph.values[k] for k in inputs]))
            step.warning = (
                f"With the values that its inputs have now this is {now}, "
                f"but {self.names.n[i]} holds {self._raw[i]}."
            )
        return step

    def stale_note(self, i):
        return (f"{self.formula(i)} does not hold. Was a value changed after the forward pass? Or is the "
                "operation's name not what it computes?")  # fmt: skip

    def seed(self, value=1.0):
        root = self.graph.root
        return Step("seed", root, self.names.derivative(root), "", f"= {number(value)}")

    def backward(self, child, edge, upstream, local, before, after, *, product=None, overwrites=False):
        """The step along one edge on numbers: parent.grad += upstream · local."""
        parent = self.graph.parents[child][edge]
        d = self.names.derivative
        sign = "=" if overwrites else "+="
        rule = f"{d(parent)} {sign} {d(child)} · {self._partial(child, parent)}"
        if product is None:
            product = upstream * local
        start = "" if overwrites else f"{number(before or 0.0)} + "
        known = upstream is not None and local is not None
        factors = (
            f"{number(upstream, parens=True)} × {number(local, parens=True)}"
            if known
            else number(product, parens=bool(start))
        )
        return Step(
            "backward", child, rule, start + factors, f"= {number(after)}", parent, edge, upstream, local,
            product, before, after, self.local_rule(child, edge),
        )  # fmt: skip

    def backward_arrays(self, child, edge, contribution, before, after):
        """The step along one edge where arrays are involved: a vector-Jacobian product."""
        parent = self.graph.parents[child][edge]
        rule, numbers, local_rule = array_backward(self.graph, self.names, child, edge)
        shown = summary(after) or number(after)
        return Step(
            "backward", child, rule, numbers, f"= {shown}", parent, edge, product=plain(contribution),
            before=plain(before), after=plain(after), local_rule=local_rule, heat=heat(contribution),
        )  # fmt: skip

    def local_rule(self, child, edge):
        """'∂d/∂a = b'; empty where the operation is not known."""
        inputs, rule = self.graph.parents[child], self.graph.rules[child]
        if not rule:
            return ""
        n, p = self.names.n, self.names.p
        slope = rule.slopes[edge].format(n=[n[k] for k in inputs], p=[p[k] for k in inputs], y=n[child])
        which = f", as input {edge + 1} of {len(inputs)}" if inputs.count(inputs[edge]) > 1 else ""
        return f"{self._partial(child, inputs[edge])} = {slope}{which}"

    def _partial(self, child, parent):
        return f"∂{self.names.n[child]}/∂{self.names.p[parent]}"
