// Logits on springs: each class a ball at its height z, an arrow for −∂L/∂z, and beside it the bars p and y.
import { button, choice, clamp, dragging, draw, element, fixed, follow, short, slider, stage } from "./kit.js";
import { axes } from "./kit_plots.js";
import { lossOf, targetOf } from "./forces_math.js";

const LIMIT = 8, WIDE = 400, TALL = 300, REACH = 5;
const STARTS = {
  "sure and wrong": (C, right) => Array.from({ length: C }, (_, k) => (k === (right + 1) % C ? 6 : k === right ? -4 : -1)),
  "knows nothing": (C) => new Array(C).fill(0),
  "unsure": (C, right) => Array.from({ length: C }, (_, k) => (k === right ? 0.5 : k % 2 ? 0.2 : -0.4)),
  "sure and right": (C, right) => Array.from({ length: C }, (_, k) => (k === right ? 6 : -1)),
};

function render({ model, el }) {
  const s = stage(el, "forces", "Logit forces: softmax, target and the pull of the loss on each logit");
  let z = [...model.get("logits")], right = model.get("right"), kind = model.get("loss"), smoothing = model.get("smoothing");
  const C = z.length;
  let shift = 0, steps = 0, timer = null, ax = null;
  const panels = element(s.root, "div", { className: "kit-panels" });
  const heights = draw(panels, "svg", { role: "img", "aria-label": "Each logit at its height, with the force on it" });
  const bars = draw(panels, "svg", { role: "img", "aria-label": "Probability and target of each class" });
  const line = element(s.root, "p", { className: "verdict" });
  const bar = element(s.root, "div", { className: "kit-controls" });
  const lossMenu = choice(bar, { id: "loss", label: "loss", options: ["cross-entropy", "squared error"], value: kind,
    onChange: (v) => { kind = v; steps = 0; redraw(); } });
  const rightMenu = choice(bar, { id: "right", label: "right class", options: z.map((_, k) => k), value: right,
    onChange: (v) => { right = Number(v); steps = 0; redraw(); } });
  choice(bar, { id: "start", label: "start", options: ["as given", ...Object.keys(STARTS)], value: "as given",
    onChange: (name) => begin(STARTS[name] ? STARTS[name](C, right) : [...model.get("logits")]) });
  button(bar, { id: "one-step", label: "One step", title: "z ← z − ∂L/∂z", onClick: () => { pause(); step(); } });
  const play = button(bar, { id: "let-go", label: "Let go", primary: true, onClick: () => (timer ? pause() : run()) });
  const more = element(s.root, "div", { className: "kit-controls" });
  const smooth = slider(more, { id: "smoothing", label: "label smoothing", min: 0, max: 0.5, step: 0.05, value: smoothing,
    onInput: (v) => { smoothing = v; redraw(); } });
  const add = slider(more, { id: "shift", label: "add to all logits", min: -5, max: 5, step: 0.5, value: 0, format: (v) => fixed(v, 1),
    onInput: (v) => { z = z.map((old) => old + v - shift); shift = v; redraw(); } });
  const controls = element(s.root, "div", { className: "kit-controls logits" });
  const sliders = z.map((v, k) => slider(controls, { id: `z${k}`, label: `z${"₀₁₂₃₄₅₆₇₈₉"[k]}`, min: -LIMIT, max: LIMIT, step: 0.1,
    value: v, format: (u) => fixed(u, 1), onInput: (u) => { z[k] = u; steps = 0; redraw(); } }));
  element(s.root, "p", { className: "kit-note" },
    "Drag a ball or move its slider. A vermillion arrow is the force −∂L/∂z on a logit. A full bar is the probability p, " +
    "the open box the target y.");

  function begin(values) {
    pause();
    z = values;
    shift = steps = 0;
    add.show(0);
    redraw();
  }
  function step() {
    const { gradient } = lossOf(kind, z, targetOf(C, right, smoothing));
    z = z.map((v, k) => v - gradient[k]);
    steps += 1;
    redraw();
  }
  function run() {
    play.show("Hold");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    timer = setInterval(() => { for (let n = calm ? 8 : 1; n; n--) step(); }, calm ? 700 : 90);
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.show("Let go");
  }

  const place = (k) => ((k + 0.5) * 10) / C;

  function drawHeights(found) {
    ax = axes(heights, { id: `${s.id}-z`, width: WIDE, height: TALL, x: [0, 10], y: [-LIMIT - 1, LIMIT + 1], xTicks: 0,
      yLabel: "logit z", padding: { left: 34, right: 8, top: 18, bottom: 26 } });
    z.forEach((v, k) => {
      const x = ax.px(place(k)), y = ax.py(clamp(v, -LIMIT - 1, LIMIT + 1)), reach = -found.gradient[k] * REACH;
      const tip = ax.py(clamp(v + reach, -LIMIT - 1, LIMIT + 1));
      draw(ax.plot, "path", { d: `M${x} ${ax.py(0)}V${y}`, class: "string" });
      draw(ax.plot, "circle", { cx: x, cy: y, r: 10, class: `ball kit-handle${k === right ? " right" : ""}` });
      draw(ax.plot, "text", { x, y: y + 4, "text-anchor": "middle", class: "digit" }, k);
      if (Math.abs(tip - y) > 3) {
        const end = tip + (tip < y ? 7 : -7);
        draw(ax.plot, "path", { d: `M${x + 16} ${y}V${end}`, class: "force" });
        draw(ax.plot, "path", { d: `M${x + 16} ${tip}l-5 ${tip < y ? 9 : -9}h10z`, class: "tip" });
      }
      draw(heights, "text", { x, y: TALL - 9, "text-anchor": "middle" }, fixed(-found.gradient[k], 3));
    });
  }

  function drawBars(found, y) {
    const plot = axes(bars, { id: `${s.id}-p`, width: WIDE, height: TALL, x: [0, 10], y: [0, 1.02], xTicks: 0,
      yLabel: "probability p, target y", padding: { left: 34, right: 8, top: 18, bottom: 26 } });
    const half = Math.min(22, 140 / C);
    found.p.forEach((p, k) => {
      const x = plot.px(place(k)), [top, goal, floor] = [plot.py(p), plot.py(y[k]), plot.py(0)];
      draw(plot.plot, "rect", { x: x - half, y: top, width: 2 * half, height: floor - top, class: "probability" });
      draw(plot.plot, "rect", { x: x - half - 4, y: goal, width: 2 * half + 8, height: Math.max(0.5, floor - goal), class: "target" });
      draw(bars, "text", { x, y: TALL - 9, "text-anchor": "middle" }, `${k}: ${fixed(p, 3)}`);
    });
  }

  function redraw() {
    const y = targetOf(C, right, smoothing), found = lossOf(kind, z, y);
    drawHeights(found);
    drawBars(found, y);
    const sum = found.gradient.reduce((a, b) => a + b, 0);
    line.textContent = `loss ${short(found.loss, 4)} · chance level ln ${C} = ${fixed(Math.log(C), 2)} · ` +
      `forces add up to ${fixed(-sum, 3)}` + (steps ? ` · ${steps} steps` : "");
    sliders.forEach((input, k) => input.show(z[k]));
    smooth.show(smoothing);
    lossMenu.show(kind);
    rightMenu.show(right);
    s.report({ loss: kind, value: found.loss, right, smoothing, steps, z, p: found.p, gradient: found.gradient });
    s.narrate(`Loss ${short(found.loss, 3)}. The right class ${right} has probability ${fixed(found.p[right], 3)} ` +
      `and is pulled with ${fixed(-found.gradient[right], 3)}.`);
  }

  dragging(heights, { signal: s.signal,
    take: (px) => { pause(); const k = Math.floor((ax.x(px) / 10) * C); return k >= 0 && k < C ? k : null; },
    move: (k, px, py) => { z[k] = clamp(ax.y(py), -LIMIT, LIMIT); steps = 0; redraw(); } });
  follow(model, ["logits", "right", "loss", "smoothing"], s.ends, () => {
    [right, kind, smoothing] = ["right", "loss", "smoothing"].map((name) => model.get(name));
    begin([...model.get("logits")]);
  });
  s.ends.push(pause);
  redraw();
  return s.end;
}

export default { render };
