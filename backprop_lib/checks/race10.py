"""10.fair_race: a tuner, judged by what it trained, what it looked at and what it reports."""

from .exercise import Exercise, Mistake, Wrong, register
from .formatting import value

_NAMES = ("SGD", "Momentum", "Adam")
_KINDS = ("validation", "test")


def _cases(rng):
    return [_case(rng, *sizes) for sizes in ((2, 3, 2), (2, 4, 2), (3, 4, 2), (3, 4, 3))]


def _case(rng, optimizers, budget, n_seeds):
    """Losses of every run. The best rate on average is best for no single seed, nor on the test, nor beyond
    the budget, nor by the worst run or the median of three; and it stands at another place in each list.
    The lowest rate is neither the lucky one nor, with four, the best."""
    seeds = rng.sample(range(100), n_seeds)
    case = {"rates": {}, "budget": budget, "seeds": seeds, "validation": {}, "test": {}, "best": {}}
    for i, name in enumerate(_NAMES[:optimizers]):
        extra = rng.randint(1, 3)  # more rates than the budget allows
        rates = []
        while len(rates) < budget + extra:
            rate = round(10 ** rng.uniform(-3, 0), 5)
            rates += [rate] * (rate not in rates)  # two that are equal could not be told apart
        best = (i + rng.randrange(2) * optimizers) % budget
        lucky, third, fourth = ((best + k) % budget for k in (1, 2, 3))
        low = rates.index(min(rates[:budget]))
        here = best if (budget, n_seeds) != (4, 2) else third
        rates[low], rates[here] = rates[here], rates[low]
        tables = {kind: [[rng.uniform(1.0, 1.4) for _ in seeds] for _ in rates] for kind in _KINDS}
        tables["validation"][best] = [rng.uniform(0.3, 0.35) for _ in seeds]
        if n_seeds == 3:  # the mean is neither the median nor the worst, nor mean plus spread
            tables["validation"][best][rng.randrange(3)] = rng.uniform(0.6, 0.65)
            tables["validation"][third] = [0.22, 3.0, 0.23]
            tables["validation"][fourth] = [rng.uniform(0.5, 0.53) for _ in seeds]
        elif budget == 4:  # the third has the lowest rate, the fourth is the worst
            tables["validation"][fourth] = [rng.uniform(1.5, 1.6) for _ in seeds]
        tables["validation"][lucky] = [rng.uniform(0.8, 1.0) for _ in seeds]
        tables["validation"][lucky][rng.randrange(n_seeds)] = rng.uniform(0.15, 0.2)
        for beyond in range(budget, budget + extra):
            tables["validation"][beyond] = [rng.uniform(0.05, 0.1) for _ in seeds]
        tables["test"][lucky] = [rng.uniform(0.1, 0.2) for _ in seeds]
        case["rates"][name], case["best"][name] = rates, rates[best]
        for kind in _KINDS:
            case[kind][name] = tables[kind]
    return case


