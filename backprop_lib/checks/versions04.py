"""The library's versions of the exercises of notebook 04, for `use`."""


def _one_pass(w, b, xs, ts):
    w, mistakes = list(w), 0
    for x, t in zip(xs, ts, strict=True):
        z = sum(wi * xi for wi, xi in zip(w, x, strict=True)) + b
        error = t - (1 if z > 0 else 0)
        if error:
            w = [wi + error * xi for wi, xi in zip(w, x, strict=True)]
            b += error
            mistakes += 1
    return w, b, mistakes


VERSIONS = {"04.perceptron_rule": _one_pass}
