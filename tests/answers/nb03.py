"""Right and wrong answers to the exercises of notebook 03."""

from tests.answers import Answers


def _rule(signature, body):
    return f"import math\n\ndef {signature}:\n    {body}\n"


def _mul(body):
    return _rule("mul(a, b)", body)


def _tanh(body):
    return _rule("tanh(a)", body)


def _power(body):
    return _rule("power(a, n)", body)


# The order

RECURSIVE_ORDER = """
def topological_order(root):
    order = []
    def visit(node):
        if node not in order:
            for parent in node.parents:
                visit(parent)
            order.append(node)
    visit(root)
    return order
"""

ORDER_BY_COUNTING = """
from collections import Counter

def topological_order(root):
    uses, seen, stack = Counter(), {root}, [root]
    while stack:
        for parent in stack.pop().parents:
            uses[parent] += 1
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            uses[parent] -= 1
            if uses[parent] == 0:
                ready.append(parent)
    return order[::-1]
"""

PRE_ORDER = """
def topological_order(root):
    order = []
    def visit(node):
        if node not in order:
            order.append(node)
            for parent in node.parents:
                visit(parent)
    visit(root)
    return order[::-1]
"""

ORDER_REPEATING = """
def topological_order(root):
    order = []
    def visit(node, depth):
        if depth < 12:
            for parent in node.parents:
                visit(parent, depth + 1)
        order.append(node)
    visit(root, 0)
    return order
"""

ORDER_WITHOUT_LEAVES = """
def topological_order(root):
    order, seen = [], set()
    def visit(node):
        if node not in seen and node.parents:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)
    visit(root)
    return order
"""

ORDER_OF_EVERY_PATH = """
def topological_order(root):
    order = []
    def visit(node):
        for parent in node.parents:
            visit(parent)
        if node not in order:
            order.append(node)
    visit(root)
    return order
"""


ORDER_BY_VALUE = """
def topological_order(root):
    order, seen = [], set()
    def visit(node):
        if node.data not in seen:
            seen.add(node.data)
            for parent in node.parents:
                visit(parent)
            order.append(node)
    visit(root)
    return order
"""

ORDER_KEPT = """
def topological_order(root{seen}):
    {start}
    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            out.append(node)
    visit(root)
    return out
"""


# Three bugs

ADD = """
    def __add__(self, other):
        out = type(self)(self.data + other.data, "", "+", (self, other))
        def push():
            self.grad += out.grad
            other.grad += out.grad
        out.push = push
        return out
"""

ADD_AFTERWARDS = """
    def __add__(self, other):
        out = super().__add__(other)
        def push():
            for parent in out.parents:
                parent.grad = parent.grad + out.grad
        out.push = push
        return out
"""

BACKWARD = """
    def backward(self):
        order, seen = [], set()
        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        for node in order:
            if {reset}:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            node.push()
"""

BACKWARD_BY_COUNTING = """
    def backward(self):
        uses, found = {self: 0}, [self]
        for node in found:
            for parent in node.parents:
                if parent not in uses:
                    uses[parent] = 0
                    found.append(parent)
                uses[parent] += 1
            node.grad *= not node.parents
        self.grad, ready = 1.0, [self]
        while ready:
            node = ready.pop()
            node.push()
            for parent in node.parents:
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)
"""

BACKWARD_IN_SEARCH_ORDER = """
    def backward(self):
        stack, seen, order = [self], set(), []
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                order.append(node)
                stack.extend(node.parents)
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad = 1.0
        for node in order:
            node.push()
"""

MUL_OVERWRITING = """
    def __mul__(self, other):
        out = super().__mul__(other)
        def push():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad
        out.push = push
        return out
"""

MUL_WITHOUT_UPSTREAM = """
    def __mul__(self, other):
        out = super().__mul__(other)
        def push():
            self.grad += other.data
            other.grad += self.data
        out.push = push
        return out
"""

OF_NO_USE = """
    def name(self):
        return "repaired"
"""

RIGHT_BACKWARD = BACKWARD.format(reset="node.parents")


def _repaired(*methods):
    return f"class Repaired(Number):\n    pass\n{''.join(methods)}"


REVERSED_PARENTS = (
    "L17: for parent in node.parents: visit(parent) → for parent in reversed(list(node.parents)): visit…"
)
REVERSED_ZEROS = (
    "L21: for node in order: if node.parents: node.grad = 0… → "
    "for node in reversed(list(order)): if node.parent…"
)


# A backward pass without recursion

