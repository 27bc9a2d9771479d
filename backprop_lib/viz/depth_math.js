// A deep network of random layers, there and back: h ← φ(z), z = h W with W = gain · N / √n. The random numbers
// are the same as in depth.py: mulberry32, Box and Muller's normals, rounded to 1/1024.

export const SIZE = 32, BATCH = 8, MOST_DEPTH = 60;

export const ACTIVATIONS = {
  linear: [(z) => z, () => 1],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (z) => { const s = 1 / (1 + Math.exp(-z)); return s * (1 - s); }],
  relu: [(z) => (z > 0 ? z : 0), (z) => (z > 0 ? 1 : 0)],
  "leaky relu": [(z) => (z > 0 ? z : 0.1 * z), (z) => (z > 0 ? 1 : 0.1)],
};

function normals(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const found = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const u = uniform(), v = uniform();
    found[k] = Math.round(Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v) * 1024) / 1024;
  }
  return found;
}

export function makeNetwork(seed) {
  const square = SIZE * SIZE;
  const all = normals(MOST_DEPTH * square + 2 * BATCH * SIZE, seed), start = MOST_DEPTH * square;
  return { weights: all.subarray(0, start), x: all.subarray(start, start + BATCH * SIZE), g: all.subarray(start + BATCH * SIZE) };
}

const rms = (a) => Math.sqrt(a.reduce((sum, v) => sum + v * v, 0) / a.length);

// {forward, backward}: rms of h and of ∂L/∂h for layers 0 … depth; {idle}: share of entries of each layer whose
// slope φ′ is below 0.05.
export function passes({ weights, x, g }, { activation, depth, gain }) {
  const [phi, slope] = ACTIVATIONS[activation], scale = gain / Math.sqrt(SIZE);
  const forward = [rms(x)], idle = [0], slopes = [];
  let h = x;
  for (let l = 0; l < depth; l++) {
    const W = weights.subarray(l * SIZE * SIZE, (l + 1) * SIZE * SIZE);
    const next = new Float64Array(BATCH * SIZE), s = new Float64Array(BATCH * SIZE);
    let off = 0;
    for (let n = 0; n < BATCH; n++) {
      for (let j = 0; j < SIZE; j++) {
        let z = 0;
        for (let i = 0; i < SIZE; i++) z += h[n * SIZE + i] * W[i * SIZE + j];
        z *= scale;
        next[n * SIZE + j] = phi(z);
        s[n * SIZE + j] = slope(z);
        if (s[n * SIZE + j] < 0.05) off += 1;
      }
    }
    slopes.push(s);
    h = next;
    forward.push(rms(h));
    idle.push(off / (BATCH * SIZE));
  }
  const backward = [rms(g)];
  let upstream = g;
  for (let l = depth - 1; l >= 0; l--) {
    const W = weights.subarray(l * SIZE * SIZE, (l + 1) * SIZE * SIZE), down = new Float64Array(BATCH * SIZE);
    for (let n = 0; n < BATCH; n++) {
      for (let j = 0; j < SIZE; j++) {
        const u = upstream[n * SIZE + j] * slopes[l][n * SIZE + j] * scale;
        if (u) for (let i = 0; i < SIZE; i++) down[n * SIZE + i] += u * W[i * SIZE + j];
      }
    }
    upstream = down;
    backward.unshift(rms(upstream));
  }
  return { forward, backward, idle };
}
