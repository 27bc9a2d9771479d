"""07.choose_lambda: models and data sets that note who was looked at."""

from .exercise import Exercise, Mistake, Wrong, register
from .formatting import number


def _cases(rng):
    cases = []
    for n, scale in ((2, 1.0), (3, 4.0), (4, 300.0), (5, 1e10)):  # a loss has no upper limit
        lambdas = sorted(round(10 ** rng.uniform(-3, 1), 4) for _ in range(n))
        parts = ("training", "validation", "test")
        table = {part: [scale * rng.uniform(0.2, 1.5) for _ in lambdas] for part in parts}
        rng.shuffle(lambdas)
        best, *others = sorted(range(n), key=lambda k: table["validation"][k])
        worst, least = others[-1], lambdas.index(min(lambdas))
        middle = rng.choice(others[:-1] or [least])  # the smallest λ is neither the best nor the worst
        lambdas[least], lambdas[middle] = lambdas[middle], lambdas[least]
        other = (best + 1) % n  # the three parts disagree, so that a choice on a wrong one shows
        table["test"][other], table["training"][other] = 0.1 * scale, 0.05 * scale
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
    if answer is None or answer is ... or not hasattr(answer, "__len__") or len(answer) != 2:
        return answer
    chosen, loss = answer
    return {"chosen": chosen, "loss": loss, "looked": looked, "trained": trained}


def _shown(case):
    pairs = zip(case["lambdas"], case["validation"], strict=True)
    said = [f"{number(loss, 3)} for λ = {number(value)}" for value, loss in pairs]
    return "validation loss " + ", ".join(said)


def _is_rounded(got, expected):
    """Is this the number in float32, or with fewer digits?"""
    import numpy as np

    if type(got) is not float:
        return False
    return got == float(np.float32(expected)) or got in [round(expected, digits) for digits in range(1, 15)]


def _judge(case, result):
    if type(result) is not dict or set(result) != {"chosen", "loss", "looked", "trained"}:
        return Wrong("wrong-type", "Return two things: the λ that you chose, and a test loss.")
    best, lambdas = case["best"], case["lambdas"]
    tested = {k for name, k in result["looked"] if name == "test"}
    validated = {k for name, k in result["looked"] if name == "validation"}
    expected = {"λ": lambdas[best], "test loss": case["test"][best]}
    if [result["loss"], result["chosen"]] == [lambdas[best], case["test"][best]]:
        return Wrong("swapped", "", expected)
    if "_Model" in (getattr(result[name], "type", "") for name in ("chosen", "loss")):
        return Wrong("model", "", expected)
    if len(tested) > 1:
        return Wrong("peeked", "", expected)
    if len(validated) < len(lambdas):
        return Wrong("not-all-tried", "", expected)
    if result["chosen"] == best and type(result["chosen"]) is int:
        return Wrong("index", "", expected)
    pairs = ((result["chosen"], lambdas[best]), (result["loss"], case["test"][best]))
    wrong = [pair for pair in pairs if pair[0] != pair[1]]
    if wrong and tested == {best} and all(_is_rounded(*pair) for pair in wrong):
        return Wrong("rounded", "", expected)
    if result["chosen"] == min(case["validation"]):
        return Wrong("loss-returned", "", expected)
    if result["chosen"] != lambdas[best]:
        return Wrong("wrong", "", expected)
    if result["loss"] == case["validation"][best]:
        return Wrong("validation-loss", "", expected)
    if not tested or type(result["loss"]) not in (int, float) or result["loss"] != case["test"][best]:
        return Wrong("other-model" if tested else "no-test", "", expected)
    return None


def _chose(which):
    """Was this λ chosen, wrongly, after all were measured on the validation examples alone?"""

    def when(case, got):
        wrong = _judge(case, got)
        return wrong is not None and wrong.diagnosis == "wrong" and got["chosen"] == which(case)

    return when


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
        Mistake("worst", "You chose the highest validation loss. A loss is better when it is lower.",
                when=_chose(lambda case: case["lambdas"][case["worst"]])),
        Mistake("smallest", "You return the smallest λ. Asked is the one with the lowest validation loss.",
                when=_chose(lambda case: min(case["lambdas"]))),
        Mistake("first",
                "You return the first λ, and a later one has a lower loss. Is the number that you compare "
                "with at first so low that no loss is below it?",
                when=_chose(lambda case: case["lambdas"][0])),
        Mistake("start-value",
                "Nothing was chosen: no loss was below the number that you compare with at first. A loss can "
                "be of any size: begin with infinity.",
                when=lambda case, got: got.type == "UnboundLocalError"
                or (got.type == "AttributeError" and "'NoneType'" in got.message)),
        Mistake("swapped", "Asked is first the λ, then the test loss: the two are swapped."),
        Mistake("model", "You return a model. Asked are two numbers: the λ, and the test loss of its model."),
        Mistake("loss-returned", "You return the lowest validation loss. Asked is the λ that it belongs to."),
        Mistake("index", "You return the place of λ in the list. Asked is λ itself."),
        Mistake("validation-loss",
                "That is the validation loss of the chosen model. It was used for choosing: report the "
                "test loss."),
        Mistake("rounded",
                "These are the right numbers, but rounded. Return them as they are, in numpy's float64."),
        Mistake("other-model", "The test loss belongs to another model than the one that you chose."),
        Mistake("no-test", "The chosen model was not measured on the test examples."),
    ],
    hints=[
        "Train one model for each λ, and keep them: a dictionary from λ to model will do.",
        "min(lambdas, key=…) returns the λ, not the loss.",
        "Only then, once: the loss of the chosen model on the test examples.",
    ],
))  # fmt: skip
