// Plots of the interactives: axes (linear or logarithmic), lines and marks, fields of colour, contours.
import { draw, element, clamp, minus, power } from "./kit.js";

// A series is told by colour, dash and mark together, never by colour alone. (Okabe and Ito's colours.)
export const SERIES = [
  { colour: "var(--bpl-value)", dash: "", mark: "circle" },
  { colour: "var(--bpl-grad)", dash: "7 3", mark: "square" },
  { colour: "var(--bpl-right)", dash: "2 3", mark: "triangle" },
  { colour: "var(--bpl-purple)", dash: "9 3 2 3", mark: "diamond" },
  { colour: "var(--bpl-orange)", dash: "4 2", mark: "cross" },
  { colour: "var(--bpl-sky)", dash: "12 4", mark: "down" },
  { colour: "var(--bpl-ink)", dash: "1 2", mark: "plus" },
];

const MARKS = {
  circle: (r) => `M${-r} 0A${r} ${r} 0 1 0 ${r} 0A${r} ${r} 0 1 0 ${-r} 0Z`,
  square: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
  triangle: (r) => `M0 ${-1.2 * r}L${1.1 * r} ${0.8 * r}H${-1.1 * r}Z`,
  down: (r) => `M0 ${1.2 * r}L${1.1 * r} ${-0.8 * r}H${-1.1 * r}Z`,
  diamond: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0Z`,
  cross: (r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`,
  plus: (r) => `M${-r} 0H${r}M0 ${-r}V${r}`,
};

