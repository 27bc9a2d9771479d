"""Right and wrong answers to 11.diagnose and 11.mend."""

from backprop_lib.lab import clinic11
from tests.answers import Answers

DISEASE = {name: clinic11._truth(name)[0] for name in clinic11.PATIENTS}
CURES = {
    "A": (14, "order = rng.permutation(len(x))"),
    "B": (15, "z = model(x[rows])"),
    "C": (9, "model.eval()"),
    "D": (21, "p.data -= 0.2 * p.grad"),
    "E": (21, "model.zero_grad()"),
    "F": (2, "labels = train.labels"),
    "G": (1, "train, validation = digits[:384], digits[384:784]"),
    "H": (16, "log_p = z - ops.logsumexp(z, axis=1, keepdims=True)"),
    "I": (8, "model.layers[0].b.data += 0.1"),
    "J": (2, "start = init.lecun_normal"),
}
ANSWERS = "(examples.pixels).data.argmax(axis=1)"
NO_DROPOUT = "model = nn.Sequential(*[part for part in model.layers if not isinstance(part, nn.Dropout)])"
# (patient, diseases that it may be taken for), so that every disease is named where it is not
WRONG = {
    "sign": "DEI", "dead relu": "EGA", "labels": "AJD", "rate": "EAB", "axis": "CJEA", "no shuffle": "FCE",
    "eval": "ABF", "saturated": "DEB", "leak": "HEB", "zero_grad": "DBI", "loss": "HDI",
}  # fmt: skip


def _said(patient, disease):
    return DISEASE | {patient: disease}


def _mended(**changed):
    return CURES | changed


DIAGNOSE = Answers(
    right=[DISEASE, {name: f" {disease} " for name, disease in DISEASE.items()}],
    wrong={f"not {disease}": [_said(patient, disease) for patient in patients]
           for disease, patients in WRONG.items()} | {
        "sentence": {name: clinic11.DISEASES[disease] for name, disease in DISEASE.items()},
        "several": _said("E", ["zero_grad", "dead relu"]),
        "not-on-the-menu": [_said("A", "not shuffled"), _said("C", "dropout")],
        "wrong-type": _said("B", 3),
        "not-a-dict": [list(DISEASE.values()), tuple(DISEASE.values())],
        "keys": [{name.lower(): disease for name, disease in DISEASE.items()},
                 {f"patient {name}": disease for name, disease in DISEASE.items()}],
        "missing": {name: disease for name, disease in DISEASE.items() if name != "J"} | {"A": None},
    },
)  # fmt: skip

