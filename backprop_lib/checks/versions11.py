"""The library's versions of the exercises of notebook 11, for `use`."""


def _net_backward(v):
    """Both blocks in one loop, from the last to the first."""
    import numpy as np

    d = {"logits": (v.prob - np.eye(v.prob.shape[1])[v.y]) / len(v.y)}
    d["W3"], d["b3"] = v.h2.T @ d["logits"], d["logits"].sum(axis=0)
    g = d["h2"] = d["logits"] @ v.W3.T
    for i, below in (("2", v.h1), ("1", v.x)):
        a, z_hat, scale = (getattr(v, name + i) for name in ("a", "z_hat", "gamma"))
        d["a" + i] = g * (a > 0)
        d["gamma" + i], d["beta" + i] = (d["a" + i] * z_hat).sum(axis=0), d["a" + i].sum(axis=0)
        removed = (d["beta" + i] + z_hat * d["gamma" + i]) / len(v.y)
        d["z" + i] = scale / getattr(v, "sigma" + i) * (d["a" + i] - removed)
        d["W" + i] = below.T @ d["z" + i]
        if i == "2":
            g = d["h1"] = d["z2"] @ v.W2.T
    return d


def _train(pixels, labels):
    """SGD with momentum; in the end the statistics of all training images."""
    from types import SimpleNamespace

    import numpy as np

    from .capstone11 import STATISTICS
    from .net11 import forward

    rng, p, speed = np.random.default_rng(0), {}, {}
    for i, (n_in, n_out) in enumerate(((64, 64), (64, 48), (48, 10)), 1):
        p[f"W{i}"] = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        p |= {f"gamma{i}": np.ones(n_out), f"beta{i}": np.zeros(n_out)} if i < 3 else {"b3": np.zeros(n_out)}
    for _ in range(15):
        for rows in np.array_split(rng.permutation(len(labels)), len(labels) // 32):
            d = _net_backward(SimpleNamespace(**forward({"x": pixels[rows], "y": labels[rows], **p})))
            for name in p:
                speed[name] = 0.9 * speed.get(name, 0) + d[name]
                p[name] = p[name] - 0.1 * speed[name]
    v = forward({"x": pixels, "y": labels, **p})
    return p | {name: v[name] for name in STATISTICS}


VERSIONS = {"11.batchnorm_net": _net_backward, "11.capstone_train": _train}
