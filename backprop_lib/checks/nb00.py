"""The one exercise of notebook 00. It is there to show how checks and hints work."""

from .exercise import Exercise, Mistake, register


def _cases(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    pairs = [([7, 9, 1, 7], [7, 7, 1, 7])]
    for n in (1, 3, 5, 8, 11, 20):
        labels = [rng.randrange(10) for _ in range(n)]
        wrong = rng.randrange(n + 1)
        guesses = [(digit + rng.randint(1, 9)) % 10 if i < wrong else digit for i, digit in enumerate(labels)]
        pairs.append((guesses, labels))
    return [{"guesses": np.array(guesses), "labels": np.array(labels)} for guesses, labels in pairs]


def _probe(accuracy, case):
    return accuracy(case["guesses"], case["labels"])


def _right(case):
    return sum(int(guess == label) for guess, label in zip(case["guesses"], case["labels"], strict=True))


def _reference(case):
    return _right(case) / len(case["labels"])


def _after_the_first(case):
    """What a `return` inside the loop gives: only the first digit is counted."""
    return int(case["guesses"][0] == case["labels"][0]) / len(case["labels"])


def _kept_apart(case, result):
    """The learner compared, and left one True or False for each digit."""
    return getattr(result, "shape", None) == (len(case["labels"]),) and str(result.dtype) == "bool"


register(Exercise(
    "00.accuracy",
    "The share of right guesses",
    cases=_cases,
    probe=_probe,
    reference=_reference,
    show=lambda case: f"guesses {case['guesses'].tolist()}, labels {case['labels'].tolist()}",
    mistakes=[
        Mistake("count",
                "This is how many guesses are right. The share does not grow with the number of digits.",
                lambda case: _right(case)),
        Mistake("returns-too-early",
                "Only the first digit is counted. Is the `return` indented too far, inside the loop?",
                _after_the_first),
        Mistake("errors",
                "This is the share of wrong guesses: a perfect network gets 0 from you.",
                lambda case: 1 - _reference(case)),
        Mistake("percent",
                "This is in percent. A share lies between 0 and 1.",
                lambda case: 100 * _reference(case)),
        Mistake("whole-numbers",
                "The share is cut to a whole number: `//` drops what comes after the point.",
                lambda case: _right(case) // len(case["labels"])),
        Mistake("not-one-number",
                "You compare digit by digit, and that is right. Now make one number of the many answers.",
                when=_kept_apart),
    ],
    hints=[
        "`guesses == labels` compares digit by digit: try it on two short arrays.",
        "In a sum, True counts as 1 and False as 0. So what does the mean of Trues and Falses tell you?",
    ],
))  # fmt: skip
