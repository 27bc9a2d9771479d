"""How large each thing in the graph is drawn, in CSS pixels. Used by the layout, the page and the PNG.

A block is a shape (box, circle, stadium) with its label above and two lines beneath: value, gradient.
`size` gives (width, up, down, half): the block's width, its reach above and below the centre of the
shape, and half the shape's own width, where edges touch it.
"""

from math import ceil

RADIUS = 19  # of an operation's circle
BOX = 15  # half the height of a leaf's box
LABEL = 20  # the line with the name, above an operation
CIRCLE_TEXT = 29  # width of a symbol that fits inside
NUMBER = 74  # the width kept for a value or gradient
LINES = 35  # the value and the gradient beneath
HEAT = 42  # side of a small heatmap
IMAGE = 76  # side of a heatmap that the caller declared to be an image
LONGEST = 18  # characters of a label that are drawn; the popover has all of it


def form(node):
    """What is drawn: "const", "box", "circle" or, for long symbols, "stadium"."""
    if node["kind"] == "const" and node["shape"] is None:
        return "const"
    if node["kind"] != "op":
        return "box"
    return "circle" if text_width(node["symbol"]) <= CIRCLE_TEXT else "stadium"


def size(node):
    """(width, up, down, half width of the shape) of a node of a trace."""
    kind = form(node)
    if kind == "const":
        half = ceil(9 + 3.8 * len(short(node)))
        if node["grad"] is None:
            return (2 * half, BOX, BOX, half)
        return (max(2 * half, NUMBER), BOX, BOX + LINES // 2 + 2, half)  # a class that gives it a gradient
    if kind == "box":
        half = ceil(max(22, 11 + 4.0 * min(len(node["label"]), LONGEST)))
        up, down = BOX, BOX
    else:
        half = RADIUS if kind == "circle" else max(RADIUS + 1, ceil(11 + text_width(node["symbol"]) / 2))
        up, down = RADIUS + (LABEL if node["label"] else 0), RADIUS
    width = max(2 * half, NUMBER)
    if node["shape"] is None:
        return (width, up, down + LINES, half)
    tall = pictures_height(node)
    return (max(width, 2 * side(node) + 34, 7 * len(caption(node))), up, down + tall + 26, half)


def text_width(text):
    """Estimate at 12 px, before any font is known: capitals and m, w are wide, i, l, t narrow."""
    return sum(9.6 if c in "WMmw@" else 4.4 if c in "ijltfr.,|²³ᵀ" else 8.0 if c.isupper() else 6.8
               for c in text)  # fmt: skip


def side(node):
    """The side of the square in which a heatmap of this node is drawn."""
    return IMAGE if node.get("image") else HEAT


def picture_size(heat, side):
    """(width, height): square cells inside `side`, but no strip thinner than a quarter of it."""
    cell = side / max(heat["rows"], heat["cols"])
    return max(heat["cols"] * cell, side / 4), max(heat["rows"] * cell, side / 4)


def pictures_height(node):
    """The height kept for the heatmaps beneath an array."""
    heats = [h for h in (node["heat"], node["grad_heat"]) if h]
    return max((picture_size(h, side(node))[1] for h in heats), default=0)


def is_picture(node):
    """True for an image without negative values: drawn dark on light, not in two colours."""
    heat = node["heat"]
    return bool(node.get("image")) and heat is not None and not any(float(v) < 0 for v in heat["data"])


def group_size(name):
    half = ceil(max(48, 16 + 4.0 * min(len(name), LONGEST)))
    return (max(2 * half, 104), 26, 26 + LINES, half)


def caption(node):
    """The shape of an array as it is written: 8×16."""
    return "×".join(str(n) for n in node["shape"]) or "scalar"


def short(node):
    """Three significant digits, as under the nodes: −1.23, 4.5e−5."""
    value = node["value"]
    if not isinstance(value, (int, float)):
        return str(value).replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
    return number(value)


def number(x, digits=3):
    """`x` with that many significant digits, no trailing zeros, and a real minus sign."""
    if x == 0:
        return "0"
    text = f"{x:.{digits - 1}e}"
    mantissa, exponent = text.split("e")
    if -4 <= int(exponent) <= 4:
        text = f"{float(text):.{max(0, digits - 1 - int(exponent))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")
