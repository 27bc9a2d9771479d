"""The stepper's graph as a PNG, with all values and gradients: for GitHub, nbviewer and paper.

The layout and the colours are those of the page. It is drawn with Pillow, which comes with
matplotlib, in matplotlib's own font: tens of milliseconds where a matplotlib Figure of 200 texts takes
a second, and this runs whenever a stepper is displayed. Reduced to a palette it is a few kilobytes,
byte for byte the same at every run.
"""

from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .shapes import (
    BOX,
    LONGEST,
    RADIUS,
    caption,
    form,
    group_size,
    is_picture,
    number,
    picture_size,
    pictures_height,
    short,
    side,
)
from .theme import LIGHT, diverging, greys

MARGIN = 22.0  # CSS pixels around the graph
LARGEST = (1200.0, 1200.0)  # pixels of the picture; a larger graph is drawn smaller
SHARPNESS = 1.5  # pixels of the picture per CSS pixel, where there is room
OVERSAMPLING = 2  # drawn so much larger and reduced: smooth lines
PALETTE = 64  # colours
# A bend as on the page, a cubic Bézier curve with level ends, in straight pieces: shares of width, height.
_BEND = [(1.5 * t * (1 - t) + t**3, t * t * (3 - 2 * t)) for t in (i / 16 for i in range(1, 17))]


def draw(drawn):
    """PNG bytes of a trace dict as the stepper holds it, groups closed; None for a mere summary."""
    if "summary" in drawn:
        return None
    layout = drawn["layouts"][""]
    pen = _Pen(layout["width"] + 2 * MARGIN, layout["height"] + 2 * MARGIN)
    for edge in layout["edges"]:
        _edge(pen, drawn, layout, edge)
    for place, item in enumerate(layout["items"]):
        at = (layout["x"][place] + MARGIN, layout["y"][place] + MARGIN)
        if item < 0:
            _group(pen, drawn, drawn["groups"][-1 - item], *at)
        else:
            _node(pen, drawn["nodes"][item], *at)
    return pen.png()


@lru_cache(maxsize=64)
def _font(size, bold):
    fonts = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(fonts / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)


