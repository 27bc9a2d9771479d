"""The exercises of notebook 02: backward rules, a graph to fill in, all paths, reverse mode.

The references use complex steps, differences and forward mode: they share nothing with the answers.
"""

from inspect import unwrap
from math import prod

from . import fill02 as fill
from . import graphs02 as graphs
from . import paths02, reverse02
from .comparing import compare
from .exercise import Exercise, Failure, Mistake, register
from .formatting import number
from .stubs import is_untouched

# Four backward rules

_FORWARD = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "max": lambda a, b: a if a.real > b.real else b,
    "/": lambda a, b: a / b,
}


def _vjp_cases(rng):
    cases = [{"part": part, "upstream": 10.0, "a": 3.0, "b": -2.0} for part in "+*/"]
    cases += [{"part": "max", "upstream": 2.0, "a": a, "b": 4.0} for a in (5.0, 3.0)]
    for part in list(_FORWARD) * 5:
        upstream, a, gap = (rng.uniform(0.5, 3.0) * rng.choice((-1, 1)) for _ in range(3))
        b = a + gap if part == "max" else gap  # away from the kink of max, and from b = 0
        if part == "max":  # below both: max(upstream, a) is then not the upstream
            upstream = min(a, b) - abs(upstream)
        cases.append({"part": part, "upstream": upstream, "a": a, "b": b})
    return cases


def _vjp_probe(answer, case):
    vjp = dict(zip(_FORWARD, answer, strict=True))[case["part"]]
    result = vjp(case["upstream"], case["a"], case["b"])
    return ... if result is None and is_untouched(unwrap(vjp)) else result  # one of four may be open still


def _vjp_show(case):
    numbers = ", ".join(f"{key} = {number(case[key])}" for key in ("upstream", "a", "b"))
    return f"{case['part']} with {numbers}"


def _local(case):
    """Complex-step derivatives (Squire and Trapp, 1998): exact to rounding, and no rule is needed."""
    f, a, b, h = _FORWARD[case["part"]], case["a"], case["b"], 1e-30
    return [f(complex(a, h), complex(b)).imag / h, f(complex(a), complex(b, h)).imag / h]


def _vjp_right(case):
    return [case["upstream"] * local for local in _local(case)]


def _gives(*simulations):  # for a mistake that may be made in some of the four rules
    return lambda case, result: any(compare(simulate(case), result) is None for simulate in simulations)


def _upstream_in_one(case):
    """The right results, the one or the other without the upstream."""
    right, local = _vjp_right(case), _local(case)
    return [right[0], local[1]], [local[0], right[1]]


def _only(part, wrong):
    """A mistake in one of the four rules; the others are right."""
    return lambda case: (
        wrong(case["upstream"], case["a"], case["b"]) if case["part"] == part else _vjp_right(case)
    )


register(Exercise(
    "02.vjp_basic",
    "Four backward rules",
    cases=_vjp_cases,
    probe=_vjp_probe,
    reference=_vjp_right,
    part=lambda case: case["part"],
    show=_vjp_show,
    mistakes=[
        Mistake("no-upstream",
                "These are the local derivatives alone. What goes downstream is upstream × local.",
                when=_gives(_local)),
        Mistake("upstream-in-one",
                "The upstream stands in one of the two results only. Both need it.",
                when=_gives(lambda case: _upstream_in_one(case)[0], lambda case: _upstream_in_one(case)[1])),
        Mistake("values-in-sum",
                "In a + b the inputs' values do not matter: if a grows by 1, by how much does a + b grow?",
                _only("+", lambda upstream, a, b: [upstream * a, upstream * b])),
        Mistake("own-value",
                "In the product each factor got its own value. Hold b still: how fast does a·b grow with a?",
                _only("*", lambda upstream, a, b: [upstream * a, upstream * b])),
        Mistake("added-upstream",
                "You add the upstream to the local derivative. The chain rule multiplies them.",
                when=_gives(lambda case: [case["upstream"] + local for local in _local(case)])),
        Mistake("swapped",
                "The two results are in the wrong order: first what goes to a, then what goes to b.",
                when=_gives(lambda case: _vjp_right(case)[::-1])),
        Mistake("both-of-max",
                "max sends the upstream to both inputs. A nudge of the smaller one changes nothing.",
                _only("max", lambda upstream, a, b: [upstream, upstream])),
        Mistake("value-of-max",
                "In max the larger input got upstream × its value. How steeply does max follow it?",
                _only("max", lambda upstream, a, b: [upstream * a * (a > b), upstream * b * (b > a)])),
        Mistake("div-sign",
                "In a / b the sign for b is wrong. Take a, b > 0: does a / b grow when b grows?",
                _only("/", lambda upstream, a, b: [upstream / b, upstream * a / b**2])),
        Mistake("div-power",
                "In a / b the gradient for b has the wrong power of b. Use the power rule on b⁻¹.",
                _only("/", lambda upstream, a, b: [upstream / b, -upstream * a / b])),
        Mistake("div-numerator",
                "In a / b the gradient for b lacks a factor: a / b is a times b⁻¹, and a stays.",
                _only("/", lambda upstream, a, b: [upstream / b, -upstream / b**2])),
        Mistake("div-precedence",
                "Python reads a / b * b as (a / b) · b, and that is a. Write b**2, or set parentheses.",
                when=lambda case, result: case["part"] == "/" and _gives(
                    lambda case: [case["upstream"] / case["b"], -case["upstream"] * case["a"]],
                    lambda case: [case["upstream"] / case["b"], -case["a"]],
                    lambda case: [1 / case["b"], -case["a"]])(case, result)),
    ],
    hints=[
        "For each input ask: the other held still, how fast does the result change with this one? That is "
        "the local derivative. Downstream is upstream × local.",
        "For + both local derivatives are 1. For * see the picture at the top of the notebook. For max, one "
        "of them is 0: which input can be nudged without any effect?",
        "a / b is a times b⁻¹. For a, the other factor is 1/b. For b, a stays as a factor; the power "
        "rule gives the derivative of b⁻¹.",
    ],
))

