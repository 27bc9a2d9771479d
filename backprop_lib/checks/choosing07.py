"""07.choose_lambda: models and data sets that note who was looked at."""

from .exercise import Exercise, Mistake, Wrong, register
from .formatting import number


def _cases(rng):
    cases = []
    for n in (2, 3, 4, 5):
        lambdas = sorted(round(10 ** rng.uniform(-3, 1), 4) for _ in range(n))
        rng.shuffle(lambdas)
        parts = ("training", "validation", "test")
        table = {part: [rng.uniform(0.2, 1.5) for _ in lambdas] for part in parts}
        best = table["validation"].index(min(table["validation"]))
        other = (best + 1) % n  # the three parts disagree, so that a choice on a wrong one shows
        table["test"][other], table["training"][other] = 0.1, 0.05
        worst = max(range(n), key=lambda k: table["validation"][k])
        cases.append({"lambdas": lambdas, **table, "best": best, "worst": worst})
    return cases


class _Examples:
    """A data set that is only a name."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<{self.name} examples>"


class _Model:
    def __init__(self, k, case, looked):
        self._k, self._case, self._looked = k, case, looked

    def loss(self, examples):
        """The loss on these examples; notes that they were looked at."""
        name = getattr(examples, "name", None)
        if name not in ("validation", "test"):
            raise TypeError(f"model.loss needs the validation or the test examples, got {examples!r:.60}")
        self._looked.append([name, self._k])
        return self._case[name][self._k]


def _probe(choose, case):
    looked, trained = [], []

    def train(value):
        trained.append(float(value))
        return _Model(case["lambdas"].index(value), case, looked)

    answer = choose(list(case["lambdas"]), train, _Examples("validation"), _Examples("test"))
    if answer is None or answer is ...:
        return answer
    chosen, loss = answer
    return {"chosen": chosen, "loss": loss, "looked": looked, "trained": trained}


def _shown(case):
    pairs = zip(case["lambdas"], case["validation"], strict=True)
    said = [f"{number(loss, 3)} for λ = {number(value)}" for value, loss in pairs]
    return "validation loss " + ", ".join(said)


def _judge(case, result):
    if type(result) is not dict or set(result) != {"chosen", "loss", "looked", "trained"}:
        return Wrong("wrong-type", "Return two things: the λ that you chose, and a test loss.")
    best, lambdas = case["best"], case["lambdas"]
    tested = {k for name, k in result["looked"] if name == "test"}
    validated = {k for name, k in result["looked"] if name == "validation"}
    expected = {"λ": lambdas[best], "test loss": case["test"][best]}
    if len(tested) > 1:
        return Wrong("peeked", "", expected)
    if len(validated) < len(lambdas):
        return Wrong("not-all-tried", "", expected)
    if result["chosen"] == best and type(result["chosen"]) is int:
        return Wrong("index", "", expected)
    if result["chosen"] == min(case["validation"]):
        return Wrong("loss-returned", "", expected)
    if result["chosen"] != lambdas[best]:
        return Wrong("worst" if result["chosen"] == lambdas[case["worst"]] else "wrong", "", expected)
    if result["loss"] == case["validation"][best]:
        return Wrong("validation-loss", "", expected)
    if not tested or type(result["loss"]) not in (int, float) or result["loss"] != case["test"][best]:
        return Wrong("other-model" if tested else "no-test", "", expected)
    return None


register(Exercise(
    "07.choose_lambda",
    "Choose λ without looking at the test",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=_shown,
    mistakes=[
        Mistake("peeked",
                "You looked at the test examples with more than one model. The test is for the chosen one."),
        Mistake("not-all-tried", "Not every λ was measured on the validation examples."),
        Mistake("worst", "You chose the highest validation loss. A loss is better when it is lower."),
        Mistake("loss-returned", "You return the lowest validation loss. Asked is the λ that it belongs to."),
        Mistake("index", "You return the place of λ in the list. Asked is λ itself."),
        Mistake("validation-loss",
                "That is the validation loss of the chosen model. It was used for choosing: report the "
                "test loss."),
        Mistake("other-model", "The test loss belongs to another model than the one that you chose."),
        Mistake("no-test", "The chosen model was not measured on the test examples."),
    ],
    hints=[
        "Train one model for each λ, and keep them: a dictionary from λ to model will do.",
        "min(lambdas, key=…) returns the λ, not the loss.",
        "Only then, once: the loss of the chosen model on the test examples.",
    ],
))  # fmt: skip
