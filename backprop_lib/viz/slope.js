// The slope explorer, second half: the controls, the table of numbers, dragging, `render`.
// The kernel is asked for nothing.

const TRAITS = ["function", "x", "h", "zoom", "follow"];

function state(model) {
  const s = Object.fromEntries(TRAITS.map((name) => [name, model.get(name)]));
  return { ...s, logH: Math.log10(s.h), logZoom: Math.log10(s.zoom) };
}

// The numbers beneath: the quotient with numbers in it; digits that cancel are greyed.

function element(parent, tag, properties = {}, ...children) {
  const el = document.createElement(tag);
  Object.assign(el, properties);
  el.append(...children);
  parent?.append(el);
  return el;
}

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
  writeQuotient(forward[0], c.right, c.here, short(s.h));
  writeQuotient(central[0], c.right, c.left, short(2 * s.h));
  exact[0].textContent = derivative;
  for (const kind of ["forward", "central", "exact"]) {
    cells[kind][1].textContent = short(c[kind], 6);
    cells[kind][2].textContent = kind === "exact" ? "" : short(Math.abs(c[kind] - c.exact), 3);
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
  for (const [name, v, text] of [["x", s.x, short(s.x, 3)], ["h", s.logH, short(s.h, 3)],
    ["zoom", s.logZoom, `× ${short(10 ** s.logZoom, 2)}`]]) {
    k[name].value = v;
    k[name].setAttribute("aria-valuetext", text);
    k[`${name}Text`].textContent = text;
  }
  k.follow.checked = s.follow;
  k.zoom.disabled = s.follow;
}

function dragging(svg, move, off) {
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * W;
  };
  let grip = null;
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    grip = move(at(event), null);
  }, off);
  svg.addEventListener("pointermove", (event) => { if (grip) move(at(event), grip); }, off);
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => { grip = null; }, off);
}

let views = 0;

function render({ model, el }) {
  const menu = model.get("menu"), id = `bpl-slope-${++views}`, stop = new AbortController();
  const off = { signal: stop.signal }, shown = { forward: true, central: true, exact: true };
  const root = element(el, "div", { className: "bpl-slope" });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Slope explorer");
  const panels = element(root, "div", { className: "panels" });
  const panel = (label) => draw(panels, "svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label });
  const curve = panel("The curve, its tangent at x, and two chords. The table below gives their slopes.");
  const errors = model.get("errors")
    ? panel("Error of each slope against the step h, both on logarithmic axes.") : null;
  const k = buildControls(root, menu);
  const cells = buildTable(root, shown, redraw);
  const status = element(root, "p", { className: "status" });
  status.setAttribute("role", "status");
  let s = state(model), win = null, timer = null;

  function redraw() {
    const view = menu[s.function];
    s.x = clamp(s.x, ...view.range);
    if (s.follow) s.logZoom = clamp(Math.log10((0.2 * (view.x[1] - view.x[0])) / s.h), 0, MAX_ZOOM);
    const c = compute(s);
    win = drawCurve(curve, s, c, view, shown, `${id}-curve`);
    if (errors) drawErrors(errors, s, c, shown, `${id}-errors`);
    writeControls(k, s, view);
    writeTable(cells, s, c, `${view.derivative} at x = ${short(s.x, 3)}`);
    Object.assign(root.dataset, { function: s.function, x: s.x, h: s.h, zoom: 10 ** s.logZoom,
      forward: c.forward, central: c.central, exact: c.exact });
    clearTimeout(timer);
    timer = setTimeout(() => narrate(c), 500);
  }
  function narrate(c) {
    const off = (kind) => `${short(c[kind])}, error ${short(Math.abs(c[kind] - c.exact), 2)}`;
    status.textContent = `x = ${short(s.x, 3)}, h = ${short(s.h, 3)}. One-sided slope ${off("forward")}. ` +
      `Central slope ${off("central")}. Exact slope ${short(c.exact)}.`;
  }
  const set = (change) => { Object.assign(s, change); redraw(); };
  const setH = (logH) => set({ logH, h: 10 ** logH });

  k.choice.addEventListener("change", () => set({ function: k.choice.value }), off);
  k.x.addEventListener("input", () => set({ x: Number(k.x.value) }), off);
  k.h.addEventListener("input", () => setH(Number(k.h.value)), off);
  k.zoom.addEventListener("input", () => set({ logZoom: Number(k.zoom.value) }), off);
  k.follow.addEventListener("change", () => set({ follow: k.follow.checked }), off);
  root.addEventListener("keydown", (event) => {  // or JupyterLab takes b for "insert a cell"
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey && event.key !== "Tab" &&
        event.key !== "Escape") event.stopPropagation();
  }, off);
  dragging(curve, (px, grip) => {
    const near = Math.abs(win.px(s.h) - px) < 14 && win.px(s.h) - win.px(0) > 20;
    const what = grip ?? (near ? "h" : "x");
    if (what === "h") setH(clamp(Math.log10(Math.max(win.t(px), 1e-16)), MIN_H, 0));
    else set({ x: s.x + win.t(px) });
    return what;
  }, off);
  if (errors) dragging(errors, (px) => {
    const share = (px - PAD.left) / INNER.w;
    setH(clamp(Math.round((MIN_H - MIN_H * share) * 10) / 10, MIN_H, 0));
    return "h";
  }, off);
  const follow = () => { s = state(model); redraw(); };
  for (const name of TRAITS) model.on(`change:${name}`, follow);
  redraw();
  return () => {
    stop.abort();
    clearTimeout(timer);
    for (const name of TRAITS) model.off(`change:${name}`, follow);
  };
}

export default { render };
