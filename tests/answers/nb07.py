"""Right and wrong answers to the exercises of notebook 07."""

from tests.answers import Answers


def _loop(
    zero="        for p in parameters:\n            p.zero_grad()\n",
    step="p.data -= rate * p.grad",
    loss="L.item()",
    end="    return found\n",
    after="",
):
    return (
        "def train_loop(parameters, loss_of, batches, rate):\n    found = []\n    for batch in batches:\n"
        f"        L = loss_of(batch)\n{zero}        L.backward()\n"
        f"        for p in parameters:\n            {step}\n{after}        found.append({loss})\n{end}"
    )


BY_OPTIMIZER = """
def train_loop(parameters, loss_of, batches, rate):
    optimizer, found = optim.SGD(parameters, lr=rate), []
    for batch in batches:
        optimizer.zero_grad()
        L = loss_of(batch)
        L.backward()
        optimizer.step()
        found.append(float(L))
    return tuple(found)
"""

STEP_FIRST = """
def train_loop(parameters, loss_of, batches, rate):
    found = []
    for batch in batches:
        for p in parameters:
            p.zero_grad()
        L = loss_of(batch)
        for p in parameters:
            p.data -= rate * p.grad
        L.backward()
        found.append(L.item())
    return found
"""

AS_ARRAY = """
def train_loop(parameters, loss_of, batches, rate):
    found = np.zeros(len(batches))
    for k, batch in enumerate(batches):
        L = loss_of(batch)
        found[k] = L.data
        for p in parameters:
            p.grad = 0 * p.data
        L.backward()
        for p in parameters:
            p.data = p.data - rate * p.grad
    return found
"""

AS_COLUMN = _loop(loss="L.data.reshape(1)", end="    return np.array(found)\n")

ONCE = """
def train_loop(parameters, loss_of, batches, rate):
    found = []
    for p in parameters:
        p.zero_grad()
    for batch in batches:
        L = loss_of(batch)
        L.backward()
        for p in parameters:
            p.data -= rate * p.grad
        found.append(L.item())
    return found
"""

ONE_STEP = """
def train_loop(parameters, loss_of, batches, rate):
    found = []
    for batch in batches:
        L = loss_of(batch)
        for p in parameters:
            p.zero_grad()
        L.backward()
        found.append(L.item())
    for p in parameters:
        p.data -= rate * p.grad
    return found
"""

ADDED_UP = """
def train_loop(parameters, loss_of, batches, rate):
    found = []
    for p in parameters:
        p.zero_grad()
    for batch in batches:
        L = loss_of(batch)
        L.backward()
        found.append(L.item())
    for p in parameters:
        p.data -= rate * p.grad
    return found
"""

WITH_NONE = _loop(zero="        for p in parameters:\n            p.grad = None\n",
                  step="p.data = p.data - p.grad * rate")  # fmt: skip


def _overfit(
    make="nn.MLP([64, 40, 10], rng=1)", lr=0.01, epochs=150, optimizer="Adam", end="    return model\n",
    pixels="pixels", labels="labels", loss="losses.cross_entropy",
):  # fmt: skip
    return (
        f"def overfit(pixels, labels):\n    model = {make}\n"
        f"    optimizer = optim.{optimizer}(model.parameters(), lr={lr})\n"
        f"    fit(model, ({pixels}, {labels}), {loss}, optimizer,\n"
        f"        epochs={epochs}, batch_size=20, rng=0, progress=False)\n{end}"
    )


ZEROS = _overfit().replace("    fit(", "    for p in model.parameters():\n        p.data *= 0\n    fit(")

OWN_LOOP = """
def overfit(pixels, labels):
    rng = np.random.RandomState(0)
    W = Tensor(rng.randn(64, 10) / 8)
    for _ in range(2000):
        L = losses.cross_entropy(Tensor(pixels, requires_grad=False) @ W, labels)
        W.zero_grad()
        L.backward()
        W.data -= 2.0 * W.grad
    return lambda x: x @ W.data
"""

