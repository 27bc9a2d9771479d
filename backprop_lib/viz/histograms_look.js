// What the histograms of layers are drawn from: the packed looks of layers09, one a set-up or step of a race.
import { power, minus, unpackArray } from "./kit.js";
import { SERIES } from "./kit_plots.js";

const BIN = 0.2, LOWEST = -24, LEAST = 6;  // decades of a bin, where the first begins, decades of an axis
// The looks of what was raced: without the blue and vermillion that values and gradients have.
export const RACE_SERIES = [...SERIES.slice(2), { colour: "var(--bpl-quiet)", dash: "", mark: "circle" }];
const SOFT = 5;  // losses are shown as means over so many steps

// {values, gradients}, each a list of looks; a look is a list of {rms, top, counts}, one a layer.
export function unpackedLooks(packed) {
  const parts = {};
  for (const part of ["values", "gradients"]) {
    const { rms, top, counts } = Object.fromEntries(Object.entries(packed[part]).map(([k, v]) => [k, unpackArray(v)]));
    const [n, layers, bins] = counts.shape;
    parts[part] = Array.from({ length: n }, (_, i) => Array.from({ length: layers }, (_, j) => {
      const at = i * layers + j;
      return { rms: rms.values[at], top: top.values[at], counts: counts.values.subarray(at * bins, (at + 1) * bins) };
    }));
  }
  return parts;
}

export const nameOf = ([init, activation, norm, skip]) =>
  [activation, init, ...(norm === "none" ? [] : [`${norm} norm`]), ...(skip ? ["skip"] : [])].join(", ");

// The middle of bin k, counted down from the highest of a histogram.
export const middle = (top, k) => 10 ** (LOWEST + BIN * (top - k + 0.5));

// [lo, hi], powers of ten: from well below the smallest rms to above the largest value of all these looks.
export function rangeOf(looks) {
  const layers = looks.flat().filter((one) => one.rms > 0);
  if (!layers.length) return [10 ** (1 - LEAST), 10];
  const hi = Math.ceil(Math.max(...layers.map((one) => LOWEST + BIN * (one.top + 1))) + 0.1);
  const lo = Math.floor(Math.min(...layers.map((one) => Math.log10(one.rms))) - 1.5);
  return [10 ** Math.min(lo, hi - LEAST), 10 ** hi];
}

// Means over the last SOFT losses before each step; before the first step, its loss.
export const softened = (losses) => losses.map((_, k) => {
  const some = losses.slice(Math.max(0, k - SOFT + 1), k + 1);
  return some.reduce((a, b) => a + b, 0) / some.length;
});
export const lossBefore = (soft, step) => soft[Math.max(0, step - 1)];

// A number in a narrow place: 0.62, 310, 3·10⁻⁵.
export function tiny(v) {
  if (v === 0) return "0";
  const e = Math.floor(Math.log10(v) + 1e-9);
  if (e >= -2 && e < 3) return String(Number(v.toPrecision(2)));
  const m = Math.round(v / 10 ** e);
  return m === 10 ? power(e + 1) : m === 1 ? power(e) : minus(`${m}·`) + power(e);
}
