// The optimizer race: a surface with the paths, the loss by step, a row for each optimizer, one step in numbers.
import { button, choice, clamp, dragging, draw, element, fixed, follow, player, short, slider, stage, toggle } from "./kit.js";
import { SERIES, axes, contour, line, marker, mix, paint, palette } from "./kit_plots.js";
import { NAMES, SURFACES, bestRate, descend, isAtEdge } from "./race_math.js";
import { linesOf, standing } from "./race_words.js";

const WIDE = 430, TALL = 350, FRAME = { left: 34, right: 8, top: 18, bottom: 34 };
const COLUMNS = 105, ROWS = 77, LEVELS = 14, LEAST = 1e-12;
const LOWEST_RATE = -3, HIGHEST_RATE = 0.5;

// The surface on a grid, row 0 at the top; `ranks` says for each point which share of all is lower.
function sampled(name, [[left, right], [bottom, top]]) {
  const values = new Float64Array(COLUMNS * ROWS);
  const at = (c, r) => [left + ((right - left) * c) / (COLUMNS - 1), top - ((top - bottom) * r) / (ROWS - 1)];
  for (let r = 0; r < ROWS; r++) for (let c = 0; c < COLUMNS; c++) values[r * COLUMNS + c] = SURFACES[name].f(at(c, r));
  const sorted = Float64Array.from(values).sort(), ranks = new Float64Array(values.length);
  [...values.keys()].sort((a, b) => values[a] - values[b]).forEach((k, place) => { ranks[k] = place / values.length; });
  const levels = Array.from({ length: LEVELS }, (_, k) => sorted[Math.floor(((k + 0.5) / LEVELS) * sorted.length)]);
  return { values, ranks, levels, at };
}