export function marker(parent, shape, x, y, r = 4.5, attributes = {}) {
  return draw(parent, "path", { d: MARKS[shape](r), transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`, ...attributes });
}

export const pathOf = (points) => {
  let d = "", pen = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(x + y)) pen = false;
    else { d += `${pen ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`; pen = true; }
  }
  return d;
};

// About `count` round numbers from lo to hi.
export function ticks(lo, hi, count = 5) {
  const raw = (hi - lo) / count, unit = 10 ** Math.floor(Math.log10(raw)), m = raw / unit;
  const step = unit * (m >= 7.1 ? 10 : m >= 3.2 ? 5 : m >= 1.5 ? 2 : 1);
  const found = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

function decades(lo, hi, count) {
  const stride = Math.max(1, Math.ceil((hi - lo) / count)), found = [];
  for (let e = Math.ceil(lo - 1e-9); e <= hi + 1e-9; e++) if (e % stride === 0) found.push(e);
  return found;
}

export const PADDING = { left: 46, right: 12, top: 12, bottom: 34 };

// Empty the picture and draw axes. x and y are [lo, hi] in the numbers themselves, log or not; 0 ticks: none.
// Gives {plot: a group cut off at the frame, px, py: number -> place, x, y: place -> number, box}.
export function axes(svg, { id, width, height, x, y, logX = false, logY = false, xLabel = "", yLabel = "",
  xTicks = 6, yTicks = 5, padding = PADDING, grid = true }) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const box = { left: padding.left, top: padding.top, right: width - padding.right, bottom: height - padding.bottom };
  const to = (log) => (log ? (v) => Math.log10(v) : (v) => v), from = (log) => (log ? (u) => 10 ** u : (u) => u);
  const [x0, x1] = x.map(to(logX)), [y0, y1] = y.map(to(logY));
  const px = (v) => box.left + ((to(logX)(v) - x0) / (x1 - x0)) * (box.right - box.left);
  const py = (v) => box.bottom - ((to(logY)(v) - y0) / (y1 - y0)) * (box.bottom - box.top);
  const invX = (p) => from(logX)(x0 + ((p - box.left) / (box.right - box.left)) * (x1 - x0));
  const invY = (p) => from(logY)(y0 + ((box.bottom - p) / (box.bottom - box.top)) * (y1 - y0));
  const clip = draw(draw(svg, "defs"), "clipPath", { id });
  draw(clip, "rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
  const lines = draw(svg, "g", { class: "kit-grid" });
  const put = (log, lo, hi, count, where) => (!count ? [] : log ? decades(lo, hi, count).map((e) => [10 ** e, power(e)])
    : ticks(lo, hi, count).map((v) => [v, minus(Number(v.toPrecision(6)))])).forEach(where);
  put(logX, x0, x1, xTicks, ([v, text]) => {
    const at = px(v);
    if (grid) draw(lines, "path", { d: `M${at} ${box.top}V${box.bottom}` });
    draw(svg, "text", { x: clamp(at, box.left + 4, box.right - 2), y: box.bottom + 14, "text-anchor": "middle" }, text);
  });
  put(logY, y0, y1, yTicks, ([v, text]) => {
    const at = py(v);
    if (grid) draw(lines, "path", { d: `M${box.left} ${at}H${box.right}` });
    draw(svg, "text", { x: box.left - 5, y: at + 4, "text-anchor": "end" }, text);
  });
  draw(svg, "rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, class: "kit-frame" });
  if (xLabel) draw(svg, "text", { x: (box.left + box.right) / 2, y: height - 5, "text-anchor": "middle", class: "kit-title" }, xLabel);
  if (yLabel) draw(svg, "text", { x: box.left, y: Math.max(10, box.top - 4), class: "kit-title" }, yLabel);
  const plot = draw(svg, "g", { "clip-path": `url(#${id})` });
  return { plot, px, py, x: invX, y: invY, box };
}

// A line through [[x, y], …] in the numbers of the axes, in the look of SERIES[k] (or of attributes).
export function line(ax, points, series = null, attributes = {}) {
  const look = series ? { stroke: series.colour, "stroke-dasharray": series.dash } : {};
  const d = pathOf(points.map(([a, b]) => [ax.px(a), ax.py(b)]));
  return draw(ax.plot, "path", { d, class: "kit-line", ...look, ...attributes });
}

// A key: [[words, series], …] with a piece of each line and its mark.
export function legend(parent, items) {
  const list = element(parent, "div", { className: "kit-legend" });
  for (const [words, series] of items) {
    const swatch = draw(null, "svg", { viewBox: "0 0 34 12", width: 34, height: 12, "aria-hidden": "true" });
    draw(swatch, "path", { d: "M1 6H33", class: "kit-line", stroke: series.colour, "stroke-dasharray": series.dash });
    if (series.mark) marker(swatch, series.mark, 17, 6, 3.6, { class: "kit-mark", stroke: series.colour });
    element(list, "span", {}, swatch, words);
  }
  return list;
}

// Fields of colour. `palette(root)` reads the theme's colours as [r, g, b].

export function palette(root) {
  const probe = element(root, "span", { hidden: true }), found = {};
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  for (const name of ["paper", "ink", "quiet", "line", "faint", "value", "grad", "right", "value-tint", "grad-tint"]) {
    probe.style.color = `var(--bpl-${name})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    found[name] = [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }
  probe.remove();
  return found;
}

export const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * clamp(t, 0, 1));
export const rgb = (c) => `rgb(${c.map(Math.round).join(" ")})`;

// t in [-1, 1]: blue, paper at 0, vermillion, as in theme.diverging, but on the theme's own paper.
export const diverging = (colours, t) => mix(colours.paper, t > 0 ? colours.grad : colours.value, Math.abs(t));

// Paint colour(column, row) -> [r, g, b] into a canvas of columns × rows; row 0 is at the top.
export function paint(canvas, columns, rows, colour) {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const pen = canvas.getContext("2d"), image = pen.createImageData(columns, rows);
  for (let r = 0, at = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, at += 4) {
      const [red, green, blue] = colour(c, r);
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255;
    }
  }
  pen.putImageData(image, 0, 0);
}

// Marching squares: the path where values (rows × columns, row by row) cross `level`, at(column, row) -> [x, y].
export function contour(values, columns, rows, level, at) {
  let d = "";
  const cut = (c0, r0, c1, r1, a, b) => at(c0 + (c1 - c0) * ((level - a) / (b - a)), r0 + (r1 - r0) * ((level - a) / (b - a)));
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const [a, b] = [values[r * columns + c], values[r * columns + c + 1]];
      const [e, f] = [values[(r + 1) * columns + c], values[(r + 1) * columns + c + 1]];
      const points = [];
      if (a > level !== b > level) points.push(cut(c, r, c + 1, r, a, b));
      if (b > level !== f > level) points.push(cut(c + 1, r, c + 1, r + 1, b, f));
      if (e > level !== f > level) points.push(cut(c, r + 1, c + 1, r + 1, e, f));
      if (a > level !== e > level) points.push(cut(c, r, c, r + 1, a, e));
      for (let k = 0; k + 1 < points.length; k += 2)
        d += `M${points[k].map((v) => v.toFixed(1)).join(" ")}L${points[k + 1].map((v) => v.toFixed(1)).join(" ")}`;
    }
  }
  return d;
}
