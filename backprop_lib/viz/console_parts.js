// The parts of the training console: the record unpacked, the table of all runs, the plane with its points.
import { button, draw, element, fixed, unpackArray } from "./kit.js";
import { axes, contour, diverging, marker, paint } from "./kit_plots.js";

export const WIDE = 420, TALL = 300, FRAME = { left: 40, right: 10, top: 18, bottom: 34 };

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const values = new Uint8Array(await new Response(stream).arrayBuffer());
  for (let n = 1; n < values.length; n++) values[n] += values[n - 1];  // modulo 256, as they were taken
  return values;
}

// Each run with its curves, its fields and, for both kinds of points, which were read rightly, by kept epoch.
export async function unpacked(state) {
  const frames = state.epochs.length, area = state.grid ** 2, fields = await inflated(state.fields);
  const parts = {};
  for (const name of ["train", "validation"]) {
    const { inputs, labels, right } = state[name], at = unpackArray(inputs).values;
    parts[name] = { points: labels.map((label, n) => [at[2 * n], at[2 * n + 1], label]), right: await inflated(right) };
  }
  const pieces = (values, size, k) => Array.from({ length: frames },
    (_, t) => values.subarray((k * frames + t) * size, (k * frames + t + 1) * size));
  const runs = state.runs.map((run, k) => {
    const curves = Object.fromEntries(["loss", "validation_loss", "norm"].map((name) => [name, [...unpackArray(run[name]).values]]));
    const right = (name) => pieces(parts[name].right, parts[name].points.length, k);
    return { ...run, ...curves, fields: pieces(fields, area, k), train: right("train"), validation: right("validation"),
      best: curves.validation_loss.indexOf(Math.min(...curves.validation_loss)) };
  });
  return { ...state, runs, points: { train: parts.train.points, validation: parts.validation.points } };
}

// The runs as a table, widths down and weight decays across; `.show(run, k)` fills in the losses of an epoch.
export function runTable(parent, runs, onChoose) {
  const table = element(parent, "table", { className: "runs" });
  element(table, "caption", {}, "Validation loss of all runs at this epoch (the lowest underlined), and the best that was kept of each run");
  const distinct = (name) => [...new Set(runs.map((run) => run[name]))];
  const head = element(element(table, "thead"), "tr"), body = element(table, "tbody"), cells = new Map();
  element(head, "th", { scope: "col" }, "neurons a layer");
  for (const decay of distinct("decay")) element(head, "th", { scope: "col" }, `λ = ${decay}`);
  for (const width of distinct("width")) {
    const row = element(body, "tr");
    element(row, "th", { scope: "row" }, String(width));
    for (const run of runs.filter((one) => one.width === width)) {
      const made = button(element(row, "td"), { id: `run-${runs.indexOf(run)}`, label: "", onClick: () => onChoose(run) });
      const now = element(made, "span", { className: "now" });
      element(made, "small", {}, `best ${fixed(run.validation_loss[run.best], 3)}`);
      cells.set(run, { made, now });
    }
  }
  const show = (chosen, k) => {
    const lowest = runs.reduce((a, b) => (b.validation_loss[k] < a.validation_loss[k] ? b : a));
    for (const [run, { made, now }] of cells) {
      made.setAttribute("aria-pressed", run === chosen);
      now.textContent = fixed(run.validation_loss[k], 3);
      now.classList.toggle("lowest", run === lowest);
    }
  };
  return { show };
}

// The plane: its frame once; then `.put(name)` puts points there and `.show(run, k, colours)` colours the field.
export function planeOf(parent, { id, window: [xs, ys], grid, points }) {
  const box = element(parent, "div", { className: "plane" });
  const canvas = element(box, "canvas", { attributes: { "aria-hidden": "true" } });
  const svg = draw(box, "svg", { role: "img", "aria-label": "Points, and where the network says which class" });
  const ax = axes(svg, { id: `${id}-p`, width: WIDE, height: TALL, x: xs, y: ys, padding: FRAME, grid: false,
    xLabel: "x₁", yLabel: "x₂" });
  const at = (c, r) => [ax.px(xs[0] + ((xs[1] - xs[0]) * c) / (grid - 1)), ax.py(ys[1] - ((ys[1] - ys[0]) * r) / (grid - 1))];
  const edge = draw(ax.plot, "path", { class: "edge" }), spots = draw(ax.plot, "g");
  let rings = [], name = "";
  function put(wanted) {
    name = wanted;
    spots.replaceChildren();
    const size = points[name].length > 100 ? 2.6 : 4;
    rings = points[name].map(([x, y, label]) => {
      marker(spots, label ? "square" : "circle", ax.px(x), ax.py(y), size, { class: label ? "spot one" : "spot" });
      return marker(spots, "circle", ax.px(x), ax.py(y), size + 3.5, { class: "misread" });
    });
  }
  function show(run, k, colours) {
    const field = run.fields[k], right = run[name][k];
    paint(canvas, grid, grid, (c, r) => diverging(colours, 0.62 * (field[r * grid + c] / 127.5 - 1)));
    edge.setAttribute("d", contour(field, grid, grid, 127.5, at));
    rings.forEach((ring, n) => { ring.style.display = right[n] ? "none" : ""; });
  }
  return { put, show };
}
