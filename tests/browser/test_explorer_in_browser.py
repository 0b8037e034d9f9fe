"""The explorer in JupyterLab: every control by mouse and by keyboard, and what is drawn is true."""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import requests

import govlib as gov
from govlib.explorer.app import STORE
from govlib.i18n import LANGUAGES
from govlib.i18n import number as decimal
from govlib.i18n import text as word
from govlib.project import project_folder
from govlib.run.notebooks import find_notebooks, run_notebook

BUILD = project_folder() / "build"
DIMENSIONS = {code: word(f"dimension.{code}", "en") for code in gov.stats.DIMENSIONS}
LAB = r"Failed to load resource.*404|jupyterlab|/lab/|/static/lab|service_worker|ResizeObserver"
"""What JupyterLab itself may log."""

PATIENCE = 120_000
"""Milliseconds after which what has not come will not come, on a slow machine that is busy too."""

WAIT = """serial => Number(document.querySelector('.govlib-explorer').dataset.serial) > serial"""
DRAWN = """() => {
  const shown = document.querySelector('.govlib-explorer');
  return Number(shown?.dataset.serial) > 0 &&
    (shown.querySelector('.points [role=option]') || !shown.querySelector('.message').hidden);
}"""
APART = """() => {
  const boxes = [...document.querySelectorAll('.govlib-controls .widget-label-basic')]
    .map((label) => label.getBoundingClientRect());
  const width = document.querySelector('.govlib-controls').getBoundingClientRect().right;
  return boxes.length > 1 && width <= innerWidth && boxes.every((two, i) => i === 0 ||
    two.left >= boxes[i - 1].right || two.top >= boxes[i - 1].bottom - 1);
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve a copy of the notebook as `make lab` does; give address, token and its folder."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(project_folder() / "notebooks/00-explore.ipynb", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    folders = {f"{name}_DIR": str(folder / name) for name in ("JUPYTER_CONFIG", "JUPYTER_DATA")}
    options = [f"--port={port}", "--port-retries=0", "--no-browser", f"--notebook-dir={folder}"]
    if not os.geteuid():
        options.append("--allow-root")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1", *options],
            env=os.environ | folders | {"JUPYTER_TOKEN": token, "IPYTHONDIR": str(folder / "ip")},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE / 1000
        while True:
            time.sleep(0.25)
            try:
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=30).close()
                break
            except OSError:  # not yet, or not soon enough
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, (folder / "log").read_text()
        yield address, token, folder
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture
def explorer(lab, open_page):
    """Open the notebook in JupyterLab, run all of its cells, and give the page."""
    address, token, folder = lab
    # A kernel that lives on may still write its last choices: a test would go on with them.
    headers = {"Authorization": f"token {token}"}
    for session in requests.get(f"{address}/api/sessions", headers=headers, timeout=60).json():
        ended = requests.delete(
            f"{address}/api/sessions/{session['id']}", headers=headers, timeout=60
        )
        ended.raise_for_status()
    (folder / STORE).unlink(missing_ok=True)
    page = open_page(
        expected=LAB,
        viewport={"width": 1440, "height": 1500},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lab/tree/00-explore.ipynb?token={token}")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.get_by_text(re.compile(r"^Python 3.*\| Idle$")).wait_for()
    with picture_of_failure(page):
        run_all(page, "Run", "Run All Cells")
    return page


@contextlib.contextmanager
def picture_of_failure(page):
    """Keep in `build/` what a page looks like when it fails, and what it holds."""
    try:
        yield
    except Exception:
        BUILD.mkdir(exist_ok=True)
        page.screenshot(path=BUILD / "browser-failure.png")
        (BUILD / "browser-failure.html").write_text(page.content(), "utf-8")
        raise


def run_all(page, menu, item):
    """Run all cells from a menu and wait for the explorer."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=re.compile(f"^{item}")).click()
    if menu == "Kernel":
        # The old picture is marked: what comes after the restart is another element.
        page.locator(".govlib-explorer").evaluate("old => old.classList.add('before-restart')")
        page.get_by_role("button", name="Confirm Kernel Restart").click()
        page.wait_for_selector(".jp-Dialog", state="detached")
        page.wait_for_selector(".before-restart", state="detached")
    # A figure with its points, or why there is none.
    page.wait_for_function(DRAWN)
    page.locator(".govlib-controls").scroll_into_view_if_needed()


