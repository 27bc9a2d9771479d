// The network of the boundary explorer: two inputs, two tanh neurons, one tanh output; loss Σ (y − t)².
// θ is the list of nine parameters in the order of PARAMETERS.

export const PARAMETERS = ["w1[0][0]", "w1[0][1]", "b1[0]", "w1[1][0]", "w1[1][1]", "b1[1]", "w2[0]", "w2[1]", "b2"];

export const hiddenAt = (θ, x1, x2) =>
  [Math.tanh(θ[0] * x1 + θ[1] * x2 + θ[2]), Math.tanh(θ[3] * x1 + θ[4] * x2 + θ[5])];
export const outputAt = (θ, h1, h2) => Math.tanh(θ[6] * h1 + θ[7] * h2 + θ[8]);

// The loss over the points, its gradient by the backward pass, and what every point became on the way.
export function backpropagate(θ, points, targets) {
  const gradient = new Array(9).fill(0), seen = [];
  let loss = 0;
  points.forEach(([x1, x2], n) => {
    const [h1, h2] = hiddenAt(θ, x1, x2), y = outputAt(θ, h1, h2), d = y - targets[n];
    loss += d * d;
    const gz = 2 * d * (1 - y * y);                    // ∂L/∂z of the output
    const g1 = gz * θ[6] * (1 - h1 * h1), g2 = gz * θ[7] * (1 - h2 * h2);
    [g1 * x1, g1 * x2, g1, g2 * x1, g2 * x2, g2, gz * h1, gz * h2, gz].forEach((g, k) => { gradient[k] += g; });
    seen.push({ h: [h1, h2], y });
  });
  return { loss, gradient, seen };
}

export const stepped = (θ, gradient, rate) => θ.map((v, k) => v - rate * gradient[k]);

// The point of the line w·x + b = 0 that is nearest to `centre`; null where w is zero.
export function footOf(w1, w2, b, [c1, c2]) {
  const square = w1 * w1 + w2 * w2;
  if (square < 1e-12) return null;
  const s = (w1 * c1 + w2 * c2 + b) / square;
  return [c1 - s * w1, c2 - s * w2];
}
