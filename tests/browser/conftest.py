"""A browser for tests: pages that must not log an error or leave this machine, and axe-core."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from screens import WIDTHS

LOCAL = {"", "127.0.0.1", "localhost", "::1"}


def lacking(what: str) -> None:
    """Skip, or fail where `make test-browser` promised a browser."""
    reason = f"{what}; `make test-browser` installs what it can and runs these tests"
    if os.environ.get("GOVLIB_TEST_BROWSER"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Start Chromium once, with every name outside this machine unknown to it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("Playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not program:
        lacking("no Chromium is installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser) -> Iterator[Callable]:
    """Give a function that opens an empty page; the test fails if one of them had a problem.

    Problems are an error on the console, an uncaught exception, and a request that fails or goes
    anywhere but to a file or loopback. They are listed in ``page.problems``; ``expected`` (a
    regular expression) names those of somebody else's program. Other options are those of
    Playwright's ``new_context``: ``viewport``, ``color_scheme``, ``locale``, ...
    """
    pages = []

    def open_page(*, expected: str = r"(?!)", **options):
        context = browser.new_context(**options)
        page = context.new_page()
        page.problems = problems = []
        page.set_default_timeout(60_000)  # a slow machine that is busy, too

        def note(problem: str) -> None:
            if not re.search(expected, problem):
                problems.append(problem)

        def check_address(request) -> None:
            parts = urlsplit(request.url)
            inside = parts.scheme in ("file", "data", "blob", "about") or parts.hostname in LOCAL
            if not inside:
                note(f"request outside: {request.url}")

        context.on("request", check_address)
        context.on("requestfailed", lambda r: note(f"request failed: {r.url} ({r.failure})"))
        page.on("console", lambda m: m.type == "error" and note(f"console: {m.text}"))
        page.on("pageerror", lambda error: note(f"exception: {error}"))
        page.on("dialog", lambda dialog: (note(f"dialog: {dialog.message}"), dialog.dismiss()))
        pages.append(page)
        return page

    yield open_page
    found = {page.url: page.problems for page in pages if page.problems}
    for page in pages:
        page.context.close()
    assert not found


@pytest.fixture
def page(open_page):
    """Open an empty page as `open_page` does, as wide as a desk."""
    return open_page(viewport={"width": WIDTHS[-1], "height": 900})


@pytest.fixture(scope="session")
def find_barriers() -> Callable:
    """Give a function that runs axe-core on a page and returns its serious and critical findings.

    Parts of somebody else's program are left out with ``within``, a CSS selector of what to check.
    """
    try:
        script = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    except ImportError:
        lacking("axe-playwright-python is not installed")

    def find_barriers(page, *, within: str | None = None) -> list[str]:
        page.evaluate(script)
        # Preloading would ask for style sheets by a request that a page from disk is refused.
        options = "{preload: false, resultTypes: ['violations']}"
        found = page.evaluate(f"within => axe.run(within || document, {options})", within)
        assert found["passes"], "axe-core checked nothing"
        return [
            f"{finding['impact']} {finding['id']}: {finding['help']}: {node['target']} "
            f"{node['html'][:200]} {node['failureSummary']}"
            for finding in found["violations"]
            if finding["impact"] in ("serious", "critical")
            for node in finding["nodes"]
        ]

    return find_barriers
