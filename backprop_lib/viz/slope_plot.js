// The slope explorer, first half: the functions, the numbers, and the two plots.
// Everything is computed here, in double precision.
import { clamp, draw, power, short } from "./kit.js";
import { pathOf } from "./kit_plots.js";

const MENU = {
  sin: [Math.sin, Math.cos],
  exp: [Math.exp, Math.exp],
  square: [(x) => x * x, (x) => 2 * x],
  cube: [(x) => x * x * x, (x) => 3 * x * x],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  sqrt: [Math.sqrt, (x) => 0.5 / Math.sqrt(x)],
  reciprocal: [(x) => 1 / x, (x) => -1 / (x * x)],
};
const W = 460, H = 330, PAD = { left: 46, right: 12, top: 14, bottom: 30 };
const INNER = { w: W - PAD.left - PAD.right, h: H - PAD.top - PAD.bottom };
const MAX_ZOOM = 15.5, MIN_H = -16;
const LOG = { h: [MIN_H, 0], error: [-16, 2] };

// Four digits, as the table has room for.
const say = (v, digits = 4) => (Number.isFinite(v) ? short(v, digits) : "undefined");

function compute(s) {
  const [f, df] = MENU[s.function];
  const { x, h } = s;
  const here = f(x), right = f(x + h), left = f(x - h), exact = df(x);
  const forward = (right - here) / h, central = (right - left) / (2 * h);
  return { f, here, right, left, exact, forward, central };
}

// Drawing

function tickStep(half) {
  const raw = half / 1.7, unit = 10 ** Math.floor(Math.log10(raw));
  return unit * (raw / unit >= 5 ? 5 : raw / unit >= 2 ? 2 : 1);
}

function frame(svg, id) {
  svg.replaceChildren();
  const clip = draw(draw(draw(svg, "defs"), "clipPath", { id }), "rect", {
    x: PAD.left, y: PAD.top, width: INNER.w, height: INNER.h });
  draw(svg, "rect", { x: PAD.left, y: PAD.top, width: INNER.w, height: INNER.h, class: "frame" });
  return draw(svg, "g", { "clip-path": `url(#${clip.parentNode.id})` });
}

// The window on the curve. Coordinates t, s are offsets from the point (x, f(x)): exact in floating
// point where absolute ones would be rounded. The point drifts to the middle as the zoom grows.
function makeWindow(s, here, view) {
  const zoom = 10 ** s.logZoom;
  const halfX = (view.x[1] - view.x[0]) / 2, halfY = (view.y[1] - view.y[0]) / 2;
  const midX = (view.x[1] + view.x[0]) / 2, midY = (view.y[1] + view.y[0]) / 2;
  const perX = INNER.w / 2 / halfX, perY = INNER.h / 2 / halfY;
  const x0 = PAD.left + INNER.w / 2 + ((s.x - midX) * perX) / zoom;
  const y0 = PAD.top + INNER.h / 2 - ((here - midY) * perY) / zoom;
  return {
    halfX: halfX / zoom, halfY: halfY / zoom, x0, y0,
    px: (t) => x0 + t * perX * zoom,
    py: (u) => clamp(y0 - u * perY * zoom, -1e5, 1e5),
    t: (px) => (px - x0) / perX / zoom,
  };
}

function drawGrid(svg, plot, win, s, here) {
  const absolute = s.logZoom < 1.3;
  const label = (origin, name, v) =>
    absolute ? say(v + origin, 2) : v === 0 ? name : `${v > 0 ? "+" : "−"}${say(Math.abs(v), 2)}`;
  for (const axis of ["x", "y"]) {
    const origin = axis === "x" ? s.x : here, step = tickStep(axis === "x" ? win.halfX : win.halfY);
    const first = absolute ? Math.round(origin / step) : 0;
    const apart = Math.ceil(72 / (win.px(step) - win.px(0)));  // labels must not touch
    for (let k = -9; k <= 9; k++) {
      const v = absolute ? (first + k) * step - origin : k * step;
      const text = absolute && first + k === 0 ? "0" : label(origin, axis === "x" ? "x" : "f(x)", v);
      const at = axis === "x" ? win.px(v) : win.py(v);
      const [lo, hi] = axis === "x" ? [PAD.left, W - PAD.right] : [PAD.top, H - PAD.bottom];
      if (at < lo || at > hi) continue;
      const zero = absolute && first + k === 0 ? " zero" : "";
      if (axis === "x") {
        draw(plot, "path", { d: `M${at} ${PAD.top}V${H - PAD.bottom}`, class: "grid" + zero });
        if (at > lo + 14 && at < hi - 14 && (absolute || k % apart === 0))
          draw(svg, "text", { x: at, y: H - PAD.bottom + 15, "text-anchor": "middle" }, text);
      } else {
        draw(plot, "path", { d: `M${PAD.left} ${at}H${W - PAD.right}`, class: "grid" + zero });
        if (at > lo + 6 && (absolute || v === 0)) draw(svg, "text", { x: PAD.left - 5, y: at + 4, "text-anchor": "end" }, text);
      }
    }
  }
}

