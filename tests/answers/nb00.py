"""Right and wrong answers to the exercise of notebook 00."""

from tests.answers import Answers


def _accuracy(result):
    return f"def accuracy(guesses, labels):\n    return {result}\n"


ANSWERS = {
    "00.accuracy": Answers(
        right=[
            _accuracy("np.mean(guesses == labels)"),
            _accuracy("1 - np.count_nonzero(guesses - labels) / labels.size"),
        ],
        wrong={
            "count": [
                _accuracy("(guesses == labels).sum()"),
                _accuracy("float(np.count_nonzero(guesses == labels))"),
            ],
            "returns-too-early": "def accuracy(guesses, labels):\n"
            "    right = 0\n"
            "    for guess, label in zip(guesses, labels):\n"
            "        right += guess == label\n"
            "        return right / len(labels)\n",
            "errors": _accuracy("(guesses != labels).mean()"),
            "percent": _accuracy("100 * (guesses == labels).mean()"),
            "whole-numbers": _accuracy("(guesses == labels).sum() // len(labels)"),
            "not-one-number": _accuracy("guesses == labels"),
            "no-return": "def accuracy(guesses, labels):\n    (guesses == labels).mean()\n",
            "error": _accuracy("(guesses == truth).mean()"),
            "mutated-input": _accuracy("(np.subtract(guesses, labels, out=guesses) == 0).mean()"),
        },
        equivalent_mutants={
            "L4: for guess, label in zip(guesses, labels): right +… → "
            "for guess, label in reversed(list(zip(guesses, la…": "a sum has no order",
            "L4: zip(guesses, labels) → zip(labels, guesses)": "the names are swapped, and == is symmetric",
        },
    ),
}
