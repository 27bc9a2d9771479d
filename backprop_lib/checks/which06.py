"""06.which_loss: a loss for each of nine tasks. What is judged is the assumption behind it."""

from .exercise import Exercise, Mistake, Wrong, register
from .stubs import is_untouched

MENU = ("mse", "mae", "poisson", "binary_cross_entropy", "cross_entropy")
_KIND = {  # task -> (what the target is, what is assumed of it)
    "parcel": ("number", "normal"),
    "sensor": ("number", "outliers"),
    "digit": ("one of many", ""),
    "tumour": ("yes or no", ""),
    "tags": ("many yes or no", ""),
    "next_word": ("one of many", ""),
    "goals": ("number", "count"),
    "median": ("number", "half on each side"),
    "mean": ("number", "average"),
}


def right_loss(task):
    target, assumed = _KIND[task]
    if assumed == "count":
        return "poisson"
    if target == "number":
        return "mse" if assumed in ("normal", "average") else "mae"
    return "cross_entropy" if target == "one of many" else "binary_cross_entropy"


def _probe(choices, case):
    if is_untouched(choices):
        return ...
    return choices.get(case["task"], ...)


def _judge(case, result):
    if type(result) is not str:
        return Wrong("missing", f"`{case['task']}` needs one of {', '.join(MENU)}.")
    if result not in MENU:
        return Wrong("not-on-the-menu", f"{result!r} is not on the menu: {', '.join(MENU)}.")
    right, (target, assumed) = right_loss(case["task"]), _KIND[case["task"]]
    if result == right:
        return None
    is_number, for_numbers = target == "number", result in ("mse", "mae", "poisson")
    if is_number != for_numbers:
        return Wrong("class-for-number" if is_number else "number-for-class")
    if target == "many yes or no":
        return Wrong("one-of-many")
    if target == "one of many":
        return Wrong("many-yes-or-no")
    if target == "yes or no":
        return Wrong("two-logits")
    if assumed == "count":
        return Wrong("count")
    if result == "poisson":
        return Wrong("no-count")
    if assumed == "outliers":
        return Wrong("outliers")
    if assumed == "normal":
        return Wrong("normal")
    return Wrong("median" if assumed == "half on each side" else "mean")


register(Exercise(
    "06.which_loss",
    "Which loss for which task",
    cases=lambda rng: [{"task": task} for task in _KIND],
    probe=_probe,
    judge=_judge,
    part=lambda case: case["task"],
    show=lambda case: case["task"],
    reveal=False,
    mistakes=[
        Mistake("class-for-number",
                "The target here is a number, not a class: cross-entropies are for classes."),
        Mistake("number-for-class",
                "The target here is a class. Its number (3, or 7) is a name, no quantity."),
        Mistake("one-of-many",
                "Softmax makes classes exclude each other. Here any number of them can be right."),
        Mistake("many-yes-or-no",
                "Exactly one is right here: the probabilities of all should add up to 1."),
        Mistake("two-logits",
                "There is one logit and a yes or no. Softmax over one logit is always 1."),
        Mistake("count",
                "The target is a count, 0, 1, 2, …: one of the five was made for that."),
        Mistake("no-count",
                "Poisson is for counts: 0, 1, 2, … This target is a measured number."),
        Mistake("normal",
                "A sum of many small, independent errors is close to normal. Which loss assumes that?"),
        Mistake("outliers",
                "Squared, an error of 900 outweighs thousands of small ones. Which loss grows slower?"),
        Mistake("median",
                "The number with the least squared error is the average. Which error is least at the "
                "middle one, with half of all above?"),
        Mistake("mean",
                "The least absolute error belongs to the median. Which error is least at the average?"),
        Mistake("not-on-the-menu", "That is not on the menu."),
    ],
    hints=[
        "First ask of each: is the target a number, one of several classes, or answers yes or no?",
        "For numbers: try 1, 2 and 9. Which y has the least sum of squares, which that of distances?",
    ],
))  # fmt: skip
