// Softmax, two losses on it, and their gradients: what the forces of `LogitForces` are made of.

export function softmax(z) {
  const most = Math.max(...z), e = z.map((v) => Math.exp(v - most)), sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
}

// The target: 1 − s at the class, and s spread evenly over all C classes (label smoothing).
export const targetOf = (C, right, smoothing) =>
  Array.from({ length: C }, (_, k) => (k === right ? 1 - smoothing : 0) + smoothing / C);

export function lossOf(kind, z, y) {
  const p = softmax(z), most = Math.max(...z);
  if (kind === "squared error") {
    const d = p.map((v, k) => v - y[k]), mean = d.reduce((sum, v, k) => sum + 2 * v * p[k], 0);
    return { p, loss: d.reduce((sum, v) => sum + v * v, 0), gradient: p.map((v, k) => v * (2 * d[k] - mean)) };
  }
  const total = most + Math.log(z.reduce((sum, v) => sum + Math.exp(v - most), 0));
  return { p, loss: z.reduce((sum, v, k) => sum + y[k] * (total - v), 0), gradient: p.map((v, k) => v - y[k]) };
}
