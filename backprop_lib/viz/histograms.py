"""`LayerHistograms`: values and gradients of a 30-layer net, layer by layer, for every set-up; and a race."""

import numpy as np
from traitlets import Dict, Int

from .interactive import Interactive, module, packed_array

_RECORD, _RACE = {"setups", "looks", "shown"}, {"setups", "losses", "looks", "steps"}
_PARTS = ("values", "gradients")


class LayerHistograms(Interactive):
    """Histograms of every layer on a logarithmic axis, with switches, over the loss curves of a race.

    recorded: what `backprop_lib.lab.layers09.record` returns; raced: what `race` returns, of the same depth.
    setup: the `Setup` that is shown first. Everything is sent once; switching and scrubbing happen in the
    browser. Raises ValueError for other records and for a set-up that was not recorded.
    """

    _esm = module("histograms_look.js", "histograms.js", css="histograms.css")
    state = Dict().tag(sync=True)
    chosen = Int(0).tag(sync=True)

    def __init__(self, recorded, raced, setup=None):
        _check(recorded, _RECORD, "recorded", "layers09.record(x, y)")
        _check(raced, _RACE, "raced", "layers09.race(x, y, setups)")
        missing = [each for each in raced["setups"] if each not in recorded["setups"]]
        if missing:
            raise ValueError(f"raced has a set-up that recorded has not: {missing[0]}")
        setup = recorded["setups"][0] if setup is None else setup
        if setup not in recorded["setups"]:
            n = len(recorded["setups"])
            raise ValueError(f"setup must be one of the {n} that were recorded, not {setup!r}")
        self._recorded, self._raced = recorded, raced
        super().__init__(state=_packed(recorded, raced), chosen=recorded["setups"].index(setup))

    def summary(self):
        setup, look = self._recorded["setups"][self.chosen], self._recorded["looks"][self.chosen]
        values, gradients = (look[part]["rms"] for part in _PARTS)
        first, last = self._recorded["shown"][0], self._recorded["shown"][-1]
        return (
            f"Histograms of layers: {words(setup)}. From layer {first} to layer {last} the values change "
            f"{_factor(values[-1], values[0])}; from layer {last} back to layer {first} the gradients change "
            f"{_factor(gradients[0], gradients[-1])}. {len(self._raced['setups'])} set-ups raced."
        )

    def picture(self):
        from . import figures09

        setup = self._recorded["setups"][self.chosen]
        raced = self._raced["setups"]
        return figures09.layer_histograms(
            self._recorded["looks"][self.chosen],
            self._recorded["shown"],
            self._raced["losses"],
            raced.index(setup) if setup in raced else None,
            [words(each) for each in raced],
            self.summary(),
        )


def words(setup):
    """"relu, He, batch norm, skip": a set-up as the page writes it."""
    parts = [setup.activation, setup.init]
    parts += [f"{setup.norm} norm"] if setup.norm != "none" else []
    parts += ["skip"] if setup.skip else []
    return ", ".join(parts)


def _factor(end, start):
    if not start:
        return "from 0" if end else "not: all are 0"
    return "to 0" if not end else f"by a factor of {end / start:.2g}"


def _check(record, keys, name, source):
    if not isinstance(record, dict) or keys - set(record):
        raise ValueError(f"{name} must come from backprop_lib.lab.{source}, got {record!r:.60}")


def _packed(recorded, raced):
    runs = raced["looks"]
    return {
        "setups": [[each.init, each.activation, each.norm, each.skip] for each in recorded["setups"]],
        "shown": list(recorded["shown"]),
        "looks": _packed_looks(recorded["looks"]),
        "racers": [recorded["setups"].index(each) for each in raced["setups"]],
        "losses": packed_array(raced["losses"], "float32"),
        "steps": list(raced["steps"]),
        "raced": _packed_looks([look for looks in runs for look in looks]),
    }


def _packed_looks(looks):
    kinds = {"rms": "float32", "top": "uint8", "counts": "uint8"}
    return {
        part: {name: packed_array(np.stack([look[part][name] for look in looks]), kind)
               for name, kind in kinds.items()}
        for part in _PARTS
    }  # fmt: skip
