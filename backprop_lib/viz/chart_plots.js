// The plots of the patient's chart: curves with a cursor, drawn once a run; histograms, drawn at every look.
import { draw, element } from "./kit.js";
import { SERIES, axes, line, marker, pathOf } from "./kit_plots.js";
import { decadesOf, layerName, spanOf } from "./chart_data.js";

const CURVES = { width: 470, height: 190 }, BARS = { width: 300, height: 118 };
const AROUND = { left: 46, right: 12, top: 20, bottom: 34 }, CLOSE = { left: 14, right: 14, top: 20, bottom: 20 };

// One panel of curves. lines(chart): [[x, y], …] for each series; logY; marks: a level to show, [value, words].
export function curvesPanel(parent, { id, label, title, lines, yRange = null, level = null }) {
  const plot = element(parent, "div", { className: "plot" }), svg = draw(plot, "svg", { role: "img", "aria-label": label });
  // The cursor has a sheet of its own, so that a step does not paint the curves again.
  const over = draw(plot, "svg", { class: "over", "aria-hidden": "true", viewBox: `0 0 ${CURVES.width} ${CURVES.height}` });
  const cursor = draw(over, "path", { class: "kit-cursor" });
  const marks = SERIES.map(({ mark, colour }) => marker(over, mark, 0, 0, 4.5, { class: "kit-mark", stroke: colour }));
  let ax = null, shown = [];
  const put = (v, [lo, hi]) => (Number.isFinite(v) ? Math.min(hi, Math.max(lo, v)) : NaN);
  // Drawn anew for a run, and the one beside it or null.
  function set(chart, other, both) {
    const all = [chart, ...(other ? [other] : [])], last = Math.max(...all.map((one) => one.n));
    const y = yRange ?? decadesOf(all.flatMap((one) => lines(one).flat().map((p) => p[1])));
    ax = axes(svg, { id, ...CURVES, x: [1, last], y, logY: !yRange, padding: AROUND, yTicks: 5, xLabel: "step", yLabel: title });
    if (level && level[0] > y[0] && level[0] < y[1]) {
      draw(ax.plot, "path", { d: `M${ax.box.left} ${ax.py(level[0])}H${ax.box.right}`, class: "level" });
      draw(ax.plot, "text", { x: ax.box.right - 4, y: ax.py(level[0]) - 4, "text-anchor": "end" }, level[1]);
    }
    const clipped = (one) => lines(one).map((points) => points.map(([a, b]) => [a, put(b, y)]));
    if (other && both) clipped(other).forEach((points, j) =>
      line(ax, points, null, { class: "kit-line twin", "stroke-dasharray": SERIES[j].dash }));
    shown = clipped(chart);
    shown.forEach((points, j) => line(ax, points, SERIES[j], { class: points.length > 100 ? "kit-line thin" : "kit-line" }));
  }
  function move(step) {
    cursor.setAttribute("d", `M${ax.px(step)} ${ax.box.top}V${ax.box.bottom}`);
    marks.forEach((mark, j) => {
      const found = shown[j]?.find((p) => p[0] === step), seen = found && Number.isFinite(found[1]);
      mark.setAttribute("display", seen ? "inline" : "none");
      if (seen) mark.setAttribute("transform", `translate(${ax.px(step).toFixed(2)} ${ax.py(found[1]).toFixed(2)})`);
    });
  }
  return { set, move };
}

// The histogram of one layer's outputs; the one beside it as an outline.
export function barsPanel(parent, { id, j }) {
  const svg = draw(parent, "svg", { role: "img" });
  let ax = null, drawn = "";
  const outline = (chart, k, closed) => {
    if (chart.counts[k][j].every((c) => c === 0)) return "";
    const low = chart.low[k][j], wide = (chart.high[k][j] - low) / chart.counts[k][j].length, points = [];
    chart.counts[k][j].forEach((c, b) => {
      const y = ax.py(c / 255);
      points.push([ax.px(low + b * wide), y], [ax.px(low + (b + 1) * wide), y]);
    });
    const floor = ax.py(0), d = pathOf([[points[0][0], floor], ...points, [points[points.length - 1][0], floor]]);
    return closed ? `${d}Z` : d;
  };
  return function show(chart, other, k) {
    const span = spanOf(other ? [chart, other] : [chart], j, k), name = layerName(chart.kinds, j);
    if (drawn !== `${span} ${name}`) {
      ax = axes(svg, { id, ...BARS, x: span, y: [0, 1.06], xTicks: 4, yTicks: 0, padding: CLOSE, yLabel: name });
      ax.run = draw(ax.plot, "path", { class: "bars" });
      ax.twin = draw(ax.plot, "path", { class: "kit-line twin" });
      ax.none = draw(ax.plot, "text", { x: BARS.width / 2, y: CLOSE.top + 14, "text-anchor": "middle", class: "kit-title" });
      svg.setAttribute("aria-label", `Histogram of the outputs of ${name}`);
      drawn = `${span} ${name}`;
    }
    ax.none.textContent = chart.zeros[k][j] === 1 ? "all are exactly 0" : "";
    ax.run.setAttribute("d", outline(chart, k, true));
    ax.twin.setAttribute("d", other ? outline(other, Math.min(k, other.steps.length - 1), false) : "");
  };
}
