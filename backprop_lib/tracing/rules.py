"""What a trace knows about each operation: its symbol, its formula, its local derivatives.

Formulas are templates: `{n[0]}` is the first input, `{p[0]}` the same with parentheses around a
negative number, `{y}` the result. Filled with names they give the rule (`d = a · b`), filled with
values the line of numbers (`2 × (−3)`). An operation that is not in the table is still traced.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from backprop_lib.tracing.format import number, superscript


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation on numbers: y = value(*inputs), dy/d input i = locals[i](*inputs, y)."""

    name: str
    symbol: str  # drawn in the circle
    formula: str  # template
    slopes: tuple  # templates of the local derivatives, one per input
    value: object  # (*inputs) -> y
    locals: tuple  # one function (*inputs, y) -> dy/d input
    kink: object = None  # (*inputs) -> True where the derivative does not exist

    @property
    def arity(self):
        return len(self.slopes)

    def compute(self, inputs):
        """y, or None where it is not defined or an input is not a number."""
        return _attempt(self.value, inputs[: self.arity])

    def slope(self, edge, inputs, y):
        """dy/d(input number `edge`), or None where it is not defined."""
        if y is None or (self.kink and None not in inputs and self.kink(*inputs)):
            return None
        return _attempt(self.locals[edge], (*inputs, y))


def _attempt(function, arguments):
    if None in arguments:
        return None
    try:
        y = function(*arguments)
    except (ArithmeticError, ValueError):  # overflow, division by zero, log of 0
        return None
    return y if isinstance(y, (int, float)) else None  # (−8) ** 0.5 is complex


def _one(*_):
    return 1.0


def _minus_one(*_):
    return -1.0


def _sigmoid(a):
    e = math.exp(-abs(a))
    return 1.0 / (1.0 + e) if a >= 0 else e / (1.0 + e)


def _softplus(a):
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))


def _binary(name, symbol, formula, slopes, value, locals, kink=None):
    return Rule(name, symbol, formula, slopes, value, locals, kink)


def _unary(name, symbol, formula, slope, value, local, kink=None):
    return Rule(name, symbol, formula, (slope,), value, (local,), kink)


def _function(name, slope, value, local, kink=None):
    return _unary(name, name, f"{name}({{n[0]}})", slope, value, local, kink)