function render({ model, el }) {
  const s = stage(el, "race", "Optimizer race");
  const maps = model.get("surfaces"), chosen = model.get("optimizers");
  let surface, start, rates = { ...model.get("rates") }, steps, k, how = { beta: 0.9, corrected: true }, word = chosen[chosen.length - 1];
  let shown = new Set(chosen), tuned = new Set(), paths = {}, ax = null, ground = null, colours = palette(s.root);
  const bar = element(s.root, "div", { className: "kit-controls" });
  const menu = choice(bar, { id: "surface", label: "surface", options: Object.entries(maps).map(([key, m]) => [key, m.words]),
    value: model.get("surface"), onChange: (name) => { take(name); } });
  const formula = element(bar, "span", { className: "formula" });
  const panels = element(s.root, "div", { className: "kit-panels" });
  const box = element(panels, "div", { className: "map" });
  const canvas = element(box, "canvas", { attributes: { "aria-hidden": "true" } });
  const map = draw(box, "svg", { role: "img", "aria-label": "The surface from above with the paths of the optimizers" });
  const curves = draw(panels, "svg", { role: "img", "aria-label": "Loss above the lowest point, by step" });
  const scrub = player(s.root, { id: "step", label: "step", max: model.get("steps"), value: model.get("steps"), perSecond: 15,
    ends: s.ends, onStep: (v) => { k = v; redraw(); } });
  const verdict = element(s.root, "p", { className: "verdict" });
  const places = element(s.root, "div", { className: "kit-controls" });
  const sides = ["x", "y"].map((name, i) => slider(places, { id: `start-${name}`, label: `start ${name}`, min: -1, max: 1,
    step: 0.01, value: 0, format: (v) => fixed(v, 2), onInput: (v) => { start[i] = v; tuned.clear(); race(); } }));
  button(places, { id: "best", label: "Best rate for each", primary: true, title: "15 rates for each optimizer; the lowest loss at the end",
    onClick: () => { for (const name of NAMES) rates[name] = bestRate(surface, name, [...start], steps, how); tuned = new Set(NAMES); race(); } });
  button(places, { id: "reset", label: "Reset", onClick: () => { begin(); } });
  const together = slider(places, { id: "rate", label: "one rate for all", min: LOWEST_RATE, max: HIGHEST_RATE, step: 0.05,
    value: -1, format: (v) => (NAMES.every((name) => Math.abs(Math.log10(rates[name]) - v) < 1e-6) ? short(10 ** v, 2) : "differ"),
    onInput: (v) => { for (const name of NAMES) rates[name] = 10 ** v; tuned.clear(); race(); } });
  const rows = buildRows();
  const more = element(s.root, "div", { className: "kit-controls" });
  const beta = slider(more, { id: "beta", label: "β of momentum and Nesterov", min: 0, max: 0.99, step: 0.01, value: how.beta,
    format: (v) => fixed(v, 2), onInput: (v) => { how.beta = v; tuned.clear(); race(); } });
  const corrected = toggle(more, { id: "corrected", label: "Adam corrects its bias", value: true,
    onChange: (on) => { how.corrected = on; tuned.clear(); race(); } });
  const teller = choice(more, { id: "told", label: "in numbers, the step of", options: NAMES, value: word,
    onChange: (name) => { word = name; redraw(); } });
  const told = element(s.root, "div", { className: "told" });
  element(s.root, "p", { className: "kit-note" },
    "Drag the open ring to start elsewhere. Bluer is lower; the star is a lowest point. A path that leaves the map goes on " +
    "outside; one that leaves for good ends. “Best rate for each” tries the same 15 rates, 0.001 to 3.2, with every " +
    "optimizer, from this start, and keeps the one with the lowest loss after the last step. Where that is the first or " +
    "the last of the 15, “edge” says so: a rate beyond it may be better.");

  function buildRows() {
    const table = element(s.root, "table", { className: "racers" });
    const head = element(element(table, "thead"), "tr");
    for (const words of ["optimizer", "rate", "loss above the lowest", "|gradient|"])
      element(head, "th", { attributes: { scope: "col" } }, words);
    const body = element(table, "tbody");
    return Object.fromEntries(NAMES.map((name, i) => {
      const row = element(body, "tr"), first = element(row, "th", { attributes: { scope: "row" } });
      const show = toggle(first, { id: `show-${name}`, label: name, value: shown.has(name),
        onChange: (on) => { shown[on ? "add" : "delete"](name); redraw(); } });
      const swatch = draw(first, "svg", { viewBox: "0 0 34 12", "aria-hidden": "true" });
      draw(swatch, "path", { d: "M1 6H33", class: "kit-line", stroke: SERIES[i].colour, "stroke-dasharray": SERIES[i].dash });
      marker(swatch, SERIES[i].mark, 17, 6, 3.6, { class: "kit-mark", stroke: SERIES[i].colour });
      const rate = slider(element(row, "td"), { id: `rate-${name}`, label: "", min: LOWEST_RATE, max: HIGHEST_RATE, step: 0.05,
        value: -1, format: (v) => `${short(10 ** v, 2)}${tuned.has(name) && isAtEdge(rates[name]) ? ", edge" : ""}`,
        onInput: (v) => { rates[name] = 10 ** v; tuned.delete(name); race(); } });
      rate.setAttribute("aria-label", `rate of ${name}`);
      return [name, { row, show, rate, loss: element(row, "td"), slope: element(row, "td") }];
    }));
  }

  // Everything as Python set it; then another surface with its own start and rate.
  function begin() {
    how = { beta: 0.9, corrected: true };
    beta.show(how.beta);
    corrected.show(true);
    steps = model.get("steps");
    shown = new Set(model.get("optimizers"));
    for (const name of NAMES) rows[name].show.show(shown.has(name));
    take(model.get("surface"), model.get("start"), model.get("rates"));
  }
  function take(name, from = maps[name].start, given = Object.fromEntries(NAMES.map((one) => [one, maps[name].rate]))) {
    [surface, start, rates] = [name, [...from], { ...given }];
    tuned.clear();
    menu.show(surface);
    formula.textContent = `L(x, y) = ${maps[name].formula}`;
    sides.forEach((side, i) => { [side.min, side.max] = maps[name].window[i]; });
    together.show(Math.log10(maps[name].rate));
    ground = sampled(surface, maps[name].window);
    drawGround();
    k = steps;
    scrub.setMax(steps);
    race();
    scrub.go(steps);
  }

  function drawGround() {
    const [x, y] = maps[surface].window;
    ax = axes(map, { id: `${s.id}-map`, width: WIDE, height: TALL, x, y, padding: FRAME, grid: false, xTicks: 5, yTicks: 5,
      xLabel: "x", yLabel: "y" });
    paint(canvas, COLUMNS, ROWS, (c, r) => mix(colours["value-tint"], colours.paper, 0.25 + 0.75 * Math.sqrt(ground.ranks[r * COLUMNS + c])));
    const at = (c, r) => { const p = ground.at(c, r); return [ax.px(p[0]), ax.py(p[1])]; };
    const d = ground.levels.map((level) => contour(ground.values, COLUMNS, ROWS, level, at)).join("");
    draw(ax.plot, "path", { d, class: "level" });
    draw(ax.plot, "text", { x: ax.px(maps[surface].lowest[0]), y: ax.py(maps[surface].lowest[1]) + 6, class: "star", "text-anchor": "middle" }, "★");
    ax.over = draw(ax.plot, "g");
  }

  const above = (p) => SURFACES[surface].f(p) - SURFACES[surface].f(maps[surface].lowest);
  const placeOf = (name) => paths[name].points[Math.min(k, paths[name].points.length - 1)];

  function race() {
    for (const name of NAMES) paths[name] = descend(surface, name, [...start], rates[name], steps, how);
    for (const name of NAMES) paths[name].losses = paths[name].points.map(above);
    sides.forEach((side, i) => side.show(start[i]));
    for (const name of NAMES) rows[name].rate.show(Math.log10(rates[name]));
    const all = NAMES.map((name) => Math.log10(rates[name]));
    together.show(Math.max(...all) - Math.min(...all) < 1e-6 ? all[0] : Number(together.value));
    redraw();
  }

  function drawPaths() {
    ax.over.replaceChildren();
    const put = { ...ax, plot: ax.over };
    NAMES.forEach((name, i) => {
      if (!shown.has(name)) return;
      const near = (v, [lo, hi]) => clamp(v, 3 * lo - 2 * hi, 3 * hi - 2 * lo);  // far outside is outside
      const [xs, ys] = maps[surface].window, points = paths[name].points.slice(0, k + 1).map(([x, y]) => [near(x, xs), near(y, ys)]);
      line(put, points, SERIES[i]);
      const [x, y] = points[points.length - 1];
      marker(ax.over, SERIES[i].mark, ax.px(x), ax.py(y), 5, { class: "kit-mark", stroke: SERIES[i].colour });
    });
    draw(ax.over, "circle", { cx: ax.px(start[0]), cy: ax.py(start[1]), r: 8, class: "ring kit-handle" });
  }

  function drawCurves() {
    const all = NAMES.filter((name) => shown.has(name)).flatMap((name) => paths[name].losses);
    const top = clamp(Math.max(LEAST * 10, ...all), 1e-6, 10 * Math.max(above(start), 1e-3));
    const bottom = clamp(Math.min(top, ...all), LEAST, top / 100);
    const whole = (v, round) => 10 ** round(Math.log10(v));
    const to = axes(curves, { id: `${s.id}-curves`, width: WIDE, height: TALL, x: [0, steps], logY: true,
      y: [whole(bottom, Math.floor), whole(top, Math.ceil)], padding: { ...FRAME, left: 44 }, xLabel: "step", yLabel: "loss above the lowest point" });
    const [lo, hi] = [whole(bottom, Math.floor), whole(top, Math.ceil)];
    draw(to.plot, "path", { d: `M${to.px(k)} ${to.box.top}V${to.box.bottom}`, class: "kit-cursor" });
    NAMES.forEach((name, i) => {
      if (!shown.has(name)) return;
      const points = paths[name].losses.map((v, t) => [t, clamp(v, lo, hi)]);
      line(to, points, SERIES[i]);
      if (k < points.length) marker(to.plot, SERIES[i].mark, to.px(k), to.py(points[k][1]), 4.5, { class: "kit-mark", stroke: SERIES[i].colour });
    });
  }

  // The step that led to where the optimizer is now: from point k − 1 to point k.
  function tell() {
    told.replaceChildren();
    const { points, states, left } = paths[word];
    if (k === 0 || k >= points.length) {
      const words = k === 0 ? "Go to step 1 to see how it is made." : `${word} has left for good at step ${left}.`;
      element(told, "p", { className: "kit-rule" }, words);
      return;
    }
    const g = SURFACES[surface].gradient(points[k - 1]);
    const lines = [0, 1].map((i) => linesOf(word, "xy"[i], { w: points[k - 1][i], g: g[i], before: states[k - 1][i],
      after: states[k][i], next: points[k][i] }, { lr: rates[word], t: k, ...how }));
    const table = element(told, "table");
    const head = element(element(table, "thead"), "tr");
    for (const words of [`step ${k} of ${word}`, "for x", "for y"]) element(head, "th", { attributes: { scope: "col" } }, words);
    const body = element(table, "tbody");
    lines[0].forEach(([symbols, numbers], r) => {
      const row = element(body, "tr", { className: r === 0 ? "kit-grad-text" : r === lines[0].length - 1 ? "kit-value-text" : "" });
      element(row, "th", { attributes: { scope: "row" } }, symbols.replace("∂x", "∂w").replaceAll("x", "w"));
      element(row, "td", {}, numbers);
      element(row, "td", {}, lines[1][r][1]);
    });
  }

  function redraw() {
    drawPaths();
    drawCurves();
    const racers = NAMES.map((name) => {
      const { losses, left } = paths[name], gone = left > 0 && k >= left, p = placeOf(name);
      rows[name].row.classList.toggle("off", !shown.has(name));
      rows[name].loss.textContent = gone ? `gone at step ${left}` : short(Math.max(losses[k], 0), 2);
      rows[name].slope.textContent = gone ? "" : short(Math.hypot(...SURFACES[surface].gradient(p)), 2);
      return { name, gone, loss: gone ? Infinity : losses[k] };
    });
    tell();
    const text = standing(racers.filter((one) => shown.has(one.name)), k);
    verdict.textContent = text || "Tick an optimizer to see its path.";
    const at = Object.fromEntries(racers.map(({ name, gone }) => [name, gone ? null : placeOf(name)]));
    s.report({ surface, step: k, start, rates, places: at, losses: Object.fromEntries(racers.map(({ name, gone, loss }) => [name, gone ? null : loss])) });
    s.narrate(text);
  }

  dragging(map, { signal: s.signal,
    take: (px, py) => (Math.hypot(ax.px(start[0]) - px, ax.py(start[1]) - py) < 18 ? true : null),
    move: (_, px, py) => {
      const [xs, ys] = maps[surface].window;
      start = [clamp(ax.x(px), ...xs), clamp(ax.y(py), ...ys)].map((v) => Math.round(v * 100) / 100);
      tuned.clear();
      race();
    } });
  follow(model, ["surface", "start", "rates", "steps", "optimizers"], s.ends, begin);
  s.onTheme(() => { colours = palette(s.root); drawGround(); redraw(); });
  begin();
  return s.end;
}

export default { render };
