// The surfaces and the optimizers of the race: as lab/surfaces10.py and optim/optimizers.py have them.

const turn = ([x, y]) => [(x + y) * Math.SQRT1_2, (y - x) * Math.SQRT1_2];
const quartic = (v) => v ** 4 - 16 * v ** 2 + 5 * v;

export const SURFACES = {
  ravine: { f: ([x, y]) => 0.5 * (x ** 2 + 30 * y ** 2), gradient: ([x, y]) => [x, 30 * y] },
  turned: {
    f: (p) => { const [u, v] = turn(p); return 0.5 * (u ** 2 + 30 * v ** 2); },
    gradient: (p) => { const [u, v] = turn(p); return [(u - 30 * v) * Math.SQRT1_2, (u + 30 * v) * Math.SQRT1_2]; },
  },
  saddle: { f: ([x, y]) => 0.5 * x ** 2 - 0.5 * y ** 2 + 0.25 * y ** 4, gradient: ([x, y]) => [x, y ** 3 - y] },
  banana: {
    f: ([x, y]) => (1 - x) ** 2 + 10 * (y - x ** 2) ** 2,
    gradient: ([x, y]) => [-2 * (1 - x) - 40 * x * (y - x ** 2), 20 * (y - x ** 2)],
  },
  minima: {
    f: ([x, y]) => 0.5 * (quartic(x) + quartic(y)),
    gradient: (p) => p.map((v) => 2 * v ** 3 - 16 * v + 2.5),
  },
  plateau: {
    f: ([x, y]) => 1 - Math.tanh(4 * x) + 0.01 * (x - 1.5) ** 2 + 0.25 * y ** 2,
    gradient: ([x, y]) => [-4 * (1 - Math.tanh(4 * x) ** 2) + 0.02 * (x - 1.5), 0.5 * y],
  },
};

const EPS = 1e-8, B1 = 0.9, B2 = 0.999, ALPHA = 0.99, FAR = 1e6;

// One coordinate: step(w, g, state, t, lr, how) -> the new w; `state` is changed. how = {beta, corrected}.
const STEPS = {
  SGD: (w, g, s, t, lr) => w - lr * g,
  Momentum: (w, g, s, t, lr, { beta }) => {
    s.v = beta * s.v + g;
    return w - lr * s.v;
  },
  Nesterov: (w, g, s, t, lr, { beta }) => {
    s.v = beta * s.v + g;
    return w - lr * (g + beta * s.v);
  },
  Adagrad: (w, g, s, t, lr) => {
    s.s += g * g;
    return w - (lr * g) / (Math.sqrt(s.s) + 1e-10);
  },
  RMSprop: (w, g, s, t, lr) => {
    s.v = ALPHA * s.v + (1 - ALPHA) * (g * g);
    return w - (lr * g) / (Math.sqrt(s.v) + EPS);
  },
  Adam: (w, g, s, t, lr, { corrected }) => {
    s.m = B1 * s.m + (1 - B1) * g;
    s.v = B2 * s.v + (1 - B2) * (g * g);
    const first = corrected ? 1 - B1 ** t : 1, root = corrected ? Math.sqrt(1 - B2 ** t) : 1;
    return w - ((lr * root) / first) * (s.m / (Math.sqrt(s.v) + EPS * root));
  },
};
export const NAMES = Object.keys(STEPS);

const blank = () => ({ m: 0, v: 0, s: 0 });
const inside = (p) => p.every((v) => Math.abs(v) <= FAR);

// The path: {points: [[x, y], …], states: [what is remembered for x and y, …], left: the step at which it left, or 0}.
export function descend(surface, name, start, rate, steps, how) {
  const { gradient } = SURFACES[surface], step = STEPS[name], memory = [blank(), blank()];
  const points = [start], states = [memory.map((s) => ({ ...s }))];
  let p = start;
  for (let t = 1; t <= steps; t++) {
    const g = gradient(p);
    p = p.map((w, i) => step(w, g[i], memory[i], t, rate, how));
    if (!inside(p)) return { points, states, left: t };
    points.push(p);
    states.push(memory.map((s) => ({ ...s })));
  }
  return { points, states, left: 0 };
}

// The same small grid for every optimizer; the rate with the lowest loss after the last step.
export const GRID = Array.from({ length: 15 }, (_, k) => 10 ** (-3 + k / 4));
export const isAtEdge = (rate) => rate === GRID[0] || rate === GRID[GRID.length - 1];
export function bestRate(surface, name, start, steps, how) {
  let best = GRID[0], lowest = Infinity;
  for (const rate of GRID) {
    const { points, left } = descend(surface, name, start, rate, steps, how);
    const end = left ? Infinity : SURFACES[surface].f(points[steps]);
    if (end < lowest) [best, lowest] = [rate, end];
  }
  return best;
}
