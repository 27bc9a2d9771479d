// Predict mode: what is asked at a step, how an answer is read, and which mistake it shows.
import { nameOf, short } from "./stepper_model.js";

// A number as people type it: -3, −3, 1/2, 1e-3, 0,5. NaN if it is none.
export function parseGuess(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/(\d),(\d)/g, "$1.$2").replace(/\s+/g, "");
  const number = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
  const match = plain.match(new RegExp(`^\\(?(${number})\\)?(?:/\\(?(${number})\\)?)?$`, "i"));
  return match ? Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2])) : NaN;
}

// The question at a stop, or null where there is none: arrays, folded runs, NaN, faulty code.
// The answer of a backward step is always the gradient after the edge, the running sum.
export function questionAt(trace, stop) {
  if (!stop.k || stop.k - stop.from > 1) return null;
  const step = trace.steps[stop.from];
  const node = trace.nodes[step.node];
  if (step.warning || node.shape) return null;
  if (step.pass === "backward") return backwardQuestion(trace, step);
  const answer = step.pass === "seed" ? 1 : node.value;
  if (!Number.isFinite(answer)) return null;
  const what = step.pass === "seed" ? step.rule : nameOf(trace, step.node);
  return { ...step, answer, what, text: `What is ${what}?`, symbol: node.symbol, value: node.value,
    inputs: (node.parents ?? []).map((p) => trace.nodes[p].value) };
}

function backwardQuestion(trace, step) {
  const numbers = [step.upstream, step.local, step.product, step.before ?? 0, step.after];
  if (!numbers.every(Number.isFinite)) return null;
  const what = step.rule.split(/ \+?= /)[0];
  const text = step.before ? `What is ${what} after this edge? So far it is ${short(step.before, 4)}.`
    : `What is ${what} after this edge?`;
  return { ...step, before: step.before ?? 0, answer: step.after, what, text, own: trace.nodes[step.parent].value };
}

// Equal to 1 %, or to the digits that the picture shows, or to rounding noise around 0.
export function near(guess, answer, scale = 1) {
  if (!Number.isFinite(answer)) return false;
  return Math.abs(guess - answer) <= Math.max(0.01 * Math.abs(answer), 1e-9 * Math.max(1, Math.abs(scale))) ||
    short(guess) === short(answer);
}

// What a guess says about the learner's thinking. Pure: a question and a number go in,
// {right, code, text} comes out. Tests call this with numbers.
export function diagnose(question, guess) {
  if (!Number.isFinite(guess)) {
    return { right: false, code: "unreadable", text: "That is not a number. Write it like −3, 0.5, 1/2 or 1e−3." };
  }
  const scale = Math.max(...[question.upstream, question.local, question.before].map((x) => Math.abs(x ?? 0)));
  if (near(guess, question.answer, scale)) return { right: true, code: "right", text: confirmation(question) };
  const suspects = { backward: backwardMistakes, forward: forwardMistakes, seed: seedMistakes }[question.pass](question);
  const found = [...suspects, ...slips(question, guess)].find(([, value]) => near(guess, value, scale));
  const [code, , text] = found ?? ["other", 0, `Not it. Expected is ${expectedForm(question)}. Try again.`];
  return { right: false, code, text };
}

function confirmation(q) {
  if (q.pass !== "backward") return `Right. ${q.what} = ${short(q.answer, 4)}.`;
  const product = `${short(q.upstream, 4)} × ${bracket(q.local)} = ${short(q.product, 4)}`;
  const sum = q.before ? `, and ${short(q.before, 4)} + ${bracket(q.product)} = ${short(q.answer, 4)}` : "";
  return `Right. Upstream times local: ${product}${sum}.`;
}

const bracket = (x) => (x < 0 ? `(${short(x, 4)})` : short(x, 4));

function expectedForm(q) {
  if (q.pass === "forward") return "the value of the rule above, with the blue numbers put in";
  if (q.pass === "seed") return "how much the result changes when it changes by itself";
  return q.before ? "what was there before + upstream × local derivative" : "upstream × local derivative";
}

