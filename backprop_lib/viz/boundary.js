// The boundary explorer: the plane of the inputs with two lines to drag, the plane of the hidden neurons with
// the output neuron's line, and nine sliders.
import { button, choice, clamp, dragging, draw, element, fixed, follow, short, slider, stage } from "./kit.js";
import { axes, contour, diverging, marker, paint, palette } from "./kit_plots.js";
import { PARAMETERS, backpropagate, footOf, hiddenAt, outputAt, stepped } from "./boundary_math.js";

const SIDE = 330, CELLS = 61, MOST = 8, ARROW = 40, NEAR = 14, SOLVED = 0.01;
const FRAME = { left: 34, right: 18, top: 18, bottom: 34 };  // a square, or right angles would not look right
// The two planes: what they span, where a line's arrow stands (at the point nearest to `centre`), whose lines.
const OUTER = { span: [-0.6, 1.6], centre: [0.5, 0.5], ticks: 3, x: "x₁", y: "x₂", neurons: [0, 1] };
const INNER = { span: [-1.35, 1.35], centre: [0, 0], ticks: 4, x: "h₁", y: "h₂", neurons: [2] };
const WORDS = ["hidden neuron 1", "hidden neuron 2", "output neuron 3"];

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

// The line w·x + b = 0 of neuron j, and where its arrow stands and ends, in the coordinates of the picture.
function lineOf(ax, θ, j, centre) {
  const [w1, w2, b] = θ.slice(3 * j, 3 * j + 3), length = Math.hypot(w1, w2), foot = footOf(w1, w2, b, centre);
  if (!foot) return null;
  const at = [ax.px(foot[0]), ax.py(foot[1])], u = [w1 / length, -w2 / length];
  const end = (far) => `${(at[0] - far * u[1]).toFixed(1)} ${(at[1] + far * u[0]).toFixed(1)}`;
  return { j, foot, length, at, head: [at[0] + ARROW * u[0], at[1] + ARROW * u[1]], path: `M${end(-900)}L${end(900)}` };
}

// The plane's lines: where a step would put them, and where they are.
function drawLines(ax, { neurons, centre }, θ, next) {
  const lines = neurons.map((j) => lineOf(ax, θ, j, centre)).filter(Boolean);
  for (const { j } of lines) {
    const goal = lineOf(ax, next, j, centre);
    for (const look of ["halo", "goal"]) if (goal) draw(ax.plot, "path", { d: goal.path, class: look });
  }
  for (const { j, path } of lines)
    for (const look of ["halo", `unit unit${j}`, "grip kit-handle"]) draw(ax.plot, "path", { d: path, class: look });
  return lines;
}

// An arrow on each line to the side of the larger answers; its head, the handle, is smaller than a point.
function drawArrows(ax, lines) {
  for (const { j, at: [x0, y0], head: [x, y] } of lines) {
    for (const look of ["halo", "unit"]) draw(ax.plot, "path", { d: `M${x0} ${y0}L${x} ${y}`, class: look });
    draw(ax.plot, "circle", { cx: x, cy: y, r: 7, class: "head kit-handle" });
    draw(ax.plot, "text", { x, y: y + 4, "text-anchor": "middle", class: "digit" }, j + 1);
  }
}

// The points; with `inputs`, each with its inputs beside it, away from the others' even where points meet.
function spots(ax, places, targets, seen, inputs) {
  places.forEach(([x, y], n) => {
    const wrong = seen[n].y * targets[n] <= 0;
    marker(ax.plot, "circle", ax.px(x), ax.py(y), 9, { class: targets[n] > 0 ? "spot yes" : "spot no" });
    if (wrong) marker(ax.plot, "cross", ax.px(x), ax.py(y), 5, { class: targets[n] > 0 ? "miss yes" : "miss" });
  });
  inputs.forEach(([x1, x2], n) => draw(ax.plot, "text", { x: ax.px(places[n][0]) + (x1 ? 9 : -9),
    y: ax.py(places[n][1]) + (x2 ? -9 : 17), "text-anchor": x1 ? "start" : "end", class: "inputs" }, `${x1}, ${x2}`));
}

