"""11.mend: one line for each patient. The mended programme runs on another seed than that of the charts, and
is judged by its vital signs beside those of its healthy twin: how it was mended does not matter.
"""

from .diagnose11 import OPEN, entry, left_open
from .exercise import Exercise, Mistake, Wrong, register
from .meant11 import strange


def _cases(rng):
    from ..lab import clinic11

    seed = rng.randrange(2, 1000)
    return [{"patient": name, "seed": seed} for name in clinic11.PATIENTS]


def vital_signs(chart):
    """The numbers by which a run is judged; those that the clinic measures itself among them."""
    import numpy as np

    from ..lab import clinic11

    return clinic11.signs(chart) | {
        "checked": float(chart.checked[-10:].mean()),
        "gap": float(abs(chart.validation - chart.checked).max()),
        **chart.evidence,
        "kinds": list(chart.kinds),
        "finite": bool(np.isfinite(chart.loss).all() and np.isfinite(chart.validation).all()),
    }


def _probe(mends, case):
    from ..lab import clinic11

    mend = entry(mends, case["patient"])
    if mend is ... or isinstance(mend, dict):
        return mend
    if not isinstance(mend, tuple | list) or len(mend) != 2:
        return {"form": type(mend).__name__}
    line, text = mend
    if isinstance(line, str) and not isinstance(text, str):
        return {"form": "swapped"}
    if isinstance(text, str) and len(text.strip().splitlines()) > 1:
        return {"form": "several lines"}
    try:
        program = clinic11.mended(case["patient"], line, text)
    except (TypeError, ValueError) as error:
        return {"refused": str(error)}
    old = clinic11.program(case["patient"])
    if program == old:
        return {"form": "unchanged"}
    if (sentence := strange(old, program)) is not None:
        return {"strange": sentence}
    try:
        return vital_signs(clinic11.record(program, case["seed"]))
    except clinic11.BrokenProgram as error:
        return {"broken": str(error)}


# (a name, what is sick in the signs s beside those of the healthy twin t, a sentence)
_SICK = (
    ("not finite", lambda s, t: not s.finite, "its loss or its accuracy is not finite"),
    ("known", lambda s, t: s.known_images > 0,
     "it was trained on {s.known_images} of its {s.validation_images} validation images"),
    ("labels", lambda s, t: s.wrong_labels > 0,
     "labels of its training and validation images that are not those of the data set: {s.wrong_labels}"),
    ("pixels", lambda s, t: s.strange_images > 0,
     "images that it is trained on or validated with whose pixels were changed: {s.strange_images}"),
    ("gap", lambda s, t: s.gap > 0.005,
     "the programme measures {s.validation:.0%} on the validation images, where the clinic, with the net in "
     "its mode for use, measures {s.checked:.0%}"),
    ("silent", lambda s, t: s.silent_start > t.silent_start + 0.3,
     "at step 1 {s.silent_start:.0%} of a layer's neurons are silent, in the twin {t.silent_start:.0%}"),
    ("flat", lambda s, t: "tanh" in s.kinds and s.flat_start > t.flat_start + 0.3,
     "at step 1 {s.flat_start:.0%} of a layer's outputs are beyond ±0.97, in the twin {t.flat_start:.0%}"),
    ("gradient", lambda s, t: s.gradient > 5 * t.gradient,
     "its largest gradient grows to {s.gradient:.3g}, that of the twin to {t.gradient:.2g}"),
    ("ratio", lambda s, t: s.ratio > 5 * t.ratio,
     "a typical step changes a layer by {s.ratio:.2g} of its size, in the twin by {t.ratio:.2g}"),
    ("training images", lambda s, t: s.train < t.train - 0.06,
     "it reads {s.train:.0%} of its training images, the twin {t.train:.0%}"),
    ("fresh images", lambda s, t: s.fresh < t.fresh - 0.06,
     "it reads {s.fresh:.0%} of the fresh images, the twin {t.fresh:.0%}"),
    ("validation", lambda s, t: s.checked < t.checked - 0.06,
     "it reads {s.checked:.0%} of its validation images, the twin {t.checked:.0%}"),
    ("loss", lambda s, t: s.last_loss > t.last_loss + 0.5,
     "its loss ends at {s.last_loss:.2f}, that of the twin at {t.last_loss:.2f}"),
    ("cross-entropy", lambda s, t: s.loss_off > 0.02,
     "its loss is not the cross-entropy of what the last layer gives: at step 1 it is {s.first_loss:.2f} in "
     "place of {s.entropy_start:.2f}, at the end {s.last_loss:.2f} in place of {s.entropy:.2f}"),
    ("direction", lambda s, t: s.cosine < 0.9,
     "its steps do not go against the gradient of their own batch alone: the cosine is {s.cosine:.2f} on "
     "average, in the twin {t.cosine:.2f}"),
    ("classes", lambda s, t: s.classes < 0.8 * t.classes,
     "a batch holds images of {s.classes:.1f} classes on average, in the twin of {t.classes:.1f}"),
    ("mode", lambda s, t: s.training_mode < s.steps,
     "the net makes its steps in training mode {s.training_mode} times of {s.steps}; else dropout is off"),
    ("net", lambda s, t: s.net != t.net, "its net is now {s.net}; the twin has {t.net}"),
    ("steps", lambda s, t: s.steps != t.steps, "it makes {s.steps} steps, the twin {t.steps}"),
    ("images", lambda s, t: s.images < t.images,
     "it is trained on {s.images} images, the twin on {t.images}"),
    ("validation images", lambda s, t: s.validation_images < t.validation_images,
     "the number of its validation images is {s.validation_images}, in the twin {t.validation_images}"),
)  # fmt: skip