// [code, the number this mistake gives, what to say], most telling first.
function backwardMistakes({ upstream: u, local: l, product: p, before: b, own, local_rule: rule }) {
  const local = rule ? `The local derivative here is ${rule}.` : "";
  const mistakes = [
    ["sign", -(b + p), "The size is right, the sign is not. Check the signs of upstream and local derivative."],
    ["other-path", b ? p : NaN, `That is this edge alone. Another path has already brought ${short(b, 4)}: add the two.`],
    ["sign", b ? b - p : NaN, "You subtracted this edge's product. Paths are always added."],
    ["upstream", l, "That is the local derivative alone. Multiply it by the upstream gradient."],
    ["upstream", b + l, "You forgot the upstream gradient: add upstream × local, not the local derivative itself."],
    ["own-value", u * own, `You used this node's own value. ${local} Look at the other factor.`],
    ["own-value", b + u * own, `You used this node's own value. ${local} Look at the other factor.`],
    ["local", u, `That is the upstream gradient alone. Multiply it by the local derivative. ${local}`],
    ["local", b + u, `You added the upstream gradient without the local derivative. ${local}`],
    ["added", u + l, "You added upstream and local derivative. Along a path they are multiplied."],
    ["added", b + u + l, "You added upstream and local derivative. Along a path they are multiplied."],
    ["inverse", u / l, "You divided by the local derivative. Multiply by it."],
    ["inverse", l / u, "You divided by the upstream gradient. Multiply by it."],
    ["inverse", b + u / l, "You divided by the local derivative. Multiply by it."],
    ["before", b || NaN, "That is what was there before. Add this edge's upstream × local."],
    ["multiplied", b ? b * p : NaN, "You multiplied the two paths. Contributions of different paths are added."],
    ["own-value", own, `That is the node's own value. The gradient is upstream × local. ${local}`],
  ];
  return mistakes.map(([code, value, text]) => [code, value, text.trim().replace(/\s+/g, " ")]);
}

function forwardMistakes({ symbol, inputs, answer }) {
  const [a, b] = inputs;
  const mistakes = [["sign", answer ? -answer : NaN, "The size is right, the sign is not."]];
  if (inputs.length === 2) {
    mistakes.push(
      ["added", symbol === "×" ? a + b : NaN, "You added. This node multiplies its inputs."],
      ["multiplied", symbol === "+" ? a * b : NaN, "You multiplied. This node adds its inputs."],
      ["added", symbol === "−" ? a + b : NaN, "You added. This node subtracts the second input from the first."],
      ["inverse", symbol === "÷" ? b / a : NaN, "Upside down: the first input is divided by the second."],
      ["multiplied", symbol === "÷" ? a * b : NaN, "You multiplied. This node divides the first input by the second."],
    );
  }
  if (/^x[²³⁴⁵⁶⁷⁸⁹]$/.test(symbol ?? "")) {
    const n = "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(symbol[1]);
    mistakes.push(["multiplied", n * a, "You multiplied by the exponent. A power multiplies the number by itself."],
      ["derivative", n * a ** (n - 1), "That is the derivative. In the forward pass the value is wanted."]);
  }
  if (symbol === "tanh") mistakes.push(["derivative", 1 - answer ** 2, "That is the derivative of tanh. Here the value is wanted."]);
  if (symbol === "relu") mistakes.push(["rectify", a, "relu lets positive numbers through and turns negative ones into 0."]);
  return [...mistakes, ...inputs.map((x) =>
    ["input", x, "That is the value of an input. Apply this node's operation to it."])];
}

function seedMistakes({ value }) {
  return [["value", value, "That is the value of the result. Asked is how much it changes when it changes by itself."],
    ["zero", 0, "0 would mean that the result does not depend on itself. It moves one for one."]];
}

// Slips of arithmetic that any question can meet.
function slips({ answer }, guess) {
  const close = Math.abs(guess - answer) <= 0.06 * Math.abs(answer);
  return [
    ["rounding", close ? guess : NaN, "Very close. Give it to within 1 percent, three digits are enough."],
    ...[10, 100, 0.1, 0.01].map((f) => ["decimal", answer * f || NaN, "The digits are right, the decimal point is not."]),
  ];
}

// The score after an answer; `before` is how many wrong tries there were (or -1: it was shown).
export function rescore(score, triesBefore) {
  const right = triesBefore >= 0 ? 1 : 0;
  return { right: (score.right ?? 0) + right, first_try: (score.first_try ?? 0) + (triesBefore === 0 ? 1 : 0),
    total: (score.total ?? 0) + 1 };
}
