// Logits on springs: each class a ball at its height z, an arrow for −∂L/∂z, beside it the bars p and y, and
// below where the right class's p would go if they were let go now, with either loss.
import { button, choice, clamp, dragging, draw, element, fixed, follow, short, slider, stage } from "./kit.js";
import { SERIES, axes, legend, line } from "./kit_plots.js";
import { futureOf, lossOf, targetOf } from "./forces_math.js";

const LIMIT = 8, WIDE = 400, TALL = 300, REACH = 5, MOST = 1000;
const LOSSES = ["cross-entropy", "squared error"], LOOKS = [SERIES[0], SERIES[3]];
const GIVEN = "as in the cell";
const STARTS = {
  "sure and wrong": (C, right) => Array.from({ length: C }, (_, k) => (k === (right + 1) % C ? 6 : k === right ? -4 : -1)),
  "knows nothing": (C) => new Array(C).fill(0),
  "unsure": (C, right) => Array.from({ length: C }, (_, k) => (k === right ? 0.5 : k % 2 ? 0.2 : -0.4)),
  "sure and right": (C, right) => Array.from({ length: C }, (_, k) => (k === right ? 6 : -1)),
};
// The steps at which the curves below are drawn: evenly spread on a logarithmic axis.
const DRAWN = [...new Set(Array.from({ length: 241 }, (_, k) => Math.round(MOST ** (k / 240))))];

const counted = (n) => `${n} step${n === 1 ? "" : "s"}`;

