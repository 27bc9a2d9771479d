// What the patient's chart is drawn from: the packed records of clinic11, and the ranges of its axes.
import { short, unpackArray } from "./kit.js";

// A record: loss by step; everything else by look, and by layer within it.
export function unpackedChart(packed) {
  const { kinds, steps } = packed, layers = kinds.length, chart = { kinds, steps, n: 0 };
  for (const name of ["loss", "train", "validation", "fresh"]) chart[name] = [...unpackArray(packed[name]).values];
  for (const name of ["gradient", "ratio", "mean", "std", "zeros", "silent", "flat", "low", "high"]) {
    const { values } = unpackArray(packed[name]);
    chart[name] = steps.map((_, k) => [...values.subarray(k * layers, (k + 1) * layers)]);
  }
  const counts = unpackArray(packed.counts), bins = counts.shape[2];
  chart.counts = steps.map((_, k) => kinds.map((_, j) => counts.values.subarray((k * layers + j) * bins, (k * layers + j + 1) * bins)));
  chart.n = chart.loss.length;
  return chart;
}

export const layerName = (kinds, j) => (j === kinds.length - 1 ? "logits" : `layer ${j + 1}, after ${kinds[j] || "no activation"}`);
export const percent = (v) => (Number.isFinite(v) ? `${Math.round(100 * v)} %` : "–");
export const figure = (v) => (Number.isFinite(v) ? short(v, 2) : Number.isNaN(v) ? "–" : short(v));

// [lo, hi], powers of ten around all numbers above 0, at most `most` decades.
export function decadesOf(numbers, most = 8) {
  const logs = numbers.filter((v) => v > 0 && Number.isFinite(v)).map(Math.log10);
  if (!logs.length) return [1e-3, 1];
  const hi = Math.ceil(Math.max(...logs) + 0.02), lo = Math.floor(Math.min(...logs));
  return [10 ** Math.max(Math.min(lo, hi - 1), hi - most), 10 ** hi];
}

// The next of 1, 2, 3, 5, 10, … at or above v.
function roundUp(v) {
  const unit = 10 ** Math.floor(Math.log10(v)), m = v / unit;
  return unit * (m <= 1.0001 ? 1 : m <= 2 ? 2 : m <= 3 ? 3 : m <= 5 ? 5 : 10);
}

// The axis of a layer's histogram at look k, for the charts that are seen together.
export function spanOf(charts, j, k) {
  const at = (chart) => Math.min(k, chart.steps.length - 1);
  if (charts[0].kinds[j] === "tanh") return [-1, 1];
  const ends = charts.flatMap((chart) => [chart.low[at(chart)][j], chart.high[at(chart)][j]]);
  const most = roundUp(Math.max(1, ...ends.map(Math.abs).filter(Number.isFinite)));
  return [charts[0].kinds[j] === "relu" ? 0 : -most, most];
}
