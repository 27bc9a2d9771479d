// The training console: choose width and λ, scrub through epochs; curves left, the plane right.
import { choice, draw, element, fixed, follow, player, short, stage, toggle, unpackArray } from "./kit.js";
import { SERIES, axes, contour, diverging, legend, line, marker, paint, palette } from "./kit_plots.js";

const WIDE = 420, TALL = 300, FRAME = { left: 40, right: 10, top: 18, bottom: 34 };
const CURVES = ["loss", "validation_loss", "accuracy", "norm"];

function unpacked(state) {
  const runs = state.runs.map((run) => ({ ...run, fields: unpackArray(run.fields),
    ...Object.fromEntries(CURVES.map((name) => [name, [...unpackArray(run[name]).values]])) }));
  const inputs = unpackArray(state.inputs).values;
  return { ...state, runs, points: state.labels.map((label, n) => [inputs[2 * n], inputs[2 * n + 1], label]) };
}

function render({ model, el }) {
  const s = stage(el, "console", "Training console");
  const { runs, epochs, window: [xs, ys], grid, points } = unpacked(model.get("state"));
  const last = epochs.length - 1, distinct = (name) => [...new Set(runs.map((run) => run[name]))];
  let run = runs[model.get("run")], k = last, colours = palette(s.root), all = false;
  const bar = element(s.root, "div", { className: "kit-controls" });
  const find = (change) => {
    const wanted = { width: run.width, decay: run.decay, ...change };
    run = runs.find((one) => one.width === wanted.width && one.decay === wanted.decay) ?? run;
    redraw();
  };
  const width = choice(bar, { id: "width", label: "neurons a layer", options: distinct("width"), value: run.width,
    onChange: (v) => find({ width: Number(v) }) });
  const decay = choice(bar, { id: "decay", label: "weight decay λ", options: distinct("decay"), value: run.decay,
    onChange: (v) => find({ decay: Number(v) }) });
  toggle(bar, { id: "all", label: "validation loss of all runs", onChange: (v) => { all = v; redraw(); } });
  const panels = element(s.root, "div", { className: "kit-panels" });
  const curves = draw(panels, "svg", { role: "img", "aria-label": "Training and validation loss by epoch" });
  const box = element(panels, "div", { className: "plane" });
  const canvas = element(box, "canvas", { attributes: { "aria-hidden": "true" } });
  const plane = draw(box, "svg", { role: "img", "aria-label": "Training points and decision boundary" });
  const scrub = player(s.root, { id: "epoch", label: "epoch", max: last, value: last, ends: s.ends,
    format: (v) => `${epochs[v]} of ${epochs[last]}`, onStep: (v) => { k = v; redraw(); } });
  const text = element(s.root, "p", { className: "verdict" });
  legend(s.root, [["training loss", SERIES[0]], ["validation loss", SERIES[1]]]);
  element(s.root, "p", { className: "kit-note" },
    "The dotted line is the epoch with the lowest validation loss: where early stopping would stop. Right: filled and open " +
    "points are the two classes of the training data, the black line is where the network is undecided.");

  const bestOf = (one) => one.validation_loss.indexOf(Math.min(...one.validation_loss));

  function drawCurves() {
    const most = Math.min(1.4, Math.max(...run.loss, ...run.validation_loss, all ? Math.max(...runs.flatMap((r) => r.validation_loss)) : 0));
    const ax = axes(curves, { id: `${s.id}-c`, width: WIDE, height: TALL, x: [0, epochs[last]], y: [0, most * 1.05],
      padding: FRAME, xLabel: "epoch", yLabel: "loss" });
    if (all) for (const one of runs) line(ax, one.validation_loss.map((v, n) => [epochs[n], v]), null, { class: "kit-line other" });
    line(ax, run.loss.map((v, n) => [epochs[n], v]), SERIES[0]);
    line(ax, run.validation_loss.map((v, n) => [epochs[n], v]), SERIES[1]);
    const best = ax.px(epochs[bestOf(run)]), now = ax.px(epochs[k]);
    draw(ax.plot, "path", { d: `M${best} ${ax.box.top}V${ax.box.bottom}`, class: "best" });
    draw(ax.plot, "path", { d: `M${now} ${ax.box.top}V${ax.box.bottom}`, class: "kit-cursor" });
    for (const [name, series] of [["loss", SERIES[0]], ["validation_loss", SERIES[1]]])
      marker(ax.plot, series.mark, now, ax.py(run[name][k]), 4.5, { class: "kit-mark", stroke: series.colour });
  }

  function drawPlane() {
    const ax = axes(plane, { id: `${s.id}-p`, width: WIDE, height: TALL, x: xs, y: ys, padding: FRAME, grid: false,
      xLabel: "x₁", yLabel: "x₂" });
    const field = run.fields.values.subarray(k * grid * grid, (k + 1) * grid * grid);
    paint(canvas, grid, grid, (c, r) => diverging(colours, 0.62 * (field[r * grid + c] / 127.5 - 1)));
    const at = (c, r) => [ax.px(xs[0] + ((xs[1] - xs[0]) * c) / (grid - 1)), ax.py(ys[1] - ((ys[1] - ys[0]) * r) / (grid - 1))];
    draw(ax.plot, "path", { d: contour(field, grid, grid, 127.5, at), class: "edge" });
    for (const [x, y, label] of points)
      marker(ax.plot, label ? "square" : "circle", ax.px(x), ax.py(y), 4, { class: label ? "spot one" : "spot" });
  }

  function redraw() {
    drawCurves();
    drawPlane();
    width.show(run.width);
    decay.show(run.decay);
    const best = bestOf(run);
    text.textContent = `epoch ${epochs[k]}: training loss ${fixed(run.loss[k], 3)}, validation loss ${fixed(run.validation_loss[k], 3)}, ` +
      `validation accuracy ${fixed(100 * run.accuracy[k], 1)} %, norm of the weights ${short(run.norm[k], 3)}. ` +
      `Lowest validation loss ${fixed(run.validation_loss[best], 3)} at epoch ${epochs[best]}.`;
    s.report({ width: run.width, decay: run.decay, epoch: epochs[k], loss: run.loss[k], validation: run.validation_loss[k],
      accuracy: run.accuracy[k], best: epochs[best] });
    s.narrate(text.textContent);
  }

  follow(model, ["run"], s.ends, () => { run = runs[model.get("run")]; scrub.go(last); });
  s.onTheme(() => { colours = palette(s.root); redraw(); });
  redraw();
  return s.end;
}

export default { render };