function drawCurve(svg, s, c, view, shown, id) {
  const plot = frame(svg, id), win = makeWindow(s, c.here, view);
  drawGrid(svg, plot, win, s, c.here);
  const samples = [];
  for (let px = PAD.left - 1; px <= W - PAD.right + 1; px += 0.5) {
    const X = s.x + win.t(px);
    samples.push([px, s.function === "reciprocal" && X <= 0 ? NaN : win.py(c.f(X) - c.here)]);
  }
  const line = (slope, t, u) => {
    const [a, b] = [win.t(0), win.t(W)];
    return pathOf([[0, win.py(u + slope * (a - t))], [W, win.py(u + slope * (b - t))]]);
  };
  draw(plot, "path", { d: pathOf(samples), class: "curve" });
  if (shown.exact) draw(plot, "path", { d: line(c.exact, 0, 0), class: "line exact" });
  if (shown.central)
    draw(plot, "path", { d: line(c.central, s.h, c.right - c.here), class: "line central" });
  if (shown.forward) {
    draw(plot, "path", { d: line(c.forward, 0, 0), class: "line forward" });
    const [x1, y1, x2, y2] = [win.px(0), win.py(0), win.px(s.h), win.py(c.right - c.here)];
    if (x2 - x1 > 24) {
      draw(plot, "path", { d: `M${x1} ${y1}H${x2}V${y2}`, class: "rise" });
      draw(plot, "text", { x: (x1 + x2) / 2, y: y1 + (y2 < y1 ? 14 : -6), "text-anchor": "middle" }, "h");
    }
  }
  const dot = (t, u, cls, r) => draw(plot, "circle", { cx: win.px(t), cy: win.py(u), r, class: cls });
  if (shown.central && Number.isFinite(c.left)) dot(-s.h, c.left - c.here, "dot", 4);
  if ((shown.forward || shown.central) && Number.isFinite(c.right)) dot(s.h, c.right - c.here, "dot handle", 4.5);
  dot(0, 0, "dot point handle", 6);
  return win;
}

function errorsOf(s, exact, kind) {
  const points = [];
  for (let k = MIN_H * 10; k <= 0; k++) {
    const result = compute({ ...s, h: 10 ** (k / 10) });
    points.push([k / 10, Math.log10(Math.abs(result[kind] - exact))]);
  }
  return points;
}

const logX = (v) => PAD.left + ((v - LOG.h[0]) / (LOG.h[1] - LOG.h[0])) * INNER.w;
const logY = (v) => PAD.top + ((LOG.error[1] - Math.max(v, LOG.error[0])) / (LOG.error[1] - LOG.error[0])) * INNER.h;

function drawErrors(svg, s, c, shown, id) {
  const plot = frame(svg, id);
  for (let e = LOG.h[0]; e <= LOG.h[1]; e += 4) {
    draw(plot, "path", { d: `M${logX(e)} ${PAD.top}V${H - PAD.bottom}`, class: "grid" });
    draw(svg, "text", { x: logX(e), y: H - PAD.bottom + 15, "text-anchor": e === 0 ? "end" : "middle" }, power(e));
  }
  for (let e = LOG.error[0]; e < LOG.error[1]; e += 4) {
    draw(plot, "path", { d: `M${PAD.left} ${logY(e)}H${W - PAD.right}`, class: "grid" });
    draw(svg, "text", { x: PAD.left - 5, y: logY(e) + 4, "text-anchor": "end" }, power(e));
  }
  draw(svg, "text", { x: PAD.left + 8, y: PAD.top + 16, class: "title" }, "error of the slope");
  draw(svg, "text", { x: W - PAD.right - 8, y: H - PAD.bottom - 8, class: "title", "text-anchor": "end" }, "step h");
  draw(plot, "path", { d: `M${logX(s.logH)} ${PAD.top}V${H - PAD.bottom}`, class: "cursor" });
  for (const kind of ["forward", "central"]) {
    if (!shown[kind]) continue;
    const points = errorsOf(s, c.exact, kind).map(([a, b]) => [logX(a), Number.isNaN(b) ? NaN : logY(b)]);
    draw(plot, "path", { d: pathOf(points), class: `error ${kind}` });
    const now = Math.log10(Math.abs(c[kind] - c.exact));
    if (Number.isNaN(now)) continue;
    const [x, y] = [logX(s.logH), logY(now)];
    if (kind === "forward") draw(plot, "rect", { x: x - 5, y: y - 5, width: 10, height: 10, class: "mark forward" });
    else draw(plot, "circle", { cx: x, cy: y, r: 5.5, class: "mark central" });
  }
}
