// Changing a leaf: type a number or drag it sideways; Python recomputes, one message at a time.
import { short } from "./stepper_model.js";

const PATIENCE = 2500; // ms until a silent kernel is called absent

// One edit is on its way at a time; of those that come meanwhile only the newest values are kept.
export function makeLink(model, tell, signal) {
  const view = Math.random().toString(36).slice(2, 8);
  let count = 0;
  let flight = null;
  let waiting = null;
  let timer = 0;

  function send(set) {
    if (flight) { waiting = { ...waiting, ...set }; return; }
    flight = `${view}-${count += 1}`;
    tell("busy", "Recomputing…");
    timer = setTimeout(() => done("no-kernel", "No kernel: cannot recompute. Run the notebook's cells to start one."), PATIENCE);
    try {
      model.send({ set, seq: flight });
    } catch {
      done("no-kernel", "No kernel: cannot recompute. Run the notebook's cells to start one.");
    }
  }

  function done(state, message) {
    clearTimeout(timer);
    flight = null;
    if (state === "no-kernel") waiting = null;
    tell(state, message);
    if (waiting) { const next = waiting; waiting = null; send(next); }
  }

  const answered = () => {
    const reply = model.get("reply");
    if (!flight || reply?.seq !== flight) return;
    done(reply.error ? "error" : "idle", reply.error ? `Could not recompute: ${reply.error}` : "");
  };
  model.on("change:reply", answered);
  signal.addEventListener("abort", () => { clearTimeout(timer); model.off("change:reply", answered); });
  return { send };
}

// Pointer and keyboard on editable leaves. `host` says how to find and show them:
// {stage, node(id), boxOnScreen(id), preview(id, value), send(id, value), parse(text), refuse(message)}.
export function makeLeafEditor(host, signal) {
  let drag = null;
  let field = null;

  function start(id, event) {
    const value = host.node(id).value;
    drag = { id, x: event.clientX, value: typeof value === "number" ? value : 0, moved: false };
    host.stage.setPointerCapture(event.pointerId);
  }

  // A pixel is a hundredth of the value's own size, so small weights can be set as finely as large ones.
  function move(event) {
    if (!drag) return;
    const shift = event.clientX - drag.x;
    if (!drag.moved && Math.abs(shift) < 4) return;
    drag.moved = true;
    host.stage.classList.add("bpl-scrubbing");
    const unit = 10 ** (Math.floor(Math.log10(Math.max(Math.abs(drag.value), 0.1))) - 1) / 2;
    const value = Number((Math.round((drag.value + shift * unit) / unit) * unit).toPrecision(8));
    if (value === drag.last) return;
    drag.last = value;
    host.preview(drag.id, value);
    host.send(drag.id, value);
  }

  function end() {
    if (!drag) return;
    host.stage.classList.remove("bpl-scrubbing");
    if (!drag.moved) edit(drag.id);
    drag = null;
  }

  function edit(id) {
    close();
    const node = host.node(id);
    const box = host.boxOnScreen(id);
    field = document.createElement("input");
    Object.assign(field, { type: "text", className: "bpl-field", inputMode: "decimal", value: short(node.value, 6) });
    field.setAttribute("aria-label", `New value of ${node.label || "this leaf"}; arrow up and down change it`);
    field.dataset.testid = "leaf-input";
    field.style.left = `${box.x}px`;
    field.style.top = `${box.y}px`;
    field.addEventListener("keydown", (event) => keys(event, id));
    field.addEventListener("blur", () => close());
    host.stage.append(field);
    field.select();
    field.focus();
  }

  function keys(event, id) {
    event.stopPropagation();
    const value = host.parse(field.value);
    if (event.key === "Escape") close(id);
    if (event.key === "Enter") {
      if (!Number.isFinite(value)) { host.refuse("That is not a number. Write it like −3, 0.5, 1/2 or 1e−3."); return; }
      close(id);
      host.preview(id, value);
      host.send(id, value);
    }
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!direction || !Number.isFinite(value)) return;
    event.preventDefault();
    const unit = 10 ** (Math.floor(Math.log10(Math.max(Math.abs(value), 0.1))) - 1) * (event.shiftKey ? 10 : 1);
    const next = Number((value + direction * unit).toPrecision(8));
    field.value = short(next, 6);
    host.preview(id, next);
    host.send(id, next);
  }

  function close(focusId = null) {
    const old = field;
    field = null;
    old?.remove();
    if (focusId !== null) host.focus(focusId);
  }

  host.stage.addEventListener("pointermove", move, { signal });
  for (const name of ["pointerup", "pointercancel"]) host.stage.addEventListener(name, end, { signal });
  return { start, edit, close };
}
