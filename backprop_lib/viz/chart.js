// The patient's chart: curves, gradients and updates by layer, outputs of the layers; one slider for all.
import { choice, element, follow, player, short, stage, toggle } from "./kit.js";
import { SERIES, legend } from "./kit_plots.js";
import { figure, layerName, percent, unpackedChart } from "./chart_data.js";
import { barsPanel, curvesPanel } from "./chart_plots.js";

const RIGHT = [["train", "training"], ["validation", "validation"], ["fresh", "fresh"]];
// [a name in the record, words, how a number is written, the activation that it is for]
const COLUMNS = [["gradient", "‖∂L/∂W‖", figure], ["ratio", "‖ΔW‖ / ‖W‖", figure], ["mean", "mean", figure],
  ["std", "std", figure], ["zeros", "exactly 0", percent, "relu"], ["silent", "silent neurons", percent, "relu"],
  ["flat", "beyond ±0.97", percent, "tanh"]];

function render({ model, el }) {
  const s = stage(el, "chart", "The patient's chart");
  const { runs, charts: packed } = model.get("state"), charts = packed.map(unpackedChart);
  const any = runs.some((one) => one.beside >= 0);
  let run = runs[model.get("chosen")], k = model.get("look"), both = true;
  const chart = () => charts[run.chart], other = () => (run.beside < 0 ? null : charts[run.beside]);
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menu = runs.length < 2 ? null : choice(bar, { id: "run", label: "run", value: model.get("chosen"),
    options: runs.map((one, i) => [i, one.name]), onChange: (i) => { run = runs[i]; take(); } });
  const beside = any ? toggle(bar, { id: "beside", label: "healthy twin beside it", value: both,
    onChange: (on) => { both = on; take(); } }) : null;
  const scrub = player(s.root, { id: "look", label: "step", max: chart().steps.length - 1, value: k, perSecond: 8, ends: s.ends,
    format: (v) => `${chart().steps[v]} of ${chart().n}`, onStep: (v) => { k = v; redraw(); } });

  const panels = element(s.root, "div", { className: "kit-panels" });
  const byLook = (one, name) => one.steps.map((step, i) => [step, one[name][i]]);
  const byLayer = (name) => (one) => one.kinds.map((_, j) => one.steps.map((step, i) => [step, one[name][i][j]]));
  const holder = (key) => {
    const box = element(panels, "div");
    return { box, end: () => legend(box, key) };
  };
  const curves = [
    { title: "loss of each batch (logarithmic)", label: "Training loss by step", lines: (one) => [one.loss.map((v, i) => [i + 1, v])],
      level: [Math.log(10), "ln 10: guessing"], key: [["training loss", SERIES[0]]] },
    { title: "share of right answers", label: "Share of right answers by step: training, validation and fresh images", yRange: [0, 1],
      lines: (one) => RIGHT.map(([name]) => byLook(one, name)), key: RIGHT.map(([, words], j) => [words, SERIES[j]]) },
    { title: "norm of the gradient ∂L/∂W", label: "Norm of the gradient of each layer's weights by step", lines: byLayer("gradient") },
    { title: "update ratio ‖ΔW‖ / ‖W‖", label: "Size of the update of each layer's weights, divided by that of the weights", lines: byLayer("ratio") },
  ].map(({ key, ...panel }, i) => {
    const layers = charts[0].kinds.map((_, j) => [`W of layer ${j + 1}`, SERIES[j]]), { box, end } = holder(key ?? layers);
    const made = curvesPanel(box, { id: `${s.id}-c${i}`, ...panel });
    end();
    return made;
  });
  const row = element(s.root, "div", { className: "kit-panels outputs" });
  const bars = charts[0].kinds.map((_, j) => barsPanel(element(row, "div"), { id: `${s.id}-b${j}`, j }));
  const text = element(s.root, "p", { className: "verdict" });
  const table = element(s.root, "table");
  const head = element(element(table, "thead"), "tr");
  for (const words of ["", ...COLUMNS.map((column) => column[1])]) element(head, words ? "th" : "td", words ? { attributes: { scope: "col" } } : {}, words);
  const body = element(table, "tbody"), cells = charts[0].kinds.map(() => {
    const line = element(body, "tr"), name = element(line, "th", { attributes: { scope: "row" } });
    return { name, values: COLUMNS.map(() => {
      const cell = element(line, "td");
      return { now: element(cell, "span"), twin: element(cell, "small") };
    }) };
  });
  element(s.root, "p", { className: "kit-note" },
    `${any ? "Grey: the healthy twin, the same programme without the fault. " : ""}Training and validation accuracy are what the ` +
    "programme measured. Fresh images it never got: the clinic asks the net about them. Histograms: the outputs of a layer for the " +
    "batch of this step, without those that are exactly 0. A silent neuron gives 0 for the whole batch. What is 0 lies on the lower edge of a logarithmic plot.");

  const wordsOf = (one, at) => `loss ${figure(one.loss[one.steps[at] - 1])}; right: ` +
    RIGHT.map(([name, words]) => `${words} ${percent(one[name][at])}`).join(", ");
  const placed = (one) => Math.min(k, one.steps.length - 1);

  function redraw() {
    const one = chart(), twin = both ? other() : null, step = one.steps[k];
    curves.forEach((panel) => panel.move(step));
    bars.forEach((show) => show(one, twin, k));
    cells.forEach(({ name, values }, j) => {
      name.textContent = layerName(one.kinds, j);
      values.forEach(({ now, twin: old }, c) => {
        const [key, , words, kind] = COLUMNS[c], fits = !kind || kind === one.kinds[j];
        now.textContent = fits ? words(one[key][k][j]) : "–";
        old.textContent = twin && fits ? words(twin[key][placed(twin)][j]) : "";
      });
    });
    text.textContent = `${run.name ? `${run.name}, step` : "Step"} ${step} of ${one.n}: ${wordsOf(one, k)}.` +
      (twin ? ` Twin: ${wordsOf(twin, placed(twin))}.` : "");
    const numbers = (chosen, at) => Object.fromEntries([["loss", chosen.loss[chosen.steps[at] - 1]],
      ...RIGHT.map(([name]) => [name, chosen[name][at]]), ...COLUMNS.map(([name]) => [name, chosen[name][at]])]);
    s.report({ run: run.name, step, ...numbers(one, k), twin: twin ? numbers(twin, placed(twin)) : "none" });
    s.narrate(text.textContent);
  }

  // Another run, or its twin shown or not: the curves are drawn anew, the step stays.
  function take() {
    menu?.show(runs.indexOf(run));
    if (beside) beside.disabled = run.beside < 0;
    curves.forEach((panel) => panel.set(chart(), other(), both));
    scrub.setMax(chart().steps.length - 1);
    redraw();
  }

  follow(model, ["chosen", "look"], s.ends, () => {
    run = runs[model.get("chosen")];
    take();
    scrub.go(model.get("look"));
  });
  take();
  return s.end;
}

export default { render };
