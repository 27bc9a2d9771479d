// What a node tells when it is pointed at or focused, and the ledger of all steps done.
import { gradientAt, isKnown, shapeText, short } from "./stepper_model.js";
import { heatSize, heatURL, isPicture } from "./stepper_heat.js";
import { html } from "./stepper_chrome.js";
import { threeLines } from "./stepper_words.js";

export function showPopover(view, part) {
  const { popover, stage } = view.ui;
  popover.replaceChildren(...(part.members ? groupLines(part) : nodeLines(view, part)));
  popover.hidden = false;
  const node = part.g.getBoundingClientRect();
  const room = stage.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const x = node.right - room.left + 8 + width < room.width ? node.right - room.left + 8 : node.left - room.left - width - 8;
  popover.style.left = `${Math.max(4, Math.min(x, room.width - width - 4))}px`;
  popover.style.top = `${Math.max(4, Math.min(node.top - room.top, room.height - height - 4))}px`;
}

function groupLines(part) {
  return [html("strong", {}, part.name), html("div", {}, `${part.members.length} nodes, folded. Click to open.`)];
}

function nodeLines(view, { node, id }) {
  const { trace, time, k, hidden } = view;
  const known = isKnown(time, id, k) && !hidden.value.has(id);
  const gradient = hidden.gradient.has(id) ? null : gradientAt(time, trace, id, k);
  const lines = [html("strong", {}, node.label || (node.kind === "const" ? "constant" : node.symbol || "leaf"))];
  if (node.formula) lines.push(html("div", { class: "bpl-formula" }, node.formula));
  const value = node.shape ? node.summary || shapeText(node) : short(node.value, 6);
  lines.push(line("value", known ? value : "not computed yet"));
  if (gradient) {
    lines.push(line("grad", node.shape ? `array ${shapeText(node)}` : short(gradient.value, 6), gradient.done));
  }
  if (known && node.heat) lines.push(picture(`value${means(node)}`, node.heat, isPicture(node)));
  if (gradient?.heat) lines.push(picture(`gradient${means(node)}`, gradient.heat));
  if (node.editable) lines.push(html("div", { class: "bpl-hint" }, "Click to change, or drag sideways."));
  return lines;
}

function line(kind, text, done = true) {
  const name = kind === "value" ? "value" : done ? "∂ gradient" : "∂ gradient so far";
  return html("div", { class: `bpl-line-${kind}` }, `${name}  ${text}`);
}

// A large array is shown as the means of blocks of it.
const means = (node) => (node.shape.reduce((a, b) => a * b, 1) > node.heat.rows * node.heat.cols ? ", block means" : "");

function picture(name, heat, grey = false) {
  const [width, height] = heatSize(heat, 128);
  const scale = short(Number(heat.scale));
  const image = html("img", { src: heatURL(heat, grey), width, height, class: "bpl-heat", alt: `Heatmap of the ${name}` });
  const key = html("div", { class: `bpl-scale${grey ? " bpl-scale-grey" : ""}` },
    html("span", {}, grey ? "0" : `−${scale}`), html("i", {}), html("span", {}, scale));
  return html("figure", {}, image, html("figcaption", {}, name, key));
}

// Lines are added and removed at the end, so that a step costs one line and not all of them.
export function writeLedger(view) {
  const { ledger, ledgerTitle, ledgerList: list } = view.ui;
  const done = view.stops.indexOf(view.stop);
  ledgerTitle.textContent = `Ledger: ${done} of ${view.stops.length - 1} steps`;
  if (!ledger.open) return;
  const keep = view.question ? done - 1 : done;
  while (list.childElementCount > keep) list.lastElementChild.remove();
  for (let i = list.childElementCount + 1; i <= keep; i += 1) list.append(entry(view, i));
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  list.children[done - 1]?.firstElementChild.setAttribute("aria-current", "step");
  const last = list.lastElementChild;
  if (last) list.scrollTop = last.offsetTop - list.clientHeight + last.offsetHeight;
}

function entry(view, index) {
  const stop = view.stops[index];
  const { rule, numbers, result } = threeLines(view.trace, stop, view.folded.itemOf);
  const go = html("button", { type: "button" }, html("span", { class: `bpl-tag bpl-tag-${stop.pass}` },
    `${stop.pass === "forward" ? "Forward" : "Backward"} ${stop.number}`),
  ` ${rule}${numbers ? `${stop.k - stop.from > 1 ? ": " : " = "}${numbers}` : ""} ${result}`);
  go.addEventListener("click", () => view.goStop(index));
  return html("li", {}, go);
}
