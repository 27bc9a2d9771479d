// The training console: one run in curves (left) and in the plane (right), beneath them the table of all runs.
import { button, choice, draw, element, fixed, follow, player, short, stage } from "./kit.js";
import { SERIES, axes, legend, line, marker, palette } from "./kit_plots.js";
import { FRAME, TALL, WIDE, planeOf, runTable, unpacked } from "./console_parts.js";

async function render({ model, el }) {
  const s = stage(el, "console", "Training console");
  const { runs, epochs, window, grid, points } = await unpacked(model.get("state"));
  const last = epochs.length - 1, count = (right) => right.reduce((sum, one) => sum + one, 0);
  let run = runs[model.get("run")], k = last, colours = palette(s.root), shown = "train";
  const panels = element(s.root, "div", { className: "kit-panels" });
  const curves = draw(panels, "svg", { role: "img", "aria-label": "Training and validation loss by epoch" });
  const plane = planeOf(panels, { id: s.id, window, grid, points });
  const scrub = player(s.root, { id: "epoch", label: "epoch", max: last, value: last, perSecond: 5, ends: s.ends,
    format: (v) => `${epochs[v]} of ${epochs[last]}`, onStep: (v) => { k = v; redraw(); } });
  const bar = element(s.root, "div", { className: "kit-controls" });
  button(bar, { id: "best", label: "Go to the best epoch", title: "of the epochs kept, the one with the lowest validation loss of this run",
    onClick: () => { scrub.pause(); scrub.go(run.best); } });
  choice(bar, { id: "points", label: "points shown", value: shown,
    options: [["train", `training (${points.train.length})`], ["validation", `validation (${points.validation.length})`]],
    onChange: (v) => { shown = v; plane.put(v); redraw(); } });
  legend(bar, [["training loss", SERIES[0]], ["validation loss", SERIES[1]]]);
  const foot = element(s.root, "div", { className: "kit-panels" });
  const table = runTable(foot, runs, choose);
  const words = element(foot, "div"), text = element(words, "p", { className: "verdict" });
  element(words, "p", { className: "kit-note" }, `Of the ${epochs[last]} epochs, ${epochs.length - 1} are kept. ` +
    "Dotted: the one of them with the lowest validation loss. In the plane: circles and squares are the two classes; a ring marks a point that is read wrongly; " +
    "on the line the network is undecided.");

  let moveCursor = () => {};
  function drawCurves() {
    const most = Math.min(1.5, Math.max(...run.loss, ...run.validation_loss));
    const ax = axes(curves, { id: `${s.id}-c`, width: WIDE, height: TALL, x: [0, epochs[last]], y: [0, most * 1.05],
      padding: FRAME, xLabel: "epoch", yLabel: "loss" });
    const both = [["loss", SERIES[0]], ["validation_loss", SERIES[1]]];
    for (const [name, series] of both) line(ax, run[name].map((v, n) => [epochs[n], v]), series);
    const upright = (n) => `M${ax.px(epochs[n])} ${ax.box.top}V${ax.box.bottom}`;
    draw(ax.plot, "path", { d: upright(run.best), class: "best" });
    const cursor = draw(ax.plot, "path", { class: "kit-cursor" }), marks = draw(ax.plot, "g");
    moveCursor = () => {
      cursor.setAttribute("d", upright(k));
      marks.replaceChildren();
      for (const [name, series] of both)
        marker(marks, series.mark, ax.px(epochs[k]), ax.py(run[name][k]), 4.5, { class: "kit-mark", stroke: series.colour });
    };
  }

  function redraw() {
    moveCursor();
    plane.show(run, k, colours);
    table.show(run, k);
    const right = { train: count(run.train[k]), validation: count(run.validation[k]) };
    const part = (kind, loss, name) => `${kind} loss ${fixed(loss, 3)} (${right[name]} of ${points[name].length} right)`;
    text.textContent = `${run.width} neurons a layer, λ = ${run.decay}, epoch ${epochs[k]}: ${part("training", run.loss[k], "train")}, ` +
      `${part("validation", run.validation_loss[k], "validation")}, norm of the weights ${short(run.norm[k], 3)}. ` +
      `Best epoch kept of this run: ${epochs[run.best]}, with validation loss ${fixed(run.validation_loss[run.best], 3)}.`;
    s.report({ width: run.width, decay: run.decay, epoch: epochs[k], loss: run.loss[k], validation: run.validation_loss[k],
      norm: run.norm[k], right, best: epochs[run.best], points: shown });
    s.narrate(text.textContent);
  }

  function choose(chosen) {
    run = chosen;
    drawCurves();
    redraw();
  }

  follow(model, ["run"], s.ends, () => { choose(runs[model.get("run")]); scrub.go(last); });
  s.onTheme(() => { colours = palette(s.root); redraw(); });
  plane.put(shown);
  choose(run);
  return s.end;
}

export default { render };