# fmt: off
_RULES = (
    _binary("add", "+", "{n[0]} + {p[1]}", ("1", "1"), lambda a, b: a + b, (_one, _one)),
    _binary("sub", "−", "{n[0]} − {p[1]}", ("1", "−1"), lambda a, b: a - b, (_one, _minus_one)),
    _binary("mul", "×", "{p[0]} · {p[1]}", ("{n[1]}", "{n[0]}"), lambda a, b: a * b,
            (lambda a, b, y: b, lambda a, b, y: a)),
    _binary("div", "÷", "{p[0]} / {p[1]}", ("1 / {p[1]}", "−{p[0]} / {p[1]}²"), lambda a, b: a / b,
            (lambda a, b, y: 1.0 / b, lambda a, b, y: -a / (b * b))),
    _binary("pow", "xʸ", "{p[0]}^{p[1]}", ("{p[1]} · {p[0]}^({p[1]} − 1)", "{y} · log({n[0]})"),
            lambda a, b: a**b, (lambda a, b, y: b * a ** (b - 1), lambda a, b, y: y * math.log(a))),
    _binary("maximum", "max", "max({n[0]}, {n[1]})", ("1 if {n[0]} > {n[1]} else 0",
            "1 if {n[1]} > {n[0]} else 0"), lambda a, b: max(a, b),
            (lambda a, b, y: float(a > b), lambda a, b, y: float(b > a)), lambda a, b: a == b),
    _binary("minimum", "min", "min({n[0]}, {n[1]})", ("1 if {n[0]} < {n[1]} else 0",
            "1 if {n[1]} < {n[0]} else 0"), lambda a, b: min(a, b),
            (lambda a, b, y: float(a < b), lambda a, b, y: float(b < a)), lambda a, b: a == b),
    _unary("neg", "−", "−{p[0]}", "−1", lambda a: -a, _minus_one),
    _function("exp", "exp({n[0]}) = {y}", math.exp, lambda a, y: y),
    _function("log", "1 / {p[0]}", math.log, lambda a, y: 1.0 / a),
    _function("tanh", "1 − {y}²", math.tanh, lambda a, y: 1.0 - y * y),
    _unary("sigmoid", "σ", "sigmoid({n[0]})", "{y} · (1 − {y})", _sigmoid,
           lambda a, y: y * _sigmoid(-a)),
    _unary("relu", "relu", "max(0, {n[0]})", "1 if {n[0]} > 0 else 0",
           lambda a: a if not a <= 0 else 0.0, lambda a, y: float(a > 0), lambda a: a == 0),
    _function("softplus", "sigmoid({n[0]})", _softplus, lambda a, y: _sigmoid(a)),
    _function("sin", "cos({n[0]})", math.sin, lambda a, y: math.cos(a)),
    _function("cos", "−sin({n[0]})", math.cos, lambda a, y: -math.sin(a)),
    _unary("sqrt", "√", "√{p[0]}", "1 / (2 · {y})", math.sqrt, lambda a, y: 0.5 / y),
    _unary("square", "x²", "{p[0]}²", "2 · {p[0]}", lambda a: a * a, lambda a, y: 2.0 * a),
    _unary("abs", "|x|", "|{n[0]}|", "1 if {n[0]} > 0 else −1", abs,
           lambda a, y: math.copysign(1.0, a), lambda a: a == 0),
)
# fmt: on
_TABLE = {(rule.name, rule.arity): rule for rule in _RULES}
_SYNONYMS = {
    "+": "add",
    "plus": "add",
    "sum": "add",
    "-": "sub",
    "−": "sub",
    "subtract": "sub",
    "minus": "sub",
    "*": "mul",
    "×": "mul",
    "·": "mul",
    "times": "mul",
    "multiply": "mul",
    "prod": "mul",
    "@": "matmul",
    "/": "div",
    "÷": "div",
    "truediv": "div",
    "divide": "div",
    "**": "pow",
    "^": "pow",
    "power": "pow",
    "max": "maximum",
    "min": "minimum",
    "negative": "neg",
    "ln": "log",
    "σ": "sigmoid",
    "logistic": "sigmoid",
    "sig": "sigmoid",
    "absolute": "abs",
}
_POWER = re.compile(r"(?:\*\*|\^|pow|power)[ _]*\(?([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)\)?", re.IGNORECASE)


@lru_cache(maxsize=1024)
def rule_for(op, arity, constant=None):
    """The `Rule` of an operation by the name that a class gives it, or None if it is not known.

    Synonyms count ("*", "mul", "__mul__", "×"), and so do powers whose exponent is in the name
    ("**2"). `constant` is the exponent where the class keeps it elsewhere.
    """
    exponent = exponent_of(op)
    if exponent is None and constant is not None and arity == 1 and operation(op) == "pow":
        exponent = constant
    if exponent is not None:
        return _power(exponent) if arity == 1 else None
    name = operation(op)
    if name == "sub" and arity == 1:
        name = "neg"
    return _TABLE.get((name, arity))


def operation(op):
    """The table's name of an operation: '*' -> 'mul', 'ReLU' -> 'relu'; others are only lowered."""
    name = op.strip().lower().strip("_")
    return _SYNONYMS.get(name, name) if name else _SYNONYMS.get(op.strip(), "")


def exponent_of(op):
    """The exponent in an op name such as '**2' or 'pow(-0.5)'; None where there is none."""
    match = _POWER.fullmatch(op.strip())
    if not match:
        return None
    try:
        return int(match[1])
    except ValueError:
        return float(match[1])


@lru_cache(maxsize=256)
def _power(n):
    """y = aⁿ for a fixed number n."""
    whole = n == int(n) if math.isfinite(n) else False

    def raised(k):
        return "{p[0]}" + (superscript(int(k)) if whole else f"^{number(k, parens=True)}")

    coefficient = number(n, parens=True)
    slope = {0: "0", 1: "1", 2: "2 · {p[0]}"}.get(n, f"{coefficient} · {raised(n - 1)}")
    symbol = f"x{superscript(int(n))}" if whole else f"x^{number(n)}"

    def local(a, y):
        return n * a ** (n - 1) if n else 0.0

    return _unary("pow", symbol, raised(n), slope, lambda a: a**n, local)
