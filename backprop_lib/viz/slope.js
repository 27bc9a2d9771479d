// The slope explorer, second half: the controls, the table of numbers, dragging, `render`.
// The kernel is asked for nothing.
import { clamp, dragging, draw, element, follow, minus, stage } from "./kit.js";
import { compute, drawCurve, drawErrors, say } from "./slope_plot.js";

const TRAITS = ["function", "x", "h", "zoom", "follow"];

function state(model) {
  const s = Object.fromEntries(TRAITS.map((name) => [name, model.get(name)]));
  return { ...s, logH: Math.log10(s.h), logZoom: Math.log10(s.zoom) };
}

// The numbers beneath: the quotient with numbers in it; digits that cancel are greyed.

function writeQuotient(cell, a, b, denominator) {
  cell.replaceChildren();
  if (!Number.isFinite(a) || !Number.isFinite(b)) return cell.append("a point lies outside the domain");
  const gap = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  const digits = clamp(Math.ceil(-Math.log10(gap || 1e-17)) + 4, 4, 17);
  const [left, right] = [a, b].map((v) => minus(v.toPrecision(digits)));
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  if (same < 5) same = 0;
  const write = (text) => {
    element(cell, "span", { className: "gone" }, text.slice(0, same));
    cell.append(text.slice(same));
  };
  cell.append("(");
  write(left);
  cell.append(" − ");
  if (right.startsWith("−")) { cell.append("("); write(right); cell.append(")"); } else write(right);
  cell.append(`) ⁄ ${denominator.includes("×") ? `(${denominator})` : denominator}`);
}

const ROWS = {
  forward: ["one-sided", "(f(x + h) − f(x)) ⁄ h"],
  central: ["central", "(f(x + h) − f(x − h)) ⁄ 2h"],
  exact: ["exact", "f′(x)"],
};

