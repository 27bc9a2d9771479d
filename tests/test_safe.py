"""What of a student's notebook is shown in the teacher's browser: text, pictures, and nothing that acts."""

import base64
import copy
import io
import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.server_extensions.formgrader import handlers
from PIL import Image
from traitlets.config import Config

from course.grade import safe
from course.grade.first import first_marking


def png(size=(3, 3), form="PNG"):
    file = io.BytesIO()
    Image.new("1", size).save(file, form)
    return base64.b64encode(file.getvalue()).decode()


def test_only_text_and_true_pictures_are_kept():
    outputs = safe.Outputs(safe.Budget())
    hostile = {
        **dict.fromkeys(("text/html", "image/svg+xml", "application/javascript"), "<script>x</script>"),
        **dict.fromkeys(("text/latex", "text/markdown", "application/pdf"), "$x$"),
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/plain": "<b>text</b>",
        "image/png": png(),
        "image/jpeg": png(),  # a PNG is no JPEG
    }
    outputs.take("display_data", {"data": hostile, "metadata": {"image/png": {"width": "x' onload='y"}}})
    outputs.take("display_data", {"data": {"image/jpeg": png(form="JPEG")}})
    for picture in (
        "",
        "no base64",
        base64.b64encode(b"<svg onload=x>").decode(),
        png((9000, 9000)),
        5,
        None,
    ):
        outputs.take("display_data", {"data": {"image/png": picture}})
    first, second, cut = outputs.done(1)
    assert first == {
        "output_type": "display_data",
        "data": {"text/plain": "<b>text</b>", "image/png": png()},
        "metadata": {},
    }
    assert set(second["data"]) == {"text/plain", "image/jpeg"}
    assert "7 pictures were too large or none" in cut["text"]


def test_an_error_and_a_result_have_their_place_in_a_full_notebook():
    """nbgrader reads the points off them."""
    budget = safe.Budget()
    budget.left = 300
    outputs = safe.Outputs(budget)
    outputs.take("stream", {"name": "stdout", "text": "x" * 250})
    outputs.take("error", {"ename": "E", "evalue": "v" * 999, "traceback": ["t" * 999]})
    outputs.take("execute_result", {"data": {"text/plain": "2.5", "image/png": png()}})
    assert [o["output_type"] for o in outputs.done(1)] == ["stream", "error", "execute_result", "stream"]
    assert outputs.done(1)[2]["data"]["text/plain"] == "2.5"


HOSTILE = [
    "<script>alert(1)</script>",
    "<scr\0ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a href='javascript:alert(1)'>x</a></svg>",
    "<!-- --><iframe src='//example.org'></iframe>",
    "[a](javascript:alert(1)) [b](java&#115;cript:alert(1))",
    "[c]( JavaScript:alert(1) ) [d](<javascript:alert(1)>)",
    "[a][r] and [r]\n\n[r]: javascript:alert(1)",
    "<javascript:alert(1)> <data:text/html,x>",
    "![x](https://example.org/a.png) ![y][z]\n\n[z]: https://example.org/b.png",
    '[a](https://example.org"onclick=alert(1)) [a](data:text/html;base64,PHNjcmlwdD4=)',
    "```\n<script>in code</script>\n``` `` ` `` <b onclick=alert(1)>out</b>",
    "`` <b onclick=alert(1)>never closed",
    "$$\\href{javascript:alert(1)}{x} \\style{color:red}{y} \\require{html}$$",
    "$\\let\\x\\href \\x{javascript:1}{y}$",
    "$a<b>c$ <b onclick=alert(1)>x</b> $",
    "<style>body{display:none}</style><form action=//example.org><input></form><base href=//example.org>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
]


def exporters():
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return {"lab": HTMLExporter(template_name="lab"), "formgrader": HTMLExporter(config=config)}


RESOURCES = {
    "metadata": {"name": "x"},
    **dict.fromkeys(("base_url", "assignment_id", "notebook_id", "submission_id", "mathjax_url"), "x"),
    **dict.fromkeys(
        ("my_assignment", "my_notebook", "last_name", "first_name", "notebook_path", "filename"), "x"
    ),
    **dict.fromkeys(("index", "total", "nbgrader_version"), 1),
}


@pytest.mark.parametrize("kind", ["lab", "formgrader"])
def test_nothing_of_the_students_is_more_than_text_in_the_teachers_browser(kind):
    """The page has the same scripts, handlers, pictures and links as one of the same cells without them."""
    code = "".join(f"print({text!r})\n" for text in HOSTILE)
    code += "from IPython.display import HTML, Javascript, display\ndisplay(HTML('<script>x</script>'))\n"
    code += "display(Javascript('alert(1)'))\nraise ValueError('<img src=x onerror=alert(1)>')"
    cells = [new_code_cell(code)]
    cells += [make(text) for text in HOSTILE for make in (new_markdown_cell, new_raw_cell)]
    for number, cell in enumerate(cells):
        cell.id = f"own-{number}"
    page = html_of(first_marking(new_notebook(cells=cells)).notebook, kind)
    for cell in cells:
        cell.source = "print(1)" if cell.cell_type == "code" else "text"
    plain = html_of(first_marking(new_notebook(cells=cells)).notebook, kind)
    assert (active(page) - active(plain), active(plain) - active(page)) == (Counter(), Counter())
    assert "< script>alert(1)< /script>" in BeautifulSoup(page, "html.parser").get_text()


def html_of(notebook, kind):
    return exporters()[kind].from_notebook_node(notebook, resources=copy.deepcopy(RESOURCES))[0]


LOADING = ("script", "iframe", "svg", "img", "form", "base", "object", "embed", "style", "link", "meta")
COLOUR = re.compile(r"(color: rgb\([\d,]+\);?)?")  # of an error's text


def active(page):
    """All in a page that runs, loads or leads elsewhere than to the plain web, counted."""
    found = Counter()
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        runs = [name for name in tag.attrs if name.startswith("on") or name in ("src", "action")]
        styled = not COLOUR.fullmatch(tag.get("style", ""))
        leads = not tag.get("href", "#").startswith(("https://example.org", "#"))
        if tag.name in LOADING or runs or styled or leads:
            found[str(tag)] += 1
    return found


@pytest.mark.parametrize(
    "tex", ["href{javascript:x}", "DeclarePairedDelimiter\\tanh{1}{2}", "gdef\\x{}", "rule{500em}{500em}",
            "providecommand", "kern-900em", "raise900em", "bbox[red]{x}"]
)  # fmt: skip
def test_tex_of_a_students_reaches_nothing_but_its_own_place(tex):
    assert safe.markdown(f"$\\{tex}$") == f"$\\ {tex}$"


def test_math_and_code_in_a_students_text_stay_readable():
    text = "$a < b$, $$\\frac{x}{y} \\le \\nabla f$$, `a[0] < b`, **bold** and [a page](https://example.org/a?b=c)"
    assert safe.markdown(text) == text
    assert safe.markdown("```python\nif x<y: f(a[1])\n```") == "```python\nif x< y: f(a[1])\n```"
