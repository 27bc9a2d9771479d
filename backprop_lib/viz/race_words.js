// One step of an optimizer in words: its lines in symbols, and with the numbers of x and of y substituted.
import { minus, short } from "./kit.js";

// A number as a factor or under a square: in brackets where a sign or a power of ten would be misread.
const n = (v) => { const text = short(v); return /^−|×|⁻|[⁰¹²³⁴-⁹]/.test(text) ? `(${text})` : text; };
const small = (k) => [...String(k)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]).join("");

// For the step from point k: c = {w, g, before, after, next} of one coordinate; how = {lr, beta, corrected, t}.
// Gives [[symbols, the line with numbers], …]; the last line is the step itself.
export function linesOf(name, axis, c, how) {
  const { w, g, before, after, next } = c, { lr, beta, corrected, t } = how, r = short(lr);
  const slope = [`g = ∂L/∂${axis}`, short(g)];
  const step = (symbols, numbers) => [`${axis} ← ${axis} − ${symbols}`, `${short(w)} − ${numbers} = ${short(next)}`];
  const gathers = [`v ← βv + g`, `${short(beta)}·${n(before.v)} + ${n(g)} = ${short(after.v)}`];
  const mean = (share, key, what, square) => [`${key} ← ${what}`,
    `${short(share, 4)}·${n(before[key])} + ${short(1 - share, 4)}·${n(g)}${square} = ${short(after[key])}`];
  if (name === "SGD") return [slope, step("lr·g", `${r}·${n(g)}`)];
  if (name === "Momentum") return [slope, gathers, step("lr·v", `${r}·${n(after.v)}`)];
  if (name === "Nesterov")
    return [slope, gathers, step("lr·(g + βv)", `${r}·(${n(g)} + ${short(beta)}·${n(after.v)})`)];
  if (name === "Adagrad")
    return [slope, ["s ← s + g²", `${short(before.s)} + ${n(g)}² = ${short(after.s)}`],
      step("lr·g / (√s + ε)", `${r}·${n(g)} / √${n(after.s)}`)];
  if (name === "RMSprop")
    return [slope, mean(0.99, "v", "αv + (1 − α)g²", "²"), step("lr·g / (√v + ε)", `${r}·${n(g)} / √${n(after.v)}`)];
  const lines = [slope, mean(0.9, "m", "β₁m + (1 − β₁)g", ""), mean(0.999, "v", "β₂v + (1 − β₂)g²", "²")];
  if (!corrected) return [...lines, step("lr·m / (√v + ε)", `${r}·${n(after.m)} / √${n(after.v)}`)];
  const m = after.m / (1 - 0.9 ** t), v = after.v / (1 - 0.999 ** t);
  return [...lines,
    ["m̂ = m / (1 − β₁ᵗ)", `${short(after.m)} / (1 − 0.9${small(t)}) = ${short(m)}`],
    ["v̂ = v / (1 − β₂ᵗ)", `${short(after.v)} / (1 − 0.999${small(t)}) = ${short(v)}`],
    step("lr·m̂ / (√v̂ + ε)", `${r}·${n(m)} / √${n(v)}`)];
}

const ROUNDING = 1e-12;  // below this, losses are rounding: they count as equal
const height = (one) => (one.loss < ROUNDING ? `less than ${short(ROUNDING)}` : short(one.loss));
const listed = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`);

// The standing at one step, in a sentence. Who shows the same number is level, and not ranked.
export function standing(racers, step) {
  const still = racers.filter((one) => !one.gone).sort((a, b) => a.loss - b.loss);
  const lost = racers.filter((one) => one.gone).map((one) => one.name);
  const first = still.filter((one) => height(one) === height(still[0])), names = listed(first.map((one) => one.name));
  const what = first.length > 1 ? "are level and lowest" : "is lowest";
  const words = first.length ? `After ${step} steps ${names} ${what}, ${height(first[0])} above the lowest point` : "";
  const others = still.slice(first.length, first.length + 2).map((one) => `${one.name} ${height(one)}`).join(", ");
  const away = lost.length ? ` Gone for good: ${lost.join(", ")}.` : "";
  return minus(`${words}${others ? `; then ${others}` : ""}${words ? "." : ""}${away}`);
}
