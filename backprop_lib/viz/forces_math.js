// Softmax, two losses on it, and their gradients: what the forces of `LogitForces` are made of.

export function softmax(z) {
  const most = Math.max(...z), e = z.map((v) => Math.exp(v - most)), sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
}

// The target: 1 − s at the class, and s spread evenly over all C classes (label smoothing).
export const targetOf = (C, right, smoothing) =>
  Array.from({ length: C }, (_, k) => (k === right ? 1 - smoothing : 0) + smoothing / C);

// ∂L/∂z: p − y, or with squared error 2 (p − y) taken back through softmax.
function gradientOf(kind, p, y) {
  if (kind !== "squared error") return p.map((v, k) => v - y[k]);
  let mean = 0;
  for (let k = 0; k < p.length; k++) mean += 2 * (p[k] - y[k]) * p[k];
  return p.map((v, k) => v * (2 * (v - y[k]) - mean));
}

export function lossOf(kind, z, y) {
  const p = softmax(z), gradient = gradientOf(kind, p, y), most = Math.max(...z);
  if (kind === "squared error") return { p, gradient, loss: p.reduce((sum, v, k) => sum + (v - y[k]) ** 2, 0) };
  const total = most + Math.log(z.reduce((sum, v) => sum + Math.exp(v - most), 0));
  return { p, gradient, loss: z.reduce((sum, v, k) => sum + y[k] * (total - v), 0) };
}

// p of the right class now and after 1 … most steps z ← z − ∂L/∂z.
export function futureOf(kind, z, y, right, most) {
  const now = [...z], path = [];
  for (;;) {
    const p = softmax(now);
    path.push(p[right]);
    if (path.length > most) return path;
    gradientOf(kind, p, y).forEach((slope, k) => { now[k] -= slope; });
  }
}