DEEP = """
def deep_backward(root):
    nodes, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            nodes.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    for node in nodes:
        if {reset}:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local):
            parent.grad {sign} node.grad * local
"""

DEEP_BY_COUNTING = """
def deep_backward(root):
    uses, found = {root: 0}, [root]
    for node in found:
        for parent in node.parents:
            if parent not in uses:
                uses[parent] = 0
                found.append(parent)
            uses[parent] += 1
    gradient, ready = dict.fromkeys(found, 0.0), [root]
    gradient[root] = 1.0
    while ready:
        node = ready.pop()
        node.grad = gradient[node] + (0.0 if node.parents else node.grad)
        for parent, local in zip(node.parents, node.local):
            gradient[parent] += gradient[node] * local
            uses[parent] -= 1
            if uses[parent] == 0:
                ready.append(parent)
"""

DEEP_WITH_ITERATORS = """
def deep_backward(root):
    order, seen, stack = [], {root}, [(root, iter(root.parents))]
    while stack:
        node, rest = stack[-1]
        for parent in rest:
            if parent not in seen:
                seen.add(parent)
                stack.append((parent, iter(parent.parents)))
                break
        else:
            order.append(node)
            stack.pop()
    for node in order:
        node.grad = node.grad if node.local == () else 0.0
    root.grad = 1.0
    while order:
        node = order.pop()
        for parent, local in zip(node.parents, node.local):
            parent.grad += node.grad * local
"""

DEEP_RECURSIVE = """
def deep_backward(root):
    order, seen = [], set()
    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)
    visit(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local):
            parent.grad += node.grad * local
"""

SEED = "    root.grad = 1.0\n"
DEEP_ROOT_RESET = DEEP.format(reset="node.parents", sign="+=").replace(SEED, "")
DEEP_ROOT_RESET = DEEP_ROOT_RESET.replace("    nodes, seen", f"{SEED}    nodes, seen")
HALF_FINISHED = "def deep_backward(root):\n    order = []; ...\n"

DEEP_IN_SEARCH_ORDER = """
def deep_backward(root):
    order, seen, waiting = [], set(), [root]
    while waiting:
        node = waiting.pop({end})
        if node not in seen:
            seen.add(node)
            order.append(node)
            waiting.extend(node.parents)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad = 1.0
    for node in order:
        for parent, local in zip(node.parents, node.local):
            parent.grad += node.grad * local
"""

DEEP_EVERY_PATH = """
def deep_backward(root):
    root.grad, stack = 1.0, [(root, 1.0)]
    while stack:
        node, upstream = stack.pop()
        for parent, local in zip(node.parents, node.local):
            parent.grad += upstream * local
            stack.append((parent, upstream * local))
"""