function render({ model, el }) {
  const s = stage(el, "boundary", "Boundary explorer: a network with two hidden neurons");
  const tasks = model.get("tasks");
  let task = model.get("task"), θ = [...model.get("weights")], rate = model.get("rate"), steps = 0, timer = null;
  let colours = palette(s.root), loss = Infinity;
  const panels = element(s.root, "div", { className: "kit-panels" });
  const outer = plane(panels, "The plane of the inputs: the network's output as colour, the lines of two hidden neurons");
  const inner = plane(panels, "The plane of the hidden neurons: the four points in it, the line of the output neuron");
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menu = choice(bar, { id: "task", label: "task", options: Object.keys(tasks), value: task,
    onChange: (name) => { task = name; begin(θ); } });
  button(bar, { id: "one-step", label: "One step", title: "θ ← θ − rate · ∂L/∂θ", onClick: () => { pause(); step(); } });
  const play = button(bar, { id: "train", label: "Train", primary: true, onClick: () => (timer ? pause() : run()) });
  button(bar, { id: "random", label: "Random start",
    onClick: () => begin(Array.from({ length: 9 }, () => 4 * Math.random() - 2)) });
  button(bar, { id: "reset", label: "Reset", onClick: () => restart() });
  const pace = slider(bar, { id: "rate", label: "rate", min: 0.01, max: 1, step: 0.01, value: rate,
    onInput: (v) => { rate = v; redraw(); } });
  const verdict = element(s.root, "p", { className: "verdict" });
  const sliders = buildSliders();

  function buildSliders() {
    const groups = element(s.root, "div", { className: "groups" }), made = [];
    WORDS.forEach((words, g) => {
      const group = element(groups, "fieldset", {}, element(null, "legend", {}, words));
      for (let k = 3 * g; k < 3 * g + 3; k++) {
        const row = element(group, "div", { className: "weight" });
        const input = slider(row, { id: PARAMETERS[k], label: PARAMETERS[k], min: -MOST, max: MOST, step: 0.05, value: θ[k],
          format: (v) => fixed(v, 2), onInput: (v) => { pause(); θ[k] = v; steps = 0; redraw(); } });
        const pull = draw(row, "svg", { viewBox: "-50 0 100 12", class: "pull", "aria-hidden": "true" });
        made.push({ input, pull, text: element(row, "span", { className: "kit-grad-text slope" }) });
      }
    });
    element(groups, "p", { className: "kit-note" },
      "Drag a line, or the head of its arrow. Orange: output above 0; blue: below; plain line: 0. Filled points should be " +
      "+1, open ones −1; a cross marks a wrong one; the pairs at the right are the points' inputs. Dashed vermillion: the line after one step. Beside each " +
      "parameter: a bar for −∂L/∂θ, the way a step pulls it, and the number ∂L/∂θ.");
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
    timer = setInterval(() => {
      for (let k = calm ? 10 : 1; k; k--) step();
      if (loss < SOLVED) pause();
    }, calm ? 600 : 50);
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.show("Train");
  }

  function drawPlane(place, name, plan, value, spotsAt, found, next) {
    const ax = axes(place.svg, { id: `${s.id}-${name}`, width: SIDE, height: SIDE, x: plan.span, y: plan.span, padding: FRAME,
      grid: false, xTicks: plan.ticks, yTicks: plan.ticks, xLabel: plan.x, yLabel: plan.y });
    const painted = field(place, plan.span, value, colours);
    if (plan === OUTER) edge(ax, painted);  // inside, the output neuron's line is the edge
    const lines = drawLines(ax, plan, θ, next);
    spots(ax, spotsAt, tasks[task].targets, found.seen, plan === INNER ? tasks[task].points : []);
    drawArrows(ax, lines);
    Object.assign(place, { ax, lines });
  }

  function redraw() {
    const { points, targets } = tasks[task], found = backpropagate(θ, points, targets);
    const { gradient } = found, next = stepped(θ, gradient, rate);
    loss = found.loss;
    drawPlane(outer, "outer", OUTER, (x, y) => outputAt(θ, ...hiddenAt(θ, x, y)), points, found, next);
    drawPlane(inner, "inner", INNER, (a, b) => outputAt(θ, a, b), found.seen.map((one) => one.h), found, next);
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
    verdict.textContent = `loss ${short(loss, 3)} · ${right} of ${points.length} points right` +
      ` · gradient of length ${short(Math.hypot(...gradient), 2)}` + (steps ? ` · ${steps} steps` : "");
    s.report({ task, loss, steps, right, parameters: θ, gradient });
    s.narrate(`Loss ${short(loss, 3)}, ${right} of ${points.length} points on the right side.`);
  }

  function toDrag(place) {
    dragging(place.svg, { signal: s.signal,
      take: (px, py) => {
        pause();
        const by = (far) => place.lines.map((line) => [far(line), line]).sort((a, b) => a[0] - b[0])[0] ?? [Infinity];
        const [toHead, held] = by(({ head: [x, y] }) => Math.hypot(x - px, y - py));
        if (toHead < NEAR) return { ...held, turns: true };
        const [toLine, line] = by(({ at: [x0, y0], head: [x, y] }) =>
          Math.abs((x - x0) * (px - x0) + (y - y0) * (py - y0)) / ARROW);
        return toLine < NEAR ? line : null;
      },
      move: ({ j, turns, foot, length }, px, py) => {
        const k = 3 * j, [x, y] = [place.ax.x(px), place.ax.y(py)];
        if (turns) {
          const angle = Math.atan2(y - foot[1], x - foot[0]);
          [θ[k], θ[k + 1]] = [length * Math.cos(angle), length * Math.sin(angle)];
          θ[k + 2] = -(θ[k] * foot[0] + θ[k + 1] * foot[1]);
        } else θ[k + 2] = clamp(-(θ[k] * x + θ[k + 1] * y), -3 * MOST, 3 * MOST);
        steps = 0;
        redraw();
      } });
  }

  toDrag(outer);
  toDrag(inner);
  function restart() {
    task = model.get("task");
    menu.show(task);
    rate = model.get("rate");
    pace.show(rate);
    begin([...model.get("weights")]);
  }
  follow(model, ["task", "weights", "rate"], s.ends, restart);
  s.ends.push(pause);
  s.onTheme(() => { colours = palette(s.root); redraw(); });
  redraw();
  return s.end;
}

export default { render };
