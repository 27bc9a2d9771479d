// Predict mode in the page: the form beneath the three lines, the tries, the score.
import { short } from "./stepper_model.js";
import { diagnose, parseGuess, rescore } from "./stepper_predict.js";

// Not `disabled`: that would take the focus, and with it the arrow keys, from a button at either end.
export function setIdle(button, idle) {
  button.setAttribute("aria-disabled", String(idle));
}

export function togglePredict(view) {
  view.playing(false);
  view.model.set("predict", !view.model.get("predict"));
  view.model.save_changes();
}

export function writeQuestion(view, stop) {
  const { ask, predict, play } = view.ui;
  const { question, model } = view;
  const on = Boolean(model.get("predict"));
  predict.setAttribute("aria-pressed", String(on));
  setIdle(play, on);
  const { first_try: first = 0, total = 0 } = model.get("score") ?? {};
  ask.score.textContent = on && total ? `${first} of ${total} right at the first try` : "";
  const fresh = ask.form.dataset.step !== String(stop.k);
  ask.form.dataset.step = stop.k;
  ask.form.hidden = !on || (!question && fresh && !total);
  for (const element of [ask.guess.parentElement, ask.check]) element.hidden = !question;
  ask.show.hidden = !question || (view.tries[stop.k] ?? 0) < 2;
  if (fresh) ask.verdict.textContent = "";
  if (!question) return;
  ask.text.textContent = question.text;
  if (fresh) ask.guess.value = "";
}

export function takeGuess(view) {
  if (!view.question) return;
  const { ask } = view.ui;
  const found = diagnose(view.question, parseGuess(ask.guess.value));
  ask.verdict.dataset.code = found.code;
  if (found.right) { settle(view, view.tries[view.k] ?? 0, found.text); return; }
  if (found.code !== "unreadable") view.tries[view.k] = (view.tries[view.k] ?? 0) + 1;
  say(ask.verdict, false, found.text);
  ask.show.hidden = (view.tries[view.k] ?? 0) < 2;
  ask.guess.select();
}

// The question is answered, or shown after two wrong tries (tries = -1): remember, score, uncover.
export function settle(view, tries, text = `It is ${short(view.question.answer, 4)}.`) {
  const { model, k } = view;
  say(view.ui.ask.verdict, tries >= 0, text);
  model.set("score", rescore(model.get("score") ?? {}, tries));
  model.set("answers", { ...model.get("answers"), [k]: tries });
  model.save_changes();
  view.ui.next.focus();
}

function say(verdict, right, text) {
  verdict.className = `bpl-verdict ${right ? "bpl-right" : "bpl-wrong"}`;
  verdict.textContent = text;
}
