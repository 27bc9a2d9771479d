// The four products of a linear layer z = x W + b, each as C = A B with names for its parts.
// b is one more row of W, for an input that is always 1: so db is the gradient of W's last row.

const transposed = (a) => a[0].map((_, c) => a.map((row) => row[c]));

// left, right: name, shape in letters, and whether a matrix holds values or gradients. `alone` names the part
// of one term, r; `term` one product of the sum for the entry i, j; `words` says what that entry means.
export const PRODUCTS = {
  dW: { title: "∂L/∂W = xᵀ g", name: "∂L/∂W", letters: "D × M", kind: "grad", running: "n", each: "example",
    left: { name: "xᵀ", letters: "D × N", kind: "value" }, right: { name: "g", letters: "N × M", kind: "grad" },
    of: (m) => [transposed(m.x), m.g], place: (i, j) => `[${i},${j}]`,
    alone: (r) => `example ${r} alone: x[${r}]ᵀ g[${r}]`, term: (i, j) => `x[n,${i}] · g[n,${j}]`,
    words: (i, j) => `Weight from input ${i} to output ${j}: how much the input was on, times how fast L grows with the output, added up over the examples.` },
  dx: { title: "∂L/∂x = g Wᵀ", name: "∂L/∂x", letters: "N × D", kind: "grad", running: "m", each: "output",
    left: { name: "g", letters: "N × M", kind: "grad" }, right: { name: "Wᵀ", letters: "M × D", kind: "value" },
    of: (m) => [m.g, transposed(m.W)], place: (i, j) => `[${i},${j}]`,
    alone: (r) => `through output ${r} alone`, term: (i, j) => `g[${i},m] · W[${j},m]`,
    words: (i, j) => `Input ${j} of example ${i}: it reaches every output through one weight, and what comes back through each is added up.` },
  db: { title: "∂L/∂b = Σₙ g", name: "∂L/∂b", letters: "M", kind: "grad", running: "n", each: "example",
    left: { name: "1ᵀ", letters: "1 × N", kind: "value" }, right: { name: "g", letters: "N × M", kind: "grad" },
    of: (m) => [[m.g.map(() => 1)], m.g], place: (i, j) => `[${j}]`,
    alone: (r) => `example ${r} alone: g[${r}]`, term: (i, j) => `1 · g[n,${j}]`,
    words: (i, j) => `Bias ${j}: it was added to every example, so what comes back from each is added up.` },
  z: { title: "z = x W + b", name: "z", letters: "N × M", kind: "value", running: "d", each: "input, and the bias",
    left: { name: "x, then 1", letters: "N × (D + 1)", kind: "value" },
    right: { name: "W, then b", letters: "(D + 1) × M", kind: "value" },
    of: (m) => [m.x.map((row) => [...row, 1]), [...m.W, m.b]], place: (i, j) => `[${i},${j}]`,
    alone: (r, m) => (r < m.W.length ? `input ${r} alone` : "the bias alone"), term: (i, j) => `x[${i},d] · W[d,${j}]`, last: (i, j) => ` + b[${j}]`,
    words: (i, j) => `Output ${j} of example ${i}. The bias is one more weight, of an input that is always 1.` },
};

// A B, with the terms from `start` to before `end` of each sum only.
export function product([a, b], start = 0, end = b.length) {
  return a.map((row) => b[0].map((_, j) => {
    let sum = 0;
    for (let r = start; r < end; r++) sum += row[r] * b[r][j];
    return sum;
  }));
}
