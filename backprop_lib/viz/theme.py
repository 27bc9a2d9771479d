"""Colours of the widgets and figures, in one place: the page's CSS variables and the PNG use these.

The palette is Okabe and Ito's (2008), "Color Universal Design". Text needs a contrast of 4.5 to 1
(WCAG 2.2, 1.4.3), which vermillion on white and blue on black do not reach, so text has a darker or
lighter shade of the same hue. `tests/test_stepper.py` computes the ratios.
"""

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "quiet": "#5c6370",
    "line": "#c4c9d0",
    "faint": "#eceef1",
    "value": "#0072b2",
    "value-text": "#0069a3",
    "value-tint": "#8fc1de",
    "value-wash": "#eaf4fa",
    "grad": "#d55e00",
    "grad-text": "#ab4b00",
    "grad-tint": "#f0b48a",
    "grad-wash": "#fdf1e8",
    "right": "#007a59",
    "wrong": "#a33b00",
    "warning": "#8a6100",
    "warning-wash": "#fff6dc",
    "purple": "#b3568f",
    "orange": "#b87900",
    "sky": "#2f8fc4",
}
DARK = {
    "paper": "#16181c",
    "ink": "#e8eaed",
    "quiet": "#a4abb6",
    "line": "#4a505a",
    "faint": "#262a30",
    "value": "#56b4e9",
    "value-text": "#7cc5f0",
    "value-tint": "#2f6d92",
    "value-wash": "#14283a",
    "grad": "#f0833a",
    "grad-text": "#f9a268",
    "grad-tint": "#8f5026",
    "grad-wash": "#37220f",
    "right": "#45c79b",
    "wrong": "#ffa06b",
    "warning": "#f0c04a",
    "warning-wash": "#352b0c",
    "purple": "#e08fbd",
    "orange": "#e6a93a",
    "sky": "#9ad4f5",
}
# JupyterLab's and VS Code's own variables come first where they mean the same thing.
_HOST = {
    "paper": ("--jp-layout-color0", "--vscode-editor-background"),
    "ink": ("--jp-content-font-color0", "--vscode-editor-foreground"),
}
_DARK_HOSTS = ('[data-jp-theme-light="false"]', ".vscode-dark", ".vscode-high-contrast")


def css(selector):
    """The colours as CSS variables `--bpl-NAME` on `selector`, for light and dark hosts."""
    bright = [f"--bpl-{name}: {_from_host(name, colour)};" for name, colour in LIGHT.items()]
    dark = [f"--bpl-{name}: {_from_host(name, colour)};" for name, colour in DARK.items()]
    places = ", ".join(f"{host} {selector}" for host in _DARK_HOSTS)
    return (f"{selector} {{ color-scheme: light; {' '.join(bright)} }}\n"
            f"{places} {{ color-scheme: dark; {' '.join(dark)} }}\n")  # fmt: skip


def _from_host(name, colour):
    for variable in reversed(_HOST.get(name, ())):
        colour = f"var({variable}, {colour})"
    return colour


def diverging(t, low=(0, 114, 178), high=(213, 94, 0)):
    """(r, g, b) in 0 … 255 for t in [-1, 1]: blue, white at 0, vermillion. NaN is grey."""
    if t != t:
        return (150, 150, 150)
    end = high if t > 0 else low
    a = min(abs(t), 1.0)
    return tuple(round(255 + (c - 255) * a) for c in end)


def greys(t):
    """(r, g, b) for t in [0, 1]: white to ink."""
    return (150, 150, 150) if t != t else (round(255 - 225 * min(max(t, 0.0), 1.0)),) * 3
