"""11.diagnose: what each patient has. A wrong name is answered with what in the chart speaks against it.

For every disease stand here the signs that it cannot lack, as tests for their absence, each with a sentence
that gives the numbers of the patient. Nothing is said of the disease that the patient has.
"""

from functools import cache
from math import exp, log

from .exercise import Exercise, Mistake, Wrong, register
from .stubs import is_untouched

SEED = 1  # that of the charts in the notebook
STEPS_AN_EPOCH = 12
FLOOR, CEILING = log(exp(1) + 9) - 1, log(exp(1) + 9)  # of a softmax on a softmax, with ten classes


def _cases(rng):
    from ..lab import clinic11

    return [{"patient": name} for name in clinic11.PATIENTS]


@cache
def signs(name, seed=SEED):
    """What a chart tells, in numbers: clinic11.signs, and some that only some diseases need."""
    import numpy as np

    from ..lab import clinic11

    chart = clinic11.record(name, seed)
    found = clinic11.signs(chart) | {"kinds": chart.kinds, "first_ratio": float(chart.ratio[1].max())}
    found |= {"lowest": float(np.nanmin(chart.loss)), "highest": float(np.nanmax(chart.loss))}
    late = chart.loss[len(chart.loss) // 2 :]
    epochs = late[: len(late) // STEPS_AN_EPOCH * STEPS_AN_EPOCH].reshape(-1, STEPS_AN_EPOCH)
    spread = epochs.var()
    found["rhythm"] = float(epochs.mean(axis=0).var() / spread) if spread > 0 else 0.0
    return found


# disease: pairs (the sign is absent, for the signs s of the patient and t of its twin; a sentence)
_ABSENT = {
    "sign": (
        (lambda s, t: s.lowest < 0.8 * s.first_loss,
         "Uphill, the loss climbs in the long run and never comes far below its start. Here it comes down "
         "from {s.first_loss:.2f} to {s.lowest:.2f}."),
        (lambda s, t: s.last_loss < 1.5 * s.first_loss,
         "Uphill, the loss climbs in the long run. Here it begins at {s.first_loss:.2f} and ends at "
         "{s.last_loss:.2f}."),
        (lambda s, t: s.first_ratio > 5 * t.first_ratio,
         "A turned sign leaves the first steps about as long as they were. Here a layer changes at step 5 by "
         "{s.first_ratio:.2g} of its size; in the twin by {t.first_ratio:.2g}."),
    ),
    "dead relu": (
        (lambda s, t: "relu" not in s.kinds, "There is no ReLU in this net."),
        (lambda s, t: s.silent_start < 0.5,
         "No gradient gets through dead neurons. At step 1 the most silent layer has {s.silent_start:.0%} "
         "silent neurons, and the largest gradient is {s.gradient_start:.2g}. What comes later has a cause."),
    ),
    "labels": (
        (lambda s, t: s.gradient_start == 0,
         "The gradient of every weight is exactly 0 at step 1. Wrong labels make other gradients, not none."),
        (lambda s, t: s.train < 0.2 and s.highest > 1.3 * s.first_loss,
         "Labels stay as they are while the net is trained: wrong ones hold the loss up, they do not drive "
         "it far above its start. Here it rises from {s.first_loss:.2f} to {s.highest:.1f}."),
        (lambda s, t: s.train > 0.95 and s.fresh > 0.88,
         "It gives {s.train:.0%} of the training images their label, and reads {s.fresh:.0%} of the fresh "
         "ones. With many wrong labels not both can be high."),
        (lambda s, t: s.train > s.validation + 0.02,
         "Until wrong labels are learned by heart, the training images come out worse than the validation "
         "images. Here they come out better: {s.train:.0%} and {s.validation:.0%}."),
    ),
    "rate": (
        (lambda s, t: s.ratio == 0,
         "No layer changes at all in a typical step. A rate that is far too large changes them too much."),
        (lambda s, t: s.ratio < 3 * t.ratio,
         "A typical step changes a layer by {s.ratio:.2g} of its size, {ratio:.1f} times as much as in the "
         "twin. A rate that is far too large makes that many times as much."),
    ),
    "axis": (
        (lambda s, t: s.flat_start > 0.5,
         "At step 1 {s.flat_start:.0%} of a layer's outputs are beyond ±0.97. No softmax can do that: it "
         "comes after them."),
        (lambda s, t: s.first_loss < 3.2,
         "Its first loss is {s.first_loss:.2f}. Over a batch of 32 it begins near chance among 32, "
         "ln 32 = 3.47."),
        (lambda s, t: abs(s.first_loss - t.first_loss) < 0.01,
         "Its first loss is that of its healthy twin, {t.first_loss:.2f}. With another axis it would be "
         "another."),
    ),
    "no shuffle": (
        (lambda s, t: s.rhythm < 0.3,
         "Sorted by class, each epoch repeats the ups and downs of the one before. Here the place in the "
         "epoch (12 steps) explains {s.rhythm:.0%} of them."),
    ),
    "eval": (
        (lambda s, t: s.fresh < 0.2,
         "The clinic measures the fresh images in the mode for use, and comes to {s.fresh:.0%}: chance. So "
         "the net has learned nothing, however the programme measures."),
        (lambda s, t: s.validation > s.fresh + 0.03,
         "Measured in training mode, the validation images come out too low. Here they are above the fresh "
         "images: {s.validation:.0%} and {s.fresh:.0%}."),
        (lambda s, t: s.fresh - s.validation < 0.1,
         "The programme comes to {s.validation:.0%} on validation images, the clinic, in the mode for use, "
         "to {s.fresh:.0%} on fresh ones. A few points come from which images are in which set."),
    ),
    "saturated": (
        (lambda s, t: "tanh" not in s.kinds, "There is no tanh in this net."),
        (lambda s, t: s.flat_start < 0.5,
         "At step 1 at most {s.flat_start:.0%} of a layer's outputs are beyond ±0.97. What comes later has "
         "a cause."),
    ),
    "leak": (
        (lambda s, t: s.validation < 0.2,
         "A leak leaves the training as it is: it only makes the validation look too good. Here that is "
         "{s.validation:.0%}: chance."),
        (lambda s, t: s.validation - s.fresh < 0.03,
         "It reads {s.validation:.0%} of the validation images and {s.fresh:.0%} of the fresh ones: the "
         "former do not look known to it."),
    ),
    "zero_grad": (
        (lambda s, t: s.gradient == 0, "Every gradient is exactly 0: there is nothing that could add up."),
        (lambda s, t: s.gradient < 3 * t.gradient,
         "In the second half its largest gradient is {s.gradient:.2g}, {gradient:.1f} times that of its "
         "twin. Gradients that are never zeroed become many times as large."),
        (lambda s, t: s.first_ratio > 10 * t.first_ratio,
         "At step 5 a layer changes by {s.first_ratio:.2g} of its size, in the twin by "
         "{t.first_ratio:.2g}. Five gradients added up do not make such a step."),
    ),
    "loss": (
        (lambda s, t: s.lowest < FLOOR - 0.01,
         "A softmax on a softmax cannot bring the loss below ln(e + 9) − 1 = 1.46. Here it comes down to "
         "{s.lowest:.2f}."),
        (lambda s, t: s.highest > CEILING + 0.05,
         "A softmax on a softmax keeps the loss below ln(e + 9) = 2.46. Here it rises to {s.highest:.1f}."),
        (lambda s, t: s.gradient_start == 0,
         "The gradient of every weight is exactly 0 at step 1. This loss makes gradients small, not 0."),
    ),
}  # fmt: skip


def speaks_against(disease, patient, seed=SEED):
    """A sentence about what in the patient's chart does not fit the disease; None if all fits."""
    from types import SimpleNamespace

    from ..lab import clinic11

    s, t = (SimpleNamespace(**signs(name, seed)) for name in (patient, clinic11.twin(patient)))
    for absent, sentence in _ABSENT[disease]:
        if absent(s, t):
            return sentence.format(s=s, t=t, ratio=s.ratio / t.ratio, gradient=s.gradient / t.gradient)
    return None


def entry(answers, patient):
    """What is given for a patient: `...` if nothing for any, a dict that says why if none for this one."""
    from ..lab import clinic11

    if is_untouched(answers):
        return ...
    if not isinstance(answers, dict):
        return {"open": "no dict"}
    found = answers.get(patient)
    if not is_untouched(found):
        return found
    strange = [key for key in answers if key not in clinic11.PATIENTS]
    return {"open": "keys", "key": f"{strange[0]!r:.40}"} if strange else {"open": "yet"}


def left_open(patient, result):
    """A `Wrong` if `entry` gave no answer, else None."""
    why = result.get("open") if type(result) is dict else None
    if why == "no dict":
        return Wrong("not-a-dict")
    if why == "keys":
        return Wrong("keys", f"The keys are the letters 'A' to 'J'. Yours has {result.get('key')}.")
    return Wrong("missing", f"Patient {patient} is still open.") if why == "yet" else None


OPEN = (
    Mistake("not-a-dict", "Give a dictionary with the keys 'A' to 'J', as the cell begins it."),
    Mistake("keys", "The keys are the letters 'A' to 'J'."),
)


def _probe(diagnoses, case):
    said = entry(diagnoses, case["patient"])
    return said.strip() if isinstance(said, str) else said


def _judge(case, result):
    from ..lab import clinic11

    patient = case["patient"]
    if (nothing := left_open(patient, result)) is not None:
        return nothing
    if type(result) is not str:
        return Wrong("wrong-type", f"Patient {patient} needs one text: a key of DISEASES.")
    if result not in clinic11.DISEASES:
        return Wrong("not-on-the-menu")
    if result == clinic11._truth(patient)[0]:
        return None
    return Wrong(f"not {result}", f"Patient {patient}: what speaks against {result!r}? "
                 f"{speaks_against(result, patient)}")  # fmt: skip


def _is_sentence(case, result):
    from ..lab import clinic11

    return result in clinic11.DISEASES.values()


register(Exercise(
    "11.diagnose",
    "Ten patients: what do they have?",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    part=lambda case: case["patient"],
    hides=lambda result: type(result) is dict,
    show=lambda case: f"patient {case['patient']}",
    reveal=False,
    mistakes=[
        *OPEN,
        Mistake("sentence", "That is the description. Write the key before it, such as 'sign'.",
                when=_is_sentence),
        Mistake("several", "One disease for each patient: each programme has one fault.",
                when=lambda case, result: type(result) is list),
        Mistake("not-on-the-menu", "That is no key of DISEASES. Mind the spelling; `clinic11.DISEASES` has "
                "them all."),
        *(Mistake(f"not {disease}", f"What speaks against {disease!r}?") for disease in _ABSENT),
    ],
    hints=[
        "Begin with step 1: the first loss, and the activations and gradients before any step was made.",
        "Then compare accuracies: training with validation, and validation with fresh images.",
        "Then the update ratio and the largest gradient, beside those of the twin.",
        "A run may show several signs. The disease is what explains the earliest one.",
    ],
))  # fmt: skip
