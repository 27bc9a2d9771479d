// The drawing: built once for a layout, then only classes and texts change from step to step.
import { gradientAt, isKnown, leavingNodes, shapeText, short } from "./stepper_model.js";
import { heatSize, heatURL, isPicture } from "./stepper_heat.js";
import { nodeWords } from "./stepper_words.js";
import { edgePath, labelPlace } from "./stepper_routes.js";

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 19;
const BOX = 15;

export function svg(tag, attributes = {}, parent = null, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  parent?.append(element);
  return element;
}

const cut = (text, most = 18) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function drawGraph(world, trace, time, fold) {
  world.replaceChildren();
  const { layout, itemOf } = fold;
  const layers = ["edges", "nodes", "active", "labels"].map((name) => svg("g", { class: `bpl-${name}` }, world));
  const place = new Map(layout.items.map((item, i) => [item, i]));
  const boxes = layout.items.map((item, i) => boxOf(trace, layout, item, i));
  const edges = visibleEdges(time, layout, itemOf, place, boxes);
  for (const edge of edges) {
    edge.path = svg("path", { d: edge.d, "data-edge": edge.key, class: "bpl-edge" }, layers[0]);
  }
  const nodes = layout.items.map((item, i) => (item < 0
    ? drawGroup(layers[1], trace, itemOf, item, boxes[i])
    : drawNode(layers[1], trace, item, boxes[i])));
  return { trace, time, layout, boxes, edges, nodes, active: layers[2], labels: layers[3] };
}

function boxOf(trace, layout, item, i) {
  const [width, up, down, half] = item < 0 ? groupSize(trace.groups[-1 - item]) : trace.nodes[item].size;
  return { x: layout.x[i], y: layout.y[i], width, up, down, half, pile: item < 0 ? 6 : 0, round: item >= 0 && shapeOf(trace.nodes[item]) === "circle" };
}

// The same as shapes.group_size.
function groupSize(name) {
  const half = Math.ceil(Math.max(48, 16 + 4 * Math.min(name.length, 18)));
  return [Math.max(2 * half, 104), 26, 61, half];
}

function shapeOf(node) {
  if (node.kind === "const" && !node.shape) return "const";
  if (node.kind !== "op") return "box";
  return node.size[3] === RADIUS ? "circle" : "stadium";
}

// One path for each edge between visible items; edges between the same two boxes are one.
function visibleEdges(time, layout, itemOf, place, boxes) {
  const drawn = new Map();
  for (const edge of time.edges) {
    const from = place.get(itemOf[edge.parent]);
    const to = place.get(itemOf[edge.child]);
    if (from === to) continue;
    const single = layout.items[from] >= 0 && layout.items[to] >= 0;
    const key = single ? edge.key : `${layout.items[from]}:${layout.items[to]}`;
    if (!drawn.has(key)) drawn.set(key, { key, from, to, members: [] });
    drawn.get(key).members.push(edge);
  }
  const edges = [...drawn.values()];
  const rows = new Map(layout.edges.map(([p, c, ...y]) => [`${p},${c}`, y]));
  for (const edge of edges) edge.rows = rows.get(`${edge.from},${edge.to}`);
  spreadPorts(edges, boxes, layout);
  for (const edge of edges) Object.assign(edge, edgePath(edge, boxes, layout));
  return edges;
}

// Edges into one node end side by side; twins (a + a) also start side by side.
function spreadPorts(edges, boxes, layout) {
  const into = new Map();
  for (const edge of edges) into.set(edge.to, [...(into.get(edge.to) ?? []), edge]);
  for (const group of into.values()) {
    const last = (e) => (e.rows.length ? e.rows[e.rows.length - 1] : boxes[e.from].y);
    group.sort((a, b) => last(a) - last(b) || a.key.localeCompare(b.key, "en", { numeric: true }));
    const gap = Math.min(11, 22 / Math.max(1, group.length - 1));
    group.forEach((e, i) => { e.into = (i - (group.length - 1) / 2) * gap; });
    for (const e of group) {
      const twins = group.filter((other) => other.from === e.from);
      e.out = twins.length > 1 ? (twins.indexOf(e) - (twins.length - 1) / 2) * 14 : 0;
    }
  }
}