ANSWERS = {
    "03.mul": Answers(
        right=[_mul("return [a * b, [b, a]]"), "mul = lambda x, y: (y * x, (1.0 * y, 1.0 * x))"],
        wrong={
            "swapped": _mul("return a * b, (a, b)"),
            "flat": _mul("return a * b, b, a"),
            "value-only": _mul("return a * b"),
            "derivatives-only": _mul("return b, a"),
            "rule-of-plus": _mul("return a * b, (1.0, 1.0)"),
            "no-return": _mul("a * b, (b, a)"),
            "wrong": _mul("return a * b, (b, -a)"),
        },
    ),
    "03.tanh": Answers(
        right=[
            _tanh("return math.tanh(a), (1.0 - math.tanh(a) ** 2,)"),
            _tanh(
                "e = math.exp(-2 * abs(a))\n    y = (1 - e) / (1 + e)\n"
                "    return math.copysign(y, a), [4 * e / (1 + e) ** 2]"
            ),
        ],
        wrong={
            "not-a-tuple": _tanh("y = math.tanh(a)\n    return y, (1 - y * y)"),
            "no-square": _tanh("y = math.tanh(a)\n    return y, (1 - y,)"),
            "input-for-output": _tanh("return math.tanh(a), (1 - a * a,)"),
            "sigmoid-rule": _tanh("y = math.tanh(a)\n    return y, (y * (1 - y),)"),
            "overflow": [
                _tanh(
                    "p, m = math.exp(a), math.exp(-a)\n    y = (p - m) / (p + m)\n    return y, (1 - y * y,)"
                ),
                _tanh("return math.tanh(a), (1 / math.cosh(a) ** 2,)"),
            ],
            "error": _tanh("return math.tan_h(a), (1.0,)"),
        },
    ),
    "03.pow": Answers(
        right=[
            _power("return a**n, (0.0 if n == 0 else n * a ** (n - 1),)"),
            _power("y = a**n\n    return y, [n * y / a if a else float(n == 1)]"),
        ],
        wrong={
            "exponent-kept": _power("return a**n, (n * a**n,)"),
            "no-factor": _power("return a**n, (a ** (n - 1),)"),
            "precedence": _power("return a**n, (n * (a**n - 1),)"),
            "not-a-tuple": _power("return a**n, n * a ** (n - 1) if n else 0.0"),
            "exponent-too": [
                _power(
                    "return a**n, (n * a ** (n - 1), a**n * math.log(abs(a) or 1.0)) if n else (0.0, 0.0)"
                ),
                _power("return a**n, (n * a ** (n - 1), a**n * math.log(a))"),
            ],
            "zero-exponent": _power("return a**n, (n * a ** (n - 1),)"),
            "zero-input": [
                _power("return a**n, (n * a ** (n - 1) if a else 0.0,)"),
                _power("return a**n, (0.0 if a == 0 or n == 0 else n * a ** (n - 1),)"),
            ],
        },
    ),
    "03.topological_order": Answers(
        right=[RECURSIVE_ORDER, ORDER_BY_COUNTING],
        wrong={
            "reversed": RECURSIVE_ORDER.replace("return order", "return order[::-1]"),
            "too-early": PRE_ORDER,
            "repeats": ORDER_REPEATING,
            "misses": [ORDER_WITHOUT_LEAVES, RECURSIVE_ORDER.replace("return order", "return order[:-1]")],
            "not-nodes": RECURSIVE_ORDER.replace("return order", "return [node.data for node in order]"),
            "by-value": ORDER_BY_VALUE,
            "kept": [
                ORDER_KEPT.format(seen=", seen=set(), out=[]", start=""),
                ORDER_KEPT.format(seen=", out=[]", start="seen = set()"),
            ],
            "second-call": ORDER_KEPT.format(seen=", seen=set()", start="out = []"),
            "every-path": ORDER_OF_EVERY_PATH,
            "wrong-type": RECURSIVE_ORDER.replace("return order", "return set(order)"),
        },
    ),
    "03.repair": Answers(
        right=[_repaired(ADD_AFTERWARDS, BACKWARD_BY_COUNTING), _repaired(RIGHT_BACKWARD, ADD)],
        wrong={
            "overwrites": [
                _repaired(RIGHT_BACKWARD),
                _repaired(OF_NO_USE),
                _repaired(ADD, RIGHT_BACKWARD, MUL_OVERWRITING),
            ],
            "other-class": _repaired(ADD.replace("type(self)", "Number"), RIGHT_BACKWARD),
            "forward": _repaired(ADD, RIGHT_BACKWARD.replace("reversed(order)", "order")),
            "wrong-order": [
                _repaired(ADD, BACKWARD_IN_SEARCH_ORDER),
                _repaired(ADD, BACKWARD_IN_SEARCH_ORDER.replace("pop()", "pop(0)")),
            ],
            "stale": _repaired(ADD, BACKWARD.format(reset="False")),
            "leaves-reset": _repaired(ADD, BACKWARD.format(reset="True")),
            "wrong": _repaired(ADD, RIGHT_BACKWARD, MUL_WITHOUT_UPSTREAM),
        },
        equivalent_mutants={
            "L5: (self, other) → (other, self)": "addition commutes, and push() names its parents itself",
            REVERSED_PARENTS: "another topological order",
            REVERSED_ZEROS: "zeros have no order",
        },
    ),
    "03.long_chain": Answers(
        right=[DEEP_BY_COUNTING, DEEP_WITH_ITERATORS],
        wrong={
            "recursive": [DEEP_RECURSIVE, f"import sys\nsys.setrecursionlimit(10**6)\n{DEEP_RECURSIVE}"],
            "out-of-order": [DEEP_IN_SEARCH_ORDER.format(end=-1), DEEP_IN_SEARCH_ORDER.format(end=0)],
            "every-path": DEEP_EVERY_PATH,
            "recursion-limit": DEEP_RECURSIVE.replace(
                "    order,", "    import sys\n    sys.setrecursionlimit(10**6)\n    order,"
            ),
            "forward": DEEP.format(reset="node.parents", sign="+=").replace("reversed(nodes)", "nodes"),
            "root-reset": [DEEP_ROOT_RESET, HALF_FINISHED],
            "overwrites": DEEP.format(reset="node.parents", sign="="),
            "stale": DEEP.format(reset="False", sign="+="),
            "leaves-reset": DEEP.format(reset="True", sign="+="),
        },
    ),
}