class _Pen:
    """Draws in CSS pixels, y downward."""

    def __init__(self, width, height):
        self.size = (width, height)
        self.scale = min(SHARPNESS, LARGEST[0] / width, LARGEST[1] / height) * OVERSAMPLING
        self.image = Image.new("RGB", self._px(width, height), LIGHT["paper"])
        self.canvas = ImageDraw.Draw(self.image)

    def _px(self, *lengths):
        return tuple(round(length * self.scale) for length in lengths)

    def text(self, x, y, text, colour, size=13, bold=False):
        font = _font(max(1, round(size * self.scale)), bold)
        # centred by the height of digits and capitals, so that descenders do not lift the line
        middle = y * self.scale + 0.36 * size * self.scale
        self.canvas.text((x * self.scale, middle), text, fill=LIGHT[colour], font=font, anchor="ms")

    def box(self, x, y, half, tall, radius, edge, fill):
        corners = self._px(x - half, y - tall, x + half, y + tall)
        self.canvas.rounded_rectangle(corners, radius * self.scale, LIGHT[fill], LIGHT[edge],
                                      max(1, round(1.6 * self.scale)))

    def curve(self, points, colour):
        pixels, width = [self._px(*p) for p in points], max(1, round(1.8 * self.scale))
        self.canvas.line(pixels, LIGHT[colour], width, "curve")

    def heat(self, x, top, heat, side, frame, palette):
        """A heatmap centred at x, in a square of that side or less."""
        wide, high = picture_size(heat, side)
        scale = float(heat["scale"]) or 1.0
        picture = Image.new("RGB", (heat["cols"], heat["rows"]))
        picture.putdata([palette(float(v) / scale) for v in heat["data"]])
        left, top, right, bottom = self._px(x - wide / 2, top, x + wide / 2, top + high)
        picture = picture.resize((right - left, bottom - top), Image.Resampling.NEAREST)
        self.image.paste(picture, (left, top))
        width = max(1, round(1.5 * self.scale))
        self.canvas.rectangle((left, top, right, bottom), outline=LIGHT[frame], width=width)

    def png(self):
        small = self.image.reduce(OVERSAMPLING)
        out = BytesIO()
        few = small.quantize(PALETTE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(out, format="PNG", compress_level=6)
        return out.getvalue()


def _edge(pen, drawn, layout, edge):
    """The same way as on the page: bent in the channels, straight through the columns."""
    parent, child, *rows = edge
    column = layout["column"][parent]
    x, y = layout["x"][parent] + _half(drawn, layout["items"][parent]), layout["y"][parent]
    points = [(x, y)]

    def bend(start, to):
        (x0, y0), (x1, y1) = start, to
        points.extend((x0 + (x1 - x0) * along, y0 + (y1 - y0) * across) for along, across in _BEND)

    here = (layout["columns"][column][1], y)
    points.append(here)
    for i, row in enumerate(rows, start=1):
        left, right = layout["columns"][column + i]
        bend(here, (left, row))
        here = (right, row)
        points.append(here)
    goal = (layout["columns"][layout["column"][child]][0], layout["y"][child])
    bend(here, goal)
    points.append((layout["x"][child] - _half(drawn, layout["items"][child]), goal[1]))
    returned = _has_gradient(drawn, layout["items"][parent])
    pen.curve([(px + MARGIN, py + MARGIN) for px, py in points], "grad-tint" if returned else "value-tint")


def _half(drawn, item):
    return group_size(drawn["groups"][-1 - item])[3] if item < 0 else drawn["nodes"][item]["size"][3]


def _has_gradient(drawn, item):
    return item < 0 or _graded(drawn["nodes"][item])


def _graded(node):
    return node["grad"] is not None or node["grad_heat"] is not None


def _node(pen, node, x, y):
    kind, half = form(node), node["size"][3]
    if kind == "const":
        pen.box(x, y, half, BOX, 4, "faint", "faint")
        pen.text(x, y, short(node), "ink")
        if node["grad"] is not None:
            pen.text(x, y + BOX + 12, f"∂ {short({'value': node['grad']})}", "grad-text")
        return
    tall = BOX if kind == "box" else RADIUS
    fill = "grad-wash" if _graded(node) else "paper"
    pen.box(x, y, half, tall, 6 if kind == "box" else RADIUS, "grad" if _graded(node) else "value", fill)
    inside = node["label"] if kind == "box" else node["symbol"]
    pen.text(x, y, _cut(inside), "ink", 19 if len(inside) == 1 and kind != "box" else 12.5,
             bold=kind == "box")
    if kind != "box" and node["label"]:
        pen.text(x, y - RADIUS - 10, _cut(node["label"]), "ink", 12.5, bold=True)
    if node["shape"] is None:
        pen.text(x, y + tall + 14, short(node), "value-text")
        if node["grad"] is not None:
            pen.text(x, y + tall + 30, f"∂ {short({'value': node['grad']})}", "grad-text")
    else:
        _array(pen, node, x, y + tall)


def _array(pen, node, x, top):
    square, tall = side(node), pictures_height(node)
    if node["heat"]:
        ink = is_picture(node)
        pen.heat(x - square / 2 - 3, top + 6, node["heat"], square, "value-tint", greys if ink else diverging)
    if node["grad_heat"]:
        pen.heat(x + square / 2 + 3, top + 6, node["grad_heat"], square, "grad-tint", diverging)
        pen.text(x + square + 11, top + 6 + tall / 2, "∂", "grad-text")
    pen.text(x, top + tall + 17, caption(node), "value-text")


def _group(pen, drawn, name, x, y):
    members = [n for n in drawn["nodes"] if n["group"] == name]
    half = group_size(name)[3]
    for shift in (6, 3, 0):
        pen.box(x + shift, y - shift, half, 22, 8, "grad", "paper")
    pen.text(x, y - 7, _cut(name), "ink", 13, bold=True)
    pen.text(x, y + 10, f"{len(members)} nodes", "quiet", 11.5)
    outside = [n for n in drawn["nodes"] if n["group"] != name]
    leaving = {p for n in outside for p in n["parents"]} & {n["id"] for n in members}
    if len(leaving) == 1:
        (output,) = (drawn["nodes"][i] for i in leaving)
        pen.text(x, y + 37, caption(output) if output["shape"] else short(output), "value-text")
    norm = sum(n["grad"] ** 2 for n in members if isinstance(n["grad"], (int, float))) ** 0.5
    if norm:
        pen.text(x, y + 53, f"∂ norm {number(norm)}", "grad-text")


def _cut(text):
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
