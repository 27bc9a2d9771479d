"""Exercises that only the tests know. Importing registers them; their numbers begin with 98."""

from random import Random

from backprop_lib.checks.exercise import REGISTRY, Exercise, Failure, Mistake, Wrong, register


def _cases(rng):
    cases = [{"x": 2.0, "y": -3.0, "upstream": 1.5}]
    return cases + [{key: rng.uniform(0.5, 3.0) for key in ("x", "y", "upstream")} for _ in range(4)]


def _probe(vjp, case):
    return list(vjp(case["x"], case["y"], case["upstream"]))


def _rate_cases(rng):
    rng = rng or Random(0)
    return [{"part": part, "x": float(rng.randint(2, 9))} for part in ("a", "b", "c")]


def _two(rng):
    return {"x": rng.randint(2, 9), "y": rng.randint(2, 9)} if rng else {"x": 2, "y": 5}


SAMPLES = "98."

if "98.vjp" not in REGISTRY:
    register(
        Exercise(
            "98.vjp",
            "The backward rule of a product",
            cases=_cases,
            probe=_probe,
            reference=lambda case: (case["upstream"] * case["y"], case["upstream"] * case["x"]),
            mistakes=[
                Mistake(
                    "no-upstream", "The upstream gradient is missing.", lambda case: (case["y"], case["x"])
                ),
                Mistake(
                    "swapped",
                    "The two are swapped.",
                    lambda case: (case["upstream"] * case["x"], case["upstream"] * case["y"]),
                ),
                Mistake(
                    "same-as-no-upstream",
                    "Never named: another explains as much and stands before it.",
                    lambda case: (case["y"], case["x"]),
                ),
                Mistake("recursive", "It calls itself for ever.", lambda case: Failure("RecursionError")),
            ],
            hints=["The first hint <with> & signs.", "The second."],
            seconds=1.0,
        )
    )

    register(
        Exercise(
            "98.scale",
            "Divide a list by its sum",
            cases=lambda rng: [{"xs": [1.0, 2.0]}, {"xs": [rng.uniform(1, 2) for _ in range(5)]}],
            probe=lambda scale, case: scale(case["xs"]),
            reference=lambda case: [x / sum(case["xs"]) for x in case["xs"]],
            hints=["One."],
            seconds=1.0,
        )
    )

    register(
        Exercise(
            "98.rates",
            "Three numbers",
            cases=_rate_cases,
            given=lambda rng: {"numbers": [case["x"] for case in _rate_cases(rng)]},
            probe=lambda answer, case: answer[case["part"]],
            reference=lambda case: 2 * case["x"],
            part=lambda case: case["part"],
            mistakes=[Mistake("halved", "That is half of it.", lambda case: case["x"])],
            reveal=False,
        )
    )

    register(
        Exercise(
            "98.sum",
            "One number",
            cases=lambda rng: [_two(rng)],
            given=_two,
            probe=lambda answer, case: answer,
            reference=lambda case: case["x"] + case["y"],
            mistakes=[Mistake("product", "You multiply.", lambda case: case["x"] * case["y"])],
            reveal=False,
        )
    )

    register(
        Exercise(
            "98.order",
            "Any order that ends with 0",
            cases=lambda rng: [[0, 1], [0, 1, 2, 3]],
            probe=lambda order, case: order(case),
            judge=lambda case, result: (
                None
                if result == [*case[:0:-1], 0]
                else Wrong("unsorted" if type(result) is list else "wrong-type", expected=case[::-1])
            ),
            mistakes=[Mistake("unsorted", "The judge itself names this one.")],
            seconds=1.0,
        )
    )

    register(
        Exercise(
            "98.in_place",
            "A function that returns nothing",
            cases=lambda rng: [{"xs": [1.0, 2.0]}],
            probe=lambda double, case: (double(case["xs"]), case["xs"])[1],
            reference=lambda case: [2 * x for x in case["xs"]],
            mutates=True,
            seconds=1.0,
        )
    )

    register(
        Exercise(
            "98.engine",
            "A class",
            cases=lambda rng: [{"a": 2.0, "b": 5.0}],
            probe=lambda Value, case: (Value(case["a"]) * Value(case["b"])).data,
            reference=lambda case: case["a"] * case["b"],
            seconds=1.0,
        )
    )