class _Examples:
    """A data set that is only a name."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<{self.name} examples>"


class _Model:
    def __init__(self, case, run, looked):
        self._case, self._run, self._looked = case, run, looked

    def loss(self, examples):
        """The loss on these examples; notes that they were looked at."""
        kind = getattr(examples, "name", None)
        if kind not in _KINDS:
            raise TypeError(f"model.loss needs the validation or the test examples, got {examples!r:.60}")
        name, rate, seed = self._run
        self._looked.append([kind, *self._run])
        return _loss(self._case, kind, name, rate, seed)


def _loss(case, kind, name, rate, seed):
    row = case[kind][name][case["rates"][name].index(rate)]
    return row[case["seeds"].index(seed)] if seed in case["seeds"] else 2.0 + seed % 7 / 10


def _probe(fair_race, case):
    trained, looked = [], []

    def train(name, rate, seed):
        if name not in case["rates"] or rate not in case["rates"][name]:
            raise ValueError(f"train(name, rate, seed): {name!r:.30} has no rate {rate!r:.30} in its list")
        run = [str(name), float(rate), int(seed)]
        trained.append(run)
        return _Model(case, run, looked)

    given = {name: list(rates) for name, rates in case["rates"].items()}
    answer = fair_race(given, case["budget"], list(case["seeds"]), train, *map(_Examples, _KINDS))
    if answer is None or answer is ...:
        return answer
    return {"answer": answer, "trained": trained, "looked": looked}


def _judge(case, result):
    if type(result) is not dict or set(result) != {"answer", "trained", "looked"}:
        return Wrong("wrong-type", _RETURN)
    said = result["answer"]
    if type(said) is not dict or set(said) != set(case["rates"]):
        return Wrong("wrong-type", _RETURN)
    rates = case["rates"]
    expected = {name: [best, _losses(case, "test", name, best)] for name, best in case["best"].items()}
    kind = _budget_or_seeds(case, result) or _looked_wrongly(case, result)
    if kind:
        return Wrong(kind, "", {"answer": expected})
    for name in rates:
        kind = _told_wrongly(case, name, said[name])
        if kind:
            message = _RETURN if kind == "wrong-type" else ""
            difference = f"{name}: got {value(said[name])}, expected {value(expected[name])}"
            return Wrong(kind, message, {"answer": expected}, difference)
    return None


_RETURN = "Return a dict: for each optimizer its best rate, and the list of its test losses, one a seed."


def _losses(case, kind, name, rate):
    return [_loss(case, kind, name, rate, seed) for seed in case["seeds"]]


def _budget_or_seeds(case, result):
    allowed = {name: rates[: case["budget"]] for name, rates in case["rates"].items()}
    if any(rate not in allowed[name] for name, rate, _ in result["trained"]):
        tried = {(name, rate) for name, rate, _ in result["trained"]}
        most = max(sum(other == name for other, _ in tried) for name in allowed)
        return "over-budget" if most > case["budget"] else "other-rates"
    if any(seed not in case["seeds"] for _, _, seed in result["trained"]):
        return "other-seeds"
    measured = {tuple(run) for kind, *run in result["looked"] if kind == "validation"}
    for name, rates in allowed.items():
        seeds = [{s for n, r, s in measured if (n, r) == (name, rate)} for rate in rates]
        if not all(seeds):
            tested = {r for kind, n, r, _ in result["looked"] if kind == "test" and n == name}
            return "peeked" if len(tested) > 1 else "not-all-tried"
        if any(len(found) < len(case["seeds"]) for found in seeds):
            return "missing-seeds"
    return None


def _looked_wrongly(case, result):
    tested = {(name, rate) for kind, name, rate, _ in result["looked"] if kind == "test"}
    names = [name for name, _ in tested]
    if len(names) > len(set(names)):
        return "peeked"
    asked = [tuple(run) for kind, *run in result["looked"] if kind == "test"]
    return "asked-twice" if len(asked) > len(set(asked)) else None


def _told_wrongly(case, name, said):
    if type(said) is not list or len(said) != 2:
        return "wrong-type"
    (rate, losses), best = said, case["best"][name]
    if type(rate) not in (int, float):
        return "wrong-type"
    tried = case["rates"][name][: case["budget"]]
    if rate != best:
        return _chosen_wrongly(case, name, tried, rate)
    losses = losses.tolist() if hasattr(losses, "tolist") else losses
    return _losses_told_wrongly(case, name, best, losses)


def _chosen_wrongly(case, name, tried, rate):
    runs = {r: sorted(_losses(case, "validation", name, r)) for r in tried}

    def lowest(score):
        return min(runs, key=lambda r: score(runs[r]))

    if rate == lowest(min):
        return "lucky-seed"
    if len(case["seeds"]) > 2 and rate in (lowest(max), lowest(lambda losses: losses[1])):
        return "not-the-mean"
    if rate == min(tried):
        return "lowest-rate"
    if rate == lowest(lambda losses: -sum(losses)):
        return "worst"
    if rate == tried.index(case["best"][name]):
        return "index"
    least = min(map(sum, runs.values()))
    return "score-for-rate" if _near(rate, least / len(case["seeds"])) or _near(rate, least) else "wrong"


def _losses_told_wrongly(case, name, best, losses):
    right, validation = (_losses(case, kind, name, best) for kind in ("test", "validation"))
    if type(losses) in (int, float):
        if _is_among(losses, (*validation, sum(validation) / len(validation))):
            return "validation-loss"
        return "one-number" if _is_among(losses, (*right, sum(right) / len(right))) else "wrong"
    if type(losses) is not list or not all(type(loss) in (int, float) for loss in losses):
        return "wrong-type"
    if _all_near(losses, right):
        return None
    if _all_near(sorted(losses), sorted(validation)):
        return "validation-loss"
    if _all_near(sorted(losses), sorted(right)):
        return "other-order"
    return "one-number" if len(set(losses)) == 1 and _is_among(losses[0], right) else "wrong"


def _near(a, b):
    """The same loss, perhaps in float32: those of two runs differ by more."""
    return abs(a - b) <= 1e-6


def _is_among(loss, losses):
    return any(_near(loss, other) for other in losses)


def _all_near(losses, others):
    return len(losses) == len(others) and all(map(_near, losses, others))


def _shown(case):
    sizes = ", ".join(f"{name} {len(rates)}" for name, rates in case["rates"].items())
    return f"rates in the lists: {sizes}; budget {case['budget']}, {len(case['seeds'])} seeds"


register(Exercise(
    "10.fair_race",
    "A fair race",
    cases=_cases,
    probe=_probe,
    judge=_judge,
    show=_shown,
    mistakes=[
        Mistake("over-budget",
                "Some optimizer was tried with more rates than the budget: who tries more finds more."),
        Mistake("other-rates",
                "The number of rates is within the budget, but they are not the first of their list."),
        Mistake("not-all-tried", "Some rate within the budget was not measured on the validation examples."),
        Mistake("missing-seeds", "Some rate was judged by fewer seeds than the others."),
        Mistake("other-seeds", "Some run was started from a seed that is not in the list."),
        Mistake("peeked",
                "The test was asked about more than one rate of an optimizer. It is for the chosen."),
        Mistake("asked-twice",
                "The test was asked twice about one run. Who asks again may keep the better: ask once."),
        Mistake("lucky-seed",
                "The rate that you chose has the best single run, not the best mean: every seed must count."),
        Mistake("not-the-mean",
                "Your rate has not the best mean over the seeds. Is it best by the median, the worst run, or "
                "mean plus spread?"),
        Mistake("lowest-rate",
                "You return the lowest rate tried: min of a dict compares its keys. Compare the means."),
        Mistake("score-for-rate", "You return the lowest mean itself. Asked is the rate that has it."),
        Mistake("worst", "You chose the highest mean loss on validation. Lower is better."),
        Mistake("index", "You return the place of the rate in the list. Asked is the rate."),
        Mistake("validation-loss", "These are validation losses, which served to choose. Report the test."),
        Mistake("other-order", "These are the right losses, but not in the order of the seeds."),
        Mistake("one-number", "One run hides the spread: return the test losses of all seeds, as a list."),
    ],
    hints=[
        "For one optimizer: train every rate in candidates[:budget] with every seed, and keep the models.",
        "A rate's score is the mean validation loss of its models. min(models, key=score) gives the rate.",
        "Only then ask the models of the chosen rate for their losses on the test.",
    ],
))  # fmt: skip