# A graph to fill in

register(Exercise(
    "02.fill_graph",
    "Fill in a graph",
    cases=fill.cases,
    given=fill.given,
    probe=fill.probe,
    judge=fill.judge,
    part=lambda case: case["part"],
    show=lambda case: case["part"],
    reveal=False,
    mistakes=fill.mistakes(),
    hints=[
        "Draw it: x and y lead to u; u and z to v; u and x to w; v and w to L. Fill in the values first.",
        "Start with ∂L/∂L = 1. L is a product: the local derivative for v is the value of w, and vice versa.",
        "u feeds v and w: its gradient is ∂L/∂v · ∂v/∂u + ∂L/∂w · ∂w/∂u. x feeds two nodes as well.",
    ],
))

# All paths


def _path_cases(rng):
    cases = [{"graph": graphs.SMALL, "start": start, "end": "L"} for start in ("b", "a", "L")]
    cases.append({"graph": graphs.SQUARE, "start": "x", "end": "y"})
    cases.append({"graph": graphs.SMALL, "start": "b", "end": "a"})
    for size in (5, 6, 7, 8, 9):
        graph = graphs.random_graph(rng, size)
        cases.append({"graph": graph, "start": f"n{rng.randrange(3)}", "end": f"n{size - 1}"})
    return cases


def _path_show(case):
    return f"start = {case['start']!r}, end = {case['end']!r}, graph = {graphs.describe(case['graph'])}"


register(Exercise(
    "02.sum_over_paths",
    "Sum over all paths",
    cases=_path_cases,
    probe=lambda f, case: f(graphs.as_in_notebook(case["graph"]), case["start"], case["end"]),
    reference=lambda case: graphs.derivative(case["graph"], case["start"], case["end"]),
    show=_path_show,
    mistakes=[
        Mistake("parallel-edges",
                "Two edges between the same nodes were counted once. In x · x there are two paths from x.",
                graphs.parallel_edges_merged),
        Mistake("any-leaf",
                "Paths to every leaf are in the sum. Only those that begin at `start` count.",
                graphs.to_any_leaf),
        Mistake("endless",
                "The function calls itself without end. Each call has to go one step back along an edge: "
                "from `end` to one of its parents.",
                when=lambda case, result: type(result) is Failure and result.kind == "recursion"),
        Mistake("zero",
                "The sum is always 0: no path counts. What is the product over no edges?",
                lambda case: 0.0),
        Mistake("wrong-way",
                "You get 0 wherever `start` and `end` differ: no path arrives. The graph lists parents: walk "
                "back from `end`.",
                lambda case: float(case["start"] == case["end"])),
        Mistake("direct-edges",
                "Only the edges straight from `start` to `end` are in the sum. Paths may have nodes between.",
                when=paths02.is_one_of(paths02.direct_edges)),
        Mistake("last-edge",
                "At each node only the last edge counts: `total =` stands where `total +=` should.",
                paths02.last_edge),
        Mistake("multiplied-paths",
                "You multiply the paths with each other. Along a path: multiply. Over the paths: add.",
                lambda case: prod(map(prod, graphs.paths(case)))),
        Mistake("added-edges",
                "You add the local derivatives along a path. Along a path they multiply.",
                when=paths02.is_one_of(paths02.added_edges)),
        Mistake("first-edge",
                "At each node only the first edge counts: the `return` stands inside the loop.",
                paths02.first_edge),
        Mistake("first-path",
                "Only the first path is in the result. Go on to the others and add them.",
                lambda case: next((prod(path) for path in graphs.paths(case)), 0.0)),
        Mistake("longest-path",
                "Only the longest path is in the result. Every path counts.",
                lambda case: prod(max(graphs.paths(case), key=len, default=[0.0]))),
        Mistake("counted-paths",
                "This is the number of paths. Each has a weight: the product of its local derivatives.",
                lambda case: len(graphs.paths(case))),
    ],
    hints=[
        "Let the function call itself: every path to `end` comes through one of the parents of `end`.",
        "The paths through one edge add up to local × (the sum over paths from `start` to that parent).",
        "Two cases end the recursion: `end` is `start` (what is the product over no edges?), and `end` has "
        "no parents.",
    ],
))

register(reverse02.EXERCISE)