BY_HEART = """
def overfit(pixels, labels):
    def model(x):
        logits = np.zeros((len(x), 10))
        for n, row in enumerate(x):
            hit = np.flatnonzero((pixels == row).all(axis=1))
            logits[n, labels[hit[0]] if len(hit) else 0] = 20.0
        return logits
    return model
"""


NEAREST = """
def overfit(pixels, labels):
    def model(x):
        distances = ((x[:, None] - pixels) ** 2).sum(axis=2)
        return 30 * np.eye(10)[labels[distances.argmin(axis=1)]]
    return model
"""


def _choose(body):
    return "def choose(lambdas, train, validation, test):\n" + body


ONE_BY_ONE = _choose("""
    best, lowest, kept = None, np.inf, None
    for value in lambdas:
        model = train(value)
        loss = model.loss(validation)
        if loss < lowest:
            best, lowest, kept = value, loss, model
    return [best, kept.loss(test)]
""")


def _from(start, first="best, kept = None, None"):
    """One by one, but the lowest loss so far begins with a number that was made up."""
    return _choose(f"""
    lowest = {start}
    {first}
    for value in lambdas:
        model = train(value)
        loss = model.loss(validation)
        if loss < lowest:
            best, lowest, kept = value, loss, model
    return best, kept.loss(test)
""")


TRAIN_AGAIN = _choose("""
    losses_ = [train(value).loss(validation) for value in lambdas]
    best = lambdas[int(np.argmin(losses_))]
    return best, train(best).loss(test)
""")


def _ranked(part="validation", pick="min", result="best, models[best].loss(test)"):
    return _choose(f"""
    models = {{value: train(value) for value in lambdas}}
    best = {pick}(lambdas, key=lambda value: models[value].loss({part}))
    return {result}
""")


def _dropout(
    forward="x * (u >= p) / (1 - p)", in_use="x", backward="g * (u >= p) / (1 - p)", backward_in_use="g"
):
    return (
        "def dropout(x, p, u, training):\n    if training:\n"
        f"        return {forward}\n    return {in_use}\n\n"
        "def dropout_backward(g, p, u, training):\n    if training:\n"
        f"        return {backward}\n    return {backward_in_use}\n"
    )


DROPOUT_BY_WHERE = """
def dropout(x, p, u, training):
    if not training:
        return x.copy()
    return np.where(u < p, 0.0, x / (1 - p))

def dropout_backward(g, p, u, training):
    scale = np.ones_like(g)
    if training:
        scale = (u >= p).astype(float) / (1.0 - p)
    return scale * g
"""

DROPOUT_IN_LISTS = """
def dropout(x, p, u, training):
    if x.ndim > 1:
        return [dropout(row, p, v, training) for row, v in zip(x, u)]
    return [(0.0 if v < p else a / (1 - p)) if training else a for a, v in zip(x, u)]

dropout_backward = dropout
"""

