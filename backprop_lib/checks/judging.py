"""From the outcomes of a run to a `Report`: which cases are wrong, and which mistake explains them."""

from collections import Counter
from dataclasses import dataclass

from .comparing import compare, plain
from .encoding import Other, decode
from .exercise import Failure, Wrong
from .messages import describe_failure, general_message
from .report import NOT_ATTEMPTED, RIGHT, WRONG, Report, describe_case


@dataclass(frozen=True)
class Verdict:
    """One case: `wrong` is None if it is right; `result` may be a `Failure`."""

    case: object
    result: object
    wrong: Wrong | None
    blank: bool = False


def mark(exercise, encoded_cases, run):
    """The report on a run. `run` is what `running.run` gave, perhaps through JSON."""
    cases = [decode(case) for case in encoded_cases]
    outcomes = run["outcomes"][: len(cases)]
    verdicts = [_verdict(exercise, *pair) for pair in zip(cases, outcomes, strict=False)]
    failing = [verdict for verdict in verdicts if verdict.wrong is not None]
    report = Report(exercise.name, exercise.title, hints=len(exercise.hints), printed=str(run["printed"]))
    if run["untouched"] and all(verdict.blank for verdict in verdicts):
        return _not_attempted(report, failing)
    if not failing and len(verdicts) == len(cases):
        report.state, report.score = RIGHT, 1.0
        report.cases = len(cases)
        return report
    report.state = WRONG
    _add_parts(report, exercise, cases, verdicts)
    _add_diagnosis(report, exercise, verdicts, failing)
    return report


def _verdict(exercise, case, outcome):
    if "failure" in outcome:
        failure = Failure(**outcome["failure"])
        key, text = describe_failure(failure)
        if failure.kind == "raised" and exercise.if_raised:
            text = f"{text} {exercise.if_raised}"
        wrong = Wrong(key, text)
        return Verdict(case, failure, wrong, blank=failure.kind not in ("timeout", "stubborn", "exit"))
    result = decode(outcome["value"])
    nothing = _is_nothing(result)
    wrong = exercise.judge(case, result)
    # A function that works by what it changes returns None, too: then there are numbers in the result.
    if wrong is not None and (nothing or (outcome["blank"] and _holds_nothing(result))):
        key = "missing" if nothing and result is not None else "no-return"
        wrong = Wrong(key, general_message(key), wrong.expected)
    if wrong is None and outcome["mutated"]:
        wrong = Wrong("mutated-input", general_message("mutated-input"))
    return Verdict(case, result, wrong, blank=nothing or bool(outcome["blank"]))


def _is_nothing(result):
    return result is None or (type(result) is Other and result.type == "ellipsis")


def _holds_nothing(result):
    entries = result.values() if type(result) is dict else result if type(result) is list else ()
    return any(_is_nothing(entry) or _holds_nothing(entry) for entry in entries)


def _not_attempted(report, failing):
    report.state, report.diagnosis = NOT_ATTEMPTED, "not-attempted"
    report.message = "Nothing to check yet: put your code where `...` stands."
    result = failing[0].result if failing else None
    if type(result) is Failure and result.kind == "raised":
        report.message += f" (As it stands: {result.type}: {result.message})"
    return report


def _add_parts(report, exercise, cases, verdicts):
    if exercise.part is None:
        return
    right = {exercise.part(case): True for case in cases}
    done = [verdict.case for verdict in verdicts if verdict.wrong is None]
    for case in cases:
        if not any(case is finished for finished in done):
            right[exercise.part(case)] = False
    report.parts = right
    report.score = sum(right.values()) / len(right)


def _add_diagnosis(report, exercise, verdicts, failing):
    if not failing:  # every outcome that came back is right, but some did not come back
        report.diagnosis, report.message = "incomplete", general_message("incomplete")
        return
    mistake = _explaining_mistake(exercise, verdicts)
    if mistake is not None:
        shown = next(verdict for verdict in failing if _explains(exercise, mistake, verdict))
        report.diagnosis, report.message = mistake.name, _words(mistake, shown.wrong)
    else:
        counts = Counter(verdict.wrong.diagnosis for verdict in failing)
        report.diagnosis = counts.most_common(1)[0][0]  # ties: the one that came first
        shown = next(verdict for verdict in failing if verdict.wrong.diagnosis == report.diagnosis)
        message = shown.wrong.message or exercise.messages.get(report.diagnosis)
        report.message = message or general_message(report.diagnosis)
    describe_case(report, exercise, shown)


def _words(mistake, wrong):
    """A judge that names one of its mistakes may say more of the case than the mistake itself does."""
    named = mistake.result is None and mistake.when is None and wrong.diagnosis == mistake.name
    return (named and wrong.message) or mistake.message


def _explaining_mistake(exercise, verdicts):
    """The mistake that explains most failing cases; the first listed, if two explain as many."""
    parts = {}
    for verdict in verdicts:
        parts.setdefault(exercise.part(verdict.case) if exercise.part else "", []).append(verdict)
    scores = [
        sum(_weight(exercise, mistake, part) for part in parts.values()) for mistake in exercise.mistakes
    ]
    best = max(scores, default=0)
    return exercise.mistakes[scores.index(best)] if best > 0 else None


def _weight(exercise, mistake, verdicts):
    """How many failing cases of one part the mistake explains: at least half of them, else 0. A passing
    case on which the mistake would have failed speaks against it."""
    failing = [verdict for verdict in verdicts if verdict.wrong is not None]
    explained = sum(_explains(exercise, mistake, verdict) for verdict in failing)
    if not explained or 2 * explained < len(failing):
        return 0
    passing = [verdict for verdict in verdicts if verdict.wrong is None]
    return max(0, explained - sum(_contradicts(exercise, mistake, verdict) for verdict in passing))


def _explains(exercise, mistake, verdict):
    if verdict.wrong.diagnosis == "mutated-input":  # the result itself is right: no mistake explains it
        return mistake.name == "mutated-input"
    if mistake.when is not None:
        try:
            return mistake.when(verdict.case, verdict.result) is True
        except Exception:  # written for results of the right type; this one is of another
            return False
    prediction = _prediction(exercise, mistake, verdict.case)
    if type(prediction) is Failure:
        return type(verdict.result) is Failure and prediction.type == verdict.result.type
    if mistake.result is None:
        return verdict.wrong.diagnosis == mistake.name
    if prediction is None or type(verdict.result) is Failure:
        return False
    return compare(prediction, verdict.result, exercise.rtol, exercise.atol) is None


def _contradicts(exercise, mistake, verdict):
    return mistake.result is not None and _prediction(exercise, mistake, verdict.case) is not None


def _prediction(exercise, mistake, case):
    """What the mistake gives for the case; None if that is right there, or if it does not say."""
    if mistake.result is None:
        return None
    prediction = mistake.result(case)
    if prediction is None or type(prediction) is Failure:
        return prediction
    prediction = plain(prediction)
    return None if exercise.judge(case, prediction) is None else prediction
