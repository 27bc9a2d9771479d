// A deep network of random layers, there and back: h ← φ(z), z = h W with W = gain · N / √n, and what theory
// says of it. The random numbers N are those of depth.py: mulberry32, Box and Muller's normals, rounded.

export const SIZE = 64, BATCH = 8, MOST_DEPTH = 60, FLAT = 0.05;
export const ROUNDED_TO_ZERO = 2 ** -150; // half of the smallest float32; what is less becomes 0

const logistic = (z) => 1 / (1 + Math.exp(-z));
const LEAK = 0.1;

// φ, φ′ as a function of φ(z), and the largest φ′
export const ACTIVATIONS = {
  linear: { phi: (z) => z, slope: () => 1, steepest: 1 },
  tanh: { phi: Math.tanh, slope: (h) => 1 - h * h, steepest: 1 },
  sigmoid: { phi: logistic, slope: (h) => h * (1 - h), steepest: 0.25 },
  relu: { phi: (z) => (z > 0 ? z : 0), slope: (h) => (h > 0 ? 1 : 0), steepest: 1 },
  "leaky relu": { phi: (z) => (z > 0 ? z : LEAK * z), slope: (h) => (h > 0 ? 1 : LEAK), steepest: 1 },
};

function normals(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const found = new Float64Array(count), rounded = (v) => Math.floor(v * 1024 + 0.5) / 1024;
  for (let k = 0; k < count; k += 2) {
    const far = Math.sqrt(-2 * Math.log(1 - uniform())), turn = 2 * Math.PI * uniform();
    found[k] = rounded(far * Math.cos(turn));
    found[k + 1] = rounded(far * Math.sin(turn));
  }
  return found;
}

// {weights, x, g}: the normal numbers of MOST_DEPTH matrices, of the input and of the gradient at the end.
export function makeNetwork(seed) {
  const matrices = MOST_DEPTH * SIZE * SIZE, rows = BATCH * SIZE, all = normals(matrices + 2 * rows, seed);
  return { weights: all.subarray(0, matrices), x: all.subarray(matrices, matrices + rows), g: all.subarray(matrices + rows) };
}

const norm = (a) => Math.sqrt(a.reduce((sum, v) => sum + v * v, 0));
const rms = (a) => norm(a) / Math.sqrt(a.length);

// forward: rms of h in layers 0 … depth. backward: norm of ∂L/∂h there, 1 in the last layer. rmsSlope: rms of φ′.
// flat: share of the units, over all examples, that have a slope below FLAT of the steepest; flatForAll: share of
// the units for which that is so on every example. Entry 0 of the last three is 0: the input has no φ.
export function passes({ weights, x, g }, { activation, depth, gain }) {
  const { phi, slope, steepest } = ACTIVATIONS[activation], scale = gain / Math.sqrt(SIZE), rows = BATCH * SIZE;
  const forward = [rms(x)], rmsSlope = [0], flat = [0], flatForAll = [0], slopes = [];
  let h = x;
  for (let l = 0; l < depth; l++) {
    const start = l * SIZE * SIZE, z = new Float64Array(rows), s = new Float64Array(rows), times = new Uint8Array(SIZE);
    for (let n = 0; n < rows; n += SIZE) {
      for (let i = 0, row = start; i < SIZE; i++, row += SIZE) {
        const u = scale * h[n + i];
        for (let j = 0; j < SIZE; j++) z[n + j] += u * weights[row + j];
      }
      for (let j = 0; j < SIZE; j++) {
        z[n + j] = phi(z[n + j]);
        s[n + j] = slope(z[n + j]);
        if (s[n + j] < FLAT * steepest) times[j] += 1;
      }
    }
    h = z;
    slopes.push(s);
    forward.push(rms(h));
    rmsSlope.push(rms(s));
    flat.push(times.reduce((a, b) => a + b, 0) / rows);
    flatForAll.push(times.filter((t) => t === BATCH).length / SIZE);
  }
  const size = norm(g), backward = [1];
  let upstream = g;
  for (let l = depth - 1; l >= 0; l--) {
    const start = l * SIZE * SIZE, down = new Float64Array(rows), u = upstream.map((v, k) => scale * v * slopes[l][k]);
    for (let n = 0; n < rows; n += SIZE) {
      for (let i = 0, row = start; i < SIZE; i++, row += SIZE) {
        let sum = 0;
        for (let j = 0; j < SIZE; j++) sum += u[n + j] * weights[row + j];
        down[n + i] = sum;
      }
    }
    upstream = down;
    backward.unshift(norm(upstream) / size);
  }
  return { forward, backward, rmsSlope, flat, flatForAll };
}

// The same two series for layers of infinite width: z is normal, and its variance q goes from layer to layer.
export function theory(start, { activation, depth, gain }) {
  const { phi, slope } = ACTIVATIONS[activation], forward = [start], factors = [];
  let square = start * start;
  for (let l = 0; l < depth; l++) {
    const deviation = gain * Math.sqrt(square);
    let weight = 0, slopeSquare = 0;
    square = 0;
    for (let k = 0; k < 320; k++) {
      const n = -7.975 + 0.05 * k;
      const p = Math.exp((-n * n) / 2), h = phi(deviation * n);
      weight += p;
      square += p * h * h;
      slopeSquare += p * slope(h) ** 2;
    }
    square /= weight;
    forward.push(Math.sqrt(square));
    factors.push(gain * Math.sqrt(slopeSquare / weight));
  }
  const backward = [1];
  for (const factor of factors.reverse()) backward.unshift(backward[0] * factor);
  return { forward, backward };
}
