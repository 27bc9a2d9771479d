// The four products of a linear layer z = x W + b, each as C = A B with names for its parts.

const transposed = (a) => a[0].map((_, c) => a.map((row) => row[c]));

// `sum` names one term, with the running index r; `words` says what an entry means.
export const PRODUCTS = {
  dW: { title: "∂L/∂W = xᵀ g", left: "xᵀ", right: "g", over: "example", of: (m) => [transposed(m.x), m.g],
    term: (i, j) => `x[n,${i}] · g[n,${j}]`, running: "n",
    words: (i, j) => `weight from input ${i} to output ${j}: how much the input was on, times how fast L grows with the output, added up over the examples` },
  dx: { title: "∂L/∂x = g Wᵀ", left: "g", right: "Wᵀ", over: "output", of: (m) => [m.g, transposed(m.W)],
    term: (i, j) => `g[${i},m] · W[${j},m]`, running: "m",
    words: (i, j) => `input ${j} of example ${i}: it reaches every output through one weight, and what comes back through each is added up` },
  db: { title: "∂L/∂b = Σₙ g", left: "1ᵀ", right: "g", over: "example", of: (m) => [[m.g.map(() => 1)], m.g],
    term: (i, j) => `1 · g[n,${j}]`, running: "n",
    words: (i, j) => `bias ${j}: it was stretched over all examples, so what comes back from each is added up` },
  z: { title: "z = x W (+ b)", left: "x", right: "W", over: "input", of: (m) => [m.x, m.W],
    term: (i, j) => `x[${i},d] · W[d,${j}]`, running: "d",
    words: (i, j) => `output ${j} of example ${i}, before the bias ${j} is added` },
};

// A B, with the first `terms` products of each sum only.
export function product([a, b], terms = b.length) {
  return a.map((row) => b[0].map((_, j) => {
    let sum = 0;
    for (let r = 0; r < terms; r++) sum += row[r] * b[r][j];
    return sum;
  }));
}
