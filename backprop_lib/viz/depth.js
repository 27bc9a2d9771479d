// The depth explorer: depth, gain and activation; how large activations and gradients are in every layer.
import { button, choice, draw, element, fixed, follow, short, slider, stage } from "./kit.js";
import { SERIES, axes, legend, line, marker } from "./kit_plots.js";
import { ACTIVATIONS, MOST_DEPTH, makeNetwork, passes } from "./depth_math.js";

const WIDE = 420, TALL = 290, SMALLEST = 1.2e-38, FRAME = { left: 44, right: 10, top: 18, bottom: 34 };
const NAMED = [["1", 1], ["√2 (He)", Math.SQRT2], ["5/3", 5 / 3], ["3", 3]];

function render({ model, el }) {
  const s = stage(el, "depth", "Depth explorer: activations and gradients through many layers");
  const network = makeNetwork(model.get("seed"));
  let [activation, depth, gain] = ["activation", "depth", "gain"].map((name) => model.get(name));
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menu = choice(bar, { id: "activation", label: "activation", options: Object.keys(ACTIVATIONS), value: activation,
    onChange: (v) => { activation = v; redraw(); } });
  const deep = slider(bar, { id: "depth", label: "layers", min: 2, max: MOST_DEPTH, step: 1, value: depth, format: String,
    onInput: (v) => { depth = v; redraw(); } });
  const wide = slider(bar, { id: "gain", label: "gain", min: 0.2, max: 4, step: 0.02, value: gain, format: (v) => fixed(v, 2),
    onInput: (v) => { gain = v; redraw(); } });
  for (const [words, value] of NAMED)
    button(bar, { id: `gain-${value.toFixed(2)}`, label: words, title: `gain ${words}`, onClick: () => { gain = value; redraw(); } });
  const panels = element(s.root, "div", { className: "kit-panels" });
  const sizes = draw(panels, "svg", { role: "img", "aria-label": "Size of activations and of gradients in every layer" });
  const side = element(panels, "div", { className: "side" });
  const verdict = element(side, "p", { className: "verdict" });
  const detail = element(side, "p", { className: "detail" });
  const strip = draw(side, "svg", { role: "img", "aria-label": "Share of idle units in every layer" });
  legend(s.root, [["activations h, forward", SERIES[0]], ["gradients ∂L/∂h, backward", SERIES[1]]]);
  element(s.root, "p", { className: "kit-note" },
    "Root mean square of all entries in a layer. Values go from left to right; gradients start at the right, at a random " +
    "upstream. W is random with standard deviation gain ⁄ √n. The line at 10⁻³⁸ is the smallest normal number of float32.");

  // Whole decades around all that is shown, from 10⁻⁸ to 10⁴ at least and 10⁻⁴⁰ to 10³⁰ at most.
  function rangeOf({ forward, backward }) {
    const shown = [...forward, ...backward].filter((v) => v > 0).map(Math.log10);
    return [10 ** Math.max(-40, Math.floor(Math.min(-8, ...shown))), 10 ** Math.min(30, Math.ceil(Math.max(4, ...shown)))];
  }

  function drawSizes(found) {
    const ax = axes(sizes, { id: `${s.id}-s`, width: WIDE, height: TALL, x: [0, depth], y: rangeOf(found), logY: true, padding: FRAME,
      xLabel: "layer", yLabel: "size (rms)", xTicks: Math.min(depth, 6) });
    draw(ax.plot, "path", { d: `M${ax.box.left} ${ax.py(SMALLEST)}H${ax.box.right}`, class: "smallest" });
    const points = (values) => values.map((v, l) => [l, v > 0 ? v : NaN]);
    line(ax, points(found.forward), SERIES[0]);
    line(ax, points(found.backward), SERIES[1]);
    marker(ax.plot, SERIES[0].mark, ax.px(0), ax.py(found.forward[0]), 4, { class: "kit-mark", stroke: SERIES[0].colour });
    marker(ax.plot, SERIES[1].mark, ax.px(depth), ax.py(found.backward[depth]), 4, { class: "kit-mark", stroke: SERIES[1].colour });
  }

  function drawStrip(found) {
    const ax = axes(strip, { id: `${s.id}-i`, width: WIDE, height: 120, x: [0.5, depth + 0.5], y: [0, 1], padding: FRAME, xTicks: Math.min(depth, 6),
      yTicks: 2, xLabel: "layer", yLabel: "share of units with a slope below 0.05" });
    const half = Math.max(1, (ax.px(2) - ax.px(1)) * 0.4);
    found.idle.forEach((share, l) => {
      if (l) draw(ax.plot, "rect", { x: ax.px(l) - half, y: ax.py(share), width: 2 * half, height: ax.box.bottom - ax.py(share), class: "idle" });
    });
  }

  function redraw() {
    const found = passes(network, { activation, depth, gain });
    drawSizes(found);
    drawStrip(found);
    const ratio = found.backward[0] / found.backward[depth], each = ratio ** (1 / depth), forward = found.forward[depth] / found.forward[0];
    const fate = ratio < 1e-4 ? "vanishes" : ratio > 1e4 ? "explodes" : "arrives";
    verdict.textContent = `The gradient ${fate}: × ${short(each, 3)} a layer, × ${short(ratio, 2)} after ${depth} layers.`;
    detail.textContent = `Activations: × ${short(forward, 2)} after ${depth} layers.`;
    menu.show(activation);
    deep.show(depth);
    wide.show(gain);
    s.report({ activation, depth, gain, ratio, fate, forward: found.forward, backward: found.backward, idle: found.idle });
    s.narrate(`${activation}, gain ${fixed(gain, 2)}, ${depth} layers. ${verdict.textContent}`);
  }

  follow(model, ["activation", "depth", "gain"], s.ends, () => {
    [activation, depth, gain] = ["activation", "depth", "gain"].map((name) => model.get(name));
    redraw();
  });
  redraw();
  return s.end;
}

export default { render };