function drawNode(layer, trace, id, box) {
  const node = trace.nodes[id];
  const kind = shapeOf(node);
  const g = svg("g", { class: `bpl-node bpl-${kind}`, "data-node": id, tabindex: -1,
    transform: `translate(${box.x},${box.y})`, role: node.editable ? "button" : "img" }, layer);
  if (node.editable) g.classList.add("bpl-editable");
  hitArea(g, box);
  const height = kind === "circle" || kind === "stadium" ? RADIUS : BOX;
  svg("rect", { class: "bpl-shape", x: -box.half, y: -height, width: 2 * box.half, height: 2 * height,
    rx: kind === "box" ? 6 : kind === "const" ? 4 : RADIUS }, g);
  const inside = kind === "const" ? short(node.value) : node.kind === "op" ? node.symbol : node.label;
  svg("text", { class: `bpl-symbol${inside.length === 1 && node.kind === "op" ? " bpl-sign" : ""}`, y: 0 }, g, cut(inside));
  if (node.kind === "op" && node.label) svg("text", { class: "bpl-name", y: -RADIUS - 10 }, g, cut(node.label));
  const parts = { g, node, id };
  if (kind === "const") {
    if (node.grad !== null && node.grad !== undefined) parts.grad = svg("text", { class: "bpl-grad", y: height + 12 }, g, "");
    return parts;
  }
  if (node.shape) return Object.assign(parts, arrayParts(g, node, height));
  parts.value = svg("text", { class: "bpl-value", y: height + 14 }, g, "");
  parts.grad = svg("text", { class: "bpl-grad", y: height + 30 }, g, "");
  return parts;
}

// The whole block answers to the pointer, not only what is painted.
function hitArea(g, { width, up, down }) {
  svg("rect", { class: "bpl-hit", x: -width / 2, y: -up, width, height: up + down }, g);
}

// Arrays: two small pictures beneath, the value on the left and the gradient on the right.
function arrayParts(g, node, top) {
  const side = node.image ? 76 : 42;
  const picture = (x, kind, grey) => ({
    image: svg("image", { class: "bpl-heat", preserveAspectRatio: "none" }, g),
    frame: svg("rect", { class: `bpl-frame bpl-frame-${kind}` }, g), centre: x, side, grey, top: top + 6,
  });
  return {
    heat: picture(-side / 2 - 3, "value", isPicture(node)), gradHeat: picture(side / 2 + 3, "grad", false),
    value: svg("text", { class: "bpl-value", y: top + (node.tall ?? 0) + 17 }, g, ""),
    mark: svg("text", { class: "bpl-grad", x: side + 11, y: top + 6 + (node.tall ?? 0) / 2 }, g, ""),
  };
}

// Where no gradient has arrived yet, an empty frame keeps its place.
function showPicture({ frame, image, centre, side, grey, top }, heat, outline = null) {
  frame.style.display = heat || outline ? "" : "none";
  image.style.display = heat ? "" : "none";
  frame.classList.toggle("bpl-frame-empty", !heat);
  if (!heat && !outline) return;
  const [width, height] = heatSize(heat || outline, side);
  const at = { x: centre - width / 2, y: top, width, height };
  for (const [key, value] of Object.entries(at)) { frame.setAttribute(key, value); image.setAttribute(key, value); }
  if (heat) image.setAttribute("href", heatURL(heat, grey));
}

function drawGroup(layer, trace, itemOf, item, box) {
  const name = trace.groups[-1 - item];
  const members = trace.nodes.map((_, id) => id).filter((id) => itemOf[id] === item);
  const g = svg("g", { class: "bpl-node bpl-group", "data-node": `group-${-1 - item}`, tabindex: -1,
    role: "button", "aria-expanded": "false", transform: `translate(${box.x},${box.y})` }, layer);
  hitArea(g, box);
  for (const shift of [6, 3, 0]) {
    svg("rect", { class: "bpl-shape", x: -box.half + shift, y: -22 - shift, width: 2 * box.half, height: 44, rx: 8 }, g);
  }
  svg("text", { class: "bpl-symbol", y: -7 }, g, cut(name));
  svg("text", { class: "bpl-count", y: 10 }, g, `${members.length} nodes`);
  const lines = ["value", "grad"].map((kind, i) => svg("text", { class: `bpl-${kind}`, y: 37 + 16 * i }, g, ""));
  return { g, group: -1 - item, members, leaving: leavingNodes(trace, itemOf, item), name, value: lines[0], grad: lines[1] };
}

// Everything that depends on the step. `shown` is what may be seen (in predict mode less than k).
export function paint(drawing, { k, active, hidden, reverse }) {
  const { trace, time } = drawing;
  for (const part of drawing.nodes) (part.members ? paintGroup : paintNode)(part, trace, time, k, hidden);
  for (const part of drawing.nodes) {
    const ids = part.members ?? [part.id];
    part.g.classList.toggle("bpl-now", ids.some((id) => active.nodes.has(id)));
  }
  const lit = [];
  for (const edge of drawing.edges) {
    const on = edge.members.some((e) => active.edges.has(e.key));
    if (on) lit.push(edge);
    const used = edge.members.every((e) => isKnown(time, e.child, k));
    const returned = edge.members.some((e) => e.back.length) &&
      edge.members.every((e) => !e.back.length || e.back[0] <= k);
    const warned = edge.members.some((e) => e.back.some((at) => at <= k && trace.steps[at - 1].warning));
    setAttribute(edge.path, "class", `bpl-edge${used ? " bpl-used" : ""}${returned ? " bpl-returned" : ""}${warned ? " bpl-warned" : ""}${on ? " bpl-lit" : ""}`);
  }
  paintActive(drawing, lit, active, reverse);
  return lit;
}

