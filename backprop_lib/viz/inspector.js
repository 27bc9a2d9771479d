// The matrix inspector: A left of the result, B above it, so that a row and a column meet in an entry.
import { choice, clamp, draw, element, fixed, player, slider, stage } from "./kit.js";
import { diverging, palette, rgb } from "./kit_plots.js";
import { PRODUCTS, product } from "./inspector_math.js";

const WIDE = 50, HIGH = 27, GAP = 30, EDGE = 22, ROOM = 760;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function render({ model, el }) {
  const s = stage(el, "inspector", "Matrix inspector of a linear layer"), matrices = model.get("matrices");
  let kind = model.get("product"), [i, j] = model.get("entry"), terms = 0, colours = palette(s.root), places = null;
  const most = () => PRODUCTS[kind].of(matrices)[1].length;
  const bar = element(s.root, "div", { className: "kit-controls" });
  choice(bar, { id: "product", label: "product", value: kind,
    options: Object.entries(PRODUCTS).map(([key, { name }]) => [key, name]),  // no formula: exercises ask for it
    onChange: (name) => { kind = name; begin(); } });
  const pick = (id, label, set) => slider(bar, { id, label, min: 0, max: 1, step: 1, value: 0, format: String,
    onInput: (v) => { set(v); redraw(); } });
  const rowSlider = pick("row", "row", (v) => { i = v; });
  const columnSlider = pick("column", "column", (v) => { j = v; });
  const steps = player(s.root, { id: "terms", label: "terms", max: most(), value: most(), perSecond: 1.1,
    ends: s.ends, onStep: (k) => { terms = k; redraw(); } });
  const svg = draw(s.root, "svg", { role: "img", tabindex: 0, class: "matrices" });
  element(s.root, "div", { className: "kit-note key" }, "Framed: the row and the column that make the chosen entry. " +
    "Dashed: the term added last. Tint: orange positive, blue negative.");
  const equation = element(s.root, "div", { className: "equation" });
  const rule = element(equation, "div", { className: "kit-rule" });
  const numbers = element(equation, "div", { className: "kit-numbers" });
  const meaning = element(equation, "div", { className: "kit-note" });

  function begin() {
    const [a, b] = PRODUCTS[kind].of(matrices);
    rowSlider.max = a.length - 1;
    columnSlider.max = b[0].length - 1;
    rowSlider.disabled = a.length === 1;
    columnSlider.disabled = b[0].length === 1;
    steps.pause();
    steps.setMax(b.length);
    steps.go(b.length);
  }

  const largest = (values) => Math.max(1e-9, ...values.flat().map(Math.abs));

  const size = (values, letters) => (letters === "M" ? `${values[0].length}` : `${values.length} × ${values[0].length}`);
  const headed = (values, { name, letters }) => [name, letters ? `  ${letters} = ${size(values, letters)}` : ""];
  const wide = (values, of) => Math.max(values[0].length * WIDE, 6.8 * headed(values, of).join("").length);

  // One matrix with its left upper corner at (x, y); `mark(r, c)` says how an entry is framed.
  function grid(x, y, values, of, largestOne, mark) {
    const title = draw(svg, "text", { x, y: y - 7, class: "kit-title" }), [name, shape] = headed(values, of);
    draw(title, "tspan", { class: `of-${of.kind}` }, name);
    draw(title, "tspan", {}, shape);
    values.forEach((row, r) => row.forEach((v, c) => {
      const [left, top] = [x + c * WIDE, y + r * HIGH], frame = mark(r, c);
      const fill = rgb(diverging(colours, (0.55 * v) / largestOne));
      draw(svg, "rect", { x: left, y: top, width: WIDE, height: HIGH, class: "cell", fill });
      if (frame) draw(svg, "rect", { x: left + 1.5, y: top + 1.5, width: WIDE - 3, height: HIGH - 3, class: `lit ${frame}` });
      draw(svg, "text", { x: left + WIDE / 2, y: top + HIGH / 2 + 4, "text-anchor": "middle", class: "number" }, fixed(v, 2));
    }));
  }

  const around = (x, y, columns, rows) => draw(svg, "rect", { x: x - 2.5, y: y - 2.5, width: columns * WIDE + 5,
    height: rows * HIGH + 5, rx: 3, class: "term" });

  function redraw() {
    const p = PRODUCTS[kind], [a, b] = p.of(matrices), last = terms - 1;
    const shown = product([a, b], 0, terms), alone = terms ? product([a, b], last, terms) : [], scale = largest(product([a, b]));
    i = clamp(i, 0, a.length - 1);
    j = clamp(j, 0, b[0].length - 1);
    const [rows, columns] = [a.length, b[0].length];
    const result = { ...p, name: terms < b.length ? `${p.name} so far` : p.name };
    const part = { name: p.alone(Math.max(last, 0), matrices), kind: p.kind };
    const x = EDGE + wide(a, p.left) + GAP, y = EDGE + b.length * HIGH + GAP;
    const [sum, one] = [wide(shown, { ...p, name: `${p.name} so far` }), wide(shown, part)];
    const right = x + sum + GAP, beside = right + one + 8 <= ROOM;  // the last term stands there, or below
    const [ax, ay] = beside ? [right, y] : [x, y + rows * HIGH + GAP];
    const width = Math.max(ax + one, x + sum, x + wide(b, p.right)) + 8;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${ay + rows * HIGH + 6}`);
    svg.style.maxWidth = `${width}px`;
    grid(EDGE, y, a, p.left, largest(a), (r, c) => (r === i && c < terms ? "in" : ""));
    grid(x, EDGE, b, p.right, largest(b), (r, c) => (c === j && r < terms ? "in" : ""));
    grid(x, y, shown, result, scale, (r, c) => (r === i && c === j ? "entry" : ""));
    if (terms > 0) {
      around(EDGE + last * WIDE, y, 1, rows);
      around(x, EDGE + last * HIGH, columns, 1);
      grid(ax, ay, alone, part, scale, () => "");
      around(ax, ay, columns, rows);
    }
    places = { x, y, rows, columns };
    write(p, a, b, shown);
    for (const [input, v] of [[rowSlider, i], [columnSlider, j]]) input.show(v);
    const value = fixed(shown[i][j], 2), entry = `${p.name}${p.place(i, j)}`;
    svg.setAttribute("aria-label", `${p.title}: ${p.left.name} at the left, ${p.right.name} above, ${entry} = ${value}. Arrow keys choose another entry.`);
    s.report({ product: kind, row: i, column: j, terms, value: shown[i][j], result: shown, alone });
    s.narrate(`${entry} = ${value}, with ${terms} of ${b.length} terms` + (terms ? `; the last one: ${part.name}.` : "."));
  }

  function write(p, a, b, shown) {
    const sign = (v) => (v < 0 ? `(${fixed(v, 2)})` : fixed(v, 2));
    rule.textContent = `${p.name}${p.place(i, j)} = Σ over ${p.running} of ${p.term(i, j)}${p.last?.(i, j) ?? ""}   (one term for each ${p.each})`;
    numbers.replaceChildren("= ", ...(terms ? [] : ["0, no term yet"]));
    for (let r = 0; r < terms; r++) {
      element(numbers, "span", { className: `kit-${p.left.kind}-text` }, r ? sign(a[i][r]) : fixed(a[i][r], 2));
      numbers.append("·");
      element(numbers, "span", { className: `kit-${p.right.kind}-text` }, sign(b[r][j]));
      numbers.append(r < terms - 1 ? " + " : ` = ${fixed(shown[i][j], 2)}`);
    }
    meaning.textContent = p.words(i, j);
  }

  function choose(row, column) {
    if (row < 0 || column < 0 || row >= places.rows || column >= places.columns || (row === i && column === j)) return;
    [i, j] = [row, column];
    redraw();
  }
  const point = (event) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    choose(Math.floor(((event.clientY - box.top) * scale - places.y) / HIGH), Math.floor(((event.clientX - box.left) * scale - places.x) / WIDE));
  };
  for (const name of ["pointermove", "pointerdown"]) svg.addEventListener(name, point, { signal: s.signal });
  svg.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    choose(i + step[0], j + step[1]);
  }, { signal: s.signal });
  s.onTheme(() => { colours = palette(s.root); redraw(); });
  begin();
  return s.end;
}

export default { render };
