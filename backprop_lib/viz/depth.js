// The depth explorer: activation, gain and depth; how large values and gradients are in every layer.
import { button, choice, draw, element, fixed, follow, short, slider, stage } from "./kit.js";
import { SERIES, axes, legend, line, marker } from "./kit_plots.js";
import { ACTIVATIONS, BATCH, MOST_DEPTH, ROUNDED_TO_ZERO, SIZE, makeNetwork, passes, theory } from "./depth_math.js";

const WIDE = 420, FRAME = { left: 44, right: 12, top: 20, bottom: 34 }, SEEDS = 10;
const REACHES = [3, 6, 12, 24, 48, 96];
const VALUES = { ...SERIES[0], dash: "" }, GRADIENTS = { ...SERIES[1], dash: "" };
const DASHED = { colour: "var(--bpl-ink)", dash: "3 4" };

const spanOf = (depth) => [-depth / 50, depth * 1.02];

function render({ model, el }) {
  const s = stage(el, "depth", "Depth explorer: the size of values and gradients through many layers");
  let [activation, depth, gain, seed] = ["activation", "depth", "gain", "seed"].map((name) => model.get(name));
  let network = makeNetwork(seed);
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menu = choice(bar, { id: "activation", label: "activation φ", options: Object.keys(ACTIVATIONS), value: activation,
    onChange: (v) => { activation = v; redraw(); } });
  const wide = slider(bar, { id: "gain", label: "gain", min: -2.32, max: 3.8, step: 0.01, value: Math.log2(gain),
    format: (v) => fixed(2 ** v, 2), title: "from 0.2 to 14; equal ways are equal factors",
    onInput: (v) => { gain = 2 ** v; redraw(); } });
  const deep = slider(bar, { id: "depth", label: "layers", min: 2, max: MOST_DEPTH, step: 1, value: depth, format: String,
    onInput: (v) => { depth = v; redraw(); } });
  button(bar, { id: "redraw", label: "Other weights", title: "the same law, other random numbers",
    onClick: () => { seed = (seed + 1) % SEEDS; network = makeNetwork(seed); redraw(); } });
  const verdict = element(s.root, "p", { className: "verdict" });
  const product = element(s.root, "p", { className: "product" });
  const panels = element(s.root, "div", { className: "kit-panels" });
  const sizes = draw(panels, "svg", { role: "img", "aria-label": "Size of the activations in every layer" });
  const gradients = draw(panels, "svg", { role: "img", "aria-label": "Norm of the gradient in every layer" });
  const below = element(s.root, "div", { className: "kit-panels" });
  const strip = draw(below, "svg", { role: "img", "aria-label": "Share of units with a flat slope in every layer" });
  const side = element(below, "div");
  legend(side, [["activations", VALUES], ["gradient", GRADIENTS], ["predicted", DASHED]]);
  element(side, "p", { className: "kit-note" }, `${SIZE} units a layer, ${BATCH} examples, W = gain · N ⁄ √${SIZE} with normal N. ` +
    "Bars: where φ′ is under 5 % of its largest value. Pale: share of all units on all examples. " +
    `Full: units for which it is so on each of the ${BATCH} examples.`);

  function drawSeries(svg, values, predicted, series, { id, title, start }) {
    const all = [...values, ...predicted].filter((v) => v > 0).map((v) => Math.abs(Math.log10(v)));
    const reach = REACHES.find((r) => Math.max(...all) <= r) ?? REACHES.at(-1);
    const ax = axes(svg, { id: `${s.id}-${id}`, width: WIDE, height: 250, x: spanOf(depth), y: [10 ** -reach, 10 ** reach],
      logY: true, padding: FRAME, xLabel: "layer", yLabel: title, xTicks: Math.min(depth, 6), yTicks: 6 });
    if (reach > 45) {
      const y = ax.py(ROUNDED_TO_ZERO);
      draw(ax.plot, "path", { d: `M${ax.box.left} ${y}H${ax.box.right}`, class: "limit" });
      draw(ax.plot, "text", { x: ax.box.right - 4, y: y + 13, "text-anchor": "end" }, "0 in float32");
    }
    line(ax, values.map((v, l) => [l, v > 0 ? v : NaN]), series);
    const stride = Math.ceil(depth / 15);
    values.forEach((v, l) => {
      if ((l - start) % stride || !(v > 0)) return;
      marker(ax.plot, series.mark, ax.px(l), ax.py(v), 3.2, { class: "kit-mark", stroke: series.colour });
    });
    line(ax, predicted.map((v, l) => [l, v > 0 ? v : NaN]), DASHED);
  }

  function drawStrip(found) {
    const ax = axes(strip, { id: `${s.id}-flat`, width: WIDE, height: 120, x: spanOf(depth), y: [0, 1], padding: FRAME,
      xTicks: Math.min(depth, 6), yTicks: 2, xLabel: "layer", yLabel: "share of flat slopes" });
    const half = Math.max(1, (ax.px(2) - ax.px(1)) * 0.4), draws = [[found.flat, "flat"], [found.flatForAll, "flat all"]];
    for (const [shares, name] of draws) {
      shares.forEach((share, l) => draw(ax.plot, "rect", { x: ax.px(l) - half, y: ax.py(share), width: 2 * half,
        height: ax.box.bottom - ax.py(share), class: name }));
    }
  }

  function redraw() {
    const settings = { activation, depth, gain }, found = passes(network, settings);
    const predicted = theory(found.forward[0], settings);
    drawSeries(sizes, found.forward, predicted.forward, VALUES, { id: "h", start: 0, title: "→ forward: activations h, rms" });
    drawSeries(gradients, found.backward, predicted.backward, GRADIENTS, { id: "g", start: depth, title: "← backward: gradient ‖∂L/∂h‖" });
    drawStrip(found);
    const ratio = found.backward[0], each = ratio ** (1 / depth), expected = predicted.backward[0] ** (1 / depth);
    const fate = ratio < 1e-3 ? "vanishes" : ratio > 1e3 ? "explodes" : "arrives";
    const lost = found.backward.findLastIndex((v) => v < ROUNDED_TO_ZERO);
    verdict.replaceChildren("The gradient ", element(null, "strong", {}, fate), `: × ${short(each, 3)} a layer, after ${depth} layers `,
      element(null, "strong", {}, `× ${short(ratio, 2)}`), lost < 0 ? "" : `; in float32 it is 0 from layer ${lost} down`);
    product.textContent = `Predicted: gain ${fixed(gain, 2)} · rms of φ′ ${short(expected / gain, 3)} = × ${short(expected, 3)} a layer.`;
    menu.show(activation);
    wide.show(Math.log2(gain));
    deep.show(depth);
    s.report({ activation, depth, gain, seed, ratio, fate, lost, ...found,
      theoryForward: predicted.forward, theoryBackward: predicted.backward });
    s.narrate(`${activation}, gain ${fixed(gain, 2)}, ${depth} layers. ${verdict.textContent}`);
  }

  follow(model, ["activation", "depth", "gain", "seed"], s.ends, () => {
    [activation, depth, gain, seed] = ["activation", "depth", "gain", "seed"].map((name) => model.get(name));
    network = makeNetwork(seed);
    redraw();
  });
  redraw();
  return s.end;
}

export default { render };
