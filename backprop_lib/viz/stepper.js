// The stepper: `render` joins the model (traits), the drawing and the controls. No kernel is needed
// except to recompute an edited leaf. `step` is set without saving, so stepping sends no message.
import { foldState, short, stopAt, stopsOf, timeline, unpack } from "./stepper_model.js";
import { passWords, sentence, threeLines } from "./stepper_words.js";
import { questionAt } from "./stepper_predict.js";
import { settle, setIdle, takeGuess, togglePredict, writeQuestion } from "./stepper_ask.js";
import { drawGraph, paint } from "./stepper_graph.js";
import { makeViewport } from "./stepper_viewport.js";
import { makeMap } from "./stepper_map.js";
import { makeLeafEditor, makeLink } from "./stepper_leaf.js";
import { buildChrome, html, showLines, summaryView } from "./stepper_chrome.js";
import { activate, focusNode, leafHost, onKey } from "./stepper_input.js";
import { showPopover, writeLedger } from "./stepper_popover.js";

const PAUSE = 1300; // ms between two steps while playing

class View {
  constructor(model, el) {
    this.model = model;
    this.abort = new AbortController();
    this.tries = {};
    this.root = html("div", { class: "bpl-stepper", role: "group", "aria-label": "Stepper through a computation graph" });
    el.append(this.root);
    this.load();
    this.on("change:trace", () => this.load());
  }

  on(event, action) {
    this.model.on(event, action);
    this.abort.signal.addEventListener("abort", () => this.model.off(event, action));
  }

  load() {
    this.trace = unpack(this.model.get("trace"));
    if (this.trace.summary) {
      this.root.replaceChildren(summaryView(this.trace.summary, short));
      return;
    }
    this.time = timeline(this.trace);
    if (!this.ui) this.build();
    this.fold();
  }

  build() {
    const ui = (this.ui = buildChrome());
    const { signal } = this.abort;
    this.root.replaceChildren(...ui.body);
    this.viewport = makeViewport(ui.stage, ui.picture, ui.world, signal);
    this.map = makeMap(ui.stage, this.viewport, signal);
    this.viewport.listener = () => {
      ui.popover.hidden = true;
      this.map.follow();
    };
    this.link = makeLink(this.model, (state, text) => this.tell(state, text), signal);
    this.editor = makeLeafEditor(leafHost(this), signal);
    this.wire(ui, signal);
    this.on("change:step", () => this.update());
    this.on("change:unfolded", () => this.fold());
    for (const name of ["predict", "answers", "score"]) this.on(`change:${name}`, () => this.update());
    const notes = this.trace.notes ?? [];
    if (notes.length) ui.stage.after(html("ul", { class: "bpl-notes" }, ...notes.map((note) => html("li", {}, html("strong", {}, "Note"), ` ${note}`))));
  }

  wire(ui, signal) {
    const click = (element, action) => element.addEventListener("click", action, { signal });
    click(ui.first, () => this.goStop(0));
    click(ui.back, () => this.move(-1));
    click(ui.next, () => this.move(1));
    click(ui.play, () => !this.model.get("predict") && this.playing(!this.timer));
    click(ui.fit, () => this.viewport.fit(true));
    click(ui.zoomIn, () => this.viewport.zoom(1.25));
    click(ui.zoomOut, () => this.viewport.zoom(0.8));
    click(ui.predict, () => togglePredict(this));
    click(ui.ask.show, () => settle(this, -1));
    ui.slider.addEventListener("input", () => this.goStop(Number(ui.slider.value)), { signal });
    ui.ask.form.addEventListener("submit", (event) => { event.preventDefault(); takeGuess(this); }, { signal });
    ui.ledger.addEventListener("toggle", () => writeLedger(this), { signal });
    this.root.addEventListener("keydown", (event) => onKey(this, event), { signal });
    this.wireNodes(ui, signal);
  }

