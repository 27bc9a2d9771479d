"""Right and wrong answers to 10.fair_race."""

from tests.answers import Answers


def _race(
    candidates="candidates[:budget]",
    seeds="seeds",
    score="np.mean([m.loss(validation) for m in models[rate]])",
    pick="min",
    answer="best, [m.loss(test) for m in models[best]]",
):
    return f"""
def fair_race(rates, budget, seeds, train, validation, test):
    result = {{}}
    for name, candidates in rates.items():
        tried = {candidates}
        models = {{rate: [train(name, rate, seed) for seed in {seeds}] for rate in tried}}
        scores = {{rate: {score} for rate in tried}}
        best = {pick}(tried, key=scores.get)
        result[name] = {answer}
    return result
"""


TRAINED_AGAIN = """
def fair_race(rates, budget, seeds, train, validation, test):
    best, told = {}, {}
    for name in rates:
        lowest = float("inf")
        for k in range(budget):
            total = 0
            for seed in seeds:
                total += train(name, rates[name][k], seed).loss(validation)
            if total < lowest:
                lowest, best[name] = total, rates[name][k]
    for name, rate in best.items():
        told[name] = [rate, np.array([train(name, rate, seed).loss(test) for seed in seeds])]
    return told
"""

TWICE = """
def fair_race(rates, budget, seeds, train, validation, test):
    races = [once(rates, budget, seeds, train, validation, test) for _ in range(2)]
    return {name: min((race[name] for race in races), key=lambda told: sum(told[1])) for name in rates}
"""

LOWEST_RATE = _race(pick="(lambda tried, key: min(scores))")

RACE = {
    "10.fair_race": Answers(
        right=[
            _race(),
            TRAINED_AGAIN,
            _race(score="sum(m.loss(validation) for m in models[rate])"),
            _race(answer="best, np.array([m.loss(test) for m in models[best]], 'f4')"),
        ],
        wrong={
            "over-budget": [
                _race("candidates"),
                _race("candidates[:budget + 1]"),
            ],
            "other-rates": [_race("candidates[-budget:]"), _race("sorted(candidates)[:budget]")],
            "asked-twice": [
                _race(
                    answer="best, [min(m.loss(test), train(name, best, seed).loss(test)) "
                    "for m, seed in zip(models[best], seeds)]"
                ),
                _race().replace("def fair_race", "def once") + TWICE,
            ],
            "other-order": [
                _race(answer="best, sorted(m.loss(test) for m in models[best])"),
                _race(answer="best, [m.loss(test) for m in models[best]][::-1]"),
            ],
            "not-all-tried": [
                _race("candidates[:budget - 1]"),
                _race(score="sum(m.loss(validation) for m in models[rate]) if rate != tried[-1] else 9"),
            ],
            "missing-seeds": [
                _race(seeds="seeds[:1]"),
                _race(score="models[rate][0].loss(validation)"),
            ],
            "other-seeds": [_race(seeds="range(len(seeds))"), _race(seeds="[0] * len(seeds)")],
            "peeked": [
                _race(score="np.mean([m.loss(test) for m in models[rate]])"),
                _race(score="np.mean([m.loss(validation) + 0 * m.loss(test) for m in models[rate]])"),
            ],
            "lucky-seed": [
                _race(score="min(m.loss(validation) for m in models[rate])"),
                _race(score="[m.loss(validation) for m in models[rate]][0]"),
                _race(score="[m.loss(validation) for m in models[rate]][-1]"),
            ],
            "worst": _race(pick="max"),
            "index": _race(answer="tried.index(best), [m.loss(test) for m in models[best]]"),
            "validation-loss": [
                _race(answer="best, [m.loss(validation) for m in models[best]]"),
                _race(answer="best, scores[best]"),
            ],
            "one-number": [
                _race(answer="best, np.mean([m.loss(test) for m in models[best]])"),
                _race(answer="best, models[best][0].loss(test)"),
                _race(answer="best, [models[best][0].loss(test)]"),
                _race(answer="best, [models[best][0].loss(test)] * len(seeds)"),
            ],
            "wrong-type": [
                _race(answer="best"),
                _race(answer="[m.loss(test) for m in models[best]], best"),
                _race(answer="{best: [m.loss(test) for m in models[best]]}"),
            ],
            "not-the-mean": [
                _race(score="np.median([m.loss(validation) for m in models[rate]])"),
                _race(score="max(m.loss(validation) for m in models[rate])"),
                _race(score="np.mean(L := [m.loss(validation) for m in models[rate]]) + np.std(L)"),
            ],
            "lowest-rate": LOWEST_RATE,
            "score-for-rate": [
                _race(answer="min(scores.values()), [m.loss(test) for m in models[best]]"),
                _race(
                    score="sum(m.loss(validation) for m in models[rate])",
                    answer="scores[best], [m.loss(test) for m in models[best]]",
                ),
            ],
        },
    ),
}