def sick_signs(signs, healthy):
    """{name of a sign: a sentence} for all that is sick in a run, beside a healthy one."""
    from types import SimpleNamespace

    s, t = SimpleNamespace(**signs), SimpleNamespace(**healthy)
    return {name: sentence.format(s=s, t=t) for name, sick, sentence in _SICK if sick(s, t)}


def _no_numbers(signs, healthy):
    """Signs that are NaN, or of another type than the twin's: no comparison above says anything of them."""
    return {
        name: f"its sign {name!r} is no number"
        for name, sign in healthy.items()
        if sign == sign and (signs[name] != signs[name] or type(signs[name]) is not type(sign))
    }


_FORMS = {"swapped": "swapped", "several lines": "several-lines", "unchanged": "unchanged"}


def _judge(case, result):
    from ..lab import clinic11

    patient, seed = case["patient"], case["seed"]
    if type(result) is not dict:
        return Wrong("not-a-pair")
    if (nothing := left_open(patient, result)) is not None:
        return nothing
    if "form" in result:
        return Wrong(_FORMS.get(result["form"], "not-a-pair"))
    if "refused" in result:
        return Wrong("no-such-line", f"Patient {patient}: {result['refused']}.")
    if "strange" in result:
        return Wrong("no-repair", f"Patient {patient}: {result['strange']}.")
    if "broken" in result:
        return Wrong("does-not-run", f"Patient {patient} does not run: {result['broken']}.")
    healthy = vital_signs(clinic11.record_of_twin(patient, seed))
    if set(result) != set(healthy):
        return Wrong("not-a-pair")
    found = sick_signs(result, healthy) | _no_numbers(result, healthy)
    if not found:
        return None
    before = sick_signs(vital_signs(clinic11.record(patient, seed)), healthy)
    old = [name for name in found if name in before]
    name = (old or list(found))[0]
    kind, words = ("still-sick", "is still sick") if old else ("made-worse", "has got something new")
    return Wrong(kind, f"Patient {patient} {words}: {found[name]} (seed {seed}).")


register(Exercise(
    "11.mend",
    "Ten patients: mend one line",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    part=lambda case: case["patient"],
    hides=lambda result: type(result) is dict,  # a form, or all vital signs: the message has what matters
    show=lambda case: f"patient {case['patient']}, seed {case['seed']}",
    reveal=False,
    mistakes=[
        *OPEN,
        Mistake("not-a-pair", "For each patient give a line number and the new line: (14, \"…\")."),
        Mistake("swapped", "The line number comes first, then the text."),
        Mistake("several-lines", "One line is enough: each patient is cured by changing one."),
        Mistake("unchanged", "The line stands there already as you write it."),
        Mistake("no-such-line", "There is no such line."),
        Mistake("no-repair", "A repair uses what the programme has."),
        Mistake("does-not-run", "The mended programme does not run."),
        Mistake("still-sick", "It is still sick."),
        Mistake("made-worse", "It has got something new."),
    ],
    hints=[
        "Your diagnosis tells where to look: data, start, loss, measuring, or the step.",
        "Read line by line, and say of each what it does. Beside the twin's programme more lines differ than "
        "the sick one: which of them do the same?",
        "`clinic11.record(clinic11.mended(\"A\", line, text))` is the chart of a mended patient: look at it.",
    ],
    seconds=40.0,
    seeds=1,
))  # fmt: skip
