// Zoom and pan. Plain scrolling stays the page's: only Ctrl + wheel zooms.

const LEAST = 0.8; // below this the numbers cannot be read
const MOST = 1.25;
const MARGIN = 18;

export function makeViewport(stage, picture, world, signal) {
  const view = { scale: 1, x: 0, y: 0, width: 0, height: 0, graph: { width: 1, height: 1 }, own: false, listener: null,
    last: [[], []] };
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // Asked for when the size can have changed, not at every step: it makes the browser lay out the page.
  function measure() {
    [view.width, view.height] = [stage.clientWidth, stage.clientHeight];
  }

  function apply() {
    const { width: w, height: h } = view;
    const [gw, gh] = [view.graph.width * view.scale, view.graph.height * view.scale];
    view.x = gw + 2 * MARGIN <= w ? (w - gw) / 2 : clamp(view.x, w - gw - MARGIN, MARGIN);
    view.y = gh + 2 * MARGIN <= h ? (h - gh) / 2 : clamp(view.y, h - gh - MARGIN, MARGIN);
    world.setAttribute("transform", `translate(${view.x.toFixed(1)},${view.y.toFixed(1)}) scale(${view.scale.toFixed(4)})`);
    view.listener?.();
  }

  const fitting = () => Math.min((view.width - 2 * MARGIN) / view.graph.width,
    (view.height - 2 * MARGIN) / view.graph.height, MOST);

  // The whole graph if it stays readable; else readable, and follow the steps. `all` forces the first.
  function fit(all = false) {
    view.own = false;
    measure();
    view.scale = all ? fitting() : Math.max(fitting(), LEAST);
    apply();
  }

  function zoom(factor, cx = view.width / 2, cy = view.height / 2) {
    const scale = clamp(view.scale * factor, Math.min(fitting(), LEAST) * 0.9, 3);
    view.x = cx - ((cx - view.x) * scale) / view.scale;
    view.y = cy - ((cy - view.y) * scale) / view.scale;
    view.scale = scale;
    view.own = true;
    apply();
  }

  // Bring boxes {x, y, width, up, down} into sight, moving no more than needed: all of them where
  // there is room, else the first ones, the nodes that change.
  function follow(first, others) {
    view.last = [first, others];
    if (!first.length || !view.width) return;
    const boxes = [...first, ...others];
    const [x, y] = [view.x, view.y];
    view.x = bestOffset(view.x, view.width, [boxes, first], (b) => [b.x - b.width / 2, b.x + b.width / 2]);
    view.y = bestOffset(view.y, view.height, [boxes, first], (b) => [b.y - b.up, b.y + b.down]);
    if (view.x !== x || view.y !== y) {
      world.classList.add("bpl-gliding");
      apply();
    }
  }

  function bestOffset(offset, room, choices, extent) {
    const spans = choices.map((boxes) => boxes.map(extent)).map((pairs) =>
      [Math.min(...pairs.map((p) => p[0])) * view.scale, Math.max(...pairs.map((p) => p[1])) * view.scale]);
    const [low, high] = spans.find(([a, b]) => b - a + 2 * MARGIN <= room) ?? spans[spans.length - 1];
    const inSight = low + offset >= MARGIN && high + offset <= room - MARGIN;
    return inSight ? offset : (room - low - high) / 2;
  }

  // Put this point of the graph in the middle.
  function centre(x, y) {
    view.x = view.width / 2 - x * view.scale;
    view.y = view.height / 2 - y * view.scale;
    view.own = true;
    apply();
  }

  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = stage.getBoundingClientRect();
    world.classList.remove("bpl-gliding");
    zoom(Math.exp(-event.deltaY * 0.0022), event.clientX - at.left, event.clientY - at.top);
  }, { passive: false, signal });

  let grip = null;
  picture.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest(".bpl-node")) return;
    grip = { x: event.clientX - view.x, y: event.clientY - view.y };
    picture.setPointerCapture(event.pointerId);
    picture.classList.add("bpl-panning");
    world.classList.remove("bpl-gliding");
  }, { signal });
  picture.addEventListener("pointermove", (event) => {
    if (!grip) return;
    [view.x, view.y] = [event.clientX - grip.x, event.clientY - grip.y];
    apply();
  }, { signal });
  for (const end of ["pointerup", "pointercancel"]) {
    picture.addEventListener(end, () => { grip = null; picture.classList.remove("bpl-panning"); }, { signal });
  }

  const watcher = new ResizeObserver(() => {
    measure();
    if (view.own) apply();
    else {
      fit();
      follow(...view.last);
    }
  });
  watcher.observe(stage);
  signal.addEventListener("abort", () => watcher.disconnect());
  return Object.assign(view, { fit, zoom, follow, centre, apply });
}