  wireNodes(ui, signal) {
    const partOf = (event) => this.drawing.nodes.find((part) => part.g === event.target.closest?.(".bpl-node"));
    ui.picture.addEventListener("pointerdown", (event) => {
      const part = partOf(event);
      if (!part) ui.stage.focus({ preventScroll: true });
      else if (part.node?.editable && !event.button) this.editor.start(part.id, event);
      if (part) focusNode(this, part);
    }, { signal });
    ui.picture.addEventListener("click", (event) => { const part = partOf(event); if (part?.members) activate(this, part); }, { signal });
    for (const name of ["pointerover", "focusin"]) {
      ui.picture.addEventListener(name, (event) => {
        const part = partOf(event);
        if (part && !event.buttons && !ui.stage.querySelector(".bpl-field")) showPopover(this, part);
        else ui.popover.hidden = true;
      }, { signal });
    }
    for (const name of ["pointerleave", "focusout"]) {
      ui.picture.addEventListener(name, () => { ui.popover.hidden = true; }, { signal });
    }
  }

  // Layout for the open groups; the drawing is kept when only numbers changed.
  fold() {
    const folded = foldState(this.trace, this.model.get("unfolded") ?? []);
    Object.assign(this, { folded }, stopsOf(this.trace, folded.itemOf));
    const outline = JSON.stringify([folded.layout, this.trace.nodes.map((n) => [n.label, n.parents])]);
    if (outline === this.outline) this.renew();
    else this.redraw();
    this.outline = outline;
    this.drawFolds();
    this.update();
  }

  redraw() {
    const { ui, folded } = this;
    this.drawing = drawGraph(ui.world, this.trace, this.time, folded);
    this.viewport.graph = { width: folded.layout.width || 1, height: folded.layout.height || 1 };
    const wanted = this.model.get("stage_height") || Math.min(Math.max(folded.layout.height + 40, 150), 440);
    ui.stage.style.height = `${wanted}px`;
    this.map.draw(this.drawing.boxes);
    this.viewport.fit();
    this.drawing.nodes[0]?.g.setAttribute("tabindex", 0);
    ui.slider.max = this.stops.length - 1;
    const share = (100 * this.totals.forward) / Math.max(1, this.stops.length - 1);
    ui.slider.style.setProperty("--bpl-share", `${share}%`);
    ui.ledgerList.replaceChildren();
  }

  renew() {
    Object.assign(this.drawing, { trace: this.trace, time: this.time });
    for (const part of this.drawing.nodes) if (!part.members) part.node = this.trace.nodes[part.id];
    for (const edge of this.drawing.edges) edge.members = edge.members.map((e) => this.time.edgeOf.get(e.key));
    this.ui.ledgerList.replaceChildren();
  }

  drawFolds() {
    const { open } = this.folded;
    this.ui.folds.replaceChildren(...(this.trace.groups ?? []).map((name, g) => {
      const isOpen = open.includes(g);
      const chip = html("button", { type: "button", "aria-expanded": String(isOpen), "data-testid": `fold-${g}` },
        `${isOpen ? "Fold" : "Unfold"} ${name}`);
      chip.addEventListener("click", () => this.toggleGroup(g));
      return chip;
    }));
  }

  toggleGroup(g) {
    const { open } = this.folded;
    this.model.set("unfolded", open.includes(g) ? open.filter((x) => x !== g) : [...open, g]);
    this.ui.folds.children[g]?.focus();
  }

  // Moving through the stops

  goStop(index) {
    const stop = this.stops[Math.min(Math.max(index, 0), this.stops.length - 1)];
    this.model.set("step", stop.k);
  }

  move(by) {
    if (by > 0 && this.question) { this.ui.ask.guess.focus(); return; }
    this.goStop(stopAt(this.stops, this.model.get("step")) + by);
  }

