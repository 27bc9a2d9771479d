"""The library's versions of the exercises of notebook 10, for `use`."""


def _momentum(w, g, v, lr, beta):
    v = beta * v + g
    return w - lr * v, v


def _nesterov(w, g, v, lr, beta):
    v = beta * v + g
    return w - lr * (g + beta * v), v


def _adagrad(w, g, s, lr, eps):
    s = s + g**2
    return w - lr * g / (s**0.5 + eps), s


def _rmsprop(w, g, v, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return w - lr * g / (v**0.5 + eps), v


def _adam(w, g, m, v, t, lr, b1, b2, eps):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return w - lr * m_hat / (v_hat**0.5 + eps), m, v


def _fair_race(rates, budget, seeds, train, validation, test):
    result = {}
    for name, candidates in rates.items():
        models = {rate: [train(name, rate, seed) for seed in seeds] for rate in candidates[:budget]}
        means = {rate: sum(m.loss(validation) for m in runs) / len(runs) for rate, runs in models.items()}
        best = min(means, key=means.get)
        result[name] = best, [model.loss(test) for model in models[best]]
    return result


VERSIONS = {
    "10.steps": (_momentum, _nesterov, _adagrad, _rmsprop, _adam),
    "10.fair_race": _fair_race,
}
