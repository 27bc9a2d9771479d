// The boundary explorer: the plane with both lines to drag, the plane of the hidden neurons, nine sliders.
import { button, choice, clamp, dragging, draw, element, fixed, follow, short, slider, stage } from "./kit.js";
import { axes, contour, diverging, marker, paint, palette } from "./kit_plots.js";
import { PARAMETERS, backpropagate, footOf, hiddenAt, outputAt, stepped } from "./boundary_math.js";

const SPAN = [-0.6, 1.6], INSIDE = [-1.2, 1.2], CELLS = 61, SIDE = 330, MOST = 8, ARROW = 0.36;
const FRAME = { left: 34, right: 8, top: 18, bottom: 34 };
const NAMES = ["w₁₁", "w₁₂", "b₁", "w₂₁", "w₂₂", "b₂", "v₁", "v₂", "c"];
const WORDS = ["hidden neuron 1", "hidden neuron 2", "output neuron"];

// A square plot with a field of colour under it.
function plane(parent, label) {
  const box = element(parent, "div", { className: "kit-plane" });
  const canvas = element(box, "canvas", { attributes: { "aria-hidden": "true" } });
  const svg = draw(box, "svg", { role: "img", "aria-label": label });
  return { canvas, svg };
}

function field(place, span, value, colours) {
  const values = new Float64Array(CELLS * CELLS);
  const at = (k) => span[0] + ((span[1] - span[0]) * k) / (CELLS - 1);
  for (let r = 0; r < CELLS; r++)
    for (let c = 0; c < CELLS; c++) values[r * CELLS + c] = value(at(c), at(CELLS - 1 - r));
  paint(place.canvas, CELLS, CELLS, (c, r) => diverging(colours, 0.62 * values[r * CELLS + c]));
  return { values, at };
}

function edge(ax, { values, at }) {
  const d = contour(values, CELLS, CELLS, 0, (c, r) => [ax.px(at(c)), ax.py(at(CELLS - 1 - r))]);
  draw(ax.plot, "path", { d, class: "edge" });
}

// A line w·x + b = 0 across the plot, as an SVG path.
function across(ax, w1, w2, foot) {
  const length = Math.hypot(w1, w2), [u, v] = [(-w2 / length) * 4, (w1 / length) * 4];
  return `M${ax.px(foot[0] - u)} ${ax.py(foot[1] - v)}L${ax.px(foot[0] + u)} ${ax.py(foot[1] + v)}`;
}

function spots(ax, places, targets, seen) {
  places.forEach(([x, y], n) => {
    const wrong = seen[n].y * targets[n] <= 0;
    marker(ax.plot, "circle", ax.px(x), ax.py(y), 7, { class: targets[n] > 0 ? "spot yes" : "spot no" });
    if (wrong) marker(ax.plot, "cross", ax.px(x), ax.py(y), 4, { class: targets[n] > 0 ? "miss yes" : "miss" });
  });
}

