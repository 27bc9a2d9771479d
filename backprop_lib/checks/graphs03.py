"""Small graphs for the exercises of notebook 03: built, differentiated independently, and done wrong.

A graph is plain data, `{"leaves": {"a": 2.0}, "ops": [["*", 0, 0], ["+", 1, 0]], "calls": 1}`: the leaves
come first, each op names two earlier nodes by number, the last node is L, and `backward()` is to be
called `calls` times. `{"chain": n, "factor": f}` stands for n multiplications by f, one after another.
"""

READS_PER_NODE = 60  # no way through a graph needs more; one visit for each path needs 2 to the power n


class TooManyVisits(Exception):
    """The learner's code has read `parents` far more often than the graph has nodes."""


class Node:
    """A node with the attributes of notebook 03's `Value`. A graph's nodes share one `budget` of reads."""

    __slots__ = ("_budget", "_parents", "data", "grad", "label", "local", "op")

    def __init__(self, data, label="", op="", parents=(), local=(), budget=None):
        self.data, self.label, self.op = data, label, op
        self._parents, self.local = parents, local
        self.grad = 0.0
        self._budget = [READS_PER_NODE] if budget is None else budget
        self._budget[0] += READS_PER_NODE

    @property
    def parents(self):
        self._budget[0] -= 1
        if self._budget[0] < 0:
            raise TooManyVisits("the same nodes are visited again and again")
        return self._parents


def build(case):
    """The nodes of a graph, in order. The last one is L."""
    case, budget = expand(case), [0]
    nodes = [Node(value, name, budget=budget) for name, value in case["leaves"].items()]
    for op, i, j in case["ops"]:
        a, b = nodes[i], nodes[j]
        data = a.data + b.data if op == "+" else a.data * b.data
        nodes.append(Node(data, "", op, (a, b), (1.0, 1.0) if op == "+" else (b.data, a.data), budget))
    nodes[-1].label = "L"
    return nodes


def expand(case):
    """A chain, written out as leaves and ops."""
    if "chain" not in case:
        return case
    ops = [["*", i and i + 1, 1] for i in range(case["chain"])]
    return {"leaves": {"x": 1.5, "": case["factor"]}, "ops": ops, "calls": 1}


def values(case, leaves=None):
    """The value of every node, for other numbers in the leaves where given (complex ones too)."""
    found = list(case["leaves"].values() if leaves is None else leaves)
    for op, i, j in case["ops"]:
        found.append(found[i] + found[j] if op == "+" else found[i] * found[j])
    return found


def gradients(case):
    """∂L/∂leaf for each leaf with a name. No backward pass: by the complex step (Squire and Trapp 1998,
    "Using complex variables to estimate derivatives of real functions", SIAM Review 40)."""
    case, h = expand(case), 1e-30
    found = {}
    for name in filter(None, case["leaves"]):
        leaves = [value + (1j * h if key == name else 0.0) for key, value in case["leaves"].items()]
        found[name] = case["calls"] * values(case, leaves)[-1].imag / h
    return found


def spoiled(case, order="right", assigns=(), resets="computed"):
    """What a backward pass with planted bugs leaves in the leaves.

    order: a name in `ORDERS`. assigns: the ops that say `=` where `+=` should stand.
    resets: which nodes each call sets to 0 first: "computed" (right), "none", "all".
    """
    case = expand(case)
    data, first = values(case), len(case["leaves"])
    parents = [()] * first + [(i, j) for _, i, j in case["ops"]]
    grad = [0.0] * len(data)
    for _ in range(case["calls"]):
        kept = {"none": len(data), "computed": first, "all": 0}[resets]
        grad = grad[:kept] + [0.0] * (len(data) - kept)
        grad[-1] = 1.0
        for node in ORDERS[order](parents):
            for place, parent in enumerate(parents[node]):
                op = case["ops"][node - first][0]
                local = 1.0 if op == "+" else data[parents[node][1 - place]]
                grad[parent] = grad[node] * local + (0.0 if op in assigns else grad[parent])
    return dict(zip(case["leaves"], grad, strict=False))


def _walk(take, mark_early):
    """The order of a search from the root that handles a node as soon as it meets it."""

    def order(parents):
        root = len(parents) - 1
        waiting, seen, found = [root], {root} if mark_early else set(), []
        while waiting:
            node = waiting.pop(take)
            if not mark_early and node in seen:
                continue
            seen.add(node)
            found.append(node)
            fresh = [p for p in dict.fromkeys(parents[node]) if p not in seen]
            if mark_early:
                seen.update(fresh)
            waiting.extend(fresh)
        return found

    return order


def _first_parent_first(parents):
    found = {}

    def visit(node):
        if node not in found:
            found[node] = True
            for parent in parents[node]:
                visit(parent)

    visit(len(parents) - 1)
    return found


ORDERS = {
    "right": lambda parents: range(len(parents) - 1, -1, -1),
    "forward": lambda parents: range(len(parents)),
    "depth-first": _first_parent_first,
    "stack": _walk(-1, mark_early=False),
    "stack, marked early": _walk(-1, mark_early=True),
    "queue": _walk(0, mark_early=False),
    "queue, marked early": _walk(0, mark_early=True),
}


def random_graph(rng, leaves=2, ops=6, symbols="+*", calls=1):
    """A random graph in which every op is used."""
    names = "abcd"[:leaves]
    numbers = [round(rng.uniform(0.4, 1.9) * rng.choice((-1, 1)), 2) for _ in names]
    case = {"leaves": dict(zip(names, numbers, strict=True)), "ops": []}
    for k in range(ops):
        newest = leaves + k - 1
        pair = [newest, rng.randrange(newest + 1)] if k else [0, rng.randrange(leaves)]
        rng.shuffle(pair)
        case["ops"].append([rng.choice(symbols), *pair])
    return case | {"calls": calls}


def doublings(n):
    """x doubled n times by h = h + h: 2 to the power n paths."""
    return {"leaves": {"x": 1.0}, "ops": [["+", i, i] for i in range(n)], "calls": 1}


def names_of_nodes(case):
    """The leaves' names, then v1, v2, … of what is computed, and L of the last."""
    computed = [f"v{k + 1}" for k in range(len(case["ops"]))]
    return [*case["leaves"], *computed[:-1], *["L"][: len(computed)]]


def describe(case):
    """The graph in words: "c = a·b, L = c + a, backward() called 2 times"."""
    if "chain" in case:
        return f"a chain of {case['chain']:,} multiplications by {case['factor']}"
    if len(case["ops"]) > 12:
        return f"h = h + h, {len(case['ops'])} times"
    names, first = names_of_nodes(case), len(case["leaves"])
    lines = [
        f"{names[first + k]} = {names[i]} {'+' if op == '+' else '·'} {names[j]}"
        for k, (op, i, j) in enumerate(case["ops"])
    ] or [f"L = {names[0]}"]
    calls = f"; backward() called {case['calls']} times" if case["calls"] > 1 else ""
    return f"{', '.join(lines)}{calls}"