ANSWERS = {
    "07.training_loop": Answers(
        right=[BY_OPTIMIZER, WITH_NONE, AS_ARRAY, AS_COLUMN, _loop(loss="L.data"), _loop(),
               _loop(loss="np.float64(L.item())"), _loop(loss="np.float32(1) * L.data")],
        wrong={
            "no-zero-grad": _loop(zero=""),
            "zeroed-once": ONCE,
            "zeroed-late": _loop(zero="", after="        for p in parameters:\n            p.zero_grad()\n"),
            "uphill": _loop(step="p.data += rate * p.grad"),
            "no-rate": _loop(step="p.data -= p.grad"),
            "first-batch-only": _loop(end="        return found\n"),
            "loss-after": _loop(after="        L = loss_of(batch)\n"),
            "divided-again": [_loop(step="p.data -= rate * p.grad / len(batch[0])"),
                              _loop(step="p.data -= rate * p.grad / len(batch)"),
                              _loop(step="p.data -= rate * p.grad / len(batches)")],
            "own-rate": [_loop(step="p.data -= 0.1 * p.grad"), _loop(step="p.data -= 0.01 * p.grad")],
            "one-step": [ONE_STEP, ADDED_UP],
            "float32": [_loop(step="p.data = p.data - np.float32(rate) * p.grad"),
                        _loop(loss="np.float32(L.item())")],
            "not-moved": _loop(step="p.data - rate * p.grad"),
            "tensors": _loop(loss="L"),
            "grad-is-none": [STEP_FIRST, (
                "def train_loop(parameters, loss_of, batches, rate):\n    found = []\n"
                "    for batch in batches:\n        L = loss_of(batch)\n        L.backward()\n"
                "        for p in parameters:\n            p.zero_grad()\n            p.data -= rate * "
                "p.grad\n"
                "        found.append(L.item())\n    return found\n"
            )],
            "one-loss": [_loop(end="    return found[-1:]\n"), _loop(end="    return np.mean(found)\n"),
                         _loop(end="    return found[-1]\n")],
            "one-moved": [_loop(step="p.data -= rate * p.grad\n            break"),
                          _loop(step="pass", after="        p.data -= rate * p.grad\n")],
            "no-return": _loop(end=""),
        },
        equivalent_mutants={
            "L7: for p in parameters: p.zero_grad() → for p in reversed(list(parameters)): p.zero_grad()":
                "the order of the parameters does not matter",
            "L10: for p in parameters: p.data -= rate * p.grad → for p in reversed(list(parameters)): "
            "p.data -= ra…":
                "the order of the parameters does not matter",
        },
    ),
    "07.overfit20": Answers(
        right=[OWN_LOOP, _overfit(), _overfit(lr=0.5, epochs=300, optimizer="SGD")],
        wrong={
            "not-trained": [_overfit(epochs=0), _overfit(lr=0.00001),
                            _overfit("nn.MLP([64, 32, 10], rng=0)", epochs=0),
                            _overfit(end="    return nn.MLP([64, 32, 10], rng=0)\n")],
            "too-short": [_overfit(epochs=15), _overfit(lr=0.001, epochs=60)],
            "all-alike": [_overfit(lr=30.0, optimizer="SGD"), _overfit(lr=3, optimizer="SGD"),
                          _overfit(lr=10.0), ZEROS],
            "squeezed": [_overfit(loss="lambda z, t: losses.mse(z, np.eye(10)[t])"),
                         _overfit(end="    return lambda x: ops.sigmoid(model(x))\n")],
            "too-sure": [_overfit(labels="np.random.RandomState(0).permutation(labels)"),
                         _overfit(pixels="pixels[:10]", labels="labels[:10]")],
            "exploded": [_overfit(lr=30.0, optimizer="SGD", epochs=3),
                         _overfit(loss="lambda z, t: -losses.cross_entropy(z, t)")],
            "probabilities": _overfit(end="    return lambda x: ops.softmax(model(x)).data\n"),
            "no-network": BY_HEART,
            "looked-up": NEAREST,
            "no-return": _overfit(end=""),
            "wrong-type": _overfit(end="    return model(pixels)\n"),
        },
        equivalent_mutants=dict.fromkeys(
            ("L4: 32 → 33", "L4: 32 → 31", "L4: 0 → 1", "L6: 120 → 121", "L6: 120 → 119", "L6: 20 → 21",
             "L6: 0 → 1"),
            "a little wider or longer, or with another seed, it knows the twenty images just as well",
        ) | {"L6: False → True": "only shows the progress"},
    ),
    "07.choose_lambda": Answers(
        right=[ONE_BY_ONE, TRAIN_AGAIN, _ranked()],
        wrong={
            "peeked": [_ranked("test"), _choose("""
    models = {value: train(value) for value in lambdas}
    table = {value: (models[value].loss(validation), models[value].loss(test)) for value in lambdas}
    best = min(lambdas, key=lambda value: table[value][0])
    return best, table[best][1]
""")],
            "not-all-tried": _choose("    model = train(lambdas[0])\n    model.loss(validation)\n"
                                     "    return lambdas[0], model.loss(test)\n"),
            "worst": _ranked(pick="max"),
            "loss-returned": _ranked(result="models[best].loss(validation), models[best].loss(test)"),
            "index": _ranked(result="lambdas.index(best), models[best].loss(test)"),
            "validation-loss": _ranked(result="best, models[best].loss(validation)"),
            "other-model": _choose("""
    models = {value: train(value) for value in lambdas}
    best = min(lambdas, key=lambda value: models[value].loss(validation))
    other = [value for value in lambdas if value != best][0]
    return best, models[other].loss(test)
"""),
            "rounded": [_ranked(result="best, np.float32(models[best].loss(test))"),
                        _ranked(result="best, round(models[best].loss(test), 4)"),
                        _ranked(result="best, round(models[best].loss(test), 2)"),
                        _ranked(result="np.float32(best), models[best].loss(test)")],
            "no-test": _ranked(result="best, 0.5"),
            "start-value": [_from(start) for start in ("0", "1.0", "100", "1e9")] + [_from("1.0", first="")],
            "first": _from("1.0", first="best, kept = lambdas[0], train(lambdas[0])"),
            "swapped": _ranked(result="models[best].loss(test), best"),
            "model": [_ranked(result="best, models[best]"),
                      _ranked(result="models[best], models[best].loss(test)")],
            "wrong-type": [_ranked(result="best"), _ranked(result="best, 1, 2")],
            "smallest": _choose("""
    models = {value: train(value) for value in lambdas}
    seen = [models[value].loss(validation) for value in lambdas]
    return min(lambdas), models[min(lambdas)].loss(test)
"""),
        },
    ),
    "07.dropout": Answers(
        right=[DROPOUT_BY_WHERE, DROPOUT_IN_LISTS, _dropout(), _dropout("x * ~(u < p) / (1 - p)")],
        wrong={
            "at-the-edge": [_dropout("x * (u > p) / (1 - p)", backward="g * (u > p) / (1 - p)"),
                            _dropout("np.where(u <= p, 0, x / (1 - p))"),
                            _dropout(backward="g * (u > p) / (1 - p)")],
            "other-mask": [_dropout("x * (np.random.rand(*x.shape) >= p) / (1 - p)"),
                           _dropout("x * (u < 1 - p) / (1 - p)", backward="g * (u < 1 - p) / (1 - p)")],
            "not-scaled": _dropout(forward="x * (u >= p)", backward="g * (u >= p)"),
            "wrong-way": _dropout(forward="x * (u < p) / (1 - p)", backward="g * (u < p) / (1 - p)"),
            "scaled-by-p": _dropout(forward="x * (u >= p) / p", backward="g * (u >= p) / p"),
            "multiplied": _dropout(forward="x * (u >= p) * (1 - p)", backward="g * (u >= p) * (1 - p)"),
            "scaled-in-use": _dropout(in_use="x * (1 - p)", backward_in_use="g * (1 - p)"),
            "drops-in-use": [
                _dropout(in_use="x * (u >= p) / (1 - p)", backward_in_use="g * (u >= p) / (1 - p)"),
                _dropout(backward_in_use="g * (u >= p) / (1 - p)"), _dropout(in_use="x * (u >= p)")],
            "mask-forgotten": _dropout(backward="g / (1 - p)"),
            "no-upstream": _dropout(backward="(u >= p) / (1 - p)"),
            "passes-through": _dropout(backward="g"),
            "all-dropped": [_dropout("0 * x", "0 * x", "0 * g", "0 * g"), _dropout("0 * x", backward="0 * g"),
                            _dropout(backward="np.zeros_like(g)"), _dropout("np.where(u >= 1, x, 0.0)")],
            "float32": _dropout("x * ((u >= p) / np.float32(1 - p)).astype(np.float32)",
                                backward="g * ((u >= p) / np.float32(1 - p)).astype(np.float32)"),
        },
    ),
}  # fmt: skip