function render({ model, el }) {
  const s = stage(el, "boundary", "Boundary explorer: a network with two hidden neurons");
  const tasks = model.get("tasks");
  let task = model.get("task"), θ = [...model.get("weights")], rate = model.get("rate"), steps = 0, timer = null;
  let colours = palette(s.root), drawn = null;
  const panels = element(s.root, "div", { className: "kit-panels" });
  const outer = plane(panels, "The plane of the inputs: the network's output as colour, two lines to drag");
  const inner = plane(panels, "The plane of the two hidden neurons with the four points in it");
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menu = choice(bar, { id: "task", label: "points", options: Object.keys(tasks), value: task,
    onChange: (name) => { task = name; begin(θ); } });
  button(bar, { id: "one-step", label: "One step", title: "θ ← θ − rate · ∂L/∂θ", onClick: () => { pause(); step(); } });
  const play = button(bar, { id: "train", label: "Train", primary: true, onClick: () => (timer ? pause() : run()) });
  button(bar, { id: "random", label: "Random start", onClick: () => begin(Array.from({ length: 9 }, () => 4 * Math.random() - 2)) });
  button(bar, { id: "reset", label: "Reset", onClick: () => { rate = model.get("rate"); pace.show(rate); begin([...model.get("weights")]); } });
  const pace = slider(bar, { id: "rate", label: "rate", min: 0.01, max: 1, step: 0.01, value: rate,
    onInput: (v) => { rate = v; redraw(); } });
  const verdict = element(s.root, "p", { className: "verdict" });
  const sliders = buildSliders();
  element(s.root, "p", { className: "kit-note" },
    "Drag a line, or the head of its arrow. Filled points should be +1, open ones −1; a cross marks a point on the " +
    "wrong side. Dashed vermillion: where one step of gradient descent would put the line. Beside each parameter: " +
    "a bar for −∂L/∂θ, the way a step pulls it, and the number ∂L/∂θ.");

  function buildSliders() {
    const groups = element(s.root, "div", { className: "groups" }), made = [];
    WORDS.forEach((words, g) => {
      const group = element(groups, "fieldset", {}, element(null, "legend", {}, words));
      for (let k = 3 * g; k < 3 * g + 3; k++) {
        const row = element(group, "div", { className: "row" });
        const input = slider(row, { id: PARAMETERS[k], label: NAMES[k], min: -MOST, max: MOST, step: 0.05, value: θ[k],
          format: (v) => fixed(v, 2), onInput: (v) => { θ[k] = v; steps = 0; redraw(); } });
        const pull = draw(row, "svg", { viewBox: "-50 0 100 12", class: "pull", "aria-hidden": "true" });
        made.push({ input, pull, text: element(row, "span", { className: "kit-grad-text slope" }) });
      }
    });
    return made;
  }

  function begin(values) {
    pause();
    θ = values;
    steps = 0;
    redraw();
  }
  function step() {
    θ = stepped(θ, backpropagate(θ, tasks[task].points, tasks[task].targets).gradient, rate);
    steps += 1;
    redraw();
  }
  function run() {
    play.show("Pause");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    timer = setInterval(() => { for (let k = calm ? 10 : 1; k; k--) step(); }, calm ? 600 : 50);
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.show("Train");
  }

  function drawOuter(found, next) {
    const { points, targets } = tasks[task];
    const ax = axes(outer.svg, { id: `${s.id}-outer`, width: SIDE, height: SIDE, x: SPAN, y: SPAN, padding: FRAME,
      grid: false, xTicks: 3, yTicks: 3, xLabel: "x₁", yLabel: "x₂" });
    edge(ax, field(outer, SPAN, (x, y) => outputAt(θ, ...hiddenAt(θ, x, y)), colours));
    const feet = [0, 3].map((k) => footOf(θ[k], θ[k + 1], θ[k + 2], [0.5, 0.5]));
    feet.forEach((foot, j) => {
      if (!foot) return;
      const k = 3 * j, [w1, w2] = [θ[k], θ[k + 1]], length = Math.hypot(w1, w2);
      const goal = footOf(next[k], next[k + 1], next[k + 2], [0.5, 0.5]);
      if (goal) draw(ax.plot, "path", { d: across(ax, next[k], next[k + 1], goal), class: "goal" });
      draw(ax.plot, "path", { d: across(ax, w1, w2, foot), class: `unit unit${j}` });
      const head = [foot[0] + (ARROW * w1) / length, foot[1] + (ARROW * w2) / length];
      draw(ax.plot, "path", { d: `M${ax.px(foot[0])} ${ax.py(foot[1])}L${ax.px(head[0])} ${ax.py(head[1])}`, class: "unit" });
      draw(ax.plot, "circle", { cx: ax.px(head[0]), cy: ax.py(head[1]), r: 7, class: "head kit-handle" });
      draw(ax.plot, "text", { x: ax.px(head[0]), y: ax.py(head[1]) + 4, "text-anchor": "middle", class: "digit" }, j + 1);
    });
    spots(ax, points, targets, found.seen);
    return { ax, feet };
  }

  function drawInner(found) {
    const ax = axes(inner.svg, { id: `${s.id}-inner`, width: SIDE, height: SIDE, x: INSIDE, y: INSIDE, padding: FRAME,
      grid: false, xTicks: 4, yTicks: 4, xLabel: "h₁", yLabel: "h₂" });
    edge(ax, field(inner, INSIDE, (a, b) => outputAt(θ, a, b), colours));
    spots(ax, found.seen.map((one) => one.h), tasks[task].targets, found.seen);
  }

  function redraw() {
    const { points, targets } = tasks[task], found = backpropagate(θ, points, targets);
    const { loss, gradient } = found, next = stepped(θ, gradient, rate);
    drawn = drawOuter(found, next);
    drawInner(found);
    const most = Math.max(1e-9, ...gradient.map(Math.abs));
    sliders.forEach(({ input, pull, text }, k) => {
      input.show(θ[k]);
      const reach = (-gradient[k] / most) * 48;
      pull.replaceChildren();
      draw(pull, "path", { d: "M0 0V12", class: "zero" });
      draw(pull, "path", { d: `M0 6H${reach.toFixed(1)}`, class: "bar" });
      text.textContent = fixed(gradient[k], 3);
    });
    const right = found.seen.filter((one, n) => one.y * targets[n] > 0).length;
    verdict.textContent = `loss ${short(loss, 3)} · ${right} of ${points.length} points right` + (steps ? ` · ${steps} steps` : "");
    s.report({ task, loss, steps, right, parameters: θ, gradient });
    s.narrate(`Loss ${short(loss, 3)}, ${right} of ${points.length} points on the right side.`);
  }

  dragging(outer.svg, { signal: s.signal,
    take: (px, py) => {
      pause();
      const { ax, feet } = drawn;
      for (const j of [0, 1]) {
        if (!feet[j]) continue;
        const [w1, w2] = [θ[3 * j], θ[3 * j + 1]], length = Math.hypot(w1, w2);
        const head = [feet[j][0] + (ARROW * w1) / length, feet[j][1] + (ARROW * w2) / length];
        if (Math.hypot(ax.px(head[0]) - px, ax.py(head[1]) - py) < 14) return { j, turn: feet[j], length };
      }
      const far = [0, 1].map((j) => Math.abs(θ[3 * j] * ax.x(px) + θ[3 * j + 1] * ax.y(py) + θ[3 * j + 2]) /
        Math.max(1e-9, Math.hypot(θ[3 * j], θ[3 * j + 1])));
      const j = far[0] <= far[1] ? 0 : 1;
      return far[j] < 0.09 ? { j } : null;
    },
    move: ({ j, turn, length }, px, py) => {
      const k = 3 * j, [x, y] = [drawn.ax.x(px), drawn.ax.y(py)];
      if (turn) {
        const angle = Math.atan2(y - turn[1], x - turn[0]);
        [θ[k], θ[k + 1]] = [length * Math.cos(angle), length * Math.sin(angle)];
        θ[k + 2] = -(θ[k] * turn[0] + θ[k + 1] * turn[1]);
      } else θ[k + 2] = clamp(-(θ[k] * x + θ[k + 1] * y), -3 * MOST, 3 * MOST);
      steps = 0;
      redraw();
    } });
  const restart = () => {
    task = model.get("task");
    menu.show(task);
    rate = model.get("rate");
    pace.show(rate);
    begin([...model.get("weights")]);
  };
  follow(model, ["task", "weights", "rate"], s.ends, restart);
  s.ends.push(pause);
  s.onTheme(() => { colours = palette(s.root); redraw(); });
  redraw();
  return s.end;
}

export default { render };