// Writing what is there already would still cost the browser a style and an accessibility update.
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function paintNode(part, trace, time, k, hidden) {
  const { node, id } = part;
  const known = isKnown(time, id, k) && !hidden.value.has(id);
  const gradient = gradientAt(time, trace, id, hidden.gradient.has(id) ? k - 1 : k);
  part.g.classList.toggle("bpl-known", known);
  part.g.classList.toggle("bpl-graded", Boolean(gradient?.done));
  if (part.value) {
    const shown = node.shape ? shapeText(node) : short(node.value);
    setText(part.value, known ? shown : hidden.value.has(id) ? "?" : "");
  }
  if (part.heat) {
    showPicture(part.heat, known ? node.heat : null);
    showPicture(part.gradHeat, gradient?.heat, known ? node.grad_heat : null);
    setText(part.mark, gradient ? "∂" : "");
  }
  if (part.grad) setText(part.grad, hidden.gradient.has(id) ? "∂ ?" : gradient ? `∂ ${short(gradient.value)}` : "");
  part.grad?.classList.toggle("bpl-partial", Boolean(gradient && !gradient.done));
  setAttribute(part.g, "aria-label", nodeWords(trace, id, known, hidden.gradient.has(id) ? null : gradient));
}

function paintGroup(part, trace, time, now, hidden) {
  const secret = part.members.some((id) => hidden.value.has(id) || hidden.gradient.has(id));
  const k = secret ? now - 1 : now;
  const known = part.members.filter((id) => isKnown(time, id, k)).length;
  const done = part.members.map((id) => gradientAt(time, trace, id, k)).filter(Boolean);
  part.g.classList.toggle("bpl-known", known === part.members.length);
  part.g.classList.toggle("bpl-graded", done.length > 0 && done.every((g) => g.done));
  setText(part.value, part.leaving.every((id) => isKnown(time, id, k)) ? outputWords(trace, part.leaving) : "");
  const numbers = done.map((g) => g.value).filter((v) => typeof v === "number");
  setText(part.grad, numbers.length ? `∂ norm ${short(norm(numbers))}` : done.length ? `∂ ${done.length} arrays` : "");
  setAttribute(part.g, "aria-label", `Group ${part.name}, ${part.members.length} nodes, folded. Press Enter to open.`);
}

// What leaves a closed box: one number, one shape, or the norm of several numbers.
function outputWords(trace, leaving) {
  const [first] = leaving.map((id) => trace.nodes[id]);
  if (leaving.length === 1) return first.shape ? shapeText(first) : short(first.value);
  const numbers = leaving.map((id) => trace.nodes[id].value).filter((v) => typeof v === "number");
  return numbers.length === leaving.length ? `norm ${short(norm(numbers))}` : `${leaving.length} arrays`;
}

const norm = (numbers) => Math.sqrt(numbers.reduce((sum, v) => sum + v * v, 0));

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function paintActive(drawing, lit, active, reverse) {
  drawing.active.replaceChildren();
  drawing.labels.replaceChildren();
  for (const edge of lit) {
    const warned = active.warning ? " bpl-warned" : "";
    svg("path", { class: `bpl-flow ${reverse ? "bpl-backward" : "bpl-forward"}${warned}`, d: edge.d,
      ...(warned ? {} : { pathLength: 1 }) }, drawing.active);
    const [x, y] = reverse ? edge.start : edge.end;
    const tip = reverse ? -9 : 9;
    svg("path", { class: `bpl-arrow ${reverse ? "bpl-backward" : "bpl-forward"}`,
      d: `M${x + (reverse ? 9 : -9)},${y - 6} l${tip},6 l${-tip},6 z` }, drawing.active);
  }
  if (active.label && lit.length === 1) edgeLabel(drawing, lit[0], active.label);
}

function edgeLabel(drawing, edge, text) {
  const width = 15 + 7.2 * text.length;
  const [x, y] = labelPlace(drawing, edge, width, 22);
  const g = svg("g", { class: "bpl-local", transform: `translate(${x},${y})` }, drawing.labels);
  svg("rect", { x: -width / 2, y: -11, width, height: 22, rx: 11 }, g);
  svg("text", { y: 0 }, g, text);
}
