// What the interactives share: elements, numbers in words, controls, dragging, the frame around it all.
// A widget is one `render({ model, el })`; `stage` gives it a root, a status line and a clean end.

const SVG_SPACE = "http://www.w3.org/2000/svg";

export const clamp = (v, lo, hi) => Math.min(hi, Math.max(lo, v));
export const minus = (s) => String(s).replaceAll("-", "−");
const superscript = (n) => [...String(n)].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
export const power = (n) => (n === 0 ? "1" : `10${superscript(n)}`);
const trimmed = (s) => (s.includes(".") ? s.replace(/\.?0+$/, "") : s);

// A number as a person writes it: 0.0123, −4.5, 3.2 × 10⁻⁷; `digits` significant ones.
export function short(v, digits = 3) {
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "undefined" : v > 0 ? "∞" : "−∞";
  if (v === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(v)));
  if (size >= -3 && size < 5) return minus(trimmed(v.toPrecision(Math.max(digits, size + 1))));
  const [m, e] = v.toExponential(Math.max(digits - 1, 0)).split("e");
  const tens = power(Number(e));
  return Number(m) === 1 ? tens : `${minus(trimmed(m))} × ${tens}`;
}

// The same, with as many digits after the point for every number: for columns of numbers.
export const fixed = (v, digits = 2) => {
  if (!Number.isFinite(v)) return short(v);
  const text = v.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
};

// An HTML element: properties by name (className, textContent, …), attributes by `attributes`.
export function element(parent, tag, properties = {}, ...children) {
  const el = document.createElement(tag);
  const { attributes, ...others } = properties;
  Object.assign(el, others);
  for (const [key, value] of Object.entries(attributes ?? {})) el.setAttribute(key, value);
  el.append(...children);
  parent?.append(el);
  return el;
}

// An SVG element.
export function draw(parent, tag, attributes = {}, text) {
  const el = document.createElementNS(SVG_SPACE, tag);
  for (const [key, v] of Object.entries(attributes)) el.setAttribute(key, v);
  if (text !== undefined) el.textContent = text;
  parent?.append(el);
  return el;
}

// Arrays from Python (interactive.packed_array): {dtype, shape, data: base64} -> {shape, values}.
export function unpackArray(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
  const kinds = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
  return { shape: packed.shape, values: new kinds[packed.dtype](bytes.buffer) };
}

let stages = 0;

// The root of a widget: {root, status, signal, id, narrate(text), report(numbers), onTheme(redraw), end()}.
// `report` writes what is shown into data attributes; `narrate` speaks when the hand has come to rest.
export function stage(el, name, label) {
  const stop = new AbortController(), ends = [() => stop.abort()];
  const root = element(el, "div", { className: `bpl-kit bpl-${name}` });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", label);
  const status = element(null, "p", { className: "kit-status", attributes: { role: "status" } });
  root.addEventListener("keydown", (event) => {  // or JupyterLab takes b for "insert a cell"
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!modified && event.key !== "Tab" && event.key !== "Escape") event.stopPropagation();
  }, { signal: stop.signal });
  let timer = null;
  const narrate = (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => { status.textContent = text; }, 500);
  };
  ends.push(() => clearTimeout(timer));
  const report = (numbers) => {
    for (const [key, value] of Object.entries(numbers))
      root.dataset[key] = typeof value === "object" ? JSON.stringify(value) : value;
  };
  const onTheme = (redraw) => {
    const watcher = new MutationObserver(redraw);
    watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
    ends.push(() => watcher.disconnect());
  };
  queueMicrotask(() => root.append(status));
  const end = () => ends.forEach((each) => each());
  return { root, status, signal: stop.signal, id: `bpl-${name}-${++stages}`, narrate, report, onTheme, ends, end };
}

// Follow traits that Python sets; `ends` takes the listeners away again.
export function follow(model, names, ends, redraw) {
  for (const name of names) {
    model.on(`change:${name}`, redraw);
    ends.push(() => model.off(`change:${name}`, redraw));
  }
}

// Controls. Each returns its native element with `.show(value)`, and calls back with the new value.

