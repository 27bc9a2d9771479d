// Histograms of layers: switches above, values and gradients layer by layer, the race beside them.
import { choice, draw, element, fixed, follow, player, short, stage, toggle, unpackArray } from "./kit.js";
import { axes, legend, line, marker, pathOf } from "./kit_plots.js";
import { RACE_SERIES, lossBefore, middle, nameOf, rangeOf, softened, tiny, unpackedLooks } from "./histograms_look.js";

const WIDE = 600, LOW = 200, RACE = { width: 380, height: 330 };
const ROW = { left: 46, right: 8, top: 20, bottom: 46 }, RACE_ROW = { left: 34, right: 10, top: 18, bottom: 34 };
const TITLES = { values: "size |h| of the values, before the activation  →", gradients: "size |∂L/∂h| of the gradients  ←" };

function render({ model, el }) {
  const s = stage(el, "histograms", "Histograms of layers");
  const state = model.get("state"), { setups, shown, racers, steps } = state;
  const first = unpackedLooks(state.looks), raced = unpackedLooks(state.raced);
  const packedLosses = unpackArray(state.losses), length = packedLosses.shape[1];
  const losses = racers.map((_, r) => softened([...packedLosses.values.subarray(r * length, (r + 1) * length)]));
  let chosen = model.get("chosen"), k = 0;
  const distinct = (at) => [...new Set(setups.map((one) => one[at]))];
  const change = (at, value) => {
    const wanted = setups[chosen].map((old, n) => (n === at ? value : old));
    chosen = setups.findIndex((one) => one.every((v, n) => v === wanted[n]));
    redraw();
  };
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menus = ["init", "activation", "norm"].map((name, at) => choice(bar, { id: name, label: name,
    options: distinct(at), value: setups[chosen][at], onChange: (v) => change(at, v) }));
  const skip = toggle(bar, { id: "skip", label: "skip: h + f(h)", value: setups[chosen][3], onChange: (v) => change(3, v) });
  const jump = choice(bar, { id: "racer", label: "trained ones", value: "", options: [["", "choose"],
    ...racers.map((at) => [at, nameOf(setups[at])])],
    onChange: (v) => { if (v !== "") { chosen = Number(v); redraw(); } } });
  const panels = element(s.root, "div", { className: "kit-panels" });
  const rows = element(panels, "div", { className: "rows" });
  const plots = Object.fromEntries(["values", "gradients"].map((part) => [part,
    draw(rows, "svg", { role: "img", "aria-label": `Histograms of the ${part}, one for each of ${shown.length} layers` })]));
  const side = element(panels, "div", { className: "side" });
  const race = draw(side, "svg", { role: "img", "aria-label": "Training loss of the set-ups that were trained" });
  const key = legend(side, racers.map((at, r) => [nameOf(setups[at]), RACE_SERIES[r % RACE_SERIES.length]]));
  const racer = () => racers.indexOf(chosen);
  const scrub = player(s.root, { id: "step", label: "training step", max: steps.length - 1, value: 0, perSecond: 4, ends: s.ends,
    format: (v) => `${steps[v]} of ${steps[steps.length - 1]}${racer() < 0 ? ", of the race only" : ""}`, onStep: (v) => { k = v; redraw(); } });
  const verdict = element(s.root, "p", { className: "verdict" });
  element(s.root, "p", { className: "kit-note" },
    "Each shape is one layer's histogram, standing upright: wide where many numbers have the size that the axis at the " +
    "left says, in powers of ten. The bar in it, and the number below, is the root of the mean square (rms). " +
    "The slider goes through the training of the set-ups in the key; the others are shown before training. " +
    "Look at the axis when you change the set-up: it may have changed, too.");

  const looksOf = (part) => (racer() < 0 ? [first[part][chosen]]
    : raced[part].slice(racer() * steps.length, (racer() + 1) * steps.length));

  function drawRow(part) {
    const looks = looksOf(part), look = looks[racer() < 0 ? 0 : k], [lo, hi] = rangeOf(looks);
    const ax = axes(plots[part], { id: `${s.id}-${part}`, width: WIDE, height: LOW, x: [0, shown.length], y: [lo, hi],
      logY: true, xTicks: 0, yTicks: 6, padding: ROW,
      yLabel: `${racer() < 0 || !k ? "before training" : `after ${steps[k]} steps`}: ${TITLES[part]}` });
    const [, activation, norm] = setups[chosen];
    if (part === "values" && activation === "tanh" && norm === "none" && hi > 2) {
      draw(ax.plot, "rect", { x: ax.box.left, width: ax.box.right - ax.box.left, y: ax.box.top, height: ax.py(2) - ax.box.top,
        class: "flat" });
      draw(ax.plot, "text", { x: ax.box.right - 4, y: ax.box.top + 12, "text-anchor": "end" }, "tanh is nearly flat beyond 2");
    }
    const slot = (ax.box.right - ax.box.left) / shown.length, trend = [];
    look.forEach(({ rms, top, counts }, j) => {
      const x = ax.box.left + (j + 0.5) * slot, half = (c) => (0.44 * slot * c) / 255;
      if (rms > 0) {
        const right = [...counts].map((c, b) => [x + half(c), ax.py(middle(top, b))]);
        const left = right.map(([px, py]) => [2 * x - px, py]).reverse();
        draw(ax.plot, "path", { d: `${pathOf([...right, ...left])}Z`, class: `shape ${part}` });
        const y = ax.py(rms);
        trend.push([x, y]);
        draw(ax.plot, "path", { d: `M${x - 7} ${y}H${x + 7}`, class: "rms" });
      }
      const below = ax.box.bottom;
      draw(plots[part], "text", { x, y: below + 22, "text-anchor": "middle" }, shown[j]);
      draw(plots[part], "text", { x, y: below + 38, "text-anchor": "middle", class: `number ${part}` }, tiny(rms));
    });
    draw(plots[part], "text", { x: ax.box.left - 5, y: ax.box.bottom + 22, "text-anchor": "end" }, "layer");
    draw(plots[part], "text", { x: ax.box.left - 5, y: ax.box.bottom + 38, "text-anchor": "end" }, "rms");
    if (!trend.length) draw(ax.plot, "text", { x: (ax.box.left + ax.box.right) / 2, y: (ax.box.top + ax.box.bottom) / 2,
      "text-anchor": "middle", class: "kit-title" }, "all are exactly 0");
    draw(ax.plot, "path", { d: pathOf(trend), class: "trend" });
    return look.map((one) => one.rms);
  }

  function drawRace() {
    const last = steps[steps.length - 1];
    const ax = axes(race, { id: `${s.id}-race`, ...RACE, x: [0, last], y: [0, 2.8], padding: RACE_ROW, xLabel: "training step",
      yLabel: "training loss" });
    const guess = ax.py(Math.log(10));
    draw(ax.plot, "path", { d: `M${ax.box.left} ${guess}H${ax.box.right}`, class: "guess" });
    draw(ax.plot, "text", { x: ax.box.right - 4, y: guess - 5, "text-anchor": "end" }, "ln 10: guessing");
    draw(ax.plot, "path", { d: `M${ax.px(steps[k])} ${ax.box.top}V${ax.box.bottom}`, class: "kit-cursor" });
    const order = racers.map((_, r) => r).sort((a, b) => (a === racer()) - (b === racer()));
    for (const r of order) {
      const series = RACE_SERIES[r % RACE_SERIES.length], bold = r === racer();
      line(ax, losses[r].map((v, n) => [n + 1, v]), series, { class: bold ? "kit-line bold" : "kit-line" });
      marker(ax.plot, series.mark, ax.px(steps[k]), ax.py(lossBefore(losses[r], steps[k])), bold ? 5.5 : 4,
        { class: "kit-mark", stroke: series.colour });
    }
    [...key.children].forEach((one, r) => one.classList.toggle("bold", r === racer()));
  }

  const by = (end, start) => (start === 0 ? (end === 0 ? "all are 0" : "come from 0") : end === 0 ? "become 0" : `× ${short(end / start, 2)}`);

  function redraw() {
    const setup = setups[chosen], values = drawRow("values"), gradients = drawRow("gradients");
    drawRace();
    menus.forEach((menu, at) => menu.show(setup[at]));
    skip.show(setup[3]);
    jump.show(racer() < 0 ? "" : chosen);
    scrub.range.show(k);
    const [from, to] = [shown[0], shown[shown.length - 1]], loss = racer() < 0 ? null : lossBefore(losses[racer()], steps[k]);
    verdict.textContent = `${nameOf(setup)}${loss === null ? "" : `, step ${steps[k]}`}. ` +
      `Values, layer ${from} → ${to}: ${by(values[values.length - 1], values[0])}. ` +
      `Gradients, layer ${to} → ${from}: ${by(gradients[0], gradients[gradients.length - 1])}. ` +
      (loss === null ? "This set-up was not trained: the histograms are those before training." : `Loss ${fixed(loss, 2)}.`);
    s.report({ setup: nameOf(setup), step: steps[k], values, gradients, loss: loss ?? "none", losses: losses.map((one) => lossBefore(one, steps[k])) });
    s.narrate(verdict.textContent);
  }

  follow(model, ["chosen"], s.ends, () => { chosen = model.get("chosen"); scrub.go(0); });
  redraw();
  return s.end;
}

export default { render };
