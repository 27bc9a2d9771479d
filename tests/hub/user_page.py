"""A user in a browser: the login page, nbgrader's panels, a notebook; everything by what can be clicked."""

import re

STARTS = 90_000  # milliseconds in which a server starts
RUNS = 120_000  # … in which a notebook runs


class UserPage:
    """Drives one page of Chromium. `shots`: a folder for screenshots, or None."""

    def __init__(self, page, address, shots=None):
        self.page, self.address, self.shots = page, address, shots
        page.set_default_timeout(20_000)

    def log_in(self, name, password):
        """From the login page to a JupyterLab that is ready."""
        self.page.goto(self.address)
        self.page.get_by_label("Username:").fill(name)
        self.page.get_by_label("Password:").fill(password)
        self.shot("login")
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(re.compile("/user/.*/lab"), timeout=STARTS)
        self.page.locator(".jp-Launcher").wait_for(timeout=STARTS)

    def nbgrader_menu(self):
        """The entries of JupyterLab's menu Nbgrader, opened."""
        self.page.get_by_role("menuitem", name="Nbgrader").click()
        entries = self.page.locator('.lm-Menu [data-type="command"]:not(.lm-mod-hidden)')
        entries.first.wait_for()
        return entries

    def choose(self, entry):
        """Choose an entry of the menu Nbgrader."""
        self.nbgrader_menu().filter(has_text=entry).first.click()

    def assignments(self, part):
        """The list of "released", "fetched" or "submitted" assignments."""
        return self.page.locator(f"#{part}_assignments_list")

    def open_notebook(self, name):
        """Open a fetched assignment's notebook from the list of assignments."""
        fetched = self.assignments("fetched")
        fetched.get_by_role("button", name=name).click()
        fetched.get_by_role("link", name=name).click()
        self.page.locator(".jp-Notebook").wait_for()
        self.page.get_by_text("| Idle").first.wait_for(timeout=STARTS)

    def replace_cell(self, has, source):
        """Find a cell by a text in it, by scrolling; replace its text by pasting over it."""
        cell = self.page.locator(".jp-Notebook .jp-Cell").filter(has_text=has).first
        self.page.locator(".jp-WindowedPanel-outer, .jp-Notebook").first.hover()
        for _ in range(60):
            if cell.count() and cell.locator(".jp-MarkdownOutput").count():
                cell.locator(".jp-MarkdownOutput").last.dblclick()
                break
            if cell.count() and cell.locator(".cm-content").count():
                break
            self.page.mouse.wheel(0, 500)
            self.page.wait_for_timeout(100)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def run_all(self, last):
        """Run all cells; wait for the text `last`, which the last of them prints."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator(".lm-Menu-item").filter(has_text="Run All Cells").first.click()
        self.page.locator(".jp-OutputArea").get_by_text(last).wait_for(timeout=RUNS)

    def validate(self):
        """Click the notebook's Validate; returns what the dialog says."""
        self.page.get_by_role("button", name="Validate").or_(
            self.page.locator(".validate-button")
        ).first.click()
        said = self.page.locator("#validation-message, .jp-Dialog .validation-message").first
        said.wait_for(timeout=RUNS)
        text = said.inner_text()
        self.page.get_by_role("button", name="Ok", exact=True).click()
        return text.strip()

    def show_tab(self, name):
        self.page.get_by_role("tab", name=name).first.click()

    def shot(self, name):
        if self.shots:
            self.page.screenshot(path=self.shots / f"hub-{name}.png")
