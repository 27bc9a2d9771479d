"""Several small ES modules as the one that anywidget wants, without a build step.

Each part is a module of its own (a browser or Node can import it). Joined, the parts share a scope:
so imports between them go, `export` goes except from the entry's default, and so do comment lines
and indentation, which would only make every saved notebook longer.
"""

import base64
import json
import re
import zlib
from pathlib import Path

_IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./[^"]+";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_BLANK = re.compile(r"^\s+", re.MULTILINE)
_UNPACK = """
let whole;
async function load() {
const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
const url = URL.createObjectURL(new Blob([await new Response(stream).text()], { type: "text/javascript" }));
try {
const { styles, default: widget } = await import(url);
return { styles, widget };
} finally { URL.revokeObjectURL(url); }
}
export default { async render(context) {
if (!globalThis.DecompressionStream) {
context.el.textContent = "This widget needs a browser from 2023 or later.";
return;
}
whole ??= load();
const { styles, widget } = await whole;
const style = document.createElement("style");
style.textContent = styles;
context.el.append(style);
return widget.render(context);
} };
"""


def packed(module, styles):
    """A module's text and its style sheet, compressed, inside a module of a few lines that unpacks both.

    anywidget sends the code with every widget and a saved notebook holds it once a widget, so a
    third of the size is worth it. The browser loads the text as anywidget itself would.
    """
    text = f"{module}\nexport const styles = {json.dumps(styles)};\n"
    data = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    return f'const packed = "{data}";{_UNPACK}'


def bundle(folder, *names):
    """The parts `names` from `folder`, in order: later parts may use what earlier ones define.

    The parts must keep to this: no template string over several lines, no two top-level names alike.
    """
    text = "".join((Path(folder) / name).read_text(encoding="utf-8").rstrip() + "\n" for name in names)
    for pattern in (_IMPORT, _EXPORT, _COMMENT, _BLANK):
        text = pattern.sub("", text)
    return text
