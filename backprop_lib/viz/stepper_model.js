// What the page knows: the trace, which step shows what, and where the visible stops are.
// `k` is always the number of steps done; the step that is shown is steps[k - 1].

export function unpack(wire) {
  const trace = { ...wire };
  trace.nodes = wire.nodes ? rows(wire.nodes, { label: "", symbol: "", formula: "", parents: [], grad: null }) : [];
  trace.steps = wire.steps ? rows(wire.steps, { rule: "", numbers: "", result: "", local_rule: "" }) : [];
  for (const step of trace.steps) if (step.pass === "backward") spell(step, trace);
  return trace;
}

// The chain rule's own words, which are not sent where they are exactly these.
function spell(step, { nodes, root }) {
  const [top, child, parent] = [root, step.node, step.parent].map((id) => nodes[id].label);
  step.rule ||= `∂${top}/∂${parent} += ∂${top}/∂${child} · ∂${child}/∂${parent}`;
  if (step.local_rule && !step.local_rule.startsWith("∂")) step.local_rule = `∂${child}/∂${parent} = ${step.local_rule}`;
}

// Columns that hold nothing are not sent: `empty` stands for them.
function rows({ count, ...columns }, empty) {
  const keys = Object.keys(columns);
  const full = keys.map((key) => spread(columns[key]));
  return Array.from({ length: count }, (_, i) => complete({ ...empty, ...Object.fromEntries(keys.map((key, c) => [key, full[c][i]])) }));
}

const spread = (column) => (column.pick ? Array.from(column.pick, (digit) => column.each[digit]) : column);

// Product and running sum are left out where they follow.
function complete(row) {
  if (typeof row.upstream !== "number" || typeof row.local !== "number" || "after" in row) return row;
  row.product = row.upstream * row.local;
  row.before ??= 0;
  row.after = row.before + row.product;
  return row;
}

// When each node becomes known, when gradients arrive, and when each edge is used.
export function timeline(trace) {
  const { nodes, steps } = trace;
  const life = nodes.map(() => ({ at: 0, adds: [] }));
  const edges = [];
  const edgeOf = new Map();
  nodes.forEach((node, id) => (node.parents ?? []).forEach((parent, index) => {
    const edge = { key: `${id}-${index}`, child: id, parent, index, back: [] };
    edgeOf.set(edge.key, edge);
    edges.push(edge);
  }));
  steps.forEach((step, i) => {
    const at = i + 1;
    if (step.pass === "forward") life[step.node].at = at;
    else if (step.pass === "seed") life[step.node].adds.push({ at, after: step.after ?? seedOf(nodes[step.node]) });
    else {
      life[step.parent].adds.push({ at, after: step.after, heat: step.heat });
      edgeOf.get(`${step.node}-${step.edge}`)?.back.push(at);
    }
  });
  return { life, edges, edgeOf };
}

const seedOf = (root) => (root.shape ? null : 1);

export const isKnown = (time, id, k) => time.life[id].at <= k;

// The gradient of a node after k steps: null, or {value, done, heat}.
export function gradientAt(time, trace, id, k) {
  const adds = time.life[id].adds;
  let last = null;
  let count = 0;
  for (const add of adds) if (add.at <= k) { last = add; count += 1; }
  if (!last) return null;
  const done = count === adds.length;
  const node = trace.nodes[id];
  if (node.shape) return { value: null, done, heat: done ? node.grad_heat : sumHeats(adds.slice(0, count)) };
  return { value: last.after, done, heat: null };
}

// Block means are linear, so the picture of a running sum is the sum of the pictures.
function sumHeats(adds) {
  const pictures = adds.map((a) => a.heat).filter(Boolean).map((h) => ({ ...h, data: cells(h) }));
  if (!pictures.length) return null;
  const data = pictures[0].data.map((_, i) => pictures.reduce((sum, h) => sum + (h.data[i] ?? 0), 0));
  const scale = Math.max(...data.map(Math.abs)) || 1;
  return { rows: pictures[0].rows, cols: pictures[0].cols, scale, data };
}

// The numbers of a heatmap, from one byte a cell.
export function cells(heat) {
  if (heat.data) return heat.data;
  const bytes = atob(heat.cells);
  return Array.from(bytes, (c) => {
    const byte = c.charCodeAt(0);
    return byte ? ((byte - 128) / 127) * heat.scale : NaN;
  });
}

// Folding. `unfolded` lists the open groups; returns for each node its item: id, or -1 - group.
export function foldState(trace, unfolded) {
  const names = trace.groups ?? [];
  const open = bestLayout(trace, unfolded);
  const closed = new Map(names.map((name, g) => [name, g]).filter(([, g]) => !open.includes(g)));
  const itemOf = trace.nodes.map((node, id) =>
    (closed.has(node.group) ? -1 - closed.get(node.group) : id));
  return { open, itemOf, layout: trace.layouts[open.join(",")] };
}

function bestLayout(trace, unfolded) {
  const wanted = [...unfolded].sort((a, b) => a - b);
  for (const state of [wanted, unfolded.slice(-1)]) if (trace.layouts[state.join(",")]) return state;
  return [];
}

// The nodes of a closed box that something outside uses; the root counts as used.
export function leavingNodes(trace, itemOf, item) {
  const leaving = new Set(itemOf[trace.root] === item ? [trace.root] : []);
  trace.nodes.forEach((node, id) => {
    if (itemOf[id] !== item) (node.parents ?? []).forEach((p) => itemOf[p] === item && leaving.add(p));
  });
  return [...leaving];
}

// The stops of "Next": a run of steps inside one closed box counts as one.
export function stopsOf(trace, itemOf) {
  const { steps } = trace;
  const keys = steps.map((s) => (itemOf[s.node] < 0 ? `${s.pass === "forward"}${itemOf[s.node]}` : null));
  const stops = [{ k: 0, from: 0, pass: "start" }];
  steps.forEach((step, i) => {
    const same = keys[i] !== null && keys[i] === keys[i - 1];
    const pass = step.pass === "forward" ? "forward" : "backward";
    if (same) stops[stops.length - 1].k = i + 1;
    else stops.push({ k: i + 1, from: i, pass });
  });
  const totals = { forward: 0, backward: 0 };
  for (const stop of stops) if (stop.k) stop.number = totals[stop.pass] += 1;
  return { stops, totals };
}

// The index of the stop at which k steps are done (or were done last).
export function stopAt(stops, k) {
  const index = stops.findIndex((stop) => stop.k >= k);
  return index < 0 ? stops.length - 1 : index;
}

// Numbers as they stand under the nodes: three significant digits, a real minus sign.
export function short(x, digits = 3) {
  if (x === null || x === undefined) return "";
  if (typeof x === "string") return { nan: "NaN", inf: "∞", "-inf": "−∞" }[x] ?? x;
  if (Number.isNaN(x)) return "NaN";
  if (x === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(x)));
  const plain = size >= -4 && size <= 4;
  const text = plain ? String(Number(x.toPrecision(digits))) : x.toExponential(digits - 1).replace(/\.?0+e/, "e");
  return (plain && text.includes("e") ? x.toFixed(digits - 1 - size) : text).replace("e+", "e").replace(/-/g, "−");
}

export const shapeText = (node) => (node.shape?.length ? node.shape.join("×") : "scalar");

export const nameOf = (trace, id) => trace.nodes[id].label || (trace.nodes[id].kind === "op"
  ? trace.nodes[id].symbol : short(trace.nodes[id].value));
