// Keys, focus on nodes, and the leaf editor's view of the stepper.
import { short } from "./stepper_model.js";
import { parseGuess } from "./stepper_predict.js";

// Left, right, Home, End and space work anywhere in the widget; up and down walk over the nodes.
// Every key that is handled stays here, so that the notebook does not act on it too.
export function onKey(view, event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("input[type=text]")) { event.stopPropagation(); return; }
  if (key === "Escape") view.ui.popover.hidden = true;
  const part = view.drawing.nodes.find((p) => p.g === target);
  const native = target.matches("button, summary") && (key === "Enter" || key === " ");
  const slides = target.matches("input[type=range]") && /^(Arrow|Home|End|Page)/.test(key);
  if (native || slides) { event.stopPropagation(); return; }
  const action = part && (key === "Enter" || key === " ") && (part.members || part.node.editable)
    ? () => activate(view, part) : actions(view, part)[key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

function actions(view, part) {
  const walk = (by) => part && (() => {
    const { nodes } = view.drawing;
    const next = nodes[nodes.indexOf(part) + by];
    if (next) focusNode(view, next, true);
  });
  return {
    ArrowRight: () => view.move(1),
    ArrowLeft: () => view.move(-1),
    Home: () => view.goStop(0),
    End: () => view.goStop(view.stops.length - 1),
    " ": () => !view.model.get("predict") && view.playing(!view.timer),
    ArrowDown: walk(1),
    ArrowUp: walk(-1),
  };
}

// One node at a time is in the tab order (a roving tabindex).
export function focusNode(view, part, show = false) {
  for (const other of view.drawing.nodes) other.g.setAttribute("tabindex", other === part ? 0 : -1);
  if (show) view.viewport.follow([view.drawing.boxes[view.drawing.nodes.indexOf(part)]], []);
  part.g.focus({ preventScroll: true });
}

export function activate(view, part) {
  if (part.members) view.toggleGroup(part.group);
  else if (part.node.editable) view.editor.edit(part.id);
}

const partOf = (view, id) => view.drawing.nodes.find((part) => part.id === id);

export function leafHost(view) {
  return {
    stage: view.ui.stage,
    node: (id) => view.trace.nodes[id],
    parse: parseGuess,
    focus: (id) => partOf(view, id)?.g.focus({ preventScroll: true }),
    send: (id, value) => view.link.send({ [id]: value }),
    refuse: (text) => view.tell("error", text),
    preview(id, value) {
      const part = partOf(view, id);
      if (part?.value) part.value.textContent = short(value);
    },
    boxOnScreen(id) {
      const part = partOf(view, id);
      const shape = part.g.querySelector(".bpl-shape").getBoundingClientRect();
      const stage = view.ui.stage.getBoundingClientRect();
      return { x: shape.left + shape.width / 2 - stage.left, y: shape.bottom - stage.top };
    },
  };
}
