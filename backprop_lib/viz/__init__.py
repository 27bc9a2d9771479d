"""Widgets and figures that draw what they are given. Names load when first used.

One widget a file, its JavaScript and CSS beside it. Nothing here needs numpy or matplotlib to be
imported; heatmaps and pictures appear where they are installed.
"""

from importlib import import_module

_HOME = {
    "BoundaryExplorer": "boundary",
    "DepthExplorer": "depth",
    "LayerHistograms": "histograms",
    "LogitForces": "forces",
    "MatrixInspector": "inspector",
    "OptimizerRace": "race",
    "PatientChart": "chart",
    "SlopeExplorer": "slope",
    "Stepper": "stepper",
    "TrainingConsole": "console",
}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"backprop_lib.viz has no {name!r}; it has {', '.join(sorted(_HOME))}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(_HOME)
