// What stands around the drawing: buttons, slider, the three lines, the question, the ledger.
import { svg } from "./stepper_graph.js";

export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") element.className = value;
    else if (value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

const button = (id, text, title, extra = {}) =>
  html("button", { type: "button", "data-testid": id, title, ...extra }, text);

export function buildChrome() {
  const ui = {
    world: svg("g", { class: "bpl-world" }),
    picture: svg("svg", { class: "bpl-picture", role: "group", "aria-label": "Computation graph" }),
    popover: html("div", { class: "bpl-popover", role: "tooltip", hidden: true }),
    folds: html("span", { class: "bpl-folds" }),
    fit: button("fit", "Fit", "Show the whole graph"),
    zoomIn: button("zoom-in", "Zoom in", "Larger (also Ctrl + wheel)"),
    zoomOut: button("zoom-out", "Zoom out", "Smaller (also Ctrl + wheel)"),
    first: button("first", "Start", "Before the forward pass (Home)"),
    back: button("back", "Back", "One step back (left arrow)"),
    play: button("play", "Play", "Play or pause (space)"),
    next: button("next", "Next", "One step on (right arrow)", { class: "bpl-primary" }),
    slider: html("input", { type: "range", min: 0, step: 1, "aria-label": "Step", "data-testid": "slider" }),
    pass: html("span", { class: "bpl-pass", "data-testid": "pass" }),
    predict: button("predict", "Predict", "Type each number before it is shown", { "aria-pressed": "false" }),
    rule: html("div", { class: "bpl-rule", "data-testid": "rule" }),
    numbers: html("div", { class: "bpl-numbers", "data-testid": "numbers" }),
    result: html("div", { class: "bpl-result", "data-testid": "result" }),
    warning: html("div", { class: "bpl-warning", "data-testid": "warning", hidden: true }),
    status: html("div", { class: "bpl-status", role: "status", "aria-live": "polite", "data-testid": "status" }),
    message: html("div", { class: "bpl-message", role: "status", "data-testid": "message" }),
    ledger: html("details", { class: "bpl-ledger", "data-testid": "ledger" }),
    ask: askForm(),
  };
  ui.picture.append(ui.world);
  ui.stage = html("div", { class: "bpl-stage", tabindex: -1 }, ui.picture, ui.popover, ui.message);
  ui.ledgerTitle = html("summary", {});
  ui.ledgerList = html("ol", {});
  ui.ledger.append(ui.ledgerTitle, ui.ledgerList);
  ui.body = [
    html("div", { class: "bpl-top" }, legend(), ui.folds,
      html("span", { class: "bpl-zooms" }, ui.zoomOut, ui.zoomIn, ui.fit)),
    ui.stage,
    html("div", { class: "bpl-bar" }, ui.first, ui.back, ui.play, ui.next, ui.slider, ui.pass, ui.predict),
    html("div", { class: "bpl-lines" }, ui.rule, ui.numbers, ui.result, ui.ask.form, ui.warning, ui.status),
    ui.ledger,
  ];
  return ui;
}

function askForm() {
  const guess = html("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: 9, "data-testid": "guess" });
  const text = html("span", { class: "bpl-question", "data-testid": "question" });
  const form = html("form", { class: "bpl-ask", "data-testid": "ask", hidden: true });
  const check = html("button", { type: "submit", class: "bpl-primary", "data-testid": "check" }, "Check");
  const show = button("show", "Show", "Show the number", { hidden: true });
  const verdict = html("span", { class: "bpl-verdict", role: "status", "data-testid": "verdict" });
  const score = html("span", { class: "bpl-score", "data-testid": "score" });
  form.append(html("label", {}, text, " ", guess), check, show, score, verdict);
  return { form, text, guess, check, show, verdict, score };
}

function legend() {
  return html("span", { class: "bpl-legend" },
    html("span", { class: "bpl-key-value" }, "value"),
    html("span", { class: "bpl-key-grad" }, "∂ gradient"),
    html("span", { class: "bpl-key-local" }, "local derivative"));
}

const FACTORS = /^(.+?) (\+) (.+) (×) (.+)$/;
const FACTOR_ROLES = ["grad so far", "", "grad upstream", "", "local local"];

// The lines of a backward step with its factors named: so far + upstream × local.
export function showLines(ui, lines, step, secret) {
  ui.rule.parentElement.classList.toggle("bpl-long", lines.rule.length > 44 || lines.numbers.length > 60);
  const backward = step?.pass === "backward" && typeof step.local === "number";
  fill(ui.rule, lines.rule, backward && /^(.+?) (\+?=) (.+) · (.+)$/, ["grad", "", "grad", "local"]);
  if (secret) {
    fill(ui.numbers, backward ? "? + ? × ?" : "", backward && FACTORS, FACTOR_ROLES);
    ui.result.textContent = "= ?";
    return;
  }
  fill(ui.numbers, lines.numbers, backward && FACTORS, FACTOR_ROLES);
  ui.result.textContent = lines.result;
}

function fill(line, text, pattern, roles) {
  const match = pattern ? text.match(pattern) : null;
  if (!match) { line.textContent = text; return; }
  const pieces = match.slice(1).map((piece, i) => {
    const [kind, ...caption] = (roles[i] ?? "").split(" ");
    const span = html("span", kind ? { class: `bpl-part bpl-part-${kind}` } : { class: "bpl-sign-part" }, piece);
    if (caption.length) span.dataset.caption = caption.join(" ");
    return span;
  });
  if (roles.length === 4) pieces.splice(3, 0, html("span", { class: "bpl-sign-part" }, "·"));
  line.replaceChildren(...pieces.flatMap((p) => [p, " "]));
}

// What stands in place of a drawing that would be too large.
export function summaryView(summary, short) {
  const row = (name, value) => html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, value));
  const list = (lines) => html("ol", {}, ...lines.map((line) => html("li", {}, line)));
  const operations = summary.operations.map(([symbol, n]) => `${symbol} ${n.toLocaleString("en")} times`).join(", ");
  const gradients = summary.gradients.map(([label, g]) => `${label}: ${short(g)}`).join(", ");
  return html("div", { class: "bpl-summary", "data-testid": "summary" },
    html("p", { class: "bpl-rule" }, `This graph has ${summary.nodes.toLocaleString("en")} nodes`),
    html("p", {}, `A drawing stays readable up to ${summary.limit}, so here is a summary. Step through a smaller part: ` +
      "one example instead of a batch, or fewer neurons."),
    html("table", {}, html("tbody", {},
      row("Result", `${summary.root || "result"} = ${short(summary.value) || "array"}`),
      row("Operations", operations),
      row("Leaves", String(summary.leaves)),
      row("Depth", `${summary.depth} operations from a leaf to the result`),
      row("Largest gradients", gradients || "none"))),
    html("details", { class: "bpl-ledger", "data-testid": "ledger" },
      html("summary", {}, `The first and the last of ${summary.steps.toLocaleString("en")} steps`),
      list(summary.first), html("p", {}, "…"), list(summary.last)));
}