MEND = Answers(
    right=[
        CURES,
        {
            "A": (2, ""),
            "B": [16, "log_p = ops.log(z)"],
            "C": (9, "    model.eval()"),
            "D": (21, "p.data -= 0.1 * p.grad"),
            "E": (24, "p.data -= 0.1 * p.grad; p.grad = None"),
            "F": (3, ""),
            "G": (1, "train, validation = digits[400:784], digits[:400]"),
            "H": (17, "L = losses.cross_entropy(z, y[rows])"),
            "I": (8, ""),
            "J": (2, "start = init.glorot_uniform"),
        },
        _mended(A=(14, "order = np.argsort(rng.random(len(x)))"), D=(21, "p.data -= 0.5 * p.grad"),
                G=(1, "train, validation = digits[:384], digits[384:]"),
                E=(22, "model.zero_grad(); L.backward()"), F=(2, "labels = np.copy(train.labels)"),
                H=(16, "log_p = ops.log(ops.softmax(z))"), I=(8, "model.layers[0].b.data += 1"),
                J=(2, "start = lambda shape, **more: 0.1 * init.normal(shape, **more)")),
        _mended(A=(14, "order = np.arange(len(x)).reshape(32, -1).T.ravel()"),
                B=(17, "L = losses.cross_entropy(model(x[rows]), y[rows])"),
                C=(10, f"model.eval(); answers = model{ANSWERS}; model.train()"),
                D=(17, "L = -log_p[range(32), y[rows]].mean() / 10"), I=(8, "model.layers[0].b.data[:] = 0"),
                G=(1, "train, validation = digits[-384:], digits[:400]")),
    ],
    wrong={
        "still-sick": [
            _mended(A=(22, "p.data -= 0.1 * p.grad")), _mended(B=(21, "p.data -= 1.0 * p.grad")),
            _mended(C=(12, "return (answers == examples.labels).mean() + 0.2")),
            _mended(D=(21, "p.data -= 1.5 * p.grad")), _mended(E=(24, "p.data -= 0.05 * p.grad")),
            _mended(F=(24, "p.data -= 0.02 * p.grad")), _mended(G=(12, "for epoch in range(20):")),
            _mended(G=(1, "train, validation = digits[:384], digits[100:500]")),
            _mended(H=(21, "p.data -= 0.1 * p.grad")),
            _mended(I=(8, "model.layers[0].b.data -= 5")), _mended(J=(21, "p.data -= 0.02 * p.grad")),
            _mended(D=(21, "p.data -= 0.002 * p.grad")),
            *(_mended(A=(13, f"for epoch in range({n}):")) for n in (60, 250)),
            _mended(A=(14, "order = np.arange(len(x))[::-1]")),
            *(_mended(B=(15, f"z = {n} * ops.softmax(model(x[rows]))")) for n in (5, 10)),
            _mended(B=(15, "z = 5 * ops.tanh(model(x[rows]))")),
            _mended(E=(22, "L.backward(); [p.grad.clip(-.1, .1, out=p.grad) for p in model.parameters()]")),
            _mended(E=(24, "p.data -= 0.1 * p.grad; p.grad *= 0.9")),
            _mended(E=(21, "if epoch % 2: model.zero_grad()")),
            _mended(F=(3, "train = data.Digits(train.images, np.roll(digits.labels[:384], 1))")),
            _mended(F=(2, "labels = np.append(train.labels[:383], (train.labels[383] + 1) % 10)")),
            *(_mended(G=(1, f"train, validation = digits[:384], digits[{n}:{n + 400}]")) for n in (380, 383)),
        ],
        "made-worse": [_mended(G=(1, "train, validation = digits[:384], digits[400:]; train.labels[:] = 0")),
                       _mended(G=(1, "train, validation = digits[:32], digits[384:784]")),
                       _mended(G=(1, "train, validation = digits[:384], digits[384:385]")),
                       _mended(G=(1, "train, validation = digits[:384], data.Digits(digits.images[384:784], "
                                     "digits.labels[:400])")),
                       _mended(G=(1, "train, validation = digits[:384], digits[:400]; "
                                     "validation.images[:] += 1e-9")),
                       _mended(C=(12, f"return (model.eval(){ANSWERS} == examples.labels).mean()")),
                       _mended(C=(6, f"nn.Linear(48, 10, rng=rng, init=start)); {NO_DROPOUT}"))],
        "does-not-run": [_mended(B=(15, "z = modell(x[rows])")), _mended(C=(9, "model.eval(")),
                         _mended(A=(14, ""))],
        "no-repair": [
            _mended(A=(1, "m = __import__('backprop_lib.lab.clinic11', fromlist=['x'])")),
            _mended(A=(1, "import copy; train, validation = digits[:384], digits[384:784]")),
            _mended(B=(1, "watch = lambda *all: None; train, validation = digits[:384], digits[384:784]")),
            _mended(C=(9, "model.eval(); np.testing.sys")), _mended(D=(21, "p.__class__.data = 0")),
            _mended(E=(21, "exec('model.zero_grad()')")),
        ],
        "no-such-line": [_mended(A=(99, "pass")), _mended(B=(0, "pass")), _mended(C=(9.0, "model.eval()")),
                         _mended(D=(22, "pass"))],
        "not-a-pair": [_mended(A="order = rng.permutation(len(x))"), _mended(A=(14, "a", "b"))],
        "not-a-dict": list(CURES.values()),
        "keys": {f"patient {name}": cure for name, cure in CURES.items()},
        "swapped": _mended(A=("order = rng.permutation(len(x))", 14)),
        "several-lines": _mended(A=(14, "order = rng.permutation(len(x))\nprint(order)")),
        "unchanged": [_mended(A=(14, "order = np.arange(len(x))")), _mended(E=(21, "model.zero_grad"))],
        "missing": {name: cure for name, cure in CURES.items() if name != "C"},
    },
    equivalent_mutants={"L10: 2 → 3": "line 3 put the shifted labels in: without it they are right, too"},
)  # fmt: skip
