"""The table of `growth`: exponents, and where overhead ends."""

import numpy as np

from benchmarks.tables import Seconds, Table

ENDS = 3  # points at either end that an exponent of an MLP is fitted to


class Panel:
    """One part of the picture. wanted: the values of x to measure; x and series: what was measured."""

    def __init__(self, title, x_name, y_name, wanted):
        self.title, self.x_name, self.y_name, self.wanted = title, x_name, y_name, wanted
        self.x, self.series = [], {}

    def add(self, x, values):
        """values: {series: y at x}"""
        self.x.append(x)
        for name, y in values.items():
            self.series.setdefault(name, []).append(y)


def fit(x, y):
    """(exponent k, R²) of y = c·xᵏ by least squares on the logarithms."""
    x, y = np.log(x), np.log(y)
    slope, intercept = np.polyfit(x, y, 1)
    rest, spread = np.sum((y - slope * x - intercept) ** 2), np.sum((y - y.mean()) ** 2)
    return float(slope), float(1 - rest / spread) if spread else 1.0


def reaches(x, y, factor):
    """The x at which y first is `factor` times its first value; between two points a power law."""
    above = [i for i, value in enumerate(y) if value >= factor * y[0]]
    if not above:
        return float("nan")
    i = above[0]
    share = np.log(factor * y[0] / y[i - 1]) / np.log(y[i] / y[i - 1])
    return float(x[i - 1] * (x[i] / x[i - 1]) ** share)


def table_of(panels):
    table = Table(
        "How cost grows",
        f"Exponent k of cost ~ xᵏ [R²], least squares on logarithms; for the MLP at the {ENDS} "
        f"smallest and the {ENDS} largest x. Twice at: the x at which a step takes twice as long.",
    )
    for panel in panels:
        x = panel.x
        for name, y in panel.series.items() if len(x) > 1 else ():
            row = {"x": f"{panel.x_name.split()[0]} {x[0]:,} to {x[-1]:,}"}
            if "MLP" in panel.title:
                row |= {
                    "k, small x": _fitted(x[:ENDS], y[:ENDS]),
                    "k, large x": _fitted(x[-ENDS:], y[-ENDS:]),
                }
                row["twice at"] = f"{reaches(x, y, 2):,.0f}"
            else:
                row |= {"k": _fitted(x, y), "per node": _per_node(y[-1] / x[-1], panel.y_name)}
            table.put(f"{panel.title}: {name}", **row)
    return table


def _fitted(x, y):
    exponent, r2 = fit(x, y)
    return f"{exponent:.2f} [{r2:.3f}]"


def _per_node(value, unit):
    return str(Seconds(value)) if unit == "seconds" else f"{value:,.0f} bytes"