function render({ model, el }) {
  const s = stage(el, "forces", "Logit forces: softmax, target and the pull of the loss on each logit");
  let z = [...model.get("logits")], right = model.get("right"), kind = model.get("loss"), smoothing = model.get("smoothing");
  const C = z.length, space = 358 / C, radius = Math.min(10, 0.25 * space), digits = C > 6 ? 2 : 3;
  let shift = 0, steps = 0, timer = null, ax = null, chosen = GIVEN;
  const panels = element(s.root, "div", { className: "kit-panels" });
  const heights = draw(panels, "svg", { role: "img", class: "heights", "aria-label": "Each logit at its height, with the force on it" });
  const bars = draw(panels, "svg", { role: "img", "aria-label": "Probability and target of each class" });
  const verdict = element(s.root, "p", { className: "verdict" });
  const ahead = draw(s.root, "svg", { role: "img", "aria-label": "Probability of the right class over the steps to come" });
  legend(s.root, LOSSES.map((words, k) => [words, { ...LOOKS[k], mark: "" }]));
  const outlook = element(s.root, "p", { className: "verdict" });
  const bar = element(s.root, "div", { className: "kit-controls" });
  const lossMenu = choice(bar, { id: "loss", label: "loss", options: LOSSES, value: kind,
    onChange: (v) => { kind = v; steps = 0; redraw(); } });
  const rightMenu = choice(bar, { id: "right", label: "right class", options: z.map((_, k) => k), value: right,
    onChange: (v) => { right = Number(v); steps = 0; redraw(); } });
  const startMenu = choice(bar, { id: "start", label: "logits to start from", options: [chosen, ...Object.keys(STARTS)], value: chosen,
    onChange: (name) => { chosen = name; restart(); } });
  button(bar, { id: "again", label: "Start again", title: "Back to the start that is chosen", onClick: restart });
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
    `Drag a ball or move its slider. A vermillion arrow is the force −∂L/∂z on a logit, drawn ${REACH} times as long. ` +
    "A full bar is the probability p, " +
    "the open box the target y.");

  function begin(values) {
    pause();
    z = values;
    shift = steps = 0;
    add.show(0);
    redraw();
  }
  function restart() {
    begin(STARTS[chosen] ? STARTS[chosen](C, right) : [...model.get("logits")]);
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
    timer = setInterval(() => {
      for (let n = calm ? 8 : 1; n; n--) step();
      if (steps >= MOST) pause();
    }, calm ? 700 : 90);
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.show("Let go");
  }

  const place = (k) => ((k + 0.5) * 10) / C;
  const frame = (svg, name, y, yLabel, others) => axes(svg, { id: `${s.id}-${name}`, width: WIDE, height: TALL, x: [0, 10], y, xTicks: 0,
    yLabel, padding: { left: 34, right: 8, top: 18, bottom: 36 }, ...others });

  function drawHeights({ gradient }) {
    const tips = z.map((v, k) => v - gradient[k] * REACH);  // shifted logits, and arrows, may lie above or below
    const low = Math.min(-LIMIT - 1, ...z.map((v) => v - 1.5 * (v < -LIMIT)), ...tips), high = Math.max(LIMIT + 1, ...z.map((v) => v + 1.5 * (v > LIMIT)), ...tips);
    ax = frame(heights, "z", [low, high], `logit z, force −∂L/∂z (drawn × ${REACH})`);
    z.forEach((v, k) => {
      const x = ax.px(place(k)), y = ax.py(v), tip = ax.py(tips[k]), beside = x + radius + 0.14 * Math.min(space, 42);
      draw(ax.plot, "path", { d: `M${x} ${ax.py(0)}V${y}`, class: "string" });
      draw(ax.plot, "circle", { cx: x, cy: y, r: radius, class: `ball kit-handle${k === right ? " right" : ""}` });
      draw(ax.plot, "text", { x, y: y + 4, "text-anchor": "middle", class: "digit" }, k);
      if (Math.abs(tip - y) > 3) {
        draw(ax.plot, "path", { d: `M${beside} ${y}V${tip + (tip < y ? 7 : -7)}`, class: "force" });
        draw(ax.plot, "path", { d: `M${beside} ${tip}l-4 ${tip < y ? 9 : -9}h8z`, class: "tip" });
      }
      const number = fixed(-gradient[k], digits), sign = number.startsWith("−") || Number(number) === 0 ? "" : "+";
      draw(heights, "text", { x, y: TALL - 20, "text-anchor": "middle", class: `pull${C > 6 ? " small" : ""}` }, sign + number);
    });
    draw(heights, "text", { x: ax.box.left, y: TALL - 5 }, "the force on each logit");
  }

  function drawBars({ p }, y) {
    const plot = frame(bars, "p", [0, 1.02], "probability p, target y"), half = Math.min(22, 0.39 * space);
    p.forEach((v, k) => {
      const x = plot.px(place(k)), [top, goal, floor] = [plot.py(v), plot.py(y[k]), plot.py(0)], rim = Math.min(4, 0.08 * space);
      draw(plot.plot, "rect", { x: x - half, y: top, width: 2 * half, height: floor - top, class: "probability" });
      if (y[k] > 0) draw(plot.plot, "rect", { x: x - half - rim, y: goal, width: 2 * (half + rim), height: floor - goal, class: "target" });
      draw(bars, "text", { x, y: TALL - 20, "text-anchor": "middle", class: `p${C > 6 ? " small" : ""}` }, fixed(v, digits));
      draw(bars, "text", { x, y: TALL - 5, "text-anchor": "middle" }, C > 6 ? k : `class ${k}`);
    });
  }

  // Steps until the right class is likelier than all others together: 0 is "already", null is "not within MOST".
  function drawAhead(y) {
    const plot = axes(ahead, { id: `${s.id}-ahead`, width: 2 * WIDE, height: 150, x: [1, MOST], y: [0, 1.02], logX: true, yTicks: 2,
      xLabel: "steps from now", yLabel: `probability of class ${right}, let go now`, padding: { left: 34, right: 14, top: 18, bottom: 32 } });
    return LOSSES.map((loss, k) => {
      const path = futureOf(loss, z, y, right, MOST), at = path.findIndex((p) => p > 0.5);
      line(plot, DRAWN.map((n) => [n, path[n]]), LOOKS[k], { class: `kit-line${loss === kind ? " chosen" : ""}` });
      return at < 0 ? null : at;
    });
  }

  function redraw() {
    const y = targetOf(C, right, smoothing), found = lossOf(kind, z, y);
    drawHeights(found);
    drawBars(found, y);
    const half = drawAhead(y), sum = found.gradient.reduce((a, b) => a + b, 0);
    const chance = kind === LOSSES[0] ? `ln ${C} = ${fixed(Math.log(C))}` : fixed(lossOf(kind, z.map(() => 0), y).loss);
    verdict.textContent = `loss ${fixed(found.loss, 3)} · chance level ${chance} · ` +
      `forces add up to ${fixed(-sum, 3)}` + (steps ? ` · ${counted(steps)}` : "");
    const after = half.map((n, k) => `${n === null ? `not within ${counted(MOST)}` : n ? `after ${counted(n)}` : "already"} with ${LOSSES[k]}`);
    outlook.textContent = `Class ${right} passes p = ½ ${after.join(", ")}.`;
    sliders.forEach((input, k) => input.show(z[k]));
    smooth.show(smoothing);
    lossMenu.show(kind);
    rightMenu.show(right);
    startMenu.show(chosen);
    s.report({ loss: kind, value: found.loss, right, smoothing, steps, half, z, p: found.p, gradient: found.gradient });
    s.narrate(`Loss ${short(found.loss, 3)}. The right class ${right} has probability ${fixed(found.p[right], 3)} ` +
      `and is pulled with ${fixed(-found.gradient[right], 3)}. ${outlook.textContent}`);
  }

  dragging(heights, { signal: s.signal,
    take: (px) => { pause(); const k = Math.floor((ax.x(px) / 10) * C); return k >= 0 && k < C ? k : null; },
    move: (k, px, py) => { z[k] = clamp(ax.y(py), -LIMIT, LIMIT); steps = 0; redraw(); } });
  follow(model, ["logits", "right", "loss", "smoothing"], s.ends, () => {
    [right, kind, smoothing] = ["right", "loss", "smoothing"].map((name) => model.get(name));
    chosen = GIVEN;
    restart();
  });
  s.ends.push(pause);
  redraw();
  return s.end;
}

export default { render };