  playing(on) {
    clearInterval(this.timer);
    const end = () => stopAt(this.stops, this.model.get("step")) >= this.stops.length - 1;
    if (on && end()) this.goStop(0);
    this.timer = on ? setInterval(() => (end() || this.question ? this.playing(false) : this.move(1)), PAUSE) : 0;
    this.ui.play.textContent = on ? "Pause" : "Play";
    if (on) this.move(1);
  }

  update() {
    const index = stopAt(this.stops, this.model.get("step"));
    const stop = (this.stop = this.stops[index]);
    this.k = stop.k;
    const answered = stop.k <= this.model.get("given") || this.model.get("answers")?.[stop.k] !== undefined;
    this.question = this.model.get("predict") && !answered ? questionAt(this.trace, stop) : null;
    this.hidden = this.hiddenNow();
    this.drawStep(stop);
    this.writeStep(stop, index);
    writeQuestion(this, stop);
    writeLedger(this);
  }

  hiddenNow() {
    const q = this.question;
    return { value: new Set(q?.pass === "forward" ? [q.node] : []),
      gradient: new Set(q?.pass === "backward" ? [q.parent] : q?.pass === "seed" ? [q.node] : []) };
  }

  drawStep(stop) {
    const steps = this.trace.steps.slice(stop.from, stop.k);
    const active = { nodes: new Set(), edges: new Set(), label: "", warning: steps.some((s) => s.warning) };
    for (const step of steps) {
      active.nodes.add(step.pass === "backward" ? step.parent : step.node);
      if (step.pass === "backward") active.edges.add(`${step.node}-${step.edge}`);
      if (step.pass === "forward") this.trace.nodes[step.node].parents.forEach((_, i) => active.edges.add(`${step.node}-${i}`));
    }
    const [step] = steps;
    if (steps.length === 1 && step.pass === "backward" && typeof step.local === "number") {
      active.label = this.question ? (step.local_rule ?? "local ?").split(" = ")[0] + " = ?" : `× ${short(step.local)}`;
    }
    const lit = paint(this.drawing, { k: stop.k, active, hidden: this.hidden, reverse: stop.pass === "backward" });
    this.map.mark(this.drawing.nodes);
    const near = this.drawing.nodes.flatMap((part, i) => (part.g.classList.contains("bpl-now") ? [i] : []));
    const boxes = (places) => places.map((i) => this.drawing.boxes[i]);
    this.viewport.follow(boxes(near), boxes(lit.flatMap((e) => [e.from, e.to])));
  }

  writeStep(stop, index) {
    const { ui, trace } = this;
    const words = passWords(stop, this.totals);
    const step = stop.k - stop.from === 1 ? trace.steps[stop.from] : null;
    showLines(ui, threeLines(trace, stop, this.folded.itemOf), step, Boolean(this.question));
    ui.pass.textContent = words;
    ui.status.textContent = `${words}. ${sentence(trace, stop, Boolean(this.question))}`;
    const warnings = trace.steps.slice(stop.from, stop.k).map((s) => s.warning).filter(Boolean);
    ui.warning.hidden = !warnings.length;
    ui.warning.replaceChildren(html("strong", {}, "Warning"), ` ${warnings[0] ?? ""}`);
    ui.slider.value = index;
    ui.slider.setAttribute("aria-valuetext", words);
    setIdle(ui.back, index === 0);
    setIdle(ui.first, index === 0);
    setIdle(ui.next, index === this.stops.length - 1 && !this.question);
    this.root.dataset.pass = stop.pass;
    this.root.dataset.step = stop.k;
    ui.next.classList.toggle("bpl-primary", !this.question);
  }

  // The state of the kernel, in words: busy, idle, error, no-kernel.
  tell(state, text) {
    this.root.dataset.kernel = state;
    this.ui.message.textContent = text;
    if (state === "error" || state === "no-kernel") this.update();
  }
}

function render({ model, el }) {
  const view = new View(model, el);
  return () => {
    clearInterval(view.timer);
    view.abort.abort();
    view.root.remove();
  };
}

export default { render };