def serial(page):
    return int(page.locator(".govlib-explorer").get_attribute("data-serial"))


def redrawn(page, act):
    """Do something and wait for what it changes."""
    before = serial(page)
    with picture_of_failure(page):
        act()
        page.wait_for_function(WAIT, arg=before)


def kept_choices(folder):
    """Return the economy and the language that a restart would go on with."""
    try:
        kept = json.loads((folder / STORE).read_text("utf-8"))["choices"]
    except FileNotFoundError:
        return None
    return kept["economy"], kept["language"]


def expect(locator):
    """Expect of a control what comes after the picture."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    return expect(locator)


def field(page, name, language="en"):
    return page.get_by_label(word(f"explorer.{name}", language), exact=True)


def told(page):
    """Return what a screen reader is told at each point."""
    options = page.locator(".points [role=option]").all()
    return [option.get_attribute("aria-label") for option in options]


def message(page):
    return page.locator(".govlib-explorer .message").inner_text()


def check_trend(page, economy, edition, years, dimensions):
    """Compare the drawn points with the edition: their words, and how high they stand."""
    table = gov.wgi.read(edition, economies=economy, dimensions=dimensions)
    table = table[table["year"].between(*years)].dropna(subset="estimate")
    points = page.locator(".points").evaluate(
        "list => [...list.children].map(o => [o.ariaLabel, parseFloat(o.style.left), "
        "parseFloat(o.style.top)])"
    )
    assert len(points) == len(table)
    heights, estimates = [], []
    for row in table.to_dict("records"):
        name = DIMENSIONS[row["dimension"]]
        [(text, _, y)] = [p for p in points if f"{name}, {row['year']};" in p[0]]
        assert f"({economy});" in text
        assert f"Estimate: {decimal(row['estimate'])};" in text
        heights.append(y)
        estimates.append(row["estimate"])
    slope, start = np.polyfit(estimates, heights, 1)
    assert slope < 0
    assert np.abs(slope * np.array(estimates) + start - heights).max() < 0.01


def test_every_control_by_mouse(explorer):
    page = explorer
    check_trend(page, "KAZ", 2023, (2018, 2022), ["ge", "va"])
    redrawn(page, lambda: field(page, "edition").select_option("2024"))
    check_trend(page, "KAZ", 2024, (2018, 2022), ["ge", "va"])
    redrawn(page, lambda: field(page, "first_year").select_option("2010"))
    redrawn(page, lambda: field(page, "last_year").select_option("2023"))
    check_trend(page, "KAZ", 2024, (2010, 2023), ["ge", "va"])
    # The slider of years, title and caption, a download.
    page.get_by_role("slider", name=word("explorer.year"), exact=True).focus()
    redrawn(page, lambda: page.keyboard.press("ArrowLeft"))
    check_trend(page, "KAZ", 2024, (2010, 2022), ["ge", "va"])
    redrawn(page, lambda: page.keyboard.press("ArrowRight"))
    assert "Kazakhstan, 2010–2023" in page.locator(".govlib-explorer .caption").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{word('explorer.download')}: SVG").click()
    assert download.value.suggested_filename == "explore-trend-KAZ-2024.svg"
    assert Path(download.value.path()).read_text("utf-8").endswith("</svg>\n")

    def type_name():
        field(page, "economy").fill("Грузия")
        field(page, "economy").press("Enter")

    redrawn(page, type_name)
    check_trend(page, "GEO", 2024, (2010, 2023), ["ge", "va"])
    redrawn(page, lambda: page.get_by_label("Rule of Law", exact=True).check())
    redrawn(page, lambda: page.get_by_label("Voice and Accountability", exact=True).uncheck())
    check_trend(page, "GEO", 2024, (2010, 2023), ["ge", "rl"])
    # The measure.
    redrawn(page, lambda: field(page, "measure").select_option(word("measure.percentile_rank")))
    rank = gov.wgi.read(2024, economies="GEO", dimensions="ge", years=2023)["percentile_rank"]
    [text] = [t for t in told(page) if "Government Effectiveness, 2023;" in t]
    assert f"{word('measure.percentile_rank')}: {decimal(rank.item(), digits=1)};" in text
    # A point says more when the pointer is near.
    [box] = [
        option.bounding_box()
        for option in page.locator(".points [role=option]").all()
        if "Government Effectiveness, 2023;" in option.get_attribute("aria-label")
    ]
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    tip = page.locator(".govlib-explorer .tip")
    assert tip.inner_text().splitlines() == text.split("; ")
    assert any(line.startswith("Sources: ") for line in text.split("; "))
    assert any(line.startswith("90%") for line in text.split("; "))
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    # Views, peers and groups.
    redrawn(page, lambda: field(page, "view").select_option(word("view.league")))
    expect(field(page, "measure")).to_be_disabled()
    league = {re.search(r"\((\w{3})\)", text).group(1) for text in told(page)}
    assert league == {"GEO", "UZB", "KGZ", "TJK", "TKM", "RUS", "BLR", "ARM", "AZE", "EST"}
    group = dict(gov.economies.groups()[["group", "title"]].drop_duplicates().to_numpy())["eaeu"]
    redrawn(page, lambda: field(page, "group").select_option(group))
    expect(field(page, "peers")).to_have_value("eaeu")
    league = {re.search(r"\((\w{3})\)", text).group(1) for text in told(page)}
    assert league == {"GEO", *gov.economies.members("eaeu")}

    def type_peers():
        field(page, "peers").fill("Estonia, central_asia, arm")
        field(page, "peers").press("Enter")

    redrawn(page, type_peers)
    expect(field(page, "peers")).to_have_value("EST, central_asia, ARM")
    for view in (word("view.world"), word("view.slope")):
        redrawn(page, lambda view=view: field(page, "view").select_option(view))
        assert message(page) == ""
        assert len(told(page)) > 10
    redrawn(page, lambda: field(page, "view").select_option(word("view.gap")))
    gaps = gov.stats.gap(gov.wgi.read(2024, years=2023))
    gap = gaps.loc[gaps["economy"] == "GEO", "gap"].item()
    [text] = [t for t in told(page) if "(GEO)" in t]
    assert f"Estimate: {decimal(gap)};" in text
    redrawn(page, lambda: field(page, "view").select_option(word("view.revisions")))
    assert sum("(Edition 2019)" in text for text in told(page)) > 0

    def take_kazakhstan():
        field(page, "economy").fill("kaz")
        field(page, "economy").press("Tab")

    redrawn(page, take_kazakhstan)
    redrawn(page, lambda: field(page, "view").select_option(word("view.waves")))
    survey = gov.surveys.read(gov.surveys.find("bns-trust", "KAZ"), waves="2022")
    full = survey[(survey["item"] == "police") & (survey["answer"] == "fully_agree")]
    assert any(
        f"Police, 2022; {word('axis.share')}: {decimal(full['share'].item(), digits=1)};" in text
        for text in told(page)
    ), told(page)
    redrawn(page, lambda: field(page, "language").select_option("Қазақша"))
    checked = field(page, "view", "kk").locator("option:checked")
    expect(checked).to_have_text(word("view.waves", "kk"))
    assert page.locator(".govlib-explorer").get_attribute("lang") == "kk"


def test_keyboard_only(explorer):
    page = explorer
    field(page, "view").focus()
    names = []
    for _ in range(40):
        names.append(
            page.evaluate(
                "() => document.activeElement.ariaLabel || document.activeElement.labels?.[0]"
                "?.textContent.trim() || document.activeElement.textContent.trim()"
            )
        )
        if names[-1] == f"{word('explorer.copy')}: {word('explorer.parameters')}":
            break
        page.keyboard.press("Tab")
    wanted = [
        "view",
        "economy",
        "edition",
        "measure",
        "first_year",
        "last_year",
        "language",
        "save",
    ]
    wanted += ["points", "table", "code", "command", "parameters"]
    places = [names.index(word(f"explorer.{name}")) for name in wanted]
    assert places == sorted(places)
    assert set(DIMENSIONS.values()) <= set(names)

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    def go(name):
        field(page, "view").focus()
        press(*["Tab"] * names.index(name))

    go(word("explorer.edition"))
    redrawn(page, lambda: press("ArrowDown"))
    check_trend(page, "KAZ", 2024, (2018, 2022), ["ge", "va"])
    go(word("explorer.economy"))
    press("Control+a")
    page.keyboard.type("estonia")
    redrawn(page, lambda: press("Enter"))
    check_trend(page, "EST", 2024, (2018, 2022), ["ge", "va"])
    go("Rule of Law")
    redrawn(page, lambda: press("Space"))
    check_trend(page, "EST", 2024, (2018, 2022), ["ge", "rl", "va"])
    go(word("explorer.points"))
    points = page.locator(".points")
    tip = page.locator(".govlib-explorer .tip")
    for key, place in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1)):
        press(key)
        chosen = page.locator(f"#{points.get_attribute('aria-activedescendant')}")
        assert chosen.get_attribute("aria-label") == told(page)[place]
        assert chosen.get_attribute("aria-selected") == "true"
        assert tip.inner_text().replace("\n", "; ") == told(page)[place]
    press("Escape")
    assert tip.is_hidden()
    go(word("explorer.table"))
    press("Enter")
    expect(page.locator(".govlib-explorer table tbody tr")).to_have_count(15)
    press("Enter")  # closed again, so that as many steps lead to what follows
    go(word("explorer.code"))
    press("Enter", "Tab", "Tab", "Enter")
    page.wait_for_function(
        "text => document.querySelector('.status').textContent === text",
        arg=word("explorer.copied"),
    )
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.locator("details.code pre").inner_text()
    made = {}
    exec(copied, made)
    assert set(made["table"]["economy"]) == {"EST"}
    go(word("explorer.view"))
    redrawn(page, lambda: press("ArrowDown"))
    assert len(told(page)) == 8 * 3 * 5  # the eight nearest, three dimensions, five years
    redrawn(page, lambda: press("ArrowDown"))
    assert len(told(page)) == 30  # ten economies, of which Estonia is one, in three dimensions


def test_impossible_choices_explain_themselves(explorer):
    page = explorer
    picture = page.locator(".govlib-explorer .picture")
    redrawn(page, lambda: field(page, "edition").select_option("2019"))
    assert message(page) == "WGI edition 2019 has no year 2022; it has 1996, 1998, 2000, 2002–2018."
    assert picture.is_hidden()
    shown = field(page, "last_year").locator("option:checked")
    expect(shown).to_have_text(word("explorer.not_in_edition", year=2022))
    redrawn(page, lambda: field(page, "edition").select_option("2025"))
    assert picture.is_visible()
    assert word("explorer.no_errors", edition=2025) in page.locator(".notes").inner_text()
    redrawn(page, lambda: field(page, "measure").select_option(word("measure.score")))
    redrawn(page, lambda: field(page, "edition").select_option("2023"))
    assert "Edition 2023 has no score" in message(page)
    redrawn(page, lambda: field(page, "measure").select_option(word("measure.estimate")))

    def type_economy(text):
        field(page, "economy").fill(text)
        field(page, "economy").press("Enter")

    for text, answer in (
        ("Kazakstan", "Did you mean KAZ (Kazakhstan)?"),
        ("Korea", "KOR (Korea, Rep.), PRK"),
        ("<img src=x onerror=alert(1)>", "There is no country '<img src=x onerror=alert(1)>'"),
    ):
        redrawn(page, lambda text=text: type_economy(text))
        assert answer in message(page)
    assert page.locator(".govlib-explorer img[src=x]").count() == 0
    redrawn(page, lambda: type_economy("Netherlands Antilles"))
    assert "Netherlands Antilles (former) has no estimate" in page.locator(".notes").inner_text()
    redrawn(page, lambda: page.get_by_label("Voice and Accountability", exact=True).uncheck())
    redrawn(page, lambda: page.get_by_label("Government Effectiveness", exact=True).uncheck())
    assert "`dimensions` is empty" in message(page)
    redrawn(page, lambda: field(page, "view").select_option(word("view.waves")))
    assert "There is no survey on trust for Netherlands Antilles (former)" in message(page)
    assert "Traceback" not in page.locator("body").inner_text()


def test_choices_survive_a_restart_and_a_figure_is_saved_as_its_notebook_saves_it(explorer, lab):
    page, folder = explorer, lab[2]

    def type_economy():
        field(page, "economy").fill("UZB")
        field(page, "economy").press("Enter")

    redrawn(page, type_economy)
    redrawn(page, lambda: field(page, "language").select_option("Русский"))
    # The picture comes first: a restart before they are written would lose the last choice.
    end = time.monotonic() + PATIENCE / 1000
    while kept_choices(folder) != ("UZB", "ru") and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert kept_choices(folder) == ("UZB", "ru")
    with picture_of_failure(page):
        run_all(page, "Kernel", "Restart Kernel and Run All Cells")
        assert not page.locator(".govlib-explorer .message").is_visible(), message(page)
        assert page.locator(".notes").inner_text() == word("explorer.continued", "ru")
        assert "Узбекистан (UZB)" in told(page)[0]
    expect(field(page, "economy", "ru")).to_have_value(re.compile("^UZB "))
    page.get_by_role("button", name=word("explorer.save", "ru")).click()
    start = word("explorer.saved", "ru", files="")
    page.wait_for_function(
        "start => document.querySelector('.status').textContent.startsWith(start)",
        arg=start,
        timeout=2 * PATIENCE,
    )
    made = page.locator(".govlib-explorer .status").inner_text().removeprefix(start).split(", ")
    assert len(made) == 5
    [notebook] = find_notebooks(["01-effectiveness-and-voice"])
    again = {"economy": "UZB", "language": "ru", "figures_dir": str(folder / "again")}
    run_notebook(notebook, again, progress=False)
    for name in map(Path, made):
        other = folder / "again" / name.relative_to("figures")
        assert (folder / name).read_bytes() == other.read_bytes(), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_stands_in_the_way_of_a_screen_reader(explorer, find_barriers, language):
    page = explorer
    own = {"en": "English", "ru": "Русский", "kk": "Қазақша"}[language]
    if language != "en":
        redrawn(page, lambda: field(page, "language").select_option(own))
    for role, names in (
        ("combobox", ["view", "economy", "edition", "first_year", "last_year", "measure", "group"]),
        ("textbox", ["peers"]),
        ("button", ["save"]),
        ("listbox", ["points"]),
    ):
        for name in names:
            label = word(f"explorer.{name}", language)
            expect(page.get_by_role(role, name=label, exact=True)).to_have_count(1)
    for code in DIMENSIONS:
        box = page.get_by_role("checkbox", name=word(f"dimension.{code}", language), exact=True)
        expect(box).to_have_count(1)
    for details in page.locator(".govlib-explorer summary").all():
        details.click()
    folder = BUILD / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for view in ("trend", "world") if language == "en" else ("league",):
        words = word(f"view.{view}", language)
        if field(page, "view", language).input_value() != words:
            redrawn(page, lambda words=words: field(page, "view", language).select_option(words))
        for part in (".govlib-controls", ".govlib-explorer"):
            assert find_barriers(page, within=part) == []
    if page.locator("#jp-left-stack").is_visible():  # fold the list of files
        page.locator(".jp-SideBar [data-id='filebrowser']").click()
    economy = field(page, "economy", language)
    names = gov.economies.names(language)

    def type_longest():
        economy.fill(max(names, key=lambda code: len(names[code])))
        economy.press("Enter")

    redrawn(page, type_longest)
    for width in (1440, 820, 390):
        page.set_viewport_size({"width": width, "height": 1700})
        # JupyterLab lays itself out some time after the window has changed.
        with picture_of_failure(page):
            page.wait_for_function(APART)
        assert economy.evaluate("field => field.scrollWidth <= field.clientWidth"), width  # uncut
        page.locator(".govlib-controls").scroll_into_view_if_needed()
        page.screenshot(path=folder / f"explorer-{language}-{width}.png")