export function slider(parent, { id, label, min, max, step = "any", value, format = short, title = "", onInput }) {
  const input = element(null, "input", { type: "range", min, max, step, title });
  const text = element(null, "span", { className: "kit-value" });
  element(parent, "label", { className: "kit-slider" }, element(null, "span", {}, label), input, text);
  input.dataset.testid = id;
  input.show = (v) => {
    if (Number(input.value) !== v) input.value = v;
    text.textContent = format(v);
    input.setAttribute("aria-valuetext", format(v));
  };
  input.value = value;
  input.show(value);
  input.addEventListener("input", () => {
    input.show(Number(input.value));
    onInput(Number(input.value));
  });
  return input;
}

// options: a list of values, or of [value, words].
export function choice(parent, { id, label, options, value, onChange }) {
  const select = element(null, "select");
  for (const option of options) {
    const [v, words] = Array.isArray(option) ? option : [option, option];
    element(select, "option", { value: v }, words);
  }
  element(parent, "label", { className: "kit-choice" }, element(null, "span", {}, label), select);
  select.dataset.testid = id;
  select.show = (v) => { select.value = v; };
  select.show(value);
  select.addEventListener("change", () => onChange(select.value));
  return select;
}

export function toggle(parent, { id, label, value = false, onChange }) {
  const input = element(null, "input", { type: "checkbox", checked: value });
  element(parent, "label", { className: "kit-toggle" }, input, label);
  input.dataset.testid = id;
  input.show = (v) => { input.checked = v; };
  input.addEventListener("change", () => onChange(input.checked));
  return input;
}

export function button(parent, { id, label, title = "", primary = false, onClick }) {
  const made = element(parent, "button", { type: "button", title, className: primary ? "kit-primary" : "" }, label);
  made.dataset.testid = id;
  made.show = (words) => { made.textContent = words; };
  made.addEventListener("click", () => onClick());
  return made;
}

// Scrub through steps 0 … max: Start, Back, Play, Next and a slider. `onStep(k)` draws; `.go(k)` moves,
// `.setMax(n)`, `.pause()`. With prefers-reduced-motion Play goes in ten jumps.
export function player(parent, { id = "step", label, max, value = 0, perSecond = 12, format, ends, onStep }) {
  const bar = element(parent, "div", { className: "kit-player", attributes: { role: "group", "aria-label": label } });
  let at = value, last = max, timer = null;
  const jump = (k) => { pause(); go(k); };
  button(bar, { id: `${id}-start`, label: "Start", onClick: () => jump(0) });
  button(bar, { id: `${id}-back`, label: "Back", onClick: () => jump(at - 1) });
  const play = button(bar, { id: `${id}-play`, label: "Play", primary: true, onClick: () => (timer ? pause() : run()) });
  button(bar, { id: `${id}-next`, label: "Next", onClick: () => jump(at + 1) });
  const range = slider(bar, { id, label, min: 0, max, step: 1, value, format: format ?? ((k) => `${k} of ${last}`),
    onInput: (k) => jump(k) });
  function go(k) {
    at = clamp(k, 0, last);
    range.show(at);
    onStep(at);
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    play.show("Play");
  }
  function run() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const stride = calm ? Math.max(1, Math.ceil(last / 10)) : 1;
    if (at >= last) go(0);
    play.show("Pause");
    timer = setInterval(() => { go(at + stride); if (at >= last) pause(); }, calm ? 800 : 1000 / perSecond);
  }
  function setMax(n) {
    last = n;
    range.max = n;
    if (at > n) go(n);
    else range.show(at);
  }
  ends.push(() => clearInterval(timer));
  return { go, pause, setMax, range, at: () => at };
}

// Drag in the coordinates of the picture's viewBox: grip = take(x, y) or null; then move(grip, x, y).
export function dragging(svg, { take, move, drop = () => {}, signal }) {
  const at = (event) => {
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    return [view.x + ((event.clientX - box.left) / box.width) * view.width,
      view.y + ((event.clientY - box.top) / box.height) * view.height];
  };
  let grip = null;
  svg.addEventListener("pointerdown", (event) => {
    grip = take(...at(event));
    if (grip === null || grip === undefined) return;
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }, { signal });
  svg.addEventListener("pointermove", (event) => { if (grip !== null) move(grip, ...at(event)); }, { signal });
  for (const name of ["pointerup", "pointercancel"])
    svg.addEventListener(name, () => { if (grip !== null) drop(grip); grip = null; }, { signal });
}