function buildTable(root, shown, redraw) {
  const table = element(root, "table");
  const head = element(element(table, "thead"), "tr");
  for (const text of ["slope", "rule, then with numbers", "result", "error"])
    element(head, "th", { textContent: text, scope: "col" });
  const body = element(table, "tbody"), cells = {};
  for (const [kind, [name, rule]] of Object.entries(ROWS)) {
    const row = element(body, "tr", { className: kind });
    const box = element(null, "input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => { shown[kind] = box.checked; redraw(); });
    const swatch = element(null, "span", { className: `swatch ${kind}` });
    element(element(row, "th", { scope: "row" }), "label", {}, box, swatch, name);
    const numbers = element(null, "div");
    element(row, "td", { className: "numbers" }, element(null, "div", { className: "rule" }, rule), numbers);
    cells[kind] = [numbers, element(row, "td", { className: "result" }), element(row, "td")];
  }
  return cells;
}

function writeTable(cells, s, c, derivative) {
  const { forward, central, exact } = cells;
  writeQuotient(forward[0], c.right, c.here, say(s.h));
  writeQuotient(central[0], c.right, c.left, say(2 * s.h));
  exact[0].textContent = derivative;
  for (const kind of ["forward", "central", "exact"]) {
    cells[kind][1].textContent = say(c[kind], 6);
    cells[kind][2].textContent = kind === "exact" ? "" : say(Math.abs(c[kind] - c.exact), 3);
  }
}

function buildControls(root, menu) {
  const bar = element(root, "div", { className: "controls" });
  const field = (text, input) => element(bar, "label", {}, element(null, "span", { textContent: text }), input);
  const range = (min, max, step) => element(null, "input", { type: "range", min, max, step });
  const choice = element(null, "select");
  for (const [name, { formula }] of Object.entries(menu)) element(choice, "option", { value: name }, formula);
  const controls = { choice, x: range(-4, 4, 0.01), h: range(MIN_H, 0, 0.1), zoom: range(0, MAX_ZOOM, 0.1) };
  field("f(x) =", choice);
  for (const name of ["x", "h", "zoom"]) {
    const label = field(name, controls[name]);
    controls[`${name}Text`] = element(label, "span", { className: "value" });
  }
  controls.follow = element(null, "input", { type: "checkbox" });
  element(bar, "label", { className: "check" }, controls.follow, "keep h in the picture");
  return controls;
}

function writeControls(k, s, view) {
  k.choice.value = s.function;
  [k.x.min, k.x.max] = view.range;
  for (const [name, v, text] of [["x", s.x, say(s.x, 3)], ["h", s.logH, say(s.h, 3)],
    ["zoom", s.logZoom, `× ${say(10 ** s.logZoom, 2)}`]]) {
    k[name].value = v;
    k[name].setAttribute("aria-valuetext", text);
    k[`${name}Text`].textContent = text;
  }
  k.follow.checked = s.follow;
  k.zoom.disabled = s.follow;
}

function render({ model, el }) {
  const { root, signal, id, narrate, report, ends, end } = stage(el, "slope", "Slope explorer");
  const menu = model.get("menu"), off = { signal }, shown = { forward: true, central: true, exact: true };
  const panels = element(root, "div", { className: "kit-panels" });
  const panel = (label) => draw(panels, "svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label });
  const curve = panel("The curve, its tangent at x, and two chords. The table below gives their slopes.");
  const errors = model.get("errors")
    ? panel("Error of each slope against the step h, both on logarithmic axes.") : null;
  const k = buildControls(root, menu);
  const cells = buildTable(root, shown, redraw);
  let s = state(model), win = null;

  function redraw() {
    const view = menu[s.function];
    s.x = clamp(s.x, ...view.range);
    if (s.follow) s.logZoom = clamp(Math.log10((0.2 * (view.x[1] - view.x[0])) / s.h), 0, MAX_ZOOM);
    const c = compute(s);
    win = drawCurve(curve, s, c, view, shown, `${id}-curve`);
    if (errors) drawErrors(errors, s, c, shown, `${id}-errors`);
    writeControls(k, s, view);
    writeTable(cells, s, c, `${view.derivative} at x = ${say(s.x, 3)}`);
    report({ function: s.function, x: s.x, h: s.h, zoom: 10 ** s.logZoom,
      forward: c.forward, central: c.central, exact: c.exact });
    narrate(words(c));
  }
  function words(c) {
    const slope = (kind) => `${say(c[kind])}, error ${say(Math.abs(c[kind] - c.exact), 2)}`;
    return `x = ${say(s.x, 3)}, h = ${say(s.h, 3)}. One-sided slope ${slope("forward")}. ` +
      `Central slope ${slope("central")}. Exact slope ${say(c.exact)}.`;
  }
  const set = (change) => { Object.assign(s, change); redraw(); };
  const setH = (logH) => set({ logH, h: 10 ** logH });

  k.choice.addEventListener("change", () => set({ function: k.choice.value }), off);
  k.x.addEventListener("input", () => set({ x: Number(k.x.value) }), off);
  k.h.addEventListener("input", () => setH(Number(k.h.value)), off);
  k.zoom.addEventListener("input", () => set({ logZoom: Number(k.zoom.value) }), off);
  k.follow.addEventListener("change", () => set({ follow: k.follow.checked }), off);
  const pull = (what, px) => {
    if (what === "h") setH(clamp(Math.log10(Math.max(win.t(px), 1e-16)), MIN_H, 0));
    else set({ x: s.x + win.t(px) });
    return what;
  };
  dragging(curve, { signal, move: pull, take: (px) => {
    const near = Math.abs(win.px(s.h) - px) < 14 && win.px(s.h) - win.px(0) > 20;
    return pull(near ? "h" : "x", px);
  } });
  const place = (_, px) => {
    const share = (px - PAD.left) / INNER.w;
    setH(clamp(Math.round((MIN_H - MIN_H * share) * 10) / 10, MIN_H, 0));
    return "h";
  };
  if (errors) dragging(errors, { signal, move: place, take: (px) => place("h", px) });
  follow(model, TRAITS, ends, () => { s = state(model); redraw(); });
  redraw();
  return end;
}

export default { render };
