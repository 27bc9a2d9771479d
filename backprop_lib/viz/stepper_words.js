// The same in words: for the status line, for screen readers, for runs of folded steps.
import { leavingNodes, nameOf, shapeText, short } from "./stepper_model.js";

export function nodeWords(trace, id, known, gradient) {
  const node = trace.nodes[id];
  const words = [node.kind === "op" ? `${node.label || "result"}, operation ${node.symbol}`
    : node.kind === "const" ? "constant" : node.label || "leaf"];
  if (!known) words.push("not computed yet");
  else words.push(node.shape ? `array ${shapeText(node)}` : `value ${short(node.value)}`);
  if (gradient) {
    const state = gradient.done ? "gradient" : "gradient so far";
    words.push(node.shape ? `${state} known` : `${state} ${short(gradient.value)}`);
  }
  if (node.editable) words.push("press Enter to change the value");
  return `${words.join(", ")}.`;
}

const countWords = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// The three large lines for one stop: {rule, numbers, result}, each plain text.
export function threeLines(trace, stop, itemOf) {
  if (!stop.k) return startLines(trace);
  if (stop.k - stop.from === 1) return trace.steps[stop.from];
  const run = trace.steps.slice(stop.from, stop.k);
  const group = trace.nodes[run[0].node].group;
  if (stop.pass === "forward") {
    const few = run.length <= 3 ? run.map((s) => s.rule).join(",  ") : "";
    return { rule: `${group}, forward`, numbers: few || `${countWords(run.length, "operation")}, one after another`,
      result: outputs(trace, run, itemOf) };
  }
  const reached = [...new Set(run.map((s) => s.parent))];
  const few = reached.length <= 5 ? reached.map((id) => `∂${nameOf(trace, trace.root)}/∂${nameOf(trace, id)}`).join(", ") : "";
  return { rule: `${group}, backward`, numbers: `upstream × local along ${countWords(run.length, "edge")}`,
    result: few ? `→ ${few}` : `→ gradients of ${countWords(reached.length, "node")}` };
}

function outputs(trace, run, itemOf) {
  const leaving = leavingNodes(trace, itemOf, itemOf[run[0].node]);
  if (leaving.length === 1) {
    const [id] = leaving;
    const node = trace.nodes[id];
    return `${nameOf(trace, id)} = ${node.shape ? node.summary : short(node.value, 4)}`;
  }
  return `= ${countWords(leaving.length, "value")} for the next part`;
}

function startLines(trace) {
  const leaves = trace.nodes.filter((n) => n.kind === "leaf").length;
  return { rule: `${countWords(leaves, "leaf").replace("leafs", "leaves")} known, nothing computed`,
    numbers: "Press Next, or the right arrow key.", result: "" };
}

export function passWords(stop, totals) {
  if (!stop.k) return "Before the forward pass";
  const pass = stop.pass === "forward" ? "Forward" : "Backward";
  return `${pass} ${stop.number} of ${totals[stop.pass]}`;
}

// One sentence on what happens at this stop; `asking` keeps the answer to itself.
export function sentence(trace, stop, asking) {
  if (!stop.k) return "Values flow from left to right; gradients will flow back from right to left.";
  if (stop.k - stop.from > 1) return runSentence(trace, stop);
  const step = trace.steps[stop.from];
  const name = nameOf(trace, step.node);
  if (step.pass === "forward") return forwardSentence(trace, step, name, asking);
  if (step.pass === "seed") {
    return `Backward starts here: ${name} changes exactly as much as itself, so its gradient is ${asking ? "what?" : "1."}`;
  }
  return backwardSentence(trace, step, name, asking);
}

function forwardSentence(trace, step, name, asking) {
  const node = trace.nodes[step.node];
  const inputs = [...new Set(node.parents.map((p) => nameOf(trace, p)))].join(" and ");
  if (asking) return `${name} is computed from ${inputs}.`;
  return `${name} is computed from ${inputs}: ${node.shape ? node.summary : short(node.value, 4)}.`;
}

function backwardSentence(trace, step, name, asking) {
  const parent = nameOf(trace, step.parent);
  if (asking) return `The gradient of ${name} goes back along this edge to ${parent}.`;
  if (typeof step.local !== "number" || typeof step.upstream !== "number") {
    return `The gradient of ${name} goes back along this edge and is added to the gradient of ${parent}.`;
  }
  if (step.warning) return `This code leaves ∂ of ${parent} at ${short(step.after, 4)}; before it was ${short(step.before ?? 0, 4)}.`;
  const sum = step.before ? `added to ${short(step.before, 4)} it gives ${short(step.after, 4)}`
    : `nothing had arrived at ${parent} before`;
  return `Upstream ${short(step.upstream, 4)} arrives at ${name}; times the local derivative ` +
    `${short(step.local, 4)} it is ${short(step.product, 4)}; ${sum}.`;
}

function runSentence(trace, stop) {
  const group = trace.nodes[trace.steps[stop.from].node].group;
  return `${stop.k - stop.from} steps inside ${group}, shown as one. Open the box to see each.`;
}
