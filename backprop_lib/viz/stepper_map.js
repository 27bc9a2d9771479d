// The map in the corner: the whole graph as dots, what is in sight, where the step is. It appears
// only when the graph is larger than the picture; a click on it goes there.
import { setAttribute, svg } from "./stepper_graph.js";

const ROOM = [170, 84];

export function makeMap(stage, viewport, signal) {
  const picture = svg("svg", { class: "bpl-map", "aria-hidden": "true" });
  stage.append(picture);
  let dots = [];
  let frame = null;

  function draw(boxes) {
    const { width, height } = viewport.graph;
    const scale = Math.min(ROOM[0] / width, ROOM[1] / height);
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("width", width * scale);
    picture.setAttribute("height", height * scale);
    const side = Math.max(38, 2.5 / scale);
    dots = boxes.map((b) => svg("rect", { x: b.x - side / 2, y: b.y - side / 2, width: side, height: side, rx: side / 4 }, picture));
    frame = svg("rect", { class: "bpl-map-frame", "stroke-width": 1.4 / scale }, picture);
  }

  function mark(parts) {
    parts.forEach((part, i) => {
      setAttribute(dots[i], "class", ["bpl-known", "bpl-graded", "bpl-now"].filter((name) => part.g.classList.contains(name)).join(" "));
    });
  }

  function follow() {
    const whole = viewport.graph.width * viewport.scale <= viewport.width && viewport.graph.height * viewport.scale <= viewport.height;
    picture.style.display = whole || !frame ? "none" : "";
    if (whole || !frame) return;
    const { scale } = viewport;
    const at = { x: -viewport.x / scale, y: -viewport.y / scale, width: viewport.width / scale, height: viewport.height / scale };
    for (const [key, value] of Object.entries(at)) frame.setAttribute(key, value);
  }

  picture.addEventListener("pointerdown", (event) => {
    const room = picture.getBoundingClientRect();
    viewport.centre(((event.clientX - room.left) / room.width) * viewport.graph.width,
      ((event.clientY - room.top) / room.height) * viewport.graph.height);
    event.stopPropagation();
  }, { signal });
  return { draw, mark, follow };
}
