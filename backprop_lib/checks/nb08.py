"""The exercises of notebook 08: ratios, dead units; a chain (chain08.py) and clipping (clip08.py)."""

from . import chain08, clip08  # noqa: F401  (register 08.spectral and 08.clip_norm)
from .exercise import Exercise, Mistake, register
from .precision import single_mistake


def generator(rng):
    import numpy as np  # here: this file is read with all the others, also where numpy is missing

    return np.random.default_rng(rng.randrange(2**32))


# The ratios of one layer


def _functions(name):
    """(φ, φ′) as the learner gets them, on arrays."""
    import numpy as np

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    return {
        "relu": (lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
        "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    }[name]


def _ratio_cases(rng):
    cases = []
    for name, shape in (("tanh", 3), ("relu", 4), ("sigmoid", 5), ("tanh", (2, 3)), ("sigmoid", (3, 4))):
        draw = generator(rng)
        z = draw.uniform(0.4, 2) * draw.choice((-1, 1), shape) * draw.uniform(0.2, 1.5, shape)
        z.flat[0] = abs(z.flat[0])  # so that some unit of a relu is on, and some other off
        z.flat[1] = -abs(z.flat[1])
        gain = float(draw.uniform(0.5, 3))
        cases += [{"part": part, "phi": name, "gain": gain, "z": z} for part in ("forward", "backward")]
    return cases


def _ratio_probe(ratios, case):
    answer = ratios(*_functions(case["phi"]), case["gain"], case["z"])
    if answer is None or answer is ...:
        return answer
    forward, backward = answer
    return forward if case["part"] == "forward" else backward


def _ratio_reference(case):
    """Measured with a W that is gain times an orthogonal matrix: then no average over W is needed."""
    import numpy as np

    from .. import init, ops

    z, phi = case["z"].reshape(1, -1), getattr(ops, case["phi"])
    W = case["gain"] * init.orthogonal((z.size, z.size), rng=0)
    if case["part"] == "forward":
        return float(np.linalg.norm((phi(ops.Tensor(z)) @ W).data) / np.linalg.norm(z))
    h = ops.Tensor(np.repeat(z @ W.T / case["gain"] ** 2, z.size, axis=0))
    phi(h @ W).backward(np.eye(z.size))  # one upstream gradient for each direction
    return float(np.linalg.norm(h.grad) / z.size**0.5)


def _forward(formula):
    """A slip forward: formula(phi, z, gain, rms)."""
    return lambda case: _ratio_slip(case, formula, 0) if case["part"] == "forward" else None


def _backward(formula):
    """A slip backward: formula(slope, z, gain, rms)."""
    return lambda case: _ratio_slip(case, formula, 1) if case["part"] == "backward" else None


def _either(forward, backward):
    return lambda case: (_forward(forward) if case["part"] == "forward" else _backward(backward))(case)


def _ratio_slip(case, formula, which):
    function = _functions(case["phi"])[which]
    return float(formula(function, case["z"], case["gain"], lambda a: (a * a).mean() ** 0.5))


_INSIDE = (  # the gain within phi, with and without a gain outside
    (lambda f, z, gain, rms: rms(f(gain * z)) / rms(z), lambda f, z, gain, rms: rms(f(gain * z))),
    (lambda f, z, gain, rms: gain * rms(f(gain * z)) / rms(z),
     lambda f, z, gain, rms: gain * rms(f(gain * z))),
    (lambda f, z, gain, rms: rms(f(gain * z)) / rms(gain * z), lambda f, z, gain, rms: None),
)  # fmt: skip


def _gain_inside(case, got):
    which = case["part"] == "backward"
    function, z, gain = _functions(case["phi"])[which], case["z"], case["gain"]
    given = [pair[which](function, z, gain, lambda a: (a * a).mean() ** 0.5) for pair in _INSIDE]
    return any(abs(got - value) < 1e-9 * value for value in given if value is not None)


def _other_ratio(case):
    return _ratio_reference(case | {"part": "backward" if case["part"] == "forward" else "forward"})


register(Exercise(
    "08.predict_ratio",
    "The factors of one layer",
    cases=_ratio_cases,
    probe=_ratio_probe,
    reference=_ratio_reference,
    part=lambda case: case["part"],
    show=lambda case: f"{case['part']}, phi = {case['phi']}, gain = {case['gain']:.3f}, "
    f"z = {case['z'].round(2).tolist()}",
    mistakes=[
        Mistake("no-gain", "The gain is missing.",
                _either(lambda f, z, gain, rms: rms(f(z)) / rms(z), lambda f, z, gain, rms: rms(f(z)))),
        Mistake("gain-alone", "This is the gain alone: what the activation does is missing.",
                lambda case: case["gain"]),
        Mistake("not-divided", "This is the rms of the next z; asked is by what factor it changed.",
                _forward(lambda f, z, gain, rms: gain * rms(f(z)))),
        Mistake("std", "A standard deviation subtracts the mean first. The rms does not.",
                _either(lambda f, z, gain, rms: gain * f(z).std() / z.std(),
                        lambda f, z, gain, rms: gain * f(z).std())),
        Mistake("means-for-rms", "You take the mean of the sizes. In a norm their squares are added.",
                _either(lambda f, z, gain, rms: gain * abs(f(z)).mean() / abs(z).mean(),
                        lambda f, z, gain, rms: gain * f(z).mean())),
        Mistake("squares", "This is the ratio of the squares: the root of all of it is missing.",
                _either(lambda f, z, gain, rms: (gain * rms(f(z)) / rms(z)) ** 2,
                        lambda f, z, gain, rms: (gain * rms(f(z))) ** 2)),
        Mistake("no-root", "The mean of the squares still needs a root.",
                _either(lambda f, z, gain, rms: gain * (rms(f(z)) / rms(z)) ** 2,
                        lambda f, z, gain, rms: gain * rms(f(z)) ** 2)),
        Mistake("sum-for-mean", "You add up where the mean belongs: this would grow with the layer's width.",
                _backward(lambda f, z, gain, rms: gain * rms(f(z)) * z.size**0.5)),
        Mistake("largest-slope", "This takes the steepest unit for all of them.",
                _backward(lambda f, z, gain, rms: gain * f(z).max())),
        Mistake("slope-at-mean", "You take the slope at one place, an average z. Average the slopes instead.",
                when=lambda case, got: case["part"] == "backward" and _at_one_place(case, got)),
        Mistake("slope-at-output", "You take the slopes at phi(z). They are wanted at z.",
                lambda case: _slope_at_output(case) if case["part"] == "backward" else None),
        Mistake("phi-for-slope", "Backward it is the slope that multiplies, not the activation itself.",
                lambda case: _ratio_slip(case, lambda f, z, gain, rms: gain * rms(f(z)), 0)
                if case["part"] == "backward" else None),
        Mistake("upside-down", "Your ratio is upside down.", lambda case: 1 / _ratio_reference(case)),
        Mistake("gain-inside", "phi and slope take z as it is. The gain comes after.", when=_gain_inside),
        Mistake("gain-over-root-n",
                "You divide the gain by √n. That is in the entries of W, and a sum of n products undoes it.",
                _either(lambda f, z, gain, rms: gain / z.size**0.5 * rms(f(z)) / rms(z),
                        lambda f, z, gain, rms: gain / z.size**0.5 * rms(f(z)))),
        Mistake("forward-twice", "Both of your numbers are the forward factor.",
                lambda case: _other_ratio(case) if case["part"] == "backward" else None),
        Mistake("backward-twice", "Both of your numbers are the backward factor.",
                lambda case: _other_ratio(case) if case["part"] == "forward" else None),
        Mistake("swapped", "The two are in each other's place: return forward, backward.", _other_ratio),
        single_mistake(_ratio_reference),
    ],
    hints=[
        "Forward: what is the rms of phi(z)? The next z is `gain` times as large. Compare with the rms of z.",
        "Backward: slope(z) is an array of factors. Of which average does the text speak?",
        "rms means, from the inside out: square, mean, root.",
    ],
))  # fmt: skip


def _at_one_place(case, got):
    slope, z, gain = _functions(case["phi"])[1], case["z"], case["gain"]
    places = (z.mean(), (z * z).mean() ** 0.5)
    return any(abs(got - gain * float(slope(place))) < 1e-9 for place in places)


def _slope_at_output(case):
    (phi, slope), z = _functions(case["phi"]), case["z"]
    return float(case["gain"] * (slope(phi(z)) ** 2).mean() ** 0.5)


# Dead units


def _dead_cases(rng):
    import numpy as np

    small = [  # W and b of two units; each typical mistake fails on one of these
        ([1.0, 2.0], [1.0, -1.0], [0.0, 0.0]),
        ([1.0, -1.0], [1.5, 0.75], [0.5, -1.25]),  # the first is off on one example only
        ([1.0, 2.0], [5.0, -1.0], [-9.0, 0.0]),  # and here on average, too
        ([1.0, 2.0], [1.0, -1.0], [-3.0, 3.0]),  # the bias decides
        ([1.0, 2.0], [0.0, 1.0], [0.0, 0.0]),  # z = 0
    ]
    cases = [{"x": np.array([x]).T, "W": np.array([W]), "b": np.array(b)} for x, W, b in small]
    for N, D, M in ((3, 2, 4), (6, 3, 5), (8, 2, 6), (5, 4, 7)):
        draw = generator(rng)
        x, W, b = draw.standard_normal((N, D)), draw.standard_normal((D, M)), draw.standard_normal(M)
        z = x @ W + b
        b[0] -= z[:, 0].max() + 0.5  # certainly dead
        b[1] -= np.sort(z[:, 1])[-2:].mean()  # alive, by one example
        b[2] -= z[:, 2].min() - 0.5  # always on
        order = draw.permutation(M)
        cases.append({"x": x, "W": W[:, order], "b": b[order]})
    rare = {"x": np.eye(50)[:, :1], "W": np.array([[1.0, 0.0, 2.0]]), "b": np.array([-1.0, -0.5, -2.0])}
    rare["b"][0] += 1e-4  # on for one of 50 examples, barely
    cases.append(rare)
    nobody = {"x": np.eye(2) + 1, "W": np.array([[1.0, 0.5], [0.5, 2.0]]), "b": np.ones(2)}
    return [*cases, nobody]


def _dead_probe(dead_units, case):
    found = dead_units(case["x"], case["W"], case["b"])
    if type(found) in (list, tuple):
        found = [entry.tolist() if hasattr(entry, "tolist") else entry for entry in found]
    return found.tolist() if hasattr(found, "tolist") else found


def _dead_reference(case):
    """Units whose weights and bias get a gradient of exactly 0 from every upstream, by the engine."""
    import numpy as np

    from ..ops import Tensor, relu

    b = Tensor(np.tile(case["b"], (len(case["x"]), 1)))  # a bias for each example: nothing can cancel
    relu(Tensor(case["x"]) @ case["W"] + b).backward(np.ones(b.shape))
    return [unit for unit in range(b.shape[1]) if not b.grad[:, unit].any()]


def _units(formula):
    def result(case):
        import numpy as np

        return np.flatnonzero(formula(case["x"] @ case["W"] + case["b"], case["b"])).tolist()

    return result


register(Exercise(
    "08.dead_units",
    "Find the dead units",
    cases=_dead_cases,
    probe=_dead_probe,
    reference=_dead_reference,
    show=lambda case: f"x @ W + b = {(case['x'] @ case['W'] + case['b']).round(2).tolist()}, "
    f"b = {case['b'].round(2).tolist()}",
    mistakes=[
        Mistake("any-for-all", "Off on one example is not dead: it must be off on all of them.",
                _units(lambda z, b: (z <= 0).any(axis=0))),
        Mistake("examples", "These are examples on which all units are off; you look along the wrong axis.",
                _units(lambda z, b: (z <= 0).all(axis=1))),
        Mistake("alive", "These are the units that are alive.", _units(lambda z, b: (z > 0).any(axis=0))),
        Mistake("no-bias", "The bias is missing in z.", _units(lambda z, b: (z - b <= 0).all(axis=0))),
        Mistake("zero-is-on", "z = 0 is off: relu(0) is 0, and its slope is taken as 0.",
                _units(lambda z, b: (z < 0).all(axis=0))),
        Mistake("on-average", "A mean or a sum of z says little: one large example keeps a unit alive.",
                _units(lambda z, b: z.mean(axis=0) <= 0)),
        Mistake("one-example", "You look at the first example only. Off must be checked on all of them.",
                _units(lambda z, b: z[0] <= 0)),
        Mistake("last-example", "You look at the last example only. Off must be checked on all of them.",
                _units(lambda z, b: z[-1] <= 0)),
        Mistake("nobody", "You name no unit, and there are dead ones.", lambda case: []),
        Mistake("nearly-dead",
                "You name units that are on for some example, if only by little. Dead is 0 on all of them.",
                when=lambda case, got: _are_nearly_dead(case, got)),
        Mistake("order", "These are the dead units, but not in ascending order.",
                when=lambda case, got: sorted(got) == _dead_reference(case)),
        Mistake("mask", "You return True or False for each unit. Asked are the indices of the dead ones.",
                lambda case: [unit in _dead_reference(case) for unit in range(len(case["b"]))]),
        Mistake("count", "That is how many there are. Asked is which.",
                lambda case: len(_dead_reference(case))),
        Mistake("wrapped",
                "The indices are wrapped once more: np.where gives a tuple of arrays, np.argwhere a column.",
                when=lambda case, got: _is_wrapped(_dead_reference(case), got)),
    ],
    hints=[
        "z = x @ W + b has a row for each example and a column for each unit.",
        "(z <= 0) is True where a unit is off. Which method of arrays asks whether all of a column are True?",
        "np.flatnonzero turns True and False into indices.",
    ],
))  # fmt: skip


def _are_nearly_dead(case, got):
    """The dead ones and more, each of which is off on half of the examples, or 0 but for a little."""
    z = case["x"] @ case["W"] + case["b"]
    near = {unit for unit in range(z.shape[1]) if (z[:, unit] <= 0).mean() >= 0.5 or z[:, unit].max() < 0.1}
    return set(_dead_reference(case)) < set(got) <= near


def _is_wrapped(dead, got):
    return bool(dead) and got in ([dead], [[unit] for unit in dead])
