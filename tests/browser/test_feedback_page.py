"""A feedback page in a real browser: readable in light, dark and on a phone, and nothing in it runs."""

from pathlib import Path

import pytest
from axe_playwright_python import base as axe_base

from course.grade.feedback import Places, page
from course.grade.lateness import Late
from course.grade.results import Entry, result
from tests.graded import FIVE, WRITTEN, by_hand, hostile, release

pytestmark = pytest.mark.browser
PLACES = Places(release(), FIVE)
AXE = Path(axe_base.__file__).with_name("axe.min.js")


@pytest.fixture
def pages(tmp_path):
    """The paths of three pages: a late one, a failed one, a hostile one."""
    late, failed = by_hand("ada", 3.0, late=90_000.0), by_hand("bo", None)
    late.written = [{"name": "05.why", "cell": WRITTEN, "points": 3.0, "answered": True}]
    late.answers["05.why"] = "Because every example adds its share."
    entries = {WRITTEN: Entry(2.0, comment="Say why it is a sum.")}
    made = {}
    for record in (late, failed, hostile()):
        found = result(record, entries if record is late else {}, Late(penalty_percent_per_day=10))
        made[record.student] = tmp_path / f"{record.student}.html"
        made[record.student].write_text(page(found, PLACES, Late(penalty_percent_per_day=10)), "utf-8")
    return made


@pytest.mark.parametrize(("theme", "width"), [("light", 1000), ("dark", 400)])
def test_pages_are_accessible_and_fit(chromium, pages, request, theme, width):
    # The page forbids scripts, axe's too: the browser is told to let it in.
    context = chromium.new_context(
        color_scheme=theme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    try:
        for student, path in pages.items():
            tab = context.new_page()
            tab.goto(path.as_uri())
            tab.evaluate(AXE.read_text("utf-8"))
            violations = tab.evaluate("async () => (await window.axe.run()).violations.map(it => it.id)")
            assert violations == [], student
            assert tab.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
            background = tab.evaluate("() => getComputedStyle(document.body).backgroundColor")
            assert (int(background.removeprefix("rgb(").split(",")[0]) < 60) == (theme == "dark")
            if shots := request.config.getoption("--shots"):
                tab.screenshot(path=f"{shots}/feedback-{student}-{theme}-{width}.png", full_page=True)
    finally:
        context.close()


def test_nothing_in_a_hostile_page_runs_or_loads(chromium, pages):
    context = chromium.new_context()
    try:
        tab, asked, said = context.new_page(), [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(pages["eve"].as_uri(), wait_until="networkidle")
        assert asked == [pages["eve"].as_uri()] and said == []
        assert tab.title().startswith("Feedback: 05") and tab.locator("script, img, svg").count() == 0
        tab.evaluate("() => { document.body.innerHTML += '<img src=x onerror=alert(1)>' }")
        tab.wait_for_timeout(100)
        assert any("Content Security Policy" in text for text in said) and "1" not in said
    finally:
        context.close()
