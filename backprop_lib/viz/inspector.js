// The matrix inspector: A left of the result, B above it, so that a row and a column meet in an entry.
import { choice, clamp, draw, element, fixed, minus, slider, stage } from "./kit.js";
import { diverging, palette, rgb } from "./kit_plots.js";
import { PRODUCTS, product } from "./inspector_math.js";

const WIDE = 52, HIGH = 27, GAP = 26, EDGE = 20;

function render({ model, el }) {
  const s = stage(el, "inspector", "Matrix inspector of a linear layer"), matrices = model.get("matrices");
  let kind = model.get("product"), [i, j] = model.get("entry"), terms = 0, most = 0, colours = palette(s.root), places = null;
  const bar = element(s.root, "div", { className: "kit-controls" });
  choice(bar, { id: "product", label: "product", value: kind,
    options: Object.entries(PRODUCTS).map(([name, { title }]) => [name, title]),
    onChange: (name) => { kind = name; begin(); } });
  const pick = (id, label, set) => slider(bar, { id, label, min: 0, max: 1, step: 1, value: 0, format: String,
    onInput: (v) => { set(v); redraw(); } });
  const rowSlider = pick("row", "row", (v) => { i = v; });
  const columnSlider = pick("column", "column", (v) => { j = v; });
  const termSlider = slider(bar, { id: "terms", label: "terms", min: 0, max: 1, step: 1, value: 1,
    format: (v) => `${v} of ${most}`, onInput: (v) => { terms = v; redraw(); } });
  const svg = draw(s.root, "svg", { role: "img", class: "matrices" });
  const equation = element(s.root, "div", { className: "equation" });
  const rule = element(equation, "div", { className: "kit-rule" });
  const numbers = element(equation, "div", { className: "kit-numbers" });
  const meaning = element(equation, "div", { className: "kit-note" });

  function begin() {
    const [a, b] = PRODUCTS[kind].of(matrices);
    rowSlider.max = a.length - 1;
    columnSlider.max = b[0].length - 1;
    termSlider.max = most = b.length;
    terms = b.length;
    redraw();
  }

  // One matrix with its left upper corner at (x, y); `lit(r, c)` says how an entry is marked.
  function grid(x, y, values, name, most, lit) {
    draw(svg, "text", { x: x + (values[0].length * WIDE) / 2, y: y - 7, "text-anchor": "middle", class: "kit-title" },
      `${name}  (${values.length} × ${values[0].length})`);
    values.forEach((row, r) => row.forEach((v, c) => {
      const t = most > 0 ? v / most : 0, [left, top] = [x + c * WIDE, y + r * HIGH], mark = lit(r, c);
      draw(svg, "rect", { x: left, y: top, width: WIDE, height: HIGH, class: "cell", fill: rgb(diverging(colours, 0.55 * t)) });
      if (mark) draw(svg, "rect", { x: left + 1.5, y: top + 1.5, width: WIDE - 3, height: HIGH - 3, class: `lit ${mark}` });
      draw(svg, "text", { x: left + WIDE / 2, y: top + HIGH / 2 + 4, "text-anchor": "middle", class: "number" }, fixed(v, 2));
    }));
  }

  const largest = (values) => Math.max(1e-9, ...values.flat().map(Math.abs));

  function redraw() {
    const { left, right, of, title, over, term, running, words } = PRODUCTS[kind];
    const [a, b] = of(matrices), full = product([a, b]), shown = product([a, b], terms);
    i = clamp(i, 0, a.length - 1);
    j = clamp(j, 0, b[0].length - 1);
    const x = EDGE + a[0].length * WIDE + GAP, y = EDGE + b.length * HIGH + GAP;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${x + b[0].length * WIDE + 4} ${y + a.length * HIGH + 4}`);
    svg.style.maxWidth = `${x + b[0].length * WIDE + 4}px`;
    const used = (r) => (r < terms ? (r === terms - 1 ? "last" : "in") : "");
    grid(EDGE, y, a, left, largest(a), (r, c) => (r === i ? used(c) : ""));
    grid(x, EDGE, b, right, largest(b), (r, c) => (c === j ? used(r) : ""));
    grid(x, y, shown, kind === "z" ? "x W" : `∂L/∂${kind.slice(1)}`, largest(full), (r, c) => (r === i && c === j ? "entry" : ""));
    places = { x, y, rows: a.length, columns: b[0].length };
    write({ a, b, shown, title, over, term, running, words });
    for (const [input, v] of [[rowSlider, i], [columnSlider, j], [termSlider, terms]]) input.show(v);
    svg.setAttribute("aria-label", `${title}. Row ${i} of ${left} and column ${j} of ${right} give ${fixed(shown[i][j], 2)}.`);
    s.report({ product: kind, row: i, column: j, terms, value: shown[i][j], result: shown });
    s.narrate(`Entry ${i}, ${j} of ${title}: ${fixed(shown[i][j], 2)}, from ${terms} of ${b.length} terms, one for each ${over}.`);
  }

  function write({ a, b, shown, title, over, term, running, words }) {
    const name = kind === "z" ? "(x W)" : kind === "dW" || kind === "dx" ? `∂L/∂${kind.slice(1)}` : "∂L/∂b";
    const place = kind === "db" ? `[${j}]` : `[${i},${j}]`;
    rule.textContent = `${name}${place} = Σ over ${running} of ${term(i, j)}     one term for each ${over}`;
    const bracket = (v) => (v < 0 ? `(${minus(v.toFixed(2))})` : v.toFixed(2));
    const sum = Array.from({ length: terms }, (_, r) => `${fixed(a[i][r], 2)}·${bracket(b[r][j])}`).join(" + ");
    numbers.textContent = terms ? `= ${sum} = ${fixed(shown[i][j], 2)}` : "= 0, no term yet";
    meaning.textContent = `${words(i, j)}.`.replace(/^./, (c) => c.toUpperCase());
  }

  const choose = (event) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const c = Math.floor(((event.clientX - box.left) * scale - places.x) / WIDE);
    const r = Math.floor(((event.clientY - box.top) * scale - places.y) / HIGH);
    if (r < 0 || c < 0 || r >= places.rows || c >= places.columns || (r === i && c === j)) return;
    [i, j] = [r, c];
    redraw();
  };
  svg.addEventListener("pointermove", choose, { signal: s.signal });
  svg.addEventListener("pointerdown", choose, { signal: s.signal });
  s.onTheme(() => { colours = palette(s.root); redraw(); });
  begin();
  return s.end;
}

export default { render };
